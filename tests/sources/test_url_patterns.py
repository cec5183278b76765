"""Patterns of addresses: which page a source lets through, in the notation of robots.txt."""

from __future__ import annotations

import time

import pytest

from etl.sources.source import Source
from etl.sources.url_patterns import matches

BASE = "https://www.harbour-post.example"


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/sport/", "/sport/tennis", True),
        ("/sport/", "/news/sport/", False),
        ("/sport$", "/sport", True),
        ("/sport$", "/sport/tennis", False),
        ("*/live/", "/en/live/storm", True),
        ("*.pdf$", "/a/b.pdf", True),
        ("*.pdf$", "/a/b.pdf?page=2", False),
        ("/*?*print=", "/a?x=1&print=1", True),
        ("/*/*/gallery", "/a/b/gallery-3", True),
        ("/*/*/gallery", "/a/gallery", False),
        ("/地域/", "/%E5%9C%B0%E5%9F%9F/a", True),
        ("harbour-post.example/sport", "/sport/a", True),
        ("www.harbour-post.example/", "/a", True),
        ("live.harbour-post.example/", "/a", False),
        ("*", "/", True),
        ("/", "/x", True),
        ("$", "/x", False),
    ],
)
def test_a_pattern_matches_from_the_start_of_the_path_or_of_the_host(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, BASE + path) is expected


def test_what_is_no_address_matches_nothing() -> None:
    assert not matches("*", "mailto:a@b.example") and not matches("*", "https://[")


def test_many_stars_on_a_long_address_take_no_time() -> None:
    started = time.perf_counter()
    assert not matches("/" + "*a" * 30 + "$", BASE + "/" + "a" * 1900 + "b")
    assert time.perf_counter() - started < 0.2


def source(**more: tuple[str, ...]) -> Source:
    return Source(key="a", name="A", homepage=BASE, languages=("en",), **more)


@pytest.mark.parametrize(
    ("include", "exclude", "path", "wanted", "by"),
    [
        ((), (), "/a", True, None),
        ((), ("/shop/",), "/shop/a", False, "/shop/"),
        ((), ("/shop/",), "/news/a", True, None),
        (("/news/",), (), "/news/a", True, "/news/"),
        (("/news/",), (), "/shop/a", False, None),
        (("/news/",), ("/news/live/",), "/news/live/a", False, "/news/live/"),
        (("/news/live/best/",), ("/news/live/",), "/news/live/best/a", True, "/news/live/best/"),
        (("/news/",), ("/news/",), "/news/a", False, "/news/"),
    ],
)
def test_the_longest_pattern_decides_and_of_two_the_one_that_leaves_out(include, exclude, path, wanted, by) -> None:
    assert source(include=include, exclude=exclude).deciding_pattern(BASE + path) == (wanted, by)
