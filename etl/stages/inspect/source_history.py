"""What past runs show to be wrong with sources: reads their history from the warehouse, and judges it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from etl.clock import clock
from etl.sources.check import RegistryFinding
from etl.sources.history import examine
from etl.sources.source import Source
from etl.stages.resources import Resources
from etl.warehouse.ops.source_days import histories


def check_history(r: Resources, sources: Sequence[Source], *, now: datetime | None = None) -> list[RegistryFinding]:
    """Findings from the past of each enabled source up to `now` (default: the clock)."""
    enabled = [source for source in sources if source.enabled]
    return [each for history in histories(r.engine, enabled, now=now or clock()) for each in examine(history)]
