"""One database for the tests of a file that load: emptied for each, which takes a tenth of the time of a new one."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import token_hex

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text

from benchmarks.databases import drop_database
from etl.warehouse.engine import open_engine
from etl.warehouse.load.load import activate_rules

LOADED = """
    SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
    WHERE schemaname IN ('core', 'ops') AND tablename <> 'schema_version' AND tablename !~ '^fetch_log_'
"""


@pytest.fixture(scope="module")
def database_of_the_file(postgres_server: str, migrated_database: str) -> Iterator[Engine]:
    """An engine for a migrated database that the tests of a file share."""
    server, name = make_url(postgres_server), f"test_{token_hex(6)}"
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_database}"')
    engine = open_engine(server.set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with psycopg.connect(plain, autocommit=True) as connection:
        drop_database(connection, name)


@pytest.fixture
def emptied(database_of_the_file: Engine) -> Engine:
    """The file's database without a row, with `r1` as the current rules version."""
    with database_of_the_file.begin() as connection:
        connection.execute(text(f"TRUNCATE {connection.execute(text(LOADED)).scalar()} CASCADE"))
    activate_rules(database_of_the_file, ["r1"])
    return database_of_the_file
