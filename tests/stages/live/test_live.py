"""The whole way: the sample newsroom over real HTTP, a lake, a real PostgreSQL, and what its manifest expects."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from etl import stages
from etl.fetch.politeness import PaceRules
from etl.model import Outcome
from etl.sample.manifest import expected, offers_of
from etl.sample.request_log import overlaps
from etl.sample.server import Newsroom, running_newsroom
from etl.sample.sources import sources_yaml
from etl.settings import Settings
from etl.stages.live import crawling
from etl.stages.live.run import run_once
from etl.urls import normal_url, url_key
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import fingerprint, parts
from etl.warehouse.ops import erased
from etl.warehouse.ops.runs import RunSummary

pytestmark = pytest.mark.e2e

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
# On this host robots.txt answers 503: the source that fails, alone. It is off unless a run names it.
FAILING = "quiet-quay"
TABLES = """
SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
WHERE schemaname IN ('core', 'ops') AND tablename <> 'schema_version' AND tablename !~ '^fetch_log_'
"""


class Place:
    """A newsroom, a lake and a warehouse that belong together."""

    def __init__(self, folder: Path, database_url: str, newsroom: Newsroom) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        sources = folder / "sources.yaml"
        sources.write_text(sources_yaml(newsroom.port), encoding="utf-8")
        self.newsroom = newsroom
        self.settings = Settings(
            home=folder,
            warehouse_url=database_url,
            lake_url=(folder / "lake").as_uri(),
            sources=sources,
            contact=None,
            s3_endpoint_url=None,
        )
        self.engine = open_engine(database_url)

    def run(self, hours: float = 0, sources: Sequence[str] = ()) -> RunSummary:
        return run_once(self.settings, sources=sources, now=NOW + timedelta(hours=hours))

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values))

    def empty(self) -> None:
        with self.engine.begin() as connection:
            tables = [row.name for row in connection.execute(text(TABLES))]
            connection.execute(text(f"TRUNCATE {', '.join(tables)} CASCADE"))


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newsroom's 503 asks for two seconds; half a minute of our own on top would only make the tests slow."""
    monkeypatch.setattr(crawling, "PACE", PaceRules(backoff_s=0.1))


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    with running_newsroom() as newsroom:
        place = Place(tmp_path / "home", database_url, newsroom)
        yield place
        place.engine.dispose()


def test_every_page_of_the_newsroom_ends_as_its_manifest_says(place):
    summary = place.run()
    port = place.newsroom.port
    wanted = {url_key(page.url): page for page in expected(port)}
    offered = {o.url for o in offers_of(1, port) if o.source != FAILING}
    found = {r.url: (r.outcome, r.detail) for r in place.rows("SELECT url, outcome, detail FROM ops.run_url")}

    assert set(found) == offered
    assert summary.candidates == len(offered) == sum(summary.outcomes.values())
    assert summary.outcomes[Outcome.DUPLICATE_CANDIDATE] == len(offered) - len({url_key(u) for u in offered})
    wrong = {
        url: (outcome, detail, "expected", wanted[url_key(url)].on(1).outcome.value)
        for url, (outcome, detail) in found.items()
        if outcome not in ("duplicate_candidate", wanted[url_key(url)].on(1).outcome.value)
    }
    assert wrong == {}


# The share of articles whose value must be right; what is below 1 is work to do in extraction, not in the pages.
GATES = {
    "title": 1.0,
    "authors": 1.0,
    "published_at": 1.0,
    "published_on": 1.0,
    "language": 1.0,
    "text begins": 0.75,
    "text ends": 0.95,
    "no boilerplate": 0.95,
}


def test_articles_say_what_their_pages_say(place):
    place.run()
    rows = {
        r.url: r
        for r in place.rows("SELECT a.*, t.text FROM news.article a JOIN news.article_text t USING (article_id)")
    }
    right: dict[str, list[bool]] = {field: [] for field in GATES}
    for page in expected(place.newsroom.port):
        day = page.on(1)
        if day is None or day.article is None or day.outcome is not Outcome.ARTICLE or not day.offers:
            continue
        wanted, found = day.article, rows[normal_url(day.final_url or page.url)]
        values = {
            "title": (found.title.split(), wanted.title.split()),
            "authors": (tuple(found.authors), wanted.authors),
            "published_at": (found.published_at, wanted.published_at),
            "published_on": (found.published_on, wanted.published_on),
            "language": (found.language, wanted.language),
            "text begins": (found.text.startswith(wanted.first_sentence), True),
            "text ends": (found.text.endswith(wanted.last_sentence), True),
            "no boilerplate": ([line for line in wanted.never if line in found.text], []),
        }
        for field, (have, want) in values.items():
            if want is not None:
                right[field].append(have == want)
    shares = {field: sum(judged) / len(judged) for field, judged in right.items()}
    assert {field: share for field, share in shares.items() if share < GATES[field]} == {}


def test_one_failing_source_fails_alone_and_is_named(place):
    summary = place.run(sources=[site.key for site in place.newsroom.sites.values() if site.is_source])
    assert list(summary.failed) == [FAILING] and "503" in summary.failed[FAILING]
    assert summary.outcomes[Outcome.ARTICLE] > 50
    assert place.rows("SELECT state FROM ops.run") == [("failed",)]


def test_no_host_waits_for_the_database_in_the_event_loop(place):
    where: Counter[str] = Counter()

    def note(*_: Any) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            where["in a thread"] += 1
        else:
            calls = [f for f in traceback.extract_stack() if "/etl/" in f.filename]
            where[f"in the event loop: {calls[-1].filename}:{calls[-1].lineno}"] += 1

    event.listen(Engine, "before_cursor_execute", note)
    try:
        place.run(sources=["morgenkurier"])
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert list(where) == ["in a thread"]


def test_what_a_redirect_leads_to_is_not_taken_where_it_was_erased(place):
    place.run(sources=["harbour-post"])
    (led_to,) = place.rows("SELECT url_key FROM core.alias WHERE kind = 'redirect' LIMIT 1")
    place.empty()
    erased.record(place.engine, {bytes(led_to.url_key): ("asked", NOW)})
    summary = place.run(sources=["harbour-post"])
    assert summary.outcomes[Outcome.ERASED] >= 1 and summary.undecided == 0
    assert place.rows("SELECT FROM core.capture WHERE url_key = :key", key=led_to.url_key) == []


def test_a_second_run_inserts_nothing(place):
    place.run()
    before = fingerprint(place.engine)
    again = place.run(hours=0.5)
    assert fingerprint(place.engine) == before
    assert set(again.outcomes) <= {Outcome.KNOWN, Outcome.DUPLICATE_CANDIDATE}


def test_the_second_day_brings_revisions_gone_pages_and_nothing_twice(place):
    place.run()
    place.newsroom.set_day(2)
    place.run(hours=25)
    port = place.newsroom.port
    for page in expected(port):
        if page.source == FAILING or (not page.day2.offers and page.change != "gone"):
            continue
        rows = place.rows("SELECT revision_count, gone_at FROM core.article WHERE url = :url", url=page.url)
        if page.change == "changed" and page.day2.outcome is Outcome.ARTICLE:
            assert [r.revision_count for r in rows] == [2], page.url
        if page.change == "gone" and page.day1.outcome is Outcome.ARTICLE:
            assert [r.gone_at is not None for r in rows] == [True], page.url
        if page.change == "none" and page.day2.outcome is Outcome.ARTICLE and not page.day2.final_url:
            assert [(r.revision_count, r.gone_at) for r in rows] in ([(1, None)], []), page.url


def test_a_run_that_is_cleared_a_day_later_visits_nobody_and_changes_nothing(place):
    def run() -> None:
        batches = stages.plan(
            place.settings, run_id="r", sources=["morgenkurier"], window_start=None, window_end=None, now=NOW
        )
        for batch in batches:
            stages.discover(place.settings, run_id="r", sources=batch)
            fetched = stages.fetch(place.settings, run_id="r", sources=batch)
            stages.load(place.settings, silver=stages.extract(place.settings, warcs=fetched.uris).uris)
        assert stages.verdict(place.settings, run_id="r", failed_tasks=[]) == []
        assert place.rows("SELECT state, CAST(summary -> 'outcomes' ->> 'article' AS int) > 3 FROM ops.run") == [
            ("ok", True)
        ]

    run()
    before, visits = fingerprint(place.engine), len(place.newsroom.log())
    place.newsroom.set_day(2)
    run()
    assert len(place.newsroom.log()) == visits
    assert fingerprint(place.engine) == before


def test_two_runs_at_once_give_the_same_warehouse_and_no_host_two_visitors(place):
    place.run()
    expected_parts = parts(place.engine)
    place.empty()
    already = len(place.newsroom.log())
    errors: list[BaseException] = []

    def work() -> None:
        try:
            place.run()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert parts(place.engine) == expected_parts
    visits = place.newsroom.log()[already:]
    assert overlaps(visits) == []
    assert set(Counter((v.host, v.path) for v in visits if v.path.startswith("/20")).values()) == {1}


def test_a_host_is_visited_no_faster_than_it_asked(place):
    place.run()
    by_host: dict[str, list[Any]] = {}
    for visit in place.newsroom.log():
        by_host.setdefault(visit.host, []).append(visit)
    asked = {site.host: site.min_delay_s for site in place.newsroom.sites.values()}
    for host, visits in by_host.items():
        starts = sorted(v.start for v in visits)
        assert all(b - a >= asked.get(host, 0) * 0.9 for a, b in pairwise(starts)), host


def test_feeds_and_sitemaps_count_towards_the_days_budget_and_leave_half_of_it_to_pages(place):
    sources = place.settings.sources
    sources.write_text(sources.read_text().replace("daily_budget: 2000", "daily_budget: 7"))
    hosts_day = "SELECT host, sum(requests)::int AS n FROM ops.host_day GROUP BY host"
    pages = "SELECT host, count(*) AS n FROM ops.fetch_log WHERE kind = 'page' AND run_id LIKE :r GROUP BY host"
    place.run()
    first = dict(place.rows(hosts_day))
    assert first and max(first.values()) <= 7
    read = place.rows("SELECT host, count(*) AS n FROM ops.fetch_log WHERE kind IN ('feed', 'sitemap') GROUP BY host")
    assert read and max(n for _, n in read) <= 4
    assert [n for _, n in place.rows(pages, r="%")]
    place.run(hours=1)
    assert max(dict(place.rows(hosts_day)).values()) <= 7
    failed = place.rows("SELECT source_key, error FROM ops.run_source WHERE error LIKE '%budget%'")
    assert failed == []  # a budget that is used up is no failure
