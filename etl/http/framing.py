"""Where the body of an answer ends (RFC 9112 sections 6 and 7), also where lengths are wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from etl.http.head import Fields, Head, HeadError, values_of

# Extensions and trailers are not used, and limited in length.
MAX_SIZE_LINE_BYTES = 16 << 10
MAX_TRAILER_BYTES = 64 << 10
MAX_BLANK_LINES = 2  # before the size of a chunk

_PART = 1024
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?", re.DOTALL)
_LENGTH = re.compile(rb"[0-9]{1,18}")


class ChunkError(Exception):
    """The chunks of a body cannot be separated."""


class End(StrEnum):
    """What ends a body."""

    NOTHING = "nothing"  # there is none
    LENGTH = "length"
    CHUNKS = "chunks"
    CLOSE = "close"  # the end of the connection, or of the record


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """How the body ends, by its head. `length`: as stated, where it can be parsed; it counts for `End.LENGTH` only.

    `mended`: deviations that two readers may read differently. `is_last`: no other answer follows on the connection.
    """

    end: End
    length: int | None
    is_last: bool
    codings: tuple[str, ...]  # transfer codings beside chunked, as they were applied
    mended: tuple[str, ...] = ()


def framing_of(head: Head) -> Framing:
    """How the body of an answer to a GET ends. Raises `HeadError` where contradictory lengths leave it unknown.

    Chunks count before a length (RFC 9112 section 6.3). A repeated equal length counts as one; a length that cannot be
    parsed, and two that differ, are ignored where the connection closes with the answer.
    """
    said = _listed(head.fields, b"connection")
    is_last = "close" in said or (head.version < "1.1" and "keep-alive" not in said)
    codings = tuple(name for name in _listed(head.fields, b"transfer-encoding") if name not in ("", "identity"))
    lengths, length = values_of(head.fields, b"content-length"), stated_length(head.fields)
    mended: list[str] = []
    if head.status < 200 or head.status in (204, 304):
        return Framing(end=End.NOTHING, length=None, is_last=is_last, codings=())
    if "chunked" in codings:
        if lengths:
            mended.append("a length beside chunks")
        rest = tuple(name for name in codings if name != "chunked")
        return Framing(end=End.CHUNKS, length=length, is_last=is_last, codings=rest, mended=tuple(mended))
    if codings:
        mended.append("a transfer coding without chunks")
    if len(lengths) > 1 or any(b"," in value for value in lengths):
        mended.append("several lengths")
    if lengths and length is None:
        if not is_last:
            shown = b", ".join(lengths)[:80].decode("latin-1")
            raise HeadError(f"Content-Length is {shown!r}, and the connection stays open")
        mended.append("a length that cannot be read")
    end = End.LENGTH if length is not None and not (codings and is_last) else End.CLOSE
    return Framing(end=end, length=length, is_last=is_last or end is End.CLOSE, codings=codings, mended=tuple(mended))


def stated_length(fields: Fields) -> int | None:
    """The one length that all Content-Length fields state; None without one, and where one of them cannot be read."""
    stated = {part.strip() for value in values_of(fields, b"content-length") for part in value.split(b",")}
    if len(stated) != 1:
        return None
    (length,) = stated
    return int(length) if _LENGTH.fullmatch(length) else None


class Dechunker:
    """Decodes a chunked body as it arrives. `is_over` once the last chunk and its trailer are read."""

    def __init__(self) -> None:
        self.is_over = False
        self.rest = b""  # bytes after the end
        self._buffer = bytearray()
        self._left = 0  # of the chunk at hand
        self._reads = self._size
        self._trailer = 0
        self._chunks = 0
        self._blank_lines = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The content of the next bytes. Raises `ChunkError`."""
        self._buffer += data
        while not self.is_over:
            found = self._reads()
            if found is None:
                return
            if found:
                yield found
        self.rest, self._buffer = bytes(self._buffer), bytearray()

    @property
    def is_plain(self) -> bool:
        """Whether the body begins like a document instead of a chunk: it is not chunked, whatever its head states."""
        return not self._chunks and bytes(self._buffer[:_PART]).lstrip()[:1] in (b"<", b"{", b"[", b"\xef", b"\x1f")

    @property
    def taken(self) -> bytes:
        """The bytes that were received and not returned."""
        return bytes(self._buffer)

    @property
    def has_begun(self) -> bool:
        """Whether there was a chunk."""
        return self._chunks > 0

    def _line(self, limit: int) -> bytes | None:
        end = self._buffer.find(b"\n", 0, limit)
        if end < 0:
            if len(self._buffer) >= limit:
                raise ChunkError(f"a line of over {limit} bytes between chunks")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _size(self) -> bytes | None:
        if self.is_plain:
            raise ChunkError("not chunked")
        line = self._line(MAX_SIZE_LINE_BYTES)
        if line is None:
            return None
        if line.strip() == b"" and self._blank_lines < MAX_BLANK_LINES:  # some servers write one line end too many
            self._blank_lines += 1
            return b""
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise ChunkError(f"{line[:40]!r} is no size of a chunk")
        self._left = int(size[1], 16)
        self._chunks += 1
        self._blank_lines = 0
        self._reads = self._content if self._left else self._trailers
        return b""

    def _content(self) -> bytes | None:
        if not self._buffer:
            return None
        part = bytes(self._buffer[: self._left])
        del self._buffer[: len(part)]
        self._left -= len(part)
        if not self._left:
            self._reads = self._content_end
        return part

    def _content_end(self) -> bytes | None:
        line = self._line(2)
        if line is None:
            return None
        if line not in (b"", b"\r"):
            raise ChunkError("a chunk is longer than its size")
        self._reads = self._size
        return b""

    def _trailers(self) -> bytes | None:
        line = self._line(MAX_SIZE_LINE_BYTES)
        if line is None:
            return None
        self._trailer += len(line)
        if self._trailer > MAX_TRAILER_BYTES:
            raise ChunkError("trailers without end")
        self.is_over = line in (b"", b"\r")
        return b""


def _listed(fields: Fields, name: bytes) -> list[str]:
    """The members of a list in a field, in small letters (RFC 9110 section 5.6.1)."""
    return [part.strip().decode("latin-1").lower() for value in values_of(fields, name) for part in value.split(b",")]
