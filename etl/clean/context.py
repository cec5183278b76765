"""Input and result of cleaning."""

from __future__ import annotations

from dataclasses import dataclass

from etl.model import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanContext:
    """A page's metadata: the anchors that make cutting safe. Any of them may be missing."""

    titles: tuple[str, ...] = ()  # variants: h1, og:title, title element without the site's suffix
    site_name: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # sections and tags
    date_texts: tuple[str, ...] = ()  # dates as they stand on the page
    captions: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    language: str | None = None  # BCP 47; None: every pack is tried, ordinary words stay
    link_lines: frozenset[str] = frozenset()  # lines of the text that were mostly link text
    site_lines: frozenset[str] = frozenset()  # lines that an activated list of this site calls template


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """A picture's caption that stood in the text."""

    text: str
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A clean text and all cuts; `rebuild(text, cuts)` gives the original text back.

    Moved lines are in fields of their own (`MOVED`); `dateline` and `correction_note` stay in the text as well.
    """

    text: str
    cuts: tuple[Cut, ...] = ()
    credit_line: str | None = None
    rights_line: str | None = None
    dateline: str | None = None
    correction_note: str | None = None
    author_note: str | None = None
    paywall_marker: str | None = None
    syndicated_from: str | None = None
    captions: tuple[Caption, ...] = ()
    agencies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # of a cut "Tags: …" line
    head_title: str | None = None  # first line that proved to be the title, where no title was known
    head_date_text: str | None = None  # a date that stood in a cut head line, as it stood there
    head_authors: tuple[str, ...] = ()  # names after a byline label in a cut head line
    head_categories: tuple[str, ...] = ()  # what stood in a cut head line in the place of categories
    flags: tuple[str, ...] = ()


# The fields of `Cleaned` that a rule's `move_to` may name: lines, in their order on the page.
MOVED = ("credit_line", "rights_line", "author_note", "paywall_marker", "syndicated_from", "correction_note")
