"""Past days from a site's own archives, over real HTTP into a real warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from benchmarks import past_site
from etl.errors import Permanent
from etl.fetch.politeness import PaceRules
from etl.settings import Settings
from etl.stages.fill.run import FillReport, fill_days
from etl.stages.live import crawling
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import fingerprint
from etl.warehouse.ops import hosts

FIRST = date(2022, 2, 20)
DAY = date(2022, 2, 24)


class Place:
    """A site with a past, a lake and a warehouse."""

    def __init__(self, folder: Path, database_url: str, site: Any, **source: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.site = site
        self.sources = folder / "sources.yaml"
        self.configure(**source)
        self.settings = Settings(
            home=folder,
            warehouse_url=database_url,
            lake_url=(folder / "lake").as_uri(),
            sources=self.sources,
            contact=None,
            s3_endpoint_url=None,
        )
        self.engine = open_engine(database_url)

    def configure(self, **more: Any) -> None:
        fields = {"key": "quay", "name": "Quay", "homepage": f"{self.site.base}/", "languages": "[en]"}
        fields |= {"min_delay_s": 0} | more
        lines = "\n    ".join(f"{name}: {value}" for name, value in fields.items())
        self.sources.write_text(f"sources:\n  - {lines}\n", encoding="utf-8")

    def fill(self, first: date | None = DAY, last: date | None = None, **more: Any) -> FillReport:
        return fill_days(self.settings, first=first, last=last, **more)

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values))

    def urls(self) -> set[str]:
        return {r.url.removeprefix(self.site.base) for r in self.rows("SELECT url FROM core.article")}


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawling, "PACE", PaceRules(backoff_s=0.05))


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    with past_site.running() as site:
        site.publish(FIRST, 8)
        site.sitemaps()
        place = Place(tmp_path / "home", database_url, site)
        yield place
        place.engine.dispose()


def test_a_day_is_filled_from_sitemaps_and_covered(place):
    done = place.fill()
    assert place.urls() == set(place.site.articles[DAY])
    (row,) = done.coverage
    assert (row.source_key, row.day, row.state) == ("quay", DAY, "final")
    assert (row.expected, row.loaded, row.missing, dict(row.expected_from)) == (3, 3, 0, {"sitemap_archive": 3})
    assert done.problem is None


def test_filling_a_day_again_asks_nobody_and_changes_nothing(place):
    place.fill()
    before, asked = fingerprint(place.engine), len(place.site.seen)
    place.fill()
    assert fingerprint(place.engine) == before
    assert len(place.site.seen) == asked


def test_several_days_read_a_month_once(place):
    place.fill(FIRST, FIRST + timedelta(days=3))
    assert place.urls() == {path for n in range(4) for path in place.site.articles[FIRST + timedelta(days=n)]}
    assert place.site.seen.count("/sitemaps/2022-02.xml") == 1


def test_a_page_that_is_gone_is_missing_for_good_and_one_that_fails_may_still_be_had(place):
    gone, failing, _ = place.site.articles[DAY]
    place.site.put(gone, "gone", status=410)
    place.site.failing.add(failing)
    done = place.fill()
    (row,) = done.coverage
    assert (row.loaded, dict(row.missing_by), row.obtainable) == (1, {"gone": 1, "http_error": 1}, 1)
    assert row.state == "settling" and "1 listed pages are not loaded yet" in (done.problem or "")
    place.site.failing.clear()
    again = place.fill(only_missing=True)
    assert dict(again.coverage[0].missing_by) == {"gone": 1} and again.problem is None
    assert place.rows("SELECT state FROM news.coverage") == [("final",)]


def test_what_a_fill_could_not_get_is_not_handed_to_live_runs(place):
    place.site.failing.update(place.site.articles[DAY])
    place.fill()
    assert place.rows("SELECT count(*) AS n FROM ops.candidate WHERE due_at IS NOT NULL") == [(0,)]


def test_a_fill_leaves_live_runs_what_they_are_likely_to_need(place):
    place.configure(daily_budget=8)  # half of it is kept for live runs, which have not been there yet
    done = place.fill(FIRST, FIRST + timedelta(days=7))
    assert len(place.site.seen) <= 6  # two of them are robots.txt as rules, and what stands beside it
    assert done.problem and "not loaded yet" in done.problem
    host = place.site.host
    assert hosts.left_for_fills(place.engine, host, datetime.now(UTC).date(), budget=8) == 0


def test_a_dry_run_says_what_a_fill_would_take_and_reads_no_page(place):
    (estimate,) = place.fill(is_dry=True).estimates
    assert (estimate["expected"], estimate["requests"], estimate["fits_today"]) == (3, 3, 3)
    assert estimate["bytes"] == 3 * (117 << 10) and estimate["hours"] == 0.0
    assert not [path for path in place.site.seen if "sails-again" in path]
    assert place.rows("SELECT count(*) AS n FROM core.capture") == [(0,)]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (datetime.now(UTC).date(), "is not over yet"),
        (datetime.now(UTC).date() + timedelta(days=2), "has not come yet"),
    ],
)
def test_a_day_that_is_not_over_is_refused_with_what_to_do(place, day, said):
    with pytest.raises(Permanent, match=said):
        place.fill(day)


def test_a_day_that_no_archive_knows_is_a_problem_that_says_so(place):
    done = place.fill(date(2019, 5, 5))
    assert done.problem and "no archive lists a page of 2019-05-05" in done.problem


def test_pages_of_past_days_are_found_out_and_read_page_by_page(place):
    site = place.site
    site.pages.pop("/sitemap-index.xml")
    site.put("/robots.txt", "User-agent: *\nAllow: /\n", "text/plain")
    paths = site.articles[DAY]
    link = '<li><a href="{0}">The ferry to the outer islands sails again</a></li>'
    other = link.format(site.articles[FIRST][0])
    site.put(
        f"/{DAY:%Y/%m/%d}/",
        f"<ul>{link.format(paths[0])}{link.format(paths[1])}{other}</ul><a href='/{DAY:%Y/%m/%d}/page/2/'>2</a>",
    )
    site.put(f"/{DAY:%Y/%m/%d}/page/2/", f"<ul>{link.format(paths[2])}</ul>")
    done = place.fill()
    assert place.urls() == set(paths)
    assert dict(done.coverage[0].expected_from) == {"date_archive": 3}
    assert place.rows("SELECT pattern FROM ops.date_archive") == [("/{yyyy}/{mm}/{dd}/",)]


def test_a_site_that_answers_any_day_with_its_front_page_has_no_pages_of_past_days(place):
    site = place.site
    site.pages.pop("/sitemap-index.xml")
    front = "".join(
        f'<li><a href="/storm-hits-the-northern-coast-{i}">A storm hits the northern coast</a></li>' for i in range(5)
    )
    for day in (DAY, DAY - timedelta(days=190)):
        for path in (f"/{day:%Y/%m/%d}/", f"/archive/{day:%Y/%m/%d}/", f"/archive/{day:%Y-%m-%d}"):
            site.put(path, f"<ul>{front}</ul>")
    place.fill()
    assert place.urls() == set()
    assert place.rows("SELECT pattern FROM ops.date_archive") == [("",)]


def test_an_archive_that_fails_is_no_empty_day(place):
    place.site.failing.update({"/sitemap-index.xml", "/sitemaps/2022-02.xml"})
    done = place.fill()
    assert done.problem and "sitemap_archive of quay on 2022-02-24 was not read completely" in done.problem
    place.site.failing.clear()
    assert place.fill().problem is None
    assert place.urls() == set(place.site.articles[DAY])
