"""A page's statements about itself, as raw values by place. `page_signals` collects them; nothing is decided there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from etl.extract import jsonld
from etl.normalize.eastern_names import EasternByline


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A `<time>` or an element that carries a date in an attribute or by itemprop."""

    value: str  # machine form when given
    text: str
    hints: str  # own and parents' class, id, itemprop and pubdate, in lower case
    label: str = ""  # what is written before it in its line
    is_anothers: bool = False  # of another story, a comment, or the head of the site


@dataclass(frozen=True, slots=True, kw_only=True)
class BylineElement:
    """An element that names a writer by its class, id or tag."""

    names: tuple[str, ...]  # its links, or its text
    group: str  # class and id: writers side by side share them
    box: int  # which container on the page: teasers stand each in their own
    after_headline: bool
    before_text: bool  # no long paragraph stands between headline and this


@dataclass(slots=True, kw_only=True)
class Signals:
    """Raw values by place. `metas` is keyed by the lowered property or name."""

    url: str
    metas: dict[str, list[str]] = field(default_factory=dict)
    nodes: list[jsonld.Node] = field(default_factory=list)
    article: jsonld.Node | None = None
    title_tag: str | None = None
    h1s: list[tuple[str, str]] = field(default_factory=list)  # (text, class and id)
    h1_texts: list[str] = field(default_factory=list)  # with their kickers
    h2s: list[tuple[str, str]] = field(default_factory=list)
    headlines: list[str] = field(default_factory=list)  # other elements that are headlines by their class
    echoes: list[str] = field(default_factory=list)  # texts that are the title without the site's name
    site_marks: list[str] = field(default_factory=list)  # headlines that are the site's name
    times: list[Time] = field(default_factory=list)
    props: dict[str, list[str]] = field(default_factory=dict)  # microdata of the article
    signers: list[str] = field(default_factory=list)  # rel=author
    bylines: list[BylineElement] = field(default_factory=list)
    profiles: list[str] = field(default_factory=list)  # links to writers' pages between headline and text
    written_by: list[str] = field(default_factory=list)  # lines that begin with "Written by"
    eastern: EasternByline | None = None  # writers whom the lines of a Chinese, Japanese or Korean page name
    tags: list[str] = field(default_factory=list)
    crumbs: list[str] = field(default_factory=list)
    html_lang: str | None = None
    canonical: str | None = None
    amp: str | None = None
    header_tries: int = 0
    header_lines: list[str] = field(default_factory=list)  # short lines between headline and text
    lines_above: list[str] = field(default_factory=list)  # short lines with digits right over the headline
    boxes: dict[HtmlElement | None, int] = field(default_factory=dict)
    paragraphs: int = 0  # long ones since the headline
    names: frozenset[str] = frozenset()  # every class and every id on the page, in lower case
    states: list[str] = field(default_factory=list)  # scripts with the page's state, for pages without markup

    def meta(self, *names: str) -> Iterator[tuple[str, str]]:
        """(value, name) of the metas so named, in the order of the names."""
        for name in names:
            for value in self.metas.get(name, ()):
                yield value, name

    def first(self, *names: str) -> str | None:
        """The first value of the metas so named."""
        return next((value for value, _ in self.meta(*names)), None)
