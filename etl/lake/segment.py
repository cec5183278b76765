"""Writes fetched exchanges into WARC 1.1 segments, which are published complete.

A segment is a WARC file: `warcinfo`, then for each exchange `request`, `response` (or `revisit`) and `metadata`, each a
gzip member of its own, linked by WARC-Concurrent-To. Bodies are stored decoded; digests are `sha256:` and base 16, as
browser crawlers write them and warcio reads them. The same exchanges give the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from etl import files
from etl.lake import capture_meta, cdxj
from etl.lake.captures import IDENTICAL_PAYLOAD, NOT_MODIFIED
from etl.lake.identity import capture_id, payload_digest, warc_date
from etl.lake.record_writer import (
    HTTP_REQUEST,
    HTTP_RESPONSE,
    WARC_FIELDS,
    MemberWriter,
    checked_uri,
    record,
    response_head,
    stored_headers,
    warc_fields,
)
from etl.lake.store import ObjectStore
from etl.model import Capture, CaptureMeta, Place, RefersTo

SEGMENT_BYTES = 64 << 20
FORMAT = "WARC File Format 1.1"
CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as the fetcher saw them.

    `refers_to` makes it a revisit: the body is that of an earlier capture, either byte for byte (`body` may then be
    given or left empty) or by a 304. Its payload digest must be known.
    """

    target_uri: str
    captured_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]  # as received; bytes that are not UTF-8 as surrogate escapes
    body: bytes = b""  # after transfer and content decoding
    reason: str = ""
    request: bytes = b""  # request line and headers as sent; empty writes no request record
    ip: str | None = None
    meta: CaptureMeta = field(default_factory=CaptureMeta)
    refers_to: RefersTo | None = None
    truncated: str | None = None  # why the body is the first part alone, by WARC 1.1 section 5.13; None: it is whole


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlace:
    """The place of an exchange in its segment."""

    capture_id: bytes
    target_uri: str
    captured_at: datetime
    payload_digest: str
    offset: int
    length: int
    line: cdxj.CdxjLine  # without the name of the file, which is known at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A finished segment on local disk, not yet in the lake. `name` holds the hash of its bytes."""

    path: Path
    name: str
    sha256: str
    records: int
    size: int
    written: tuple[RecordPlace, ...]

    def place(self, written: RecordPlace) -> Place:
        """Where that capture will be once the segment is published."""
        return Place(warc=self.name, offset=written.offset, length=written.length)


class SegmentWriter:
    """Writes one segment into a local folder; as a context manager it removes an unfinished one.

    `now` is the time of the segment's start: it dates its name and its warcinfo record. The caller closes the segment
    when it `is_full` or old enough.
    """

    def __init__(
        self,
        directory: Path,
        *,
        now: datetime,
        operator: str | None,
        user_agent: str,
        robots: str = "obey",
        software: str | None = None,
        max_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self._now = now.astimezone(UTC)
        self._max_bytes = max_bytes
        self._written: list[RecordPlace] = []
        self._finished: Path | None = None
        files.make_private(directory)
        files.remove_old(directory, "*.warc.gz*", before=time.time() - files.LEFT_BEHIND_S)
        descriptor, name = tempfile.mkstemp(dir=directory, suffix=".warc.gz.open")
        self._path = Path(name)
        self._file = os.fdopen(descriptor, "wb")
        # Locked until the file is deleted: by age alone it would be taken for a killed writer's when the clock is set ahead.
        self._let_go = weakref.finalize(self, os.close, files.held(descriptor))
        self._out = MemberWriter(self._file)
        block = warc_fields(
            (
                ("software", software or f"news-etl/{version('news-etl')}"),
                ("format", FORMAT),
                ("conformsTo", CONFORMS_TO),
                ("robots", robots),
                ("operator", operator),
                ("http-header-user-agent", user_agent),
            )
        )
        self._warcinfo_id, data = record("warcinfo", block=block, date=now, fields=(("Content-Type", WARC_FIELDS),))
        self._out.write(data)

    @property
    def size(self) -> int:
        """Compressed bytes so far."""
        return self._out.offset

    @property
    def is_full(self) -> bool:
        return self.size >= self._max_bytes

    @property
    def is_empty(self) -> bool:
        """Whether no exchange was written: such a segment need not be published."""
        return not self._written

    def write(self, exchange: Exchange) -> RecordPlace:
        """Append the records of one exchange.

        Raises `Quarantine` for a URI that cannot stand in a WARC, before anything is written.
        """
        uri, date, refers_to = checked_uri(exchange.target_uri), exchange.captured_at, exchange.refers_to
        digest = _digest(exchange)
        body = exchange.body if refers_to is None else b""
        headers = stored_headers(exchange.headers, body_bytes=len(body) if refers_to is None else None)
        block = response_head(exchange.status, exchange.reason, headers) + body
        same = (
            ("WARC-Target-URI", uri),
            ("WARC-IP-Address", exchange.ip),
            ("WARC-Warcinfo-ID", self._warcinfo_id),
        )
        response_id, response = record(
            "response" if refers_to is None else "revisit",
            block=block,
            date=date,
            fields=(
                *same,
                *_revisit_fields(refers_to),
                ("WARC-Payload-Digest", digest),
                ("WARC-Truncated", exchange.truncated if refers_to is None else None),
                ("Content-Type", HTTP_RESPONSE),
            ),
        )
        beside = (*same, ("WARC-Concurrent-To", response_id))
        _, request = record(
            "request", block=exchange.request, date=date, fields=(*beside, ("Content-Type", HTTP_REQUEST))
        )
        _, metadata = record(
            "metadata",
            block=capture_meta.to_json(exchange.meta),
            date=date,
            fields=(*beside, ("Content-Type", capture_meta.MEDIA_TYPE)),
        )
        # Everything is built before anything is written, so that an exception leaves no part of an exchange in the file.
        if exchange.request:
            self._out.write(request)
        offset, length = self._out.write(response)
        self._out.write(metadata)
        capture = Capture(
            target_uri=uri,
            captured_at=date,
            payload_digest=digest,
            status=exchange.status,
            headers=headers,
            body=b"",
            place=Place(warc="", offset=offset, length=length),
            is_revisit=refers_to is not None,
        )
        written = RecordPlace(
            capture_id=capture_id(uri, date, digest),
            target_uri=uri,
            captured_at=date,
            payload_digest=digest,
            offset=offset,
            length=length,
            line=cdxj.line_of(capture, filename=""),
        )
        self._written.append(written)
        return written

    def close(self) -> Segment:
        """Finish the file and put it on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        size = self._out.offset
        self._file.close()
        with self._path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        stem = f"{self._now:%Y%m%dT%H%M%SZ}-{sha256[:32]}.warc.gz"
        path = self._finished = self._path.replace(self._path.with_name(stem))
        return Segment(
            path=path,
            name=f"raw/live/{self._now:%Y/%m/%d}/{stem}",
            sha256=sha256,
            records=self._out.records,
            size=size,
            written=tuple(self._written),
        )

    def discard(self) -> None:
        """Remove the unfinished file; after `close` nothing is left to remove."""
        try:
            with suppress(OSError):  # on a full disk closing fails as writing did, and the file is to go all the same
                self._file.close()
        finally:
            self._path.unlink(missing_ok=True)
            if self._finished is None:
                self._let_go()

    def remove(self) -> None:
        """Remove the file, finished or not: for when it was published, or never will be."""
        self.discard()
        if self._finished is not None:
            self._finished.unlink(missing_ok=True)
            self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def publish(store: ObjectStore, segment: Segment) -> str:
    """Put a finished segment and its CDXJ into the lake; returns its name. A repetition changes nothing.

    The caller deletes the local file. The index is written second, so that it never names a missing file.
    """
    store.put_new(segment.name, segment.path)
    lines = (replace(written.line, filename=segment.name) for written in segment.written)
    store.put_new(cdxj.name_beside(segment.name), cdxj.render(lines))
    return segment.name


def _digest(exchange: Exchange) -> str:
    refers_to = exchange.refers_to
    if refers_to is None:
        return payload_digest(exchange.body)
    if refers_to.payload_digest is None:
        raise ValueError(f"{exchange.target_uri}: a revisit needs the payload digest of what it refers to")
    if exchange.body and payload_digest(exchange.body) != refers_to.payload_digest:
        raise ValueError(f"{exchange.target_uri}: the body is not the one that the revisit refers to")
    return refers_to.payload_digest


def _revisit_fields(refers_to: RefersTo | None) -> tuple[tuple[str, str | None], ...]:
    if refers_to is None:
        return ()
    return (
        ("WARC-Profile", NOT_MODIFIED if refers_to.not_modified else IDENTICAL_PAYLOAD),
        ("WARC-Refers-To-Target-URI", checked_uri(refers_to.target_uri)),
        ("WARC-Refers-To-Date", warc_date(refers_to.captured_at) if refers_to.captured_at else None),
    )
