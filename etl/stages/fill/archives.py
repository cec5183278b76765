"""The table of archives of captures, and the steps of a fill that query all enabled ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from etl.archives.days import Span
from etl.model import FILE_ARCHIVES, FoundVia, Outcome, StageReport
from etl.stages.fill.archive import Archive, ArchiveRequest, Say
from etl.stages.fill.cc_news import CcNews
from etl.stages.fill.replays import WAYBACK
from etl.stages.fill.steps import days_of, find
from etl.stages.resources import Resources
from etl.warehouse.ops import runs

ARCHIVES: dict[FoundVia, Archive] = {archive.via: archive for archive in (CcNews(), WAYBACK)}


def find_all(r: Resources, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """List what the sites' own archives, and the enabled archives of captures, have of the run's days."""
    report = find(r, run_id=run_id, sources=sources, archives=r.settings.archives)
    wanted = _wanted(r, run_id, sources)
    notes = [note for archive in _asked(r) for note in archive.list(r, wanted)]
    return replace(report, notes=(*report.notes, *notes))


def read_files(r: Resources, *, run_id: str, sources: Sequence[str], say: Say) -> Counter[Outcome]:
    """Load what files of archives have of the run's days. This comes before the sites: what is loaded is not fetched."""
    return _take(r, replace(_wanted(r, run_id, sources), say=say), [a for a in _asked(r) if a.via in FILE_ARCHIVES])


def recover(r: Resources, *, run_id: str, sources: Sequence[str], days: Span | None = None) -> Counter[Outcome]:
    """Request from archives, page by page, what the sites did not deliver of the run's days (or of some of them)."""
    wanted = _wanted(r, run_id, sources)
    archives = [a for a in _asked(r) if a.via not in FILE_ARCHIVES]
    return _take(r, replace(wanted, days=days or wanted.days), archives)


def estimates(r: Resources, *, days: Span, sources: Sequence[str]) -> list[dict[str, Any]]:
    """What a fill of these days would read of archives beyond the pages that they list."""
    found = ((archive.via, archive.estimate(r, days=days, sources=sources)) for archive in _asked(r))
    return [{"archive": via.value, **estimate} for via, estimate in found if estimate is not None]


def _asked(r: Resources) -> Iterator[Archive]:
    return (archive for via, archive in ARCHIVES.items() if via in r.settings.archives)


def _take(r: Resources, wanted: ArchiveRequest, archives: Sequence[Archive]) -> Counter[Outcome]:
    outcomes: Counter[Outcome] = Counter()
    for archive in archives:
        outcomes += archive.take(r, wanted)
    return outcomes


def _wanted(r: Resources, run_id: str, sources: Sequence[str]) -> ArchiveRequest:
    batch = runs.batch_of(r.engine, run_id, sources[0]) if sources else ""
    return ArchiveRequest(run_id=run_id, batch=batch, days=days_of(r, run_id), sources=sources)
