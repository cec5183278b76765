"""Processes rejected captures again, with the current rules."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from etl.errors import Permanent
from etl.model import Outcome, Place, StageReport
from etl.stages.process import lake_audit
from etl.stages.process.extract_load import process_again
from etl.stages.process.open_work import load_open
from etl.stages.process.relate import settle
from etl.stages.resources import Resources
from etl.warehouse.ops import rejects, segments


def find_lost(r: Resources) -> tuple[str, ...]:
    """Audit all files of the lake; files with missing rows become open work. Lists the lake."""
    return lake_audit.reopen(r, lake_audit.audit(r))


def give_up(r: Resources, name: str) -> None:
    """Drop open work whose file is no longer in the lake. Raises `Permanent` for a file that can still be loaded."""
    if r.store.exists(name):
        raise Permanent(f"{r.store.url(name)} is in the lake: news-etl replay loads it")
    if not segments.give_up(r.engine, name, why="its file left the lake before it was loaded; it was given up"):
        raise Permanent(f"{name} is not open work: news-etl doctor lists it")


def replay(r: Resources, *, reason: str | None, since: datetime | None) -> StageReport:
    """Load open work, then process rejected captures that were not yet processed with the current rules.

    The same rules would give the same result.
    """
    if since and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    left_open = load_open(r, in_parallel=True)
    places, same, expired = [], 0, 0
    for found in rejects.captures(r.engine, reason=reason, since=since):
        if r.version_for(found.url) in found.versions:
            same += 1
        elif found.warc is None:
            expired += 1
        else:
            places.append(Place(warc=found.warc, offset=found.warc_offset, length=found.warc_length))
    outcomes: Counter[Outcome] = left_open.outcomes + process_again(r, places)
    related = settle(r.engine)
    notes = [f"{expired} more cannot be processed again: their raw pages have expired"] if expired else []
    notes += (
        [f"{same} more were rejected by the current rules already: change the rules first, then replay"] if same else []
    )
    return StageReport(stage="replay", outcomes=outcomes, notes=(*left_open.notes, *notes, *related.notes))
