"""One whole ingest in one process: the same stages as the DAG, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from etl.errors import tidying_after
from etl.settings import Settings
from etl.stages.batches import extract, load
from etl.stages.discovering import discover
from etl.stages.fetching import fetch
from etl.stages.planning import plan
from etl.stages.relating import settle
from etl.stages.resources import open_resources
from etl.stages.visiting import clock
from etl.warehouse import runs
from etl.warehouse.runs import RunSummary


def run_once(
    settings: Settings,
    *,
    sources: Sequence[str],
    now: datetime | None = None,
) -> RunSummary:
    """Discover, fetch, extract and load what is new or due of these sources (all enabled ones when none are named).

    All sources are one batch: what batches are for, many tasks on many machines, one process does not have. With `now`
    the run acts as if it were that time, and captures carry it.
    """
    if now is not None and now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    started = clock()
    run_id = f"cli/{started:%Y-%m-%dT%H:%M:%S.%fZ}"
    with open_resources(settings) as r:
        (batch,) = plan(r, run_id=run_id, sources=sources, now=now or started, most=1)
        try:
            discover(r, run_id=run_id, sources=batch)
            fetched = fetch(r, run_id=run_id, sources=batch, captured_at=now)
            load(r, silver_names=extract(r, warcs=fetched.uris).uris)
            settle(r.engine)
        except BaseException as error:
            with tidying_after(error):
                runs.summarize(r.engine, run_id=run_id)
            raise
        return runs.summarize(r.engine, run_id=run_id)
