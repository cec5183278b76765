from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.archives.days import Span, day_of_address, day_of_words, span_of


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("/sitemap-2022-02.xml", "2022-02-01", "2022-02-28"),
        ("/sitemap-pt-post-2024-02.xml.gz", "2024-02-01", "2024-02-29"),
        ("/sitemap_20220224.xml", "2022-02-24", "2022-02-24"),
        ("/sitemaps/2022/2/4.xml", "2022-02-04", "2022-02-04"),
        ("/arc/outboundfeeds/sitemap/2022-02-24/?outputType=xml", "2022-02-24", "2022-02-24"),
        ("/sitemap.xml?yyyy=2022&mm=02&dd=24", "2022-02-24", "2022-02-24"),
        ("/sitemap.xml?year=2022&month=2", "2022-02-01", "2022-02-28"),
        ("/sitemap?date=2022-02-24", "2022-02-24", "2022-02-24"),
        ("/sitemap/2022/february.xml", "2022-02-01", "2022-02-28"),
        ("/karta/2022/лютий.xml", "2022-02-01", "2022-02-28"),
        ("/sitemap-2022-w08.xml", "2022-02-21", "2022-02-27"),
        ("/sitemap-2022-q1.xml", "2022-01-01", "2022-03-31"),
        ("/sitemaps/02-2022.xml", "2022-02-01", "2022-02-28"),
        ("/sitemap-articles-2022.xml", "2022-01-01", "2022-12-31"),
    ],
)
def test_the_name_of_a_sitemap_says_its_days(name, first, last):
    assert span_of(f"https://a.example{name}") == Span(first=date.fromisoformat(first), last=date.fromisoformat(last))


@pytest.mark.parametrize(
    "name", ["/sitemap.xml", "/post-sitemap12.xml", "/sitemap-120221.xml", "/sitemap.xml?page=3", "/s-2022-13.xml?x=1"]
)
def test_other_numbers_are_no_days(name):
    span = span_of(f"https://a.example{name}")
    assert span is None or span.first == date(2022, 1, 1)


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2022/02/24/storm", date(2022, 2, 24)),
        ("/world/2022/feb/24/storm", date(2022, 2, 24)),
        ("/20220224/storm", date(2022, 2, 24)),
        ("/storm-2022-02-24.html", date(2022, 2, 24)),
        ("/nachrichten/24.02.2022/sturm", date(2022, 2, 24)),
        ("/%D9%85%D9%82%D8%A7%D9%84/2022/2/24/%D8%B9%D8%A7%D8%B5%D9%81%D8%A9", date(2022, 2, 24)),
        ("/2022/02/storm", None),
        ("/story-120220224", None),
        ("/2022/02/31/storm", None),
    ],
)
def test_the_address_of_an_article_says_its_day(path, day):
    assert day_of_address(f"https://a.example{path}") == day


def test_a_time_with_an_offset_is_a_day_in_utc():
    assert day_of_words("2022-02-24T00:30:00+02:00") == date(2022, 2, 23)
    assert day_of_words("Thu, 24 Feb 2022 23:30:00 -0500") == date(2022, 2, 25)
    assert day_of_words("24 лютого 2022") == date(2022, 2, 24)
    assert day_of_words(None) is day_of_words("soon") is None


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)), st.sampled_from(["/", "-", "_", "."]))
def test_every_day_that_is_written_whole_is_read(day, separator):
    written = f"{day.year}{separator}{day.month:02}{separator}{day.day:02}"
    assert day_of_address(f"https://a.example/news/{written}/title") == day
    assert span_of(f"https://a.example/sitemap-{written}.xml") == Span(first=day, last=day)


def test_no_date_that_a_document_may_write_raises() -> None:
    odd = (
        "9999-12-31T23:59:59-14:00 0001-01-01T00:00:00+14:00 9999-12-31T24:00:00Z 2016-12-31T23:59:60Z 0000-00-00 "
        "2024-05-03T18:19:08+99:00 10000-01-01T00:00:00Z -0044-03-15 99999999999999999999 NaN 9377/10/10 2024-366"
    ).split()
    for raw in odd:
        day = day_of_words(raw)
        assert day is None or isinstance(day, date), raw
    assert day_of_words("9999-12-31T23:59:59-14:00") == date(9999, 12, 31)
