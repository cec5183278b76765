"""robots.txt of each host as it was read last: `ops.robots`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from etl.untrusted_text import to_json


def stored(engine: Engine, host: str) -> Any:
    """What was kept of a host, as JSON values; None for nothing."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT stored FROM ops.robots WHERE host = :host"), {"host": host}).scalar()


def keep(engine: Engine, host: str, values: dict[str, Any], *, at: datetime) -> None:
    """Keep what was read of a host in the place of what was kept before."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO ops.robots (host, stored, fetched_at) VALUES (:host, CAST(:stored AS jsonb), :at)
                ON CONFLICT (host) DO UPDATE SET stored = excluded.stored, fetched_at = excluded.fetched_at
            """),
            {"host": host, "stored": to_json(values), "at": at},
        )
