"""The closed lists of states that tables hold beside an `Outcome`: one name for each, in code and in SQL alike.

The list of what a URL of a run ends as is `etl.model.Outcome`.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from etl.model import Outcome


class RunKind(StrEnum):
    """The purpose of a run: `ops.run.kind`. It decides which daily budget of a host its requests count towards."""

    LIVE = "live"
    FILL = "fill"  # loads past days from archives
    REBUILD = "rebuild"  # rebuilds a warehouse from the lake; sends no requests


class Schedule(StrEnum):
    """How often a source is visited: its class, each with runs of its own. `ops.run.schedule`."""

    MINUTES = "minutes"
    HOURLY = "hourly"
    DAILY = "daily"

    @property
    def period(self) -> timedelta:
        """The time between two runs."""
        return {
            Schedule.MINUTES: timedelta(minutes=3),
            Schedule.HOURLY: timedelta(hours=1),
            Schedule.DAILY: timedelta(days=1),
        }[self]


class RunState(StrEnum):
    """The state of a run: `ops.run.state`."""

    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"


class SourceState(StrEnum):
    """The state of a source in a run: `ops.run_source.state`."""

    PLANNED = "planned"
    DISCOVERED = "discovered"  # its documents were read, its pages not yet
    OK = "ok"
    FAILED = "failed"


class ListingState(StrEnum):
    """How an archive was read for a day: `ops.source_day.state`."""

    LISTED = "listed"
    PARTIAL = "partial"  # some of its documents could not be read
    FAILED = "failed"  # none could
    ABSENT = "absent"  # there is no such archive

    @property
    def is_whole(self) -> bool:
        """Whether all was read that there is."""
        return self in (ListingState.LISTED, ListingState.ABSENT)


class CoverageState(StrEnum):
    """Whether a published day may still change: `news.coverage.state`."""

    OPEN = "open"  # the day is not over
    SETTLING = "settling"
    FINAL = "final"


class AnswerState(StrEnum):
    """A visit that brought a page, before loading says what that is: `last_outcome` of `ops.candidate`, `outcome` of `ops.expected`."""

    CAPTURED = "captured"


def end_of_visit(outcome: Outcome | None) -> Outcome | AnswerState:
    """What tables say of a visit; `outcome` None is a full answer."""
    return outcome or AnswerState.CAPTURED
