"""One PostgreSQL for a test session, and a fresh database for each test that asks for one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest
from sqlalchemy import URL, make_url

from benchmarks.databases import drop_database
from etl.embedded_postgres import server
from etl.warehouse.engine import open_engine
from etl.warehouse.schema import migrate

pytest_plugins = ["guarded_session"]  # no test connects to another machine, nor what it starts

# Ends the server when its input does: at the end of the session, or when the session was killed.
GUARD = (
    "import sys, shutil, pathlib; sys.stdin.read(); from etl.embedded_postgres import server; "
    "home = pathlib.Path(sys.argv[1]); server.destroy(home); shutil.rmtree(home.parent)"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: they begin while the others keep the second process busy, and none is left alone."""
    slow = {item.path for item in items if item.get_closest_marker("airflow") or item.get_closest_marker("e2e")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def postgres_server(postgres_home: Path) -> str:
    """The URL of a server whose role may create databases: NEWS_ETL_TEST_WAREHOUSE_URL, else one for this session."""
    if given := os.environ.get("NEWS_ETL_TEST_WAREHOUSE_URL"):
        return make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return server.ensure(postgres_home, durable=False)


@pytest.fixture(scope="session")
def postgres_home() -> Iterator[Path]:
    """Where an embedded server of this session lies, or would."""
    # Not below pytest's own folder: it has mode 0700, and root's server runs as another account.
    folder = Path(tempfile.mkdtemp(prefix="news-etl-test-"))
    folder.chmod(0o711)
    home = folder / "postgres"
    guard = subprocess.Popen([sys.executable, "-c", GUARD, str(home)], stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield home
    finally:
        guard.communicate(timeout=120)


@pytest.fixture(scope="session")
def migrated_database(postgres_server: str) -> Iterator[str]:
    """The name of a database with the current schema. It is only copied, which is faster than migrating each."""
    with _database(postgres_server, "template0") as url:
        engine = open_engine(url)
        migrate.upgrade(engine)
        engine.dispose()
        yield str(make_url(url).database)


@pytest.fixture
def database_url(postgres_server: str, migrated_database: str) -> Iterator[str]:
    """The URL of a migrated database of this test's own."""
    with _database(postgres_server, migrated_database) as url:
        yield url


@pytest.fixture(scope="session")
def copied_database(postgres_server: str, migrated_database: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes a migrated database that several tests share, and drops it at the end of the context; gives its URL."""
    return lambda: _database(postgres_server, migrated_database)


@pytest.fixture
def reader_url(database_url: str, postgres_home: Path) -> str:
    """The URL by which that database can only be read."""
    if not postgres_home.exists():
        pytest.skip("the server of NEWS_ETL_TEST_WAREHOUSE_URL has no login that can only read")
    return server.reader_url(postgres_home, database=str(make_url(database_url).database))


@pytest.fixture
def empty_database_url(postgres_server: str) -> Iterator[str]:
    """The URL of a database of this test's own without any schema."""
    with _database(postgres_server, "template0") as url:
        yield url


@contextmanager
def _database(server_url: str, template: str) -> Iterator[str]:
    url = make_url(server_url)
    name = f"test_{token_hex(6)}"
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(_plain(url), autocommit=True) as connection:
            drop_database(connection, name)


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
