"""Erasing, pruning, compacting and retention find their rows by indexes, and stop no load."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from observations import observation
from sqlalchemy import Engine, create_engine, text

from benchmarks import large_warehouse
from benchmarks.stories_documents import RULES
from etl.lake.rewriting import MovedCapture, RewriteResult
from etl.warehouse.engine import open_engine
from etl.warehouse.load.load import activate_rules, load_again, load_batch, recompute
from etl.warehouse.maintenance import erasure, retention
from etl.warehouse.ops import erased
from etl.warehouse.stories import relating_round

ARTICLES = 15_000
AT = datetime(2026, 11, 20, tzinfo=UTC)
# A table of a few pages is read whole rightly.
READ = """
SELECT schemaname || '.' || s.relname, seq_tup_read FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = relid
WHERE schemaname IN ('core', 'ops') AND relpages > 70
"""


@pytest.fixture(scope="module")
def large(copied_database: Any) -> Iterator[str]:
    """A warehouse in which a plan that reads a whole table is dearer than one by an index."""
    with copied_database() as url:
        engine = open_engine(url)
        activate_rules(engine, [RULES])
        large_warehouse.fill(engine, ARTICLES)
        engine.dispose()
        yield url


@pytest.fixture
def engine(large: str) -> Iterator[Engine]:
    engine = open_engine(large)
    yield engine
    engine.dispose()


def rows(engine: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def read_whole(engine: Engine) -> dict[str, int]:
    """How many rows were read by going over whole tables, by table."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
        connection.commit()
        connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        return {row[0]: row[1] for row in connection.execute(text(READ))}


def _erase(engine: Engine) -> None:
    keys = [large_warehouse.key(n) for n in (3, 11, 250, 251)]
    erased.record(engine, dict.fromkeys(keys, ("request", AT)))
    assert erasure.erase(engine, keys) == 5
    assert erasure.erase(engine, keys) == 0 and erasure.stored(engine, keys) == frozenset()


def _switch(engine: Engine) -> None:
    (warc,) = rows(engine, "SELECT min(warc) FROM core.capture WHERE url_key = :k", k=large_warehouse.key(20))[0]
    of_file = rows(engine, "SELECT warc_offset FROM core.capture WHERE warc = :w ORDER BY 1", w=warc)
    moved = {
        (warc, offset): MovedCapture(warc="raw/new.warc.gz", offset=n, length=9)
        for n, (offset,) in enumerate(of_file[1:])
    }
    made = RewriteResult(sources=(warc,), name="raw/new.warc.gz", moved=moved, dropped=((warc, of_file[0][0]),))
    with engine.begin() as connection:
        erasure.switch(connection, made)


def _retain(engine: Engine) -> None:
    (capture, warc, offset) = rows(
        engine, "SELECT capture_id, warc, warc_offset FROM core.capture WHERE url_key = :k", k=large_warehouse.key(31)
    )[0]
    retention.mark(engine, [capture], at=AT)
    with engine.begin() as connection:
        retention.forget_places(connection, warc, [offset])


def _recompute(engine: Engine) -> None:
    with engine.begin() as connection:
        recompute(connection, {large_warehouse.key(n) for n in (40, 41)})


def _load(engine: Engine) -> None:
    made = [observation(f"https://load.example/{n}", text=f"text {n}", rules=RULES) for n in range(8)]
    load_batch(engine, made, batch_key="b", sha256="s", rules_version=RULES)


def _prune(engine: Engine) -> None:
    activate_rules(engine, ["r2"])
    made = [observation(f"https://load.example/{n}", text=f"other {n}", rules="r2") for n in range(8)]
    load_again(engine, made)


def _forget(engine: Engine) -> None:
    with engine.begin() as connection:
        relating_round.forget(connection, [large_warehouse.key(n) for n in (60, 72, 73)])


@pytest.mark.parametrize("work", [_erase, _switch, _retain, _recompute, _load, _prune, _forget])
def test_rows_that_go_or_change_are_found_by_an_index_foreign_keys_included(engine, work):
    before = read_whole(engine)
    work(engine)
    after = read_whole(engine)
    assert len(after) > 12
    grown = {name: after[name] - before.get(name, 0) for name in after if after[name] - before.get(name, 0) >= 500}
    assert grown == {}


def test_loads_of_other_pages_go_on_while_texts_are_being_removed(engine, large):
    key, (digest,) = (
        large_warehouse.key(77),
        rows(engine, "SELECT text_digest FROM core.article WHERE url_key = :k", k=large_warehouse.key(77))[0],
    )
    impatient = create_engine(large, connect_args={"options": "-c lock_timeout=3s -c timezone=UTC"})
    with engine.begin() as connection:
        erasure._erase(connection, [key])  # and does not commit yet
        made = [observation(f"https://beside.example/{n}", text=f"beside {n}", rules="r2") for n in range(20)]
        load_batch(impatient, made, batch_key="beside", sha256="s", rules_version="r2")
    impatient.dispose()
    assert rows(engine, "SELECT count(*) FROM core.body WHERE text_digest = :d", d=digest) == [(0,)]


def test_a_load_that_comes_to_a_text_that_is_being_removed_waits_and_puts_it_in_again(engine, large):
    words = "ein Text, den zwei haben — 二つの記事の本文"
    load_batch(
        engine, [observation("https://a.example/1", text=words, rules="r2")], batch_key="a", sha256="s",
        rules_version="r2",
    )  # fmt: skip
    key = observation("https://a.example/1").url_key
    other = open_engine(large)
    loader = threading.Thread(
        target=load_batch,
        args=(other, [observation("https://b.example/1", text=words, rules="r2")]),
        kwargs={"batch_key": "b2", "sha256": "s", "rules_version": "r2"},
    )
    with engine.begin() as connection:
        erasure._erase(connection, [key])
        loader.start()
        loader.join(1)
        assert loader.is_alive()  # it waits for this one text
    loader.join()
    other.dispose()
    assert rows(engine, "SELECT b.text FROM core.article a JOIN core.body b USING (text_digest) "
                        "WHERE a.url = 'https://b.example/1'") == [(words,)]  # fmt: skip


def test_a_text_that_a_load_holds_stays(engine, large, monkeypatch):
    from etl.warehouse.load import load

    words = "held by a load that is not over"
    load_batch(
        engine, [observation("https://c.example/1", text=words, rules="r2")], batch_key="c", sha256="s",
        rules_version="r2",
    )  # fmt: skip
    key = observation("https://c.example/1").url_key
    merged, go_on = threading.Event(), threading.Event()
    merge_texts = load._merge_texts

    def stops(*args: Any) -> None:
        merge_texts(*args)
        merged.set()
        assert go_on.wait(20)

    monkeypatch.setattr(load, "_merge_texts", stops)
    other = open_engine(large)
    with ThreadPoolExecutor(2) as threads:
        loading = threads.submit(
            load_batch, other, [observation("https://d.example/1", text=words, rules="r2")],
            batch_key="d", sha256="s", rules_version="r2",
        )  # fmt: skip
        assert merged.wait(20)
        erasing = threads.submit(erasure.erase, engine, [key])
        threading.Event().wait(0.5)
        go_on.set()
        loading.result(20)
        assert erasing.result(20) == 1
    other.dispose()
    assert rows(
        engine, "SELECT url FROM core.article a JOIN core.body USING (text_digest) WHERE text = :w", w=words
    ) == [("https://d.example/1",)]


def test_erasing_and_loading_the_same_texts_at_once_leaves_no_text_without_its_article_and_none_too_many(database_url):
    engine = open_engine(database_url)
    activate_rules(engine, ["r1"])
    shared = [f"shared text {n} 共有" for n in range(30)]

    def load(worker: int) -> None:
        for batch in range(6):
            made = [observation(f"https://{worker}.example/{batch}/{n}", text=t) for n, t in enumerate(shared)]
            load_batch(engine, made, batch_key=f"{worker}/{batch}", sha256="s", rules_version="r1")

    def erase(_: int) -> None:
        for batch in range(6):
            keys = [observation(f"https://0.example/{batch}/{n}").url_key for n in range(len(shared))]
            erased.record(engine, dict.fromkeys(keys, ("request", AT)))
            erasure.erase(engine, keys)

    with ThreadPoolExecutor(4) as threads:
        for done in [
            threads.submit(load, 0),
            threads.submit(load, 1),
            threads.submit(erase, 0),
            threads.submit(erase, 1),
        ]:
            done.result(120)
    keys = [observation(f"https://0.example/{b}/{n}").url_key for b in range(6) for n in range(len(shared))]
    assert erasure.stored(engine, keys) == frozenset()
    assert rows(engine, "SELECT count(*) FROM core.article") == [(180,)]
    assert rows(engine, "SELECT count(*) FROM core.body") == [(30,)]
    engine.dispose()
