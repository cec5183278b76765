"""The explanation of one page of a file: what `news-etl extract --explain` writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from etl import urls
from etl.clock import clock
from etl.errors import Permanent, Quarantine
from etl.explain.sheet import sheet
from etl.lake import warc
from etl.lake.adopt import archives_of, page_capture
from etl.lake.date_limits import AHEAD
from etl.lake.local import LocalStore
from etl.lake.recognize import is_archive
from etl.lake.records import BadRecord
from etl.model import Capture
from etl.settings import Settings
from etl.sources.registry import Registry
from etl.stages.process.adopt import local_page
from etl.stages.process.page_reading import CaptureReading, read_capture
from etl.stages.process.revisits import Originals
from etl.stages.resources import load_registry


def explanation(
    settings: Settings,
    path: Path,
    *,
    url: str | None,
    captured_at: datetime | None,
    say: Callable[[str], None],
    now: datetime | None = None,
) -> str:
    """The explanation of one page as HTML. `say` receives a note on every assumption, and on which page it is.

    From an archive it takes the first page with a successful answer, or with `url` the first capture of that URL. Raises
    `Permanent` where there is none.
    """
    registry = load_registry(settings)
    until = (now or clock()) + AHEAD
    if is_archive(path):
        read = _of_archive(path, url, registry, until)
        say(f"{path.name}: {read.capture.target_uri} of {read.capture.captured_at:%Y-%m-%dT%H:%M:%SZ}")
    else:
        page, notes = local_page(path, url=url, captured_at=captured_at)
        for note in notes:
            say(note)
        capture = page_capture(page, until)
        if isinstance(capture, BadRecord):
            raise Permanent(f"{path.name}: {capture.detail}; there is no page to explain")
        read = read_capture(capture, registry=registry, resolve=lambda _: None)
    return sheet(
        read.reading or read.page,
        url=read.capture.target_uri,
        captured_at=read.capture.captured_at,
        content_type=read.content_type,
        version=read.version,
    )


def _of_archive(path: Path, url: str | None, registry: Registry, until: datetime) -> CaptureReading:
    seen = 0
    for originals, record in _records(path, until):
        if not isinstance(record, Capture):
            if url is not None and record.target_uri is not None and _is_of(record.target_uri, url):
                raise Permanent(f"{path.name}: {url} cannot be explained: {record.detail}")
            continue
        seen += 1
        capture = originals.remember(record)
        if url is not None and not _is_of(capture.target_uri, url):
            continue
        try:
            read = read_capture(capture, registry=registry, resolve=originals.resolve)
        except Quarantine as error:
            if url is not None:
                raise Permanent(f"{path.name}: {url} cannot be explained: {error}") from error
            continue
        if 200 <= read.capture.status < 300 and read.capture.body:
            return read
        if url is not None:
            raise Permanent(f"{path.name}: {url} has status {read.capture.status} and no page to explain")
    if url is not None:
        raise Permanent(f"{path.name}: none of its {seen} captures is of {url}")
    raise Permanent(f"{path.name}: no page among its {seen} captures")


def _records(path: Path, until: datetime) -> Iterator[tuple[Originals, Capture | BadRecord]]:
    for archive in archives_of(path):
        store = LocalStore(archive.resolve().parent)
        originals = Originals(store)
        for record in warc.read(store, archive.name, until=until):
            yield originals, record


def _is_of(uri: str, url: str) -> bool:
    if uri == url:
        return True
    try:
        return urls.url_key(uri) == urls.url_key(url)
    except Quarantine:
        return False
