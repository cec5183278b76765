"""Brings a database's schema up to date: Alembic migrations, then the views, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from etl.errors import Permanent
from etl.paths import data
from etl.warehouse import archive_tables, story_tables  # noqa: F401  (their tables belong to the one schema)

# Any number that nobody else uses: one migration at a time, whoever starts it.
ADVISORY_LOCK = 0x6E657773


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an ini file."""
    cfg = Config()
    cfg.set_main_option("script_location", str(data("sql") / "migrations").replace("%", "%%"))
    cfg.set_main_option("path_separator", "os")
    cfg.attributes["connection"] = connection
    return cfg


def head() -> str:
    """The schema version that this code needs."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    assert found is not None
    return found


def current(connection: Connection) -> str | None:
    """The schema version of the database; None when it is empty."""
    context = MigrationContext.configure(
        connection, opts={"version_table": "schema_version", "version_table_schema": "ops"}
    )
    return context.get_current_revision()


def view_files() -> list[Path]:
    """The views, in the order in which they are created: the file names are numbered."""
    return sorted((data("sql") / "views").glob("*.sql"))


def upgrade(engine: Engine) -> str:
    """Bring the schema to `head()` and create the views anew; does nothing when both are there. Returns the version.

    Safe to call by several processes at once. Views hold no data: they are dropped and made again from their files, and
    a view that somebody else built upon them is named in the error instead of being dropped.
    """
    target = head()
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        for schema in ("core", "ops", "news"):
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        if current(connection) != target:
            command.upgrade(config(connection), "head")
        _create_views(connection)
    return target


def require_current(connection: Connection) -> None:
    """Raise `Permanent` unless the database has the schema that this code needs."""
    found, wanted = current(connection), head()
    if found != wanted:
        raise Permanent(f"the warehouse has schema {found or 'none'}, this code needs {wanted}: run `news-etl migrate`")


def _create_views(connection: Connection) -> None:
    files = view_files()
    digest = "\n".join(f.read_text(encoding="utf-8") for f in files)
    known = connection.execute(text("SELECT obj_description('news'::regnamespace, 'pg_namespace')")).scalar()
    mark = f"Views for consumers. Made from sql/views, {_sha256(digest)}"
    if known == mark:
        return
    for name in reversed(files):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS news.{name.stem.partition('_')[2]}")
    for file in files:
        connection.exec_driver_sql(file.read_text(encoding="utf-8").replace("%", "%%"))
    connection.exec_driver_sql(f"COMMENT ON SCHEMA news IS '{mark}'")


def _sha256(value: str) -> str:
    import hashlib

    return hashlib.sha256(value.encode()).hexdigest()
