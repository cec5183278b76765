"""Columns instead of structures, rows instead of lists: what tools can filter, group and join by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from observations import START, observation
from sqlalchemy import Engine, text

from etl.model import CaptureMeta, Outcome, Redirect
from etl.urls import article_id, url_key
from etl.warehouse.load.load import load_again
from etl.warehouse.ops import coverage
from etl.warehouse.stories.relate import settle

AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def rows(engine: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def load(engine: Engine, *pages: Any) -> None:
    load_again(engine, list(pages))


@pytest.mark.parametrize(
    ("claim", "is_cut", "access"),
    [(True, False, "free"), (False, False, "metered"), (False, True, "paid"), (True, True, "paid"), (None, True, "paid"),
     (None, False, "unknown")],
)  # fmt: skip
def test_access_is_a_word_for_what_publisher_and_page_say_together(
    emptied: Engine, claim: bool | None, is_cut: bool, access: str
) -> None:
    load(emptied, observation(is_accessible_for_free=claim, text_truncated=is_cut))
    assert rows(emptied, "SELECT access FROM news.article") == [(access,)]


@pytest.mark.parametrize(
    ("evidence", "confidence"),
    [("text 0.97, declared en", 0.97), ("text 1.00, declared none", 1.0), ("declared pt", None), (None, None)],
)
def test_confidence_of_the_language_is_a_number(
    emptied: Engine, evidence: str | None, confidence: float | None
) -> None:
    load(emptied, observation(evidence={"language": evidence} if evidence else {}))
    ((found,),) = rows(emptied, "SELECT language_confidence FROM news.article")
    assert found == (None if confidence is None else pytest.approx(confidence))


def test_authors_tags_and_agencies_have_a_row_each_in_their_order_and_a_form_to_group_by(emptied: Engine) -> None:
    load(
        emptied,
        observation("https://a.example/1", authors=("Мария ИВАНОВА", "李明", "José  Ruiz"), tags=("École", "ﬁlm"),
                    agencies=("Reuters",)),
        observation("https://a.example/2", text="other"),
    )  # fmt: skip
    assert rows(emptied, "SELECT author_no, author, author_key FROM news.article_author ORDER BY 1") == [
        (1, "Мария ИВАНОВА", "мария иванова"), (2, "李明", "李明"), (3, "José  Ruiz", "josé ruiz"),
    ]  # fmt: skip
    assert rows(emptied, "SELECT tag_no, tag_key FROM news.article_tag ORDER BY 1") == [(1, "école"), (2, "film")]
    assert rows(
        emptied, "SELECT a.url, g.agency FROM news.article_agency g JOIN news.article a USING (article_id)"
    ) == [("https://a.example/1", "Reuters")]
    assert rows(emptied, "SELECT url, is_wire FROM news.article ORDER BY url") == [
        ("https://a.example/1", True), ("https://a.example/2", False),
    ]  # fmt: skip


def test_an_article_is_found_by_every_address_that_leads_to_it(emptied: Engine) -> None:
    own, spelled = "https://a.example/1", "http://a.example/1?utm_source=rss#top"
    short, amp, canonical = "https://s.example/x", "https://amp.a.example/1", "https://a.example/один"
    load(
        emptied,
        observation(own, canonical_url=canonical, amp_url=amp),
        observation(spelled, hours=1, meta=CaptureMeta(redirects=(Redirect(url=short, status=301),))),
        observation("https://a.example/2", text="other"),
    )
    wanted = {own: "fetched", spelled: "fetched", short: "redirect", amp: "amp", canonical: "canonical",
              "http://a.example/1": "article"}  # fmt: skip
    query = "SELECT article_id, kinds FROM news.article_url WHERE url = :u"
    found = {url: rows(emptied, query, u=url) for url in wanted}
    assert found == {url: [(article_id(url_key(own)), [kind])] for url, kind in wanted.items()}
    assert len(rows(emptied, "SELECT url FROM news.article_url")) == len(wanted) + 1


def test_what_is_no_article_says_why_and_goes_when_it_becomes_one(emptied: Engine) -> None:
    url = "https://a.example/liste"
    load(emptied, observation(url, outcome=Outcome.LIST_PAGE, detail="40 links"))
    assert rows(
        emptied, "SELECT reason, detail, url, status, captured_at, article_id, has_article FROM news.reject"
    ) == [("list_page", "40 links", url, 200, START, article_id(url_key(url)), False)]
    load(emptied, observation(url, hours=1))
    assert rows(emptied, "SELECT reason, has_article FROM news.reject") == [("list_page", True)]


def test_sites_without_a_source_are_in_source_and_coverage_under_their_name(emptied: Engine) -> None:
    with emptied.begin() as connection:
        connection.execute(
            text("INSERT INTO core.source (source_key, name, homepage, languages, is_enabled) "
                 "VALUES ('post', 'Post', 'https://post.example/', '{en}', true)")
        )  # fmt: skip
    load(
        emptied,
        observation("https://archiv.example/1", published_at=AT, published_on=AT.date(), language="de"),
        observation("https://archiv.example/2", text="2", published_at=AT, published_on=AT.date(), language="fr"),
        observation("https://other.example/3", text="3"),
    )
    found = rows(emptied, "SELECT source_key, languages, article_count, is_registered FROM news.source ORDER BY 1")
    assert found == [
        ("archiv.example", ["de", "fr"], 2, False),
        ("other.example", [], 1, False),
        ("post", ["en"], 0, True),
    ]
    assert rows(emptied, "SELECT source_key, day, expected, loaded FROM news.coverage") == [
        ("archiv.example", AT.date(), 2, 2)
    ]
    joined = "SELECT DISTINCT s.source_key FROM news.article a JOIN news.source s ON s.source_key = a.source_or_site"
    assert sorted(rows(emptied, joined)) == [("archiv.example",), ("other.example",)]
    assert coverage.coverage(emptied, sources=["post"], first=AT.date(), last=AT.date()) == []


def test_members_of_a_story_have_their_place_and_their_delay(emptied: Engine) -> None:
    words = " ".join(f"слово{n} word{n} 字{n}" for n in range(200))
    for n, hours in enumerate((3, 1, 2)):
        at = AT + timedelta(hours=hours) if n < 2 else None
        load(emptied, observation(f"https://{n}.example/1", hours=24 + n, text=words, title="One title",
                                  published_at=at, published_on=at.date() if at else None))  # fmt: skip
    settle(emptied)
    found = rows(
        emptied, "SELECT site, member_no, member_count, published_after, seen_after FROM news.story_member ORDER BY 2"
    )
    assert found == [
        ("1.example", 1, 3, timedelta(0), timedelta(hours=1)),
        ("0.example", 2, 3, timedelta(hours=2), timedelta(0)),
        ("2.example", 3, 3, None, timedelta(hours=2)),
    ]


def test_when_rows_were_written_is_told(emptied: Engine) -> None:
    ((before,),) = rows(emptied, "SELECT clock_timestamp()")
    load(emptied, observation())
    for view in ("article", "article_text"):
        ((at,),) = rows(emptied, f"SELECT loaded_at FROM news.{view}")
        assert before <= at
