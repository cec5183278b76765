"""One record of an archive stops that record only, and a date that lies ahead is not believed silently."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from benchmarks.pages import page
from etl import cli
from etl import settings as settings_module
from etl.extract import web
from etl.lake import cdxj, date_limits, warc
from etl.lake.local import LocalStore
from etl.model import Outcome, StageReport
from etl.settings import Settings
from etl.stages.inspect.records import records
from etl.stages.maintenance import erase
from etl.stages.maintenance.rebuild import rebuild
from etl.stages.process.adopt import adopt
from etl.stages.process.ingest import ingest
from etl.stages.resources import Resources, open_resources
from etl.warehouse.fingerprint import fingerprint

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOOD = b"2024-05-03T18:19:08Z"

# The WARC-Date of one record of six, and what of its outcome's detail is to be said; None where it is an article.
DATES: dict[bytes | None, str | None] = {
    b"9999-12-31T23:59:59Z": "days ahead",
    b"9999-12-31T23:59:59.999999Z": "days ahead",
    b"9999-12-31T23:59:59-01:00": "beyond the calendar",
    b"9999-12-31T24:00:00Z": "beyond the calendar",
    b"2099-01-01T00:00:00Z": "days ahead",
    b"2026-11-25T12:00:01Z": "24 hours ahead",
    b"2026-11-25T12:00:00Z": None,
    b"2026-11-25T23:00:00+11:00": None,
    b"0000-01-01T00:00:00Z": "year 0",
    b"0001-01-01T00:00:00Z": None,  # loses to every other, and harms nothing
    b"0001-01-01T00:00:00+01:00": "beyond the calendar",
    b"10000-01-01T00:00:00Z": "is no WARC-Date",
    b"-0044-03-15T00:00:00Z": "is no WARC-Date",
    b"2016-12-31T23:59:60Z": None,
    b"2024-05-03T24:00:00Z": None,
    b"2024-05-03T24:00:01Z": "hour",
    b"2024-05-03T18:19:08+99:00": "an offset that no clock has",
    b"2024-05-03T18:19:08-23:60": "an offset that no clock has",
    b"2024-05-03T18:19:08+24:00": "an offset that no clock has",
    b"2024-05-03t18:19:08z": None,
    b"2024-05-03T18:19:08.1234567890123Z": None,
    b"2024-05-03": None,
    b"2024": None,
    b"": "is no WARC-Date",
    None: "is no WARC-Date",
    b"2024-02-30T00:00:00Z": "day is out of range",
    b"Fri, 03 May 2024 18:19:08 GMT": "is no WARC-Date",
    b"20240503181908": "is no WARC-Date",
    "٢٠٢٤-٠٥-٠٣T00:00:00Z".encode(): "is no WARC-Date",
    b"9" * 5000: "is no WARC-Date",
    b"2024-05-03T18:19:08Z\r\nWARC-Date: 9999-12-31T23:59:59Z": None,  # the first counts
    b"9999-12-31T23:59:59Z\r\nWARC-Date: 2024-05-03T18:19:08Z": "days ahead",
}


def record(url: str, body: bytes, *, date: bytes | None = GOOD, extra: bytes = b"", length: bytes = b"") -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = b"WARC/1.0\r\nWARC-Type: response\r\n"
    head += b"WARC-Date: " + date + b"\r\n" if date is not None else b""
    head += extra + b"WARC-Target-URI: " + url.encode() + b"\r\nContent-Type: application/http; msgtype=response\r\n"
    head += b"Content-Length: " + (length or str(len(block)).encode()) + b"\r\n\r\n"
    return head + block + b"\r\n\r\n"


def archive(path: Path, *odd: bytes, good: int = 5) -> Path:
    """Good records with odd ones amid them."""
    members = [record(f"https://a{n}.example/{n}", page(n).encode()) for n in range(good)]
    members[2:2] = odd
    path.write_bytes(b"".join(gzip.compress(one) for one in members))
    return path


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    (tmp_path / "sources.yaml").write_text("sources: []\n")
    return settings_module.load(
        {
            "NEWS_ETL_HOME": str(tmp_path / "home"),
            "NEWS_ETL_LAKE_URL": str(tmp_path / "lake"),
            "NEWS_ETL_WAREHOUSE_URL": database_url,
            "NEWS_ETL_SOURCES": str(tmp_path / "sources.yaml"),
        }
    )


def take(r: Resources, path: Path, *, now: datetime = NOW) -> StageReport:
    return ingest(r, warcs=adopt(r, [str(path)], url=None, captured_at=None, now=now).uris)


def details(r: Resources) -> list[Any]:
    with r.engine.connect() as connection:
        return list(connection.execute(text("SELECT url, warc, warc_offset, reason, detail FROM ops.reject")))


def test_one_record_with_an_odd_date_is_one_outcome_and_the_others_are_loaded(
    settings: Settings, tmp_path: Path
) -> None:
    odd = [record(f"https://odd{n}.example/", page(100 + n).encode(), date=date) for n, date in enumerate(DATES)]
    path = archive(tmp_path / "a.warc.gz", *odd)
    bad = {f"https://odd{n}.example/": said for n, said in enumerate(DATES.values()) if said is not None}
    with open_resources(settings) as r:
        report = take(r, path)
        assert report.outcomes == {Outcome.ARTICLE: 5 + len(DATES) - len(bad), Outcome.QUARANTINED: len(bad)}
        found = {x.url: x for x in details(r)}
        assert found.keys() == bad.keys()
        for url, said in bad.items():
            assert said in found[url].detail and found[url].reason == "quarantined" and found[url].warc_offset > 0
        assert f"and {len(bad) - 5} more: news-etl query" in report.notes[-1]
        with r.engine.connect() as connection:
            latest = connection.execute(text("SELECT max(captured_at) FROM core.capture")).scalar_one()
        assert latest <= NOW + date_limits.AHEAD


def test_what_is_printed_and_explained_is_what_is_loaded(settings: Settings, tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.warc.gz", record("https://odd.example/", page(9).encode(), date=b"2099-01-01T00:00:00Z")
    )
    printed = [json.loads(x) for _, x in records(settings, [path], url=None, captured_at=None, say=print, now=NOW)]
    assert [x["outcome"] for x in printed].count("article") == 5
    (bad,) = [x for x in printed if x["outcome"] == "quarantined"]
    assert "days ahead" in bad["detail"] and bad["url"] == "https://odd.example/"
    single = tmp_path / "page.html"
    single.write_text(page(3))
    at = datetime(2099, 1, 1, tzinfo=UTC)
    ((_, line),) = records(settings, [single], url="https://a.example/", captured_at=at, say=print, now=NOW)
    assert json.loads(line)["outcome"] == "quarantined"


def test_the_verdict_stays_the_same_when_the_warehouse_is_made_anew(
    settings: Settings, tmp_path: Path, empty_database_url: str
) -> None:
    odd = record("https://odd.example/", page(9).encode(), date=b"2027-01-15T00:00:00Z")
    path = archive(tmp_path / "a.warc.gz", odd)
    with open_resources(settings) as r:
        first = take(r, path)
        assert first.outcomes == {Outcome.ARTICLE: 5, Outcome.QUARANTINED: 1}
        assert take(r, path, now=NOW + timedelta(days=1)).outcomes == first.outcomes  # still ahead
        mark = fingerprint(r.engine)
    anew = settings_module.with_connections(settings, warehouse_url=empty_database_url, lake_url=None)
    CliRunner().invoke(cli.app, ["migrate"], env={"NEWS_ETL_WAREHOUSE_URL": empty_database_url})
    with open_resources(anew) as r:
        # A year later, when the date lies behind: what the lake says counts, and no clock.
        made = rebuild(r, now=NOW + timedelta(days=365))
        assert made.report.outcomes == first.outcomes
        assert fingerprint(r.engine) == mark


def test_a_file_that_is_taken_again_under_a_right_clock_is_believed(settings: Settings, tmp_path: Path) -> None:
    odd = record("https://odd.example/", page(9).encode(), date=b"2024-06-01T00:00:00Z")
    path = archive(tmp_path / "a.warc.gz", odd)
    with open_resources(settings) as r:
        # A machine whose battery is dead lives in 1970: nothing of the archive is believed.
        wrong = take(r, path, now=datetime(1970, 1, 1, tzinfo=UTC))
        assert wrong.outcomes == {Outcome.QUARANTINED: 6}
        assert "ingest the file again" in wrong.notes[0]
        right = take(r, path)
        assert right.outcomes == {Outcome.ARTICLE: 6}
        assert details(r) == []
        assert take(r, path).outcomes == {Outcome.ARTICLE: 6}


def test_the_verdict_goes_with_the_file_when_a_page_of_it_is_erased(settings: Settings, tmp_path: Path) -> None:
    odd = record("https://odd.example/", page(9).encode(), date=b"2099-01-01T00:00:00Z")
    path = archive(tmp_path / "a.warc.gz", odd)
    with open_resources(settings) as r:
        take(r, path)
        keys = erase.targets(r, addresses=["https://a1.example/1"], sources=[])
        erase.erase(r, keys=keys, reason="asked for", now=NOW)
        (name,) = [n for n in r.store.list("raw/") if n.endswith(".warc.gz")]
        assert date_limits.until(r.store, name) == NOW + date_limits.AHEAD
        assert [n for n in r.store.list("raw/") if n.endswith(".believed.json")] == [date_limits.name_beside(name)]
        # The quarantined page can be erased as well, though no row knows it.
        keys = erase.targets(r, addresses=["https://odd.example/"], sources=[])
        erase.erase(r, keys=keys, reason="asked for", now=NOW)
        assert "https://odd.example/" not in {
            line.url for n in r.store.list("raw/") if n.endswith(".warc.gz") for line in warc.lines(r.store, n)
        }


ODD_RECORDS = {
    "a length of 5,000 digits": record("https://odd.example/", b"x", length=b"9" * 5000),
    "a length that is no number": record("https://odd.example/", b"x", length="٣".encode()),
    "no header end": b"WARC/1.0\r\nWARC-Type: response",
    "nothing": b"",
    "a host that no index takes": record(f"https://{'x1'.join(map(str, range(1700)))}.example/", page(7).encode()),
    "an address that is none": record("http://[::1", page(7).encode()),
    "a port that is none": record("http://a.example:99999999/", page(7).encode()),
    "an address with odd bytes": record("http://a.example/\x00\x7f\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"), page(7).encode()),
    "a page nested 20,000 deep": record("https://odd.example/", b"<div>" * 20_000),
    "metadata nested 100,000 deep": record("https://odd.example/", b"<html>").replace(
        b"WARC-Type: response", b"WARC-Type: metadata").replace(
        b"application/http; msgtype=response", b"application/vnd.news-etl.capture+json").replace(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html>", b"[" * 64),
    "a segment number": record("https://odd.example/", b"x", extra=b"WARC-Segment-Number: 1\r\n"),
    "a page of the year 9999": record("https://odd.example/", page(7).encode().replace(
        b"article:published_time\" content=\"2026", b"article:published_time\" content=\"9999-12-31T24:00:00Z\" x=\"2026")),
}  # fmt: skip


@pytest.mark.parametrize("what", list(ODD_RECORDS))
def test_no_odd_record_keeps_the_others_back(settings: Settings, tmp_path: Path, what: str) -> None:
    path = archive(tmp_path / "a.warc.gz", ODD_RECORDS[what])
    with open_resources(settings) as r:
        report = take(r, path)
        with r.engine.connect() as connection:
            urls = set(connection.execute(text("SELECT url FROM news.article")).scalars())
        assert {f"https://a{n}.example/{n}" for n in range(5)} <= urls
        assert take(r, path).outcomes == report.outcomes
    printed = [json.loads(x) for _, x in records(settings, [path], url=None, captured_at=None, say=print, now=NOW)]
    assert [x["outcome"] for x in printed].count("article") >= 5


def test_what_nobody_foresaw_in_one_page_is_that_pages_outcome_and_loud_in_the_log(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = web.read

    def read(root: Any, words: str, url: str, *rest: Any) -> Any:
        if "a3.example" in url:
            raise OverflowError("date value out of range")
        return real(root, words, url, *rest)

    monkeypatch.setattr(web, "read", read)
    path = archive(tmp_path / "a.warc.gz")
    with open_resources(settings) as r:
        assert take(r, path).outcomes == {Outcome.ARTICLE: 4, Outcome.QUARANTINED: 1}
        ((url, _, offset, reason, detail),) = details(r)
    assert (url, reason) == ("https://a3.example/3", "quarantined") and offset > 0
    assert "OverflowError: date value out of range" in detail
    assert ("Traceback" in caplog.text and "a3.example" in caplog.text) or f"at {offset}" in caplog.text


def test_a_defect_around_the_records_is_none_of_theirs(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from etl.stages.process import revisits

    revisit = record("https://a0.example/0", b"").replace(b"WARC-Type: response", b"WARC-Type: revisit")

    def broken(*_: Any) -> None:
        raise OSError("no such device")

    monkeypatch.setattr(revisits.Originals, "_stored", broken)
    path = archive(tmp_path / "a.warc.gz", revisit)
    with open_resources(settings) as r, pytest.raises(OSError, match="no such device"):
        take(r, path)


def test_a_damaged_index_is_made_again_from_the_file(settings: Settings, tmp_path: Path) -> None:
    with open_resources(settings) as r:
        path = archive(tmp_path / "a.warc.gz")
        (name,) = adopt(r, [str(path)], url=None, captured_at=None, now=NOW).uris
        whole = warc.lines(r.store, name)
        good = r.store.read(cdxj.name_beside(name))
        for bad in (
            b"\xff\xfe",
            b"no index\n",
            good[:-40],
            good.replace(b'"offset"', b'"of"'),
            b"a b []\n",
            b"a b {}\n",
        ):
            r.store.put(cdxj.name_beside(name), bad)
            assert sorted(warc.lines(r.store, name), key=lambda x: x.offset) == sorted(whole, key=lambda x: x.offset)
        assert ingest(r, warcs=[name]).outcomes == {Outcome.ARTICLE: 5}


def test_an_archive_without_gzip_members_is_repacked_round_odd_records(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    for n, odd in enumerate(ODD_RECORDS.values()):
        good = b"".join(record(f"https://p{n}-{i}.example/", page(i).encode()) for i in range(2))
        (tmp_path / "plain" / f"{n}.warc").write_bytes(good + odd)
    with open_resources(settings) as r:
        take(r, tmp_path / "plain")
        with r.engine.connect() as connection:
            urls = set(connection.execute(text("SELECT url FROM core.capture")).scalars())
    assert {f"https://p{n}-{i}.example/" for n in range(len(ODD_RECORDS)) for i in range(2)} <= urls


def test_ranges_of_a_file_without_an_index_know_their_latest_capture(tmp_path: Path) -> None:
    archive(tmp_path / "a.warc.gz", record("https://odd.example/", b"x", date=b"2099-01-01T00:00:00Z"))
    ranges = warc.scan(LocalStore(tmp_path), "a.warc.gz", records=2)
    assert [x.latest for x in ranges] == ["20240503181908", "20990101000000", "20240503181908"]
