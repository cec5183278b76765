"""The day of a page's address: in every form that names one, and none where a list counts its things."""

from __future__ import annotations

from datetime import date

import pytest

from etl.extract.url_day import url_day, url_month

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    "path",
    [
        "/2026/nov/20/ferry", "/2026/novembre/20/bac", "/20-nov-2026/ferry", "/nov-20-2026/ferry", "/202611/t20261120_48211.html", "/c/t20261120_1.htm",
        "/2026-11-20/ferry", "/2026/11/20/ferry", "/2026/11/20.html", "/2026_11_20/ferry", "/ferry-20261120.html", "/content_20261120.htm", "/202611/20/48211.html",
        "/n1/2026/1120/c1-1.html", "/20261120/ferry", "/20-11-2026/ferry", "/11-20-2026/ferry", "/news/20261120093000123", "/view/AEN20261120002300325",
        "/view?date=20261120&id=5", "/view.php?d=2026-11-20",
    ],
)  # fmt: skip
def test_the_day(path: str) -> None:
    assert url_day(f"https://www.tolbeon.example{path}") == DAY


@pytest.mark.parametrize(
    "path",
    [
        "/2026/04/5-things-to-see", "/2026/04/10-reasons-to-cross", "/2026/11/20-best-ferries.html", "/news/20261999", "/a/20263011-x", "/n/2026112", "/view?id=20261120", "/2026/11/",
        "/2026/nonsense/20/", "http://[broken",
    ],
)  # fmt: skip
def test_no_day(path: str) -> None:
    assert url_day(path if path.startswith("http") else f"https://www.tolbeon.example{path}") is None


def test_the_month_of_an_address_is_known_without_a_day() -> None:
    assert url_month("https://www.tolbeon.example/2026/04/10-reasons") == (2026, 4)
    assert url_month("https://www.tolbeon.example/ferry") is None
    assert url_month("http://[broken") is None
