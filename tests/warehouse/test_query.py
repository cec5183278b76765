"""`news-etl query` reads: whatever is asked, no row, session, file or setting of anybody changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from observations import observation
from sqlalchemy import Engine, make_url, text
from typer.testing import CliRunner

from etl import cli
from etl.embedded_postgres import server
from etl.errors import Permanent
from etl.warehouse import queries
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import fingerprint
from etl.warehouse.load.load import activate_rules, load_batch
from etl.warehouse.schema import migrate

# What would write, or get out, and what is said of it.
ATTEMPTS = [
    ("SELECT 1; COMMIT; DELETE FROM core.tombstone", "one statement at a time"),
    ("SELECT 1; SELECT 2", "one statement at a time"),
    ("/* a */ -- b\n SELECT 1; /* c */ DROP TABLE core.body", "one statement at a time"),
    ("DELETE FROM core.tombstone", "no rows"),
    ("DELETE FROM core.tombstone RETURNING url_key", "read-only|may not"),
    ("INSERT INTO core.body VALUES ('\\x00', 'x') RETURNING 1", "read-only|may not"),
    ("UPDATE core.article SET url = 'x' RETURNING 1", "read-only|may not"),
    ("MERGE INTO core.body b USING (VALUES (1)) v ON true WHEN MATCHED THEN DELETE", "no rows"),
    ("WITH gone AS (DELETE FROM core.tombstone RETURNING *) SELECT count(*) FROM gone", "read-only|may not"),
    ("EXPLAIN ANALYZE DELETE FROM core.tombstone", "read-only|may not"),
    ("TRUNCATE core.body CASCADE", "no rows"),
    ("COMMIT", "no rows"),
    ("ROLLBACK AND CHAIN", "no rows"),
    ("SET TRANSACTION READ WRITE", "no rows"),
    ("SET SESSION AUTHORIZATION news", "no rows"),
    ("RESET ROLE", "no rows"),
    ("SELECT set_config('transaction_read_only', 'off', true)", "read-write mode"),
    ("SELECT set_config('role', 'news', false), (SELECT count(*) FROM core.tombstone)", "permission|may not"),
    ("SELECT set_config('session_authorization', 'news', false)", "permission|may not"),
    ("SELECT set_config('role', 'postgres', false)", "permission|may not"),
    ("DO $$ BEGIN COMMIT; DELETE FROM core.tombstone; END $$", "no rows"),
    ("DO $$ BEGIN SET TRANSACTION READ WRITE; PERFORM pg_sleep(60); END $$", "no rows"),
    ("LOCK TABLE core.url IN ACCESS EXCLUSIVE MODE", "no rows"),
    ("SELECT * FROM core.url FOR UPDATE", "read-only|may not"),
    ("SELECT * INTO TEMP stolen FROM core.url", "no rows"),
    ("CREATE TEMP TABLE stolen AS SELECT * FROM core.url", "no rows"),
    ("COPY core.body TO PROGRAM 'touch /tmp/news-etl-escaped'", "no rows"),
    ("COPY core.body TO STDOUT", "no rows"),
    ("SELECT pg_read_file('/etc/passwd')", "permission|may not"),
    ("SELECT pg_ls_dir('/')", "permission|may not"),
    ("SELECT lo_import('/etc/passwd')", "permission|may not|read-only"),
    ("SELECT lo_export(1, '/tmp/news-etl-escaped')", "permission|may not|read-only"),
    ("SELECT lo_from_bytea(0, 'x')", "read-only"),
    ("SELECT nextval('ops.story_change_change_no_seq')", "read-only|may not"),
    ("SELECT setval('ops.story_change_change_no_seq', 99)", "read-only|may not"),
    ("SELECT rolpassword FROM pg_authid", "may not"),
    ("SELECT usename, passwd FROM pg_shadow", "may not"),
    ("SELECT query_to_xml('DELETE FROM core.tombstone', true, true, '')", "not allowed|read-only|may not"),
    ("SELECT database_to_xml(true, true, 'x') IS NULL FROM core.nothing", "does not exist"),
    ("SELECT pg_reload_conf()", "permission|may not"),
    ("SELECT pg_switch_wal()", "permission|may not"),
    ("SELECT pg_create_restore_point('x')", "permission|may not"),
    ("SELECT * FROM dblink('dbname=news', 'DELETE FROM core.tombstone') AS t (a text)", "does not exist"),
    ("CREATE EXTENSION dblink", "no rows"),
    ("ALTER ROLE news_reader CREATEROLE", "no rows"),
    ("GRANT news TO news_reader", "no rows"),
    ("PREPARE TRANSACTION 'x'", "no rows"),
    ("PREPARE p AS DELETE FROM core.tombstone", "no rows"),
    ("EXECUTE p", "no rows"),
    ("DECLARE c CURSOR WITH HOLD FOR SELECT 1", "no rows"),
    ("LISTEN x", "no rows"),
    ("VACUUM core.body", "no rows"),
    ("SELECT pg_sleep(3600)", "took longer than 1 s"),
    ("SELECT set_config('statement_timeout', '0', true), pg_sleep(3600)", "took longer than 1 s"),
    ("SELECT count(*) FROM generate_series(1, 9e15::bigint)", "took longer than 1 s"),
    ("SELECT $1::text", "parameters"),
    ("", "the query is empty"),
    ("-- nothing", "the query is empty"),
    ("SELECT 'a\x00b'", "NUL"),
    ("SELECT '\ud800'", "no character"),
]  # fmt: skip


@pytest.fixture(scope="module")
def shared_url(copied_database: Any) -> Iterator[str]:
    with copied_database() as url:
        _fill(url)
        yield url


def _fill(url: str) -> None:
    engine = open_engine(url)
    activate_rules(engine, ["r1"])
    made = [observation(f"https://news.example/{n}", text=t) for n, t in enumerate(("Первое.", "عربي", "日本語"))]
    load_batch(engine, made, batch_key="b", sha256="s", rules_version="r1")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO core.tombstone VALUES ('\\x01', 'request', now())"))
    engine.dispose()


@pytest.fixture(scope="module")
def owner(shared_url: str) -> Iterator[Engine]:
    engine = open_engine(shared_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def reader(shared_url: str, postgres_home: Path) -> Iterator[Engine]:
    if not postgres_home.exists():
        pytest.skip("the server of NEWS_ETL_TEST_WAREHOUSE_URL has no login that can only read")
    engine = open_engine(server.reader_url(postgres_home, database=str(make_url(shared_url).database)))
    yield engine
    engine.dispose()


def state(owner: Engine) -> Any:
    with owner.connect() as connection:
        return fingerprint(owner), connection.execute(
            text("SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_largeobject_metadata), "
                 "(SELECT count(*) FROM pg_auth_members), (SELECT last_value FROM ops.story_change_change_no_seq), "
                 "(SELECT count(*) FROM pg_prepared_xacts)")
        ).one()  # fmt: skip


@pytest.mark.parametrize("sql", [sql for sql, _ in ATTEMPTS])
def test_an_attempt_to_write_or_to_get_out_ends_in_a_clear_error_and_changes_nothing(reader, owner, sql):
    before = state(owner)
    with pytest.raises(Permanent, match=dict(ATTEMPTS)[sql]):
        queries.rows(reader, sql, limit_s=1)
    assert state(owner) == before
    assert not Path("/tmp/news-etl-escaped").exists()
    assert queries.rows(reader, "SELECT current_user::text")[1] == [("news_reader",)]  # and nothing is left behind


@pytest.mark.parametrize(
    "sql", [s for s, why in ATTEMPTS if "no rows" in why or "one statement" in why or "longer" in why]
)
def test_what_is_not_run_is_not_run_as_the_owner_either(owner, sql):
    before = state(owner)
    with pytest.raises(Permanent, match=dict(ATTEMPTS)[sql]):
        queries.rows(owner, sql, limit_s=1)
    assert state(owner) == before


def test_sessions_of_others_cannot_be_ended_nor_locked_out(reader, owner):
    with owner.connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        for call in ("pg_terminate_backend", "pg_cancel_backend"):
            with pytest.raises(Permanent, match="may not"):
                queries.rows(reader, f"SELECT {call}({pid})")
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT count(*) FROM news.article", [(3,)]),
        ("WITH a AS (SELECT 1 AS n) TABLE a", [(1,)]),
        ("VALUES ('50 %', '%s', '%(a)s')", [("50 %", "%s", "%(a)s")]),
        ("SHOW transaction_read_only", [("on",)]),
        ("SELECT count(*) FROM core.tombstone", [(1,)]),
        ("SELECT count(*) FROM ops.load_batch;", [(1,)]),
        ("(SELECT 1 UNION SELECT 2) ORDER BY 1", [(1,), (2,)]),
        ("SELECT text FROM news.article_text ORDER BY text_id LIMIT 0", []),
        ("SELECT ';' || $a$;DELETE$a$", [(";;DELETE",)]),
        ("SELECT jsonb_build_object('a', ARRAY[1]), NULL, now() IS NOT NULL", [({"a": [1]}, None, True)]),
    ],
)
def test_what_reads_is_answered(reader, sql, found):
    assert queries.rows(reader, sql)[1] == found


def test_a_long_answer_is_cut_where_it_is_asked_and_not_read_to_its_end(reader):
    columns, found, is_cut = queries.rows(reader, "SELECT generate_series(1, 100000000000) AS n", limit=3)
    assert (columns, found, is_cut) == (("n",), [(1,), (2,), (3,)], True)
    assert queries.rows(reader, "SELECT 1 AS n", limit=1) == (("n",), [(1,)], False)


def test_who_reads_can_read_and_nothing_else_and_the_owner_is_found_out(reader, owner):
    assert queries.check_reader(reader, is_named=True) is None
    assert "NEWS_ETL_READER_URL" in (queries.check_reader(owner, is_named=False) or "")
    with pytest.raises(Permanent, match="could change rows of the warehouse in a query"):
        queries.check_reader(owner, is_named=True)


def test_tables_of_later_versions_can_be_read_and_what_was_taken_away_stays_away(database_url, reader_url):
    _fill(database_url)
    owner, reader = open_engine(database_url), open_engine(reader_url)
    with owner.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE core.later AS SELECT 1 AS n")
        connection.exec_driver_sql("REVOKE SELECT ON core.body FROM news_reader")
    migrate.upgrade(owner)
    assert queries.rows(reader, "SELECT n FROM core.later")[1] == [(1,)]
    with pytest.raises(Permanent, match=r"may not \(permission denied for table body\)"):
        queries.rows(reader, "SELECT * FROM core.body")
    assert len(queries.rows(reader, "SELECT * FROM news.article_text")[1]) == 3
    owner.dispose()
    reader.dispose()


def test_the_command_reads_as_the_login_that_is_named(reader, owner, tmp_path, monkeypatch):
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", owner.url.render_as_string(hide_password=False))

    def run(*words: str) -> Any:
        return CliRunner().invoke(cli.app, ["query", "--json", *words])

    as_owner = run("SELECT current_user::text AS who")
    assert json.loads(as_owner.stdout)["who"] != "news_reader" and as_owner.stderr == ""
    assert "NEWS_ETL_READER_URL" in CliRunner().invoke(cli.app, ["query", "SELECT 1"]).stderr
    monkeypatch.setenv("NEWS_ETL_READER_URL", reader.url.set(drivername="postgresql").render_as_string(False))
    named = run("SELECT current_user::text AS who")
    assert json.loads(named.stdout) == {"who": "news_reader"} and named.stderr == ""
    monkeypatch.setenv("NEWS_ETL_READER_URL", owner.url.render_as_string(hide_password=False))
    assert "could change rows" in str(run("SELECT 1").exception)
