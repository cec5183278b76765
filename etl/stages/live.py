"""One whole ingest in one process: the same stages as the DAG, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from etl.settings import Settings
from etl.stages.batches import extract, load
from etl.stages.discover import discover
from etl.stages.fetch import fetch
from etl.stages.plan import plan
from etl.stages.resources import open_resources
from etl.stages.visiting import clock
from etl.warehouse import runs
from etl.warehouse.runs import RunSummary


def run_once(
    settings: Settings,
    *,
    sources: Sequence[str],
    now: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RunSummary:
    """Discover, fetch, extract and load what is new or due of these sources (all enabled ones when none are named).

    With `now` the run acts as if it were that time, and captures carry it. `progress` is told of batches.
    """
    if now is not None and now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    started = clock()
    run_id = f"cli/{started:%Y-%m-%dT%H:%M:%S.%fZ}"
    with open_resources(settings) as r:
        batches = plan(r, run_id=run_id, sources=sources, now=now or started)
        try:
            for n, batch in enumerate(batches):
                if progress:
                    progress(n, len(batches))
                discover(r, run_id=run_id, sources=batch)
                fetched = fetch(r, run_id=run_id, sources=batch, captured_at=now)
                load(r, silver_names=extract(r, warcs=fetched.uris).uris)
            if progress:
                progress(len(batches), len(batches))
        finally:
            summary = runs.summarize(r.engine, run_id=run_id)
        return summary
