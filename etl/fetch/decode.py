"""Content codings of a response, taken off while it arrives, within bounds (RFC 9110 section 8.4).

Only gzip and deflate are offered; brotli is understood as well, since servers send it unasked. zstd is not: its reader does
not tell a frame that was cut from a whole one, and half a page must not pass for a page. A coding that the bytes do not
have is passed by, as archives' readers do (`etl.lake.http_message`): what comes out is judged as a page. aiohttp's own
decoding is off because it has no bound.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from etl.lake import http_message
from etl.lake.records import RecordError

OFFERED = "gzip, deflate"

# A response may name codings twice over, not without end.
MAX_CODINGS = 2

# Of 710 news pages of 600 publishers zlib made 4.6 to 1 in the median and 18.5 to 1 at most; of zeros it makes 1,030.
MAX_RATIO = 100
RATIO_COUNTS_FROM = 1 << 20  # bytes: small files of one letter are no bombs

# Files are joined of several gzip members, not of thousands. A member costs a thousand times what its 20 bytes say.
MAX_MEMBERS = 1000

GZIP_MAGIC = b"\x1f\x8b"
_CODINGS = frozenset({"gzip", "deflate", "br"})
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a]")
_CHUNK = 1 << 16


class TooLargeError(Exception):
    """More bytes than the limit, or than its encoded form explains."""


class ContentError(Exception):
    """The body ends too early, or is not in the coding that the response names."""


class BodyDecoder:
    """Takes the codings off a body as it comes in. `body` is what there is so far, never more than `max_bytes`.

    Every layer counts against the bounds, so that nested codings cannot hide a bomb, and so do the bytes on the wire: no
    coding makes a body longer than a little. Names that are no coding (`utf-8`, `none`) are passed by.
    """

    def __init__(self, content_encoding: str | None, *, max_bytes: int) -> None:
        named = [name.strip().lower() for name in (content_encoding or "").split(",")]
        codings = [name for name in named if name.removeprefix("x-") in _CODINGS]
        self._unknown = [name for name in named if name not in (*codings, "", "identity")]
        if len(codings) > MAX_CODINGS:
            raise ContentError(f"{len(codings)} content codings")
        self._layers = [_layer(name, max_bytes) for name in reversed(codings)]
        self._max_bytes = max_bytes
        self._taken = 0
        self.body = bytearray()

    def feed(self, data: bytes) -> None:
        """Decode more. Raises `TooLargeError` when the limit is passed, with `body` filled to it; `ContentError`."""
        self._taken += len(data)
        if self._layers and self._taken > self._max_bytes + _CHUNK:
            raise TooLargeError(f"more than {self._max_bytes} encoded bytes")
        self._take(data, 0)

    def finish(self) -> bytes:
        """The whole body. Raises `ContentError` if a coding has not come to its end."""
        for depth, layer in enumerate(self._layers):
            for part in layer.finish():
                self._take(part, depth + 1)
        self._layers = []
        if self._unknown and _is_binary(bytes(self.body[:512])):
            raise ContentError(f"content coding {self._unknown[0][:40]!r} is not understood")
        return bytes(self.body)

    def _take(self, data: bytes, depth: int) -> None:
        for part in self._through(data, depth):
            room = self._max_bytes - len(self.body)
            self.body += part[:room]
            if len(part) > room:
                raise TooLargeError(f"more than {self._max_bytes} bytes")

    def _through(self, data: bytes, depth: int) -> Iterator[bytes]:
        if depth == len(self._layers):
            yield data
            return
        for part in self._layers[depth].feed(data):
            yield from self._through(part, depth + 1)


class _Layer:
    """One zlib-based coding."""

    def __init__(self, name: str, max_bytes: int) -> None:
        self._name = name
        self._max_bytes = max_bytes
        self._pending = b""  # first bytes, until the format is known
        self._inflater: zlib._Decompress | None = None
        self._taken = self._given = self._streams = 0
        self._is_plain = False  # not in this coding after all
        self._is_over = False  # anything behind the end is passed by, as browsers do

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decoded parts of at most 64 KiB."""
        self._taken += len(data)
        if self._is_plain:
            yield data
            return
        data = self._pending + data
        self._pending = b""
        if len(data) >= 2 and not self._streams and self._name == "gzip" and not data.startswith(GZIP_MAGIC):
            if _is_binary(data):
                raise ContentError("not gzip")
            self._is_plain = True
            yield data
            return
        while data and not self._is_over:
            if self._inflater is None:
                if len(data) < 2:
                    self._pending = data
                    return
                # RFC 1952 section 2.2: members one after another are one file. Of "deflate" there is only one stream.
                if self._streams and (self._name == "deflate" or not data.startswith(GZIP_MAGIC)):
                    self._is_over = True
                    return
                if self._streams >= MAX_MEMBERS:
                    raise TooLargeError(f"more than {MAX_MEMBERS} {self._name} members")
                self._inflater = zlib.decompressobj(self._window(data))
                self._streams += 1
            try:
                yield from self._inflate(self._inflater, data)
            except ContentError:
                if self._given or self._taken > len(data) or _is_binary(data):
                    raise
                self._is_plain = True
                self._inflater = None
                yield data
                return
            if not self._inflater.eof:
                return
            data, self._inflater = self._inflater.unused_data, None

    def finish(self) -> Iterator[bytes]:
        """What is left. Raises `ContentError` in the middle of a stream. Nothing is an empty body, as errors often have."""
        if self._inflater is not None:
            raise ContentError(f"the {self._name} stream ends too early")
        if self._pending and not self._streams:
            if GZIP_MAGIC.startswith(self._pending):
                raise ContentError(f"the {self._name} stream ends too early")
            yield self._pending

    def _inflate(self, inflater: zlib._Decompress, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                part = inflater.decompress(data, _CHUNK)
            except zlib.error as error:
                raise ContentError(f"not {self._name}: {error}") from error
            data = inflater.unconsumed_tail
            if part:
                self._count(len(part), waiting=len(data))
                yield part
            # A full part may leave output inside zlib with no input left to ask for it.
            if inflater.eof or (not data and len(part) < _CHUNK):
                return

    def _count(self, size: int, *, waiting: int) -> None:
        self._given += size
        if self._given > self._max_bytes + _CHUNK:  # the body's own limit is exact; this one is for layers below it
            raise TooLargeError(f"a {self._name} stream of more than {self._max_bytes} bytes")
        if self._given > RATIO_COUNTS_FROM and self._given > MAX_RATIO * (self._taken - waiting):
            raise TooLargeError(f"a {self._name} stream of more than {MAX_RATIO} times its size")

    def _window(self, start: bytes) -> int:
        if self._name == "gzip":
            return 31
        # "deflate" is zlib's format; some servers send the bare stream. RFC 1950 section 2.2 tells them apart.
        is_zlib = start[0] & 0x0F == 8 and int.from_bytes(start[:2]) % 31 == 0
        return 15 if is_zlib else -15


class _Gathered:
    """A coding whose end must be seen before its bytes are believed: brotli has no signature. Of bounded size by `feed`."""

    def __init__(self, name: str, max_bytes: int) -> None:
        self._name = name
        self._max_bytes = max_bytes
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Nothing yet."""
        self._data += data
        if len(self._data) > self._max_bytes + _CHUNK:
            raise TooLargeError(f"more than {self._max_bytes} bytes in {self._name}")
        yield from ()

    def finish(self) -> Iterator[bytes]:
        """All of it. Raises `TooLargeError`; `ContentError` for binary data that is not in the coding."""
        try:
            body = http_message.decode(
                bytes(self._data), (("Content-Encoding", self._name),), limit=self._max_bytes + _CHUNK
            )
        except RecordError as error:
            raise TooLargeError(error.detail) from error
        if body == self._data and _is_binary(body):
            raise ContentError(f"not {self._name}")
        if len(body) > RATIO_COUNTS_FROM and len(body) > MAX_RATIO * len(self._data):
            raise TooLargeError(f"a {self._name} stream of more than {MAX_RATIO} times its size")
        yield body


def _is_binary(data: bytes) -> bool:
    """Whether the start has controls that no text has. UTF-16 has NUL in it; nobody sends that under a false coding."""
    return bool(_BINARY.search(data[:512]))


def _layer(name: str, max_bytes: int) -> _Layer | _Gathered:
    name = name.removeprefix("x-")
    return _Layer(name, max_bytes) if name in ("gzip", "deflate") else _Gathered(name, max_bytes)
