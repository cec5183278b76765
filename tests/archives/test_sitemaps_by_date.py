"""Which sitemaps are read for a day: walks without a network."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from benchmarks.past_site import index, urlset
from etl.archives import sitemaps
from etl.archives.days import Span, one_day
from etl.archives.listing import Listing, Walk
from etl.archives.sitemaps import choose
from etl.discover.parsed import ChildSitemap
from etl.fetch.messages import FetchResult
from etl.model import FoundVia, Outcome
from etl.sources.source import Source

DAY = date(2022, 2, 24)
TODAY = date(2026, 11, 24)
BASE = "https://a.example"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def source(**more) -> Source:
    return Source(key="a", name="A", homepage=f"{BASE}/", **more)


def answered(walk: Walk, pages: dict[str, str]) -> tuple[Listing, list[str]]:
    asked: list[str] = []
    try:
        request = next(walk)
        while True:
            asked.append(request.url.removeprefix(BASE))
            body = pages.get(request.url.removeprefix(BASE))
            outcome = Outcome.GONE if body is None else None
            request = walk.send(
                FetchResult(
                    url=request.url,
                    final_url=request.url,
                    fetched_at=NOW,
                    outcome=outcome,
                    status=404 if body is None else 200,
                    body=(body or "").encode(),
                )
            )
    except StopIteration as end:
        return end.value, asked


def row(count: int, *, ascending: bool, first: date = date(2012, 1, 1), days_each: int = 30) -> dict[str, str]:
    """Numbered files of `days_each` days each, without dates in names or addresses."""
    pages, names = {}, []
    for n in range(count):
        number = n + 1 if ascending else count - n
        name = f"/post-sitemap{number}.xml"
        begin = first + timedelta(days=n * days_each)
        entries = "".join(
            f"<url><loc>{BASE}/story-of-{begin + timedelta(days=d)}-told</loc>"
            f"<news:news xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><news:publication_date>"
            f"{begin + timedelta(days=d)}T08:00:00Z</news:publication_date></news:news></url>"
            for d in range(days_each)
        )
        pages[name] = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
        names.append((number, name))
    pages["/sitemap_index.xml"] = index((BASE + name, None) for _, name in sorted(names))
    pages["/robots.txt"] = f"Sitemap: {BASE}/sitemap_index.xml"
    return pages


def test_a_day_reads_the_file_of_its_month_and_not_ten_years():
    months = [(f"/s/{y}-{m:02}.xml", date(y, m, 1)) for y in range(2012, 2027) for m in range(1, 13)]
    pages = {name: urlset([f"{BASE}/{first:%Y/%m}/24/storm"]) for name, first in months}
    pages["/index.xml"] = index((BASE + name, None) for name, _ in months)
    pages["/robots.txt"] = f"User-agent: *\nsitemap: {BASE}/index.xml"
    listing, asked = answered(sitemaps.walk(source(), one_day(DAY), today=TODAY), pages)
    assert asked == ["/robots.txt", "/index.xml", "/s/2022-02.xml"]
    assert [(n.url, n.day, n.hint.via) for n in listing.named] == [
        (f"{BASE}/2022/02/24/storm", DAY, FoundVia.SITEMAP_ARCHIVE)
    ]
    assert listing.state == "listed"


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("day", [date(2012, 1, 1), date(2016, 5, 7), date(2022, 2, 24), date(2024, 4, 20)])
def test_numbered_files_are_searched_and_not_read(ascending, day):
    listing, asked = answered(sitemaps.walk(source(), one_day(day), today=TODAY), row(150, ascending=ascending))
    assert [n.url for n in listing.named] == [f"{BASE}/story-of-{day}-told"]
    assert len(asked) <= 14, asked


def test_numbered_files_give_all_days_of_a_span():
    span = Span(first=date(2022, 1, 20), last=date(2022, 3, 20))
    listing, _ = answered(sitemaps.walk(source(), span, today=TODAY), row(150, ascending=True))
    assert sorted(n.day for n in listing.named) == list(span)


def test_files_that_were_not_modified_since_are_left_out_and_lists_of_no_articles_too():
    children = [
        ChildSitemap(url=f"{BASE}/old.xml", modified_raw="2022-02-23T23:59:59Z"),
        ChildSitemap(url=f"{BASE}/new.xml", modified_raw="2022-02-24T00:00:00Z"),
        ChildSitemap(url=f"{BASE}/unknown.xml"),
        ChildSitemap(url=f"{BASE}/category-sitemap.xml"),
        ChildSitemap(url=f"{BASE}/wp-sitemap-users-1.xml"),
        # A file of a month is written anew with each edit: its date says nothing.
        ChildSitemap(url=f"{BASE}/2022-02.xml", modified_raw="2020-01-01"),
        ChildSitemap(url=f"{BASE}/2021-12.xml", modified_raw="2026-01-01"),
    ]
    assert choose(children, one_day(DAY)).files == (f"{BASE}/2022-02.xml", f"{BASE}/new.xml", f"{BASE}/unknown.xml")


def test_a_site_that_names_no_sitemap_is_asked_at_the_usual_places():
    listing, asked = answered(sitemaps.walk(source(), one_day(DAY), today=TODAY), {})
    assert asked == ["/robots.txt", "/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml"]
    assert listing.state == "absent" and listing.problems == ()


def test_a_broken_file_is_a_problem_and_the_others_are_read():
    pages = {
        "/robots.txt": f"Sitemap: {BASE}/i.xml",
        "/i.xml": index([(f"{BASE}/2022-02-24.xml", None), (f"{BASE}/2022-02.xml", None)]),
        "/2022-02.xml": urlset([f"{BASE}/2022/02/24/storm"]),
    }
    listing, _ = answered(sitemaps.walk(source(), one_day(DAY), today=TODAY), pages)
    assert len(listing.named) == 1 and listing.state == "partial"
    assert "2022-02-24.xml: gone" in listing.problems[0]


def test_a_walk_ends_however_many_indexes_there_are():
    pages = {f"/{n}.xml": index([(f"{BASE}/{n + 1}.xml", None), (f"{BASE}/x{n}.xml", None)]) for n in range(100)}
    pages["/robots.txt"] = f"Sitemap: {BASE}/0.xml"
    listing, asked = answered(sitemaps.walk(source(), one_day(DAY), today=TODAY), pages)
    assert len(asked) < 20 and "deeper than" in " ".join(listing.problems)


def test_urls_of_other_sites_and_days_are_not_named():
    pages = {
        "/robots.txt": f"Sitemap: {BASE}/2022-02.xml",
        "/2022-02.xml": urlset(
            [f"{BASE}/2022/02/23/a", f"{BASE}/2022/02/24/b", "https://b.example/2022/02/24/c"], None
        ),
    }
    listing, _ = answered(sitemaps.walk(source(), one_day(DAY), today=TODAY), pages)
    assert [n.url for n in listing.named] == [f"{BASE}/2022/02/24/b"]


def test_an_article_that_stands_a_file_too_early_is_found_as_well():
    pages = row(150, ascending=True)
    k = (DAY - date(2012, 1, 1)).days // 30
    name = f"/post-sitemap{k + 1 - 2}.xml"  # two before the day's own
    extra = f"<url><loc>{BASE}/{DAY:%Y/%m/%d}/late</loc></url></urlset>"
    pages[name] = pages[name].replace("</urlset>", extra)
    listing, _ = answered(sitemaps.walk(source(), one_day(DAY), today=TODAY), pages)
    assert f"{BASE}/2022/02/24/late" in {n.url for n in listing.named}
