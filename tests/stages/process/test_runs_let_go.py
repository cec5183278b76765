"""Runs of Airflow that were deleted, marked failed or timed out: `ops.run` does not say `running` of them for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from etl import processes
from etl.states import RunKind
from etl.warehouse.engine import open_engine
from etl.warehouse.ops import runs

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_run_that_airflow_has_let_go_is_given_up_at_once_and_others_are_left_alone(database_url: str) -> None:
    engine = open_engine(database_url)
    for name, holder in (
        ("news_ingest__deleted", None),
        ("news_ingest__running", None),
        ("cli/here", processes.name_of_this()),
    ):
        runs.start(engine, run_id=name, kind=RunKind.LIVE, batches={}, window=None, as_of=NOW, holder=holder)
    assert runs.given_up(engine) == ()
    asked: list[str] = []

    def is_over(name: str) -> bool:
        asked.append(name)
        return name != "news_ingest__running"

    assert runs.given_up(engine, is_over=is_over) == ("news_ingest__deleted",)
    assert "cli/here" not in asked  # a process is known to live
    engine.dispose()


def test_without_airflow_such_a_run_is_given_up_when_its_time_is_over(database_url: str) -> None:
    engine = open_engine(database_url)
    runs.start(engine, run_id="news_ingest__x", kind=RunKind.LIVE, batches={}, window=None, as_of=NOW)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.run SET over_at = over_at - CAST(:d AS interval)"), {"d": timedelta(days=1)}
        )
    assert runs.given_up(engine) == ("news_ingest__x",)
    engine.dispose()
