"""What a run covers, whoever asked for it: values of an orchestrator's run in, a span of time out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from etl.errors import Permanent

# Runs that somebody or the clock wants now. A backfill wants a day that is over; a run that new data triggered has no
# span at all.
LIVE = frozenset({"scheduled", "manual", "operator_triggered", "asset_materialization"})
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The first web page; no archive names an earlier one.
FIRST_PAGES = date(1991, 8, 6)


def is_within(span: timedelta, at: datetime, *, now: datetime) -> bool:
    """Whether something was within the last `span`. What a clock ahead has put into the future was not."""
    return now - span < at <= now + HOUR


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


def published_day(asked: str | None, *, now: datetime) -> date:
    """The published day (UTC) that a fill is for: a partition key or parameter such as 2022-02-24, with or without a time.

    Raises Permanent for a day that is not over, for what is no day, and for none at all, saying what to do instead.
    """
    if not asked:
        raise Permanent(
            "no day was asked for: trigger news_fill with a partition key or the parameter `day`, such as 2022-02-24, "
            "or several days with `airflow backfill create --dag-id news_fill --from-date ... --to-date ...`"
        )
    try:
        day = datetime.fromisoformat(asked.strip()).date()
    except ValueError as error:
        raise Permanent(f"{asked!r} is no day: give one such as 2022-02-24") from error
    today = now.astimezone(UTC).date()
    if day > today:
        raise Permanent(f"{day} has not come yet: a fill brings in days that are over, the last one is {today - DAY}")
    if day < FIRST_PAGES:
        raise Permanent(f"{day} was before there were pages: a fill brings in days from {FIRST_PAGES} on")
    if day == today:
        raise Permanent(
            f"{day} is not over yet in UTC: live runs (news_ingest) read it as it comes; fill it from {day + DAY} on"
        )
    return day
