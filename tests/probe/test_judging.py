"""What a document that was tried turns out to be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from etl.discover.documents import DocumentKind
from etl.fetch.messages import FetchResult
from etl.model import Outcome
from etl.probe.addresses import key_of
from etl.probe.findings import Role
from etl.probe.front import same_site
from etl.probe.judging import apart, judge

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SITE = "https://www.harbour-post.example/"


def answer(body: str, url: str = SITE + "feed/", outcome: Outcome | None = None) -> FetchResult:
    return FetchResult(url=url, final_url=url, fetched_at=NOW, outcome=outcome, status=200, body=body.encode())


def rss(*urls: str, date: str = "Tue, 24 Nov 2026 09:00:00 +0000", inside: str = "") -> str:
    items = "".join(
        f"<item><title>A bridge opens</title><link>{url}</link><pubDate>{date}</pubDate>{inside}</item>" for url in urls
    )
    return f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'


def urlset(*urls: str) -> str:
    return f"<urlset>{''.join(f'<url><loc>{url}</loc></url>' for url in urls)}</urlset>"


def judged(body: str, url: str = SITE + "feed/", kind: DocumentKind = DocumentKind.FEED, **more: frozenset[str]):
    return judge(
        answer(body, url),
        named_by="robots.txt",
        owns=lambda u: same_site(u, SITE),
        now=NOW,
        silent_before=NOW - timedelta(days=90),
        kind=kind,
        **more,
    )


ARTICLES = [f"{SITE}2026/11/2{n}/a-bridge-opens-{n}/" for n in range(5)]


@pytest.mark.parametrize(
    ("body", "url", "role"),
    [
        (rss(*ARTICLES), "feed/", Role.FEED),
        (rss(*ARTICLES), "comments/feed/", Role.COMMENTS),
        (rss(*(f"{url}#comment-9" for url in ARTICLES)), "feed/x", Role.COMMENTS),
        (rss(*ARTICLES, inside='<enclosure url="x.mp3" type="audio/mpeg"/>'), "feed/", Role.AUDIO),
        (rss(*ARTICLES, date="Mon, 24 Nov 2025 09:00:00 +0000"), "feed/", Role.SILENT),
        (rss(), "feed/", Role.EMPTY),
        (rss("https://other.example/a", "https://other.example/b"), "feed/", Role.FOREIGN),
        ("<!doctype html><html><body>Not found</body></html>", "feed/", Role.NOTHING),
        ("{}", "feed.json", Role.NOTHING),
        (urlset(*ARTICLES), "sitemap.xml", Role.SITEMAP),
        (urlset(SITE + "about/", SITE + "contact/", SITE + "privacy/"), "page-sitemap.xml", Role.NO_ARTICLES),
        ("<sitemapindex><sitemap><loc>/post.xml</loc></sitemap></sitemapindex>", "s.xml", Role.SITEMAP_INDEX),
    ],
)
def test_a_document_is_what_it_holds(body: str, url: str, role: Role) -> None:
    assert judged(body, SITE + url).role is role


def test_a_feed_whose_entries_have_no_dates_is_not_silent() -> None:
    assert judged(rss(*ARTICLES, date="")).role is Role.FEED


def test_addresses_that_feeds_know_for_articles_make_a_sitemap_of_articles() -> None:
    urls = [f"{SITE}地域/{n}" for n in range(6)]
    assert judged(urlset(*urls), kind=DocumentKind.SITEMAP).role is Role.NO_ARTICLES
    known = frozenset(key_of(f"{SITE}%E5%9C%B0%E5%9F%9F/{n}") for n in range(6))
    assert judged(urlset(*urls), kind=DocumentKind.SITEMAP, articles=known).role is Role.SITEMAP


def test_of_two_feeds_with_the_same_entries_the_first_counts_and_the_other_is_named() -> None:
    one, other = judged(rss(*ARTICLES), SITE + "feed/"), judged(rss(*ARTICLES), SITE + "feed/atom/")
    first, second = apart([one, other])
    assert (first.role, second.role, second.same_as) == (Role.FEED, Role.DUPLICATE, SITE + "feed/")


def test_a_part_of_a_feed_is_a_duplicate_wherever_it_stands() -> None:
    part, whole = judged(rss(*ARTICLES[:2]), SITE + "top/feed/"), judged(rss(*ARTICLES), SITE + "feed/")
    assert [each.role for each in apart([part, whole])] == [Role.DUPLICATE, Role.FEED]


def test_a_section_with_older_entries_of_its_own_is_no_duplicate() -> None:
    section = judged(rss(*ARTICLES[:1], f"{SITE}2026/10/01/an-older-story-of-it/"), SITE + "sport/feed/")
    assert [each.role for each in apart([judged(rss(*ARTICLES)), section])] == [Role.FEED, Role.FEED]


def test_a_news_sitemap_is_no_duplicate_of_the_sitemap_that_has_all() -> None:
    news = "".join(
        f"<url><loc>{url}</loc><news:news><news:title>A bridge</news:title></news:news></url>" for url in ARTICLES[:2]
    )
    found = apart(
        [
            judged(urlset(*ARTICLES), kind=DocumentKind.SITEMAP),
            judged(f"<urlset>{news}</urlset>", kind=DocumentKind.SITEMAP),
        ]
    )
    assert [each.role for each in found] == [Role.SITEMAP, Role.NEWS_SITEMAP]
