"""Captures to observations: the one way in which a page becomes values, live, from archives or again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256

from etl import urls
from etl.errors import Quarantine
from etl.extract.rules import rules_version
from etl.lake.identity import capture_id
from etl.lake.records import BadRecord
from etl.model import Capture, CaptureMeta, Observation, Outcome, Page, PageType, Place
from etl.sources.registry import Registry
from etl.stages.reading import Resolver, read_capture, rules_of

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
    """The observation of a capture under the rules of today: see `read_capture`."""
    source, version = rules_of(capture, registry)
    try:
        key = urls.url_key(capture.target_uri, rules=source.key_rules if source else None)
        site = urls.site_of(capture.target_uri)
        page = read_capture(capture, registry=registry, resolve=resolve).page
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
