"""Connections that are lost where only the driver sees it: one sentence, no traceback of the pool's beside it."""

from __future__ import annotations

import logging
from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import Connection, text

from etl.errors import Transient
from etl.warehouse.engine import faults_of, open_engine


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


@pytest.mark.parametrize("doing", ["query", "copy", "idle", "in a transaction", "stream"])
def test_a_connection_that_is_ended_by_the_server_is_told_once(
    database_url: str, caplog: pytest.LogCaptureFixture, doing: str
) -> None:
    engine, other = open_engine(database_url), open_engine(database_url)
    caplog.set_level(logging.ERROR)
    with pytest.raises(Transient, match="ended the connection"), faults_of(engine), engine.connect() as connection:
        if doing == "in a transaction":
            connection.execute(text("SELECT 1"))
        driver = driver_of(connection)
        with other.begin() as ending:
            ending.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": driver.info.backend_pid})
        with driver.cursor() as cursor:
            if doing == "copy":
                with cursor.copy("COPY (SELECT 1) TO STDOUT") as copy:
                    copy.read()
            elif doing == "stream":
                list(cursor.stream("SELECT generate_series(1, 1000)"))
            else:
                cursor.execute("SELECT 1")
    assert [record.getMessage() for record in caplog.records] == []
    with engine.connect() as again:  # the pool gives another one
        assert again.execute(text("SELECT 1")).scalar_one() == 1
    for each in (engine, other):
        each.dispose()


def test_what_a_connection_had_not_committed_is_gone_when_it_is_given_back(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        driver = driver_of(connection)
        driver.execute("CREATE TABLE left_over (n int)")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('left_over')")).scalar() is None
        assert driver_of(connection) is driver
    engine.dispose()
