"""Which files of a sitemap index are read: the newest articles must be among the few that are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from etl.discover.indexes import choose, instant
from etl.discover.parsed import ChildSitemap

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
SITE = "https://paper.example/"


def child(name: str, modified: str | None = None) -> ChildSitemap:
    return ChildSitemap(url=name if "://" in name else SITE + name, modified_raw=modified)


def numbered(form: str, count: int, modified: str | None = None) -> list[ChildSitemap]:
    return [child(form.format(number), modified) for number in range(1, count + 1)]


def chosen(children: list[ChildSitemap], limit: int = 5) -> list[str]:
    found = choose(children, owns=lambda url: url.startswith(SITE), limit=limit, now=NOW)
    return [each.url.removeprefix(SITE) for each in found]


SHAPES = {
    "no dates, numbered up, beside files of pages and authors": (
        [*numbered("wp-sitemap-posts-post-{}.xml", 12), *numbered("wp-sitemap-users-{}.xml", 9)],
        "wp-sitemap-posts-post-12.xml",
    ),
    "no dates, numbered down": (numbered("sitemap-{}.xml", 40), "sitemap-1.xml"),
    "no dates, years and months": (
        [child(f"sitemap-{year}-{month}.xml") for year in range(2010, 2027) for month in range(1, 12)],
        "sitemap-2026-11.xml",
    ),
    "numbers in a query": (numbered("sitemap.xml?page={}", 120), "sitemap.xml?page=120"),
    "one date for all": (numbered("s{}.xml", 20, "2026-11-10T00:00:00Z"), "s20.xml"),
    "dates of JavaScript": (
        [
            *numbered("old-{}.xml", 9, "Wed Nov 04 2026 09:00:00 GMT+0100 (Central European Standard Time)"),
            child("new.xml", "Tue Nov 10 2026 09:00:00 GMT+0100 (CET)"),
        ],
        "new.xml",
    ),
    "mixed offsets": (
        [*numbered("tokyo-{}.xml", 9, "2026-11-10T09:00:00+09:00"), child("us.xml", "2026-11-09T23:30:00-08:00")],
        "us.xml",
    ),
    "dates of mail headers": (
        [
            *numbered("a{}.xml", 9, "Wed, 04 Nov 2026 09:00:00 GMT"),
            child("b.xml", "Tue, 10 Nov 2026 09:00:00 GMT"),
        ],
        "b.xml",
    ),
    "dates that are ahead": (
        [*numbered("x{}.xml", 9, "2099-01-01"), child("real.xml", "2026-11-10")],
        "real.xml",
    ),
    "a crowd of files of tags, newer than the articles": (
        [*numbered("post_tag-sitemap{}.xml", 60, "2026-11-10T11:00:00Z"), child("post-sitemap.xml", "2026-11-10")],
        "post-sitemap.xml",
    ),
    "a crowd of files of other hosts, newer than the own": (
        [*numbered("https://other.example/{}.xml", 60, "2026-11-10T11:00:00Z"), child("own.xml", "2026-11-01")],
        "own.xml",
    ),
    "one without a date among old dated ones": (
        [*numbered("archive-{}.xml", 60, "2026-10-01"), child("latest.xml")],
        "latest.xml",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_file_with_the_newest_articles_is_read(shape: str) -> None:
    children, newest = SHAPES[shape]
    assert newest in chosen(children)
    assert newest in chosen(children[::-1])  # whatever the order of the index


def test_the_newest_comes_first_and_others_last() -> None:
    children = [child("tags.xml", "2026-11-10"), child("a.xml", "2026-11-01"), child("b.xml", "2026-11-09")]
    assert chosen(children) == ["b.xml", "a.xml", "tags.xml"]


def test_both_ends_of_each_row_are_read_by_turns() -> None:
    children = [*numbered("news-{}.xml", 30), *numbered("sport-{}.xml", 30)]
    assert chosen(children, limit=4) == ["news-30.xml", "sport-30.xml", "news-1.xml", "sport-1.xml"]


@pytest.mark.parametrize("text", [None, "", "gestern", "2026-13-45", "99999-01-01", "0000-00-00T00:00:00Z", "١٢"])
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert instant(text) is None
