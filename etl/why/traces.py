"""What the warehouse holds of a page, as values: `etl.warehouse.ops.traces` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from etl.model import Hint


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierEntry:
    """The frontier's row of an address that leads to the page. `last_url`: where its last full answer came from."""

    url_key: bytes
    url: str
    host: str
    source_key: str
    hints: tuple[Hint, ...]
    offered_at: datetime
    due_at: datetime | None
    visits: int
    failures: int
    first_visit_at: datetime | None
    last_url: str | None
    last_captured_at: datetime | None
    last_outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How the page ended in a run. `outcome` None: the run has not decided it, or what was captured is not loaded."""

    run_id: str
    kind: str
    state: str
    as_of: datetime
    source_key: str
    url: str
    outcome: str | None
    detail: str | None
    capture_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveListing:
    """An archive that lists the page for a published day."""

    source_key: str
    day: str
    via: str
    found_at: str
    named_at: datetime
    outcome: str | None
    detail: str | None
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTrace:
    """A request for the page's address, as the log has it."""

    fetched_at: datetime
    run_id: str
    url: str
    status: int | None
    outcome: str | None
    bytes: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTrace:
    """A capture of the page. `outcome` None: no rules version has read it."""

    capture_id: str
    url: str
    captured_at: datetime
    status: int
    is_revisit: bool
    redirects: tuple[tuple[str, int], ...]
    warc: str | None
    warc_offset: int | None
    warc_length: int | None
    raw_expired_at: datetime | None
    outcome: str | None
    page_type: str | None
    detail: str | None
    rules_version: str | None
    is_current: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectTrace:
    """Why a capture of the page, or a record that could not be read, is no article."""

    reason: str
    detail: str | None
    stage: str
    warc: str | None
    warc_offset: int | None
    rules_version: str
    capture_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleTrace:
    """The page's row among the articles."""

    article_id: UUID
    url: str
    title: str | None
    source_or_site: str
    published_on: str | None
    language: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    revisions: int
    rules_version: str
    is_current: bool
    capture_id: str
    story_id: UUID | None
    story_members: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Another page that names this address as its own (`canonical`, `amp`), or to which it redirects."""

    kind: str
    url_key: bytes
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """The tombstone of the page."""

    erased_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A file of the lake that is not loaded yet, of a run that captured the page."""

    warc: str
    published_at: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """All that is held of a page; the newest first."""

    entries: tuple[FrontierEntry, ...] = ()
    ends: tuple[RunEnd, ...] = ()
    known_in_runs: int = 0  # how often it was seen while nothing was due
    listings: tuple[ArchiveListing, ...] = ()
    captures: tuple[CaptureTrace, ...] = ()
    captured_hints: tuple[tuple[CaptureTrace, Hint], ...] = ()  # what documents said of what was captured then
    rejects: tuple[RejectTrace, ...] = ()
    article: ArticleTrace | None = None
    pointers: tuple[Pointer, ...] = ()
    erased: Erased | None = None
    open_files: tuple[OpenFile, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nobody has ever offered, listed, visited or loaded it."""
        return not (self.entries or self.ends or self.listings or self.captures or self.rejects or self.erased)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTrace:
    """How it stands with a host. `rest`: until a request is polite; `requests`: of today."""

    host: str
    rest: timedelta = timedelta()
    failures: int = 0
    refusals: int = 0
    is_visited_now: bool = False
    requests: int = 0
    robots: Mapping[str, Any] | None = None  # as `ops.robots` has it


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTrace:
    """A feed, sitemap or front of a source as it was read last. `checked_at` None: never."""

    url: str
    checked_at: datetime | None
    succeeded_at: datetime | None
    status: int | None
    failures: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTrace:
    """How a source went in its last run, and its documents."""

    run_id: str | None = None
    as_of: datetime | None = None
    state: str | None = None
    error: str | None = None
    documents: tuple[DocumentTrace, ...] = ()
