"""The steps of a fill that know of all archives, whichever are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from etl.archives import cc_news
from etl.archives.days import Span
from etl.model import FoundVia, Outcome, StageReport
from etl.stages.fill.cc_news import read_cc_news, unread_cc_news
from etl.stages.fill.steps import days_of, find
from etl.stages.fill.wayback import find_captured, recover
from etl.stages.live.crawling import clock
from etl.stages.process.open_work import load_open
from etl.stages.resources import Resources
from etl.states import ListingState
from etl.warehouse.ops import expected_urls, runs

Say = Callable[[str], None]

# Of the news crawl's files nearly all are closed at this size.
USUAL_FILE_BYTES = 1 << 30


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
    return load_open(r, run_id=run_id, batch=batch).outcomes


def read_files(r: Resources, *, run_id: str, sources: Sequence[str], say: Say) -> None:
    """Take what files of archives have of these days into the lake and the warehouse, where they are asked for."""
    if FoundVia.CC_NEWS not in r.settings.archives:
        return
    span = days_of(r, run_id)
    are_there = read_cc_news(r, run_id=run_id, days=span, sources=sources, say=say)
    load_open(r, batch=cc_news.ARCHIVE, in_parallel=True)  # also what a run that was given up has read of these files
    expected_urls.note_captured(
        r.engine,
        via=FoundVia.CC_NEWS,
        sources=sources,
        days=list(span),
        state=ListingState.LISTED if are_there else ListingState.ABSENT,
        at=clock(),
    )


def to_read(r: Resources, *, days: Span, sources: Sequence[str]) -> dict[str, Any] | None:
    """What a fill would read of archives that come in files; None where none is asked for."""
    if FoundVia.CC_NEWS not in r.settings.archives:
        return None
    unread, files = unread_cc_news(r, days=days, sources=sources)
    return {"archive": FoundVia.CC_NEWS.value, "files": files, "to_read": unread, "bytes": unread * USUAL_FILE_BYTES}
