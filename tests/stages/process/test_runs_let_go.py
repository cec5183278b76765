"""Runs of Airflow that were deleted, marked failed or timed out: `ops.run` does not say `running` of them for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from etl import processes
from etl.states import RunKind, RunState
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
    assert runs.given_up(engine) == {}
    asked: list[str] = []

    def how_ended(name: str) -> RunState | None:
        asked.append(name)
        return None if name == "news_ingest__running" else RunState.FAILED

    assert runs.given_up(engine, how_ended=how_ended) == {"news_ingest__deleted": RunState.FAILED}
    assert "cli/here" not in asked  # a process is known to live
    engine.dispose()


def test_without_airflow_such_a_run_is_given_up_when_its_time_is_over(database_url: str) -> None:
    engine = open_engine(database_url)
    runs.start(engine, run_id="news_ingest__x", kind=RunKind.LIVE, batches={}, window=None, as_of=NOW)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.run SET over_at = over_at - CAST(:d AS interval)"), {"d": timedelta(days=1)}
        )
    assert runs.given_up(engine) == {"news_ingest__x": None}
    engine.dispose()


@pytest.mark.parametrize("said", [RunState.OK, RunState.FAILED])
def test_a_run_that_was_let_go_ended_as_airflow_says_also_when_it_is_summed_up_again(
    database_url: str, said: RunState
) -> None:
    engine = open_engine(database_url)
    batches = {"a": ["gazette"]}
    runs.start(engine, run_id="news_ingest__x", kind=RunKind.LIVE, batches=batches, window=None, as_of=NOW)

    def state() -> str:
        with engine.connect() as connection:
            return str(connection.execute(text("SELECT state FROM ops.run")).scalar_one())

    runs.summarize(engine, run_id="news_ingest__x", is_given_up=True, orchestrator=said)
    assert state() == said
    runs.sum_up_again(engine, ["news_ingest__x"])
    assert state() == said
    # Cleared in Airflow: it runs once more, and ends as its own verdict says.
    runs.start(engine, run_id="news_ingest__x", kind=RunKind.LIVE, batches=batches, window=None, as_of=NOW)
    runs.discovered(engine, run_id="news_ingest__x", source_key="gazette", error=None)
    runs.fetched(engine, run_id="news_ingest__x", sources=["gazette"], errors={})
    runs.summarize(engine, run_id="news_ingest__x", reasons=[])
    assert state() == "ok"
    engine.dispose()


def test_a_run_that_failed_by_a_task_stays_failed_when_its_open_work_is_loaded_later(database_url: str) -> None:
    engine = open_engine(database_url)
    runs.register(engine, run_id="news_fill__x", kind=RunKind.FILL, as_of=NOW)
    assert runs.summarize(engine, run_id="news_fill__x", reasons=["task plan failed"]).state is RunState.FAILED
    runs.sum_up_again(engine, ["news_fill__x"])
    with engine.connect() as connection:
        row = connection.execute(text("SELECT state, kind, summary -> 'reasons' AS reasons FROM ops.run")).one()
    assert (row.state, row.kind, row.reasons) == ("failed", "fill", ["task plan failed"])
    engine.dispose()
