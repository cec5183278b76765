"""Archives that are not one gzip member a record, rewritten as WARC files that are."""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from etl.errors import Permanent
from etl.lake.members import unfold
from etl.lake.record_writer import MemberWriter
from etl.lake.records import RecordError, parse_head, stated_length

_READ = 1 << 18
_HEAD_LIMIT = 64 << 10
_START = b"WARC/"
_LINE_ENDS = b"\r\n\0"
_NEXT_RECORD = re.compile(rb"\nWARC/\d+\.\d+[ \t]*\r?\n(?=[A-Za-z-]+[ \t]*:)")


def is_gzip(path: Path) -> bool:
    """Whether the file starts as gzip does."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def check_start(path: Path, shown: str) -> None:
    """Raise `Permanent` if the first bytes, unpacked, are no WARC. `shown` is the name of the file in the message."""
    with path.open("rb") as stream:
        unpacked = _Unpacked(stream)
        start = b"".join(_until(unpacked, 64)).lstrip(b"\r\n")[:20]
    if not start.startswith(_START):
        problem = f"; {unpacked.problem}" if unpacked.problem else ""
        raise Permanent(f"{shown} is no WARC file: it starts with {start!r}{problem}")


def repack(path: Path, target: Path) -> Path:
    """Write every record of a file, plain or gzip, as a gzip member of its own; returns `target`.

    Header and block of each keep their bytes; memory is bounded. A wrong Content-Length takes nothing from the record
    behind. Bytes between records and a truncated last record become members of their own, and so does a note where the
    source could not be unpacked further: reading the result shows them as `BadRecord`. A gzip file is unpacked beside
    `target` first.
    """
    problem = None
    if is_gzip(path):
        plain = target.with_name(f"{target.name}.plain")
        with path.open("rb") as stream, plain.open("wb") as file:
            unpacked = _Unpacked(stream)
            file.writelines(unpacked)
            problem = unpacked.problem
        path = plain
    try:
        with path.open("rb") as source, target.open("wb") as file:
            out = MemberWriter(file)
            if path.stat().st_size:
                with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    _repack(data, out)
            if problem:
                out.write(f"news-etl: {problem}\r\n".encode())
    finally:
        if problem is not None or path.name.endswith(".plain"):
            path.unlink(missing_ok=True)
    return target


def _repack(data: mmap.mmap, out: MemberWriter) -> None:
    position = 0
    while position < len(data):
        try:
            fields, head_bytes = parse_head(data[position : position + _HEAD_LIMIT])
        except RecordError:
            found = _NEXT_RECORD.search(data, position)
            end = found.start() + 1 if found else len(data)
            if not _is_blank(data, position, end):
                _write(data, position, end, out)
            position = end
            continue
        end = _behind(data, _block_end(data, position + head_bytes, stated_length(fields)))
        _write(data, position, end, out)
        position = end


def _block_end(data: mmap.mmap, block: int, length: int | None) -> int:
    """Where the block ends that starts at `block`.

    Its stated length is right if it leads to the end of the file or of a record. Otherwise the block goes on to the next
    record: before the stated end, if the length is too large, or behind it. What looks like a record within a block does
    not count if the length is right: pages quote archives, and archives contain archives.
    """
    if length is not None and block + length <= len(data) and _is_end(data, block + length):
        return block + length
    found = _NEXT_RECORD.search(data, block - 1)
    return found.start() + 1 if found else len(data)


def _is_end(data: mmap.mmap, position: int) -> bool:
    behind = data[position : position + _HEAD_LIMIT]
    rest = behind.lstrip(_LINE_ENDS)
    return not rest or behind.startswith(b"\r\n\r\n") or (len(rest) < len(behind) and rest.startswith(_START))


def _behind(data: mmap.mmap, end: int) -> int:
    """The position behind the line ends of a record; two are its own, and writers put up to four bytes more."""
    behind = data[end : end + 8]
    return end + len(behind) - len(behind.lstrip(b"\r\n"))


def _is_blank(data: mmap.mmap, start: int, end: int) -> bool:
    return not any(data[at : min(at + _READ, end)].strip(_LINE_ENDS) for at in range(start, end, _READ))


def _write(data: mmap.mmap, start: int, end: int, out: MemberWriter) -> None:
    for at in range(start, end, _READ):
        out.append(data[at : min(at + _READ, end)])
    out.finish()


def _until(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    while count > 0 and (piece := next(pieces, None)) is not None:
        yield piece
        count -= len(piece)


class _Unpacked:
    """The content of a file, plain or gzip, in pieces. `problem` says where unpacking stopped before the end."""

    def __init__(self, stream: BinaryIO) -> None:
        self.problem: str | None = None
        self._pieces = self._unpack(stream)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def __next__(self) -> bytes:
        return next(self._pieces)

    def _unpack(self, stream: BinaryIO) -> Iterator[bytes]:
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
