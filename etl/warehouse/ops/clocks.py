"""Finds times in the warehouse that can only have been written by a run with a wrong clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, text

from etl.warehouse.ops.hosts import LEASE_SECONDS, LONGEST_REST

# As for archives (etl/lake/date_limits.py): clocks are wrong by a zone, not by more.
AHEAD = timedelta(hours=24)
# Clocks of machines that ask the same time servers are seconds apart.
APART = timedelta(minutes=5)

# What is ahead: rows, the latest time, and one of them by name.
LOOKED_AT = {
    "captures": "SELECT count(*) AS n, max(captured_at) AS latest, min(url) AS one FROM core.capture "
    "WHERE captured_at > now() + :ahead",
    "candidates": "SELECT count(*) AS n, max(due_at) AS latest, min(url) AS one FROM ops.candidate c "
    "LEFT JOIN unnest(CAST(:keys AS text[]), CAST(:spans AS interval[])) AS l (source_key, span) USING (source_key) "
    "WHERE c.due_at > now() + COALESCE(l.span, :most)",
    "leases": "SELECT count(*) AS n, max(GREATEST(expires_at, next_allowed_at)) AS latest, min(host) AS one "
    "FROM ops.host_lease WHERE expires_at > now() + :ttl OR next_allowed_at > now() + :longest",
    "robots.txt": "SELECT count(*) AS n, max(fetched_at) AS latest, min(host) AS one FROM ops.robots "
    "WHERE fetched_at > now() + :ahead",
    "listed days": "SELECT count(*) AS n, max(listed_at) AS latest, min(source_key) AS one FROM ops.source_day "
    "WHERE listed_at > now() + :ahead",
    "turns of archives": "SELECT count(*) AS n, max(next_at) AS latest, min(archive) AS one FROM ops.archive_pace "
    "WHERE next_at > now() + :longest",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadOfTime:
    """Rows of one kind that are dated later than they can be."""

    what: str
    count: int
    latest: datetime
    one: str  # the URL, host or key of one of them


def ahead_of_time(engine: Engine, due_within: Mapping[str, timedelta]) -> list[AheadOfTime]:
    """Rows dated ahead of the database's clock, by kind. `due_within`: how far ahead a visit may be due, by source."""
    values = {
        "ahead": AHEAD,
        "ttl": timedelta(seconds=LEASE_SECONDS),
        "longest": LONGEST_REST,
        "keys": list(due_within),
        "spans": list(due_within.values()),
        "most": max(due_within.values(), default=timedelta(days=7)),
    }
    found = []
    with engine.connect() as connection:
        for what, query in LOOKED_AT.items():
            row = connection.execute(
                text(query), {name: value for name, value in values.items() if f":{name}" in query}
            ).one()
            if row.n:
                found.append(AheadOfTime(what=what, count=row.n, latest=row.latest, one=row.one))
    return found


def apart(engine: Engine, now: datetime) -> timedelta | None:
    """How far this machine's clock is ahead of the database's (negative: behind); None where they agree."""
    with engine.connect() as connection:
        theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    span = now - theirs
    return span if abs(span) > APART else None
