"""Reads captures from WARC files of the lake."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from etl.errors import Quarantine
from etl.isolation import put_aside
from etl.lake import capture_meta, cdxj
from etl.lake.captures import CAPTURE_TYPES, to_capture
from etl.lake.date_limits import believed
from etl.lake.identity import parse_warc_date
from etl.lake.members import Damage, GzipMember, walk
from etl.lake.records import BadRecord, Record, RecordError, field, parse_head, parse_record
from etl.lake.store import ObjectStore
from etl.model import Capture, CaptureMeta, Place
from etl.printable import log_fields

log = logging.getLogger(__name__)

# The metadata record follows the response in one range request: with hints it is a few hundred bytes.
_LOOK_AHEAD = 8 << 10
_META_LIMIT = 8 << 20
_HEAD_BYTES = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRange:
    """A part of a file that one process can work on: members that start in `start <= offset < end`."""

    warc: str
    start: int
    end: int
    captures: int  # captures and bad records in it
    latest: str  # the time of its latest capture, as in an index; empty where none could be read


def read(
    store: ObjectStore, name: str, *, start: int = 0, end: int | None = None, until: datetime | None = None
) -> Iterator[Capture | BadRecord]:
    """Every response, resource, revisit and conversion (WET) record of a file, in its order.

    `start` is 0 or the start of a range of `scan`; records that start at `end` or later are not read. A capture has the
    metadata of our own metadata record after it; archives of others have none. An unreadable record gives a `BadRecord` in
    its place, and so does a capture dated after `until` (see `date_limits`); reading continues after it. A revisit has no
    body: see `resolve`.
    """
    for found in _read(store, name, start, end):
        yield believed(found, until) if isinstance(found, Capture) else found


def _read(store: ObjectStore, name: str, start: int, end: int | None) -> Iterator[Capture | BadRecord]:
    with store.open(name) as stream:
        waiting: _Found | None = None  # until we know what follows
        for member in walk(stream, start):
            beyond = end is not None and member.offset >= end
            result = _result(name, member) if not beyond or waiting else None
            if waiting and isinstance(result, _Metadata) and result.concurrent_to == waiting.record_id:
                capture, waiting = waiting.capture, None
                if isinstance(result.meta, BadRecord):
                    yield capture
                    yield result.meta
                else:
                    yield replace(capture, meta=result.meta)
            elif waiting:
                yield waiting.capture
                waiting = None
            if beyond:
                return
            if isinstance(result, BadRecord):
                yield result
            elif isinstance(result, _Found):
                waiting = result
        if waiting:
            yield waiting.capture


def read_at(store: ObjectStore, place: Place) -> Capture:
    """The capture at a place, with its metadata. Raises `Quarantine` when there is no readable one.

    Two requests at most, whatever the size of the file.
    """
    data = store.read_range(place.warc, place.offset, place.length + _LOOK_AHEAD)
    items = walk(io.BytesIO(data))
    member = next(items, None)
    if member is None:
        raise Quarantine("truncated", f"{store.url(place.warc)} ends before offset {place.offset}")
    result = _result(place.warc, replace(member, offset=place.offset))
    if isinstance(result, BadRecord):
        raise Quarantine(result.reason, f"{store.url(place.warc)} at {place.offset}: {result.detail}")
    if not isinstance(result, _Found):
        raise Quarantine("no_record", f"{store.url(place.warc)} at {place.offset}: the record there is no capture")
    capture = result.capture
    following = next(items, None)
    if isinstance(following, Damage) and following.offset + following.length == len(data):  # longer than we looked
        after = place.offset + member.length
        following = next(walk(io.BytesIO(store.read_range(place.warc, after, _META_LIMIT))), None)
    metadata = None if following is None else _result(place.warc, following)
    if isinstance(metadata, _Metadata) and metadata.concurrent_to == result.record_id:
        if isinstance(metadata.meta, BadRecord):
            raise Quarantine(
                metadata.meta.reason, f"{store.url(place.warc)} behind {place.offset}: {metadata.meta.detail}"
            )
        return replace(capture, meta=metadata.meta)
    return capture


def index(stream: BinaryIO, name: str) -> Iterator[cdxj.CdxjLine | BadRecord]:
    """The line of each capture of a file that will be called `name`, in the order of the file."""
    for member in walk(stream):
        result = _result(name, member)
        if isinstance(result, _Found):
            try:
                yield cdxj.line_of(result.capture, filename=name, warc_digest=result.warc_digest)
            except Exception as error:
                yield _raised(name, member, error, result.capture.target_uri)
        elif isinstance(result, BadRecord):
            yield result


def scan(store: ObjectStore, name: str, *, records: int = 1000) -> list[RecordRange]:
    """Split a file into ranges of about `records` captures, for parallel processes; together they cover the file.

    The ranges come from the CDXJ beside the file; without one the file is decompressed once, in bounded memory.
    """
    found = _captures_in(store, name)
    bounds = [0, *(offset for offset, _ in found[records::records]), store.size(name)]
    parts = [found[index : index + records] for index in range(0, len(found), records)] or [[]]
    return [
        RecordRange(warc=name, start=start, end=end, captures=len(part), latest=max((t for _, t in part), default=""))
        for start, end, part in zip(bounds[:-1], bounds[1:], parts, strict=True)
    ]


def lines(store: ObjectStore, name: str) -> list[cdxj.CdxjLine]:
    """The captures of a file by the index beside it; by the file itself where there is none, or none that can be read."""
    beside = cdxj.name_beside(name)
    if store.exists(beside):
        try:
            return list(cdxj.parse(store.read(beside)))
        except ValueError as error:
            log.warning("damaged_index %s", log_fields(index=store.url(beside), error=error))
    with store.open(name) as stream:
        return [line for line in index(stream, name) if isinstance(line, cdxj.CdxjLine)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    capture: Capture
    record_id: str
    warc_digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metadata:
    concurrent_to: str
    meta: CaptureMeta | BadRecord


def _result(name: str, member: GzipMember | Damage) -> _Found | _Metadata | BadRecord | None:
    """What a member holds: a capture, our metadata, something broken, or None for all else."""
    if isinstance(member, Damage):
        return _bad(name, member, member.reason, member.detail)
    if _is_blank(member):
        return None
    record: Record | None = None
    try:
        record = parse_record(member.data, member.size)
        if record.type == "metadata" and record.media_type == capture_meta.MEDIA_TYPE:
            meta = _metadata(name, member, record)
            return _Metadata(concurrent_to=record.get("WARC-Concurrent-To") or "", meta=meta)
        if record.type in CAPTURE_TYPES:
            return _Found(
                capture=to_capture(record, place=Place(warc=name, offset=member.offset, length=member.length)),
                record_id=record.id,
                warc_digest=record.get("WARC-Payload-Digest"),
            )
    except RecordError as error:
        uri = record.target_uri if record else _uri(member.data)
        return _bad(name, member, error.reason, error.detail, uri)
    except Exception as error:
        return _raised(name, member, error, record.target_uri if record else None)
    return None


def _is_blank(member: GzipMember) -> bool:
    """Whether a member holds nothing but line ends, which belong behind a record."""
    return member.size <= len(member.data) and not member.data.strip(b"\r\n\0")


def _raised(name: str, member: GzipMember | Damage, error: Exception, uri: str | None) -> BadRecord:
    """An unexpected exception stops its record only; the log has the traceback."""
    said = put_aside(error, what="record", which=f"{name} at {member.offset}")
    return _bad(name, member, "raised", said, uri)


def _metadata(name: str, member: GzipMember, record: Record) -> CaptureMeta | BadRecord:
    try:
        return capture_meta.from_json(record.block)
    except RecordError as error:
        return _bad(name, member, error.reason, error.detail, record.target_uri)


def _bad(name: str, part: GzipMember | Damage, reason: str, detail: str, target_uri: str | None = None) -> BadRecord:
    return BadRecord(
        warc=name, offset=part.offset, length=part.length, reason=reason, detail=detail, target_uri=target_uri
    )


def _uri(data: bytes) -> str | None:
    try:
        return field(parse_head(data)[0], "WARC-Target-URI")
    except RecordError:
        return None


def _captures_in(store: ObjectStore, name: str) -> list[tuple[int, str]]:
    """Offsets of captures and damaged parts of a file, with their times as in an index."""
    if store.exists(cdxj.name_beside(name)):
        return sorted((line.offset, line.timestamp) for line in lines(store, name))
    with store.open(name) as stream:
        found = ((member.offset, _time_of_capture(member)) for member in walk(stream, keep=_HEAD_BYTES))
        return [(offset, time) for offset, time in found if time is not None]


def _time_of_capture(member: GzipMember | Damage) -> str | None:
    """Its time as in an index, nothing of one that cannot be read; None for a record that is no capture."""
    if isinstance(member, Damage):
        return ""
    if _is_blank(member):
        return None
    try:
        fields, _ = parse_head(member.data)
        if (field(fields, "WARC-Type") or "").lower() not in CAPTURE_TYPES:
            return None
        return cdxj.timestamp(parse_warc_date(field(fields, "WARC-Date") or ""))
    except (RecordError, ValueError):
        return ""
