"""ARC, the Internet Archive's format before WARC, read as WARC records. Pure.

Source: https://archive.org/web/researcher/ArcFileFormat.php. A record is a line (URL, address, time, type, in version 2 more,
length), so many bytes, and a line end. The first one describes the file.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from etl.lake.record_writer import HTTP_RESPONSE, record

START = b"filedesc:"

# Longer records are no pages: as of members of a WARC.
_MAX_BLOCK = 128 << 20
_MAX_LINE = 64 << 10
_TIME = re.compile(rb"\d{14}")
_LENGTH = re.compile(rb"\d{1,18}")
_HTTP_HEAD = re.compile(rb"HTTP/\d[^\n]{0,1000}\n(?:[^\r\n][^\n]{0,8192}\n){0,200}\r?\n")
_CONTENT_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,15})[ \t]*\r?$")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*:")
# What a header looks like, for where a length is wrong.
_NEXT = re.compile(rb"\n(?=[A-Za-z][A-Za-z0-9+.\-]{1,20}:[^\s]{1,8192} [0-9A-Fa-f.:\-]{1,45} \d{14} [^\n]{1,4096}\n)")


def warc_records(data: bytes | mmap.mmap) -> Iterator[bytes]:
    """The records of an ARC file as bytes of WARC records. What cannot be read comes as it stands.

    An exchange becomes a `response`, everything else (dns: and the like) a `resource`. The same file gives the same bytes.
    """
    position = 0
    while position < len(data):
        line_end = data.find(b"\n", position, position + _MAX_LINE)
        line = data[position : line_end if line_end >= 0 else position]
        if not line.strip():
            if line_end < 0:
                yield data[position : _next(data, position)]
                position = _next(data, position)
            else:
                position = line_end + 1
            continue
        head = _head(line.rstrip(b"\r"))
        if head is None:
            end = _next(data, position)
            yield data[position:end]
            position = end
            continue
        uri, address, at, media_type, length = head
        start = line_end + 1
        end = _block_end(data, start, length)
        block = data[start:end].removesuffix(b"\n") if end - start != length else data[start:end]
        position = end
        if uri.startswith(START.decode()):
            continue
        if len(block) > _MAX_BLOCK:
            yield block[:_MAX_LINE]
            continue
        yield _as_warc(uri, address, at, media_type, block)


def _block_end(data: bytes | mmap.mmap, start: int, length: int) -> int:
    """Where the block ends that starts at `start`.

    An exchange that states its own length is believed if that leads to the end of a record. Else the record's length is
    right if it does, unless whole records fill the end of the block: a length that is too large took them in. A page may
    quote heads of records, and an archive may hold one, so heads alone are no evidence.
    """
    end = start + length
    stated = _exchange_end(data, start)
    if stated is not None and _is_end(data, stated):
        return stated
    if _is_end(data, end):
        return _before_swallowed(data, start, end)
    following = _next(data, start)
    if end < min(following, len(data)) and data[end : end + 1] in (b"\n", b"\r"):
        return end  # what follows is no record, and is read by itself
    return following


def _exchange_end(data: bytes | mmap.mmap, start: int) -> int | None:
    """Where the exchange at `start` ends by its Content-Length."""
    head = _HTTP_HEAD.match(data, start)
    found = _CONTENT_LENGTH.search(head[0]) if head else None
    return head.end() + int(found[1]) if head and found else None


def _is_end(data: bytes | mmap.mmap, end: int) -> bool:
    """Whether a record may end there: what follows is the end of the file, or line ends and the head of another one."""
    if end > len(data):
        return False
    behind = data[end : end + _MAX_LINE]
    rest = behind.lstrip(b"\r\n")
    return not rest or (len(rest) < len(behind) and _head(rest.partition(b"\n")[0].rstrip(b"\r")) is not None)


def _before_swallowed(data: bytes | mmap.mmap, start: int, end: int) -> int:
    """The end of a block without the records that its stated length took in; `end` where it took in none."""
    first = _NEXT.search(data, start, end)
    if first is None or data[start:end].partition(b"\r\n\r\n")[2].startswith(START):
        return end
    position = first.end()
    while position < end:
        line_end = data.find(b"\n", position, end)
        head = _head(data[position:line_end].rstrip(b"\r")) if line_end >= 0 else None
        if head is None or (head[0][:4].lower() == "http" and data[line_end + 1 : line_end + 6] != b"HTTP/"):
            return end
        position = line_end + 1 + head[4]
        while position < end and data[position : position + 1] in (b"\r", b"\n"):
            position += 1
    return end if data[end:position].strip(b"\r\n") else first.end()


def _as_warc(uri: str, address: str, at: datetime, media_type: str, block: bytes) -> bytes:
    is_http = block[:5].upper() == b"HTTP/"
    return record(
        "response" if is_http else "resource",
        block=block,
        date=at,
        fields=(
            ("WARC-Target-URI", uri),
            ("WARC-IP-Address", address if address not in ("-", "0.0.0.0") else None),
            ("Content-Type", HTTP_RESPONSE if is_http else media_type),
        ),
    )[1]


def _head(line: bytes) -> tuple[str, str, datetime, str, int] | None:
    """URL, address, time, type and length; URLs and types may have blanks in them."""
    parts = line.split(b" ")
    if not _LENGTH.fullmatch(parts[-1]) or not _SCHEME.match(line):
        return None
    at = next((n for n in range(2, len(parts) - 1) if _TIME.fullmatch(parts[n])), None)
    if at is None:
        return None
    try:
        captured_at = datetime.strptime(parts[at].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    uri = b"%20".join(parts[: at - 1]).decode("utf-8", "replace")
    media_type = parts[at + 1].decode("latin-1") if at + 1 < len(parts) - 1 else "application/octet-stream"
    return uri, parts[at - 1].decode("latin-1"), captured_at, media_type, int(parts[-1])


def _next(data: bytes | mmap.mmap, position: int) -> int:
    found = _NEXT.search(data, position)
    return found.end() if found else len(data)
