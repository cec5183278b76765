"""What a run covers, whoever asked for it: values of an orchestrator's run in, a span of time out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from etl.errors import Permanent

# Runs that somebody or the clock wants now. A backfill wants a day that is over; a run that new data triggered has no
# span at all.
LIVE = frozenset({"scheduled", "manual", "operator_triggered", "asset_materialization"})
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of time, its end excluded."""

    start: datetime
    end: datetime


def live(run_type: str, *, start: datetime | None, end: datetime | None, run_after: datetime) -> Window:
    """The window of a run that reads the live web.

    It labels the run and decides nothing: a live run takes what is new or due when it runs. A run that was triggered
    without a logical date has no interval; its window is the hour before `run_after`. Raises Permanent for a run of any
    other type, which would read today's pages and call them those of another day.
    """
    if run_type not in LIVE:
        raise Permanent(
            f"a run of type {run_type} asks for another day, and news_ingest reads the web as it is now: cancel the "
            "backfill or the trigger, and let the schedule run, or trigger a run by hand (airflow dags trigger "
            "news_ingest). "
            "It takes all that is new or due"
        )
    if start is None or end is None or start >= end:
        return Window(start=run_after - HOUR, end=run_after)
    return Window(start=start, end=end)
