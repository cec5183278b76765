"""The demonstration of `make run`: the sample newsroom, through Airflow, into the warehouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from etl import airflow_local
from etl.embedded_postgres import server
from etl.errors import Permanent
from etl.model import Outcome
from etl.sample.content import DEFAULT_PORT
from etl.sample.server import running_newsroom
from etl.sample.sources import sample_registry
from etl.settings import Settings
from etl.warehouse import engine as warehouse
from etl.warehouse import queries
from etl.warehouse.schema import migrate

RUN_LIMIT_S = 600

ARTICLES = """
SELECT published_on, language AS lang, source_key AS source, title,
       array_to_string(authors, ', ') AS authors, text_chars
FROM news.article ORDER BY source_key, published_on DESC, title
"""
LAST_RUN = "SELECT run_id, summary FROM ops.run ORDER BY started_at DESC LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """The result of a demonstration."""

    run_id: str
    columns: tuple[str, ...]
    articles: list[tuple[Any, ...]]
    outcomes: Counter[Outcome]
    candidates: int
    captures_before: int
    captures_after: int
    articles_before: int
    failed: dict[str, str]


def demonstrate(settings: Settings, *, say: Callable[[str], None], day: int = 1) -> DemoResult:
    """Serve the newsroom, run the DAG `news_ingest` once through Airflow, and read what is in the warehouse.

    Raises `Permanent` with the end of Airflow's log when the run fails for another reason than a failing source.
    """
    settings = replace(settings, sources=sample_registry(settings.home), contact=None)
    with _postgres(settings):
        say("preparing Airflow and the warehouse ...")
        environment = {
            **airflow_local.prepare(settings),
            "NEWS_ETL_SOURCES": str(settings.sources),
            "NEWS_ETL_CONTACT": "",
        }
        with warehouse.opened(settings) as engine:
            migrate.upgrade(engine)
            before = _counts(engine)
            with running_newsroom(day=day, port=DEFAULT_PORT, log=settings.home / "newsroom.jsonl"):
                say("running the DAG news_ingest against the sample newsroom ...")
                _run_dag(environment, settings.home / "demo.log")
            return _shown(engine, before)


def _run_dag(environment: dict[str, str], log: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    # The newsroom's second day may come minutes after its first, when none of its feeds is due.
    conf = json.dumps({"all_documents": True})
    command = [sys.executable, "-m", "airflow", "dags", "test", "news_ingest", now, "--conf", conf]
    log.touch(mode=0o600)
    with log.open("wb") as file:
        done = subprocess.run(
            command, env=environment, stdout=file, stderr=subprocess.STDOUT, cwd=os.sep, timeout=RUN_LIMIT_S
        )
    if done.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise Permanent(f"the run failed; its log is {log}, and ends so:\n{tail}")


def _counts(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        captures, articles = connection.execute(
            text("SELECT (SELECT count(*) FROM core.capture), (SELECT count(*) FROM core.article)")
        ).one()
        return captures, articles


def _shown(engine: Engine, before: tuple[int, int]) -> DemoResult:
    columns, articles, _ = queries.rows(engine, ARTICLES)
    with engine.connect() as connection:
        run_id, summary = connection.execute(text(LAST_RUN)).one()
    return DemoResult(
        run_id=run_id,
        columns=tuple(columns),
        articles=[tuple(row) for row in articles],
        outcomes=Counter({Outcome(name): n for name, n in summary["outcomes"].items()}),
        candidates=summary["candidates"],
        captures_before=before[0],
        captures_after=_counts(engine)[0],
        articles_before=before[1],
        failed=summary["failed_sources"],
    )


@contextmanager
def _postgres(settings: Settings) -> Iterator[None]:
    """Stop the embedded server at the end if it did not run before."""
    was_running = settings.warehouse_url is not None or server.status(settings.postgres_dir).pid is not None
    try:
        yield
    finally:
        if not was_running:
            server.stop(settings.postgres_dir)
