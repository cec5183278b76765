"""Hosts: leases, budgets, stored robots.txt, and the log of requests, in tables of `ops`.

Leases use the database's clock, since they are about live processes, not about data. Times to wait are stored as durations:
the clocks of two machines differ, and a clock a day ahead would stop a host for a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from etl import processes
from etl.fetch.politeness import NO_STREAK, Streak
from etl.model import Outcome
from etl.states import RunKind
from etl.warehouse.load.refusals import write_each
from etl.warehouse.ops import runs

# Longer than any one request may take, with its redirects; a holder renews its lease before each request.
LEASE_SECONDS = 180
# Longer than a host can ask for (Retry-After is capped at a day): what is later was written under a clock ahead.
LONGEST_REST = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedFetch:
    """One request, for the log."""

    fetched_at: datetime
    host: str
    url: str
    kind: str
    status: int | None
    outcome: Outcome | None
    bytes: int
    error: str | None
    price: str | None = None  # that a 402 names


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """An acquired lease. `is_inherited`: from a holder that is gone and could not record its last request."""

    rest: timedelta  # until a visit is polite, as far as holders could say
    is_inherited: bool


def acquire(engine: Engine, host: str, holder: str) -> Acquired | None:
    """Acquire the lease of a host; None while another process holds it. Holders are named by `etl.processes`.

    The lease of a process of this machine that is gone is taken over at once, that of others when it has expired.
    """
    values = {"host": host, "holder": holder, "ttl": timedelta(seconds=LEASE_SECONDS)}
    with engine.begin() as connection:
        before = connection.execute(
            text("""
                SELECT holder, expires_at < now() OR expires_at > now() + 2 * CAST(:ttl AS interval) AS is_over
                FROM ops.host_lease WHERE host = :host FOR UPDATE
            """),
            values,
        ).first()
        holds = before is not None and before.holder is not None and before.holder != holder
        if before is not None and holds and not (before.is_over or processes.is_gone(before.holder)):
            return None
        # Twice the time: whoever waited for the row has the time at which it began, and a clock that was wrong is far off.
        # Without a row before, another may put its own there now: its holder is seen at the next try.
        found = connection.execute(
            text("""
                INSERT INTO ops.host_lease AS l (host, holder, expires_at, next_allowed_at)
                VALUES (:host, :holder, now() + :ttl, now())
                ON CONFLICT (host) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
                    next_allowed_at = LEAST(l.next_allowed_at, now() + :longest)
                WHERE :is_known
                RETURNING GREATEST(next_allowed_at - now(), interval '0')
            """),
            {**values, "is_known": before is not None, "longest": LONGEST_REST},
        ).scalar()
        return Acquired(rest=found, is_inherited=holds) if isinstance(found, timedelta) else None


def renew(engine: Engine, host: str, holder: str) -> bool:
    """Renew a lease; False when it was lost."""
    with engine.begin() as connection:
        return _one(
            connection,
            """
            UPDATE ops.host_lease SET expires_at = now() + :ttl
            WHERE host = :host AND holder = :holder AND expires_at >= now() RETURNING true
            """,
            {"host": host, "holder": holder, "ttl": timedelta(seconds=LEASE_SECONDS)},
        )


def streak(engine: Engine, host: str) -> Streak:
    """The host's counts of consecutive failures and refusals at the last release; for the holder of its lease."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT failures, refusals FROM ops.host_lease WHERE host = :host"), {"host": host}
        ).one_or_none()
    return Streak(failures=found.failures, refusals=found.refusals) if found else NO_STREAK


def release(engine: Engine, host: str, holder: str, rest: timedelta, streak: Streak = NO_STREAK) -> None:
    """Release a lease; record after how long the next visit is polite, and the counts of consecutive failures."""
    with engine.begin() as connection:
        _one(
            connection,
            """
            UPDATE ops.host_lease SET holder = NULL, next_allowed_at = GREATEST(next_allowed_at, now() + :rest),
                failures = :failures, refusals = :refusals
            WHERE host = :host AND holder = :holder RETURNING true
            """,
            {
                "host": host,
                "holder": holder,
                "rest": rest,
                "failures": streak.failures,
                "refusals": streak.refusals,
            },
        )


def spent(engine: Engine, host: str, day: date) -> int:
    """Requests that the host has had on a day (UTC)."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT requests FROM ops.host_day WHERE host = :host AND day = :day"), {"host": host, "day": day}
        ).scalar()
        return int(found or 0)


def left_for_discovery(engine: Engine, host: str, day: date, *, budget: int) -> int:
    """Requests that a run may send for feeds, sitemaps and sections of a host: half of what is left of a day (UTC).

    The other half is for the pages that they offer. The last request of a day goes to a document.
    """
    return (max(0, budget - spent(engine, host, day)) + 1) // 2


def left_for_fills(engine: Engine, host: str, day: date, *, budget: int) -> int:
    """Requests that a fill may still send to a host on a day (UTC), without taking what live runs are likely to need.

    Live runs are taken to need as many requests as on their busiest day of the last week; of a host that they have not
    visited for a week, half of its budget.
    """
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT h.day, h.requests AS all_requests, h.requests - COALESCE(f.requests, 0) AS live
                FROM ops.host_day h LEFT JOIN ops.fill_host_day f USING (host, day)
                WHERE h.host = :host AND h.day BETWEEN :first AND :day
            """),
            {"host": host, "first": day - timedelta(days=7), "day": day},
        ).all()
    spent: int = sum(r.all_requests for r in found if r.day == day)
    live_today: int = sum(r.live for r in found if r.day == day)
    before: int = max((r.live for r in found if r.day < day), default=0) or budget // 2
    return max(0, budget - spent - max(0, before - live_today))


def log(connection: Connection, run_id: str, fetches: Sequence[LoggedFetch]) -> None:
    """Write requests into the log and onto the budgets of their hosts."""
    if not fetches:
        return
    for day in sorted({f.fetched_at.astimezone(UTC).date().replace(day=1) for f in fetches}):
        _make_partition(connection, day)
    write_each(
        connection,
        fetches,
        lambda some: _insert(connection, run_id, some),
        refused=lambda f, why: _insert(connection, run_id, [replace(f, url="", error=why)]),
        name=lambda f: f.url,
    )
    requests: dict[tuple[str, date], int] = {}
    for f in fetches:
        key = (f.host, f.fetched_at.astimezone(UTC).date())
        requests[key] = requests.get(key, 0) + 1
    connection.execute(
        text("""
            INSERT INTO ops.host_day AS d (host, day, requests) VALUES (:host, :day, :n)
            ON CONFLICT (host, day) DO UPDATE SET requests = d.requests + excluded.requests
        """),
        [{"host": host, "day": day, "n": n} for (host, day), n in sorted(requests.items())],
    )
    if runs.kind_of(connection, run_id) is RunKind.FILL:
        connection.execute(
            text("""
                INSERT INTO ops.fill_host_day AS d (host, day, requests) VALUES (:host, :day, :n)
                ON CONFLICT (host, day) DO UPDATE SET requests = d.requests + excluded.requests
            """),
            [{"host": host, "day": day, "n": n} for (host, day), n in sorted(requests.items())],
        )


def _insert(connection: Connection, run_id: str, fetches: Sequence[LoggedFetch]) -> None:
    connection.execute(
        text("""
            INSERT INTO ops.fetch_log (fetched_at, run_id, host, url, kind, status, outcome, bytes, error, price)
            VALUES (:fetched_at, :run_id, :host, :url, :kind, :status, :outcome, :bytes, :error, :price)
        """),
        [
            {
                "fetched_at": f.fetched_at,
                "run_id": run_id,
                "host": f.host,
                "url": f.url,
                "kind": f.kind,
                "status": f.status,
                "outcome": f.outcome.value if f.outcome else None,
                "bytes": f.bytes,
                "error": f.error,
                "price": f.price,
            }
            for f in fetches
        ],
    )


def _make_partition(connection: Connection, month: date) -> None:
    name = f"ops.fetch_log_{month:%Y_%m}"
    if connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is not None:
        return
    after = (month + timedelta(days=32)).replace(day=1)
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
    connection.exec_driver_sql(
        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF ops.fetch_log FOR VALUES FROM ('{month}') TO ('{after}')"
    )


def _one(connection: Connection, query: str, values: dict[str, object]) -> bool:
    return connection.execute(text(query), values).scalar() is not None
