"""The steps of a fill that know of all archives, whichever are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from etl.archives.days import Span
from etl.lake.warc import scan
from etl.model import FoundVia, Outcome, StageReport
from etl.stages.batches import extract, load
from etl.stages.captured_days import read_cc_news, unread_cc_news
from etl.stages.filling import days_of, find
from etl.stages.ingest import ingest
from etl.stages.recovering import find_captured, recover
from etl.stages.resources import Resources
from etl.stages.visiting import clock
from etl.warehouse import archive_files, expected_urls, runs

Say = Callable[[str], None]

# Of the news crawl's files nearly all are closed at this size.
USUAL_FILE_BYTES = 1 << 30
# A pool of processes takes as long to start as a hundred pages take to extract.
MANY = 100


def find_all(r: Resources, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """Ask the sites' own archives, and the Wayback Machine where it is asked for, what they have of the run's days."""
    report = find(r, run_id=run_id, sources=sources, archives=r.settings.archives)
    if FoundVia.WAYBACK not in r.settings.archives:
        return report
    notes = find_captured(r, run_id=run_id, days=days_of(r, run_id), sources=sources)
    return replace(report, notes=(*report.notes, *notes))


def recover_batch(r: Resources, *, run_id: str, sources: Sequence[str]) -> Counter[Outcome]:
    """Take from the Wayback Machine what the sites did not give, where it is asked for, and load it."""
    if FoundVia.WAYBACK not in r.settings.archives:
        return Counter()
    batch = runs.batch_of(r.engine, run_id, sources[0])
    recover(r, run_id=run_id, batch=batch, days=list(days_of(r, run_id)), sources=sources)
    return load_left(r, run_id=run_id, batch=batch, in_parallel=False)


def read_files(r: Resources, *, run_id: str, sources: Sequence[str], say: Say) -> None:
    """Take what files of archives have of these days into the lake and the warehouse, where they are asked for."""
    if FoundVia.CC_NEWS not in r.settings.archives:
        return
    span = days_of(r, run_id)
    are_there = read_cc_news(r, run_id=run_id, days=span, sources=sources, say=say)
    load_left(r, run_id=run_id)
    expected_urls.note_captured(
        r.engine,
        via=FoundVia.CC_NEWS,
        sources=sources,
        days=list(span),
        state="listed" if are_there else "absent",
        at=clock(),
    )


def to_read(r: Resources, *, days: Span, sources: Sequence[str]) -> dict[str, Any] | None:
    """What a fill would read of archives that come in files; None where none is asked for."""
    if FoundVia.CC_NEWS not in r.settings.archives:
        return None
    unread, files = unread_cc_news(r, days=days, sources=sources)
    return {"archive": FoundVia.CC_NEWS.value, "files": files, "to_read": unread, "bytes": unread * USUAL_FILE_BYTES}


def load_left(
    r: Resources, *, run_id: str | None = None, batch: str | None = None, in_parallel: bool = True
) -> Counter[Outcome]:
    """Extract and load what a fill (a batch of it; all fills) has in the lake: much on all cores, a little in this process."""
    warcs = archive_files.unloaded(r.engine, run_id=run_id, batch=batch)
    if in_parallel and sum(x.captures for warc in warcs for x in scan(r.store, warc)) > MANY:
        report = ingest(r, warcs=warcs)
    else:
        report = load(r, silver_names=extract(r, warcs=warcs).uris)
    archive_files.were_loaded(r.engine, warcs)
    return report.outcomes
