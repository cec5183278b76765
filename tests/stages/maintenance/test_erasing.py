"""Erased pages are nowhere: no file and no row holds their words, nothing brings them back, the rest is as it was."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lake_places import NOW, Dying, Place, exchange, revisit
from sqlalchemy import text

from benchmarks.pages import page
from etl.errors import Permanent, SettingError
from etl.frontier import Offer
from etl.lake import tombstones
from etl.lake.segment import SegmentWriter
from etl.model import CaptureMeta, FoundVia, Hint, Outcome, Redirect
from etl.stages.maintenance import erase as erasing
from etl.stages.maintenance import rebuild, verify_erasure
from etl.stages.resources import Resources, open_resources
from etl.urls import url_key
from etl.warehouse.fingerprint import parts
from etl.warehouse.ops import frontier

PLANTED = "Седьмой фонарщик забыл пароль 第七灯夫忘了口令 the seventh lamplighter forgot"
HINTED = "Lamplighter's fuchsia umbrella"
GONE = "https://gazette.example/lamplighter"
REDIRECTS = "https://gazette.example/short?x=1"
COPY_OF_GONE = "https://mirror.example/lamplighter"  # a revisit of the erased page under another URL


def planted(n: int, version: int = 0) -> str:
    """A page whose text, markup and attributes hold the words."""
    return page(n, version=version).replace(
        "</h1>", f"</h1><!-- {PLANTED} --><p title='{PLANTED}'>{PLANTED}, und weiter ging es an diesem Abend.</p>"
    )


def archives(folder: Path) -> list[Path]:
    """Live-like segments, an archive of chunks and packed bodies, and a file that is no gzip at all."""
    hint = Hint(source_key="gazette", via=FoundVia.FEED, found_at="https://gazette.example/feed", title=HINTED)
    first = exchange(
        GONE,
        planted(1),
        meta=CaptureMeta(
            source_key="gazette",
            hints=(hint,),
            redirects=(Redirect(url=REDIRECTS, status=301),),
            robots={"robots_state": "rules"},
        ),
    )
    others = [exchange(f"https://gazette.example/{n}", page(n), hours=n / 10) for n in range(2, 6)]
    second = [
        revisit(GONE, first, hours=5),
        exchange(GONE, planted(1, version=1), hours=6),
        exchange(COPY_OF_GONE, page(7), hours=6),
        revisit(COPY_OF_GONE, first, hours=8),
        revisit("https://gazette.example/2", others[0], hours=9),
        exchange("https://gazette.example/list", "<title>x</title>", hours=9),
    ]
    files = []
    for name, exchanges in (("1", [first, *others]), ("2", second)):
        with SegmentWriter(folder, now=NOW, operator=None, user_agent="test") as writer:
            for one in exchanges:
                writer.write(one)
            files.append(writer.close().path.rename(folder / f"{name}.warc.gz"))
    foreign = folder / "foreign.warc"
    foreign.write_bytes(
        b"".join(
            _foreign(url, body, hours)
            for url, body, hours in ((GONE, planted(1, version=2), 10), ("https://gazette.example/9", page(9), 10))
        )
    )
    return [*files, foreign]


def _foreign(url: str, body: str, hours: float) -> bytes:
    """As crawlers of others write it: the body packed and in chunks."""
    packed = gzip.compress(body.encode(), mtime=0)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (packed[:100], packed[100:])) + b"0\r\n\r\n"
    block = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    )
    at = f"{NOW + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {at}\r\n"
        f"WARC-Record-ID: <urn:x:{hours}:{url}>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "from").mkdir()
    place = Place(tmp_path / "place", database_url)
    place.ingest(*archives(tmp_path / "from"))
    with place.engine.begin() as connection:
        connection.execute(text("INSERT INTO ops.run (run_id, kind, as_of, state) VALUES ('r', 'live', now(), 'ok')"))
        offer = Offer(
            url=GONE,
            url_key=url_key(GONE),
            host="gazette.example",
            hints=(Hint(source_key="gazette", via=FoundVia.FEED, found_at="x", title=HINTED),),
        )
        frontier.offer(connection, run_id="r", source_key="gazette", offers=[offer], now=NOW)
        connection.execute(
            text("INSERT INTO ops.reject (reject_id, url, stage, reason, detail, rules_version) "
                 "VALUES ('\\x01', :url, 'extract', 'x', :words, 'r')"), {"url": GONE, "words": PLANTED}
        )  # fmt: skip
    yield place
    place.engine.dispose()


def erase(place: Place, *addresses: str, sources: tuple[str, ...] = ()) -> erasing.ErasureReport:
    with open_resources(place.settings, activate=False) as r:
        keys = erasing.targets(r, addresses=addresses, sources=sources)
        return erasing.erase(r, keys=keys, reason="request", now=NOW)


def test_no_file_and_no_row_holds_the_words_and_the_search_says_so(place: Place) -> None:
    words = (PLANTED, HINTED, GONE)
    assert len(set(place.holding(*words))) > 8  # three WARC files with indexes, silver, and the tables
    with open_resources(place.settings, activate=False) as r:
        before = verify_erasure.search(r, [PLANTED])
    assert {found.partition(":")[0] for found in before.found} >= {"core.body", "ops.reject"}
    assert sum(".warc.gz at" in found for found in before.found) == 3
    assert sum(".parquet" in found for found in before.found) == 3
    done = erase(place, GONE)
    assert done.captures == 4 and len(done.warcs) == 3
    assert place.holding(*words) == []
    with open_resources(place.settings, activate=False) as r:
        after = verify_erasure.search(r, list(words))
    assert after.found == () and after.warcs == 3 and after.parquets and after.tables > 20 and after.rows
    assert erase(place, GONE).changed is False


def test_everything_else_stays_readable_where_it_says_that_it_is(place: Place) -> None:
    query = "SELECT capture_id, url FROM core.capture WHERE url NOT LIKE '%lamplighter' ORDER BY 1"
    before = place.rows(query)
    articles = "SELECT url, text FROM news.article JOIN news.article_text USING (article_id) ORDER BY url"
    was = dict(place.rows(articles))
    erase(place, GONE)
    assert place.rows(query) == before
    assert dict(place.rows(articles)) == {
        url: words for url, words in was.items() if url != GONE and "mirror" not in url
    } | {COPY_OF_GONE: next(words for url, words in place.rows(articles) if url == COPY_OF_GONE)}
    # The other URL keeps its own capture and loses the one that stood for the erased bytes.
    assert place.rows(f"SELECT count(*) FROM core.capture WHERE url = '{COPY_OF_GONE}'") == [(1,)]
    from etl.lake import cdxj, rewriting, warc
    from etl.model import Place as At

    with open_resources(place.settings, activate=False) as r:
        for url, name, offset, length in place.rows("SELECT url, warc, warc_offset, warc_length FROM core.capture"):
            assert warc.read_at(r.store, At(warc=name, offset=offset, length=length)).target_uri == url
        for name in rewriting.warcs(r.store):
            lines = {line.offset: line.url for line in cdxj.parse(r.store.read(cdxj.name_beside(name)))}
            found = {c.place.offset: c.target_uri for c in warc.read(r.store, name)}
            assert lines == found
        segments = {name for (name,) in place.rows("SELECT warc FROM ops.segment")}
        assert segments == set(rewriting.warcs(r.store))


def test_nothing_brings_it_back(place: Place, tmp_path: Path) -> None:
    erase(place, GONE)
    after = parts(place.engine)
    place.ingest(*archives(tmp_path / "from"))
    assert parts(place.engine) == after
    assert place.holding(PLANTED, HINTED, GONE) == []
    with place.engine.begin() as connection:
        connection.execute(text("INSERT INTO ops.run (run_id, kind, as_of, state) VALUES ('r2', 'live', now(), 'ok')"))
        offer = Offer(url=GONE, url_key=url_key(GONE), host="gazette.example", hints=())
        frontier.offer(connection, run_id="r2", source_key="gazette", offers=[offer], now=NOW)
    assert place.rows("SELECT outcome FROM ops.run_url WHERE run_id = 'r2'") == [("erased",)]
    assert place.rows("SELECT count(*) FROM ops.candidate WHERE url LIKE '%lamp%'") == [(0,)]
    assert place.holding(GONE) == []


def test_a_redirect_is_erased_with_the_page_that_it_led_to(place: Place) -> None:
    erase(place, REDIRECTS)
    assert place.holding(PLANTED, REDIRECTS) == []


@pytest.mark.parametrize("has_own_page", [False, True])
def test_what_only_erased_bytes_named_goes_with_them(place: Place, tmp_path: Path, has_own_page: bool) -> None:
    """A redirect led to a page whose record stands for the bytes of another one, and that one is erased."""
    moved, old, older = (f"https://gazette.example/{name}" for name in ("moved", "former", "first"))
    erased = exchange("https://gazette.example/secret", planted(20))
    stands = replace(revisit(moved, erased, hours=2), meta=CaptureMeta(redirects=(Redirect(url=old, status=301),)))
    own = exchange(moved, page(21), hours=4, meta=CaptureMeta(redirects=(Redirect(url=older, status=301),)))
    written = tmp_path / "written"
    with SegmentWriter(written, now=NOW, operator=None, user_agent="test") as writer:
        for one in (erased, stands, *([own] if has_own_page else [])):
            writer.write(one)
        file = writer.close().path.rename(tmp_path / "moved.warc.gz")
    place.ingest(file)
    aliases = f"SELECT alias_url FROM core.alias WHERE url_key = '\\x{url_key(moved).hex()}' ORDER BY 1"
    assert (old,) in place.rows(aliases)
    erase(place, erased.target_uri)
    assert place.rows(aliases) == ([(older,)] if has_own_page else [])
    assert place.rows(f"SELECT count(*) FROM core.url WHERE url_key = '\\x{url_key(moved).hex()}'") == [
        (int(has_own_page),)
    ]
    assert place.holding(old) == []


def test_a_source_goes_with_all_its_pages(place: Place) -> None:
    assert erase(place, sources=("gazette",)).captures >= 9
    assert place.rows("SELECT url FROM core.article") == [(COPY_OF_GONE,)]
    assert set(place.holding(PLANTED, "gazette.example/")) == {"core.source"}


def test_what_is_no_url_and_what_is_no_source_is_refused(place: Place) -> None:
    with pytest.raises(Permanent, match="is no URL"):
        erase(place, "https://")
    with pytest.raises(Permanent, match="no source 'gazete'"):
        erase(place, sources=("gazete",))


@pytest.mark.parametrize("seed", [1, 2])
def test_stopped_at_any_moment_it_is_finished_by_doing_it_again(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    switch, stopped = erasing.erasure.switch, 0

    def dying_switch(*args: Any) -> None:
        switch(*args)
        if rng.random() < 0.3:
            raise KeyboardInterrupt  # before the commit

    monkeypatch.setattr(erasing.erasure, "switch", dying_switch)
    with open_resources(place.settings, activate=False) as r:
        dying: Resources = replace(r, store=Dying(r.store, rng))
        for _ in range(100):
            try:
                keys = erasing.targets(dying, addresses=[GONE], sources=())
                erasing.erase(dying, keys=keys, reason="request", now=NOW)
                break
            except KeyboardInterrupt:
                stopped += 1
    assert 1 < stopped < 99
    assert place.holding(PLANTED, HINTED, GONE) == []
    once = parts(place.engine)
    place.empty()
    with open_resources(place.settings) as r:
        for name in list(r.store.list()):
            r.store.delete(name)
    place.ingest(*archives(tmp_path / "from"))
    monkeypatch.setattr(erasing.erasure, "switch", switch)
    erase(place, GONE)
    assert parts(place.engine) == once


def test_a_rebuilt_warehouse_is_the_same_and_knows_what_was_erased(place: Place, tmp_path: Path) -> None:
    erase(place, GONE)
    before = parts(place.engine)
    place.empty()
    with open_resources(place.settings) as r:
        made = rebuild.rebuild(r, now=NOW)
        assert parts(place.engine) == before
        rebuild.rebuild(r, now=NOW)  # ended, and the process was killed before it could say so
    assert made.tombstones == 1 and made.warcs == 3
    assert parts(place.engine) == before
    candidates = place.rows("SELECT url, visits, etag, last_outcome FROM ops.candidate ORDER BY url")
    assert ("https://gazette.example/2", 2, '"0.2"', "unchanged") in candidates and len(candidates) == made.candidates
    place.ingest(*archives(tmp_path / "from"))
    assert place.holding(PLANTED, GONE) == []


def test_a_warehouse_that_is_at_work_is_not_rebuilt(place: Place) -> None:
    with open_resources(place.settings) as r, pytest.raises(Permanent, match="is not empty"):
        rebuild.rebuild(r, now=NOW)


def test_a_rebuilt_warehouse_that_has_gone_to_work_is_not_rebuilt(place: Place) -> None:
    place.empty()
    with open_resources(place.settings) as r:
        rebuild.rebuild(r, now=NOW)
        with r.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO ops.run (run_id, kind, as_of, state) VALUES ('run_1', 'live', now(), 'ok')")
            )
        with pytest.raises(Permanent, match="is not empty"):
            rebuild.rebuild(r, now=NOW)


def test_a_rebuild_that_was_stopped_goes_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = parts(place.engine)
    place.empty()
    whole = rebuild.ingest

    def stops(r: Resources, *, warcs: list[str], progress: Any) -> Any:
        whole(r, warcs=warcs[:2], progress=progress)
        raise KeyboardInterrupt

    with open_resources(place.settings) as r:
        monkeypatch.setattr(rebuild, "ingest", stops)
        with pytest.raises(KeyboardInterrupt):
            rebuild.rebuild(r, now=NOW)
        monkeypatch.setattr(rebuild, "ingest", whole)
        rebuild.rebuild(r, now=NOW)
    assert parts(place.engine) == before


def test_tombstones_lie_in_the_lake_as_hashes(place: Place) -> None:
    erase(place, GONE)
    with open_resources(place.settings, activate=False) as r:
        (name,) = r.store.list("erased/")
        assert json.loads(r.store.read(name))["url_keys"] == [url_key(GONE).hex()]
        (erasure,) = tombstones.erasures(r.store)
        assert (erasure.reason, erasure.erased_at, erasure.url_keys) == ("request", NOW, {url_key(GONE)})
    assert Outcome.ERASED.value == "erased"


def command(place: Place, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command on the place, as it is typed."""
    from typer.testing import CliRunner

    from etl.cli import app

    monkeypatch.setenv("NEWS_ETL_HOME", str(place.settings.home))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", place.settings.warehouse_url or "")
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", place.settings.lake_url)
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(place.settings.sources))
    return lambda *words, **more: CliRunner().invoke(app, words, **more)


def test_the_command_asks_erases_and_proves(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run = command(place, monkeypatch)
    assert isinstance(run("erase", "--url", GONE, input="n\n").exception, SettingError)
    found = run("erase", "--verify", "--text", PLANTED, "--json")
    assert found.exit_code == 3 and json.loads(found.stdout)["found"]
    done = run("erase", "--url", GONE, "--yes", "--verify", "--text", PLANTED, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["captures"] == 4 and json.loads(done.stdout)["found"] == []


def test_what_is_erased_again_gets_no_second_tombstone_and_is_said_to_be_erased_already(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "https://gazette.example/не-та-страница"

    def tombstones_of() -> tuple[Any, ...]:
        with open_resources(place.settings, activate=False) as r:
            return sorted(r.store.list("erased/")), place.rows("SELECT * FROM core.tombstone ORDER BY 1")

    run = command(place, monkeypatch)
    first = json.loads(run("erase", "--url", REDIRECTS, "--yes", "--json").stdout)  # and the page that it led to
    assert (first["urls"], first["already_erased"], first["held_nothing"]) == (2, [], [])
    once = tombstones_of()
    assert len(once[0]) == 1 and len(once[1]) == 2
    for addresses in ([REDIRECTS], [GONE], [GONE, REDIRECTS], [f"{GONE}#part"], [GONE.replace("https", "http")]):
        options = [part for address in addresses for part in ("--url", address)]
        again = json.loads(run("erase", *options, "--yes", "--json").stdout)
        assert (again["urls"], again["captures"], again["already_erased"]) == (0, 0, addresses)
        assert tombstones_of() == once
    said = run("erase", "--url", GONE, "--url", nowhere, "--yes")
    assert f"already erased: {GONE}" in said.stderr and f"nothing is stored of {nowhere}" in said.stderr
    assert [len(part) for part in tombstones_of()] == [2, 3]
    assert f"already erased: {nowhere}" in run("erase", "--url", nowhere, "--yes").stderr


def test_a_source_that_is_erased_again_gets_tombstones_for_what_is_new_alone(place: Place) -> None:
    erase(place, GONE)
    erase(place, sources=("gazette",))
    erase(place, sources=("gazette",))
    with open_resources(place.settings, activate=False) as r:
        found = [e.url_keys for e in tombstones.erasures(r.store)]
    assert len(found) == 2 and len(found[0] & found[1]) == 0
    assert len(found[0] | found[1]) == place.rows("SELECT count(*) FROM core.tombstone")[0][0]


def test_texts_that_rules_left_behind_go_with_the_next_erasure(place: Place) -> None:
    with place.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO core.body SELECT sha256(t::bytea), t FROM unnest(ARRAY['a', 'b', 'c']) AS t")
        )
    erase(place, GONE)
    assert place.rows("SELECT count(*) FROM core.body b LEFT JOIN core.observation o USING (text_digest) "
                      "WHERE o.capture_id IS NULL") == [(0,)]  # fmt: skip
