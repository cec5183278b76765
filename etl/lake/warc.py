"""Reading WARC files of the lake: records in, captures out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from etl.errors import Quarantine
from etl.lake import capture_meta, cdxj
from etl.lake.captures import CAPTURE_TYPES, resolve, to_capture
from etl.lake.members import Damage, Member, walk
from etl.lake.records import BadRecord, Record, RecordError, field, parse_head, parse_record
from etl.lake.segment import Exchange, Segment, SegmentWriter, publish
from etl.lake.store import ObjectStore
from etl.model import Capture, CaptureMeta, Place

__all__ = [
    "BadRecord",
    "Exchange",
    "RecordRange",
    "Segment",
    "SegmentWriter",
    "index",
    "publish",
    "read",
    "read_at",
    "resolve",
    "scan",
]

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


def read(store: ObjectStore, name: str, *, start: int = 0, end: int | None = None) -> Iterator[Capture | BadRecord]:
    """Every response, resource, revisit and conversion (WET) record of a file, in its order.

    `start` is 0 or the start of a range of `scan`; records that start at `end` or later are left to others. The capture
    carries what our own metadata record behind it says; foreign archives have none. Whatever cannot be read comes as a
    `BadRecord` in its place, and reading goes on behind it. A revisit has no body: see `resolve`.
    """
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
    """The capture at a place, its metadata joined. Raises `Quarantine` when there is none that can be read.

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


def index(stream: BinaryIO, name: str) -> Iterator[cdxj.Line | BadRecord]:
    """The line of each capture of a file that will be called `name`, in the order of the file."""
    for member in walk(stream):
        result = _result(name, member)
        if isinstance(result, _Found):
            yield cdxj.line_of(result.capture, filename=name, warc_digest=result.warc_digest)
        elif isinstance(result, BadRecord):
            yield result


def scan(store: ObjectStore, name: str, *, records: int = 1000) -> list[RecordRange]:
    """Split a file into ranges of about `records` captures, for processes side by side; together they cover the file.

    Taken from the CDXJ beside the file; without one the file is unpacked once, in bounded memory, bodies not looked at.
    """
    starts = _capture_offsets(store, name)
    bounds = [0, *starts[records::records], store.size(name)]
    counts = [len(starts[index : index + records]) for index in range(0, len(starts), records)] or [0]
    return [
        RecordRange(warc=name, start=start, end=end, captures=count)
        for start, end, count in zip(bounds[:-1], bounds[1:], counts, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    capture: Capture
    record_id: str
    warc_digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metadata:
    concurrent_to: str
    meta: CaptureMeta | BadRecord


def _result(name: str, member: Member | Damage) -> _Found | _Metadata | BadRecord | None:
    """What a member holds: a capture, our metadata, something broken, or None for all else."""
    if isinstance(member, Damage):
        return _bad(name, member, member.reason, member.detail)
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
    return None


def _metadata(name: str, member: Member, record: Record) -> CaptureMeta | BadRecord:
    try:
        return capture_meta.from_json(record.block)
    except RecordError as error:
        return _bad(name, member, error.reason, error.detail, record.target_uri)


def _bad(name: str, part: Member | Damage, reason: str, detail: str, target_uri: str | None = None) -> BadRecord:
    return BadRecord(
        warc=name, offset=part.offset, length=part.length, reason=reason, detail=detail, target_uri=target_uri
    )


def _uri(data: bytes) -> str | None:
    try:
        return field(parse_head(data)[0], "WARC-Target-URI")
    except RecordError:
        return None


def _capture_offsets(store: ObjectStore, name: str) -> list[int]:
    index = cdxj.name_beside(name)
    if store.exists(index):
        return sorted(line.offset for line in cdxj.parse(store.read(index)))
    with store.open(name) as stream:
        return [member.offset for member in walk(stream, keep=_HEAD_BYTES) if _is_capture(member)]


def _is_capture(member: Member | Damage) -> bool:
    if isinstance(member, Damage):
        return True
    try:
        return (field(parse_head(member.data)[0], "WARC-Type") or "").lower() in CAPTURE_TYPES
    except RecordError:
        return True
