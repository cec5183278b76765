"""The connection to the warehouse: an explicit URL, else the embedded server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import PoolResetState

from etl import faults
from etl.embedded_postgres import server
from etl.errors import SettingError
from etl.settings import Settings
from etl.warehouse.texts import make_storable


@contextmanager
def opened(settings: Settings, *, application_name: str = "news-etl") -> Iterator[Engine]:
    """An engine for the warehouse, disposed of at the end; starts the embedded server when no URL is set.

    Faults of database, lake or disk within the block are raised as `Transient`, `SettingError` or `Permanent`, with the
    warehouse's address: see `etl.faults`.
    """
    url = settings.warehouse_url or server.ensure(settings.postgres_dir)
    engine = open_engine(url, application_name=application_name)
    with faults_of(engine):
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def opened_for_reading(settings: Settings) -> Iterator[Engine]:
    """An engine for ad-hoc queries, with a read-only login where there is one (`NEWS_ETL_READER_URL`; on the embedded server
    always), else with that of the warehouse. See `opened`."""
    url = settings.reader_url or settings.warehouse_url
    if url is None:
        server.ensure(settings.postgres_dir)
        url = server.reader_url(settings.postgres_dir)
    engine = open_engine(url, application_name="news-etl query")
    with faults_of(engine):
        try:
            yield engine
        finally:
            engine.dispose()


def open_engine(url: str, *, application_name: str = "news-etl") -> Engine:
    """An engine for a URL, with what all our sessions share. Raises `SettingError` for a URL that is none."""
    try:
        engine = create_engine(
            make_url(url),
            pool_pre_ping=True,
            pool_reset_on_return=None,  # done by `_take_back`
            connect_args={"application_name": application_name, "options": "-c timezone=UTC", "connect_timeout": 10},
        )
    except (ArgumentError, ValueError) as error:
        raise SettingError(
            "NEWS_ETL_WAREHOUSE_URL is no URL of a database: give postgresql://user:password@host:port/database, with "
            "special characters of the password escaped (%40 for @)"
        ) from error
    event.listen(engine, "reset", _take_back)
    make_storable(engine)
    return engine


def _take_back(driver: psycopg.Connection[Any], record: object, state: PoolResetState) -> None:
    """Roll back a connection that is returned to the pool, unless that was done.

    This replaces SQLAlchemy's own reset. If the connection was lost, the server has rolled back, and the pool opens another.
    SQLAlchemy would print a traceback where only the driver has noticed that, as after COPY and in ad-hoc queries.
    """
    if state.transaction_was_reset or driver.closed:
        return
    try:
        driver.rollback()
    except psycopg.OperationalError:
        if not driver.closed:
            raise


@contextmanager
def faults_of(engine: Engine, doing: str = "") -> Iterator[None]:
    """Raise faults of the database and others as our errors; `doing` names the work in the message."""
    where = f"the warehouse {address(engine)}"
    with faults.told(f"{doing}: {where}" if doing else where):
        yield


def address(engine: Engine) -> str:
    """The address of an engine's database for messages, without password and options."""
    return engine.url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)
