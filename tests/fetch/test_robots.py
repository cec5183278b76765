from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from etl.fetch.messages import FetchResult
from etl.fetch.robots import CRAWL_DELAY_CAP_S, MAX_USAGES, PathPattern, RobotsRules, parse, signals
from etl.fetch.robots_store import RobotsState, StoredRobots, stored_from
from etl.model import Outcome, Redirect

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SITE = "http://news.example"


def allows(text: str, path: str) -> bool:
    return parse(text).verdict(f"{SITE}{path}").is_allowed


# RFC 9309, clause by clause


@pytest.mark.parametrize("agent", ["NewsETL", "newsetl", "NEWSETL", "NewsETL/1.0", "NewsETL (+https://x)", "NewsETL*"])
def test_our_group_is_found_by_the_product_token_in_any_case(agent: str) -> None:
    text = f"User-agent: *\nDisallow: /\n\nUser-agent: {agent}\nDisallow: /private"
    assert allows(text, "/story") and not allows(text, "/private/x")


@pytest.mark.parametrize(
    "agent", ["News", "ETL", "NewsETL-Images", "NewsETLbot", "MyNewsETL", "*NewsETL", "360NewsETL", "é"]
)
def test_a_group_of_another_token_is_not_ours(agent: str) -> None:
    assert allows(f"User-agent: {agent}\nDisallow: /", "/story")


def test_all_groups_that_name_us_are_one() -> None:
    text = "User-agent: NewsETL\nDisallow: /a\n\nUser-agent: x\nDisallow: /b\n\nUser-agent: newsetl\nDisallow: /c"
    assert [allows(text, path) for path in ("/a", "/b", "/c")] == [False, True, False]


def test_without_a_group_of_ours_that_of_everybody_counts() -> None:
    text = "User-agent: *\nDisallow: /a\n\nUser-agent: x\nDisallow: /b\n\nUser-agent: *\nDisallow: /c"
    assert [allows(text, path) for path in ("/a", "/b", "/c")] == [False, True, False]


def test_a_group_of_ours_that_forbids_nothing_sets_us_free() -> None:
    assert allows("User-agent: *\nDisallow: /\n\nUser-agent: NewsETL\nDisallow:", "/story")
    assert allows("User-agent: *\nDisallow: /\n\nUser-agent: NewsETL", "/story")


def test_an_empty_disallow_ends_the_agents_of_its_group() -> None:
    assert allows("User-agent: NewsETL\nDisallow:\nUser-agent: x\nDisallow: /", "/story")


def test_several_agents_share_a_group() -> None:
    text = "User-agent: x\nUser-agent: NewsETL\n\nUser-agent: y\nDisallow: /shared\nUser-agent: z\nDisallow: /z"
    assert not allows(text, "/shared") and allows(text, "/z")


def test_sitemap_lines_and_unknown_lines_do_not_end_the_agents_of_a_group() -> None:
    text = "User-agent: NewsETL\nSitemap: http://news.example/s.xml\nHost: news.example\nUser-agent: x\nDisallow: /a"
    assert not allows(text, "/a")


def test_rules_before_any_agent_are_nobodys() -> None:
    assert allows("Disallow: /\nUser-agent: x\nDisallow: /", "/story")


def test_the_longest_match_wins_and_allow_wins_a_tie() -> None:
    text = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /tie\nDisallow: /tie"
    assert [allows(text, path) for path in ("/a/x", "/a/b/x", "/a/b/c", "/tie", "/")] == [
        False,
        True,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/a", "/abc?d", True),
        ("/a", "/b/a", False),
        ("/*.pdf$", "/x/y.pdf", True),
        ("/*.pdf$", "/x/y.pdf?z", False),
        ("/*?print=", "/x?print=1", True),
        ("/a*b*c", "/a/1/b/2/c/3", True),
        ("/exact$", "/exact", True),
        ("/exact$", "/exact/", False),
        ("/größe", "/gr%C3%B6%C3%9Fe", True),
        ("/gr%c3%b6", "/gr%C3%B6%C3%9Fe", True),
        ("/ニュース/", "/%E3%83%8B%E3%83%A5%E3%83%BC%E3%82%B9/1", True),
        ("/%7Euser", "/~user", True),
        ("/a%2Fb", "/a/b", False),
        ("/A", "/a", False),
        ("*", "/anything", True),
    ],
)
def test_paths_are_matched_as_the_rfc_says(pattern: str, path: str, matches: bool) -> None:
    assert allows(f"User-agent: *\nDisallow: {pattern}", path) is not matches
    assert PathPattern(pattern).matches(SITE + path) is matches


def test_robots_txt_itself_is_always_allowed() -> None:
    assert allows("User-agent: *\nDisallow: /", "/robots.txt")
    assert not allows("User-agent: *\nDisallow: /", "/robots.txt.html")


def test_comments_blanks_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    for end in ("\n", "\r\n", "\r"):
        text = f"\ufeff# ours{end}  User-Agent :  NewsETL # us{end}{end}\tDISALLOW:/a#b{end}Disallow : /c{end}"
        assert [allows(text, path) for path in ("/a", "/c", "/d")] == [False, False, True]


@pytest.mark.parametrize("line", ["Disalow: /a", "Dissallow: /a", "Disallow /a", "disallow\t/a", "Disallow:/a"])
def test_usual_misspellings_are_understood(line: str) -> None:
    assert not allows(f"Useragent: *\n{line}", "/a")


def test_a_page_of_html_has_no_rules() -> None:
    text = (
        "<!doctype html><html><head><title>Not found</title></head><body>allow: nothing <p>Disallow</p></body></html>"
    )
    assert allows(text, "/story")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    rules = parse(text)
    rules.verdict(f"{SITE}/a?b")
    rules.delay(1)
    rules.usage("content-usage", f"{SITE}/a")


PATH = st.text(st.sampled_from("/ab*$%é?=."), min_size=1, max_size=8).map(lambda text: "/" + text)
LINES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["User-agent"]), st.sampled_from(["*", "NewsETL", "Other"])),
        st.tuples(st.sampled_from(["Allow", "Disallow"]), PATH),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(LINES, PATH)
def test_a_verdict_is_that_of_protego_where_names_are_whole_tokens(lines: list[tuple[str, str]], path: str) -> None:
    text = "\n".join(f"{name}: {value}" for name, value in lines)
    url = SITE + path.replace("*", "x").replace("$", "y").replace("%", "%25")
    assert parse(text).verdict(url).is_allowed == Protego.parse(text).can_fetch(url, "NewsETL")


# What decided


def test_a_verdict_names_the_line_that_decided() -> None:
    text = "User-agent: *\nDisallow: /a\nDisallow: /a/secret\nAllow: /a/b\n"
    rules = parse(text)
    assert rules.verdict(f"{SITE}/a/secret/1").rule == "3: Disallow: /a/secret"
    assert rules.verdict(f"{SITE}/a/b").rule == "4: Allow: /a/b"
    assert rules.verdict(f"{SITE}/z").rule is None


@pytest.mark.timeout(120)
def test_a_file_of_very_many_rules_is_decided_at_all() -> None:
    text = "User-agent: *\n" + "".join(f"Disallow: /*{n}*a*b*c$\n" for n in range(20_000)) + "Disallow: /last\n"
    verdict = parse(text).verdict(f"{SITE}/last/" + "a" * 500)
    assert not verdict.is_allowed and verdict.rule is None


# Delays


@pytest.mark.parametrize(
    ("line", "ours", "seconds", "asked", "is_capped"),
    [
        ("", 2, 2, None, False),
        ("Crawl-delay: 10", 2, 10, 10, False),
        ("Crawl-delay: 1", 2, 2, 1, False),
        ("Crawl-delay: 0.5", 0.1, 0.5, 0.5, False),
        ("Crawl-delay: 2,5", 1, 2.5, 2.5, False),
        ("Crawl-delay: 10s", 1, 10, 10, False),
        ("Crawl-delay: 86400", 2, CRAWL_DELAY_CAP_S, 86400, True),
        ("Crawl-delay: 86400", 300, 300, 86400, True),
        ("Crawl-delay: 9" + "9" * 400, 2, CRAWL_DELAY_CAP_S, math.inf, True),
        ("Crawl-delay: " + "9" * 6000, 2, CRAWL_DELAY_CAP_S, math.inf, True),
        ("Crawl-delay: 1e9", 2, CRAWL_DELAY_CAP_S, 1e9, True),
        ("Crawl-delay: 1e999", 2, CRAWL_DELAY_CAP_S, math.inf, True),
        ("Crawl-delay: 9999999999999999999", 2, CRAWL_DELAY_CAP_S, 1e19, True),
        ("Crawl-delay: nan", 2, 2, None, False),
        ("Crawl-delay: \u0661\u0662", 2, 2, None, False),
        ("Request-rate: 1/1d", 2, CRAWL_DELAY_CAP_S, 86400, True),
        ("Request-rate: 1/" + "9" * 400, 2, CRAWL_DELAY_CAP_S, math.inf, True),
        ("Request-rate: " + "9" * 400 + "/1", 2, 2, 0, False),
        ("Request-rate: 0/5", 2, 2, None, False),
        ("Request-rate: -1/5", 2, 2, None, False),
        ("Request-rate: 1/0", 2, 2, 0, False),
        ("Request-rate: 1/10 0800-1200", 2, 10, 10, False),
        ("Request-rate: " + "9" * 400 + "/" + "9" * 400, 2, 2, None, False),
        ("Crawl-delay: soon", 2, 2, None, False),
        ("Crawl-delay: -3", 2, 2, None, False),
        ("Request-rate: 1/30", 2, 30, 30, False),
        ("Request-rate: 2/1m", 2, 30, 30, False),
        ("Crawl-delay: 5\nCrawl-delay: 7", 2, 7, 7, False),
    ],
)
def test_the_longer_delay_counts_up_to_a_cap_that_is_told(
    line: str, ours: float, seconds: float, asked: float | None, is_capped: bool
) -> None:
    delay = parse(f"User-agent: *\n{line}\nDisallow: /x").delay(ours)
    assert (delay.seconds, delay.asked_s, delay.is_capped) == (seconds, asked, is_capped)


def test_a_delay_for_others_is_not_ours() -> None:
    assert parse("User-agent: x\nCrawl-delay: 50\n\nUser-agent: *\nDisallow: /a").delay(1).seconds == 1


def test_a_delay_is_in_the_signals_and_its_cap_too() -> None:
    rules = parse("User-agent: *\nCrawl-delay: 500\nAllow: /a")
    found = signals(rules.verdict(f"{SITE}/a"), rules.delay(1))
    assert found == {"robots_rule": "3: Allow: /a", "crawl_delay_s": "500", "crawl_delay_capped_s": "120"}


# Other lines


def test_sitemaps_and_licenses_are_the_sites_wherever_they_stand() -> None:
    text = (
        "Sitemap: https://news.example/a.xml\nUser-agent: x\nDisallow: /\nsitemap https://news.example/b.xml\n"
        "Sitemap: https://news.example/a.xml\nLicense: https://news.example/rsl.xml"
    )
    rules = parse(text)
    assert rules.sitemaps == ("https://news.example/a.xml", "https://news.example/b.xml")
    assert [rule.value for rule in rules.licenses] == ["https://news.example/rsl.xml"]


def said(rules: RobotsRules, name: str, path: str) -> list[str]:
    return [value for _, value in rules.usage(name, f"{SITE}{path}")]


def test_usage_lines_above_the_first_group_are_for_all() -> None:
    text = "Content-Signal: ai-train=no\nUser-agent: NewsETL\nAllow: /\nUser-agent: x\nContent-Signal: search=no\n"
    assert said(parse(text), "content-signal", "/story") == ["ai-train=no"]


def test_usage_lines_are_those_of_our_group_with_the_longest_path() -> None:
    text = (
        "User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /open/ train-ai=y\nContent-Usage: /open/ search=n\n"
        "Content-Signal: ai-train=no\nContent-Usage: /broken\nUser-agent: x\nContent-Usage: search=n"
    )
    rules = parse(text)
    assert said(rules, "content-usage", "/story") == ["train-ai=n"]
    assert said(rules, "content-usage", "/open/1") == ["train-ai=y", "search=n"]
    assert said(rules, "content-signal", "/open/1") == ["ai-train=no"]


# What an answer means


def answered(
    status: int | None, body: bytes = b"", outcome: Outcome | None = Outcome.HTTP_ERROR, **more: object
) -> FetchResult:
    return FetchResult(
        url=f"{SITE}/robots.txt",
        final_url=f"{SITE}/robots.txt",
        fetched_at=NOW,
        status=status,
        body=body,
        outcome=outcome,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (answered(200, b"User-agent: *\nDisallow: /", None), RobotsState.RULES),
        (answered(200, b"", None), RobotsState.RULES),
        (answered(204), RobotsState.RULES),
        (answered(404, outcome=Outcome.GONE), RobotsState.NO_FILE),
        (answered(410, outcome=Outcome.GONE), RobotsState.NO_FILE),
        (answered(400), RobotsState.NO_FILE),
        (answered(405), RobotsState.NO_FILE),
        (answered(401), RobotsState.DENIED),
        (answered(402), RobotsState.DENIED),
        (answered(403), RobotsState.DENIED),
        (answered(451), RobotsState.DENIED),
        (answered(429), RobotsState.UNREACHABLE),
        (answered(408), RobotsState.UNREACHABLE),
        (answered(500), RobotsState.UNREACHABLE),
        (answered(503), RobotsState.UNREACHABLE),
        (answered(202), RobotsState.UNREACHABLE),
        (answered(302), RobotsState.UNREACHABLE),
        (answered(304), RobotsState.UNREACHABLE),
        (answered(None), RobotsState.UNREACHABLE),
        (answered(None, outcome=Outcome.TIMEOUT), RobotsState.UNREACHABLE),
        (answered(200, outcome=Outcome.TIMEOUT), RobotsState.UNREACHABLE),
        (answered(200, outcome=Outcome.HTTP_ERROR), RobotsState.UNREACHABLE),
    ],
)
def test_every_answer_to_robots_txt_has_a_state(result: FetchResult, state: RobotsState) -> None:
    stored = stored_from("news.example", result)
    assert stored.state is state
    assert (stored.sha256 is not None) == (state is RobotsState.RULES)


def test_rules_count_for_a_day_and_an_error_for_minutes() -> None:
    rules = stored_from("news.example", answered(200, b"", None))
    error = stored_from("news.example", answered(503))
    assert rules.is_fresh(NOW + timedelta(hours=23, minutes=59)) and not rules.is_fresh(NOW + timedelta(hours=24))
    assert error.is_fresh(NOW + timedelta(minutes=9)) and not error.is_fresh(NOW + timedelta(minutes=10))
    assert not rules.is_fresh(NOW - timedelta(seconds=1))


def test_the_last_line_of_a_file_that_was_cut_does_not_count() -> None:
    cut = answered(200, b"User-agent: *\nDisallow: /a\nDisallow: /", None, is_cut=True)
    rules = parse(stored_from("news.example", cut).text)
    assert rules.verdict(f"{SITE}/story").is_allowed and not rules.verdict(f"{SITE}/a").is_allowed


def test_what_is_stored_comes_back_from_json_and_holds_nothing_that_a_database_refuses() -> None:
    body = b"\xef\xbb\xbfUser-agent: *\nDisallow: /gr\xf6\x00\xff\n"
    stored = stored_from("news.example", answered(200, body, None, redirects=(Redirect(url="u", status=301),)))
    again = StoredRobots.from_json(json.loads(json.dumps(stored.to_json())))
    assert again == stored and "\x00" not in stored.text
    assert stored.text.startswith("User-agent") and stored.text.encode("utf-8")


def test_of_lines_about_use_the_first_thousand_are_read_and_the_rest_is_counted() -> None:
    rules = parse("User-agent: *\n" + "Content-Usage: /a ai=y\n" * MAX_USAGES + "Content-Usage: ai=n\n" * 7)
    assert rules.usage("content-usage", f"{SITE}/b") == ()
    assert rules.usage_left_out("content-usage") == 7 and rules.usage_left_out("content-signal") == 0


def test_a_pattern_of_stars_is_matched_in_no_time_to_speak_of() -> None:
    rules = parse("User-agent: *\nDisallow: /" + "*a" * 5000 + "*b\nDisallow: /" + "*" * 9000 + "c$")
    assert rules.verdict(f"{SITE}/{'a' * 8000}").is_allowed
    assert not rules.verdict(f"{SITE}/{'a' * 8000}c").is_allowed


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig", "ascii"])
@pytest.mark.parametrize(
    "text", ["User-agent: *\nDisallow: /x/\n", "user-agent:*\r\ndisallow:/x/", "# r\nUser-agent: *\nDisallow: /x"]
)
def test_a_robots_txt_in_any_unicode_encoding_is_obeyed(encoding: str, text: str) -> None:
    result = FetchResult(
        url=f"{SITE}/robots.txt",
        final_url=f"{SITE}/robots.txt",
        fetched_at=NOW,
        outcome=None,
        status=200,
        body=text.encode(encoding),
    )
    assert not allows(stored_from("news.example", result).text, "/x/story")
