"""What registry, stored robots.txt and age say of an address, in words: shapes of public reports among them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from etl.fetch.robots_store import RobotsState, StoredRobots
from etl.sources.registry import Registry
from etl.sources.source import Source
from etl.why.checks import Check, Passes, age_check, pattern_check, robots_check, source_check

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MANY = "User-agent: *\n" + "".join(f"Disallow: /t/{n}\n" for n in range(3000))


def robots(
    text: str, url: str = "https://a.example/news/1", *, ago: timedelta = timedelta(), **values: object
) -> Check:
    given = {"state": RobotsState.RULES, "status": 200} | values
    stored = StoredRobots(host="a.example", url="", fetched_at=NOW - ago, text=text, **given)  # type: ignore[arg-type]
    return robots_check(stored, url, host="a.example", now=NOW)


@pytest.mark.parametrize(
    ("text", "path", "passes", "words"),
    [
        ("User-agent: *\nDisallow: /news/\n", "/news/1", Passes.NO, "line 2: Disallow: /news/ forbids it, in the group of all agents"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: NewsETL\nAllow: /news/\nDisallow: /\n", "/news/1", Passes.YES, "line 5: Allow: /news/"),
        ("User-agent: NewsETL\nDisallow: /\n", "/x", Passes.NO, "in the group of NewsETL"),
        ("User-agent: News\nDisallow: /\n", "/x", Passes.YES, "no group of it is for us"),
        # https://github.com/ropensci/robotstxt/issues/18
        ("User-agent: *\nDisallow: /travel/\n# a bad dog\nUser-agent: Roverbot\nDisallow: /\n", "/asthma/a.htm", Passes.YES, "no line is about it"),
        # https://github.com/TurnerSoftware/RobotsExclusionTools/issues/71
        ("User-agent: *\nDisallow:\nSitemap: https://a/s.xml\n \nUser-agent: ShopWiki\nDisallow: /\n", "/a", Passes.YES, "no line"),
        # https://github.com/GoogleChrome/lighthouse/issues/4877, in scripts and escapes
        ("User-agent: *\nDisallow: /новости/\n", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/1", Passes.NO, "line 2: Disallow: /новости/"),
        ("User-agent: *\nDisallow: /%E8%A8%98%E4%BA%8B/\n", "/記事/1", Passes.NO, "line 2: Disallow: /%E8%A8%98%E4%BA%8B/"),
        (MANY + "Disallow: /*/print$\n", "/news/print", Passes.NO, "line 3002: Disallow: /*/print$"),
        (MANY, "/t/2999?a=1", Passes.NO, "line 3001: Disallow: /t/2999"),
        (MANY, "/u/1", Passes.YES, "no line is about it"),
        (MANY + "Disallow: /größe\n", "/gr%C3%B6%C3%9Fe/x", Passes.NO, "line 3002: Disallow: /größe"),
    ],
)  # fmt: skip
def test_the_line_of_robots_txt_that_decides_is_named_with_its_group(
    text: str, path: str, passes: Passes, words: str
) -> None:
    check = robots(text, f"https://a.example{path}")
    assert (check.passes, words in check.says) == (passes, True), check.says


def test_a_robots_txt_that_is_none_refused_or_unreadable_says_so_and_an_old_no_is_no_certain_one() -> None:
    assert robots_check(None, "https://a.example/", host="a.example", now=NOW).passes is Passes.UNKNOWN
    assert robots("", state=RobotsState.NO_FILE, status=404).passes is Passes.YES
    assert robots("", state=RobotsState.DENIED, status=403, error="403 Forbidden").passes is Passes.NO
    unreachable = {"state": RobotsState.UNREACHABLE, "status": 503, "error": "503"}
    assert robots("", **unreachable).passes is Passes.NO
    assert robots("", ago=timedelta(minutes=11), **unreachable).passes is Passes.UNKNOWN


@pytest.mark.parametrize(
    ("url", "passes"),
    [
        # https://github.com/unclecode/crawl4ai/issues/1176: what "?" and "#" in a pattern are about
        ("https://a.example/page", Passes.YES),
        ("https://a.example/page#part", Passes.YES),
        ("https://a.example/page?utm_source=x", Passes.YES),
        ("https://a.example/page?foo=bar", Passes.NO),
    ],
)
def test_the_pattern_that_decides_is_named_with_its_place(url: str, passes: Passes) -> None:
    source = Source(key="s", name="S", homepage="https://a.example/", exclude=("/live/", "*?*"))
    check = pattern_check(source, url)
    assert check.passes is passes
    assert ("the pattern *?* decides (exclude, entry 2 of s)" in check.says) is (passes is Passes.NO)


def test_the_age_of_an_address_is_told_with_the_limit() -> None:
    source = Source(key="s", name="S", homepage="https://a.example/", max_age_days=30)
    old = age_check(source, "https://a.example/2019/05/04/storm", (), offered_at=NOW, now=NOW)
    assert old.passes is Passes.NO and "2019-05-04" in old.says and "max_age_days of s is 30" in old.says
    assert old.do is not None and "--from 2019-05-04" in old.do
    assert age_check(source, "https://a.example/storm", (), offered_at=NOW, now=NOW).passes is Passes.YES


def test_a_relay_is_of_the_source_that_offered_it_and_else_of_none() -> None:
    registry = Registry.of([Source(key="s", name="S", homepage="https://a.example/")])
    relay = "http://feedproxy.google.com/~r/s/~3/x/"
    assert source_check(registry, relay, offered_by="s")[0] is not None
    source, check = source_check(registry, relay)
    assert source is None and "is a relay" in check.says
