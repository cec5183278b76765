"""Reads the gzip members of a WARC file one after another, in bounded memory, and continues after damage.

A WARC of the lake has one record per member. zlib is used directly, since a truncated file or a flipped bit has to be
reported with its offset, and reading has to continue at the next member; archive libraries stop or are silent there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

# Larger than any page that fetch or Common Crawl keep (5 MB), even with a long request and header.
MEMBER_LIMIT = 128 << 20

_MAGIC = b"\x1f\x8b\x08"
_GZIP = 31  # zlib's window bits for a gzip header and trailer
_READ = 1 << 18
_FEED = 1 << 14  # what is fed at once: zlib copies what it did not use
_INFLATE = 1 << 20  # what comes out at once


@dataclass(frozen=True, slots=True, kw_only=True)
class GzipMember:
    """A whole member whose checksum is right. `data` is its content, or the first part of it where a limit says so."""

    offset: int
    length: int  # compressed bytes
    data: bytes
    size: int  # bytes of the whole content


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A part of the file that is no whole member."""

    offset: int
    length: int  # bytes up to the next member, or to the end
    reason: str  # truncated, damaged
    detail: str


def walk(stream: BinaryIO, start: int = 0, *, keep: int = MEMBER_LIMIT) -> Iterator[GzipMember | Damage]:
    """Every member from the offset `start`, which is the start of one, to the end of the file.

    At most `keep` bytes of a member's content are held; the rest is only checked. Unreadable parts are yielded as `Damage`,
    and reading continues at the next member whose content starts as a WARC record does.
    """
    source = _ReadAhead(stream, start)
    while source.skip_zeros():
        offset = source.position
        try:
            yield _member(source, keep)
        except _BrokenError as broken:
            following = _next_member(stream, offset + 1)
            end = source.end() if following is None else following
            yield Damage(offset=offset, length=end - offset, reason=broken.reason, detail=broken.detail)
            if following is None:
                return
            source = _ReadAhead(stream, following)


class _BrokenError(Exception):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class _ReadAhead:
    """A buffered reader of a stream that keeps the offset of the next byte."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        stream.seek(start)
        self._stream = stream
        self._buffer = b""
        self._used = 0
        self._read_to = start

    @property
    def position(self) -> int:
        return self._read_to - (len(self._buffer) - self._used)

    def peek(self) -> bytes:
        """Some bytes, without taking them; empty at the end."""
        if self._used >= len(self._buffer):
            self._buffer, self._used = self._stream.read(_READ), 0
            self._read_to += len(self._buffer)
        return self._buffer[self._used : self._used + _FEED]

    def take(self, count: int) -> None:
        self._used += count

    def skip_zeros(self) -> bool:
        """Pass by the zeros that block devices pad files with; False at the end."""
        while ahead := self.peek():
            zeros = len(ahead) - len(ahead.lstrip(b"\0"))
            self.take(zeros)
            if zeros < len(ahead):
                return True
        return False

    def end(self) -> int:
        return self._stream.seek(0, 2)


def unfold(inflater: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What comes out for the bytes put in, in pieces of bounded size, however small the bytes that hide them."""
    while True:
        out = inflater.decompress(data, _INFLATE)
        if out:
            yield out
        data = inflater.unconsumed_tail
        if inflater.eof or (not data and len(out) < _INFLATE):
            return


def _member(source: _ReadAhead, keep: int) -> GzipMember:
    offset = source.position
    inflater = zlib.decompressobj(_GZIP)
    kept: list[bytes] = []
    room, size = keep, 0
    while not inflater.eof:
        ahead = source.peek()
        if not ahead:
            raise _BrokenError(
                "truncated", f"the file ends within the record, {source.position - offset} bytes after its start"
            )
        try:
            for out in unfold(inflater, ahead):
                size += len(out)
                if room > 0:
                    kept.append(out[:room])
                    room -= len(out)
        except zlib.error as error:
            raise _BrokenError("damaged", str(error)) from error
        source.take(len(ahead) - len(inflater.unused_data))
    return GzipMember(offset=offset, length=source.position - offset, data=b"".join(kept), size=size)


def _next_member(stream: BinaryIO, start: int) -> int | None:
    """The offset of the first member from `start` on whose content starts with "WARC/".

    Used only after damage: in an undamaged file the bytes of a page might look like a member.
    """
    position, tail = start, b""
    stream.seek(start)
    while chunk := stream.read(_READ):
        window = tail + chunk
        base = position - len(tail)
        found = window.find(_MAGIC)
        while found >= 0:
            if _starts_record(stream, base + found):
                return base + found
            found = window.find(_MAGIC, found + 1)
        position += len(chunk)
        tail = window[-(len(_MAGIC) - 1) :]
        stream.seek(position)
    return None


def _starts_record(stream: BinaryIO, offset: int) -> bool:
    stream.seek(offset)
    try:
        return zlib.decompressobj(_GZIP).decompress(stream.read(1024), 64).lstrip(b"\r\n").startswith(b"WARC/")
    except zlib.error:
        return False
