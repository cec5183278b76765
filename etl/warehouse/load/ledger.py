"""The ledger of silver files: which were loaded, with what outcomes. A file is loaded once: `ops.load_batch`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from etl.model import Outcome


def loaded(engine: Engine, batch_keys: Sequence[str]) -> dict[str, Counter[Outcome]]:
    """The counted outcomes of those batches that are loaded and whose catch-up is done."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT batch_key, outcomes FROM ops.load_batch
                WHERE batch_key = ANY(CAST(:keys AS text[])) AND is_followed_up
            """),
            {"keys": list(batch_keys)},
        )
        return {key: counted(outcomes) for key, outcomes in found}


def loaded_at(engine: Engine, batch_key: str) -> datetime | None:
    """When a batch was loaded; None for one that was not."""
    with engine.connect() as connection:
        query = text("SELECT loaded_at FROM ops.load_batch WHERE batch_key = :name")
        found: datetime | None = connection.execute(query, {"name": batch_key}).scalar()
        return found


def rewritten(engine: Engine, batch_key: str, sha256: str) -> None:
    """Record the new hash of a rewritten file, by which the ledger identifies it."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.load_batch SET sha256 = :sha WHERE batch_key = :name"), {"sha": sha256, "name": batch_key}
        )


def forget(connection: Connection, batch_keys: Sequence[str]) -> None:
    """Delete batches from the ledger whose rows are missing, so that they are loaded again."""
    connection.execute(
        text("DELETE FROM ops.load_batch WHERE batch_key = ANY(CAST(:keys AS text[]))"), {"keys": sorted(batch_keys)}
    )


def counted(outcomes: Mapping[str, int]) -> Counter[Outcome]:
    """The outcomes in the ledger's JSON."""
    return Counter({Outcome(name): n for name, n in outcomes.items()})
