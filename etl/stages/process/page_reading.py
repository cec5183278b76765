"""A capture → the values of its page: the one function behind rows, printed records and explanations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from etl.errors import Quarantine
from etl.extract.excerpt import stored
from etl.extract.page import read_page
from etl.extract.rules import rules_version
from etl.extract.web import PageReading
from etl.lake.captures import resolve as with_body
from etl.model import GONE_STATUSES, LOADED, PAYMENT_REQUIRED, Capture, Outcome, Page, PageType
from etl.rights import payment
from etl.rights.head import HtmlHead, parse_head
from etl.rights.policy import RightsPolicy
from etl.rights.verdict import PageRights, rights_of
from etl.sources.registry import Registry, Source
from etl.urls import page_url

Resolver = Callable[[Capture], Capture | None]


# The limit of fetched pages, applied to archives too: six million elements compress to a kilobyte in an archive, and would
# take gigabytes to parse. The largest of 1,933 real pages has 1.8 MB.
MAX_PAGE_BYTES = 5 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureReading:
    """The values of a capture with the current rules. `page` holds what may be stored by its source's `rights`.

    For a web page, `reading` has what the values were decided on.
    """

    capture: Capture  # a revisit has the body that it refers to
    source: Source | None
    version: str  # of the rules of its source
    page: Page
    reading: PageReading | None = None

    @property
    def content_type(self) -> str | None:
        return self.capture.header("content-type")


def rules_of(capture: Capture, registry: Registry) -> tuple[Source | None, str]:
    """The source whose rules apply to a capture, and their version.

    The source follows from the capture's URL by the registry, not from what was recorded at the time of capture. So all
    captures of a URL key have the same version, and the same capture from two archives gives one row. There is no source
    for a host that no source claims (for instance after a redirect). A page from a web archive or cache is read as a page
    of the archived site.
    """
    source = registry.source_of(capture.target_uri)
    return source, rules_version(registry.version_of(source))


def read_capture(capture: Capture, *, registry: Registry, resolve: Resolver) -> CaptureReading:
    """The values of a capture. Pure except for `resolve`, which reads the original of a revisit.

    Raises `Quarantine` for a revisit whose original is not available.
    """
    source, version = rules_of(capture, registry)
    if capture.is_revisit:
        original = resolve(capture)
        if original is None:
            raise Quarantine("revisit_without_original", "the record that it refers to is not in the lake")
        capture = with_body(capture, original)
    head = parse_head(capture.body) if 200 <= capture.status < 300 else HtmlHead()
    rights = rights_of(
        url=capture.target_uri,
        at=capture.captured_at,
        headers=capture.headers,
        head=head,
        evidence=capture.meta.robots,
    )
    if not 200 <= capture.status < 300:
        page = _without_page(capture)
        return CaptureReading(capture=capture, source=source, version=version, page=rights.on(page))
    if len(capture.body) > MAX_PAGE_BYTES:
        detail = f"{len(capture.body)} bytes; pages of up to {MAX_PAGE_BYTES} are read"
        page = Page(outcome=Outcome.TOO_LARGE, page_type=PageType.ERROR, detail=detail)
        return CaptureReading(capture=capture, source=source, version=version, page=rights.on(page))
    found = read_page(
        capture.body,
        url=page_url(capture.target_uri),
        captured_at=capture.captured_at,
        content_type=capture.header("content-type"),
        rules=source.extraction_at(capture.captured_at) if source else None,
    )
    reading = found if isinstance(found, PageReading) else None
    page = found.page if isinstance(found, PageReading) else found
    page = rights.on(replace(page, flags=(*page.flags, *capture.flaws)))
    page = _as_permitted(page, rights, source=source, policy=registry.rights)
    return CaptureReading(
        capture=capture,
        source=source,
        version=version,
        page=page,
        reading=replace(reading, page=page) if reading else None,
    )


def _as_permitted(page: Page, rights: PageRights, *, source: Source | None, policy: RightsPolicy) -> Page:
    """What may be stored of a page: by its publisher and the policy, and by its source's own `rights`."""
    key = source.key if source else None
    if page.outcome in LOADED and policy.keeps_nothing(key, page.may_store):
        nothing = Page(outcome=Outcome.RIGHTS_RESERVED, page_type=page.page_type, detail=rights.reserved())
        return rights.on(nothing)
    limits = (policy.text_chars(key, page.may_store), source.rights.text_chars if source else None)
    return stored(page, min((limit for limit in limits if limit is not None), default=None))


def _without_page(capture: Capture) -> Page:
    detail = f"status {capture.status}"
    outcome = Outcome.GONE if capture.status in GONE_STATUSES else Outcome.HTTP_ERROR
    if capture.status == PAYMENT_REQUIRED:
        outcome, price = Outcome.PAYMENT_REQUIRED, payment.price(capture.headers, capture.body)
        detail = f"{detail}; {f'asks {price}' if price else 'names no price'}"
    return Page(outcome=outcome, page_type=PageType.ERROR, detail=detail)
