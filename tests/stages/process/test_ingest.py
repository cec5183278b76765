"""Ingesting archives: every record is counted once, with the same rows whatever happens in between."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from benchmarks.pages import write_archive
from etl.cli import app
from etl.warehouse.engine import open_engine

NEWS_ETL = str(Path(sys.executable).with_name("news-etl"))


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A home, an empty migrated warehouse, and a lake of one's own."""
    sources = tmp_path / "sources.yaml"
    sources.write_text("sources: []\n")
    return {
        **os.environ,
        "NEWS_ETL_HOME": str(tmp_path / "home"),
        "NEWS_ETL_WAREHOUSE_URL": database_url,
        "NEWS_ETL_LAKE_URL": str(tmp_path / "lake"),
        "NEWS_ETL_SOURCES": str(sources),
    }


def empty(environment: dict[str, str]) -> dict[str, str]:
    """The same place with an emptied warehouse and another lake."""
    from sqlalchemy import text

    engine = open_engine(environment["NEWS_ETL_WAREHOUSE_URL"])
    with engine.begin() as connection:
        connection.execute(
            text("TRUNCATE core.url, core.body, ops.processed, ops.load_batch, ops.reject, ops.segment CASCADE")
        )
    engine.dispose()
    return {**environment, "NEWS_ETL_LAKE_URL": environment["NEWS_ETL_LAKE_URL"] + "x"}


def said(environment: dict[str, str], *command: str) -> Result:
    """A command in this process, since another one costs more than the few pages of these tests."""
    return CliRunner().invoke(app, command, env=environment, catch_exceptions=False)


def run(environment: dict[str, str], *command: str) -> str:
    done = said(environment, *command)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def ingest(environment: dict[str, str], *paths: Path) -> dict[str, int]:
    return json.loads(run(environment, "ingest", "--json", *map(str, paths)))["outcomes"]


def fingerprint(environment: dict[str, str]) -> str:
    return run(environment, "status", "--fingerprint")


def test_outcomes_add_up_to_the_records_and_a_second_time_changes_nothing(environment, tmp_path):
    archive = write_archive(tmp_path / "a.warc.gz", 30)
    first = ingest(environment, archive)
    assert first == {"article": 30}
    before = fingerprint(environment)
    assert ingest(environment, archive) == first
    assert fingerprint(environment) == before


@pytest.mark.parametrize(
    "loss",
    [
        "TRUNCATE core.url, core.body CASCADE",
        "DELETE FROM core.revision; DELETE FROM core.article; DELETE FROM core.observation WHERE url LIKE '%7'",
        "DELETE FROM core.revision; DELETE FROM core.article",
        "DELETE FROM core.hint; DELETE FROM ops.processed; DELETE FROM core.revision; DELETE FROM core.article; "
        "DELETE FROM core.observation; DELETE FROM core.capture WHERE warc_offset > 9000",
    ],
)
def test_rows_that_went_missing_behind_the_ledgers_back_come_back_with_the_same_file(environment, tmp_path, loss):
    archive = write_archive(tmp_path / "a.warc.gz", 60)
    first = ingest(environment, archive)
    before = fingerprint(environment)
    engine = open_engine(environment["NEWS_ETL_WAREHOUSE_URL"])
    with engine.begin() as connection:
        for statement in loss.split(";"):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    engine.dispose()
    assert fingerprint(environment) != before
    assert sum(ingest(environment, archive).values()) == sum(first.values())
    assert fingerprint(environment) == before


def test_an_archive_that_was_put_into_the_lake_by_a_killed_ingest_is_loaded_by_whoever_comes_next(
    environment, tmp_path
):
    archive = write_archive(tmp_path / "a.warc.gz", 20)
    ingest(environment, archive)
    before = fingerprint(environment)
    environment = empty(environment)
    kill = (
        "import os, signal; from etl.stages.process import adopt; "
        "adopt.purged = lambda *_: os.kill(os.getpid(), signal.SIGKILL); from etl.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", kill, "ingest", str(archive)], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert json.loads(run(environment, "replay", "--json"))["outcomes"] == {"article": 20}
    assert fingerprint(environment) == before


def test_pieces_in_another_order_give_the_same_warehouse(environment, tmp_path):
    ingest(environment, write_archive(tmp_path / "whole.warc.gz", 40))
    whole = fingerprint(environment)
    environment = empty(environment)
    pieces = [write_archive(tmp_path / f"{n}.warc.gz", 40, numbers=range(n, n + 8)) for n in range(0, 40, 8)]
    for piece in random.Random(5).sample(pieces, len(pieces)):
        ingest(environment, piece)
    assert fingerprint(environment) == whole


@pytest.mark.e2e
def test_killed_at_any_moment_and_run_again_it_gives_the_same_warehouse(environment, tmp_path):
    archive = write_archive(tmp_path / "a.warc.gz", 250)
    command = [NEWS_ETL, "ingest", "--json", str(archive)]
    started = time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    whole_s = time.monotonic() - started
    whole = fingerprint(environment)
    rng = random.Random(20261124)
    environment = empty(environment)
    for _ in range(4):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.2, whole_s))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    ingest(environment, archive)
    assert fingerprint(environment) == whole


def test_a_single_page_needs_no_url_and_says_what_it_assumed(environment, tmp_path):
    from benchmarks.pages import page

    file = tmp_path / "seite.html"
    file.write_text(page(1))
    os.utime(file, (1_790_000_000, 1_790_000_000))
    done = said(environment, "ingest", "--json", str(file))
    assert json.loads(done.stdout)["outcomes"] == {"article": 1}
    assert "urn:sha256:" in done.stderr and "2026-09-21T" in done.stderr
    rows = run(environment, "query", "--json", "SELECT url, captured_at FROM news.article")
    assert json.loads(rows)["captured_at"].startswith("2026-09-21T")


def test_a_damaged_archive_is_loaded_as_far_as_it_goes_and_its_damage_is_a_reject(environment, tmp_path):
    archive = write_archive(tmp_path / "a.warc.gz", 12)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * 0.6)])
    done = said(environment, "ingest", "--json", str(archive))
    assert done.exit_code == 3
    outcomes = json.loads(done.stdout)["outcomes"]
    assert outcomes["quarantined"] == 1 and outcomes["article"] >= 5
    rejects = run(environment, "query", "--json", "SELECT stage, reason, detail FROM ops.reject")
    assert json.loads(rejects)["stage"] == "read" and "truncated" in rejects


def test_a_file_that_is_not_there_is_one_line_and_exit_code_2(environment):
    done = subprocess.run([NEWS_ETL, "ingest", "/nowhere.warc"], env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and "nowhere.warc" in done.stderr


def test_extract_prints_the_same_records_without_a_database(tmp_path):
    archive = write_archive(tmp_path / "a.warc.gz", 12)
    env = {
        **os.environ,
        "NEWS_ETL_WAREHOUSE_URL": "postgresql://nobody:x@127.0.0.1:1/none",
        "NEWS_ETL_HOME": str(tmp_path),
    }
    records = [json.loads(line) for line in run(env, "extract", str(archive)).splitlines()]
    assert [r["url"].rpartition("/")[2] for r in records] == [str(i if i % 10 != 9 else i - 1) for i in range(12)]
    assert all(r["outcome"] == "article" and r["text"] and r["published_at"] for r in records)


def test_a_revisit_that_comes_before_its_original_is_completed_by_it(environment, tmp_path):
    from datetime import timedelta

    from benchmarks.pages import START, page
    from etl.lake.identity import payload_digest
    from etl.lake.segment import Exchange, SegmentWriter
    from etl.model import RefersTo

    url, body = "https://gazette.example/1", page(1).encode()

    def archive(name: str, hours: int, refers_to: RefersTo | None) -> Path:
        with SegmentWriter(tmp_path, now=START, operator=None, user_agent="test") as writer:
            writer.write(
                Exchange(
                    target_uri=url,
                    captured_at=START + timedelta(hours=hours),
                    status=304 if refers_to else 200,
                    headers=(("Content-Type", "text/html; charset=utf-8"),),
                    body=b"" if refers_to else body,
                    refers_to=refers_to,
                )
            )
            return writer.close().path.rename(tmp_path / name)

    original = archive("original.warc.gz", 0, None)
    digest = payload_digest(body)
    revisit = archive(
        "revisit.warc.gz",
        24,
        RefersTo(target_uri=url, captured_at=START, payload_digest=digest, not_modified=True),
    )
    ingest(environment, original)
    ingest(environment, revisit)
    in_order = fingerprint(environment)
    environment = empty(environment)
    done = said(environment, "ingest", "--json", str(revisit))
    assert (done.exit_code, json.loads(done.stdout)["outcomes"]) == (3, {"quarantined": 1})
    ingest(environment, original)
    assert fingerprint(environment) == in_order
    assert json.loads(
        run(environment, "query", "--json", "SELECT observation_count, revision_count FROM core.article")
    ) == {
        "observation_count": 2,
        "revision_count": 1,
    }
    assert run(environment, "query", "--json", "SELECT 1 FROM ops.reject") == ""
