"""Loads WARCs of the lake: in batches, on all cores, each batch once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from etl.lake import warc
from etl.model import Outcome, StageReport
from etl.stages.process import lake_audit
from etl.stages.process.extract_load import Batch, cut, load_silver, write_silver
from etl.stages.process.file_errors import FileErrors
from etl.stages.process.pool import parallel
from etl.stages.process.relate import relate, settle
from etl.stages.resources import Resources, open_resources
from etl.warehouse.load import ledger
from etl.warehouse.ops import rejects, segments

NAMED = 5

Progress = Callable[[int, int], None]


def ingest(
    r: Resources, *, warcs: Sequence[str], progress: Progress | None = None, in_parallel: bool = True
) -> StageReport:
    """Extract and load WARCs of the lake; batches that are recorded as loaded are not loaded again.

    `progress` is called with the number of records done, and of all records. Extraction uses all cores; this process
    loads. A WARC that cannot be processed stays open work and does not stop the others; the first error is raised at the
    end.
    """
    report, errors = ingest_each(r, warcs=warcs, progress=progress, in_parallel=in_parallel)
    related = settle(r.engine)
    errors.raise_first()
    return replace(report, notes=report.notes + related.notes)


def ingest_each(
    r: Resources, *, warcs: Sequence[str], progress: Progress | None = None, in_parallel: bool = True
) -> tuple[StageReport, FileErrors]:
    """As `ingest`, without settling the stories; errors of single WARCs are returned beside the report."""
    errors = FileErrors(r.engine)
    batches: list[Batch] = []
    for name in warcs:
        with errors.of(name):
            if lake_audit.is_doubtful(r, name):  # rows may be missing although it is recorded as loaded
                lake_audit.reopen(r, lake_audit.audit(r, names=[name]))
            batches += cut(r, name)
    total = sum(b.records for b in batches)
    outcomes: Counter[Outcome] = Counter()
    known = ledger.loaded(r.engine, [b.silver for b in batches])
    done = sum(b.records for b in batches if b.silver in known)
    for counts in known.values():
        outcomes += counts
    todo = [b for b in batches if b.silver not in known]
    left = Counter(b.warc for b in todo)
    if progress:
        progress(done, total)
    workers = (os.cpu_count() or 1) if in_parallel else 1
    for batch, written in parallel(
        write_silver, todo, here=r, holds=partial(open_resources, activate=False), args=(r.settings,), workers=workers
    ):
        with errors.of(batch.warc):
            written.result()
            outcomes += load_silver(r, batch.silver)
            left[batch.warc] -= 1
            if not left[batch.warc]:
                segments.loaded(r.engine, batch.warc)
        relate(r.engine)  # while further batches are extracted, so that little is left for the end
        done += batch.records
        if progress:
            progress(done, total)
    for name in warcs:
        if not left[name] and name not in errors.by_warc:
            segments.loaded(r.engine, name)
    notes: tuple[str, ...] = ()
    if known:
        which = "all of it" if len(known) == len(batches) else f"{len(known)} of {len(batches)} batches"
        notes = (f"{which} had been loaded before, and was not loaded again",)
    if outcomes[Outcome.QUARANTINED]:
        notes += _quarantined(r, warcs)
    return StageReport(stage="ingest", outcomes=outcomes, uris=tuple(b.silver for b in batches), notes=notes), errors


def _quarantined(r: Resources, warcs: Sequence[str]) -> tuple[str, ...]:
    """The first quarantined records with the reasons, and the query that lists the others."""
    found = rejects.quarantined(r.engine, warcs, most=NAMED)
    named = [f"quarantined: {x.url or '(no URL)'} ({x.warc} at {x.warc_offset}): {x.detail}" for x in found]
    if found and found[0].n > NAMED:
        named.append(
            f'and {found[0].n - NAMED} more: news-etl query "SELECT url, warc, warc_offset, detail FROM ops.reject '
            "WHERE reason = 'quarantined'\""
        )
    return tuple(named)


def register(r: Resources, warcs: Sequence[str]) -> None:
    """Record WARCs that were copied into the lake from outside."""
    for name in sorted(warcs):
        records, size = sum(x.captures for x in warc.scan(r.store, name)), r.store.size(name)
        with r.engine.begin() as connection:
            segments.add(connection, name, records=records, size=size)
