"""One row or record of an archive that is dated oddly keeps no other back."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, date, datetime

import pytest

from etl.archives import cc_news, wayback
from etl.archives.days import Span
from etl.fetch.messages import FetchResult
from etl.model import FoundVia, Hint
from etl.sources.source import Source

AT = datetime(2026, 11, 24, tzinfo=UTC)
NAME = "crawl-data/CC-NEWS/2026/11/CC-NEWS-20261101000000-00001.warc.gz"


def result(body: bytes = b"", url: str = "https://web.example/") -> FetchResult:
    return FetchResult(url=url, final_url=url, fetched_at=AT, outcome=None, status=200, body=body)


def test_a_row_of_the_wayback_machine_that_no_calendar_has_is_left_out_alone() -> None:
    rows = [["timestamp", "original", "digest"]]
    for timestamp in ("20240230000000", "99999999999999", "00000000000000", "", "2024", "20240501000000"):
        rows.append([timestamp, "https://a.example/x", "D"])
    found, _, problem = wayback.parse(result(json.dumps(rows).encode()))
    assert problem is None and datetime(2024, 5, 1, tzinfo=UTC) in [row.at for row in found]
    assert all(row.at.year >= 1 for row in found)


GOOD = ["com,example)/x", "20240501000000", "https://a.example/x", "D"]
NAMES = ["urlkey", "timestamp", "original", "digest"]


@pytest.mark.parametrize(
    "bad",
    [
        *(
            '["short"]',
            "[]x",
            '["com)/", "20240501000000", "https://a.example/\\x", "D"]',
            "[1, 2, 3, 4]",
            "null",
            '"text"',
        ),
        *('["com)/", "20240501000000", "https://a.example/cut', '["a", "2024", "b", "c", "one too many"]'),
    ],
)
def test_one_bad_row_of_a_listing_costs_that_row_alone(bad: str) -> None:
    rows = [json.dumps(NAMES), json.dumps(GOOD), bad, json.dumps(GOOD), "[]", json.dumps(["com,example)/y 2024"])]
    found, resume, problem = wayback.parse(result(("[" + ",\n".join(rows) + "]\n").encode()))
    assert (len(found), resume, problem) == (2, "com,example)/y 2024", None)


def test_a_page_in_the_place_of_a_listing_is_a_problem() -> None:
    for body in (b"<html>busy</html>", b'{"error": 1}', b"[[", b"\xff"):
        assert wayback.parse(result(body))[2] is not None


def test_the_resume_key_is_asked_for_with_the_column_that_it_is_made_of() -> None:
    source = Source(key="a", name="A", homepage="https://a.example/", languages=("en",))
    asked = wayback.question(source, Span(first=date(2026, 11, 1), last=date(2026, 11, 2)), "https://web.example")
    assert "fl=urlkey%2Ctimestamp%2Coriginal%2Cdigest" in asked


def test_a_replay_that_is_dated_ahead_of_its_reading_is_none() -> None:
    hint = Hint(source_key="a", via=FoundVia.WAYBACK, found_at="x")
    for timestamp, is_one in (("20261124120000", True), ("20261126000000", False), ("99991231235959", False)):
        replayed = result(b"<html>", f"https://web.example/web/{timestamp}id_/https://a.example/x")
        assert (wayback.exchange_of(replayed, hint) is not None) is is_one


def test_a_record_of_the_news_crawl_that_is_dated_ahead_of_its_file_counts_as_bad() -> None:
    def record(date: str) -> bytes:
        block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>x"
        return gzip.compress(
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: {date}\r\nWARC-Target-URI: https://a.example/x\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n".encode()
            + block
            + b"\r\n\r\n"
        )

    dates = ("2026-11-01T05:00:00Z", "9999-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "none", "2026-11-02T00:00:00Z")
    stream = io.BytesIO(b"".join(map(record, dates)))
    scanned = list(cc_news.scan(stream, NAME, 0, lambda _: "a"))
    assert [(one.exchange is not None, one.is_bad) for one in scanned] == [
        (True, False), (False, True), (False, True), (False, True), (True, False),
    ]  # fmt: skip
