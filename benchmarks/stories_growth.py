"""What relating a batch costs as the warehouse grows: `python -m benchmarks.stories_growth [SIZE ...]`.

For each size (0, 100000 and 300000 articles, or those that are given): a warehouse of so many articles, then batches of
5,000 documents of some 500 words, most of them copies of others of the batch, 250 copies of documents of the batch
before, 40 with a paragraph that all batches share. Prints CPU seconds a batch (this process and its PostgreSQL backend) for
keys, probe, verification and stories, and bytes an article in tables and indexes.

The articles that fill the warehouse are made in SQL: keys (21 each, a third of them shared by copies as wire stories
share them), edges and stories, but no texts, since none of them is compared. The documents of the measured batches go
the whole way.
"""

from __future__ import annotations

import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psutil
from sqlalchemy import Engine, create_engine, text

from benchmarks.stories_documents import RULES, generated, observation
from benchmarks.stories_sql import database, server_of_own
from etl.warehouse.load.load import load_batch
from etl.warehouse.stories import relating_round as stories_turn
from etl.warehouse.stories import write_keys

SIZES = (0, 100_000, 300_000)
BATCH = 5000
BATCHES = 3  # measured at each size, after one that warms caches
SHARING = 40  # documents of a batch with the shared paragraph
LATE = 250  # documents of a batch that are copies of documents of the batch before
FILL = 50_000  # articles that one statement makes

# A story of up to 12 copies in a third of the articles: copies share two keys of three, each has the rest alone.
FILL_NODES = """
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT n, sha256(int8send(n)) AS url_key, n / 12 AS story, n %% 36 < 12 AS is_copy
FROM generate_series(CAST(:first AS bigint), :last) AS n;
CREATE TEMP TABLE made_key ON COMMIT DROP AS
SELECT n, ('x' || substr(md5(CASE WHEN is_copy AND k %% 3 > 0 THEN 's' || story ELSE 'n' || n END || '/' || k), 1, 16))
    ::bit(64)::bigint AS key
FROM made CROSS JOIN generate_series(1, 21) AS k;
INSERT INTO core.story_key SELECT key, encode(substr(url_key, 1, 16), 'hex')::uuid
FROM made_key JOIN made USING (n) ORDER BY 1, 2;
INSERT INTO core.story_node (url_key, node, relate_version, values_digest, text_digest, reason, keys)
SELECT url_key, encode(substr(url_key, 1, 16), 'hex')::uuid, :version, substr(url_key, 1, 16), sha256(url_key), NULL,
       array_agg(key ORDER BY key)
FROM made JOIN made_key USING (n) GROUP BY url_key ORDER BY url_key;
CREATE TEMP TABLE copy ON COMMIT DROP AS
SELECT story, encode(substr(url_key, 1, 16), 'hex')::uuid AS node, url_key FROM made WHERE is_copy;
INSERT INTO core.story_edge
SELECT a.node, b.node, 'text', :version, 0.9, 1, 0.8, 0, true FROM copy a JOIN copy b USING (story) WHERE a.node < b.node
ORDER BY 1, 2;
INSERT INTO core.story (story_id, primary_key, member_count, sites, first_seen_at, last_seen_at, flags, relate_version)
SELECT (array_agg(node ORDER BY node))[1], min(url_key), count(*), ARRAY['a.example', 'b.example'], now(), now(), '{}', :version
FROM copy GROUP BY story;
INSERT INTO core.story_member
SELECT url_key, node, min(node::text) OVER (PARTITION BY story)::uuid FROM copy
"""

SIZES_OF_TABLES = """
SELECT relname, pg_table_size(oid) AS heap, pg_indexes_size(oid) AS indexes FROM pg_class
WHERE relnamespace = 'core'::regnamespace AND relname LIKE 'story%' AND relkind = 'r' ORDER BY relname
"""


class Meter:
    """CPU seconds of this process and of a backend, by what they were spent on."""

    def __init__(self, backend: psutil.Process) -> None:
        self.backend = backend
        self.spent: defaultdict[str, float] = defaultdict(float)

    def now(self) -> float:
        times = self.backend.cpu_times()
        return time.process_time() + float(times.user + times.system)

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        before = self.now()
        yield
        self.spent[name] += self.now() - before

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def metered(*args: Any, **named: Any) -> Any:
            with self.on(name):
                return function(*args, **named)

        return metered


def main() -> int:
    sizes = [int(a) for a in sys.argv[1:]] or list(SIZES)
    documents = _documents()
    print(
        f"{'articles':>10}{'keys':>8}{'probe':>8}{'verify':>8}{'stories':>9}{'in all':>8}   CPU s a batch of {BATCH:,}"
    )
    with server_of_own() as url, database(url, "growth") as warehouse:
        engine = create_engine(warehouse, pool_size=1, max_overflow=0, connect_args={"options": "-c timezone=UTC"})
        with engine.connect() as connection:
            backend = psutil.Process(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        meter = Meter(backend)
        for name, function in (("probe", "_take_changes"), ("verify", "_verify"), ("stories", "rewrite")):
            setattr(stories_turn, function, meter.wrap(name, getattr(stories_turn, function)))
        there = 0
        for size in sizes:
            _fill(engine, there, size)
            there = size
            for n in range(BATCHES + 1):
                _batch(engine, documents, meter)
                if n == 0:
                    meter.spent.clear()
            each = {name: spent / BATCHES for name, spent in meter.spent.items()}
            row = "".join(f"{each[name]:{width}.2f}" for name, width in PARTS)
            print(f"{size:>10,}{row}{sum(each[name] for name, _ in PARTS):8.2f}", flush=True)
        _sizes(engine)
        engine.dispose()
    return 0


PARTS = (("keys", 8), ("probe", 8), ("verify", 8), ("stories", 9))


def _batch(engine: Engine, documents: Iterator[dict[str, Any]], meter: Meter) -> None:
    rows = [next(documents) for _ in range(BATCH)]
    observations = [
        observation(
            r["url"], site=r["site"], title=r["title"], body=r["text"],
            published_at=r["published_at"].replace(tzinfo=UTC), hours=1,
        )
        for r in rows
    ]  # fmt: skip
    load_batch(engine, observations, batch_key=rows[0]["url"], sha256="s", rules_version=RULES)
    with meter.on("keys"):
        write_keys.write_keys(engine, most=BATCH, until=datetime(9999, 1, 1, tzinfo=UTC))
    before = meter.spent.copy()
    with meter.on("turn"):
        turn = stories_turn.relate_round(engine)
    inside = sum(meter.spent[name] - before[name] for name in ("probe", "verify", "stories"))
    meter.spent["probe"] += meter.spent.pop("turn") - inside  # edges written, and which of them count
    assert turn.changes == BATCH


def _documents() -> Iterator[dict[str, Any]]:
    """Generated documents, batch after batch: most copies are in the batch of their story, a few in the next one."""
    rng = random.Random(1)
    before: list[dict[str, Any]] = []
    for number in count():
        rows = list(generated(BATCH, number))
        rng.shuffle(rows)
        shared = " ".join(next(generated(1, 0))["text"].split()[:60])
        for n, row in enumerate(rows[:LATE] if before else ()):
            row["text"] = before[-n - 1]["text"]
        for row in rows[-SHARING:]:
            row["text"] += "\n" + shared
        before = rows
        yield from rows


def _fill(engine: Engine, there: int, size: int) -> None:
    for first in range(there, size, FILL):
        with engine.begin() as connection:
            for statement in FILL_NODES.replace("%%", "%").split(";\n"):
                bound = {"first": first, "last": min(first + FILL, size) - 1, "version": write_keys.STORY_VERSION}
                connection.execute(text(statement.replace("::", "\\:\\:")), bound)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _sizes(engine: Engine) -> None:
    with engine.connect() as connection:
        articles: int = connection.execute(text("SELECT count(*) FROM core.story_node")).scalar_one()
        print(f"bytes an article, of {articles:,}:")
        for name, heap, indexes in connection.execute(text(SIZES_OF_TABLES)):
            print(f"  {name:14} {heap / articles:7.0f} in the table {indexes / articles:7.0f} in indexes")


if __name__ == "__main__":
    sys.exit(main())
