"""WARC files that are not one gzip member a record, made into ones that are."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from etl.errors import Permanent
from etl.lake.members import unfold
from etl.lake.record_writer import MemberWriter
from etl.lake.records import RecordError, content_length, parse_head

_READ = 1 << 18
_HEAD_LIMIT = 64 << 10
_START = b"WARC/"


def is_gzip(path: Path) -> bool:
    """Whether the file starts as gzip does."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def check_start(path: Path, shown: str) -> None:
    """Raise `Permanent` when the first bytes, unpacked, are no WARC; `shown` is what to call the file then."""
    with path.open("rb") as stream:
        source = _Source(stream)
        source.fill(_HEAD_LIMIT)
        start = bytes(source.buffer[:20])
    if start.startswith(b"filedesc:"):
        raise Permanent(f"{shown} is an ARC file, the format before WARC: convert it first, for example with warcio")
    if not start.startswith(_START):
        raise Permanent(
            f"{shown} is no WARC file: it starts with {start!r}" + (f"; {source.problem}" if source.problem else "")
        )


def repack(path: Path, target: Path) -> Path:
    """Write every record of a file, plain or gzip, as a gzip member of its own; gives `target`.

    Header and block of each keep their bytes; memory is bounded however long a record is. Bytes between records and a
    last record that is cut short become members of their own, and so does a note where the source could not be unpacked
    further: reading the result shows them as `BadRecord`.
    """
    with path.open("rb") as stream, target.open("wb") as file:
        source, out = _Source(stream), MemberWriter(file)
        while source.fill(1):
            length = _record_length(source)
            if length is None:
                _pass_on_garbage(source, out)
                continue
            while length > 0 and source.fill(1):
                part = source.take(min(length, _READ))
                length -= len(part)
                out.append(part)
            source.fill(4)
            behind = bytes(source.buffer[:4])
            out.append(source.take(len(behind) - len(behind.lstrip(b"\r\n"))))
            out.finish()
        if source.problem:
            out.write(f"news-etl: {source.problem}\r\n".encode())
    return target


def _record_length(source: _Source) -> int | None:
    """Bytes of header and block of the record that starts here; None when none does."""
    source.fill(_HEAD_LIMIT)
    try:
        fields, start = parse_head(bytes(source.buffer[:_HEAD_LIMIT]))
        return start + content_length(fields)
    except RecordError:
        return None


def _pass_on_garbage(source: _Source, out: MemberWriter) -> None:
    """What stands before the next record; empty lines and zeros alone are nothing."""
    written = False
    while source.fill(_READ):
        found = source.buffer.find(b"\n" + _START)
        at_end = len(source.buffer) < _READ
        count = found + 1 if found >= 0 else len(source.buffer) if at_end else len(source.buffer) - len(_START)
        part = source.take(count)
        if written or part.strip(b"\r\n\0"):
            out.append(part)
            written = True
        if found >= 0 or at_end:
            break
    if written:
        out.finish()


class _Source:
    """The content of a file, unpacked as it is asked for. `problem` says where unpacking stopped before the end."""

    def __init__(self, stream: BinaryIO) -> None:
        self.buffer = bytearray()
        self.problem: str | None = None
        self._pieces = self._unpacked(stream)

    def fill(self, count: int) -> bool:
        """Have `count` bytes in the buffer, or all that are left; says whether there is any."""
        while len(self.buffer) < count and (piece := next(self._pieces, None)) is not None:
            self.buffer += piece
        return bool(self.buffer)

    def take(self, count: int) -> bytes:
        part = bytes(self.buffer[:count])
        del self.buffer[:count]
        return part

    def _unpacked(self, stream: BinaryIO) -> Iterator[bytes]:
        data = stream.read(_READ)
        if not data.startswith(b"\x1f\x8b"):
            while data:
                yield data
                data = stream.read(_READ)
            return
        inflater: zlib._Decompress | None = None
        try:
            while data or (data := stream.read(_READ)):
                if inflater is None:
                    data = data.lstrip(b"\0")
                    if not data:
                        continue
                    inflater = zlib.decompressobj(31)
                yield from unfold(inflater, data)
                data = inflater.unused_data
                if inflater.eof:
                    inflater = None
        except zlib.error as error:
            self.problem = f"the source could not be unpacked further: {error}"
        else:
            self.problem = "the source ends within a gzip member" if inflater else None
