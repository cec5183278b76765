"""Raw pages go when their days are over: no byte of them stays, no row is lost, and what was read of them last stays."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lake_places import NOW, Dying, Place, exchange, revisit
from sqlalchemy import text
from typer.testing import CliRunner

from benchmarks.pages import page
from etl.cli import app
from etl.extract import rules
from etl.lake import rewriting, warc
from etl.lake.segment import Exchange, SegmentWriter, publish
from etl.model import Place as At
from etl.stages.maintenance import erase
from etl.stages.maintenance import rebuild as rebuilding
from etl.stages.maintenance import retain as retaining
from etl.stages.process import extract_load, reprocess
from etl.stages.process.ingest import register
from etl.stages.process.relate import settle
from etl.stages.process.replay import replay
from etl.stages.resources import open_resources
from etl.warehouse.fingerprint import parts

LATER = NOW + timedelta(days=40)
PLANTED = "Седьмой фонарщик забыл пароль 第七灯夫忘了口令"
OLD = "https://gazette.example/old"
MIRROR = "https://mirror.example/old"
KEPT_FOR_GOOD = "https://herald.example/1"
SOURCES = """
sources:
  - key: gazette
    name: Gazette
    homepage: https://gazette.example/
    languages: [en, ru]
    enabled: false
    {policy}
  - {{key: herald, name: Herald, homepage: "https://herald.example/", languages: [en], enabled: false}}
"""


def planted(version: int = 0) -> str:
    """A page with words in its markup, which no reading keeps, and in its text."""
    return page(1, version=version).replace(
        "</h1>", f"</h1><!-- {PLANTED} raw --><p>{PLANTED}, und weiter ging es.</p>"
    )


def policy(place: Place, value: str) -> None:
    place.settings.sources.write_text(SOURCES.format(policy=value), encoding="utf-8")


def bring(place: Place, exchanges: Sequence[Exchange], *, at: datetime = NOW) -> list[str]:
    """Put exchanges into the lake as a segment, and into the warehouse."""
    with open_resources(place.settings) as r:
        with SegmentWriter(place.settings.home, now=at, operator=None, user_agent="test") as writer:
            for one in exchanges:
                writer.write(one)
            name = publish(r.store, writer.close())
        register(r, [name])
        extract_load.load(r, silver_names=extract_load.extract(r, warcs=[name]).uris)
        settle(r.engine)
    return [name]


def retain(place: Place, now: datetime = LATER, **more: Any) -> retaining.RetentionReport:
    with open_resources(place.settings) as r:
        return retaining.retain(r, now=now, **more)


def rebuild(place: Place) -> rebuilding.RebuildReport:
    place.empty()
    with open_resources(place.settings) as r:
        return rebuilding.rebuild(r, now=LATER)


def raw(place: Place, *words: str) -> list[str]:
    """The WARC files that hold words."""
    return [found for found in place.holding(*words) if found.endswith(".warc.gz")]


def everything_is_where_it_is_said_to_be(place: Place) -> None:
    with open_resources(place.settings, activate=False) as r:
        rows = place.rows("SELECT url, warc, warc_offset, warc_length FROM core.capture WHERE warc IS NOT NULL")
        for url, name, offset, length in rows:
            assert warc.read_at(r.store, At(warc=name, offset=offset, length=length)).target_uri == url


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """Two days, forty days apart: pages of a source with thirty days of retention, and of others."""
    place = Place(tmp_path / "place", database_url)
    policy(place, "retention: {raw_days: 30}")
    old = exchange(OLD, planted())
    first = [
        old,
        exchange(KEPT_FOR_GOOD, page(2)),
        exchange("https://gazette.example/list", f"<title>{PLANTED}</title>"),
    ]
    second = [
        revisit(OLD, old, hours=20 * 24),  # younger than its days, and without bytes of its own
        revisit(MIRROR, old, hours=20 * 24),
        exchange("https://gazette.example/young", page(3), hours=20 * 24),
    ]
    bring(place, first)
    bring(place, second, at=NOW + timedelta(days=20))
    yield place
    place.engine.dispose()


def test_raw_pages_go_and_nothing_else_changes(place: Place) -> None:
    assert raw(place, PLANTED)
    before = parts(place.engine)
    done = retain(place)
    assert dict(done.captures) == {"gazette": 3, "": 1} and len(done.warcs) == 2 and done.unreadable == 0
    assert raw(place, PLANTED) == []
    assert parts(place.engine) == before
    gone = place.rows("SELECT url, raw_expired_at FROM core.capture WHERE warc IS NULL ORDER BY url, captured_at")
    assert gone == [
        (url, LATER) for url in ("https://gazette.example/list", OLD, OLD, MIRROR)
    ]  # with what stood for the same bytes
    everything_is_where_it_is_said_to_be(place)
    assert place.rows("SELECT reason, warc FROM ops.reject") == [("empty_text", None)]
    again = retain(place)
    assert (again.captures, again.warcs) == ({}, ())
    assert parts(place.engine) == before


def test_what_is_not_due_yet_stays(place: Place) -> None:
    done = retain(place, now=NOW + timedelta(days=29))
    assert (done.captures, done.warcs) == ({}, ()) and raw(place, PLANTED)
    policy(place, "month_first: false")
    assert retain(place, now=NOW + timedelta(days=9999)).captures == {}


def test_a_dry_run_counts_by_source_and_changes_nothing(place: Place) -> None:
    before = {path: path.read_bytes() for path in place.lake.rglob("*") if path.is_file()}
    done = retain(place, dry_run=True)
    ((length,),) = place.rows(
        f"SELECT sum(warc_length) FROM core.capture WHERE url LIKE '%gazette%' AND captured_at < '{NOW:%Y-%m-%d}'::date + 1"
    )
    assert dict(done.captures) == {"gazette": 2} and dict(done.bytes) == {"gazette": length}
    assert {path: path.read_bytes() for path in place.lake.rglob("*") if path.is_file()} == before
    assert place.rows("SELECT count(*) FROM core.capture WHERE raw_expired_at IS NOT NULL") == [(0,)]


def test_a_rebuilt_warehouse_has_what_expired(place: Place) -> None:
    retain(place)
    before = parts(place.engine)
    assert rebuild(place).expired == 4
    assert parts(place.engine) == before
    assert place.rows("SELECT count(*) FROM core.capture WHERE raw_expired_at IS NOT NULL AND warc IS NULL") == [(4,)]
    # No conditional request is made for bytes that are deleted.
    assert place.rows(f"SELECT last_url, etag FROM ops.candidate WHERE url = '{OLD}'") == [(None, None)]


def test_new_rules_leave_what_expired_and_say_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    retain(place)
    was = place.rows(f"SELECT rules_version, captured_at FROM core.article WHERE url = '{OLD}'")
    monkeypatch.setattr(rules, "_code_version", lambda: "better")
    with open_resources(place.settings) as r:
        done = reprocess.reprocess(r, span=[NOW.date()], by=reprocess.DayBasis.CAPTURED)
        assert (done.expired, done.captures) == (3, 1)  # the one is of the source without a policy
        assert (
            "1 more cannot be processed again: their raw pages have expired" in replay(r, reason=None, since=None).notes
        )
    assert place.rows(f"SELECT rules_version, captured_at FROM core.article WHERE url = '{OLD}'") == was


@pytest.mark.parametrize("rebuilt", [False, True])
def test_an_article_that_goes_on_takes_along_what_expired(
    place: Place, monkeypatch: pytest.MonkeyPatch, rebuilt: bool
) -> None:
    retain(place)
    monkeypatch.setattr(rules, "_code_version", lambda: "better")
    bring(place, [exchange(OLD, planted(version=1), hours=39 * 24)], at=NOW + timedelta(days=39))
    if rebuilt:
        with open_resources(place.settings) as r:
            days = [NOW.date(), NOW.date() + timedelta(days=20)]
            reprocess.reprocess(r, span=days, by=reprocess.DayBasis.CAPTURED)
            settle(r.engine)
        before = parts(place.engine)
        rebuild(place)
        assert parts(place.engine) == before
    ((version, seen, revisions),) = place.rows(
        f"SELECT rules_version, observation_count, revision_count FROM core.article WHERE url = '{OLD}'"
    )
    assert (seen, revisions) == (3, 2)
    with open_resources(place.settings, activate=False) as r:
        assert version == r.version_for(OLD)
    flags = place.rows(
        f"SELECT 'raw_expired' = ANY(flags) FROM core.observation WHERE url = '{OLD}' ORDER BY captured_at"
    )
    assert flags == [(True,), (True,), (False,)]
    retain(place, now=LATER + timedelta(days=60))  # what was carried along, and the rest of it
    assert place.rows(f"SELECT revision_count FROM core.article WHERE url = '{OLD}'") == [(2,)]
    assert raw(place, PLANTED) == []


def test_copies_of_a_capture_go_wherever_they_lie(place: Place) -> None:
    retain(place)
    bring(place, [exchange(OLD, planted()), exchange("https://herald.example/2", page(5))])  # the archive comes again
    assert raw(place, PLANTED)
    before = parts(place.engine)
    assert len(retain(place).warcs) == 1
    assert raw(place, PLANTED) == [] and parts(place.engine) == before
    everything_is_where_it_is_said_to_be(place)


@pytest.mark.parametrize("seed", [1, 2])
def test_stopped_at_any_moment_it_is_finished_by_doing_it_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng, before, stopped = random.Random(seed), parts(place.engine), 0

    def dies_after(module: Any, name: str) -> None:
        call = getattr(module, name)

        def dying(*args: Any, **more: Any) -> Any:
            found = call(*args, **more)
            if rng.random() < 0.3:
                raise KeyboardInterrupt
            return found

        monkeypatch.setattr(module, name, dying)

    dies_after(retaining.erasure, "switch")  # before the commit
    dies_after(retaining.retention, "mark")
    dies_after(retaining, "load_batch")
    with open_resources(place.settings) as r:
        for _ in range(100):
            try:
                retaining.retain(replace(r, store=Dying(r.store, rng)), now=LATER)
                break
            except KeyboardInterrupt:
                stopped += 1
                everything_is_where_it_is_said_to_be(place)
    assert 1 < stopped < 99
    assert raw(place, PLANTED) == [] and parts(place.engine) == before
    monkeypatch.undo()
    rebuild(place)
    assert parts(place.engine) == before


@pytest.mark.parametrize(("store", "chars"), [("metadata", 0), ("excerpt", 300)])
def test_of_a_text_that_may_not_be_kept_only_what_may_is_anywhere(place: Place, store: str, chars: int) -> None:
    texts = "SELECT a.url, t.text FROM news.article a JOIN news.article_text t USING (article_id) ORDER BY url"
    whole = dict(place.rows(texts))
    policy(place, f"rights: {{store: {store}}}")
    retain(place, now=NOW + timedelta(days=20, hours=1))  # no days are given: once they are read, pages go
    own = {"https://gazette.example/young", OLD}
    now = dict(place.rows(texts))
    assert now[KEPT_FOR_GOOD] == whole[KEPT_FOR_GOOD]
    for url in own:
        assert len(now[url]) <= chars and whole[url].startswith(now[url]) and bool(now[url]) is bool(chars)
    # Of the mirror, which no source claims, the text stays: the last that is known of it.
    ends = [whole["https://gazette.example/young"][-60:].split("\n")[-1]]
    assert place.holding(*ends) == []
    flags = place.rows("SELECT DISTINCT title <> '', removed, flags FROM news.article WHERE source_key = 'gazette'")
    assert flags == [(True, [], [f"stored_{store}"])]
    assert place.rows("SELECT count(*) FROM ops.article_change WHERE field = 'text'") == [(0,)]
    assert place.rows("SELECT count(*) FROM news.article_copy WHERE source_key = 'gazette'") == [(0,)]
    before = parts(place.engine)
    rebuild(place)
    assert parts(place.engine) == before


def test_what_expired_can_be_erased(place: Place) -> None:
    retain(place)
    with open_resources(place.settings) as r:
        keys = erase.targets(r, addresses=[OLD, MIRROR, "https://gazette.example/list"], sources=())
        erase.erase(r, keys=keys, reason="request", now=LATER)
    assert place.holding(PLANTED, OLD) == []
    before = parts(place.engine)
    rebuild(place)
    assert parts(place.engine) == before and place.holding(PLANTED, OLD) == []


def test_a_page_whose_bytes_are_gone_is_asked_for_as_if_it_were_new(place: Place) -> None:
    with place.engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO ops.candidate (url_key, url, host, source_key, hints, offered_at, etag, last_url,
                                           last_captured_at, last_digest)
                SELECT url_key, url, 'h', 'gazette', '[]', captured_at, '"e"', url, captured_at, payload_digest
                FROM core.capture WHERE NOT is_revisit
            """)
        )
    retain(place)
    asked = place.rows("SELECT url FROM ops.candidate WHERE etag IS NOT NULL AND last_digest IS NOT NULL ORDER BY url")
    assert asked == [("https://gazette.example/young",), (KEPT_FOR_GOOD,)]


def test_records_of_an_exchange_go_together_however_they_name_each_other(place: Place, tmp_path: Path) -> None:
    """As Wget writes them (the response names the request), as others do (nobody names anybody), in one file."""
    with open_resources(place.settings) as r:
        name = "raw/2026/foreign.warc.gz"
        path = tmp_path / "foreign.warc.gz"
        records = [
            ("request", OLD, "r1", None),
            ("response", OLD, "a1", "r1"),
            ("metadata", OLD, "m1", "r1"),
            ("request", KEPT_FOR_GOOD, "r2", None),
            ("response", KEPT_FOR_GOOD, "a2", None),
            ("metadata", KEPT_FOR_GOOD, "m2", "a2"),
            ("request", OLD, "r3", None),
        ]
        path.write_bytes(b"".join(_record(*values) for values in records))
        r.store.put_new(name, path)
        with r.store.open(name) as stream:
            heads = [head for _, head in rewriting.heads(stream) if head]
        stays = rewriting.without_exchanges(r.store, name, lambda head: head.offset == heads[1].offset)
        assert [head.id for head in heads if stays(head)] == ["r2", "a2", "m2"]
        stays = rewriting.without_exchanges(r.store, name, lambda head: head.offset == heads[4].offset)
        assert [head.id for head in heads if stays(head)] == ["r1", "a1", "m1", "r3"]


def _record(kind: str, url: str, name: str, beside: str | None) -> bytes:
    lines = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", f"WARC-Record-ID: {name}"]
    lines += ["WARC-Date: 2026-11-20T12:00:00Z", *([f"WARC-Concurrent-To: {beside}"] if beside else [])]
    return gzip.compress("\r\n".join([*lines, "Content-Length: 0", "", "", "", ""]).encode())


def test_the_command_shows_what_would_go_and_lets_it_go(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWS_ETL_HOME", str(place.settings.home))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", place.settings.warehouse_url or "")
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", place.settings.lake_url)
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(place.settings.sources))
    policy(place, "retention: {raw_days: 0}")
    run = CliRunner()
    would = run.invoke(app, ["retain", "--dry-run", "--json"])
    assert would.exit_code == 0 and raw(place, PLANTED), would.output
    done = run.invoke(app, ["retain", "--json"])
    assert done.exit_code == 0 and raw(place, PLANTED) == [], done.output
    assert json.loads(would.stdout)["captures"].keys() == {"gazette"}
    assert json.loads(done.stdout)["warcs"] == 2
    assert "No raw page has expired" in run.invoke(app, ["retain"]).output
