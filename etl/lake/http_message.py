"""HTTP responses as archives keep them: parsed with tolerance, decoded with a limit."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from fastwarc.stream_io import BrotliReader, ZstdReader

from etl.lake.members import unfold
from etl.lake.records import RecordError, field, parse_fields

# A page this large is none; the limit also stops a small body that unfolds without end.
BODY_LIMIT = 64 << 20

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?[ \t]*(?=[\r\n]|$)", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_READ = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A response: `payload` as it stands in the archive, `body` after transfer and content decoding."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    payload: bytes
    body: bytes


def parse_response(block: bytes, *, limit: int = BODY_LIMIT) -> Message:
    """The response in a WARC block, its body decoded. Raises `RecordError` with bad_http or too_large.

    Tolerates what archives hold: no reason phrase, bare line feeds, folded and broken header lines, a Content-Length
    that is wrong, no body, and headers that name a coding which the body does not have.
    """
    status_line = _STATUS_LINE.match(block)
    if status_line is None:
        raise RecordError("bad_http", f"no response starts with {block[:20]!r}")
    end = _HEAD_END.search(block, status_line.end())
    head, payload = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    headers = parse_fields(head[status_line.end() :])
    return Message(
        status=int(status_line[1]),
        reason=(status_line[2] or b"").decode("latin-1").strip(),
        headers=headers,
        payload=payload,
        body=decode(payload, headers, limit=limit),
    )


def decode(payload: bytes, headers: tuple[tuple[str, str], ...], *, limit: int = BODY_LIMIT) -> bytes:
    """The body after the codings that the headers name, so far as it has them. Raises `RecordError` with too_large.

    Codings that the bytes do not have are passed by: crawlers store decoded bodies under the headers of encoded ones.
    A body that was cut short gives what can be had of it.
    """
    body = payload
    if "chunked" in (field(headers, "Transfer-Encoding") or "").lower():
        body = _dechunk(body)
    named = ",".join(value for name, value in headers if name.lower() == "content-encoding")  # RFC 9110, 5.3
    codings = [coding.strip().lower() for coding in named.split(",")]
    for coding in reversed(codings):
        if coding in _DECODERS:
            body = _DECODERS[coding](body, limit)
    if len(body) > limit:
        raise RecordError("too_large", f"a body of {len(body)} bytes")
    return body


def _dechunk(payload: bytes) -> bytes:
    """RFC 9112, 7.1. Not chunked after all: unchanged."""
    chunks, position = [], 0
    while size := _CHUNK_SIZE.match(payload, position):
        length = int(size[1], 16)
        chunks.append(payload[size.end() : size.end() + length])
        position = size.end() + length
        if length == 0 or position >= len(payload):
            return b"".join(chunks)
        line_end = 2 if payload.startswith(b"\r\n", position) else 1
        if payload[position : position + line_end] not in (b"\r\n", b"\n", b"\r"):
            return payload
        position += line_end
    return b"".join(chunks) if chunks and position >= len(payload) else payload


def _gunzip(body: bytes, limit: int) -> bytes:
    """RFC 1952, members one after another; zeros or anything else behind the last one is passed by."""
    out, rest, total = [], body, 0
    while rest.startswith(b"\x1f\x8b"):
        part, rest = _inflate(rest, 31, limit - total)
        out.append(part)
        total += len(part)
    return b"".join(out) if out else body


def _unzlib(body: bytes, limit: int) -> bytes:
    """ "deflate" is zlib's format (RFC 9110, 8.4.1.2), and of some servers the bare stream. Neither: unchanged."""
    for window in (15, -15):
        inflater = zlib.decompressobj(window)
        try:
            out = inflater.decompress(body, limit + 1)
        except zlib.error:
            continue
        if len(out) > limit:
            raise RecordError("too_large", f"a body that unfolds to more than {limit} bytes")
        if inflater.eof:
            return out
    return body


def _inflate(data: bytes, window: int, limit: int) -> tuple[bytes, bytes]:
    inflater = zlib.decompressobj(window)
    out: list[bytes] = []
    total = 0
    try:
        for part in unfold(inflater, data):
            total += len(part)
            out.append(part)
            if total > limit:
                raise RecordError("too_large", f"a body that unfolds to more than {limit} bytes")
    except zlib.error:
        return b"".join(out), b""  # cut short or damaged on the way: what could be read
    return b"".join(out), inflater.unused_data


def _unbrotli(body: bytes, limit: int) -> bytes:
    """RFC 7932. Brotli has no signature, so a body that does not decode to its end is taken to be not encoded."""
    out, whole = _drain(BrotliReader(io.BytesIO(body)), limit)
    return out if whole else body


def _unzstd(body: bytes, limit: int) -> bytes:
    """RFC 8878; a body without the signature of a frame is not encoded."""
    if not body.startswith(b"\x28\xb5\x2f\xfd"):
        return body
    return _drain(ZstdReader(io.BytesIO(body)), limit)[0]


def _drain(reader: BrotliReader | ZstdReader, limit: int) -> tuple[bytes, bool]:
    """What the reader gives, and whether it came to a good end."""
    out: list[bytes] = []
    total = 0
    try:
        while part := reader.read(_READ):
            total += len(part)
            out.append(part)
            if total > limit:
                raise RecordError("too_large", f"a body that unfolds to more than {limit} bytes")
    except OSError:
        return b"".join(out), False
    return b"".join(out), True


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _unzlib,
    "br": _unbrotli,
    "zstd": _unzstd,
}
