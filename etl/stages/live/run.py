"""A whole live run in one process: the same stages as the DAG. Segments are loaded while the rest is fetched."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from etl import processes
from etl.clock import clock
from etl.errors import tidying_after
from etl.settings import Settings
from etl.stages.live.discover import discover
from etl.stages.live.fetch import fetch
from etl.stages.live.loader import loading
from etl.stages.live.plan import plan
from etl.stages.process.file_errors import FileErrors, problem_of
from etl.stages.process.open_work import load_each_open
from etl.stages.process.relate import settle
from etl.stages.resources import Resources, open_resources
from etl.states import Schedule
from etl.warehouse.ops import runs
from etl.warehouse.ops.runs import RunSummary


def run_once(
    settings: Settings,
    *,
    sources: Sequence[str],
    now: datetime | None = None,
    schedule: Schedule | None = None,
    asks_all: bool = False,
) -> RunSummary:
    """Discover, fetch, extract and load what is new or due of these sources (all enabled ones when none are named).

    With a `schedule`, of the sources of that class. `asks_all`: feeds, sitemaps and sections are asked whatever their rhythm.

    All sources are one batch: batches are for tasks on several machines. With `now` the run acts as if it were that time,
    and captures have it.
    """
    if now is not None and now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    started = clock()
    run_id = f"cli/{started:%Y-%m-%dT%H:%M:%S.%fZ}"
    with open_resources(settings) as r:
        holder = processes.name_of_this()
        batches = plan(
            r,
            run_id=run_id,
            sources=sources,
            now=now or started,
            most=1,
            holder=holder,
            schedule=schedule,
            asks_all=asks_all,
        )
        batch = [key for keys in batches for key in keys]
        try:
            errors = _run(r, run_id, batch, captured_at=now)
        except BaseException as error:
            with tidying_after(error):
                runs.summarize(r.engine, run_id=run_id, is_given_up=True)
            raise
        summary = runs.summarize(r.engine, run_id=run_id)
        errors.raise_defect()
        problems = {name: problem_of(error) for name, error in errors.by_warc.items()}
        return replace(summary, problems=problems)


def _run(r: Resources, run_id: str, sources: Sequence[str], *, captured_at: datetime | None) -> FileErrors:
    """Load open work of earlier runs, then of this run; the errors of single WARCs, which stay open work."""
    limit_s = r.settings.run_limit_s
    ends_at = time.monotonic() + limit_s
    _, errors = load_each_open(r, limit_s=limit_s / 4, in_parallel=True)
    if not sources:  # nothing is due
        settle(r.engine)
        return errors
    with loading(r) as loader:
        discover(r, run_id=run_id, sources=sources, limit_s=limit_s / 2)
        try:
            fetch(
                r,
                run_id=run_id,
                sources=sources,
                captured_at=captured_at,
                limit_s=max(0.0, ends_at - time.monotonic()),
                on_segment=loader.add,
            )
        except Exception as error:
            with tidying_after(error):
                loader.finish()
            raise
        errors.by_warc |= loader.finish().by_warc
    settle(r.engine)
    return errors
