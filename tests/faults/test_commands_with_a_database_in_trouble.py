"""Each command on a database that is away, refuses, is full of connections, takes no writes, cancels or is locked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from calling import Caller, Ended
from sqlalchemy import make_url

from benchmarks.faulty_commands import Command, commands

PASSWORD = "geheimes-wort"


def check(ended: Ended, *, code: int, words: str, command: Command) -> None:
    """One line that says what happened, exit as README's table promises, no password."""
    if command.name.startswith("doctor"):
        code = 3  # it names what is wrong, of whatever kind
    assert ended.defect is None, (command.name, ended.defect)
    assert ended.code == code, (command.name, ended)
    said = " ".join((ended.out + ended.err).split()).replace(" │ ", " ")
    assert "Traceback" not in said
    assert PASSWORD not in said
    if not command.name.startswith("doctor"):  # its table breaks lines
        is_refused_before = command.name == "rebuild" and "is not empty" in said  # it looks before it would write
        assert words in said or is_refused_before, (command.name, said)
        assert "news-etl: " in ended.err, (command.name, ended.err)


@contextmanager
def altered(url: str, change: str, back: str) -> Iterator[None]:
    """The database under a setting of its own."""
    server = make_url(url)
    admin = server.set(database="postgres", drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{server.database}" {change}'.encode())
        try:
            yield
        finally:
            connection.execute(f'ALTER DATABASE "{server.database}" {back}'.encode())


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda url: url.set(port=1, password=PASSWORD), 75, "cannot be reached: connection failed"),
        (lambda url: url.set(password=PASSWORD), 2, "refuses the login"),
        (lambda url: url.set(database="nowhere"), 2, "has no such database"),
        (lambda url: url.update_query_dict({"sslmode": "require"}), 2, "cannot be connected to as set"),
        (lambda url: url.update_query_dict({"nonsense": PASSWORD}), 2, "cannot be connected to as set"),
    ],
)
def test_a_database_that_takes_no_connection_ends_each_command_in_one_sentence(
    environment, call: Caller, inputs: Path, postgres_server: str, change, code: int, words: str
) -> None:
    environment.setenv(
        "NEWS_ETL_WAREHOUSE_URL", change(make_url(postgres_server)).render_as_string(hide_password=False)
    )
    for command in commands(inputs):
        check(call(*command.argv), code=code, words=words, command=command)


def test_a_url_that_is_none_is_a_setting(environment, call: Caller, inputs: Path) -> None:
    for url in (f"postgresql://news:{PASSWORD}@db:port/news", f"postgresql://news:{PASSWORD}@[::1/news"):
        environment.setenv("NEWS_ETL_WAREHOUSE_URL", url)
        for command in commands(inputs):
            check(call(*command.argv), code=2, words="NEWS_ETL_WAREHOUSE_URL is no URL", command=command)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "back", "code", "words"),
    [
        ("CONNECTION LIMIT 0", "CONNECTION LIMIT -1", 75, "has no connection left"),
        ("ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true", 75, "takes no connections at the moment"),
        ("SET statement_timeout = '1ms'", "RESET statement_timeout", 75, "cancelled a statement"),
        ("SET default_transaction_read_only = on", "RESET default_transaction_read_only", 2, "takes no writes"),
    ],
)
def test_a_database_in_trouble_ends_each_command_in_one_sentence_and_changes_nothing(
    call: Caller, inputs: Path, warehouse: str, change: str, back: str, code: int, words: str
) -> None:
    before = call("status", "--fingerprint").out
    with altered(warehouse, change, back):
        for command in commands(inputs):
            ended = call(*command.argv)
            if code == 2 and ended.code in (0, 3):
                # On a database that takes no writes what only reads goes on, and what has nothing to write.
                has_nothing_to_write = ("migrate", "replay", "replay lost", "compact", "retain")
                assert command.is_reading or command.name in has_nothing_to_write, command.name
                continue
            if "statement_timeout" in change and ended.code in (0, 2, 3):
                assert ended.defect is None, (command.name, ended.defect)
                continue  # a millisecond was enough: it ended as it does in peace
            check(ended, code=code, words=words, command=command)
    if "statement_timeout" not in change:
        assert call("status", "--fingerprint").out == before
