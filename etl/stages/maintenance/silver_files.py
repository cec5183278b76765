"""Silver files that nothing needs any more: what is loaded can be had again, by reading the pages."""

from __future__ import annotations

from datetime import UTC, date

from etl.stages.resources import Resources
from etl.warehouse.load import ledger

# The last that is known of captures whose pages are gone. It stays: nothing else could give it.
KEPT = "silver/kept/"


def remove_loaded(r: Resources, *, before: date | None) -> int:
    """Delete silver files that were loaded before a day (UTC; None for at any time), or under other rules than today's.

    The ledger goes on knowing them: they are not loaded twice. Gives how many there were.
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
