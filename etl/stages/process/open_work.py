"""Open work: segments of any run that are in the lake but not loaded. The next run of any kind loads them.

recover    announced files that are in the lake become open work (`recovery`)
load       extracts and loads open work, resuming where that was stopped
close      writes the summary of abandoned runs (`recovery`)
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from etl.model import Outcome, StageReport
from etl.stages.process.extract_load import load_segment
from etl.stages.process.file_errors import FileErrors, problem_of
from etl.stages.process.ingest import ingest_each
from etl.stages.process.recovery import close_given_up, holding, recover
from etl.stages.resources import Resources
from etl.warehouse.ops import runs, segments
from etl.warehouse.ops.segments import OpenSegment

# Segments taken at once: few, so that other processes can work on the rest.
SLICE = 50
# A pool of processes takes as long to start as a hundred pages take to extract.
MANY = 100
# A WARC of more records is loaded in several transactions, so that memory is bounded and a kill costs seconds.
LARGE = 2000


def load_open(
    r: Resources,
    *,
    run_id: str | None = None,
    batch: str | None = None,
    limit_s: float = math.inf,
    in_parallel: bool = False,
    how_ended: runs.HowEnded | None = None,
) -> StageReport:
    """Extract and load open work that no other process holds; with `run_id` (and `batch`) only what that has written.

    - A segment that cannot be processed stays open work, is named in the notes, and does not stop the others.
    - After `limit_s` seconds no further segment is started. `in_parallel` uses all cores where there is much to do.
    - `uris` of the report are the WARCs that were loaded.
    - Abandoned runs are closed, including those of which `how_ended` says how they ended.

    Raises the first defect of ours when everything else is done.
    """
    report, errors = load_each_open(
        r, run_id=run_id, batch=batch, limit_s=limit_s, in_parallel=in_parallel, how_ended=how_ended
    )
    errors.raise_defect()
    return report


def load_batch(r: Resources, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """As `load_open`, for what all attempts of the batch with these sources have put into the lake."""
    return load_open(r, run_id=run_id, batch=runs.batch_of(r.engine, run_id, sources[0]))


def load_each_open(
    r: Resources,
    *,
    run_id: str | None = None,
    batch: str | None = None,
    limit_s: float = math.inf,
    in_parallel: bool = False,
    how_ended: runs.HowEnded | None = None,
) -> tuple[StageReport, FileErrors]:
    """As `load_open`, but defects are returned beside the report, for callers that have other work to finish first."""
    started = time.monotonic()
    outcomes: Counter[Outcome] = Counter()
    errors = FileErrors(r.engine)
    tried: dict[str, OpenSegment] = {}
    with holding(r) as holder:
        while time.monotonic() - started < limit_s:
            taken = segments.take(r.engine, holder=holder, run_id=run_id, batch=batch, without=tried, limit=SLICE)
            if not taken:
                break
            tried |= {segment.warc: segment for segment in taken}
            there = []
            for segment in taken:
                with errors.of(segment.warc):
                    there += recover(r, segment)
            for group in _groups(there, in_parallel=in_parallel):
                outcomes += _load(r, group, errors, holder=holder, in_parallel=in_parallel)
                if time.monotonic() - started >= limit_s:
                    break
    close_given_up(r, how_ended=how_ended)
    runs.sum_up_again(r.engine, {s.run_id for s in tried.values() if s.run_id})
    open_now = segments.still_open(r.engine)
    notes = tuple(f"{name}: {problem_of(error)}" for name, error in errors.by_warc.items())
    loaded = tuple(name for name in tried if name not in open_now)
    return StageReport(stage="open_work", outcomes=outcomes, uris=loaded, notes=notes), errors


def _groups(found: list[OpenSegment], *, in_parallel: bool) -> Iterator[list[OpenSegment]]:
    """One group where many pages are to be extracted on all cores, else one group per segment."""
    if in_parallel and sum(segment.records for segment in found) > MANY:
        yield found
    else:
        yield from ([segment] for segment in found)


def _load(
    r: Resources, group: list[OpenSegment], errors: FileErrors, *, holder: str, in_parallel: bool
) -> Counter[Outcome]:
    segments.hold(r.engine, [segment.warc for segment in group], holder=holder)
    if len(group) == 1 and group[0].records <= LARGE:
        with errors.of(group[0].warc):
            return load_segment(r, group[0].warc)
        return Counter()

    def go_on(done: int, total: int) -> None:
        segments.hold(r.engine, [segment.warc for segment in group], holder=holder)

    report, failed = ingest_each(r, warcs=[s.warc for s in group], progress=go_on, in_parallel=in_parallel)
    errors.by_warc |= failed.by_warc
    return report.outcomes
