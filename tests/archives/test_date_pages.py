"""A site's pages of past days: addresses, further pages, and which sites have them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from etl.archives import date_pages
from etl.archives.date_pages import address, following
from etl.fetch.messages import FetchResult
from etl.model import FoundVia, Outcome
from etl.sources import fields
from etl.sources.source import Source

DAY = date(2022, 2, 4)
BASE = "https://a.example"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
SOURCE = Source(key="a", name="A", homepage=f"{BASE}/")


def answered(walk, pages: dict[str, str], *, busy: tuple[str, ...] = ()):
    asked: list[str] = []
    try:
        request = next(walk)
        while True:
            path = request.url.removeprefix(BASE)
            asked.append(path)
            body = pages.get(path)
            outcome = Outcome.HTTP_ERROR if path in busy else Outcome.GONE if body is None else None
            request = walk.send(
                FetchResult(
                    url=request.url,
                    final_url=request.url,
                    fetched_at=NOW,
                    outcome=outcome,
                    status={None: 200, Outcome.GONE: 404}.get(outcome, 503),
                    headers=(("Content-Type", "text/html; charset=utf-8"),),
                    body=(body or "").encode(),
                )
            )
    except StopIteration as end:
        return end.value, asked


def links(*paths: str, then: str = "") -> str:
    items = "".join(f'<li><a href="{path}">台風が北部の海岸を直撃 A storm hits the coast</a></li>' for path in paths)
    return f"<html><body><ul>{items}</ul>{then}</body></html>"


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("/{yyyy}/{mm}/{dd}/", "/2022/02/04/"),
        ("/archive/{yyyy}{mm}{dd}", "/archive/20220204"),
        ("/{yyyy}/{m}/{d}", "/2022/2/4"),
        ("/архив?день={dd}.{mm}.{yyyy}", "/архив?день=04.02.2022"),
    ],
)
def test_a_pattern_becomes_the_address_of_a_day(pattern, wanted):
    assert address(pattern, DAY, f"{BASE}/") == BASE + wanted


@pytest.mark.parametrize("pattern", ["/{yyyy}/{mm}/", "/{yyyy}/{mm}/{day}/", "/{mm}/{dd}"])
def test_a_pattern_without_a_whole_date_is_refused(pattern):
    with pytest.raises(ValueError, match="yyyy"):
        fields.date_archive(BASE + pattern)
    assert fields.date_archive(BASE + "/{yyyy}/{m}/{d}") == BASE + "/{yyyy}/{m}/{d}"


@pytest.mark.parametrize(
    ("url", "body", "wanted"),
    [
        (
            "/2022/02/04/",
            '<a href="/2022/02/04/page/2/">2</a><a href="/2022/02/04/page/3/">3</a>',
            "/2022/02/04/page/2/",
        ),
        ("/2022/02/04/page/2/", '<a href="/2022/02/04/">1</a><a href="page/3/">x</a>', None),
        ("/d?day=4", '<a href="/d?day=4&amp;page=2">التالي</a>', "/d?day=4&page=2"),
        ("/d?page=2&day=4", '<a href="/d?day=4&amp;page=3">3</a>', "/d?day=4&page=3"),
        ("/2022/02/04/", '<link rel="next" href="/2022/02/04/page/2">', "/2022/02/04/page/2"),
        ("/2022/02/04/", '<a rel="next" href="/2022/02/05/">Tomorrow</a>', None),
    ],
)
def test_the_page_after_a_page_is_told_from_other_links(url, body, wanted):
    found = following(f"<html><body>{body}</body></html>".encode(), BASE + url)
    assert found == (BASE + wanted if wanted else None)


def test_all_pages_of_a_day_are_read_and_links_to_other_days_left_out():
    pages = {
        "/2022/02/04/": links("/2022/02/04/a", "/2022/02/03/b", then='<a href="/2022/02/04/page/2/">2</a>'),
        "/2022/02/04/page/2/": links("/2022/02/04/c", then='<a href="/2022/02/04/page/3/">3</a>'),
        "/2022/02/04/page/3/": links("/2022/02/04/c", then='<a href="/2022/02/04/page/4/">4</a>'),  # the last again
    }
    listing, asked = answered(date_pages.walk(SOURCE, DAY, ["/{yyyy}/{mm}/{dd}/"]), pages)
    assert [n.url.removeprefix(BASE) for n in listing.named] == ["/2022/02/04/a", "/2022/02/04/c"]
    assert {n.hint.via for n in listing.named} == {FoundVia.DATE_ARCHIVE}
    assert len(asked) == 3 and listing.state == "listed"


def test_a_day_without_a_page_is_empty_and_a_page_that_fails_is_a_problem():
    listing, _ = answered(date_pages.walk(SOURCE, DAY, ["/{yyyy}/{mm}/{dd}/"]), {})
    assert (listing.named, listing.state) == ((), "listed")
    listing, _ = answered(date_pages.walk(SOURCE, DAY, ["/{yyyy}/{mm}/{dd}/"]), {}, busy=("/2022/02/04/",))
    assert listing.state == "failed"


def test_a_day_of_too_many_pages_is_told_to_be_cut():
    pages = {
        f"/2022/02/04/page/{n}/": links(f"/2022/02/04/a{n}", then=f'<a rel="next" href="/2022/02/04/page/{n + 1}/">')
        for n in range(2, 60)
    }
    pages["/2022/02/04/"] = links("/2022/02/04/a1", then='<a rel="next" href="/2022/02/04/page/2/">')
    listing, asked = answered(date_pages.walk(SOURCE, DAY, ["/{yyyy}/{mm}/{dd}/"], max_pages=5), pages)
    assert len(asked) == 5 and listing.state == "partial"


def test_pages_whose_addresses_have_no_days_count_when_another_day_shows_others():
    texts = [f"/the-story-of-the-{word}-coast" for word in ("north", "south", "west")]
    others = [f"/the-story-of-the-{word}-island" for word in ("first", "second", "third")]
    pages = {"/archive/2022-02-04": links(*texts), "/archive/2021-07-29": links(*others)}
    found, _ = answered(date_pages.find_out(SOURCE, DAY), pages)
    assert found == "/archive/{yyyy}-{mm}-{dd}"
    pages["/archive/2021-07-29"] = links(*texts)
    assert answered(date_pages.find_out(SOURCE, DAY), pages)[0] is None
