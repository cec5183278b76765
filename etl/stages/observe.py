"""Captures to observations: the one way in which a page becomes values, live, from archives or again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256

from etl import urls
from etl.errors import Quarantine
from etl.extract.page import extract_page
from etl.extract.rules import rules_version
from etl.extract.storing import stored
from etl.lake.captures import resolve as with_body
from etl.lake.identity import capture_id
from etl.lake.records import BadRecord
from etl.model import Capture, CaptureMeta, Observation, Outcome, Page, PageType, Place
from etl.sources.registry import Registry, Source

Resolver = Callable[[Capture], Capture | None]

GONE = (404, 410)

# Stands for the time of a record whose own time could not be read.
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def observe_all(
    records: Iterable[Capture | BadRecord], *, registry: Registry, resolve: Resolver
) -> Iterator[Observation]:
    """An observation for each record of a WARC, in its order; a damaged record gives a quarantined one."""
    for record in records:
        if isinstance(record, BadRecord):
            yield _damaged(record)
        else:
            yield observe(record, registry=registry, resolve=resolve)


def observe(capture: Capture, *, registry: Registry, resolve: Resolver) -> Observation:
    """The observation of a capture under the rules of today. Pure, but for `resolve`: it reads what a revisit means.

    Its source is the one that the registry has for its URL, which every way here knows, and not what was noted of it when
    it was captured: all captures of a URL key stand under one version, and the same capture from two archives is one
    row. Of a host that no source claims (a redirect led there) there is no source.
    """
    source = registry.source_of(capture.target_uri) if urls.is_web_url(capture.target_uri) else None
    version = rules_version(registry.version_of(source))
    try:
        key = urls.url_key(capture.target_uri, rules=source.key_rules if source else None)
        site = urls.site_of(capture.target_uri)
        page = _page(capture, source, resolve)
    except Quarantine as error:
        if error.reason == "bad_url":
            key = capture_id(capture.target_uri, capture.captured_at, capture.payload_digest)
            return _no_capture(key, capture.target_uri, capture.captured_at, capture.place, version, str(error))
        page = Page(outcome=Outcome.QUARANTINED, page_type=PageType.ERROR, detail=str(error))
    return Observation(
        capture_id=capture_id(capture.target_uri, capture.captured_at, capture.payload_digest),
        url_key=key,
        target_uri=capture.target_uri,
        source_key=source.key if source else None,
        site=site,
        captured_at=capture.captured_at,
        payload_digest=capture.payload_digest,
        status=capture.status,
        is_revisit=capture.is_revisit,
        place=capture.place,
        meta=capture.meta,
        rules_version=version,
        page=page,
    )


def _page(capture: Capture, source: Source | None, resolve: Resolver) -> Page:
    if capture.is_revisit:
        original = resolve(capture)
        if original is None:
            raise Quarantine("revisit_without_original", "the record that it refers to is not in the lake")
        capture = with_body(capture, original)
    if capture.status in GONE:
        return Page(outcome=Outcome.GONE, page_type=PageType.ERROR, detail=f"status {capture.status}")
    if not 200 <= capture.status < 300:
        return Page(outcome=Outcome.HTTP_ERROR, page_type=PageType.ERROR, detail=f"status {capture.status}")
    content_type = next((value for name, value in capture.headers if name.lower() == "content-type"), None)
    page = extract_page(
        capture.body,
        url=capture.target_uri,
        captured_at=capture.captured_at,
        content_type=content_type,
        rules=source.extraction_at(capture.captured_at) if source else None,
    )
    return stored(page, source.rights.text_chars) if source else page


def _damaged(record: BadRecord) -> Observation:
    """A record that could not be read. It has no capture, so its id is its place."""
    place = Place(warc=record.warc, offset=record.offset, length=record.length or 0)
    key = sha256(f"{record.warc} {record.offset}".encode()).digest()
    return _no_capture(
        key, record.target_uri or "", NO_TIME, place, rules_version(), f"{record.reason}: {record.detail}"
    )


def _no_capture(
    key: bytes, target_uri: str, captured_at: datetime, place: Place | None, version: str, detail: str
) -> Observation:
    return Observation(
        capture_id=key,
        url_key=key,
        target_uri=target_uri,
        source_key=None,
        site="",
        captured_at=captured_at,
        payload_digest="",
        status=0,
        is_revisit=False,
        place=place,
        meta=CaptureMeta(),
        rules_version=version,
        page=Page(outcome=Outcome.QUARANTINED, page_type=PageType.ERROR, detail=detail),
    )
