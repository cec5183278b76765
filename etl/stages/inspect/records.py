"""The records of pages as JSON lines, without a database: what `news-etl extract` prints."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from etl.clock import clock
from etl.extract.record import to_record
from etl.lake import warc
from etl.lake.adopt import archives_below, archives_of, page_capture
from etl.lake.date_limits import AHEAD
from etl.lake.local import LocalStore
from etl.lake.recognize import is_archive
from etl.model import Capture, Observation, Outcome
from etl.printable import json_line
from etl.settings import Settings
from etl.sources.registry import Registry
from etl.stages.process.adopt import check_url, local_page
from etl.stages.process.observe import observe_all
from etl.stages.process.pool import parallel
from etl.stages.process.revisits import Originals
from etl.stages.resources import load_registry

RECORDS_PER_PART = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePart:
    """Some consecutive gzip members of an archive."""

    path: Path
    shown: str  # the name of the file that was given
    start: int
    end: int
    until: datetime  # records with a later date are quarantined


def records(
    settings: Settings,
    paths: Sequence[Path],
    *,
    url: str | None,
    captured_at: datetime | None,
    say: Callable[[str], None],
    now: datetime | None = None,
) -> Iterator[tuple[Outcome, str]]:
    """One JSON record per page with its outcome, in the order of the files and of the pages in them.

    As in an ingest at `now` (default: the clock), records dated more than a day ahead are quarantined. A folder stands for
    the archives below it. Archives are processed on all cores. `say` receives a note on every assumption about a single
    page, and on every archive without a page. Raises `Permanent` where `url` is given for more than one page.
    """
    registry = load_registry(settings)
    until = (now or clock()) + AHEAD
    given = [file for path in paths for file in (archives_below(path) if path.is_dir() else [path])]
    archives = [path for path in given if is_archive(path)]
    check_url(url, pages=len(given) - len(archives))
    for path in given:
        if path in archives:
            found = 0
            for archive in archives_of(path):
                for one in _archive(archive, path.name, registry, until):
                    found += 1
                    yield one
            if not found:
                say(f"{path}: no page in it")
        else:
            page, notes = local_page(path, url=url, captured_at=captured_at)
            for note in notes:
                say(note)
            capture = page_capture(page, until)
            (observed,) = observe_all([capture], registry=registry, resolve=lambda _: None)
            yield observed.page.outcome, _line(observed, path.name)


def _archive(path: Path, shown: str, registry: Registry, until: datetime) -> Iterator[tuple[Outcome, str]]:
    store = LocalStore(path.resolve().parent)
    parts = [
        ArchivePart(path=path.resolve(), shown=shown, start=x.start, end=x.end, until=until)
        for x in warc.scan(store, path.name, records=RECORDS_PER_PART)
    ]
    workers = os.cpu_count() or 1
    for _, lines in parallel(
        _lines, parts, here=registry, holds=nullcontext, args=(registry,), workers=workers, in_order=True
    ):
        yield from lines.result()


def _lines(registry: Registry, part: ArchivePart) -> list[tuple[Outcome, str]]:
    store = LocalStore(part.path.parent)
    originals = Originals(store)
    found = warc.read(store, part.path.name, start=part.start, end=part.end, until=part.until)
    seen = (originals.remember(x) if isinstance(x, Capture) else x for x in found)
    observed = observe_all(seen, registry=registry, resolve=originals.resolve)
    return [(o.page.outcome, _line(o, part.shown)) for o in observed]


def _line(o: Observation, source_file: str) -> str:
    record = to_record(o.page, url=o.target_uri, source_file=source_file, rules_version=o.rules_version)
    return json_line(record)
