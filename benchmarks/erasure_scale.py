"""What erasing costs in a large warehouse, and what loads wait for it: `python -m benchmarks.erasure_scale [ARTICLES]`.

A warehouse of a million articles (`large_warehouse`), in which another process loads batches of 200 documents all the
while; each third document has a text that is also that of an article that goes. Then go: an article with its text, one
with the pages that it redirected to, all of a source, and 10,000 articles at once; last all texts are looked at for those that nobody has.
Prints for each how long the rows took (wall seconds), and of the loads meanwhile how many there were, the median, the
longest, how many failed, and how long they waited for locks of others, summed up and at once. The first row is loads
alone.

`ERASURE_LIMIT_S` ends each measure that takes longer (for older versions, which take hours); it is named with ">".
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from multiprocessing.synchronize import Event
from statistics import median
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from benchmarks import large_warehouse
from benchmarks.stories_documents import RULES, observation
from benchmarks.stories_sql import database, server_of_own
from etl.warehouse.load.load import load_batch
from etl.warehouse.maintenance import erasure
from etl.warehouse.ops import erased

ARTICLES = 1_000_000
MANY = 10_000
BATCH = 200
ALONE_S = 10.0
LOADER, ERASER = "loader", "eraser"
LIMIT_S = float(os.environ.get("ERASURE_LIMIT_S", "3600"))
WAITS = f"""
SELECT pid, extract(epoch FROM clock_timestamp() - state_change) FROM pg_stat_activity
WHERE application_name = '{LOADER}' AND wait_event_type = 'Lock'
"""


@dataclass
class Loads:
    """What the loads of one measure did."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    waited_s: float = 0.0
    longest_wait_s: float = 0.0


def main() -> int:
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else ARTICLES
    with server_of_own() as url, database(url, "large") as warehouse:
        engine = create_engine(warehouse, connect_args={"options": "-c timezone=UTC", "application_name": ERASER})
        began = time.monotonic()
        large_warehouse.fill(engine, articles)
        print(f"{articles:,} articles made in {time.monotonic() - began:.0f} s")
        print(f"{'':34}{'seconds':>9}{'loads':>7}{'median':>8}{'longest':>9}{'failed':>8}{'waited':>8}{'at once':>9}")
        shared = [f"shared {n}" for n in range(70)]
        keys = _shared(engine, shared)
        first = min(200, articles // 100)
        source = [large_warehouse.key(n) for n in range(7, articles, large_warehouse.SOURCES)]
        measures: list[tuple[str, Callable[[], Any]]] = [
            ("loads alone", lambda: time.sleep(ALONE_S)),
            ("1 text", lambda: erasure.erase(engine, [large_warehouse.key(3)])),
            ("1 URL with redirects", lambda: _url(engine, large_warehouse.key(5))),
            (f"a source ({len(source):,} URLs)", lambda: _source(engine, "source-7")),
            (f"{MANY:,} texts", lambda: _many(engine, [*keys, *map(large_warehouse.key, range(first, first + MANY))])),
        ]  # fmt: skip
        if hasattr(erasure, "drop_unused_texts"):  # older versions have no such step
            measures.append(("texts that nobody has", lambda: erasure.drop_unused_texts(engine)))
        for name, work in measures:
            _measure(engine, warehouse, name, work)
        engine.dispose()
    return 0


def _url(engine: Engine, key: bytes) -> None:
    erasure.erase(engine, {key} | erasure.redirected(engine, {key}))


def _source(engine: Engine, source: str) -> None:
    _many(engine, list(erasure.keys_of_source(engine, source)))


def _many(engine: Engine, keys: list[bytes]) -> None:
    erased.record(engine, {key: ("benchmark", datetime(2027, 1, 1, tzinfo=UTC)) for key in keys})
    erasure.erase(engine, keys)


def _shared(engine: Engine, texts: list[str]) -> list[bytes]:
    """Articles whose texts come again in the batches of the loader."""
    made = [_document(f"https://shared.example/{n}", words) for n, words in enumerate(texts)]
    load_batch(engine, made, batch_key="shared", sha256="s", rules_version=RULES)
    return [o.url_key for o in made]


def _document(url: str, words: str) -> Any:
    return observation(url, site="load.example", title="A headline", body=words * 40, published_at=None, hours=1)


def _measure(engine: Engine, url: str, name: str, work: Callable[[], Any]) -> None:
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    loader = context.Process(target=_load, args=(url, name, stop, results), daemon=True)
    loader.start()
    results.get()  # it is loading
    done = threading.Event()
    loads = Loads()
    watcher = threading.Thread(target=_watch, args=(url, done, loads))
    watcher.start()
    began, is_over = time.monotonic(), ""
    limit = threading.Timer(LIMIT_S, lambda: _end(url))
    limit.start()
    try:
        work()
    except DBAPIError:
        is_over = ">"
    took = time.monotonic() - began
    limit.cancel()
    done.set()
    watcher.join()
    stop.set()
    loads.seconds, loads.failed = results.get()
    loader.join()
    seconds = loads.seconds or [took]
    print(
        f"{name:34}{is_over:>1}{took:8.2f}{len(loads.seconds):7}{median(seconds):8.2f}{max(seconds):9.2f}"
        f"{loads.failed:8}{loads.waited_s:8.2f}{loads.longest_wait_s:9.2f}",
        flush=True,
    )


def _load(url: str, name: str, stop: Event, results: Any) -> None:
    """Load batches until told to stop: new documents, each third with a text that others have."""
    engine = create_engine(url, connect_args={"options": "-c timezone=UTC", "application_name": LOADER})
    seconds: list[float] = []
    failed = 0
    for batch in count():
        documents = [
            _document(
                f"https://load.example/{name}/{batch}/{n}",
                f"shared {n // 3}" if n % 3 == 0 else f"document {name} {batch} {n}",
            )
            for n in range(BATCH)
        ]
        began = time.monotonic()
        try:
            load_batch(engine, documents, batch_key=f"{name}/{batch}", sha256="s", rules_version=RULES)
        except Exception as error:
            failed += 1
            if failed > 100:
                break
            print(f"a load failed: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
        if batch:
            seconds.append(time.monotonic() - began)
        else:
            results.put("loading")
        if stop.is_set():
            break
    results.put((seconds, failed))
    engine.dispose()


def _watch(url: str, done: threading.Event, loads: Loads) -> None:
    """How long the loader stands before locks, looked at every 20 ms."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        last = time.monotonic()
        while not done.wait(0.02):
            waiting = connection.execute(text(WAITS)).all()
            now = time.monotonic()
            loads.waited_s += (now - last) if waiting else 0
            loads.longest_wait_s = max([loads.longest_wait_s, *(float(row[1]) for row in waiting)])
            last = now
    engine.dispose()


def _end(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                 "AND application_name = :eraser"), {"eraser": ERASER}
        )  # fmt: skip
    engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
