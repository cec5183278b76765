"""Deletes silver files that were loaded: they can be made again from the pages."""

from __future__ import annotations

from datetime import UTC, date

from etl.stages.resources import Resources
from etl.warehouse.load import ledger

# The values of captures whose raw pages were deleted. They are kept: they cannot be extracted again.
KEPT = "silver/kept/"


def remove_loaded(r: Resources, *, before: date | None) -> int:
    """Delete silver files that were loaded before a day (UTC; None: at any time), or that have an old rules version.

    `ops` keeps them recorded as loaded, so that they are not loaded twice. Returns how many were deleted.
    """
    count = 0
    for name in list(r.store.list("silver/")):
        if name.startswith(KEPT):
            continue
        loaded_at = ledger.loaded_at(r.engine, name)
        is_old = name.split("/")[1] != r.rules_version
        if loaded_at and (is_old or before is None or loaded_at.astimezone(UTC).date() < before):
            r.store.delete(name)
            count += 1
    return count
