"""One PostgreSQL for a test session, and a fresh database for each test that asks for one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest
from sqlalchemy import URL, make_url

from benchmarks.databases import drop_database
from etl.warehouse import server

# Ends the server when its input does: at the end of the session, or when the session was killed.
GUARD = (
    "import sys, shutil, pathlib; sys.stdin.read(); from etl.warehouse import server; "
    "home = pathlib.Path(sys.argv[1]); server.destroy(home); shutil.rmtree(home.parent)"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: they begin while the others keep the second process busy, and none is left alone."""
    slow = {item.path for item in items if item.get_closest_marker("airflow") or item.get_closest_marker("e2e")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server whose role may create databases: NEWS_ETL_TEST_WAREHOUSE_URL, else one for this session."""
    if given := os.environ.get("NEWS_ETL_TEST_WAREHOUSE_URL"):
        yield make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return
    # Not below pytest's own folder: it has mode 0700, and root's server runs as somebody else.
    folder = Path(tempfile.mkdtemp(prefix="news-etl-test-"))
    folder.chmod(0o711)
    home = folder / "postgres"
    guard = subprocess.Popen([sys.executable, "-c", GUARD, str(home)], stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield server.ensure(home, durable=False)
    finally:
        guard.communicate(timeout=120)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty database that all tests of this session share."""
    with _database(postgres_server, "template0") as url:
        yield url


@pytest.fixture(scope="session")
def database_template() -> str:
    """The database that `database_url` copies. A folder's conftest.py may name another, such as a migrated one."""
    return "template0"


@pytest.fixture
def database_url(postgres_server: str, database_template: str) -> Iterator[str]:
    """The URL of a database of this test's own, a copy of `database_template`; about 0.1 s."""
    with _database(postgres_server, database_template) as url:
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
