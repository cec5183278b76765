"""Observations as rows, table by table, without a database."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from observations import observation

from etl.hints import values_of
from etl.model import CaptureMeta, Cut, FoundVia, Hint, Image, Observation, Outcome, PageType, Precision, Redirect
from etl.urls import url_key
from etl.warehouse.load import rows
from etl.warehouse.schema import tables

HINT = Hint(source_key="a", via=FoundVia.FEED, found_at="https://a.example/rss", title="東京", published_raw="Mon")


def full() -> Observation:
    o = observation(
        "https://News.example/story?utm_source=rss&id=1#top",
        text="الأول.\nSecond 𝒳.",
        title="T",
        authors=("Ana Ruiz", "李明"),
        published_at=datetime(2026, 11, 1, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        published_on=date(2026, 11, 1),
        published_precision=Precision.MINUTE,
        modified_at=datetime(2026, 11, 2, tzinfo=UTC),
        tags=("a", "б"),
        images=(Image(url="https://a.example/i.jpg", caption="c"), Image(url="u", credit="k")),
        removed=(Cut(rule="r", zone="tail", start=3, end=5, text="xy"),),
        evidence={"title": "h1"},
        canonical_url="https://news.example/canonical",
        amp_url="https://news.example/amp",
        is_accessible_for_free=False,
        text_truncated=True,
        flags=("clean_guard",),
        detail="d",
        schema_type="NewsArticle",
    )
    redirects = (Redirect(url="https://go.example/1", status=301), Redirect(url="https://go.example/2", status=302))
    return replace(o, meta=CaptureMeta(hints=(HINT,), redirects=redirects, robots={"robots_state": "rules"}))


def test_every_row_has_the_columns_of_its_table() -> None:
    o = full()
    for table, row in (
        (tables.observation, rows.observation(o)),
        (tables.capture, rows.capture(o)),
        (tables.body, rows.body(o)),
        (tables.processed, rows.processed(o)),
        (tables.reject, rows.reject(o)),
        (tables.hint, next(iter(rows.hints(o)))),
        (tables.alias, next(iter(rows.aliases(o)))),
    ):
        assert set(row) == set(table.columns.keys()) - {"loaded_at"}, table.name


def test_an_observations_row_says_what_its_page_says() -> None:
    row = rows.observation(full())
    assert row["url"] == "https://news.example/story?id=1"
    assert (row["page_type"], row["published_precision"]) == ("article", "minute")
    assert (row["authors"], row["tags"], row["flags"]) == (["Ana Ruiz", "李明"], ["a", "б"], ["clean_guard"])
    assert (row["text_chars"], row["text_digest"]) == (16, hashlib.sha256("الأول.\nSecond 𝒳.".encode()).digest())
    assert json.loads(row["images"]) == [
        {"url": "https://a.example/i.jpg", "caption": "c", "credit": None},
        {"url": "u", "caption": None, "credit": "k"},
    ]
    assert json.loads(row["removed"]) == [{"rule": "r", "zone": "tail", "start": 3, "end": 5, "text": "xy"}]
    assert json.loads(row["evidence"]) == {"title": "h1"}
    assert (row["is_accessible_for_free"], row["text_truncated"], row["published_on"]) == (
        False,
        True,
        date(2026, 11, 1),
    )


@pytest.mark.parametrize(("minutes", "expected"), [(345, 345), (0, 0), (-210, -210), (None, None)])
def test_the_publishers_offset_is_minutes_east(minutes: int | None, expected: int | None) -> None:
    at = None if minutes is None else datetime(2026, 11, 1, tzinfo=timezone(timedelta(minutes=minutes)))
    row = rows.observation(observation(published_at=at))
    assert row["published_utc_offset_min"] == expected and row["published_at"] == at


def test_what_is_not_known_is_null_in_every_column_that_may_be() -> None:
    row = rows.observation(observation())
    assert {name for name, value in row.items() if value is None} == {
        name for name, column in tables.observation.columns.items() if column.nullable and name != "loaded_at"
    }


def test_a_captures_row_says_where_its_bytes_lie_where_that_is_known() -> None:
    row = rows.capture(full())
    assert json.loads(row["redirects"]) == [["https://go.example/1", 301], ["https://go.example/2", 302]]
    assert json.loads(row["rights"]) == {"robots_state": "rules"}
    assert (row["warc"], row["warc_offset"], row["warc_length"]) == ("raw/a.warc.gz", 0, 10)
    row = rows.capture(replace(full(), place=None))
    assert (row["warc"], row["warc_offset"], row["warc_length"]) == (None, None, None)


def test_a_reject_is_of_a_capture_or_of_a_record_that_is_none() -> None:
    refused = observation(hours=1, outcome=Outcome.CONSENT_WALL, detail="2 phrases")
    row = rows.reject(refused)
    assert (row["capture_id"], row["reject_id"], row["stage"]) == (refused.capture_id, refused.capture_id, "extract")
    assert (row["reason"], row["detail"], row["url"]) == ("consent_wall", "2 phrases", "https://news.example/story")
    assert (row["warc"], row["warc_offset"], row["rules_version"]) == ("raw/a.warc.gz", 1000, "r1")
    damaged = replace(refused, status=0, target_uri="", place=None)
    row = rows.reject(damaged)
    assert (row["capture_id"], row["reject_id"], row["stage"]) == (None, damaged.capture_id, "read")
    assert (row["url"], row["warc"], row["warc_offset"]) == (None, None, None)
    assert rows.reject(observation(outcome=Outcome.LIST_PAGE, detail=""))["detail"] is None
    assert rows.is_capture(refused) and not rows.is_capture(damaged)
    assert not rows.is_loaded(refused) and rows.is_loaded(observation())


def test_what_was_done_with_a_capture_has_no_empty_detail() -> None:
    assert rows.processed(observation(outcome=Outcome.LIST_PAGE, detail=""))["detail"] is None
    row = rows.processed(observation(outcome=Outcome.LIST_PAGE, detail="12 links"))
    assert (row["outcome"], row["page_type"], row["detail"]) == ("list_page", PageType.EMPTY.value, "12 links")


def test_aliases_are_other_web_addresses_that_an_article_or_the_way_to_it_names() -> None:
    found = {(row["kind"], row["alias_url"]): row["alias_key"] for row in rows.aliases(full())}
    assert set(found) == {
        ("canonical", "https://news.example/canonical"),
        ("amp", "https://news.example/amp"),
        ("redirect", "https://go.example/1"),
        ("redirect", "https://go.example/2"),
    }
    assert all(key == url_key(url) for (_, url), key in found.items())
    own = observation(canonical_url="http://news.example/story#x", amp_url="urn:amp")
    assert list(rows.aliases(own)) == []
    refused = observation(outcome=Outcome.LIST_PAGE, canonical_url="https://news.example/other")
    assert list(rows.aliases(refused)) == []


def test_a_hints_digest_is_of_its_values_and_tells_hints_apart() -> None:
    (row,) = rows.hints(full())
    values = {name: value for name, value in row.items() if name not in ("capture_id", "hint_digest")}
    assert values == values_of(HINT) and row["hint_digest"] == rows.json_digest(values)
    assert (values["via"], values["title"], values["summary"]) == ("feed", "東京", None)
    other = replace(full(), meta=CaptureMeta(hints=(replace(HINT, title="大阪"),)))
    assert next(iter(rows.hints(other)))["hint_digest"] != row["hint_digest"]
