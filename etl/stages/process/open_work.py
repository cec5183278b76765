"""Open work: segments of any run that are in the lake but not loaded. The next run of any kind loads them.

recover    announced files that are in the lake become open work, with their visits; the others are dropped
load       extracts and loads open work, resuming where that was stopped
close      writes the summary of abandoned runs; URLs that they did not reach are offered again
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from etl import processes
from etl.clock import clock
from etl.errors import Quarantine
from etl.lake import cdxj, warc
from etl.lake.identity import capture_id
from etl.lake.records import BadRecord
from etl.lake.store import ObjectMissing
from etl.model import GONE_STATUSES, Capture, Outcome, StageReport
from etl.stages.process.extract_load import Errors, load_segment, problem_of
from etl.stages.process.ingest import ingest_each
from etl.stages.process.purge import purged
from etl.stages.resources import Resources
from etl.states import RunKind
from etl.warehouse.ops import frontier, runs, segments, visits
from etl.warehouse.ops.segments import OpenSegment
from etl.warehouse.ops.visits import VisitResult

LIVE = "raw/live/"
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
) -> tuple[StageReport, Errors]:
    """As `load_open`, but defects are returned beside the report, for callers that have other work to finish first."""
    started = time.monotonic()
    outcomes: Counter[Outcome] = Counter()
    errors = Errors(r.engine)
    tried: dict[str, OpenSegment] = {}
    with _holder(r) as holder:
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


def note_own(r: Resources, *, run_id: str, batch: str) -> None:
    """Record what killed attempts of a batch have put into the lake, so that the next attempt does not fetch it again.

    Loads nothing.
    """
    errors = Errors(r.engine)
    with _holder(r) as holder:
        for segment in segments.take(r.engine, holder=holder, run_id=run_id, batch=batch):
            if not segment.is_published:
                with errors.of(segment.warc):
                    recover(r, segment)


def recover(r: Resources, segment: OpenSegment) -> list[OpenSegment]:
    """What there is to load of a segment: itself, or what an erasure has left of it; nothing if it is not in the lake.

    A segment that was only announced is recorded here together with the visits in its records, so that what was fetched
    is not fetched again. Raises `ObjectMissing` for a published segment that is no longer in the lake.
    """
    is_there = r.store.exists(segment.warc)
    if not is_there and segment.is_published:
        raise ObjectMissing(
            f"{r.store.url(segment.warc)} is not in the lake, and {segment.records} captures of it are not loaded: put "
            f"it back, or drop it with news-etl replay --give-up {segment.warc}"
        )
    if not is_there:
        if segment.is_lapsed:  # else an upload by a process that is gone may still arrive
            segments.drop(r.engine, segment.warc)
        return []
    _index(r, segment.warc)
    if segment.is_published:
        return [segment]
    found = []
    for name in purged(r, [segment.warc]):
        records = list(warc.read(r.store, name))
        with r.engine.begin() as connection:
            if segments.published(connection, name):
                segments.measure(connection, name, records=len(records), size=r.store.size(name))
                if name.startswith(LIVE) and segment.run_id is not None:
                    captures = (record for record in records if isinstance(record, Capture))
                    _note_visits(connection, r, segment.run_id, captures)
        found.append(
            OpenSegment(
                warc=name,
                run_id=segment.run_id,
                batch=segment.batch,
                records=len(records),
                is_published=True,
                is_lapsed=False,
            )
        )
    return found


def close_given_up(r: Resources, *, how_ended: runs.HowEnded | None = None) -> tuple[str, ...]:
    """Close runs whose processes are gone, whose time is over, or that the orchestrator has ended.

    URLs that they did not reach are deferred and stay due.
    """
    closed = runs.given_up(r.engine, how_ended=how_ended)
    for run_id, ended in closed.items():
        runs.summarize(r.engine, run_id=run_id, is_given_up=True, orchestrator=ended)
    return tuple(closed)


@contextmanager
def _holder(r: Resources) -> Iterator[str]:
    holder = processes.name_of_this()
    try:
        yield holder
    finally:
        segments.give_back(r.engine, holder=holder)


def _groups(found: list[OpenSegment], *, in_parallel: bool) -> Iterator[list[OpenSegment]]:
    """One group where many pages are to be extracted on all cores, else one group per segment."""
    if in_parallel and sum(segment.records for segment in found) > MANY:
        yield found
    else:
        yield from ([segment] for segment in found)


def _load(
    r: Resources, group: list[OpenSegment], errors: Errors, *, holder: str, in_parallel: bool
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


def _index(r: Resources, name: str) -> None:
    """Write the index of a WARC if it is missing: it is written after the WARC, so a SIGKILL may have come between."""
    beside = cdxj.name_beside(name)
    if not r.store.exists(beside):
        with r.store.open(name) as stream:
            lines = [line for line in warc.index(stream, name) if not isinstance(line, BadRecord)]
        r.store.put_new(beside, cdxj.render(lines))


def _note_visits(connection: Any, r: Resources, run_id: str, captures: Iterable[Capture]) -> None:
    """Record visits in the frontier, as the run that fetched these captures would have done."""
    asked: dict[bytes, Capture] = {}
    for capture in captures:
        url = capture.meta.redirects[0].url if capture.meta.redirects else capture.target_uri
        try:
            asked[r.registry.key_of(url)] = capture
        except Quarantine:
            continue
    ended = []
    for due in frontier.candidates(connection, list(asked)):
        capture = asked[due.url_key]
        if due.last_captured_at is None or due.last_captured_at < capture.captured_at:
            ended.append(_visited(due, capture))
    is_revisited = runs.kind_of(connection, run_id) is not RunKind.FILL or runs.is_recent(
        connection, run_id, clock().astimezone(UTC).date()
    )
    visits.record(
        connection,
        run_id=run_id,
        visits=ended,
        revisit_after={s.key: s.revisit_after if is_revisited else () for s in r.registry.sources.values()},
    )


def _visited(due: frontier.DueUrl, capture: Capture) -> VisitResult:
    headers = {name.lower(): value for name, value in capture.headers}
    is_304 = capture.is_revisit and capture.refers_to is not None and capture.refers_to.not_modified
    return VisitResult(
        due=due,
        at=capture.captured_at,
        outcome=Outcome.GONE if capture.status in GONE_STATUSES else Outcome.UNCHANGED if is_304 else None,
        capture_id=capture_id(capture.target_uri, capture.captured_at, capture.payload_digest),
        target_uri=capture.target_uri,
        payload_digest=capture.payload_digest,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
    )
