"""Whether a run went well, for the task that says so."""

from __future__ import annotations

from etl.errors import Permanent
from etl.printable import one_line
from etl.stages.resources import Resources
from etl.warehouse.ops import runs
from etl.warehouse.ops.runs import RunSummary


def verdict(r: Resources, *, run_id: str) -> RunSummary:
    """The summary of a run that went well. Raises `Permanent` naming the sources that failed, and why."""
    summary = runs.summarize(r.engine, run_id=run_id, is_over=False)
    if summary.failed:
        named = "; ".join(f"{key}: {one_line(error)}" for key, error in summary.failed.items())
        raise Permanent(f"{len(summary.failed)} sources failed, the others are loaded. {named}")
    if summary.undecided:
        raise Permanent(f"{summary.undecided} URLs have no outcome yet: clear the failed tasks of this run")
    return summary
