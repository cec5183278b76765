"""Options and arguments that several commands have: one name, one meaning and one placeholder everywhere.

A DAY is YYYY-MM-DD, in UTC. A TIME is one of ISO 8601, in UTC where it has no offset. A KEY is a source's in the registry.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from etl.lake.date_limits import AHEAD

# The first web page was served in 1990. Later than 2999, sums of times may exceed what Python's datetime holds.
EARLIEST, LATEST = date(1990, 1, 1), date(2999, 12, 31)

T = TypeVar("T", date, datetime)


def day(value: str) -> date:
    """The day that is written, when it is between 1990 and 2999."""
    return _within_reason(value, date.fromisoformat, "a day as YYYY-MM-DD, such as 2026-11-30")


def past_day(value: str) -> date:
    """The day that is written, today (UTC) at the latest."""
    found = day(value)
    if found > datetime.now(UTC).date():
        raise typer.BadParameter(f"{value} has not come yet (UTC): give today or an earlier day")
    return found


def moment(value: str) -> datetime:
    """The time that is written, when it is between 1990 and 2999."""
    return _within_reason(value, _time, "a time as 2026-11-30T07:00 (UTC)")


def past_moment(value: str) -> datetime:
    """The time that is written; it has come."""
    found = moment(value)
    if found > datetime.now(UTC):
        raise typer.BadParameter(f"{value} has not come yet: give an earlier time (UTC)")
    return found


def capture_time(value: str) -> datetime:
    """The time at which a page was captured: at most 24 hours ahead, as for dates of archives."""
    found = moment(value)
    if found > datetime.now(UTC) + AHEAD:
        raise typer.BadParameter(f"{value} has not come yet: give the time at which the page was captured (UTC)")
    return found


def _time(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _within_reason(value: str, read: Callable[[str], T], wanted: str) -> T:
    try:
        found = read(value.strip())
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{value!r}: give {wanted}") from None
    if not EARLIEST.isoformat() <= found.isoformat()[:10] <= LATEST.isoformat():
        raise typer.BadParameter(f"{value!r} is not between {EARLIEST} and {LATEST}: give {wanted}")
    return found


Json = Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing, and print what the command would do.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="KEY", help="Only this source; may be repeated.")
]
FirstDay = Annotated[date | None, typer.Option("--from", metavar="DAY", parser=day, help="The first day (UTC).")]
LastDay = Annotated[
    date | None,
    typer.Option("--to", metavar="DAY", parser=day, help="The last day (UTC), included. Default: that of --from."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")]
PageUrl = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="The URL of a single page. Default: urn:sha256:... of its bytes."),
]
CapturedAt = Annotated[
    datetime | None,
    typer.Option(
        metavar="TIME",
        parser=capture_time,
        help="When a single page was captured (UTC). Default: the modification time of its file.",
    ),
]
