"""What a source's patterns leave out is counted, and not visited."""

from __future__ import annotations

from datetime import date

from etl.archives.listing import ListedUrl
from etl.model import Candidate, FoundVia, Hint, Outcome
from etl.sources.source import Source
from etl.stages.fill.steps import expected_of
from etl.stages.live.discover import _offers

SOURCE = Source(
    key="post",
    name="Post",
    homepage="https://post.example/",
    languages=("en",),
    include=("/news/",),
    exclude=("/news/live/",),
)
HINT = Hint(source_key="post", via=FoundVia.FEED, found_at="https://post.example/feed")
URLS = [
    "https://post.example/news/a",
    "https://post.example/news/live/b",
    "https://post.example/shop/c",
    "https://x.example/news/d",
]


def test_an_offered_page_that_patterns_leave_out_has_an_outcome_that_says_by_which() -> None:
    offers = _offers([Candidate(url=url, hint=HINT) for url in URLS], SOURCE)
    assert [(offer.outcome, offer.detail) for offer in offers] == [
        (None, None),
        (Outcome.EXCLUDED, "by /news/live/"),
        (Outcome.EXCLUDED, "no include pattern matches"),
        (Outcome.FOREIGN_HOST, "offered by post"),
    ]


def test_past_days_expect_no_page_that_patterns_leave_out() -> None:
    listed = [ListedUrl(day=date(2026, 11, 1), url=url, hint=HINT) for url in URLS]
    assert [each.url for each in expected_of(listed, SOURCE)] == URLS[:1]
