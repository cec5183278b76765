"""Stamps that contradict each other, the address, the capture or the country: none is chosen silently."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from news_html import TITLE, html, ld, read

from etl.model import Page, Precision

URL = "https://www.nordhafen-post.example/a/12"


def stated(**fields: str) -> str:
    return ld({"@type": "NewsArticle", "headline": TITLE, **fields})


def told(page: str, url: str = URL, at: datetime = datetime(2026, 11, 21, 6, tzinfo=UTC)) -> Page:
    return read(page, url=url, at=at)


@pytest.mark.parametrize(
    ("line", "url", "lang"),
    [
        ("03/04/2026", "https://www.nordhafen-post.example/2026/04/ferry", "en"),
        ("04/03/2026", "https://www.nordhafen-post.example/2026/04/ferry", "en-GB"),
        ("03/04/2026", "https://www.nordhafen-post.co.uk/ferry", "en"),
        ("03/04/2026", "https://www.nordhafen-post.com.au/ferry", "en-US"),
        ("03/04/2026", "https://www.nordhafen-post.in/ferry", "en-US"),
        ("04/03/2026", "https://www.nordhafen-post.example/ferry", "en-US"),
    ],
)
def test_month_and_day_are_read_as_the_address_and_the_country_have_them(line: str, url: str, lang: str) -> None:
    page = html(before=f"<p>{line}</p>", lang=lang)
    assert told(page, url).published_on == date(2026, 4, 3)


def test_points_never_stand_in_a_date_with_the_month_first() -> None:
    page = html(before="<p>10.11.2021</p>")
    assert told(page, "https://www.nordhafen-post.example/2021/10/ferry").published_on == date(2021, 11, 10)


def test_a_day_after_the_capture_is_read_the_other_way_round() -> None:
    page = html(before="<p>11/12/2026</p>", lang="en-GB")
    assert told(page, at=datetime(2026, 11, 13, tzinfo=UTC)).published_on == date(2026, 11, 12)


@pytest.mark.parametrize(
    ("stamp", "place"),
    [
        ("2026-11-20T00:00:00Z", None), ("2026-11-20T00:00:00+01:00", None), ("2026-11-20 00:00:00", None),
        ("2026-11-19T23:00:00Z", "de-DE"), ("2026-11-19T15:00:00.000Z", "ja"), ("2026-11-19T18:30:00Z", "en-IN"),
    ],
)  # fmt: skip
def test_midnight_is_a_day_and_no_instant(stamp: str, place: str | None) -> None:
    found = told(html(head=stated(datePublished=stamp), lang=place or "en"))
    assert (found.published_on, found.published_precision) == (date(2026, 11, 20), Precision.DAY)
    assert found.published_at is None


def test_the_offset_of_a_midnight_in_utc_is_lent_to_no_clock() -> None:
    found = told(html(head=stated(datePublished="2026-11-20T00:00:00Z"), before="<p>20 November 2026 10:30</p>"))
    assert found.published_precision is Precision.LOCAL


@pytest.mark.parametrize("modified", ["2026-11-18T10:00:00Z", "1999-01-01T00:00:00Z"])
def test_a_change_before_the_publication_is_none(modified: str) -> None:
    assert told(html(head=stated(datePublished="2026-11-20T10:00:00Z", dateModified=modified))).modified_at is None


def test_a_later_change_is_taken_from_another_place_when_the_first_is_impossible() -> None:
    head = '<meta property="article:modified_time" content="2026-11-20T12:00:00Z">'
    found = told(html(head=head + stated(datePublished="2026-11-20T10:00:00Z", dateModified="2026-11-18T10:00:00Z")))
    assert found.modified_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [stated(dateModified="2026-11-20T08:00:00Z"), '<meta property="og:updated_time" content="2026-11-20T08:00:00Z">'],
)
def test_a_page_that_says_only_when_it_was_changed_gets_a_day_and_a_flag(head: str) -> None:
    found = told(html(head=head))
    assert (found.published_on, found.published_precision) == (date(2026, 11, 20), Precision.DAY)
    assert "published_from_update" in found.flags


def test_the_same_clock_under_another_offset_tells_that_utc_was_none() -> None:
    meta = '<meta property="article:published_time" content="2026-11-20T21:15:00+01:00">'
    found = told(html(head=meta + stated(datePublished="2026-11-20T21:15:00Z")))
    assert found.published_at is not None
    assert found.published_at.isoformat() == "2026-11-20T21:15:00+01:00"


def test_utc_that_readers_see_as_their_own_clock_is_flagged_where_no_clock_shows_it() -> None:
    head, line = stated(datePublished="2026-11-20T21:15:00Z"), "<p>20 November 2026, 21:15</p>"
    assert "published_utc_doubtful" in told(html(head=head, before=line, lang="en-IN")).flags
    assert "published_utc_doubtful" not in told(html(head=head, before=line, lang="en-GB")).flags


def test_the_address_tells_the_day_of_what_was_moved_to_another_system_later() -> None:
    page = html(head=stated(datePublished="2019-06-17T18:28:00+02:00"))
    found = told(page, "https://www.nordhafen-post.example/2017/7/12/ferry")
    assert (found.published_on, found.evidence["published_at"]) == (date(2017, 7, 12), "url")


def test_a_node_of_another_page_dates_nothing() -> None:
    other = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Valley loses a third of its hives", "url": "https://www.nordhafen-post.example/a/11", "datePublished": "2026-03-05"}</script>'
    assert told(html(head=other)).published_on is None
