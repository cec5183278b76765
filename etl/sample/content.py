"""The newsroom's sites and pages as they are written down in `seeds/sample_site`, checked once.

A page is a Markdown file with YAML front matter. What is different on the second day stands under `day2` or, with a
text of its own, in `<slug>.day2.md` beside it. `body_of: site/slug` takes the text of another page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from etl.errors import Permanent
from etl.model import Outcome, PageType, Precision
from etl.paths import data

DAYS = (1, 2)
DEFAULT_PORT = 18080

# The one in C, where PyYAML was built with it: the same values, ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_SENTENCE_END = re.compile(r"[.!?؟…][\"”»’)]*(?=\s|$)|[。！？][」』”）]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of an article: `p`, `h2`, `quote` or `li`; `source` may hold links and bold marks."""

    kind: str
    source: str

    @property
    def text(self) -> str:
        """What a reader sees of it."""
        return _BOLD.sub(r"\1", _LINK.sub(r"\1", self.source))

    @property
    def html(self) -> str:
        """Its inline HTML."""
        linked = _LINK.sub(r'<a href="\2">\1</a>', escape(self.source, quote=False))
        return _BOLD.sub(r"<strong>\1</strong>", linked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed, a sitemap or a section front of a site."""

    path: str
    kind: str  # rss, atom, json; urlset, news, index; section
    tracking: str = ""  # query that this list adds to each URL
    pages: str = "feed"  # the word in a page's `offered` that puts it here
    section: str | None = None  # only pages of this section
    children: tuple[str, ...] = ()  # of an index: paths of the sitemaps
    extra: tuple[str, ...] = ()  # URLs offered beside those of pages; `{base}` and `{port}` are filled in


@dataclass(frozen=True)
class SampleSite:
    """A publisher with its own host, language and content management system."""

    key: str
    name: str
    host: str
    language: str
    locale: str
    country: str
    timezone: str
    theme: str
    date_format: str
    labels: Mapping[str, str]
    nav: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    feeds: tuple[Feed, ...] = ()
    sitemaps: tuple[Feed, ...] = ()
    sections: tuple[Feed, ...] = ()
    robots: str = ""
    robots_status: int = 200
    files: Mapping[str, str] = field(default_factory=dict)  # other small text files: path → text
    alias_hosts: tuple[str, ...] = ()  # hosts that it may speak for, beside its own
    refused_aliases: tuple[str, ...] = ()  # the same, of which none answers on this machine
    is_source: bool = True
    is_enabled: bool = True  # in the registry; others are run by name
    direction: str = "ltr"
    coding: str = ""  # content coding of its pages: gzip, deflate or none
    min_delay_s: float = 0.05

    def base(self, port: int) -> str:
        """Scheme, host and port."""
        return f"http://{self.host}:{port}"


@dataclass(frozen=True)
class SamplePage:
    """One URL of a site on one day: what it says, how it is served, and what should become of it."""

    site: str
    slug: str
    path: str  # may hold a query when the site tells articles apart by it
    blocks: tuple[Block, ...] = ()
    difficulty: str = "plain"
    note: str = ""
    offered: tuple[str, ...] = ("feed", "sitemap", "section")
    offered_title: str | None = None
    from_day: int = 1
    host: str | None = None  # another host of the same site
    # what it says
    title: str = ""
    authors: tuple[str, ...] = ()
    published: str | None = None  # ISO 8601, with the publisher's offset
    modified: str | None = None
    visible: str | None = None  # the date line, when it is not simply `published` in the site's format
    meta_published: str | None = None  # when article:published_time says something else
    section: str | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""
    caption: str = ""
    credit: str = ""
    image: str = ""
    comments: tuple[Mapping[str, str], ...] = ()
    amp: str | None = None  # path of its AMP twin
    canonical: str | None = None  # path, when it is not its own
    correction_note: str | None = None  # stands in the blocks as well
    dateline: str | None = None  # begins the first paragraph
    credit_line: str | None = None  # a line after the last paragraph
    free: bool | None = None  # isAccessibleForFree
    # how it is served
    theme: str | None = None
    glue: str = ""  # how a theme's comment line meets the first paragraph
    comment_line: str = "comments_none"
    status: int = 200
    location: str | None = None
    final: str | None = None  # path at the end of a chain of redirects
    behaviour: str = ""  # pdf, empty_body, too_large, slow, text, list
    charset: str = "utf-8"
    charset_label: str = "UTF-8"
    charset_in: str = "both"  # header, meta or both
    coding: str | None = None  # overrides the site's; also raw-deflate, broken-gzip
    headers: Mapping[str, str] = field(default_factory=dict)
    # what should become of it
    outcome: Outcome = Outcome.ARTICLE
    published_on: str | None = None  # the publisher's day, where `published` gives another one
    precision: Precision | None = None  # None: what the theme's dates give
    page_type: PageType = PageType.ARTICLE
    same_text: str | None = None  # pages with the same word here carry the same text, near enough
    never: tuple[str, ...] = ()
    rights: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """The article's clean text, one line a block; title, correction note, dateline and credit line left out."""
        lines = [block.text for block in self.blocks]
        if self.dateline and lines:
            lines[0] = lines[0].removeprefix(self.dateline).lstrip(" —–-:")
        beside = (self.title, self.correction_note, self.credit_line)
        return "\n".join(line for line in lines if line not in beside)

    @property
    def is_article(self) -> bool:
        """Whether readers would call it an article."""
        return self.outcome is Outcome.ARTICLE and self.status == 200

    @property
    def published_at(self) -> datetime | None:
        """The instant of publication with its offset."""
        return datetime.fromisoformat(self.published) if self.published else None


def sentences(text: str) -> list[str]:
    """The sentences of one paragraph, cut at sentence-ending punctuation.

    >>> sentences("It rained. Was it cold? No.")
    ['It rained.', 'Was it cold?', 'No.']
    """
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    starts = [0, *ends]
    found = [text[start:end].strip() for start, end in zip(starts, [*ends, len(text)], strict=True)]
    return [sentence for sentence in found if sentence]


def root() -> Path:
    """The folder of the sample newsroom's data."""
    return data("seeds") / "sample_site"


def load_sites() -> Mapping[str, SampleSite]:
    """The sites by key, in the order in which they are written."""
    document = yaml.load((root() / "sites.yaml").read_text(encoding="utf-8"), _LOADER)
    labels = document["labels"]
    sites = {}
    for key, entry in document["sites"].items():
        entry = dict(entry)
        for name in ("feeds", "sitemaps", "sections"):
            entry[name] = tuple(Feed(**_tuples(each)) for each in entry.get(name, ()))
        own = entry.pop("labels", {})
        entry["labels"] = MappingProxyType({**labels[entry["language"]], **own})
        sites[key] = SampleSite(key=key, **_tuples(entry))
    return MappingProxyType(sites)


def load_pages(day: int) -> tuple[SamplePage, ...]:
    """All pages that exist on that day, by site and file name.

    Raises `Permanent` naming the file that cannot be used.
    """
    pages = []
    for path in sorted((root() / "pages").glob("*/*.md")):
        if path.name.endswith(".day2.md"):
            continue
        page = _page(path, day)
        if page.from_day <= day:
            pages.append(page)
    return tuple(pages)


def _page(path: Path, day: int) -> SamplePage:
    front, body = _front_matter(path)
    second = front.pop("day2", {})
    later = path.with_name(f"{path.stem}.day2.md")
    if day >= 2:
        front |= second
        if later.is_file():
            more, body = _front_matter(later)
            front |= more
    if other := front.pop("body_of", None):
        body = _front_matter(path.parents[1] / f"{other}.md")[1]
    known = {each.name for each in fields(SamplePage)}
    if unknown := sorted(set(front) - known):
        raise Permanent(f"{path}: unknown front matter {', '.join(unknown)}")
    page = SamplePage(site=path.parent.name, slug=path.stem, blocks=_blocks(body), **_tuples(front))
    return replace(
        page,
        outcome=Outcome(page.outcome),
        page_type=PageType(page.page_type),
        precision=Precision(page.precision) if page.precision else None,
    )


def _front_matter(path: Path) -> tuple[dict[str, Any], str]:
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise Permanent(f"{path}: does not begin with front matter between two lines of ---")
    return dict(yaml.load(parts[1], _LOADER)), parts[2]


def _blocks(body: str) -> tuple[Block, ...]:
    blocks = []
    for part in re.split(r"\n{2,}", body.strip()):
        if part.startswith("## "):
            blocks.append(Block(kind="h2", source=part[3:].strip()))
        elif part.startswith("> "):
            blocks.append(Block(kind="quote", source=part[2:].strip()))
        elif part.startswith("- "):
            blocks += [Block(kind="li", source=line[2:].strip()) for line in part.splitlines()]
        elif part:
            blocks.append(Block(kind="p", source=" ".join(part.splitlines())))
    return tuple(blocks)


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
