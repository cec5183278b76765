"""Captures → observations, the same for live pages, archives and reprocessing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from etl import urls
from etl.errors import Quarantine
from etl.extract.rules import rules_version
from etl.isolation import AroundError, around, cause_of, put_aside
from etl.lake import silver
from etl.lake.identity import capture_id
from etl.lake.records import BadRecord
from etl.model import Capture, CaptureMeta, Observation, Outcome, Page, PageType, Place
from etl.rights.evidence import DOCUMENT
from etl.sources.registry import Registry
from etl.stages.process.page_reading import Resolver, read_capture, rules_of
from etl.untrusted_text import storable

# Schemes of what archives hold beside pages (dns:, urn:, metadata:, filedesc:, screenshot:); not a host with a port.
_OTHER_SCHEME = re.compile(r"(?!https?:|urn:sha256:)[A-Za-z][A-Za-z0-9+\-]*:(?![0-9]{1,5}(?:/|$))", re.IGNORECASE)

# The time of a record whose own time could not be read.
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def observe_all(
    records: Iterable[Capture | BadRecord], *, registry: Registry, resolve: Resolver
) -> Iterator[Observation]:
    """An observation for each record of a WARC, in its order; a damaged record gives a quarantined one."""
    for record in records:
        yield _of_bad(record) if isinstance(record, BadRecord) else observe(record, registry=registry, resolve=resolve)


def observe(capture: Capture, *, registry: Registry, resolve: Resolver) -> Observation:
    """The observation of a capture with the current rules (see `read_capture`), fit to be stored as a row.

    An exception raised by a capture's content quarantines that capture; the log has the traceback. An exception raised
    while looking for the original of a revisit is not the capture's, and is raised.
    """

    if _OTHER_SCHEME.match(capture.target_uri) or DOCUMENT in capture.meta.robots:
        return _not_web(capture)

    def resolved(revisit: Capture) -> Capture | None:
        with around():
            return resolve(revisit)

    try:
        return _observed(capture, registry, resolved)
    except Quarantine as error:
        detail = str(error)
    except Exception as error:
        if isinstance(error, AroundError):
            raise cause_of(error) from None
        where = f"{capture.place.warc} at {capture.place.offset}" if capture.place else capture.target_uri
        detail = put_aside(error, what="capture", which=where)
    key = capture_id(capture.target_uri, capture.captured_at, capture.payload_digest)
    return _no_capture(key, capture.target_uri, capture.captured_at, capture.place, rules_version(), detail)


def _not_web(capture: Capture) -> Observation:
    key = capture_id(capture.target_uri, capture.captured_at, capture.payload_digest)
    return _no_capture(
        key, capture.target_uri, capture.captured_at, capture.place, rules_version(), "", outcome=Outcome.NOT_WEB
    )


def with_keys_of_today(o: Observation, registry: Registry) -> Observation:
    """An observation that was written down before, under the key, site and source that its URL has today."""
    if not o.status:  # a record that could not be read
        return o
    source = registry.source_of(o.target_uri)
    return replace(
        o,
        url_key=registry.key_of(o.target_uri),
        source_key=source.key if source else None,
        site=urls.site_of(urls.page_url(o.target_uri)),
    )


def _observed(capture: Capture, registry: Registry, resolve: Resolver) -> Observation:
    """The observation of a capture that has a URL. Raises `Quarantine` for one without URL, or that cannot be stored."""
    source, version = rules_of(capture, registry)
    observation = Observation(
        capture_id=capture_id(capture.target_uri, capture.captured_at, capture.payload_digest),
        url_key=urls.url_key(capture.target_uri, rules=source.key_rules if source else None),
        target_uri=capture.target_uri,
        source_key=source.key if source else None,
        site=urls.site_of(urls.page_url(capture.target_uri)),
        captured_at=capture.captured_at,
        payload_digest=capture.payload_digest,
        status=capture.status,
        is_revisit=capture.is_revisit,
        place=capture.place,
        meta=capture.meta,
        rules_version=version,
        page=Page(outcome=Outcome.QUARANTINED, page_type=PageType.ERROR),
    )
    try:
        observation = replace(observation, page=read_capture(capture, registry=registry, resolve=resolve).page)
        silver.check(observation)
    except Quarantine as error:
        return _put_aside(observation, str(error))
    except Exception as error:
        where = f"{capture.place.warc} at {capture.place.offset}" if capture.place else capture.target_uri
        return _put_aside(observation, put_aside(error, what="page", which=where))
    return observation


def _put_aside(observation: Observation, detail: str) -> Observation:
    """The capture without values and without metadata, since these may be what cannot be stored."""
    page = Page(outcome=Outcome.QUARANTINED, page_type=PageType.ERROR, detail=storable(detail))
    found = replace(observation, page=page)
    try:
        silver.check(found)
    except Quarantine:
        found = replace(found, meta=CaptureMeta())
        silver.check(found)
    return found


def _of_bad(record: BadRecord) -> Observation:
    """A record that could not be read, or is dated in the future. The former is no capture, so its id is made of its place."""
    place = Place(warc=record.warc, offset=record.offset, length=record.length or 0)
    key = record.capture_id or sha256(f"{record.warc} {record.offset}".encode()).digest()
    uri, why = record.target_uri or "", f"{record.reason}: {record.detail}"
    outcome = Outcome.NOT_WEB if _OTHER_SCHEME.match(uri) else Outcome.QUARANTINED
    return _no_capture(key, uri, NO_TIME, place, rules_version(), why, outcome=outcome)


def _no_capture(
    key: bytes,
    target_uri: str,
    captured_at: datetime,
    place: Place | None,
    version: str,
    detail: str,
    *,
    outcome: Outcome = Outcome.QUARANTINED,
) -> Observation:
    return Observation(
        capture_id=key,
        url_key=key,
        target_uri=storable(target_uri),
        source_key=None,
        site="",
        captured_at=captured_at,
        payload_digest="",
        status=0,
        is_revisit=False,
        place=place,
        meta=CaptureMeta(),
        rules_version=version,
        page=Page(outcome=outcome, page_type=PageType.ERROR, detail=storable(detail) or None),
    )
