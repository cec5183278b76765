"""The answer to "why?", as values: a standing out of a closed list, in words, with everything that it rests on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from etl.why.checks import Check
from etl.why.traces import (
    ArchiveListing,
    ArticleTrace,
    CaptureTrace,
    Erased,
    HostTrace,
    OpenFile,
    RejectTrace,
    RequestTrace,
    RunEnd,
    SourceTrace,
)


class Standing(StrEnum):
    """How it stands with a page. `STANDING_HELP` says what each means."""

    ARTICLE = "article"
    GONE = "gone"
    NO_ARTICLE = "no_article"
    NOT_LOADED = "not_loaded"
    QUARANTINED = "quarantined"
    ERASED = "erased"
    WAITING = "waiting"
    RETRY = "retry"
    GIVEN_UP = "given_up"
    TOO_OLD = "too_old"
    IN_ARCHIVE = "in_archive"
    NO_ADDRESS = "no_address"
    NO_SOURCE = "no_source"
    SOURCE_DISABLED = "source_disabled"
    EXCLUDED = "excluded"
    ROBOTS_DENIED = "robots_denied"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    NOT_OFFERED = "not_offered"


STANDING_HELP = {
    Standing.ARTICLE: "it is an article",
    Standing.GONE: "the site says that the page is no longer there (404 or 410); if it was an article, that stays",
    Standing.NO_ARTICLE: "the page was captured, and the rules see no article in it: `outcome` and `detail` say what they see",
    Standing.NOT_LOADED: "the page was captured, and its file is not loaded yet",
    Standing.QUARANTINED: "the page, or a visit to it, could not be processed",
    Standing.ERASED: "it was erased on request, and is not taken again",
    Standing.WAITING: "it is due, and was not visited yet",
    Standing.RETRY: "its last visit brought no page; it is visited again",
    Standing.GIVEN_UP: "its visits failed until it was given up; it is visited again when a document says that it changed",
    Standing.TOO_OLD: "it is older than max_age_days of its source: for `news-etl fill`, not for live runs",
    Standing.IN_ARCHIVE: "an archive lists it for a past day, and no live run has met it",
    Standing.NO_ADDRESS: "the text is no web address",
    Standing.NO_SOURCE: "no source of the registry has its host",
    Standing.SOURCE_DISABLED: "its source is disabled",
    Standing.EXCLUDED: "the include and exclude patterns of its source leave it out",
    Standing.ROBOTS_DENIED: "the host's robots.txt forbids it",
    Standing.ROBOTS_UNREACHABLE: "the host's robots.txt cannot be read, and nothing is fetched while it cannot",
    Standing.NOT_OFFERED: "nothing keeps it out, and no feed, sitemap or section front has offered it since",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An address that leads to another one: as a wrapper, by what is noise in it, as a redirect, or by a page's own words."""

    from_url: str
    to_url: str
    by: str  # spelling, wrapper, redirect, canonical or amp


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTrace:
    """What one document said of the page last. `offered_at`: when the address was offered first, by whatever document; of
    pages that no live run was offered, when they were captured."""

    via: str
    found_at: str
    source_key: str
    url: str
    offered_at: datetime
    title: str | None
    published_raw: str | None
    modified_raw: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When the page is visited next; `at` None: at no set time. `says` tells why then."""

    at: datetime | None
    says: str
    visits: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyAnswer:
    """Why a page is, or is not, among the articles. Lists have the newest first, at most 20 of each."""

    asked: str
    standing: Standing
    says: str
    do: str | None = None
    outcome: str | None = None  # of the last visit or capture, where that decides
    detail: str | None = None
    url: str | None = None
    url_key: str | None = None
    leads_to: str | None = None
    steps: tuple[Step, ...] = ()
    source_key: str | None = None
    checks: tuple[Check, ...] = ()
    offers: tuple[OfferTrace, ...] = ()
    due: Due | None = None
    runs: tuple[RunEnd, ...] = ()
    known_in_runs: int = 0
    archives: tuple[ArchiveListing, ...] = ()
    requests: tuple[RequestTrace, ...] = ()
    captures: tuple[CaptureTrace, ...] = ()
    rejects: tuple[RejectTrace, ...] = ()
    open_files: tuple[OpenFile, ...] = ()
    article: ArticleTrace | None = None
    erased: Erased | None = None
    host: HostTrace | None = None
    source: SourceTrace | None = None
    similar: tuple[str, ...] = ()  # other spellings that are known

    def to_json(self) -> dict[str, Any]:
        """As `answer.schema.json` describes it; instants and ids are still values."""
        found = asdict(self)
        if self.host is not None:
            del found["host"]["robots"], found["host"]["rest"]
            found["host"]["rest_s"] = self.host.rest.total_seconds()
        return found
