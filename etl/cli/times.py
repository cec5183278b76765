"""Checks of times given on the command line: a time at which no page can have been captured is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from etl.lake.date_limits import AHEAD

# The first web page was served in 1990. Later than 2999, sums of times may exceed what Python's datetime holds.
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2999, 12, 31)


def within_reason(value: datetime | None) -> datetime | None:
    """The time, when it is between 1990 and 2999."""
    if value is not None and not EARLIEST <= value.replace(tzinfo=None) <= LATEST:
        raise typer.BadParameter(f"{value:%Y-%m-%d} is not between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}")
    return value


def capture_time(value: datetime | None) -> datetime | None:
    """The time at which a page was captured: not before 1990, and at most 24 hours ahead, as for dates of archives."""
    if value is not None and value.replace(tzinfo=UTC) > datetime.now(UTC) + AHEAD:
        raise typer.BadParameter(
            f"{value:%Y-%m-%d %H:%M} has not come yet: give the time at which the page was captured (UTC)"
        )
    return within_reason(value)
