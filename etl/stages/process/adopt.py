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
from etl.errors import Permanent, Quarantine
from etl.lake import adopt as lake
from etl.lake.adopt import LocalPage
from etl.lake.recognize import is_archive
from etl.stages.process.ingest import register
from etl.stages.process.purge import purged
from etl.stages.resources import Resources
from etl.urls import url_key
from etl.warehouse.ops import segments

PAGE_TYPES = {".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml", ".txt": "text/plain"}


# A text in a script without blanks is longer.
WORD_BYTES = 20
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
    check_url(url, pages=len(pages))
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


def check_url(url: str | None, *, pages: int) -> None:
    """Raise `Permanent` for a URL that no page can have, and for one that is given for other than one single page."""
    if url is None:
        return
    if pages != 1:
        raise Permanent(f"--url is for one page, and {pages} of the given files are single pages: give one at a time")
    try:
        url_key(url)
    except Quarantine as error:
        raise Permanent(f"--url {url!r} is no URL of a page ({error}): give one as https://example.org/a") from error


def local_page(path: Path, *, url: str | None, captured_at: datetime | None) -> tuple[LocalPage, list[str]]:
    """A single page from a file (also .gz), with what had to be assumed about it."""
    body = path.read_bytes()
    if body[:2] == b"\x1f\x8b":
        try:
            body = gzip.decompress(body)
        except _NOT_WHOLE as error:
            raise Permanent(f"{path}: not a whole gzip file ({error}): get it again") from error
    _check_page(path, body)
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


def _check_page(path: Path, body: bytes) -> None:
    """Raise `Permanent` for what is one word, such as a status that a script wrote where it should have put a page."""
    word = body.strip()
    if len(word) <= WORD_BYTES and b"<" not in word and len(word.split()) <= 1:
        told = f"only {word.decode('utf-8', 'replace')!r}" if word else "nothing"
        raise Permanent(f"{path}: it holds {told}, which is no page: get it again")
