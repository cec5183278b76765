"""Decodes the content codings of an answer while it arrives, with limits (RFC 9110 section 8.4). Pure.

We ask for gzip and deflate; brotli and zstd are decoded as well, since servers send them unasked and archives contain them.
A declared coding that the bytes do not have is ignored: servers name codings that their cache has decoded, and crawlers
store decoded bodies with the heads of encoded ones. Of a stream that ends too early the decoded part is kept, with `is_cut`
set. aiohttp's own decoding has no limit, and archives' readers do not report a truncated stream.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["BodyDecoder", "ContentError", "TooLargeError", "zstd"]

OFFERED = "gzip, deflate"

# Codings may be declared twice, but not without limit.
MAX_CODINGS = 2

# Of 710 news pages of 600 publishers zlib made 4.6 to 1 in the median and 18.5 to 1 at most; of zeros it makes 1,030.
MAX_RATIO = 100
RATIO_COUNTS_FROM = 1 << 20  # bytes: smaller results are no bombs, whatever their ratio

# Files consist of several gzip members, not of thousands. Decoding a member of 20 bytes costs as much as 20 kB.
MAX_MEMBERS = 1000

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_CODINGS = frozenset({"gzip", "deflate", "br", "zstd"})
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a]")
_CHUNK = 1 << 16
# RFC 9659: the largest window that a decoder on the web has to support.
_ZSTD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}


class TooLargeError(Exception):
    """More bytes than the limit, or too many for its encoded size."""


class ContentError(Exception):
    """The body is neither in the declared coding nor anything else that can be read."""


class BodyDecoder:
    """Decodes a body as it arrives. `body` is the decoded part so far, never more than `max_bytes`.

    Every layer counts against the limits, so that nested codings cannot hide a bomb, and so do the encoded bytes, since
    encoding makes no body much longer. Unknown names (`utf-8`, `none`) are ignored. `unwraps`: undeclared gzip is decoded
    too. `is_lenient`, for archives: bytes that cannot be decoded are returned unchanged, and no ratio is too high.
    """

    def __init__(
        self, content_encoding: str | None, *, max_bytes: int, unwraps: bool = False, is_lenient: bool = False
    ) -> None:
        named = [name.strip().lower() for name in (content_encoding or "").split(",")]
        codings = [name for name in named if name.removeprefix("x-") in _CODINGS]
        self._unknown = [name for name in named if name not in (*codings, "", "identity")]
        if len(codings) > MAX_CODINGS:
            if not is_lenient:
                raise ContentError(f"{len(codings)} content codings")
            codings = codings[-MAX_CODINGS:]
        self._is_lenient = is_lenient
        self._max_bytes = max_bytes
        self._layers = [self._layer(name) for name in reversed(codings)]
        self._unwraps = MAX_CODINGS - len(codings) if unwraps else 0
        self._start = b""  # the first decoded bytes, until it is known whether they are gzip again
        self._taken = 0
        self.body = bytearray()
        self.is_cut = False

    @property
    def is_whole(self) -> bool:
        """Whether a coding has reached its end, so that nothing can be missing, whatever the Content-Length is."""
        return any(layer.is_whole for layer in self._layers[:1])

    def feed(self, data: bytes) -> None:
        """Decode more. Raises `TooLargeError` when the limit is passed, with `body` filled to it; `ContentError`."""
        self._taken += len(data)
        if self._layers and self._taken > self._max_bytes + _CHUNK:
            raise TooLargeError(f"more than {self._max_bytes} encoded bytes")
        self._take(data, 0)

    def finish(self) -> bytes:
        """The whole body, or with `is_cut` its decoded part. Raises as `feed`."""
        depth = 0
        while depth < len(self._layers):  # decoding may reveal more layers
            for part in self._layers[depth].finish():
                self._take(part, depth + 1)
            depth += 1
        self._unwraps, rest, self._start = 0, self._start, b""
        self._take(rest, depth)
        self.is_cut = any(layer.is_cut for layer in self._layers)
        if self.is_cut and not self.body and not self._is_lenient:
            raise ContentError("a coded stream ends too early")
        if self._unknown and not self._is_lenient and _is_binary(bytes(self.body[:512])):
            raise ContentError(f"content coding {self._unknown[0][:40]!r} is not understood")
        return bytes(self.body)

    def _take(self, data: bytes, depth: int) -> None:
        for part in self._through(data, depth):
            room = self._max_bytes - len(self.body)
            self.body += part[:room]
            if len(part) > room:
                raise TooLargeError(f"more than {self._max_bytes} bytes")

    def _through(self, data: bytes, depth: int) -> Iterator[bytes]:
        if depth < len(self._layers):
            for part in self._layers[depth].feed(data):
                yield from self._through(part, depth + 1)
            return
        if self._unwraps:
            data = self._start + data
            if len(data) < len(GZIP_MAGIC):
                self._start = data
                return
            self._start = b""
            if data.startswith(GZIP_MAGIC):
                self._unwraps -= 1
                self._layers.append(self._layer("gzip"))
                yield from self._through(data, depth)
                return
            self._unwraps = 0
        yield data

    def _layer(self, name: str) -> _Layer | _Gathered:
        name = name.removeprefix("x-")
        kind = _Layer if name in ("gzip", "zstd") else _Gathered
        return kind(name, self._max_bytes, self._is_lenient)


class _Zstd:
    """A frame of Zstandard (RFC 8878) with the interface of zlib. Input that is not decoded yet is buffered."""

    unconsumed_tail = b""

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(data, max_length)


class _Layer:
    """One coding whose streams begin with a signature: gzip, zstd."""

    def __init__(self, name: str, max_bytes: int, is_lenient: bool) -> None:
        self._name = name
        self._max_bytes = max_bytes
        self._is_lenient = is_lenient
        self._magic = GZIP_MAGIC if name == "gzip" else ZSTD_MAGIC
        self._pending = b""  # first bytes, until the format is known
        self._inflater: zlib._Decompress | _Zstd | None = None
        self._before: tuple[zlib._Decompress, bytes] | None = None
        self._taken = self._given = self._streams = 0
        self._is_plain = False  # not in this coding after all
        self._is_over = False  # bytes after the end are ignored, as browsers do
        self.is_cut = False

    @property
    def is_whole(self) -> bool:
        return bool(self._streams) and self._inflater is None and not self.is_cut and not self._is_plain

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decoded parts of at most 64 KiB."""
        self._taken += len(data)
        if self._is_plain:
            yield data
            return
        data = self._pending + data
        self._pending = b""
        while data and not self._is_over:
            if self._inflater is None:
                if len(data) < len(self._magic) and self._magic.startswith(data):
                    self._pending = data
                    return
                if not self._streams and not data.startswith(self._magic):
                    yield from self._as_it_is(data, f"not {self._name}")
                    return
                # RFC 1952 section 2.2: members one after another are one file.
                if not data.startswith(self._magic):
                    self._is_over = True
                    return
                if self._streams >= MAX_MEMBERS:
                    raise TooLargeError(f"more than {MAX_MEMBERS} {self._name} members")
                self._inflater = zlib.decompressobj(31) if self._name == "gzip" else _Zstd()
                self._streams += 1
            try:
                yield from self._inflate(self._inflater, data)
            except (zlib.error, zstd.ZstdError) as error:
                self._inflater = None
                yield from self._before_the_damage()
                if not self._given and self._taken == len(data):
                    yield from self._as_it_is(data, f"not {self._name}: {error}")
                elif self._is_lenient:
                    self.is_cut = self._is_over = True
                else:  # what comes out may be anything, also where only the sum at the end is wrong
                    raise ContentError(f"not {self._name}: {error}") from error
                return
            if not self._inflater.eof:
                return
            data, self._inflater = self._inflater.unused_data, None

    def finish(self) -> Iterator[bytes]:
        """The remaining decoded bytes. No input is an empty body, as errors often have."""
        if self._inflater is not None:
            self.is_cut = True
        if self._pending and not self._streams:
            self.is_cut = True
            if self._is_lenient:
                yield self._pending

    def _as_it_is(self, data: bytes, why: str) -> Iterator[bytes]:
        """Bytes that are not in the coding: falsely declared text, or, in an archive, anything."""
        if not self._is_lenient and _is_binary(data):
            raise ContentError(why)
        self._is_plain = True
        yield data

    def _before_the_damage(self) -> Iterator[bytes]:
        """The bytes that zlib had decoded of its last input before a damaged byte or a wrong checksum."""
        if self._before is None:
            return
        inflater, data = self._before
        with suppress(zlib.error):
            for n in range(len(data)):
                if part := inflater.decompress(data[n : n + 1]):
                    self._count(len(part), waiting=len(data) - n - 1)
                    yield part

    def _inflate(self, inflater: zlib._Decompress | _Zstd, data: bytes) -> Iterator[bytes]:
        while True:
            # Copied, since a decoder that raises loses the bytes it decoded before the error.
            if self._is_lenient and not isinstance(inflater, _Zstd):
                self._before = (inflater.copy(), data)
            part = inflater.decompress(data, _CHUNK)
            data = inflater.unconsumed_tail
            if part:
                self._count(len(part), waiting=len(data))
                yield part
            # A full part may leave output inside with no input left to ask for it.
            if inflater.eof or (not data and len(part) < _CHUNK):
                return

    def _count(self, size: int, *, waiting: int) -> None:
        self._given += size
        if self._given > self._max_bytes + _CHUNK:  # the body's own limit is exact; this one is for layers below it
            raise TooLargeError(f"a {self._name} stream of more than {self._max_bytes} bytes")
        if self._is_lenient:
            return
        if self._given > RATIO_COUNTS_FROM and self._given > MAX_RATIO * (self._taken - waiting):
            raise TooLargeError(f"a {self._name} stream of more than {MAX_RATIO} times its size")


class _Gathered:
    """A coding without a signature (deflate, brotli): only its end proves that the bytes are in this coding.

    Of bounded size by `feed`.
    """

    def __init__(self, name: str, max_bytes: int, is_lenient: bool) -> None:
        self._name = name
        self._max_bytes = max_bytes
        self._is_lenient = is_lenient
        self._data = bytearray()
        self.is_cut = False

    is_whole = False  # known only at the end

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Nothing yet."""
        self._data += data
        if len(self._data) > self._max_bytes + _CHUNK:
            raise TooLargeError(f"more than {self._max_bytes} bytes in {self._name}")
        yield from ()

    def finish(self) -> Iterator[bytes]:
        """All of it, or the decoded text of a truncated stream. Raises `TooLargeError`, `ContentError`."""
        data = bytes(self._data)
        if not data:
            return
        body, is_end = self._unpacked(data)
        self.is_cut = not is_end and bool(body) and _is_binary(data) and not _is_binary(body)
        if is_end or self.is_cut:
            yield body
            return
        if not self._is_lenient and _is_binary(data):
            raise ContentError(f"not {self._name}")
        yield data

    def _unpacked(self, data: bytes) -> tuple[bytes, bool]:
        """The bytes decoded as far as possible, and whether the stream reached its end."""
        body = bytearray()
        parts = _brotli(data) if self._name == "br" else _deflate(data)
        try:
            for part in parts:
                body += part
                if len(body) > self._max_bytes + _CHUNK:
                    raise TooLargeError(f"a {self._name} stream of more than {self._max_bytes} bytes")
                if not self._is_lenient and len(body) > max(RATIO_COUNTS_FROM, MAX_RATIO * len(data)):
                    raise TooLargeError(f"a {self._name} stream of more than {MAX_RATIO} times its size")
        except (brotli.error, zlib.error, EOFError):
            return bytes(body), False
        return bytes(body), True


def _brotli(data: bytes) -> Iterator[bytes]:
    """RFC 7932. Raises `brotli.error`, `EOFError`."""
    decompressor = brotli.Decompressor()
    while not decompressor.is_finished():
        part = decompressor.process(data, output_buffer_limit=_CHUNK)
        data = b""
        if part:
            yield part
        elif decompressor.can_accept_more_data() and not decompressor.is_finished():
            raise EOFError


def _deflate(data: bytes) -> Iterator[bytes]:
    """zlib's format (RFC 9110 section 8.4.1.2), or the bare stream or gzip that some servers send under its name.

    RFC 1950 section 2.2 tells them apart. Raises `zlib.error`, `EOFError`.
    """
    is_zlib = data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0
    inflater = zlib.decompressobj(31 if data.startswith(GZIP_MAGIC) else 15 if is_zlib else -15)
    while not inflater.eof:
        part = inflater.decompress(data, _CHUNK)
        data = inflater.unconsumed_tail
        if part:
            yield part
        elif not data and not inflater.eof:
            raise EOFError


def _is_binary(data: bytes) -> bool:
    """Whether the start has control characters that no text has. UTF-16 contains NUL, but is not sent with a false coding."""
    return bool(_BINARY.search(data[:512]))
