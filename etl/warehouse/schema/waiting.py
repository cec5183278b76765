"""Waits for locks without blocking other sessions: a schema change gives up soon, names the blocking session, and retries.

A statement that waits for an exclusive lock blocks all later sessions, readers too. So a transaction that changes the schema
waits `BUDGET_S` for all its locks together, then rolls back, pauses, and tries again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError

from etl.errors import Transient
from etl.faults import as_ours

# Seconds that a transaction waits for its locks in all. Longer than PostgreSQL's deadlock_timeout (1 s): only after that a
# blocking autovacuum is cancelled.
BUDGET_S = 1.5
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)  # between tries
LEAST_MS = 10  # for what is free, once the budget is spent: no lock_timeout of 0, which means "for ever"
WATCH_EVERY_S = 0.1
LOCK_NOT_AVAILABLE = "55P03"
AGAIN = frozenset({LOCK_NOT_AVAILABLE, "40P01"})  # the other one is deadlock

BLOCKERS = """
SELECT a.pid, a.usename AS role, a.application_name AS application, COALESCE(a.xact_start, a.backend_start) AS since,
       a.state, a.query
FROM pg_stat_activity a WHERE a.pid = ANY(pg_blocking_pids(:pid)) ORDER BY since
"""

T = TypeVar("T")


def patiently(
    engine: Engine,
    work: Callable[[Connection], T],
    *,
    what: str,
    budget_s: float = BUDGET_S,
    pauses_s: Sequence[float] = PAUSES_S,
) -> T:
    """Run `work` in one transaction that waits for locks `budget_s` in all, and is tried again after pauses; its result.

    On a connection in autocommit mode each statement may wait as long. Raises `Transient` with the session that blocked the
    last try.
    """
    seen: list[str] = []
    for pause in (*pauses_s, None):
        with engine.connect() as connection, _watched(engine, connection, seen):
            try:
                with connection.begin(), _bounded(connection, budget_s):
                    return work(connection)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in AGAIN:
                    raise
                if pause is None:
                    raise Transient(
                        f"{what} needs locks that other sessions hold, and gave up after {len(pauses_s) + 1} tries of "
                        f"{budget_s:g} s, in order not to block others. Blocked by: {'; '.join(seen) or error.orig}. "
                        "Let it end (or end it: SELECT pg_terminate_backend(pid)), then do this again"
                    ) from error
        time.sleep(pause)
    raise AssertionError("unreachable")


@contextmanager
def _bounded(connection: Connection, seconds: float) -> Iterator[None]:
    """Let the statements of a connection wait for locks `seconds` in all; in autocommit mode each of them."""
    until = time.monotonic() + seconds
    driver: Any = connection.connection.driver_connection
    is_autocommit: bool = driver.autocommit

    def before(_connection: Any, cursor: Any, *_: Any) -> None:
        left = seconds if is_autocommit else until - time.monotonic()
        scope = "SESSION" if is_autocommit else "LOCAL"
        cursor.execute(f"SET {scope} lock_timeout = {max(LEAST_MS, int(left * 1000))}")

    event.listen(connection, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", before)
        if is_autocommit and not connection.invalidated:
            connection.exec_driver_sql("RESET lock_timeout")


@contextmanager
def _watched(engine: Engine, connection: Connection, seen: list[str]) -> Iterator[None]:
    """Keep in `seen` the session that last blocked a connection's backend."""
    driver: Any = connection.connection.driver_connection
    pid: int = driver.info.backend_pid
    over = Event()
    thread = Thread(target=_watch, args=(engine, pid, over, seen), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _watch(engine: Engine, pid: int, over: Event, seen: list[str]) -> None:
    if over.wait(WATCH_EVERY_S):
        return
    try:
        # Transactions of one statement: building an index waits for those that are open.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not over.wait(WATCH_EVERY_S):
                if found := connection.execute(text(BLOCKERS), {"pid": pid}).all():
                    seen[:] = [described(row) for row in found]
    except Exception as error:
        if as_ours(error) is None:
            raise
        # The database went away: who is watched meets the same, and says it.


def described(row: Any) -> str:
    """A session of pg_stat_activity in words. Of other roles' sessions PostgreSQL may not show state and query."""
    since = f" since {row.since:%Y-%m-%d %H:%M:%S %Z}" if isinstance(row.since, datetime) else ""
    application = f", application {row.application}" if row.application else ""
    query = " ".join((row.query or "").split())[:200]
    return f"session {row.pid} of role {row.role}{application},{since or ' running'} ({row.state or 'active'}): {query}"
