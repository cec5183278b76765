"""What is published and not loaded is work that the next run takes: no kill, error or second run loses an article."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from killing import run_killed
from sqlalchemy import text

from etl import stages
from etl.doctor import Level, examine
from etl.errors import Permanent
from etl.fetch.politeness import PaceRules
from etl.model import Outcome
from etl.sample.server import Newsroom, running_newsroom
from etl.sample.sources import sources_yaml
from etl.settings import Settings
from etl.stages.live import crawling
from etl.stages.live.run import run_once
from etl.stages.process import extract_load, replay
from etl.stages.process.lake_audit import MissingRecord, audit
from etl.stages.resources import open_resources
from etl.warehouse import queries
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import parts
from etl.warehouse.ops import segments, visits
from etl.warehouse.ops.runs import RunSummary

pytestmark = pytest.mark.e2e

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TABLES = """
SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
WHERE schemaname IN ('core', 'ops') AND tablename <> 'schema_version' AND tablename !~ '^fetch_log_'
"""
UNDECIDED = "SELECT count(*) FROM ops.run_url WHERE outcome IS NULL"


class Place:
    """A newsroom and a warehouse, each with a lake of its own after every `start_over`."""

    def __init__(self, folder: Path, database_url: str, newsroom: Newsroom) -> None:
        self.folder = folder
        self.newsroom = newsroom
        self.engine = open_engine(database_url)
        folder.mkdir(parents=True, exist_ok=True)
        sources = folder / "sources.yaml"
        sources.write_text(sources_yaml(newsroom.port), encoding="utf-8")
        self.settings = Settings(
            home=folder / "0",
            warehouse_url=database_url,
            lake_url=(folder / "0" / "lake").as_uri(),
            sources=sources,
            contact=None,
            s3_endpoint_url=None,
        )
        self._homes = 0

    def run(self, hours: float = 0, sources: tuple[str, ...] = ()) -> RunSummary:
        return run_once(self.settings, sources=sources, now=NOW + timedelta(hours=hours))

    def run_killed(
        self, at: str, when: str = "before", nth: int = 1, hours: float = 0, sources: tuple[str, ...] = ()
    ) -> None:
        run_killed(self.settings, at=at, when=when, nth=nth, now=NOW + timedelta(hours=hours), sources=sources)

    def unaccounted(self) -> list[MissingRecord]:
        with open_resources(self.settings) as r:
            return list(audit(r).missing)

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values))

    def start_over(self) -> None:
        """An empty warehouse and another lake."""
        with self.engine.begin() as connection:
            tables = [row.name for row in connection.execute(text(TABLES))]
            connection.execute(text(f"TRUNCATE {', '.join(tables)} CASCADE"))
        self._homes += 1
        home = self.folder / str(self._homes)
        self.settings = replace(self.settings, home=home, lake_url=(home / "lake").as_uri())


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newsroom's 503 asks for two seconds; half a minute of our own on top would only make the tests slow."""
    monkeypatch.setattr(crawling, "PACE", PaceRules(backoff_s=0.1))


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    with running_newsroom() as newsroom:
        place = Place(tmp_path / "place", database_url, newsroom)
        yield place
        place.engine.dispose()


FEW = ("harbour-post", "borderland-review")


@pytest.mark.parametrize(
    ("at", "when"),
    [
        ("etl.lake.segment:publish", "after"),  # in the lake, and no row says so
        ("etl.stages.process.extract_load:observe_file", "before"),  # recorded, not extracted
        ("etl.lake.silver:write", "after"),  # extracted, not loaded
        ("etl.stages.process.extract_load:load_batch", "after"),  # loaded, and nothing after it
    ],
)
@pytest.mark.slow
def test_four_kills_cost_no_article_and_the_next_run_has_the_rows_of_an_undisturbed_one(place, at, when):
    place.run()
    undisturbed = parts(place.engine)
    fetched = place.rows("SELECT count(*) FROM ops.fetch_log WHERE kind = 'page' AND status = 200")[0][0]
    place.start_over()
    for n in range(4):
        try:
            place.run_killed(at, when, nth=n + 1)
        except AssertionError:  # fewer calls than that are left
            break
    place.run()
    assert parts(place.engine) == undisturbed
    assert place.rows(UNDECIDED)[0][0] == 0
    assert fetched > 0
    assert {row.state for row in place.rows("SELECT state FROM ops.run")} <= {"ok", "failed"}
    with open_resources(place.settings) as r:
        found = audit(r)
    assert (found.missing, found.absent, found.open) == ((), (), 0) and found.captures > 0


def test_the_next_attempt_of_a_task_asks_for_nothing_that_the_one_before_has_put_into_the_lake(place, monkeypatch):
    (batch,) = stages.plan(
        place.settings, run_id="r", sources=["morgenkurier"], window_start=None, window_end=None, now=NOW
    )
    stages.discover(place.settings, run_id="r", sources=batch)
    put, before = segments.published, len(place.newsroom.log())
    monkeypatch.setattr(segments, "published", end_here)
    with pytest.raises(RuntimeError, match="ends here"):
        stages.fetch(place.settings, run_id="r", sources=batch)
    asked = {v.path for v in place.newsroom.log()[before:]}
    assert len(asked) > 3
    before = len(place.newsroom.log())
    monkeypatch.setattr(segments, "published", put)
    fetched = stages.fetch(place.settings, run_id="r", sources=batch)
    assert asked & {v.path for v in place.newsroom.log()[before:]} == set()
    stages.load(place.settings, silver=stages.extract(place.settings, warcs=fetched.uris).uris)
    assert stages.verdict(place.settings, run_id="r", failed_tasks=[]) == []
    assert place.rows("SELECT state, CAST(summary -> 'outcomes' ->> 'article' AS int) > 3 FROM ops.run") == [
        ("ok", True)
    ]
    assert place.unaccounted() == []


def end_here(*_: Any, **__: Any) -> None:
    raise RuntimeError("the process ends here")


def test_an_exception_in_fetch_loses_no_page_that_was_read_and_is_the_one_that_is_raised(place, monkeypatch):
    place.run(sources=FEW)
    undisturbed = parts(place.engine)
    place.start_over()
    record, calls = visits.record, []

    def fails_late(*args: Any, **values: Any) -> None:
        calls.append(values)
        if len(calls) == 2:
            raise ZeroDivisionError("a defect")
        record(*args, **values)

    monkeypatch.setattr(visits, "record", fails_late)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        place.run(sources=FEW)
    monkeypatch.undo()
    monkeypatch.setattr(crawling, "PACE", PaceRules(backoff_s=0.1))
    assert place.rows("SELECT count(*) FROM core.article")[0][0] > 0
    place.run(sources=FEW)
    assert parts(place.engine) == undisturbed and place.unaccounted() == []


def test_a_page_that_makes_extraction_raise_holds_up_no_other_file_and_is_named_until_it_is_loaded(place, monkeypatch):
    place.run(sources=FEW)
    undisturbed = parts(place.engine)
    place.start_over()
    observe_file, broken = extract_load.observe_file, []

    def raises_once(r: Any, name: str, **values: Any) -> Any:
        if not broken or name in broken:
            broken.append(name)
            raise ZeroDivisionError("a defect")
        return observe_file(r, name, **values)

    monkeypatch.setattr(extract_load, "observe_file", raises_once)
    with pytest.raises(ZeroDivisionError, match="a defect") as raised:
        place.run(sources=FEW)
    assert "1 files failed, all others are done" in raised.value.__notes__[0]
    monkeypatch.setattr(extract_load, "observe_file", observe_file)
    work = segments.open_work(place.engine)
    assert work.segments == 1 and work.problems[0][1] == "ZeroDivisionError: a defect"
    assert place.rows("SELECT count(*) FROM core.article")[0][0] > 0
    assert {f.subject: f.do for f in examine(place.settings, {})}["open work"].startswith("the next run loads them")
    assert queries.status(place.engine)["Open work"][1][0][0] == 1
    assert place.run(sources=FEW).problems == {}
    assert parts(place.engine) == undisturbed and place.unaccounted() == []


@pytest.mark.slow
def test_a_revisit_finds_its_original_in_what_a_killed_run_left_open(place):
    place.run(sources=FEW)
    place.run(hours=3, sources=FEW)
    undisturbed = parts(place.engine)
    place.start_over()
    place.run_killed("etl.stages.process.extract_load:observe_file", sources=FEW)
    place.run(hours=3, sources=FEW)
    assert place.rows("SELECT detail FROM ops.reject WHERE detail LIKE 'revisit_without_original%'") == []
    # What the killed run had not published it never fetched: those pages have one capture less.
    assert place.rows("SELECT count(*) FROM core.capture WHERE is_revisit")[0][0] > 0
    assert place.unaccounted() == [] and place.rows(UNDECIDED)[0][0] == 0
    assert undisturbed["article"].split()[0] == parts(place.engine)["article"].split()[0]


def test_the_next_run_decides_the_urls_of_a_killed_one_and_offers_those_again_that_it_never_came_to(place):
    place.run_killed("etl.lake.segment:publish", "after", sources=FEW)
    place.run(sources=FEW)
    killed, last = place.rows("SELECT run_id, state, summary FROM ops.run ORDER BY started_at")
    assert (killed.state, last.state) == ("failed", "ok")
    assert killed.summary["undecided"] == 0 and killed.summary["outcomes"]["deferred"] > 0
    assert killed.summary["outcomes"]["article"] > 0  # what it had published was loaded, and counted with it
    deferred = "SELECT url FROM ops.run_url WHERE run_id = :run AND outcome = 'deferred'"
    again = "SELECT url FROM ops.run_url WHERE run_id = :run AND outcome <> 'known'"
    left = {row.url for row in place.rows(deferred, run=killed.run_id)}
    assert left <= {row.url for row in place.rows(again, run=last.run_id)}
    asked = [row.url for row in place.rows("SELECT url FROM ops.fetch_log WHERE kind = 'page' AND status = 200")]
    assert len(asked) == len(set(asked))  # what a published segment says was fetched, is not fetched again


@pytest.mark.slow
def test_a_file_that_left_the_lake_before_it_was_loaded_is_named_and_can_be_given_up_for_new_visits(place):
    place.run_killed("etl.stages.process.extract_load:observe_file", sources=FEW)
    (name,) = segments.still_open(place.engine)
    file = place.settings.home / "lake" / name
    file.rename(file.with_suffix(".aside"))
    summary = place.run(sources=FEW)
    assert list(summary.problems) == [name] and "put it back, or drop it" in summary.problems[name]
    found = {f.subject: (f.found, f.do) for f in examine(place.settings, {})}
    assert f"open work {name}" in found
    with open_resources(place.settings) as r:
        replay.give_up(r, name)
        with pytest.raises(Permanent, match="not open work"):
            replay.give_up(r, name)
    assert place.rows(UNDECIDED)[0][0] == 0 and segments.open_work(place.engine).segments == 0
    place.run(hours=0.5, sources=FEW)
    place.engine.dispose()
    articles = {row.url for row in place.rows("SELECT url FROM news.article")}
    place.start_over()
    place.run(sources=FEW)
    assert articles == {row.url for row in place.rows("SELECT url FROM news.article")}


@pytest.mark.parametrize(
    "loss",
    [
        "TRUNCATE core.url, core.body CASCADE",
        "DELETE FROM core.revision; DELETE FROM core.article",
        "DELETE FROM core.revision; DELETE FROM core.article; DELETE FROM core.observation",
        "TRUNCATE core.url, core.body, ops.segment, ops.load_batch, ops.processed, ops.reject CASCADE",
    ],
)
@pytest.mark.slow
def test_rows_lost_behind_its_back_are_seen_and_come_back(place, loss):
    place.run(sources=FEW)
    undisturbed = parts(place.engine)
    assert not {"lost rows", "open work"} & {f.subject for f in examine(place.settings, {})}
    with place.engine.begin() as connection:
        for statement in loss.split(";"):
            connection.execute(text(statement))
    seen = {f.subject: f.do for f in examine(place.settings, {}, reads_lake=True) if f.level is Level.ERROR}
    assert seen["lake against warehouse"] == "news-etl replay --lost"
    if "ops.segment" not in loss:
        assert seen["lost rows"] == "news-etl replay --lost"
    with open_resources(place.settings) as r:
        assert replay.find_lost(r)
        replay.replay(r, reason=None, since=None)
    assert parts(place.engine) == undisturbed and place.unaccounted() == []
    assert not {"lost rows", "open work"} & {f.subject for f in examine(place.settings, {})}


@pytest.mark.slow
def test_two_runs_at_once_take_what_a_killed_one_left_and_nothing_is_there_twice(place):
    place.run(sources=FEW)
    undisturbed = parts(place.engine)
    place.start_over()
    place.run_killed("etl.lake.silver:write", "after", sources=FEW)
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda _: place.run(sources=FEW), range(2)))
    assert parts(place.engine) == undisturbed and place.unaccounted() == []


def test_when_the_time_of_a_run_is_over_what_is_left_is_deferred_and_comes_first_next_time(place):
    place.settings = replace(place.settings, run_limit_s=1.5)
    first = place.run(sources=FEW)
    assert first.outcomes[Outcome.DEFERRED] > 0 and first.undecided == 0
    why = place.rows("SELECT DISTINCT detail FROM ops.run_url WHERE outcome = 'deferred'")
    assert all("still due" in row.detail or "not reached" in row.detail for row in why)
    place.settings = replace(place.settings, run_limit_s=2400)
    place.run(sources=FEW)
    articles = {row.url for row in place.rows("SELECT url FROM news.article")}
    place.start_over()
    place.run(sources=FEW)
    assert articles == {row.url for row in place.rows("SELECT url FROM news.article")}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.slow
def test_a_run_that_is_asked_to_end_gives_its_leases_back_and_leaves_what_it_read_as_open_work(place, number):
    environment = {
        **os.environ,
        "NEWS_ETL_HOME": str(place.settings.home),
        "NEWS_ETL_WAREHOUSE_URL": place.settings.warehouse_url,
        "NEWS_ETL_LAKE_URL": place.settings.lake_url,
        "NEWS_ETL_SOURCES": str(place.settings.sources),
    }
    command = [sys.executable, "-c", "from etl.cli import main; main()", "run", "--source", FEW[0]]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, start_new_session=True)
    until = time.monotonic() + 120
    pages = "SELECT count(*) FROM ops.host_lease WHERE holder IS NOT NULL"
    while not (place.rows(pages)[0][0] and place.rows("SELECT count(*) FROM ops.run_url")[0][0]):
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    assert process.returncode not in (0, -number), said
    assert place.rows(pages)[0][0] == 0 and place.unaccounted() == []
    place.run(sources=FEW[:1])
    assert place.rows(UNDECIDED)[0][0] == 0 and place.unaccounted() == []
    assert segments.open_work(place.engine).segments == 0
