"""What readers' queries cost in a large warehouse: `python -m benchmarks.reader_queries [ARTICLES | URL] [WORDS]`.

Makes a warehouse of a million articles (`large_warehouse`), or so many, or takes the one at a URL that such a run has
made. Each query is run twice, and ended after 40 seconds; printed are rows, and of the second run milliseconds, CPU
seconds of the backend, pages of 8 kB that it looked at, and those that it wrote aside. Questions first, then what
stands in sql/examples; with WORDS those whose name has them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from benchmarks import large_warehouse
from benchmarks.stories_sql import database, server_of_own
from etl.paths import data

ARTICLES = 1_000_000
LIMIT_S = 40
# One article whose text stands under another address as well; the queries are about it and its day.
SAMPLE = """
SELECT a.article_id::text AS article, a.url, a.site, a.source_key AS source, a.language, a.published_on AS day,
       a.published_at AS at, encode(a.capture_id, 'hex') AS capture, encode(a.text_digest, 'hex') AS text_id
FROM core.article a WHERE a.url_key = :key
"""
SAMPLED = 50 * 1234
QUESTIONS = {
    "a day": "SELECT url, title FROM news.article WHERE published_on = :day",
    "a day of a source": "SELECT url, title FROM news.article WHERE source_key = :source AND published_on = :day",
    "a language's day": "SELECT url, title FROM news.article WHERE language = :language AND published_on = :day",
    "the latest 20": "SELECT url, title FROM news.article ORDER BY published_at DESC NULLS LAST LIMIT 20",
    "the latest 20 with an instant": """
        SELECT url, title FROM news.article WHERE published_at IS NOT NULL ORDER BY published_at DESC LIMIT 20""",
    "the latest 20 captured": "SELECT url, title FROM news.article ORDER BY captured_at DESC LIMIT 20",
    "captured within a day": """
        SELECT url, title FROM news.article
        WHERE captured_at > CAST(:at AS timestamptz) - interval '1 day' AND captured_at <= :at""",
    "one url": "SELECT * FROM news.article WHERE url = :url",
    "a hundred urls": """
        WITH mine AS (SELECT url FROM core.article ORDER BY url_key LIMIT 100)
        SELECT a.title FROM mine JOIN news.article a USING (url)""",
    "one article": "SELECT * FROM news.article WHERE article_id = :article",
    "one article's text": "SELECT * FROM news.article_text WHERE article_id = :article",
    "one capture": "SELECT * FROM news.article WHERE capture_id = :capture",
    "one text": "SELECT * FROM news.article WHERE text_id = :text_id",
    "one text's copies": "SELECT * FROM news.article_copy WHERE text_id = :text_id",
    "one article's copy": "SELECT * FROM news.article_copy WHERE article_id = :article",
    "one article's revisions": "SELECT * FROM news.article_revision WHERE article_id = :article",
    "one article's hints": "SELECT * FROM news.article_hint WHERE article_id = :article",
    "one story": """
        SELECT * FROM news.story WHERE story_id = (SELECT story_id FROM core.story ORDER BY story_id LIMIT 1)""",
    "one article, each story once": "SELECT * FROM news.article_unique WHERE article_id = :article",
    "coverage of a day": "SELECT * FROM news.coverage WHERE source_key = :source AND day = :day",
    "coverage of a month": """
        SELECT * FROM news.coverage WHERE source_key = :source AND day BETWEEN CAST(:day AS date) AND CAST(:day AS date) + 30""",
    "one source": "SELECT * FROM news.source WHERE source_key = :source",
    "all sources": "SELECT * FROM news.source",
    "gone since": "SELECT url, gone_at FROM news.article WHERE gone_at > CAST(:at AS timestamptz) - interval '1 day'"
                  " AND gone_at <= :at",
    "how many articles": "SELECT count(*) FROM news.article",
    "articles by day and source, 30 days": """
        SELECT published_on, source_key, count(*) FROM news.article
        WHERE published_on BETWEEN CAST(:day AS date) AND CAST(:day AS date) + 30 GROUP BY 1, 2""",
    "all copies": "SELECT count(*) FROM news.article_copy",
    "all stories once": "SELECT count(*) FROM news.article_unique",
    "all coverage": "SELECT count(*), sum(missing) FROM news.coverage",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a query took. `ms` None: it was ended."""

    rows: int
    ms: float | None
    cpu_s: float
    pages: int
    aside: int  # pages of temporary files


def main() -> int:
    given, words = [*sys.argv[1:], *[str(ARTICLES), ""][len(sys.argv) - 1 :]][:2]
    with _warehouse(given) as engine, engine.connect() as connection:
        connection.exec_driver_sql(f"SET statement_timeout = '{LIMIT_S}s'")
        connection.exec_driver_sql("SET max_parallel_workers_per_gather = 0")  # so that one process has all the CPU
        connection.commit()
        backend = psutil.Process(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        sample = connection.execute(text(SAMPLE), {"key": large_warehouse.key(SAMPLED)}).one()._mapping
        connection.commit()
        print(f"{'':36}{'rows':>10}{'ms':>10}{'CPU s':>8}{'pages':>11}{'aside':>9}")
        examples = {f.name: f.read_text(encoding="utf-8") for f in sorted((data("sql") / "examples").glob("*.sql"))}
        for name, query in {**QUESTIONS, **examples}.items():
            if words not in name:
                continue
            values = {name: value for name, value in sample.items() if f":{name}" in query}
            query = query if values else query.replace(":", "\\:")
            for _ in range(2):
                cost = _cost(connection, backend, query, values)
            print(_line(name, cost), flush=True)
    return 0


@contextmanager
def _warehouse(given: str) -> Iterator[Engine]:
    if not given.isdigit():
        engine = create_engine(given)
        yield engine
        engine.dispose()
        return
    with server_of_own() as url, database(url, "large") as warehouse:
        engine = create_engine(warehouse)
        large_warehouse.fill(engine, int(given))
        yield engine
        engine.dispose()


def _cost(connection: Connection, backend: psutil.Process, query: str, values: dict[str, Any]) -> Cost:
    before = sum(backend.cpu_times()[:2])
    try:
        ((plan,),) = connection.execute(text(f"EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT json) {query}"), values)
    except DBAPIError:
        connection.rollback()
        return Cost(rows=0, ms=None, cpu_s=sum(backend.cpu_times()[:2]) - before, pages=0, aside=0)
    connection.rollback()
    top = plan[0]["Plan"]
    return Cost(
        rows=int(top["Actual Rows"]),
        ms=plan[0]["Execution Time"] + plan[0]["Planning Time"],
        cpu_s=sum(backend.cpu_times()[:2]) - before,
        pages=top["Shared Hit Blocks"] + top["Shared Read Blocks"],
        aside=top["Temp Read Blocks"] + top["Temp Written Blocks"],
    )


def _line(name: str, cost: Cost) -> str:
    if cost.ms is None:
        return f"{name:36}{'':>10}{f'>{LIMIT_S} s':>10}{cost.cpu_s:8.2f}"
    return f"{name:36}{cost.rows:10,}{cost.ms:10.1f}{cost.cpu_s:8.2f}{cost.pages:11,}{cost.aside:9,}"


if __name__ == "__main__":
    sys.exit(main())
