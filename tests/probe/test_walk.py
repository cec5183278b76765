"""The walk of a probe, driven by a dictionary of answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.fetch.explore import HostRules
from etl.fetch.messages import FetchResult
from etl.fetch.robots_store import RobotsState, StoredRobots
from etl.model import Outcome
from etl.probe.findings import Proposal, Verdict
from etl.probe.walk import recheck, walk
from etl.probe.writing import to_json, to_yaml
from etl.sources.source import Source
from etl.urls import normal_url

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME = "https://www.harbour-post.co.uk/"
TEXT = (
    "<p>The old bridge over the harbour will open by itself from next week on, the council said on Monday.</p>"
    "<p>A man will sit beside it for the first month, in case it does not, with a key and a thermos flask.</p>"
    "<p>Boats had to wait for up to forty minutes in the past, and some of their crews had complained of it often.</p>"
)


def article(n: int) -> str:
    when = NOW - timedelta(hours=n)
    return (
        f'<!doctype html><html lang="en"><head><title>Story {n} of the bridge</title>'
        f'<meta property="article:published_time" content="{when.isoformat()}"></head>'
        f"<body><article><h1>Story {n} of the bridge</h1>{TEXT}<p>Reporter {n} was there, and saw boat {n * 7}.</p></article></body></html>"
    )


def feed(*numbers: int) -> str:
    items = "".join(
        f"<item><title>Story {n} of the bridge</title><link>{HOME}2026/11/24/story-{n}-of-the-bridge/</link></item>"
        for n in numbers
    )
    return f"<rss><channel><title>t</title>{items}</channel></rss>"


SITE = {
    HOME: '<html lang="en"><head><link rel="alternate" type="application/rss+xml" href="/feed/"></head><body>'
    '<a href="/2026/11/24/story-1-of-the-bridge/">Story 1 of the bridge</a></body></html>',
    HOME + "feed/": feed(*range(1, 9)),
    **{f"{HOME}2026/11/24/story-{n}-of-the-bridge/": article(n) for n in range(1, 9)},
}


def drive(way: object, site: dict[str, str], robots: str = "") -> tuple[Proposal, list[str]]:
    """Run a walk against a site; the proposal, and what it asked for."""
    asked: list[str] = []
    answer: FetchResult | StoredRobots | None = None
    pages = {normal_url(url): body for url, body in site.items()}
    try:
        ask = next(way)  # type: ignore[call-overload]
        while True:
            if isinstance(ask, HostRules):
                answer = StoredRobots(
                    host=ask.host,
                    state=RobotsState.RULES,
                    url=f"https://{ask.host}/robots.txt",
                    fetched_at=NOW,
                    text=robots,
                )
            else:
                asked.append(ask.url)
                body = pages.get(normal_url(ask.url))
                answer = FetchResult(
                    url=ask.url,
                    final_url=ask.url,
                    fetched_at=NOW,
                    outcome=None if body is not None else Outcome.GONE,
                    status=200 if body is not None else 404,
                    body=(body or "").encode(),
                )
            ask = way.send(answer)  # type: ignore[attr-defined]
    except StopIteration as end:
        return end.value, asked


def test_a_site_with_a_feed_is_ready_and_its_articles_are_shown() -> None:
    proposal, _ = drive(walk(HOME, now=NOW), SITE)
    assert (proposal.verdict, proposal.feeds, proposal.languages) == (Verdict.READY, (HOME + "feed/",), ("en",))
    assert [sample.outcome for sample in proposal.samples] == [Outcome.ARTICLE] * 5
    assert (proposal.country, proposal.timezone) == ("GB", "Europe/London")


def test_a_host_that_asks_for_long_rests_is_asked_for_less() -> None:
    slow = "User-agent: *\nCrawl-delay: 60\n"
    maps = "".join(f"Sitemap: /maps/{n}.xml\n" for n in range(30))
    usual, patient = (drive(walk(HOME, now=NOW), SITE, robots + maps)[1] for robots in ("", slow))
    assert len(patient) <= 17 < len(usual)  # beside robots.txt and tdmrep.json
    proposal, _ = drive(walk(HOME, now=NOW), SITE, slow)
    assert proposal.verdict is Verdict.READY
    assert any("60 s between requests" in warning.message for warning in proposal.warnings)


def test_of_hundreds_of_sitemaps_in_robots_the_newest_are_looked_at() -> None:
    lines = "".join(f"Sitemap: /maps/{year}-{month:02}.xml\n" for year in range(2000, 2027) for month in range(1, 13))
    _, asked = drive(walk(HOME, now=NOW), SITE, lines)
    assert HOME + "maps/2026-12.xml" in asked and sum("/maps/" in url for url in asked) <= 6


def test_one_text_on_all_articles_is_a_notice_and_no_article() -> None:
    same = {url: body if "story" not in url else article(1) for url, body in SITE.items()}
    proposal, _ = drive(walk(HOME, now=NOW), same)
    assert proposal.verdict is Verdict.NOT_READY


def test_looking_again_asks_for_the_documents_of_the_source_and_nothing_else() -> None:
    source = Source(
        key="post", name="Post", homepage=HOME, languages=("en",), feeds=(HOME + "feed/", HOME + "gone/"), enabled=False
    )
    proposal, asked = drive(recheck(source, now=NOW), SITE)
    assert proposal.verdict is Verdict.READY
    assert asked[:2] == [HOME + "feed/", HOME + "gone/"] and all("story" in url for url in asked[2:])


def test_the_order_of_a_feed_decides_on_no_field() -> None:
    turned = SITE | {HOME + "feed/": feed(*reversed(range(1, 9)))}
    one, other = (drive(walk(HOME, now=NOW), site)[0] for site in (SITE, turned))
    for name in ("verdict", "languages", "timezone", "country", "feeds", "sitemaps", "aliases"):
        assert getattr(one, name) == getattr(other, name)


def test_a_feed_that_only_its_words_give_away_is_read() -> None:
    site = {
        HOME: '<html lang="en"><body><a href="/export/7">RSS</a></body></html>',
        HOME + "export/7": feed(*range(1, 9)),
    }
    assert drive(walk(HOME, now=NOW), SITE | site)[0].feeds == (HOME + "export/7",)


def test_a_page_in_the_place_of_a_feed_that_sends_on_is_followed() -> None:
    moved = {
        HOME + "feed/": '<html><head><meta http-equiv="Refresh" content="0; URL=/blog/feed/"></head></html>',
        HOME + "blog/feed/": feed(*range(1, 9)),
    }
    assert drive(walk(HOME, now=NOW), SITE | moved)[0].feeds == (HOME + "blog/feed/",)


def test_a_feed_of_comments_that_stands_first_is_not_taken_for_the_feed() -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/comments/feed/">'
        '<link rel="alternate" type="application/rss+xml" href="/feed/">'
    )
    site = SITE | {HOME: f'<html lang="en"><head>{head}</head></html>', HOME + "comments/feed/": feed(1, 2)}
    assert drive(walk(HOME, now=NOW), site)[0].feeds == (HOME + "feed/",)


def test_a_sitemap_in_the_usual_place_is_found_where_robots_names_none() -> None:
    urls = "".join(f"<url><loc>{HOME}2026/11/24/story-{n}-of-the-bridge/</loc></url>" for n in range(1, 30))
    proposal, _ = drive(walk(HOME, now=NOW), SITE | {HOME + "sitemap_index.xml": f"<urlset>{urls}</urlset>"})
    assert proposal.sitemaps == (HOME + "sitemap_index.xml",)


def test_a_site_that_has_been_silent_for_long_is_not_ready_but_on_this_machine_time_may_stand_still() -> None:
    later = NOW + timedelta(days=200)
    proposal, _ = drive(walk(HOME, now=later), SITE)
    assert proposal.verdict is Verdict.DOUBTFUL
    assert any("nothing new since 2026-11-24" in warning.message for warning in proposal.warnings)
    here = {
        url.replace(HOME, "http://127.0.0.9/"): body.replace(HOME, "http://127.0.0.9/") for url, body in SITE.items()
    }
    assert drive(walk("http://127.0.0.9/", now=later), here)[0].verdict is Verdict.READY


def test_texts_as_short_as_teasers_are_doubted() -> None:
    short = {url: body.replace(TEXT, "<p>The bridge opened.</p>") for url, body in SITE.items()}
    assert drive(walk(HOME, now=NOW), short)[0].verdict is not Verdict.READY


def test_an_article_under_two_addresses_is_no_notice() -> None:
    twins = SITE | {f"{HOME}2026/11/24/story-8-of-the-bridge/": article(1)}
    assert drive(walk(HOME, now=NOW), twins)[0].verdict is Verdict.READY


BODIES = [
    b"",
    b"\x00\xff\xfe",
    b"<html><body>" + b"<div>" * 300,
    feed(1, 2).encode(),
    b"<rss><channel><item><link>http://[::1</link></item><item><link>mailto:a@b</link></item></channel></rss>",
    b"<urlset><url><loc>//x</loc></url></urlset>",
    f"<sitemapindex><sitemap><loc>{HOME}a.xml</loc></sitemap><sitemap><loc>{HOME}sitemap.xml</loc></sitemap></sitemapindex>".encode(),
    b'{"version": "https://jsonfeed.org/version/1", "items": [{"url": 7}, null]}',
    '<html lang="x-klingon"><head><link rel="alternate" hreflang="" href=""><link rel=feed href="http://[">'
    '<meta http-equiv=refresh content="0;url=/"><meta name=generator content=""></head>'
    '<a href="/rss">RSS</a><a href="/uk/">Українська</a>'.encode(),
    article(1).encode(),
    "<html><title>\ud83d</title>".encode("utf-8", "surrogatepass"),
]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(BODIES), st.sampled_from([200, 204, 301, 403, 404, 429, 500])), max_size=45))
def test_whatever_a_site_answers_a_proposal_comes_within_the_limit(answers: list[tuple[bytes, int]]) -> None:
    waiting = iter(answers)
    way = walk(HOME, now=NOW)
    asked, answer = 0, None
    with pytest.raises(StopIteration) as end:
        while True:
            ask = way.send(answer)
            if isinstance(ask, HostRules):
                answer = None
                continue
            asked += 1
            body, status = next(waiting, (b"", 404))
            outcome = {200: None, 204: None, 404: Outcome.GONE}.get(status, Outcome.HTTP_ERROR)
            answer = FetchResult(
                url=ask.url,
                final_url=ask.url,
                fetched_at=NOW,
                outcome=outcome,
                status=status,
                body=body if outcome is None else b"",
            )
    proposal = end.value.value
    assert asked <= 40
    if proposal.homepage:
        to_yaml(proposal, enabled=False)
    json.dumps(to_json(proposal), default=str)
