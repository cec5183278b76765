"""The head of a text: the title once more, the line of categories, author, date and comment link, the byline."""

from __future__ import annotations

from dataclasses import dataclass, field

from etl.clean.anchors import Anchors, TitleAnchor, is_distinct, title_anchor
from etl.clean.comment_link import find_comment_link
from etl.clean.fold import fold_with_map, skeleton
from etl.clean.lines import WorkingText
from etl.clean.meta import Meta, parse_meta

HEAD_LINES = 3
HEAD_CHARS = 600
MAX_META_LINE = 200
_SENTENCE_STOPS = (".", "。", "।", "…", "؟", "?", "!", "！", "？")


@dataclass(slots=True, kw_only=True)
class HeadFinds:
    """What cut head lines held, collected during one call of `clean`."""

    title: str | None = None
    dates: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)

    def add(self, meta: Meta) -> None:
        self.dates += meta.dates
        self.authors += [a for a in meta.authors if a not in self.authors]
        pieces = [*meta.categories, *meta.unknown]
        self.categories += [p for p in pieces if p not in self.categories]


def head_window(work: WorkingText) -> int:
    """Return how many lines of what is left make the head: three, or those that begin in the first 600 characters."""
    if not work.lines:
        return 0
    first = work.lines[0].start
    within = sum(1 for line in work.lines[:12] if line.start - first < HEAD_CHARS)
    return min(len(work.lines), max(HEAD_LINES, within) if within > HEAD_LINES else HEAD_LINES)


def clean_head(work: WorkingText, known: Anchors, finds: HeadFinds) -> bool:
    """Take furniture out of the head once; True when something was taken."""
    return _cut_comment_link(work, known, finds) or _cut_title_echo(work, known) or _cut_meta_line(work, known, finds)


def _guessed_title(work: WorkingText, known: Anchors) -> TitleAnchor | None:
    """Return the first line as a title, for a text of which no title is known."""
    if known.titles or not work.lines:
        return None
    first = work.lines[0].text
    return title_anchor(first) if len(first) <= 200 and is_distinct(first) else None


def _cut_comment_link(work: WorkingText, known: Anchors, finds: HeadFinds) -> bool:
    guessed = _guessed_title(work, known)
    for index in range(head_window(work)):
        link = find_comment_link(work.lines[index].text, known, guessed if index else None)
        if link is None:
            continue
        finds.add(link.meta)
        work.trim_start(index, link.end, link.rule.id, "head")
        if guessed is not None and link.anchor is guessed:
            finds.title = work.drop(0, "title_echo.guessed", "head").text
        return True
    return False


def _cut_title_echo(work: WorkingText, known: Anchors) -> bool:
    """A whole line that is the title again; one that ends in a stop where the title has none may be the lead."""
    for index in range(min(HEAD_LINES, len(work.lines))):
        text = work.lines[index].text
        if len(text) > 400:
            continue
        letters = skeleton(fold_with_map(text)).text
        for title in known.titles:
            if letters == title.letters:
                ends_sentence = text.endswith(_SENTENCE_STOPS) and not title.given.endswith(text[-1])
                if not ends_sentence and len(work.lines) > 1:
                    work.drop(index, "title_echo", "head")
                    return True
    return False


def _cut_meta_line(work: WorkingText, known: Anchors, finds: HeadFinds) -> bool:
    """A whole line that holds nothing but date, author, category and their labels."""
    for index in range(min(HEAD_LINES, len(work.lines))):
        text = work.lines[index].text
        if len(text) > MAX_META_LINE or len(work.lines) == 1:
            continue
        meta = parse_meta(text, known)
        if meta is not None and meta.is_evident and not meta.unknown:
            finds.add(meta)
            work.drop(index, "head_meta", "head")
            return True
    return False
