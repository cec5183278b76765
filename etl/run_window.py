"""The time window of a run: from the values of an orchestrator's run to a span of time, or to a published day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from etl.errors import Permanent

# Types of runs that cover the present: scheduled or manual ones. A backfill is for a past day; a run triggered by new data
# has no window.
LIVE = frozenset({"scheduled", "manual", "operator_triggered", "asset_materialization"})
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The first web page; no archive names an earlier one.
FIRST_PAGES = date(1991, 8, 6)


def is_within(span: timedelta, at: datetime, *, now: datetime) -> bool:
    """Whether a time is within the last `span`. A time in the future (from a wrong clock) is not."""
    return now - span < at <= now + HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of time, its end excluded."""

    start: datetime
    end: datetime


def live(run_type: str, *, start: datetime | None, end: datetime | None, run_after: datetime) -> Window:
    """The window of a run that reads the live web.

    It only labels the run: a live run takes what is new or due when it runs. A run that was triggered without a logical
    date has no interval; its window is the hour before `run_after`. Raises Permanent for a run of any other type, which
    would store today's pages as those of another day.
    """
    if run_type not in LIVE:
        raise Permanent(
            f"a run of type {run_type} is for another day, and news_ingest fetches the web as it is now: cancel the "
            "backfill or the trigger, and wait for the schedule, or trigger a manual run (airflow dags trigger "
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
            "no day is given: trigger news_fill with a partition key or the parameter `day`, such as 2022-02-24, "
            "or several days with `airflow backfill create --dag-id news_fill --from-date ... --to-date ...`"
        )
    day = asked_day(asked)
    today = now.astimezone(UTC).date()
    if day > today:
        raise Permanent(f"{day} has not come yet: a fill loads past days, at the latest {today - DAY}")
    if day < FIRST_PAGES:
        raise Permanent(f"{day} is before the first web page: a fill loads days from {FIRST_PAGES} on")
    if day == today:
        raise Permanent(f"{day} is not over yet in UTC: live runs (news_ingest) load it; fill it from {day + DAY} on")
    return day


def asked_day(asked: str) -> date:
    """A partition key or parameter such as 2022-02-24, with or without a time. Raises Permanent for what is no day."""
    try:
        return datetime.fromisoformat(asked.strip()).date()
    except ValueError as error:
        raise Permanent(f"{asked!r} is no day: give one such as 2022-02-24") from error
