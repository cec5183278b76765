"""Copies archives of others into the lake: WARC and WET files as they are, single pages as new WARC files."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from etl.errors import Permanent
from etl.files import working_folder
from etl.lake import cdxj, date_limits, recognize, repack, wacz
from etl.lake.captures import to_capture
from etl.lake.identity import payload_digest
from etl.lake.record_writer import WARC_FIELDS, MemberWriter, checked_uri, record, warc_fields
from etl.lake.records import BadRecord, RecordError, parse_record
from etl.lake.segment import CONFORMS_TO, FORMAT
from etl.lake.store import ObjectMissing, ObjectStore
from etl.lake.stores import open_store
from etl.lake.warc import index
from etl.lake.warc import lines as lines_of
from etl.model import Capture

if TYPE_CHECKING:
    import boto3.session

# Common Crawl: .warc.gz and .warc.wet.gz; wget and Heritrix: .warc.gz or .warc.
SUFFIXES = (".warc.gz", ".warc", ".wet.gz", ".wet", ".warc.zst", ".arc.gz", ".arc", wacz.SUFFIX)
_COPY = 1 << 20


Announce = Callable[[str, int, int], None]


def _to_nobody(name: str, records: int, size: int) -> None:
    """For callers that keep no record of files in the lake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPage:
    """A page outside of any archive; `url` may be `urn:sha256:...` where it is unknown."""

    url: str
    captured_at: datetime
    content_type: str
    body: bytes


def adopt(
    store: ObjectStore,
    source: Path | str,
    *,
    endpoint_url: str | None = None,
    session: boto3.session.Session | None = None,
    taken_at: datetime | None = None,
    announce: Announce = _to_nobody,
) -> list[str]:
    """Copy WARC, WET or ARC files, also those of a WACZ, into the lake and index them; gives their names, `raw/ingest/<sha256>.warc.gz`.

    `source` is a file, a folder (all below it that end in one of `SUFFIXES`) or `s3://bucket/key`; a key that ends
    in "/" stands for a folder. A file is kept byte for byte when each record is a gzip member of its own, damage
    included: what cannot be read shows up as `BadRecord` on reading. A file that is not compressed, or compressed as a
    whole or by zstd, is rewritten with one member a record, header and block of each the same bytes. The name is the hash of the
    source as it was given, so taking the same file again changes nothing. `taken_at` is the time of this: captures that
    are dated over a day ahead of it are quarantined (`date_limits`). `announce` hears of a file, with its records and
    bytes, before it is put into the lake.

    Raises `Permanent` for what is not there, is no WARC, or is a folder without one.
    """
    with working_folder() as folder:
        return [
            _adopt_file(store, path, shown, folder, taken_at, announce)
            for file, name in _sources(str(source), folder, endpoint_url, session)
            for path, shown in _archives(file, name, folder)
        ]


def adopt_pages(
    store: ObjectStore,
    pages: Sequence[LocalPage],
    *,
    taken_at: datetime | None = None,
    announce: Announce = _to_nobody,
) -> list[str]:
    """Write single pages into the lake as one WARC file of `resource` records; its name, or nothing for no pages.

    A `resource` record holds what is known: the bytes, their type, URL and time; no HTTP exchange is invented. The same
    pages give the same file. Raises `Quarantine` for an invalid URL.
    """
    if not pages:
        return []
    with working_folder() as folder:
        path = folder / "pages.warc.gz"
        with path.open("wb") as file:
            out = MemberWriter(file)
            block = warc_fields((("software", "news-etl"), ("format", FORMAT), ("conformsTo", CONFORMS_TO)))
            latest = max(page.captured_at for page in pages)
            info_id, data = record("warcinfo", block=block, date=latest, fields=(("Content-Type", WARC_FIELDS),))
            out.write(data)
            for page in pages:
                out.write(_resource(page, info_id))
        name = _name(_sha256(path))
        return [_publish(store, path, name, list(_index(path, name)), taken_at, announce)]


def page_capture(page: LocalPage, until: datetime | None = None) -> Capture | BadRecord:
    """The capture of a single page, equal to the one read from its record in the lake, except for its place.

    A page dated after `until` is quarantined. Raises `Quarantine` for an invalid URL.
    """
    data = _resource(page, None)
    try:
        return date_limits.believed(to_capture(parse_record(data), place=None), until)
    except RecordError as error:
        return BadRecord(
            warc="", offset=0, length=len(data), reason=error.reason, detail=error.detail, target_uri=page.url
        )


def _resource(page: LocalPage, warcinfo_id: str | None) -> bytes:
    return record(
        "resource",
        block=page.body,
        date=page.captured_at,
        fields=(
            ("WARC-Target-URI", checked_uri(page.url)),
            ("WARC-Warcinfo-ID", warcinfo_id),
            ("WARC-Payload-Digest", payload_digest(page.body)),
            ("Content-Type", page.content_type),
        ),
    )[1]


def _adopt_file(
    store: ObjectStore, path: Path, shown: str, folder: Path, taken_at: datetime | None, announce: Announce
) -> str:
    sha256 = _sha256(path)
    name = _name(sha256)
    if store.exists(name) and store.exists(cdxj.name_beside(name)):
        if taken_at is not None and date_limits.until(store, name) is not None:
            date_limits.note(store, name, [line.timestamp for line in lines_of(store, name)], taken_at=taken_at)
        return name
    path, lines = _in_members(path, name, shown, folder)
    return _publish(store, path, name, lines, taken_at, announce)


def archives_of(path: Path) -> Iterator[Path]:
    """A local file as the lake would keep it, each record a gzip member: itself, a rewritten copy, or those of a WACZ.

    Copies exist until the next one is asked for. Raises `Permanent` as `adopt`.
    """
    with working_folder() as folder:
        for one, shown in _archives(path, str(path), folder):
            yield _in_members(one, path.name, shown, folder)[0]


def _in_members(path: Path, name: str, shown: str, folder: Path) -> tuple[Path, list[cdxj.CdxjLine | BadRecord]]:
    recognize.check_archive(path, shown)
    lines = list(_index(path, name)) if repack.is_gzip(path) and not repack.is_arc(path) else None
    if lines is None or _is_packed_together(lines, path.stat().st_size):
        path = repack.repack(path, folder / "rewritten.warc.gz")
        lines = list(_index(path, name))
    return path, lines


def _is_packed_together(lines: Sequence[cdxj.CdxjLine | BadRecord], size: int) -> bool:
    """Whether a gzip file has members of more than one record; one member that is never finished is such a file."""
    bad = [line for line in lines if isinstance(line, BadRecord)]
    return any(line.reason == "several_records" or (line.offset == 0 and line.length == size) for line in bad)


def _index(path: Path, name: str) -> Iterator[cdxj.CdxjLine | BadRecord]:
    with path.open("rb") as stream:
        yield from index(stream, name)


def _publish(
    store: ObjectStore,
    path: Path,
    name: str,
    lines: Sequence[cdxj.CdxjLine | BadRecord],
    taken_at: datetime | None,
    announce: Announce,
) -> str:
    announce(name, len(lines), path.stat().st_size)
    captures = [line for line in lines if isinstance(line, cdxj.CdxjLine)]
    if taken_at is not None:
        date_limits.note(store, name, [line.timestamp for line in captures], taken_at=taken_at)
    store.put_new(name, path)
    store.put_new(cdxj.name_beside(name), cdxj.render(captures))
    return name


def _name(sha256: str) -> str:
    return f"raw/ingest/{sha256[:32]}.warc.gz"


def _archives(path: Path, shown: str, folder: Path) -> Iterator[tuple[Path, str]]:
    """The file itself, or the archives in a WACZ."""
    if not wacz.is_wacz(path):
        yield path, shown
        return
    for one, name in wacz.archives(path, folder):
        yield one, f"{shown}: {name}"


def _sources(
    source: str, folder: Path, endpoint_url: str | None, session: boto3.session.Session | None
) -> Iterator[tuple[Path, str]]:
    """Local paths of the files, and how to call them in messages."""
    if source.startswith("s3://"):
        yield from _from_s3(source, folder, endpoint_url, session)
        return
    path = Path(source.removeprefix("file://")).expanduser()
    if path.is_dir():
        yield from ((file, str(file)) for file in archives_below(path))
    elif path.is_file():
        yield path, str(path)
    else:
        raise ObjectMissing(f"there is no file {path}")


def archives_below(folder: Path) -> list[Path]:
    """The archives in a folder and its folders, by their names. Raises `Permanent` where there is none."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name.lower().endswith(SUFFIXES))
    if not files:
        raise Permanent(f"{folder} holds no file that ends in {', '.join(SUFFIXES)}")
    return files


def _from_s3(
    source: str, folder: Path, endpoint_url: str | None, session: boto3.session.Session | None
) -> Iterator[tuple[Path, str]]:
    bucket, _, key = source.removeprefix("s3://").partition("/")
    store = open_store(f"s3://{bucket}", endpoint_url=endpoint_url, session=session)
    keys = [key]
    if not key or key.endswith("/"):
        keys = [name for name in store.list(key) if name.lower().endswith(SUFFIXES)]
        if not keys:
            raise Permanent(f"{source} holds no object that ends in {', '.join(SUFFIXES)}")
    for name in keys:
        path = folder / "downloaded"
        with store.open(name) as stream, path.open("wb") as file:
            shutil.copyfileobj(stream, file, _COPY)
        yield path, store.url(name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
