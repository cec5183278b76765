"""Requests and results of fetches, as values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from etl.model import Outcome, Redirect
from etl.untrusted_text import as_line

MAX_DETAIL = 500  # characters


class RequestKind(StrEnum):
    """The purpose of a request. It decides the Accept header and the size limit."""

    PAGE = "page"
    FEED = "feed"
    SITEMAP = "sitemap"
    ROBOTS = "robots"
    WELL_KNOWN = "well_known"  # small JSON files about the site, such as tdmrep.json
    TERMS = "terms"  # documents of RSL
    ARCHIVE = "archive"  # files of public archives, their bytes as they are stored


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One URL to get. `etag` and `last_modified` are those of the copy that we have: the request is conditional.

    `byte_range` asks for a part, from its first to its last byte (RFC 9110 section 14); a full answer is then a 206.
    `whole_only` makes an answer that ends too early a failure: what archives list or keep can be requested again.
    """

    url: str
    kind: RequestKind = RequestKind.PAGE
    etag: str | None = None
    last_modified: str | None = None
    byte_range: tuple[int, int] | None = None
    headers: tuple[tuple[str, str], ...] = ()  # beside ours, to hosts of its registrable domain only
    whole_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refusal of a redirect, or of a request that was never sent. `detail` is one line of sanitized text."""

    outcome: Outcome
    detail: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", as_line(self.detail, MAX_DETAIL))


# Asked before each redirect with the URL that answered and the URL it points to. None: follow it.
MayFollow = Callable[[str, str], Awaitable[Refusal | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """How a request ended.

    `outcome` None is a full answer with status 200 or 203; every other end has an outcome, with `error` as its explanation.
    Headers are in the order received, one for each line, as ISO 8859-1, which gives the bytes back when encoded.
    `body` is the entity after transfer and content decoding; it is empty unless it came to an end, if too early (`is_short`).
    """

    url: str  # as asked for
    final_url: str  # of the last request that was sent, or was about to be
    fetched_at: datetime  # when that request was sent
    outcome: Outcome | None
    status: int | None = None
    reason: str = ""
    http_version: str | None = None  # HTTP/1.1
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    is_cut: bool = False  # the body is the first part of a longer one (robots.txt only)
    is_short: bool = False  # the answer ended before the length, the chunks or the coding that it states
    request_headers: tuple[tuple[str, str], ...] = ()
    redirects: tuple[Redirect, ...] = ()  # followed, in order
    location: str | None = None  # where a redirect points that was not followed
    ip: str | None = None  # of the server; None behind a proxy
    error: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    retry_after_s: float | None = None
    price: str | None = None  # that an answer 402 names
    robots: Mapping[str, str] = field(default_factory=dict)  # for CaptureMeta.robots; filled in by crawl

    def header(self, name: str) -> str | None:
        """All values of a header joined by ", " (RFC 9110 section 5.3), or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def is_full(self) -> bool:
        """True for a complete answer that can become a capture."""
        return self.outcome is None
