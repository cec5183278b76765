"""Brings a database's schema up to date while other sessions work.

First one transaction: Alembic's migrations, the views (`views`), the read-only role (`readers`). It waits for locks only
briefly, and is tried again (`waiting`), so that other sessions wait no longer than that. Then the indexes, each built
concurrently (`indexes`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from etl.errors import Permanent, Transient
from etl.paths import data
from etl.urls import KEY_VERSION
from etl.warehouse.schema import indexes, readers, views
from etl.warehouse.schema.waiting import described, patiently

if TYPE_CHECKING:  # a third of a second, in every task: loaded where there is something to migrate
    from alembic.config import Config

# An arbitrary number for an advisory lock: one migration at a time.
ADVISORY_LOCK = 0x6E657773
ALONE_S = 600.0  # how long another one may take: it may be building indexes
POLL_S = 0.2
HOLDER = """
SELECT a.pid, a.usename AS role, a.application_name AS application, a.xact_start AS since, a.state, a.query
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :key AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# What PostgreSQL refuses since something of others is in the way: dependants, a column that a view uses, rights.
REFUSALS = {
    "2BP01": "something that others built depends on what changes",
    "0A000": "something that others built depends on what changes",
    "42501": "the role of the warehouse's URL lacks a right",
}


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an ini file."""
    from alembic.config import Config

    cfg = Config()
    cfg.set_main_option("script_location", str(data("sql") / "migrations").replace("%", "%%"))
    cfg.set_main_option("path_separator", "os")
    cfg.attributes["connection"] = connection
    return cfg


def head() -> str:
    """The schema version that this code needs: that of the last migration, by the numbers of their files."""
    return max(path.name.split("_")[0] for path in (data("sql") / "migrations" / "versions").glob("[0-9]*.py"))


def current(connection: Connection) -> str | None:
    """The schema version of the database; None when it is empty."""
    if connection.execute(text("SELECT to_regclass('ops.schema_version')")).scalar() is None:
        return None
    found = connection.execute(text("SELECT version_num FROM ops.schema_version")).scalar_one_or_none()
    return None if found is None else str(found)


def upgrade(engine: Engine, *, say: Callable[[str], None] = lambda line: None) -> str:
    """Bring the schema to `head()`; does nothing when it is there. Returns the version.

    Several processes may call it at once, and it may be stopped at any moment: the next call resumes. Grants, comments, and
    objects that depend on the views stay; where they cannot, `Permanent` names them, and nothing is changed. Raises
    `Transient` with the session that holds a lock for too long.
    """
    target = head()
    with engine.connect() as connection:
        if _is_current(connection, target):
            return target
    with _alone(engine):
        try:
            # Before as well: what a migration does to rows, it finds by them.
            indexes.build(engine, say=say)
            patiently(engine, lambda connection: _upgrade(connection, target), what="bringing the schema up to date")
            indexes.build(engine, say=say)
        except DBAPIError as error:
            why = REFUSALS.get(getattr(error.orig, "sqlstate", None) or "")
            if why is None:
                raise
            raise Permanent(f"the schema cannot be brought up to date: {why}: {error.orig}") from error
    return target


def require_current(connection: Connection, *, keys: bool = True) -> None:
    """Raise `Permanent` unless the database has the schema, and the URL keys, that this code needs."""
    found, wanted = current(connection), head()
    if found != wanted:
        raise Permanent(f"the warehouse has schema {found or 'none'}, this code needs {wanted}: run `news-etl migrate`")
    if keys and (version := keys_of(connection)) != KEY_VERSION:
        raise Permanent(
            f"the warehouse has URL keys of version {version}, this code makes those of version {KEY_VERSION}: run "
            "`news-etl migrate`, which moves the rows (a million pages take up to an hour; stopped, it goes on)"
        )


def keys_of(connection: Connection) -> int:
    """The version of the URL keys that the rows have; while they are moved, that of before."""
    found = connection.execute(text("SELECT version FROM ops.key_version")).scalar_one_or_none()
    return KEY_VERSION if found is None else int(found)  # emptied with all other tables


def _is_current(connection: Connection, target: str) -> bool:
    return (
        current(connection) == target
        and views.is_current(connection)
        and readers.is_current(connection)
        and not indexes.missing(connection)
        and not indexes.left_over(connection)
    )


def _upgrade(connection: Connection, target: str) -> None:
    for schema in ("core", "ops", "news"):
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    if current(connection) != target:
        from alembic import command

        command.upgrade(config(connection), "head")
    if not views.is_current(connection):
        views.bring_up_to_date(connection)
    readers.ensure(connection)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold the lock for migrations.

    It is tried repeatedly, never waited for: a waiting session holds a snapshot, and building an index waits for that. It is
    a transaction's lock, not a session's, since sessions are shared behind a pooler; the transaction reads nothing, so no
    other session waits for it.
    """
    until = time.monotonic() + ALONE_S
    with engine.connect() as connection:
        while not connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK}).scalar():
            holders = [described(row) for row in connection.execute(text(HOLDER), {"key": ADVISORY_LOCK})]
            connection.rollback()
            if time.monotonic() > until:
                raise Transient(
                    f"somebody else has been bringing the schema up to date for {ALONE_S:.0f} s: "
                    f"{'; '.join(holders) or 'nobody that can be seen'}. Try again when it has ended"
                )
            time.sleep(POLL_S)
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield
        connection.rollback()
