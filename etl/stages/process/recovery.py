"""What killed processes have put into the lake: announced files that arrived become open work, with their visits; abandoned
runs are closed. Extracts and loads nothing: a task that fetches needs this alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from etl.model import GONE_STATUSES, Capture, Outcome
from etl.stages.process.file_errors import FileErrors
from etl.stages.process.purge import purged
from etl.stages.resources import Resources
from etl.states import RunKind
from etl.warehouse.ops import frontier, runs, segments, visits
from etl.warehouse.ops.segments import OpenSegment
from etl.warehouse.ops.visits import VisitResult

LIVE = "raw/live/"


def note_own(r: Resources, *, run_id: str, batch: str) -> None:
    """Record what killed attempts of a batch have put into the lake, so that the next attempt does not fetch it again.

    Loads nothing.
    """
    errors = FileErrors(r.engine)
    with holding(r) as holder:
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
def holding(r: Resources) -> Iterator[str]:
    """The name under which this process takes segments; what it has not loaded at the end is given back."""
    holder = processes.name_of_this()
    try:
        yield holder
    finally:
        segments.give_back(r.engine, holder=holder)


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
