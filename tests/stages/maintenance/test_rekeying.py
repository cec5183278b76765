"""Rows move to the URL keys of today: nothing is lost, kills do no harm, and the result is that of a rebuild."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lake_places import NOW, Place, exchange, revisit
from sqlalchemy import text

from benchmarks import former_keys
from benchmarks.former_keys import former_key
from benchmarks.pages import page
from etl import urls
from etl.cli import migrate as command
from etl.errors import Permanent
from etl.frontier import Offer
from etl.lake.segment import Exchange, SegmentWriter
from etl.model import CaptureMeta, FoundVia, Hint, Outcome, Redirect
from etl.stages.maintenance import erase as erasing
from etl.stages.maintenance import rebuild
from etl.stages.maintenance import rekey as rekeying
from etl.stages.process.adopt import adopt
from etl.stages.process.ingest import ingest
from etl.stages.process.relate import settle
from etl.stages.resources import open_resources
from etl.urls import url_key
from etl.warehouse.fingerprint import parts
from etl.warehouse.maintenance import rekey as moving
from etl.warehouse.ops import expected_urls, frontier

A = "https://gazette.example.com/2026/11/storm"
ARCHIVE = "https://web.archive.org/web/20261101000000"
ERASED = "https://gazette.example.com/gone"
SOURCES = """
sources:
  - {key: gazette, name: Gazette, homepage: "https://gazette.example.com/", languages: [en, ru], enabled: false}
  - {key: khabar, name: خبر, homepage: "https://khabar.example.net/", languages: [fa], enabled: false,
     key_rules: {drop: [ref], keep: [cmp]}}
"""


def live(url: str, body: str, *, hours: float = 0, **more: Any) -> Exchange:
    meta = CaptureMeta(source_key="gazette", robots={"robots_state": "rules"}, **more)
    return exchange(url, body, hours=hours, meta=meta)


def exchanges() -> list[Exchange]:
    """What moves, what folds, what parts, what stays."""
    stays = live("https://gazette.example.com/stays?id=7", page(1))
    tracked = live(f"{A}?CMP=share_btn", page(2), hours=1)
    canonical = page(2, version=1).replace("</head>", f'<link rel="canonical" href="{A}?ito=1"></head>')
    return [
        stays,
        tracked,
        live(A, canonical, hours=2),  # with the one before it: one page of two revisions
        revisit(f"{A}?CMP=share_btn", tracked, hours=3),
        live("https://gazette.example.com/moves?smid=rss&id=3", page(3), hours=1),
        live("https://gazette.example.com/parts?utm_source=rss;id=1", page(4), hours=1),  # version 1: one page
        live("https://gazette.example.com/parts?utm_source=rss;id=2", page(5), hours=2),
        live("https://khabar.example.net/خبر?cmp=1&ref=rss", page(6), hours=2),
        live("https://khabar.example.net/خبر?cmp=2&ito=rss", page(7), hours=2),
        exchange(f"{ARCHIVE}/https://gazette.example.com/archived", page(8), hours=3),
        exchange("https://web.archive.org/web/2025/https://gazette.example.com/archived", page(8, version=1), hours=4),
        exchange(f"{ARCHIVE}/https://nobody.example.org/x", page(9), hours=4),
        live("https://gazette.example.com/short", page(10), hours=5, redirects=(
            Redirect(url="https://gazette.example.com/s?ncid=1", status=301),)),
        exchange(f"{ARCHIVE}/{ERASED}", page(11), hours=5),
        live("https://gazette.example.com/list?wprov=x", "<title>x</title>", hours=6),
        exchange("https://gazette.example.com/lost?mbid=1", hours=6, status=404, meta=CaptureMeta(source_key="gazette")),
    ]  # fmt: skip


def write(folder: Path, found: list[Exchange], name: str) -> Path:
    with SegmentWriter(folder, now=NOW, operator=None, user_agent="test") as writer:
        for one in found:
            writer.write(one)
        return writer.close().path.rename(folder / f"{name}.warc.gz")


@pytest.fixture
def aged(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """A warehouse as version 1 left it, with a page erased and the same page in an archive."""
    place = Place(tmp_path / "place", database_url)
    place.settings.sources.write_text(SOURCES, encoding="utf-8")
    found = exchanges()
    with former_keys.made_now():
        place.ingest(write(tmp_path, found[:4], "1"), write(tmp_path, found[4:], "2"))
        hint = Hint(source_key="gazette", via=FoundVia.FEED, found_at="https://gazette.example.com/feed", title="Буря")
        offered = [f"{A}?CMP=1", A, f"{A}?smid=2", "https://gazette.example.com/new?icid=5", "no address"]
        with place.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO ops.run (run_id, kind, as_of, state) VALUES ('r', 'live', now(), 'ok')")
            )
            offers = [
                Offer(url=url, url_key=former_key(url) if "://" in url else None, host="gazette.example.com", hints=(hint,),
                      outcome=None if "://" in url else Outcome.QUARANTINED)
                for url in offered
            ]  # fmt: skip
            frontier.offer(connection, run_id="r", source_key="gazette", offers=offers, now=NOW)
            expected_urls.record_expected(
                connection,
                [
                    expected_urls.ExpectedUrl(
                        source_key="gazette", day=NOW.date(), key=former_key(url), url=url, host="gazette.example.com",
                        hints=(replace(hint, via=FoundVia.SITEMAP_ARCHIVE),),
                    )
                    for url in (A, f"{A}?CMP=1", "https://gazette.example.com/new?icid=5")
                ],
            )  # fmt: skip
            connection.execute(text("UPDATE ops.expected SET outcome = 'captured', tries = 1 WHERE url = :a"), {"a": A})
            connection.execute(text("UPDATE ops.key_version SET version = 1"))
        with open_resources(place.settings, moves_keys=True) as r:
            keys = erasing.targets(r, addresses=[ERASED], sources=[])
            erasing.erase(r, keys=keys, reason="request", now=NOW)
            settle(r.engine)
    yield place
    place.engine.dispose()


def move(place: Place) -> rekeying.RekeyReport:
    return rekeying.rekey(place.settings)


def settled(place: Place) -> dict[str, str]:
    with open_resources(place.settings) as r:
        settle(r.engine)
    return parts(place.engine)


def rebuilt(place: Place) -> dict[str, str]:
    place.empty()
    with open_resources(place.settings) as r:
        rebuild.rebuild(r, now=NOW)
        settle(r.engine)
    return parts(place.engine)


def test_a_moved_warehouse_is_that_of_a_rebuild(aged: Place) -> None:
    before = parts(aged.engine)
    done = move(aged)
    moved = settled(aged)
    assert moved != before and done.folded == 2 and done.erased == 1
    assert rebuilt(aged) == moved


def test_what_was_several_pages_is_one_and_what_was_one_by_mistake_is_several(aged: Place) -> None:
    old = {url for (url,) in aged.rows("SELECT url FROM core.article")}
    assert f"{A}?CMP=share_btn" in old and "https://gazette.example.com/parts" in old
    move(aged)
    articles = {row[0]: row[1:] for row in aged.rows(
        "SELECT url, site, source_key, revision_count, observation_count FROM core.article")}  # fmt: skip
    assert articles[A] == ("example.com", "gazette", 3, 3)
    assert articles["https://gazette.example.com/archived"] == ("example.com", "gazette", 2, 2)
    assert articles["https://nobody.example.org/x"] == ("example.org", None, 1, 1)
    assert {"https://gazette.example.com/parts?id=1", "https://gazette.example.com/parts?id=2"} <= set(articles)
    assert not any("archive.org" in url or "cmp" in url.lower() for url in articles)


def test_an_address_whose_form_stays_keeps_its_key_and_others_are_found_by_their_former_id(aged: Place) -> None:
    keep = "https://gazette.example.com/stays?id=7"
    assert url_key(keep) == former_key(keep)
    former = urls.article_id(former_key(f"{A}?CMP=share_btn"))
    move(aged)
    assert aged.rows(f"SELECT former_id, url_key FROM core.article_alias WHERE former_id = '{former}'") == [
        (former, url_key(A))
    ]
    found = aged.rows("SELECT count(*) FROM core.article_alias f LEFT JOIN core.article a USING (url_key) "
                      "WHERE a.url_key IS NULL OR a.article_id = f.former_id")  # fmt: skip
    assert found == [(0,)]


def test_no_row_of_any_table_has_a_key_that_its_address_has_no_more(aged: Place) -> None:
    move(aged)
    for table in ("core.capture", "ops.candidate", "ops.expected", "ops.run_url"):
        for url, key in aged.rows(f"SELECT url, url_key FROM {table} WHERE url_key IS NOT NULL"):
            with open_resources(aged.settings) as r:
                assert bytes(key) == r.registry.key_of(url), (table, url)
    owners = "SELECT count(*) FROM core.alias a WHERE a.alias_key = a.url_key OR NOT EXISTS (SELECT FROM core.capture c " \
             "WHERE c.url_key = a.url_key)"  # fmt: skip
    assert aged.rows(owners) == [(0,)]
    aliases = {
        (kind, url): bytes(key) for kind, url, key in aged.rows("SELECT kind, alias_url, alias_key FROM core.alias")
    }
    assert aliases[("redirect", "https://gazette.example.com/s?ncid=1")] == url_key("https://gazette.example.com/s")
    assert not any(url.startswith(A) for _, url in aliases)  # its own address now


def test_the_frontier_has_each_page_once_with_what_was_known_of_it(aged: Place) -> None:
    move(aged)
    rows_of_a = aged.rows("SELECT url, visits, due_at FROM ops.candidate WHERE url LIKE '%storm%'")
    assert len(rows_of_a) == 1 and rows_of_a[0][2] is not None
    assert aged.rows("SELECT url, outcome, tries FROM ops.expected ORDER BY url") == [
        ("https://gazette.example.com/2026/11/storm", "captured", 1),
        ("https://gazette.example.com/new?icid=5", None, 0),
    ]
    assert aged.rows("SELECT count(*), count(DISTINCT url_key) FROM ops.run_url") == [(5, 2)]


def test_a_page_of_an_archive_that_was_erased_by_its_own_address_goes_from_rows_and_lake(aged: Place) -> None:
    words = f"{ARCHIVE}/{ERASED}"
    assert aged.holding(words)
    move(aged)
    assert aged.holding(words) == []


def test_what_was_erased_under_a_key_of_before_does_not_come_back(aged: Place, tmp_path: Path) -> None:
    gone = "https://gazette.example.com/moves?smid=rss&id=3"
    with former_keys.made_now(), open_resources(aged.settings, moves_keys=True) as r:
        erasing.erase(r, keys=[former_key(gone)], reason="request", now=NOW)
    move(aged)
    again = write(tmp_path, [live(gone, page(3), hours=9)], "again")
    with open_resources(aged.settings) as r:
        with r.engine.begin() as connection:
            offer = Offer(url=gone, url_key=url_key(gone), host="gazette.example.com", hints=())
            frontier.offer(connection, run_id="r", source_key="gazette", offers=[offer], now=NOW)
        ingest(r, warcs=adopt(r, [str(again)], url=None, captured_at=None).uris)
    assert aged.rows("SELECT count(*) FROM core.capture WHERE url LIKE '%moves%'") == [(0,)]
    assert aged.rows("SELECT count(*) FROM ops.candidate WHERE url LIKE '%moves%'") == [(0,)]
    assert not aged.holding(gone)


def test_a_move_again_moves_nothing(aged: Place) -> None:
    move(aged)
    first = settled(aged)
    with aged.engine.begin() as connection:
        connection.execute(text("UPDATE ops.key_version SET version = 1"))
    done = move(aged)
    assert not any(done.rows.values()) and not done.read_again
    assert settled(aged) == first


@pytest.mark.parametrize("kill_at", [3, 20, 60, 110, 160, 200, 224])
def test_a_move_that_was_killed_goes_on(aged: Place, kill_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "KEYS_AT_ONCE", 2)
    monkeypatch.setattr(moving, "READ_AT_ONCE", 1)
    monkeypatch.setattr(moving, "text", Killing(kill_at))
    with pytest.raises(KeyboardInterrupt):
        move(aged)
    with pytest.raises(Permanent, match="news-etl migrate"), open_resources(aged.settings):
        pass
    monkeypatch.undo()
    move(aged)
    moved = settled(aged)
    assert aged.rows("SELECT count(*) FROM ops.key_move") == [(0,)]
    assert rebuilt(aged) == moved


class Killing:
    """`text`, that ends the process at one of its statements."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, statement: str) -> Any:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return text(statement)


def test_the_command_moves_all_and_says_what_it_did(
    aged: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command.settings_module, "load", lambda: aged.settings)
    command.migrate()
    first = capsys.readouterr().out
    assert "URL keys of version 2" in first and "2 keys merged into others" in first
    command.migrate()
    assert "URL keys" not in capsys.readouterr().out
    with open_resources(aged.settings):
        pass


def test_a_warehouse_under_keys_of_before_is_refused_with_what_to_do(aged: Place) -> None:
    with pytest.raises(Permanent, match=r"URL keys of version 1.*news-etl migrate"), open_resources(aged.settings):
        pass


def test_a_capture_of_which_the_bytes_are_gone_moves_with_the_values_it_had(aged: Place) -> None:
    url = "https://gazette.example.com/archived"
    with aged.engine.begin() as connection:
        connection.execute(
            text("UPDATE core.capture SET warc = NULL, warc_offset = NULL, warc_length = NULL, raw_expired_at = now() "
                 "WHERE url LIKE '%web/2026%archived'")
        )  # fmt: skip
    move(aged)
    assert aged.rows(f"SELECT observation_count, source_key FROM core.article WHERE url = '{url}'") == [(2, "gazette")]


def test_rows_of_one_page_are_one_row_of_the_frontier_that_knows_what_to_ask_with() -> None:
    def row(url: str, **more: Any) -> dict[str, Any]:
        plain = {"url_key": b"x", "url": url, "host": "h", "source_key": "s", "hints": [], "offered_at": NOW,
                 "due_at": NOW, "visits": 0, "failures": 0, "first_visit_at": None, "etag": None, "last_modified": None,
                 "last_url": None, "last_captured_at": None, "last_digest": None, "last_outcome": None}  # fmt: skip
        return plain | more

    later = NOW + timedelta(days=1)
    visited = {"first_visit_at": NOW, "visits": 2, "due_at": None}
    one = row("b", **visited, last_captured_at=NOW, etag="old", failures=3)
    two = row("c", **visited, last_captured_at=later, etag="new")
    never = row("a", offered_at=NOW - timedelta(days=3))
    for rows_in_order in ([one, two, never], [never, two, one]):
        made = moving.merged_candidates(b"k", rows_in_order)
        assert (made["etag"], made["visits"], made["failures"], made["due_at"]) == ("new", 4, 0, None)
        assert made["offered_at"] == NOW - timedelta(days=3) and json.loads(made["hints"]) == []
