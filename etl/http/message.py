"""A whole answer as an archive keeps it: parsed with tolerance, decoded with a limit. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from etl.http.codings import BodyDecoder, TooLargeError
from etl.http.framing import ChunkError, Dechunker, stated_length
from etl.http.head import Fields, parse_head, values_of

# No page is this large; the limit also stops a small body that decodes to an endless one.
BODY_LIMIT = 64 << 20

_HEAD_END = re.compile(rb"\n\r?\n|\Z")
_LINE_END = re.compile(rb"\r?\n")
_PART = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedBody:
    """A body: `entity` without transfer codings, `content` without any. `is_cut`: its end is missing."""

    entity: bytes
    content: bytes
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedResponse:
    """A response: `payload` as it is in the archive, and its parsed parts."""

    status: int
    reason: bytes
    fields: Fields
    payload: bytes
    body: DecodedBody


def parse_answer(block: bytes, *, limit: int = BODY_LIMIT) -> ArchivedResponse:
    """The response in these bytes, its body decoded. Raises `HeadError` where they are no response, `TooLargeError`.

    Tolerates what archives contain: no reason phrase, bare line feeds, folded and broken lines, a length that is wrong, no
    body, and fields that name a coding which the body does not have.
    """
    start = len(block) - len(block.lstrip(b"\r\n"))
    end = _HEAD_END.search(block, start)
    assert end is not None  # every text has an end
    head = parse_head(_LINE_END.split(block[start : end.start()].rstrip(b"\r")))
    payload = block[end.end() :]
    return ArchivedResponse(
        status=head.status,
        reason=head.reason,
        fields=head.fields,
        payload=payload,
        body=body_of(payload, head.fields, limit=limit),
    )


def body_of(payload: bytes, fields: Fields, *, limit: int = BODY_LIMIT) -> DecodedBody:
    """The body without the declared codings, as far as it has them. Raises `TooLargeError`.

    Declared codings that the bytes do not have are ignored. A truncated body is decoded as far as possible.
    """
    entity, is_cut = payload, False
    transfer = [part.strip().lower() for value in values_of(fields, b"transfer-encoding") for part in value.split(b",")]
    if b"chunked" in transfer:
        entity, is_cut = _without_chunks(payload)
    length = stated_length(fields)
    if entity is payload and length is not None:
        is_cut = length > len(payload) > 0
    coded = [*values_of(fields, b"content-encoding"), *(name for name in transfer if name != b"chunked")]
    named = b",".join(coded).decode("latin-1").strip(", ")  # RFC 9110 section 5.3
    if not named or named.lower() == "identity":
        if len(entity) > limit:
            raise TooLargeError(f"a body of {len(entity)} bytes")
        return DecodedBody(entity=entity, content=entity, is_cut=is_cut)
    decoder = BodyDecoder(named, max_bytes=limit, unwraps=True, is_lenient=True)
    for start in range(0, len(entity), _PART):
        decoder.feed(entity[start : start + _PART])
    # The length is that of the encoded body, whose end only the coding shows: bodies are also stored decoded.
    return DecodedBody(entity=entity, content=decoder.finish(), is_cut=decoder.is_cut)


def _without_chunks(payload: bytes) -> tuple[bytes, bool]:
    """The content of chunks, and whether it was cut. Not chunked after all: unchanged."""
    dechunker = Dechunker()
    parts: list[bytes] = []
    try:
        parts += dechunker.feed(payload)
    except ChunkError:
        return payload, False
    return (b"".join(parts), not dechunker.is_over) if dechunker.has_begun else (payload, False)
