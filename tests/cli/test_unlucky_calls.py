"""Mistyped and unlucky calls, each typed as a user would: no traceback, the code of README's table, and what to do."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from etl.errors import Permanent
from etl.lake.recognize import is_archive
from etl.states import RunKind
from etl.warehouse.engine import open_engine
from etl.warehouse.ops import runs

ROOT = Path(__file__).parents[2]
SOURCES = """
sources:
  - key: harbour-post
    name: The Harbour Post
    homepage: http://127.0.0.11:18080/
    languages: [en]
    timezone: Europe/London
    feeds: [http://127.0.0.11:18080/rss.xml]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return tmp_path


def call(home: Path, *command: str, said: str = "", code: int, typed: str = "", **env: str) -> str:
    """What a command prints in a process of its own."""
    settings = {"NEWS_ETL_HOME": str(home / "home"), "NEWS_ETL_SOURCES": str(home / "sources.yaml"), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-c", "from etl.cli import main; main()", *command],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("NEWS_ETL_")} | settings | env,
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert said in done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("moment", ["9999-12-31", "0001-01-01"])
def test_a_run_is_not_begun_at_a_time_that_nobody_means(home: Path, moment: str) -> None:
    call(home, "run", "--now", moment, code=2, said="is not between")


@pytest.mark.parametrize("moment", ["2999-01-01", "0001-01-01"])
def test_no_page_was_read_at_a_time_that_has_not_come(home: Path, moment: str) -> None:
    page = home / "page.html"
    page.write_text("<p>words")
    call(home, "extract", str(page), "--captured-at", moment, code=2)


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_is_none_is_said(home: Path, port: str) -> None:
    call(home, "sample", "--port", port, code=2, said="--port")


@pytest.mark.parametrize("place", ["/proc/nope", "/proc/nope/deeper", "/dev/null", "/etc/hostname/home"])
def test_a_home_that_cannot_be_made_is_said(home: Path, place: str) -> None:
    call(home, "status", code=2, said=place[:9], NEWS_ETL_HOME=place)


@pytest.mark.parametrize("name", ["a.warc.gz", "a.WARC", "a.warc.wet.gz", "a.arc.gz"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        gzip.compress(b"", mtime=0),
        random.Random(1).randbytes(3000),
        b"Dear reader,\n",
        gzip.compress(b"x", mtime=0),
        b"PK\x03\x04zip",
    ],
    ids=["nothing", "nothing packed", "random", "text", "a letter packed", "a zip"],
)
def test_what_is_named_as_an_archive_and_is_none_is_no_page(home: Path, name: str, content: bytes) -> None:
    path = home / name
    path.write_bytes(content)
    with pytest.raises(Permanent, match="no WARC"):
        is_archive(path)


@pytest.mark.parametrize("cut", [12, 30])
def test_half_of_a_packed_page_is_no_page(home: Path, cut: int) -> None:
    path = home / "page.html.gz"
    path.write_bytes(gzip.compress(b"<p>" + bytes(range(256)) * 20)[:-cut])
    call(home, "extract", str(path), code=2, said="not a whole gzip file")


def test_ids_that_come_twice_in_a_file_are_said(home: Path) -> None:
    words = " ".join(f"word{n}" for n in range(60))
    rows = [{"doc_id": "a", "url": f"https://news.example/{n}", "title": "t", "text": words} for n in range(3)]
    table = pa.Table.from_pylist(rows).append_column("site", pa.array(["news.example"] * 3))
    pq.write_table(table.append_column("published_at", pa.nulls(3, pa.timestamp("us", "UTC"))), home / "in.parquet")
    given = ("cluster", str(home / "in.parquet"), "-o", str(home / "out.parquet"), "--workers", "1")
    call(home, *given, code=0, said="repeat an earlier doc_id")


@pytest.fixture
def warehouse(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {"NEWS_ETL_WAREHOUSE_URL": database_url, "NEWS_ETL_LAKE_URL": str(tmp_path / "lake")}


@pytest.mark.parametrize("command", ["extract", "ingest"])
def test_an_archive_that_is_none_ends_both_commands_alike(home: Path, warehouse: dict[str, str], command: str) -> None:
    path = home / "a.warc.gz"
    path.write_bytes(b"no archive")
    call(home, command, str(path), code=2, said="no WARC", **warehouse)


def test_values_that_python_does_not_know_are_shown_as_the_database_writes_them(
    home: Path, warehouse: dict[str, str]
) -> None:
    sql = (
        "SELECT '-infinity'::date AS a, 'infinity'::timestamptz AS b, '10000-01-01'::timestamp AS c, "
        "'0044-03-15 BC'::date AS d, '24:00'::time AS e, interval '170000000 years' AS f, "
        "ARRAY['infinity'::date] AS g, date '2026-11-30' AS h, 'NaN'::float8 AS i"
    )
    shown = json.loads(call(home, "query", "--json", sql, code=0, **warehouse))
    assert shown == {
        "a": "-infinity",
        "b": "infinity",
        "c": "10000-01-01 00:00:00",
        "d": "0044-03-15 BC",
        "e": "24:00:00",
        "f": "170000000 years",
        "g": ["infinity"],
        "h": "2026-11-30",
        "i": "NaN",
    }


def test_columns_of_one_name_are_all_there(home: Path, warehouse: dict[str, str]) -> None:
    shown = json.loads(call(home, "query", "--json", "SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a", code=0, **warehouse))
    assert sorted(shown.values()) == [1, 2, 3, 4] and shown["a"] == 1 and shown["a_2"] == 3


def test_fewer_than_no_rows_cannot_be_asked_for(home: Path, warehouse: dict[str, str]) -> None:
    call(home, "query", "SELECT 1", "--limit", "-1", code=2, said="--limit", **warehouse)


def test_nothing_is_searched_for_or_erased_where_nothing_is_named(home: Path, warehouse: dict[str, str]) -> None:
    for given in (("--verify", "--text", ""), ("--verify", "--text", " "), ("--url", ""), ("--source", " ")):
        call(home, "erase", *given, code=2, said="is empty", **warehouse)


def test_whoever_says_no_erases_nothing(home: Path, warehouse: dict[str, str]) -> None:
    url = "https://news.example/a"
    call(home, "erase", "--url", url, code=2, said="nothing was erased", typed="n\n", **warehouse)


def test_a_run_that_was_killed_says_so_until_the_next_one(home: Path, warehouse: dict[str, str]) -> None:
    engine = open_engine(warehouse["NEWS_ETL_WAREHOUSE_URL"])
    runs.start(engine, run_id="cli/killed", kind=RunKind.LIVE, batches={}, window=None, as_of=datetime.now(UTC))
    with engine.begin() as connection:
        connection.execute(text("UPDATE ops.run SET over_at = now() - interval '1 hour'"))
    engine.dispose()
    (told,) = json.loads(call(home, "status", "--json", code=0, **warehouse))["Last runs"]
    assert told["state"] == "running" and "killed" in told["remark"]
    assert "run cli/killed" in call(home, "doctor", code=0, **warehouse)
