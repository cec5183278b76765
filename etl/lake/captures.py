"""Converts WARC records to captures."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import replace
from datetime import datetime

from etl.errors import Quarantine
from etl.http.codings import TooLargeError
from etl.http.head import HeadError
from etl.http.message import BODY_LIMIT, ArchivedResponse, DecodedBody, parse_answer
from etl.lake.identity import parse_warc_date, payload_digest
from etl.lake.records import Record, RecordError, text_of
from etl.model import BODY_SHORT, Capture, Place, RefersTo

_DIGEST_BYTES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}

CAPTURE_TYPES = frozenset({"response", "resource", "revisit", "conversion"})
HTTP = "application/http"

# WARC 1.1, 6.7.2 and 6.7.3; the profiles of 1.0 end in the same words.
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

# Of the stored body, which a 304 does not bring.
_OF_THE_BODY = frozenset({"content-length", "content-encoding", "content-type", "content-range", "transfer-encoding"})


def to_capture(record: Record, *, place: Place | None) -> Capture:
    """The capture that a response, resource, revisit or conversion record holds. Raises `RecordError`.

    A record without an HTTP response in it (resource, conversion, and responses of other protocols) has status 200 and
    the Content-Type of the record.
    """
    uri = record.target_uri
    if uri is None:
        raise RecordError("bad_header", "no WARC-Target-URI")
    captured_at = _date(record.get("WARC-Date") or "", "WARC-Date")
    if record.get("WARC-Segment-Number"):
        raise RecordError("segmented", "the record goes on in another one")
    refers_to = None
    if record.type == "revisit":
        refers_to = _refers_to(record, uri)
        without_head = 304 if refers_to.not_modified else 200
        answer = _answer(record) if record.block.strip() else _plain(record, b"", status=without_head)
        content, digest = b"", refers_to.payload_digest or payload_digest(b"")
    else:
        is_http = record.type == "response" and record.media_type in (HTTP, "")
        answer = _answer(record) if is_http else _plain(record, record.block, status=200)
        content, digest = answer.body.content, payload_digest(answer.body.content)
        _verify(record, digest, answer)
    return Capture(
        target_uri=uri,
        captured_at=captured_at,
        payload_digest=digest,
        status=answer.status,
        headers=tuple((text_of(name), text_of(value)) for name, value in answer.fields),
        body=content,
        place=place,
        is_revisit=refers_to is not None,
        refers_to=refers_to,
        truncated=record.get("WARC-Truncated"),
        record_id=record.id,
        warc_digest=record.get("WARC-Payload-Digest"),
        flaws=_flaws(record, answer) if refers_to is None else (),
    )


def resolve(revisit: Capture, original: Capture) -> Capture:
    """The revisit with the body of its original, as if it had been fetched whole.

    After a 304 the status and what describes the body are the original's; other headers are the revisit's where it has
    them (RFC 9111, 3.2). Raises `Quarantine` when `original` is not the capture that the revisit refers to.
    """
    if original.is_revisit and not original.body:
        raise Quarantine("revisit_unresolved", f"{original.target_uri} at {original.captured_at} is itself a revisit")
    named = revisit.refers_to.payload_digest if revisit.refers_to else revisit.payload_digest
    if named is not None and named.startswith("sha256:") and named != original.payload_digest:
        raise Quarantine(
            "revisit_mismatch",
            f"{revisit.target_uri} refers to {named}, its original has {original.payload_digest}",
        )
    status, headers = revisit.status, revisit.headers
    if revisit.refers_to is not None and revisit.refers_to.not_modified:
        status = original.status
        updated = tuple(pair for pair in revisit.headers if pair[0].lower() not in _OF_THE_BODY)
        names = {name.lower() for name, _ in updated}
        headers = tuple(pair for pair in original.headers if pair[0].lower() not in names) + updated
    return replace(
        revisit,
        status=status,
        headers=headers,
        body=original.body,
        payload_digest=original.payload_digest,
        truncated=original.truncated,
        flaws=original.flaws,
    )


def sha256_of(digest: str | None) -> bytes | None:
    """The bytes of a labelled SHA-256 digest, written in base 16 or base 32; None for any other."""
    algorithm, data = digest_of(digest) or ("", b"")
    return data if algorithm == "sha256" else None


def digest_of(digest: str | None) -> tuple[str, bytes] | None:
    """The algorithm and the bytes of a labelled digest, written in base 16 or base 32; None for what cannot be read.

    >>> digest_of("SHA-1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ") == digest_of("sha1:" + hashlib.sha1(b"").hexdigest())
    True
    """
    label, _, value = (digest or "").strip().partition(":")
    algorithm = label.lower().replace("-", "")
    size = _DIGEST_BYTES.get(algorithm)
    if size is None:
        return None
    try:
        padded = value.upper() + "=" * (-len(value) % 8)
        data = bytes.fromhex(value) if len(value) == 2 * size else base64.b32decode(padded)
    except (ValueError, binascii.Error):
        return None
    return (algorithm, data) if len(data) == size else None


def has_digest(capture: Capture, digest: str) -> bool:
    """Whether a record's own digest is this one, or its body's is where it has none or one of another algorithm."""
    wanted = digest_of(digest)
    if wanted is None:
        return bool(digest) and digest == capture.warc_digest
    own = digest_of(capture.warc_digest)
    if own is not None and own[0] == wanted[0]:
        return own == wanted
    return hashlib.new(wanted[0], capture.body, usedforsecurity=False).digest() == wanted[1]


def _names_a_body(digest: str | None) -> bool:
    """Whether a digest can be that of a page: revisits of a 304 have that of nothing."""
    found = digest_of(digest)
    return bool(digest) and (found is None or found[1] != hashlib.new(found[0], b"", usedforsecurity=False).digest())


def _flaws(record: Record, answer: ArchivedResponse) -> tuple[str, ...]:
    is_short = answer.body.is_cut or bool(record.get("WARC-Truncated"))
    return tuple(dict.fromkeys((*record.flaws, *((BODY_SHORT,) if is_short else ()))))


def _answer(record: Record) -> ArchivedResponse:
    try:
        return parse_answer(record.block)
    except HeadError as error:
        raise RecordError("bad_http", str(error)) from error
    except TooLargeError as error:
        raise RecordError("too_large", str(error)) from error


def _plain(record: Record, body: bytes, *, status: int) -> ArchivedResponse:
    if len(body) > BODY_LIMIT:
        raise RecordError("too_large", f"a body of {len(body)} bytes")
    content_type = record.get("Content-Type")
    fields = ((b"Content-Type", content_type.encode()),) if content_type else ()
    whole = DecodedBody(entity=body, content=body, is_cut=False)
    return ArchivedResponse(status=status, reason=b"", fields=fields, payload=body, body=whole)


def _refers_to(record: Record, uri: str) -> RefersTo:
    date = record.get("WARC-Refers-To-Date")
    digest = record.get("WARC-Payload-Digest")
    if not _names_a_body(digest):
        digest = None
    data = sha256_of(digest)
    return RefersTo(
        target_uri=record.get("WARC-Refers-To-Target-URI") or uri,
        captured_at=_date(date, "WARC-Refers-To-Date") if date else None,
        payload_digest=f"sha256:{data.hex()}" if data else digest,
        not_modified=(record.get("WARC-Profile") or "").rstrip("/").endswith("server-not-modified"),
        record_id=record.get("WARC-Refers-To"),
    )


def _verify(record: Record, digest: str, answer: ArchivedResponse) -> None:
    """Compare a SHA-256 that the record claims; other digests are weaker than the checksum that gzip has compared.

    Archives differ in whether the digest is of the encoded or of the decoded body, so either will do.
    """
    claimed = sha256_of(record.get("WARC-Payload-Digest"))
    if claimed is None or claimed.hex() == digest.partition(":")[2]:
        return
    if f"sha256:{claimed.hex()}" not in {payload_digest(answer.payload), payload_digest(answer.body.entity)}:
        raise RecordError("digest_mismatch", f"WARC-Payload-Digest says sha256:{claimed.hex()}, the body has {digest}")


def _date(text: str, name: str) -> datetime:
    try:
        return parse_warc_date(text)
    except ValueError as error:
        raise RecordError("bad_header", f"{name}: {error}") from error
