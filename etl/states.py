"""The closed lists of states that tables hold beside an `Outcome`: one name for each, in code and in SQL alike."""

from __future__ import annotations

from enum import StrEnum


class RunKind(StrEnum):
    """What a run is for: `ops.run.kind`. It decides whose budget of a host its requests count towards."""

    LIVE = "live"
    FILL = "fill"  # brings in past days
    REBUILD = "rebuild"  # makes a warehouse from the lake; asks nobody
