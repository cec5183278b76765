"""The name of a capture never changes: warehouses hold it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from exchanges import instants, uris
from hypothesis import given
from hypothesis import strategies as st

from etl.lake.identity import capture_id, parse_warc_date, payload_digest, warc_date

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("uri", "instant", "digest", "expected"),
    [
        ("https://example.com/", NOON, "sha256:00", "23ad96493c586edcbd78ffb71ba8d4693ddc8b51770b1116ab7b944e313e4746"),
        (
            "https://shimbun.example/記事?id=3",
            NOON + timedelta(microseconds=1),
            payload_digest(b""),
            "6eb1f5226919580d7f9514396db1129fd5ca9d76546631f231ef03f98ba77ca7",
        ),
        ("", datetime(1, 1, 1, tzinfo=UTC), "", "a882fadd04cb29ed371d9cb803f7f7c08dfc1689b79f9c57fef2f4da17918a3c"),
    ],
)
def test_capture_ids_are_frozen(uri: str, instant: datetime, digest: str, expected: str) -> None:
    assert capture_id(uri, instant, digest).hex() == expected


def test_the_parts_of_an_id_cannot_be_shifted_into_each_other() -> None:
    date = warc_date(NOON)
    made = [
        capture_id("a", NOON, "b"),
        capture_id("ab", NOON, ""),
        capture_id("", NOON, "ab"),
        capture_id("a" + date, NOON, "b"),
        capture_id("a", NOON, date + "b"),
        capture_id("a", NOON + timedelta(microseconds=1), "b"),
    ]
    assert len(set(made)) == len(made) and {len(one) for one in made} == {32}


def test_an_id_is_of_the_instant_and_not_of_its_zone() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    assert capture_id("a", there, "b") == capture_id("a", NOON, "b")
    with pytest.raises(ValueError, match="time zone"):
        capture_id("a", datetime(2026, 11, 24), "b")


@given(uris, instants, st.text(max_size=5))
def test_dates_survive_writing_and_reading(uri: str, instant: datetime, digest: str) -> None:
    assert parse_warc_date(warc_date(instant)) == instant
    assert capture_id(uri, parse_warc_date(warc_date(instant)), digest) == capture_id(uri, instant, digest)


@given(st.lists(instants, min_size=2))
def test_dates_sort_as_text_as_they_do_in_time(moments: list[datetime]) -> None:
    assert [warc_date(moment) for moment in sorted(moments)] == sorted(warc_date(moment) for moment in moments)


@pytest.mark.parametrize("text", ["", "now", "20240503181908", "2024-05-03 ", "2024-02-30", "2024-05-03T18", "٢٠٢٤"])
def test_what_is_no_date_is_refused(text: str) -> None:
    if text.strip() == "2024-05-03":
        assert parse_warc_date(text) == datetime(2024, 5, 3, tzinfo=UTC)
        return
    with pytest.raises(ValueError):
        parse_warc_date(text)
