"""CDXJ: the index beside a WARC file, one line a capture, sorted by SURT and time.

    com,example)/news/1 20261124093000 {"url": "https://example.com/news/1", "mime": "text/html", "status": "200", ...}

The keys url, mime, status, digest, length, offset and filename are those of pywb and Common Crawl, all values strings;
`warc_digest` is the record's own WARC-Payload-Digest where it is not the sha256 of the decoded body. The SURT is for
sorting and looking up, never for identity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from etl.model import Capture

REVISIT = "warc/revisit"

_KEYS = {"url", "mime", "status", "digest", "length", "offset", "filename"}
_WARC_SUFFIX = ".warc.gz"
_WWW = re.compile(r"^www\d*\.")
_DEFAULT_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class CdxjLine:
    """One capture in the index."""

    surt: str
    timestamp: str  # 14 digits, UTC
    url: str
    mime: str  # without parameters; warc/revisit for a revisit
    status: str
    digest: str
    length: int
    offset: int
    filename: str  # name within the lake
    warc_digest: str | None = None


def name_beside(warc: str) -> str:
    """The name of the index of a WARC file.

    >>> name_beside("raw/live/2026/11/24/a.warc.gz")
    'raw/live/2026/11/24/a.cdxj'
    """
    return warc.removesuffix(_WARC_SUFFIX) + ".cdxj"


def surt(url: str) -> str:
    """The sort-friendly form of a URL: host reversed, without www and default port, lowered, parameters sorted.

    >>> surt("https://www.Example.co.uk:443/News/?b=2&a=1#top")
    'uk,co,example)/news?a=1&b=2'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url.lower().replace(" ", "%20")
    if not parts.netloc:
        return url.lower().replace(" ", "%20")
    host = _WWW.sub("", (parts.hostname or "").lower())
    is_name = not (host.replace(".", "").isdigit() or ":" in host)
    name = ",".join(reversed(host.split("."))) if is_name else host
    shown_port = f":{port}" if port and port != _DEFAULT_PORT.get(parts.scheme.lower()) else ""
    path = parts.path.rstrip("/") or "/"
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{name}{shown_port}){path}{'?' + query if query else ''}".lower().replace(" ", "%20")


def timestamp(instant: datetime) -> str:
    """The 14 digits of an instant in UTC, without its fraction."""
    return f"{instant.astimezone(UTC):%Y%m%d%H%M%S}".rjust(14, "0")  # %Y does not pad years before 1000


def line_of(capture: Capture, *, filename: str, warc_digest: str | None = None) -> CdxjLine:
    """The line of a capture that has a place; `filename` is the name of its file."""
    if capture.place is None:
        raise ValueError(f"{capture.target_uri} has no place")
    mime = (capture.header("content-type") or "").partition(";")[0].strip().lower() or "unk"
    return CdxjLine(
        surt=surt(capture.target_uri),
        timestamp=timestamp(capture.captured_at),
        url=capture.target_uri,
        mime=REVISIT if capture.is_revisit else mime,
        status=str(capture.status),
        digest=capture.payload_digest,
        length=capture.place.length,
        offset=capture.place.offset,
        filename=filename,
        warc_digest=warc_digest if warc_digest and warc_digest != capture.payload_digest else None,
    )


def render(lines: Iterable[CdxjLine]) -> bytes:
    """The file: sorted by the bytes of its lines, so that indexes can be merged and searched by halves."""
    return b"".join(sorted(_line(line) for line in lines))


def parse(data: bytes) -> Iterator[CdxjLine]:
    """The lines of an index that `render` made. Raises `ValueError` for one that was damaged since."""
    for text in data.splitlines():
        key, timestamp, rest = text.decode().split(" ", 2)
        value = json.loads(rest)
        if not isinstance(value, dict) or not value.keys() >= _KEYS:
            raise ValueError(f"no line of an index: {text[:80]!r}")
        yield CdxjLine(
            surt=key,
            timestamp=timestamp,
            url=value["url"],
            mime=value["mime"],
            status=value["status"],
            digest=value["digest"],
            length=int(value["length"]),
            offset=int(value["offset"]),
            filename=value["filename"],
            warc_digest=value.get("warc_digest"),
        )


def _line(line: CdxjLine) -> bytes:
    value = {
        "url": line.url,
        "mime": line.mime,
        "status": line.status,
        "digest": line.digest,
        "length": str(line.length),
        "offset": str(line.offset),
        "filename": line.filename,
    }
    if line.warc_digest:
        value["warc_digest"] = line.warc_digest
    return f"{line.surt} {line.timestamp} {json.dumps(value, ensure_ascii=False)}\n".encode()
