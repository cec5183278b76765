"""The frozen types that pass between stages; nothing else.

Text is NFC, offsets are code points, times are aware and in UTC unless a field says otherwise. `None` means "not known".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What became of an input: every URL that a run has seen has exactly one of these.

    The list is closed. `OUTCOME_HELP` says what each means and what to do next.
    """

    ARTICLE = "article"
    KNOWN = "known"
    UNCHANGED = "unchanged"
    DEFERRED = "deferred"
    FOREIGN_HOST = "foreign_host"
    EXCLUDED = "excluded"
    ROBOTS_DENIED = "robots_denied"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    HTTP_ERROR = "http_error"
    GONE = "gone"
    PAYMENT_REQUIRED = "payment_required"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    REFUSED_ADDRESS = "refused_address"
    NOT_HTML = "not_html"
    SOFT_404 = "soft_404"
    MOVED_TO_FRONT = "moved_to_front"
    CONSENT_WALL = "consent_wall"
    BOT_CHALLENGE = "bot_challenge"
    PAYWALL_STUB = "paywall_stub"
    LIST_PAGE = "list_page"
    EMPTY_TEXT = "empty_text"
    BROKEN_PAGE = "broken_page"
    DUPLICATE_CANDIDATE = "duplicate_candidate"
    ERASED = "erased"
    RIGHTS_RESERVED = "rights_reserved"
    TOO_OLD = "too_old"
    NOT_WEB = "not_web"
    QUARANTINED = "quarantined"


OUTCOME_HELP: Mapping[Outcome, str] = {
    Outcome.ARTICLE: "an article was loaded",
    Outcome.KNOWN: "already in the warehouse and not due for another visit",
    Outcome.UNCHANGED: "visited again, and nothing changed (304, or the same bytes)",
    Outcome.DEFERRED: (
        "not requested in this run: the budget of its host or the time of the run was used up, another process "
        "had the host's lease, the host asked for a pause, or the run ended before; still due, in the order of news: fresh, revisits, backlog"
    ),
    Outcome.FOREIGN_HOST: "a site offered a URL of another host; if that host is the publisher's, add it to the source's aliases",
    Outcome.EXCLUDED: "a pattern of the source leaves it out (`include`, `exclude`); `news-etl sources try-url` says which",
    Outcome.ROBOTS_DENIED: "robots.txt forbids it",
    Outcome.ROBOTS_UNREACHABLE: "robots.txt could not be read, so nothing was fetched; tried again next run",
    Outcome.HTTP_ERROR: "the server answered with an error; tried again when it is due",
    Outcome.GONE: "404 or 410: the page is no longer there",
    Outcome.PAYMENT_REQUIRED: (
        "402: the site asks a price for the page, which stands in `detail` where it was named; it is not paid, and the page is "
        "asked for again after a week, six times"
    ),
    Outcome.TIMEOUT: "no complete answer in time; tried again when it is due",
    Outcome.TOO_LARGE: "the answer is larger than the limit",
    Outcome.REFUSED_ADDRESS: "the host has an address that is not global; see `news-etl doctor`",
    Outcome.NOT_HTML: "neither a web page nor plain text",
    Outcome.SOFT_404: "a page that says 'not found' with status 200",
    Outcome.MOVED_TO_FRONT: "the URL now leads to a front page",
    Outcome.CONSENT_WALL: "a consent form instead of the article",
    Outcome.BOT_CHALLENGE: "a bot challenge instead of the article; it is not circumvented",
    Outcome.PAYWALL_STUB: "a paywall with too little text to be an article",
    Outcome.LIST_PAGE: "a front, section or list page",
    Outcome.EMPTY_TEXT: "no article text was found",
    Outcome.BROKEN_PAGE: "the bytes could not be read as a page",
    Outcome.DUPLICATE_CANDIDATE: "the same URL key was offered twice in this run; the first one counts",
    Outcome.ERASED: "erased on request; not loaded again",
    Outcome.RIGHTS_RESERVED: (
        "its publisher does not permit to store it, and the rights policy keeps nothing of such pages; `detail` has the line"
    ),
    Outcome.TOO_OLD: "older than the source's max_age_days when it was found: for news-etl fill, not for live runs",
    Outcome.NOT_WEB: "of an archive: a record of another kind than pages (dns:, urn:, metadata:), or a document of terms: nobody wants it as one",
    Outcome.QUARANTINED: "could not be processed; see ops.reject, then `news-etl replay`",
}

# The page is no longer there (RFC 9110, 15.5.5 and 15.5.11).
GONE_STATUSES = frozenset({404, 410})
# The site asks a price (RFC 9110, 15.5.3), as pay-per-crawl services do.
PAYMENT_REQUIRED = 402

# Outcomes that leave an observation in the warehouse.
LOADED = frozenset({Outcome.ARTICLE})


class FoundVia(StrEnum):
    """How a candidate was found."""

    FEED = "feed"
    JSON_FEED = "json_feed"
    SITEMAP = "sitemap"
    NEWS_SITEMAP = "news_sitemap"
    SECTION = "section"
    SITEMAP_ARCHIVE = "sitemap_archive"  # a sitemap of past days
    DATE_ARCHIVE = "date_archive"  # a site's own page of a past day
    CC_NEWS = "cc_news"  # Common Crawl's news crawl
    WAYBACK = "wayback"  # the Wayback Machine


# The archives of past days. URLs that a site's own archives list are fetched from the site; the others have captures.
SITE_ARCHIVES = (FoundVia.SITEMAP_ARCHIVE, FoundVia.DATE_ARCHIVE)
FILE_ARCHIVES = (FoundVia.CC_NEWS,)  # whole files: what they have of a day is known when they have been read
CAPTURE_ARCHIVES = (*FILE_ARCHIVES, FoundVia.WAYBACK)
ARCHIVES = (*SITE_ARCHIVES, *CAPTURE_ARCHIVES)


class Precision(StrEnum):
    """How exactly a publication time is known."""

    SECOND = "second"  # an instant with an offset
    MINUTE = "minute"  # an instant with an offset, no seconds
    ZONED = "zoned"  # a local time without offset, turned into an instant by the source's time zone
    LOCAL = "local"  # a local time without offset: the day is known, the instant is not
    DAY = "day"
    RECKONED = (
        "reckoned"  # a day told by the reader's clock ("5 hours ago", "20 November"), reckoned from the capture's
    )


class PageType(StrEnum):
    """What kind of page a capture is."""

    ARTICLE = "article"
    LIVE_BLOG = "live_blog"
    LIST = "list"
    DIGEST = "digest"
    MEDIA_STUB = "media_stub"
    REVIEW = "review"
    PRODUCT = "product"  # of a shop
    FORUM = "forum"  # a thread, a question with answers
    DOCUMENTATION = "documentation"
    ENCYCLOPEDIA = "encyclopedia"
    OTHER = "other"  # a recipe, a job, an event, a page about the site
    PAYWALL_STUB = "paywall_stub"
    CONSENT_WALL = "consent_wall"
    BOT_CHALLENGE = "bot_challenge"
    SOFT_404 = "soft_404"
    ERROR = "error"
    EMPTY = "empty"
    NOT_TEXT = "not_text"


class Permission(StrEnum):
    """Whether a use of a page is permitted, by what its publisher stated when it was taken."""

    NO = "no"
    UNKNOWN = "unknown"  # nothing was said of it
    YES = "yes"

    @property
    def rank(self) -> int:
        """The strictness: of two statements the one with the higher rank counts. What is said counts before nothing."""
        return {Permission.UNKNOWN: 0, Permission.YES: 1, Permission.NO: 2}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsStatement:
    """One line in which a publisher states how a page may be used, as it stands where it was found.

    `denies` and `grants` are uses separated by blanks, of store, show, export and train; both empty: it was read and
    decides nothing.
    """

    norm: str  # robots, tdmrep, aipref, content_signal, rsl, license
    place: str  # such as "robots.txt line 12", "header X-Robots-Tag", "meta robots", "tdmrep.json entry 3"
    said: str
    document: str | None = None  # URL of the file it stands in; None: the page or its headers
    read_at: str | None = None  # when that file was read, ISO 8601; None: with the page
    denies: str = ""
    grants: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a feed or sitemap states about a URL. Shown to consumers; an article's values never depend on it."""

    source_key: str
    via: FoundVia
    found_at: str  # URL of the feed, sitemap or page
    title: str | None = None
    published_raw: str | None = None
    modified_raw: str | None = None
    summary: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A URL that a source offered, and how it was found."""

    url: str
    hint: Hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """One hop that led to a capture."""

    url: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureMeta:
    """What we know about a capture beside the exchange itself; stored in the WARC metadata record."""

    source_key: str | None = None
    hints: tuple[Hint, ...] = ()
    redirects: tuple[Redirect, ...] = ()  # in the order they were followed; empty when there were none
    robots: Mapping[str, str] = field(default_factory=dict)  # state, rule and rights signals at fetch time


# The body ended before the length, the chunks or the coding that its head states: the text may lack its end.
BODY_SHORT = "body_short"
# The stated length of a record was too small or none, and what stood behind it was taken as well.
LENGTH_WRONG = "length_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the bytes of a capture are. A lookup: erasure and compaction may change it."""

    warc: str  # name within the lake, such as raw/2026/11/24/<id>.warc.gz
    offset: int  # bytes, start of the gzip member of the response or revisit record
    length: int  # bytes, length of that member


@dataclass(frozen=True, slots=True, kw_only=True)
class RefersTo:
    """The earlier capture whose body a revisit refers to. Archives of others may leave out its time or digest."""

    target_uri: str
    captured_at: datetime | None
    payload_digest: (
        str | None
    )  # as the record has it, so also sha1:<base32> in archives of others; never that of nothing
    not_modified: bool  # the server said 304; otherwise the bytes were the same
    record_id: str | None = None  # WARC-Refers-To


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One HTTP exchange or archived page, immutable.

    `body` is the entity after transfer and content decoding. `payload_digest` is `sha256:<hex>` of it.
    A revisit carries the body of the record that it refers to.
    """

    target_uri: str  # as it stands in the archive
    captured_at: datetime  # WARC-Date
    payload_digest: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    meta: CaptureMeta = field(default_factory=CaptureMeta)
    place: Place | None = None
    is_revisit: bool = False
    refers_to: RefersTo | None = None  # of a revisit as it stands in the archive, its body still empty
    truncated: str | None = None  # WARC-Truncated: the archive kept only the first part, and why (length, time, ...)
    record_id: str = ""  # WARC-Record-ID
    warc_digest: str | None = None  # WARC-Payload-Digest as the record has it
    flaws: tuple[str, ...] = ()  # of its bytes, each a flag of its page: see `BODY_SHORT`

    def header(self, name: str) -> str | None:
        """A header as it came; of several the first."""
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A span taken from the extracted text: `extracted[start:end] == text`. Code points."""

    rule: str
    zone: str  # head, tail or inline
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of the article."""

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The values extracted from one page, cleaned; independent of where the page came from.

    `text` has "\\n" between blocks. `removed` and `text` rebuild the extracted text exactly.
    `evidence` maps a field to the name of the place its value came from.
    """

    outcome: Outcome
    page_type: PageType
    title: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None  # a known instant, with its own offset
    published_on: date | None = None  # the publisher's day
    published_precision: Precision | None = None
    published_raw: str | None = None
    modified_at: datetime | None = None
    language: str | None = None  # BCP 47 primary subtag
    section: str | None = None
    tags: tuple[str, ...] = ()
    text: str = ""
    images: tuple[Image, ...] = ()
    agencies: tuple[str, ...] = ()
    credit_line: str | None = None
    rights_line: str | None = None
    dateline: str | None = None
    correction_note: str | None = None
    canonical_url: str | None = None  # rel=canonical: evidence of an alias
    amp_url: str | None = None  # rel=amphtml: evidence of an alias
    is_accessible_for_free: bool | None = None  # the publisher's claim
    text_truncated: bool = False  # our judgement
    flags: tuple[str, ...] = ()  # such as clean_guard
    removed: tuple[Cut, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    detail: str | None = None  # for outcomes other than article: the reason
    schema_type: str | None = None  # the page's own type in JSON-LD
    may_store: Permission = Permission.UNKNOWN
    may_show: Permission = Permission.UNKNOWN
    may_export: Permission = Permission.UNKNOWN
    may_train: Permission = Permission.UNKNOWN
    rights: tuple[RightsStatement, ...] = ()  # what the publisher stated, also what decides nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The values of one capture, extracted with one rules version."""

    capture_id: bytes  # 32 bytes
    url_key: bytes  # 32 bytes
    target_uri: str
    source_key: str | None  # of the registry; None for a site that no source claims
    site: str  # registrable domain
    captured_at: datetime
    payload_digest: str
    status: int  # of HTTP; 0 when no capture could be read (a damaged record), which is quarantined
    is_revisit: bool
    place: Place | None
    meta: CaptureMeta
    rules_version: str
    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport:
    """What a stage did: one count for each outcome, and the names of its resulting files."""

    stage: str
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    uris: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
