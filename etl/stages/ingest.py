"""Files into the warehouse: WARC archives and single pages become captures, then go the way of all captures."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import text

from etl.lake import believing, silver, warc
from etl.model import Outcome, StageReport
from etl.settings import Settings
from etl.stages.batches import load_silver, observe_file
from etl.stages.pool import process_pool
from etl.stages.relating import relate, settle
from etl.stages.resources import Resources, open_resources
from etl.warehouse import load

# Records a batch: small enough that a kill costs seconds and two cores end together (with 100 one of them waited for up to
# nine seconds at the end), large enough that a transaction's fixed cost (some 30 ms) does not show.
RECORDS_PER_BATCH = 40
NAMED = 5

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A part of a WARC of the lake that becomes one silver file and one transaction."""

    warc: str
    start: int
    end: int
    records: int
    silver: str


def ingest(r: Resources, *, warcs: Sequence[str], progress: Progress | None = None) -> StageReport:
    """Process WARCs of the lake and load them; what the ledger has is not done again.

    `progress` is called with records done and records in all. Extraction takes all cores; loading is this process's.
    """
    batches = [batch for name in warcs for batch in plan(r, name)]
    total = sum(b.records for b in batches)
    outcomes: Counter[Outcome] = Counter()
    known = load.ledger(r.engine, [b.silver for b in batches])
    done = sum(b.records for b in batches if b.silver in known)
    for counts in known.values():
        outcomes += counts
    todo = [b for b in batches if b.silver not in known]
    if progress:
        progress(done, total)
    for batch in _extracted(r, todo):
        outcomes += load_silver(r, batch.silver)
        relate(r.engine)  # while others are extracted, so that little is left for the end
        done += batch.records
        if progress:
            progress(done, total)
    related = settle(r.engine)
    notes: tuple[str, ...] = (f"{len(known)} of {len(batches)} batches had been loaded before",) if known else ()
    if outcomes[Outcome.QUARANTINED]:
        notes += _quarantined(r, warcs)
    return StageReport(
        stage="ingest", outcomes=outcomes, uris=tuple(b.silver for b in batches), notes=notes + related.notes
    )


def _quarantined(r: Resources, warcs: Sequence[str]) -> tuple[str, ...]:
    """Which records were quarantined and why: the first ones, and how to see the others."""
    with r.engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT url, warc, warc_offset, detail, count(*) OVER () AS n FROM ops.reject
                WHERE warc = ANY(CAST(:warcs AS text[])) AND reason = 'quarantined' ORDER BY warc, warc_offset LIMIT :most
            """),
            {"warcs": list(warcs), "most": NAMED},
        ).all()
    named = [f"quarantined: {x.url or '(no URL)'} ({x.warc} at {x.warc_offset}): {x.detail}" for x in found]
    if found and found[0].n > NAMED:
        named.append(
            f'and {found[0].n - NAMED} more: news-etl query "SELECT url, warc, warc_offset, detail FROM ops.reject '
            "WHERE reason = 'quarantined'\""
        )
    return tuple(named)


def register(r: Resources, warcs: Sequence[str]) -> None:
    """Record WARCs that were put into the lake from outside."""
    with r.engine.begin() as connection:
        for name in sorted(warcs):
            connection.execute(
                text("INSERT INTO ops.segment (warc, records, bytes) VALUES (:w, :n, :b) ON CONFLICT DO NOTHING"),
                {"w": name, "n": sum(x.captures for x in warc.scan(r.store, name)), "b": r.store.size(name)},
            )


def plan(r: Resources, name: str) -> list[Batch]:
    """Cut a WARC into batches; the same cuts every time.

    Where dates are not believed, the names of the batches that hold them say until when: another time, another answer.
    """
    until = believing.until(r.store, name)
    return [
        Batch(
            warc=name,
            start=x.start,
            end=x.end,
            records=x.captures,
            silver=silver.name_for(
                name,
                r.rules_version,
                x.start,
                x.end,
                until=until if until is not None and believing.is_beyond(x.latest, until) else None,
            ),
        )
        for x in warc.scan(r.store, name, records=RECORDS_PER_BATCH)
    ]


def _extracted(r: Resources, batches: Sequence[Batch]) -> Iterator[Batch]:
    """Write the silver files of batches, several on all cores; gives each batch when its file is there."""
    workers = min(len(batches), os.cpu_count() or 1)
    if workers < 2:
        for batch in batches:
            _write_silver(r, batch)
            yield batch
        return
    with process_pool(workers, initializer=_open_worker, initargs=(r.settings,)) as pool:
        waiting = iter(batches)
        running = {pool.submit(_write_in_worker, b): b for b in islice(waiting, 2 * workers)}
        while running:
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
                yield running.pop(future)
                running |= {pool.submit(_write_in_worker, b): b for b in islice(waiting, 1)}


_worker: Resources


def _open_worker(settings: Settings) -> None:
    """What a worker process opens once. A connection cannot be shared across a fork."""
    global _worker
    stack = ExitStack()
    _worker = stack.enter_context(open_resources(settings, activate=False))


def _write_in_worker(batch: Batch) -> None:
    _write_silver(_worker, batch)


def _write_silver(r: Resources, batch: Batch) -> None:
    if not r.store.exists(batch.silver):
        silver.write(r.store, observe_file(r, batch.warc, start=batch.start, end=batch.end), name=batch.silver)
