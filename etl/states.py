"""The closed lists of states that tables hold beside an `Outcome`: one name for each, in code and in SQL alike.

The list of what a URL of a run ends as is `etl.model.Outcome`.
"""

from __future__ import annotations

from enum import StrEnum

from etl.model import Outcome


class RunKind(StrEnum):
    """What a run is for: `ops.run.kind`. It decides whose budget of a host its requests count towards."""

    LIVE = "live"
    FILL = "fill"  # brings in past days
    REBUILD = "rebuild"  # makes a warehouse from the lake; asks nobody


class RunState(StrEnum):
    """How far a run has come: `ops.run.state`."""

    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"


class SourceState(StrEnum):
    """How far a source of a run has come: `ops.run_source.state`."""

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
    """What may still come of a published day: `news.coverage.state`."""

    OPEN = "open"  # the day is not over
    SETTLING = "settling"
    FINAL = "final"


class Answered(StrEnum):
    """A visit that brought a page, before loading says what that is: `last_outcome` of `ops.candidate`, `outcome` of `ops.expected`."""

    CAPTURED = "captured"


def end_of_visit(outcome: Outcome | None) -> Outcome | Answered:
    """What tables say of a visit; `outcome` None is a full answer."""
    return outcome or Answered.CAPTURED
