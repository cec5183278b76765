"""What a probe finds: documents, samples and the proposal. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from etl.model import Cut, Outcome


class Role(StrEnum):
    """What a tried document is."""

    FEED = "feed"
    NEWS_SITEMAP = "news_sitemap"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemap_index"
    SECTION = "section"
    DUPLICATE = "duplicate"  # lists the same articles as another one
    COMMENTS = "comments"
    AUDIO = "audio"
    SILENT = "silent"  # no new entry for a long time
    EMPTY = "empty"
    FOREIGN = "foreign"  # lists pages of other sites only
    NO_ARTICLES = "no_articles"  # tags, authors, pictures, fixed pages
    NOTHING = "nothing"  # not there, or something else


USEFUL = frozenset({Role.FEED, Role.NEWS_SITEMAP, Role.SITEMAP, Role.SITEMAP_INDEX, Role.SECTION})


class Verdict(StrEnum):
    """Whether a source would work as it is proposed."""

    READY = "ready"
    DOUBTFUL = "doubtful"  # works in part: the warnings give the reasons
    NOT_READY = "not_ready"


class Wall(StrEnum):
    """What prevents the articles from being read."""

    ROBOTS = "robots"
    CONSENT = "consent_wall"
    CHALLENGE = "challenge"
    LOGIN = "login"
    PAYWALL = "paywall"
    JAVASCRIPT = "javascript_only"
    REFUSED = "refused"  # 401, 402, 403, 451
    UNREACHABLE = "unreachable"
    NOTICE = "notice"  # one text on several pages
    NO_ARTICLES = "no_articles"  # the listed pages are no articles


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A page that a document lists."""

    url: str
    title: str | None = None
    summary: str | None = None
    published_raw: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedDocument:
    """A feed, sitemap or section that was tried. `named_by` is the origin of its address, `why` the reason for its role."""

    url: str
    role: Role
    named_by: str
    why: str
    entries: tuple[Entry, ...] = field(default=(), repr=False)  # those of the site, in its order
    children: tuple[str, ...] = field(default=(), repr=False)
    modified: tuple[str | None, ...] = field(default=(), repr=False)  # of each child, as written
    newest: datetime | None = None
    same_as: str | None = None
    asked: str = ""  # the address in the registry, where it has one
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An article as it would be stored, or the reason why it would not be."""

    url: str
    outcome: Outcome
    title: str | None = None
    published: str | None = None  # as exactly as the page gives it
    authors: tuple[str, ...] = ()
    language: str | None = None
    text_chars: int = 0
    is_truncated: bool = False
    cuts: tuple[Cut, ...] = ()
    flags: tuple[str, ...] = ()
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warn:
    """A certain or possible problem. `wall` where it prevents the articles from being read."""

    message: str
    wall: Wall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A source as an entry of the registry, and the evidence for each field.

    `evidence` maps the name of a field to sentences. `documents` are all that were tried, the useful ones first.
    """

    asked: str
    verdict: Verdict
    key: str
    name: str
    homepage: str
    country: str | None = None
    languages: tuple[str, ...] = ()
    timezone: str | None = None
    aliases: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    date_archives: tuple[str, ...] = ()
    system: str | None = None  # the publishing system
    hosts: tuple[str, ...] = ()  # other hosts of the site that were seen: www, m., amp, regional
    past_days: str | None = None
    rights: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: tuple[Warn, ...] = ()
    documents: tuple[ProbedDocument, ...] = ()
    samples: tuple[Sample, ...] = ()
    requests: int = 0
