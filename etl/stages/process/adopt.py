"""Copies files from outside into the lake: archives as they are, single pages as one small archive."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from etl.clock import clock
from etl.errors import Permanent
from etl.lake import adopt as lake
from etl.lake import repack, wacz
from etl.lake.adopt import LocalPage
from etl.stages.process.ingest import register
from etl.stages.process.purge import purged
from etl.stages.resources import Resources
from etl.warehouse.ops import segments

PAGE_TYPES = {".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml", ".txt": "text/plain"}


# File name endings of archives, each with or without `.gz`.
ARCHIVE_SUFFIXES = frozenset((".warc", ".wet", ".wat", ".arc", ".wacz"))
_NOT_WHOLE = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedFiles:
    """Names of WARCs in the lake, and what was assumed about single pages."""

    uris: tuple[str, ...]
    notes: tuple[str, ...] = ()


def adopt(
    r: Resources, paths: Iterable[str], *, url: str | None, captured_at: datetime | None, now: datetime | None = None
) -> AdoptedFiles:
    """Copy files into the lake. Adopting a file twice gives the same WARC.

    Captures dated more than a day ahead of `now` (default: the clock) will be quarantined.

    Raises `Permanent` for a path that is not there, and when `url` is given for more than one page.
    """
    archives, pages, notes = [], [], []
    for path in paths:
        if path.startswith("s3://") or Path(path).is_dir() or is_archive(Path(path)):
            archives.append(path)
        else:
            pages.append(Path(path))
    if url and len(pages) != 1:
        raise Permanent(
            f"--url is for one page, and {len(pages)} of the given files are single pages: give one at a time"
        )
    local = []
    for page in pages:
        one, said = local_page(page, url=url, captured_at=captured_at)
        local.append(one)
        notes += said
    taken_at = now or clock()

    def announce(name: str, records: int, size: int) -> None:
        segments.announce(r.engine, name, records=records, size=size)

    names = [
        name
        for archive in archives
        for name in lake.adopt(
            r.store, archive, endpoint_url=r.settings.s3_endpoint_url, taken_at=taken_at, announce=announce
        )
    ]
    if local:
        names += lake.adopt_pages(r.store, local, taken_at=taken_at, announce=announce)
    names = purged(r, list(dict.fromkeys(names)))
    register(r, names)
    return AdoptedFiles(uris=tuple(names), notes=tuple(notes))


def is_warc(path: Path) -> bool:
    """Whether a file begins as a WARC does, compressed or not.

    Raises `Permanent` when there is no such file, when it is empty, and when its name says WARC and its bytes do not.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise Permanent(f"{path}: {error.strerror}; give a file or s3://bucket/key") from error
    if start[:2] == b"\x1f\x8b":
        with gzip.open(path) as packed:
            try:
                start = packed.read(64)
            except _NOT_WHOLE as error:
                raise Permanent(f"{path}: not a whole gzip file ({error})") from error
    if not start:
        raise Permanent(f"{path}: the file is empty; give one that holds a page or an archive")
    start = start.lstrip(b"\r\n") or start
    if not start.startswith(b"WARC/") and any(s.lower() in ARCHIVE_SUFFIXES for s in path.suffixes[-2:]):
        raise Permanent(
            f"{path}: named as an archive, but its bytes are no WARC ({start[:12]!r}): is it complete, and really an "
            "archive? A single page needs another name, such as page.html"
        )
    return start.startswith(b"WARC/")


def is_archive(path: Path) -> bool:
    """Whether a file is an archive of any kind that the lake takes. Raises as `is_warc`."""
    try:
        return wacz.is_wacz(path) or repack.is_archive(path) or is_warc(path)
    except OSError as error:
        raise Permanent(f"{path}: {error.strerror}; give a file or s3://bucket/key") from error


def local_page(path: Path, *, url: str | None, captured_at: datetime | None) -> tuple[LocalPage, list[str]]:
    """A single page from a file (also .gz), with what had to be assumed about it."""
    body = path.read_bytes()
    if body[:2] == b"\x1f\x8b":
        try:
            body = gzip.decompress(body)
        except _NOT_WHOLE as error:
            raise Permanent(f"{path}: not a whole gzip file ({error})") from error
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    content_type = PAGE_TYPES.get(suffix.lower()) or mimetypes.guess_type(f"page{suffix}")[0] or "text/html"
    notes = []
    if url is None:
        url = f"urn:sha256:{hashlib.sha256(body).hexdigest()}"
        notes.append(f"{path.name}: no --url, so it is {url[:30]}...")
    if captured_at is None:
        captured_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        notes.append(
            f"{path.name}: no --captured-at, so its modification time is used: {captured_at:%Y-%m-%dT%H:%M:%SZ}"
        )
    elif captured_at.tzinfo is None:
        captured_at = captured_at.replace(tzinfo=UTC)
    return LocalPage(url=url, captured_at=captured_at, content_type=content_type, body=body), notes
