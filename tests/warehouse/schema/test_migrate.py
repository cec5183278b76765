"""Bringing a schema up to date: what others hold, were granted and have built stays; who is in the way is named."""

from __future__ import annotations

import importlib.util
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from observations import observation
from sqlalchemy import Engine, create_engine, make_url, text

from etl.errors import Permanent, Transient
from etl.paths import data
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import parts
from etl.warehouse.load.load import activate_rules, load_again
from etl.warehouse.ops import hosts, segments
from etl.warehouse.schema import indexes, migrate, views, waiting


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change the file of a view, as the next version would."""
    folder = tmp_path / "sql"
    shutil.copytree(data("sql"), folder)
    for module in (migrate, views):
        monkeypatch.setattr(module, "data", lambda name: folder if name == "sql" else data(name))

    def edit(file: str, was: str, now: str) -> None:
        path = folder / "views" / f"{file}.sql"
        content = path.read_text()
        assert was in content
        path.write_text(content.replace(was, now, 1))

    return edit


def rows(engine: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def do(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))


def reader(engine: Engine, query: str, application: str = "dashboard") -> psycopg.Connection[Any]:
    """A session of somebody else, in a transaction that has read."""
    url = make_url(engine.url.render_as_string(hide_password=False)).set(drivername="postgresql")
    connection = psycopg.connect(url.render_as_string(hide_password=False), application_name=application)
    connection.execute(query)
    return connection


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting.patiently, "__kwdefaults__", {"budget_s": 1.5, "pauses_s": (0.05,)})
    monkeypatch.setattr(indexes, "WAIT_S", 1.5)
    monkeypatch.setattr(indexes, "PAUSES_S", (0.05,))


STATE = """
SELECT relacl::text, reloptions, obj_description(oid, 'pg_class'), pg_get_userbyid(relowner),
       (SELECT array_agg((attname, attacl)::text ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = c.oid AND attacl IS NOT NULL),
       (SELECT array_agg(col_description(c.oid, attnum) ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND attname = 'title' AND col_description(c.oid, attnum) IS NOT NULL)
FROM pg_class c WHERE oid = CAST(:view AS regclass)
"""
GIVEN = (
    "GRANT SELECT ON news.article TO pg_monitor WITH GRANT OPTION",
    "GRANT SELECT ON news.article_text TO PUBLIC",
    "GRANT SELECT (url, title) ON news.article TO pg_read_all_stats",
    "COMMENT ON VIEW news.article IS 'ours: 50% of it''s fine'",
    "COMMENT ON COLUMN news.article.title IS 'Überschrift'",
    "ALTER VIEW news.article SET (security_barrier = true)",
)


def test_a_column_that_is_appended_leaves_grants_comments_options_and_what_others_built(engine, edit):
    do(
        engine,
        *GIVEN,
        "CREATE SCHEMA mart",
        "CREATE VIEW mart.daily AS SELECT published_on, count(*) FROM news.article GROUP BY 1",
        "CREATE MATERIALIZED VIEW mart.titles AS SELECT * FROM news.article",
    )
    was = rows(engine, STATE, view="news.article")
    edit("20_article", "\nFROM core.article a", ", 1 AS added\nFROM core.article a")
    migrate.upgrade(engine)
    assert rows(engine, STATE, view="news.article") == was
    assert rows(engine, "SELECT added FROM news.article") == []
    assert rows(engine, "SELECT * FROM mart.daily") == []


@pytest.mark.parametrize(
    ("built", "named"),
    [
        ("CREATE VIEW mart.daily AS SELECT title FROM news.article", "view mart.daily"),
        ('CREATE MATERIALIZED VIEW mart."Täglich" AS SELECT url FROM news.article', 'materialized view mart."?Täglich'),
        (
            "CREATE FUNCTION mart.n() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM news.article; END",
            "function mart.n",
        ),
        ("CREATE TABLE mart.copy (a news.article)", "column a of table mart.copy"),
        ("CREATE TABLE mart.copies (a news.article[])", "column a of table mart.copies"),
        ("CREATE VIEW news.of_somebody AS SELECT url FROM news.article", "news.of_somebody"),
        ("CREATE RULE quiet AS ON INSERT TO news.article DO INSTEAD NOTHING", "rule quiet"),
        ("ALTER VIEW news.article ALTER COLUMN title SET DEFAULT 'x'", "default value"),
    ],
)
@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("o.title, ", "", "column title goes"),
        ("o.title,", "o.title AS headline,", "column title goes or gets another name"),
        ("o.text_chars,", "o.text_chars::bigint AS text_chars,", "text_chars becomes bigint instead of integer"),
    ],
)  # fmt: skip
def test_what_cannot_be_replaced_is_refused_by_the_name_of_what_is_built_on_it_and_nothing_is_changed(
    engine, edit, built, named, was, now, why
):
    do(engine, "CREATE SCHEMA mart", built)
    edit("30_article_text", "FROM core.article a", ", 1 AS added FROM core.article a")
    edit("20_article", was, now)
    before = rows(engine, "SELECT oid, pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = 'news'::regnamespace")
    with pytest.raises(Permanent, match=f"news.article .*{why}.*{named}.*Nothing was changed"):
        migrate.upgrade(engine)
    after = rows(engine, "SELECT oid, pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = 'news'::regnamespace")
    assert after == before


def test_a_view_on_which_nothing_hangs_is_made_anew_with_what_it_had(engine, edit):
    do(engine, *GIVEN, "ALTER DEFAULT PRIVILEGES IN SCHEMA news GRANT SELECT ON TABLES TO pg_monitor, PUBLIC")
    was = rows(engine, STATE, view="news.article")
    edit("20_article", 'CASE WHEN w.is_shown THEN o.description END COLLATE "C" AS description,', "")
    migrate.upgrade(engine)
    assert [sorted(str(part)) for part in rows(engine, STATE, view="news.article")[0]] == [
        sorted(str(part)) for part in was[0]
    ]
    assert "description" not in rows(engine, "SELECT array_agg(attname) FROM pg_attribute "
                                             "WHERE attrelid = 'news.article'::regclass")[0][0]  # fmt: skip


def test_of_a_column_that_goes_only_its_own_grants_go(engine, edit):
    do(engine, *GIVEN)
    edit("20_article", "o.title, ", "")
    migrate.upgrade(engine)
    (state,) = rows(engine, STATE, view="news.article")
    assert state[4] is not None and "title" not in str(state[4]) and "url" in str(state[4])
    assert "pg_monitor" in state[0] and state[1] == ["security_barrier=true"]


def test_views_of_ours_that_are_built_on_one_that_is_made_anew_are_made_anew_with_it(engine, edit, tmp_path):
    path = tmp_path / "sql" / "views" / "90_latest.sql"
    path.write_text("CREATE OR REPLACE VIEW news.latest AS\nSELECT url, text_chars FROM news.article;\n")
    migrate.upgrade(engine)
    do(engine, "GRANT SELECT ON news.latest TO pg_monitor")
    edit("20_article", "o.text_chars,", "o.text_chars::bigint AS text_chars,")
    migrate.upgrade(engine)
    assert rows(
        engine, "SELECT relacl::text LIKE '%pg_monitor=r%' FROM pg_class WHERE oid = 'news.latest'::regclass"
    ) == [(True,)]
    assert rows(engine, "SELECT pg_typeof(text_chars)::text FROM news.latest RIGHT JOIN (VALUES (1)) v ON true") == [("bigint",)]  # fmt: skip


def test_views_that_are_the_same_are_not_touched_whoever_reads_them(engine, edit, impatient):
    other = reader(engine, "SELECT * FROM news.article")
    edit("30_article_text", "FROM core.article a", ", 1 AS added FROM core.article a")
    migrate.upgrade(engine)
    other.close()
    assert rows(engine, "SELECT added FROM news.article_text") == []


def test_a_reader_that_is_in_the_way_is_named_nobody_waits_behind_and_later_it_succeeds(engine, edit, impatient):
    other = reader(engine, "SELECT count(*) FROM news.article", application="dashboard 7")
    edit("20_article", "\nFROM core.article a", ", 1 AS added\nFROM core.article a")
    with pytest.raises(Transient) as raised:
        migrate.upgrade(engine)
    said = str(raised.value)
    assert f"session {other.info.backend_pid} of role" in said and "dashboard 7" in said
    assert "idle in transaction" in said and "SELECT count(*) FROM news.article" in said and " since 20" in said
    assert rows(engine, "SELECT count(*) FROM news.article") == [(0,)]  # nothing is left that one would wait behind
    other.close()
    assert migrate.upgrade(engine) == migrate.head()
    assert rows(engine, "SELECT added FROM news.article") == []


def test_the_command_ends_with_75_when_a_reader_is_in_the_way(engine, edit, impatient, monkeypatch):
    from etl import cli

    other = reader(engine, "SELECT count(*) FROM news.article")
    edit("20_article", "\nFROM core.article a", ", 1 AS added\nFROM core.article a")
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setattr(sys, "argv", ["news-etl", "migrate"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    other.close()
    assert ended.value.code == 75


def test_a_schema_that_is_up_to_date_asks_for_no_lock(engine, impatient):
    other = reader(engine, "LOCK TABLE news.article, core.url, ops.schema_version IN ACCESS EXCLUSIVE MODE")
    other.rollback()
    other.execute("LOCK TABLE core.observation, core.body, news.source IN ACCESS EXCLUSIVE MODE")
    assert migrate.upgrade(engine) == migrate.head()
    other.close()


def half_built(engine: Engine, name: str, statement: str, table: str) -> None:
    """An index as a build leaves it that is stopped on its way: there, and invalid."""
    do(engine, f"DROP INDEX {name}")
    writer = reader(engine, f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET lock_timeout = '100ms'")
        with pytest.raises(Exception, match="lock timeout"):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("RESET lock_timeout")
    writer.close()
    assert rows(engine, "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:n)", n=name) == [(False,)]


def test_an_index_that_was_left_half_built_is_built_again(engine):
    half_built(
        engine,
        "core.observation_text_digest_idx",
        "CREATE INDEX CONCURRENTLY observation_text_digest_idx ON core.observation (text_digest)",
        "core.observation",
    )
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert indexes.missing(connection) == []


def test_an_open_transaction_that_an_index_waits_for_is_named_and_the_next_time_goes_on(engine, impatient):
    do(engine, "DROP INDEX core.observation_text_digest_idx", "DROP INDEX ops.reject_capture_id_idx")
    writer = reader(engine, "LOCK TABLE ops.reject IN ROW EXCLUSIVE MODE", application="old loader")
    with pytest.raises(
        Transient, match=rf"index ops.reject_capture_id_idx .*session {writer.info.backend_pid} .*old loader"
    ):
        migrate.upgrade(engine)
    assert rows(engine, "SELECT to_regclass('core.observation_text_digest_idx') IS NOT NULL") == [(True,)]
    writer.close()
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert indexes.missing(connection) == []


def test_a_partitioned_table_has_its_index_in_old_and_new_partitions(engine):
    do(engine, "DROP INDEX ops.fetch_log_url_idx")
    with engine.begin() as connection:
        hosts._make_partition(connection, date(2026, 11, 1))
    half = (
        "SELECT count(*) FROM pg_index WHERE indrelid::regclass::text LIKE 'ops.fetch_log%' AND NOT indisprimary AND {}"
    )
    migrate.upgrade(engine)
    with engine.begin() as connection:
        hosts._make_partition(connection, date(2026, 12, 1))
    assert rows(engine, half.format("indisvalid")) == [(8,)]  # two indexes of table, default, November, December
    assert rows(engine, half.format("NOT indisvalid")) == [(0,)]


def test_several_that_migrate_at_once_build_each_index_once(engine):
    do(engine, *(f"DROP INDEX {name}" for name in ("core.observation_text_digest_idx", "ops.fetch_log_url_idx")))
    do(engine, "DROP VIEW news.source", "CREATE INDEX run_url_run_id_url_key_idx ON ops.run_url (run_id, url_key)")
    engines = [create_engine(engine.url) for _ in range(5)]
    with ThreadPoolExecutor(len(engines)) as threads:
        assert set(threads.map(migrate.upgrade, engines)) == {migrate.head()}
    [e.dispose() for e in engines]
    with engine.connect() as connection:
        assert indexes.missing(connection) == indexes.left_over(connection) == []
    assert rows(engine, "SELECT count(*) FROM news.source") == [(0,)]


def test_killed_at_any_moment_it_goes_on_the_next_time(empty_database_url):
    code = (
        "import sys; from etl.warehouse.schema import migrate; from etl.warehouse.engine import open_engine; "
        "print('begun', flush=True); migrate.upgrade(open_engine(sys.argv[1]))"
    )
    rng = random.Random(7)
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", code, empty_database_url], stdout=subprocess.PIPE)
        assert process.stdout and process.stdout.readline()
        time.sleep(rng.uniform(0, 1.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    engine = open_engine(empty_database_url)
    assert migrate.upgrade(engine) == migrate.head()
    with engine.connect() as connection:
        assert indexes.missing(connection) == []
    engine.dispose()


SCHEMA = """
SELECT table_schema || '.' || table_name, column_name, data_type, is_nullable FROM information_schema.columns
WHERE table_schema IN ('core', 'ops', 'news') AND table_name <> 'schema_version' ORDER BY 1, 2
"""


@pytest.mark.parametrize(
    "version", [path.name[:4] for path in sorted((data("sql") / "migrations/versions").glob("0*"))]
)
def test_every_earlier_version_can_be_brought_up_to_date(engine, empty_database_url, version):
    older = open_engine(empty_database_url)
    with older.begin() as connection:
        for schema in ("core", "ops", "news"):
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        command.upgrade(migrate.config(connection), version)
    assert migrate.upgrade(older) == migrate.head()
    assert rows(older, SCHEMA) == rows(engine, SCHEMA)
    with older.connect() as connection:
        assert indexes.missing(connection) == []
    older.dispose()


LATER = {"source", "change"}  # views of what tables had not yet in 0005


def later(name: str) -> Any:
    """A migration whose columns today's code fills: it may be applied before those that come before it."""
    path = data("sql") / "migrations" / "versions" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name.removeprefix("0"), path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_warehouse_of_an_earlier_version_keeps_its_values_and_its_grants(empty_database_url):
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        for schema in ("core", "ops", "news"):
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        command.upgrade(migrate.config(connection), "0005")
        connection.exec_driver_sql(
            "ALTER TABLE core.observation ADD COLUMN schema_type text"
        )  # 0017: today's code loads it
        for statement in later("0020_rights").statements():
            connection.exec_driver_sql(statement.replace("%", "%%"))
        for view in views.declared():  # as they were made then: dropped and created
            if view.name not in LATER:
                connection.exec_driver_sql(f"CREATE VIEW {view.full_name} AS {view.query}".replace("%", "%%"))
        connection.exec_driver_sql("COMMENT ON SCHEMA news IS 'Views for consumers. Made from sql/views, 0123abcd'")
        for statement in GIVEN:
            connection.exec_driver_sql(statement.replace("%", "%%"))
    activate_rules(engine, ["r1"])
    texts = ("Первое. 第二。", "نص عربي", "日本語の記事")
    load_again(engine, [observation(f"https://news.example/{n}", text=t) for n, t in enumerate(texts)])
    was, values, granted = parts(engine), _values(engine), rows(engine, STATE, view="news.article")
    assert migrate.upgrade(engine) == migrate.head()
    if rows(engine, "SELECT 1 FROM pg_roles WHERE rolname = 'news_reader'"):  # the one that is added
        do(engine, "REVOKE SELECT ON news.article FROM news_reader")
    assert (parts(engine), _values(engine), rows(engine, STATE, view="news.article")) == (was, values, granted)
    engine.dispose()


SEGMENTS_BEFORE = """
INSERT INTO core.url VALUES ('\\x01', gen_random_uuid());
INSERT INTO core.capture (capture_id, url_key, url, captured_at, payload_digest, status, is_revisit, redirects, rights, warc,
    warc_offset, warc_length)
SELECT sha256(n::text::bytea), '\\x01', 'https://news.example/', now(), 'd', 200, false, '[]', '{}', w, n, 1
FROM (VALUES ('whole', 1), ('whole', 2), ('half', 3)) v (w, n);
INSERT INTO ops.reject (reject_id, warc, warc_offset, stage, reason, rules_version) VALUES ('\\x02', 'bad', 0, 'read', 'x', 'r');
INSERT INTO ops.segment (warc, records, bytes) VALUES ('whole', 2, 1), ('half', 2, 1), ('none', 7, 1), ('bad', 1, 1),
    ('fill', 9, 1);
INSERT INTO ops.fill_segment (warc) VALUES ('fill');
INSERT INTO ops.run (run_id, as_of, state) VALUES ('cli/killed', now(), 'running'), ('rebuild', now(), 'running');
"""


def test_upgrading_makes_open_work_of_what_was_published_and_never_loaded(empty_database_url):
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        for schema in ("core", "ops", "news"):
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        command.upgrade(migrate.config(connection), "0008")
        for statement in SEGMENTS_BEFORE.split(";\n")[:-1]:
            connection.exec_driver_sql(statement)
    migrate.upgrade(engine)
    assert segments.still_open(engine) == {"half", "none"}
    assert {s.warc for s in segments.take(engine, holder="h") if s.is_published} == {"half", "none"}
    assert rows(engine, "SELECT run_id FROM ops.run WHERE over_at IS NOT NULL") == [("cli/killed",)]
    engine.dispose()


RUNS_BEFORE = """
INSERT INTO ops.run (run_id, as_of, state) VALUES ('news_fill__manual__2026-11-20', now(), 'ok'),
    ('fill/2026-11-01_2026-11-02/2026-11-20T12:00:00.000000Z', now(), 'running'), ('rebuild', now(), 'ok'),
    ('cli/2026-11-20T12:00:00.000000Z', now(), 'ok'), ('news_ingest__scheduled__2026-11-20', now(), 'failed'),
    ('news_filler__2026', now(), 'ok'), ('Fill/2026', now(), 'ok'), ('ملء/fill/', now(), 'ok')
"""


def test_upgrading_says_of_each_run_what_it_was_for(empty_database_url):
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        for schema in ("core", "ops", "news"):
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        command.upgrade(migrate.config(connection), "0009")
        connection.exec_driver_sql(RUNS_BEFORE)
    migrate.upgrade(engine)
    kinds: dict[str, set[str]] = {}
    for kind, run_id in rows(engine, "SELECT kind, run_id FROM ops.run"):
        kinds.setdefault(kind, set()).add(run_id.split("__")[0].split("/")[0])
    assert kinds == {
        "fill": {"news_fill", "fill"},
        "rebuild": {"rebuild"},
        "live": {"cli", "news_ingest", "news_filler", "Fill", "ملء"},
    }
    engine.dispose()


def _values(engine: Engine) -> dict[str, list[Any]]:
    return {
        v.name: rows(engine, f"SELECT t::text FROM {v.full_name} t ORDER BY 1")
        for v in views.declared()
        if v.name not in LATER
    }


# By its first column at least, which is the one that tells rows apart.
FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname FROM pg_constraint k
WHERE contype = 'f' AND conparentid = 0 AND connamespace IN ('core'::regnamespace, 'ops'::regnamespace)
  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
                  AND i.indkey[0] = k.conkey[1])
"""


def test_every_foreign_key_can_be_followed_backwards_by_an_index(engine):
    assert rows(engine, FOREIGN_KEYS) == []


def test_doctor_names_indexes_that_are_not_built(engine, monkeypatch, tmp_path):
    from etl import doctor
    from etl.settings import load

    do(engine, "DROP INDEX ops.reject_warc_idx")
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = load({"NEWS_ETL_HOME": str(tmp_path), "NEWS_ETL_WAREHOUSE_URL": url})
    found = {f.subject: f for f in doctor.examine(settings)}
    assert "reject_warc_idx" in found["indexes"].found and found["indexes"].do == "news-etl migrate"
    assert found["NEWS_ETL_READER_URL"].level is doctor.Level.NOTE


def test_the_version_that_is_read_from_file_names_is_the_head_of_alembics_chain():
    script = ScriptDirectory.from_config(migrate.config())
    assert migrate.head() == script.get_current_head()
    assert script.get_heads() == [migrate.head()]
