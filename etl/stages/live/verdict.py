"""How a run of the live web ended, for the task that says so."""

from __future__ import annotations

from collections.abc import Sequence

from etl.clock import clock
from etl.printable import one_line
from etl.stages.resources import Resources
from etl.states import RunKind
from etl.warehouse.ops import runs


def verdict(r: Resources, *, run_id: str, failed_tasks: Sequence[str]) -> list[str]:
    """Sum a run up in `ops.run`; what went wrong in it, a line each: nothing of a run that went well.

    `failed_tasks` are those of the scheduler. A run that was never planned is recorded as well.
    """
    runs.register(r.engine, run_id=run_id, kind=RunKind.LIVE, as_of=clock())
    tasks = runs.reasons_of_tasks(failed_tasks)
    summary = runs.summarize(r.engine, run_id=run_id, reasons=tasks)
    lines = [f"source {key}: {one_line(error)}; the others are loaded" for key, error in summary.failed.items()]
    if summary.undecided:
        lines.append(f"{summary.undecided} URLs have no outcome yet: clear the failed tasks of this run")
    return [*lines, *tasks]
