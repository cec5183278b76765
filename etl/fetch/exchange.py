"""Converts a fetch result to an exchange for the lake. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from etl.fetch.messages import FetchResult
from etl.lake.segment import Exchange
from etl.model import CaptureMeta, Hint, RefersTo


def exchange_of(
    result: FetchResult, *, source_key: str | None, hints: Sequence[Hint] = (), refers_to: RefersTo | None = None
) -> Exchange:
    """The exchange of an answer: its target is the URL that answered, its time when that request was sent.

    Headers are as received; the lake renames those that describe the encoded body. `refers_to` is the earlier capture of
    the same bytes, or the one that a 304 confirms. Raises `ValueError` for a result without an answer.
    """
    if result.status is None:
        raise ValueError(f"{result.url}: nothing was received ({result.error})")
    return Exchange(
        target_uri=result.final_url,
        captured_at=result.fetched_at,
        status=result.status,
        reason=_as_utf8(result.reason),
        headers=tuple((_as_utf8(name), _as_utf8(value)) for name, value in result.headers),
        body=result.body,
        request=request_bytes(result),
        ip=result.ip,
        meta=CaptureMeta(
            source_key=source_key, hints=tuple(hints), redirects=result.redirects, robots=dict(result.robots)
        ),
        refers_to=refers_to,
        truncated="disconnect" if result.is_short else None,
    )


def request_bytes(result: FetchResult) -> bytes:
    """Request line and headers of the last request as they were sent; empty if that is not known."""
    if not result.request_headers:
        return b""
    parts = urlsplit(result.final_url)
    target = f"{parts.path}?{parts.query}" if "?" in result.final_url else parts.path
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in result.request_headers)]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("utf-8", "surrogateescape")


def _as_utf8(text: str) -> str:
    """Header text, decoded as ISO 8859-1, as the UTF-8 that its bytes mostly are; other bytes as surrogate escapes."""
    return text.encode("latin-1").decode("utf-8", "surrogateescape")
