"""Runs of news_ingest in a real Airflow, with stages that fail on demand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.airflow

PROGRAM = Path(__file__).with_name("run_news_ingest.py")
CASES = (
    "a batch fails", "a source fails", "plan fails", "nothing to do", "only open work", "nothing changed",
    "a parameter is misspelt", "one batch",
)  # fmt: skip


@pytest.fixture(scope="module")
def runs(airflow_env: dict[str, str], dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    results = tmp_path_factory.mktemp("results") / "results.json"
    lake = {
        "conn_type": "aws",
        "login": "key",
        "password": "secret",
        "extra": {"bucket_url": "s3://bucket/news", "endpoint_url": "http://127.0.0.1:9", "region_name": "eu-west-1"},
    }
    env = {
        **airflow_env,
        "RESULTS": str(results),
        "NEWS_ETL_LAKE_URL": "s3://of-the-environment",
        "AIRFLOW_CONN_NEWS_LAKE": json.dumps(lake),
        "AIRFLOW_CONN_NEWS_WAREHOUSE": "postgres://desk:p%40ss@db.example:6543/news?sslmode=require&cursor=dictcursor",
    }
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(dags_folder), *CASES],
        env=env,
        capture_output=True,
        text=True,
        cwd="/",
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    found: dict[str, Any] = json.loads(results.read_text())
    return found


def states(run: dict[str, Any]) -> dict[str, str]:
    return {name: state for name, (state, _) in run["tasks"].items()}


def test_a_batch_whose_fetching_fails_fails_alone_and_is_seen(runs: dict[str, Any]) -> None:
    run = runs["a batch fails"]
    assert [name for name, state in states(run).items() if state != "success"] == ["batch.fetch[1]", "verdict[-1]"]
    assert run["state"] == "failed"
    assert ["load", ["silver of warc of a", "silver of warc of b"]] in run["calls"]


def test_what_a_failed_fetch_had_read_is_extracted_and_loaded(runs: dict[str, Any]) -> None:
    calls = runs["a batch fails"]["calls"]
    assert ["captured", ["東京新聞"]] in calls
    assert ["extract", ["first warc of 東京新聞"]] in calls
    assert ["load", ["silver of first warc of 東京新聞"]] in calls


def test_a_source_that_failed_fails_the_run_after_everything_was_loaded(runs: dict[str, Any]) -> None:
    run = runs["a source fails"]
    assert [name for name, state in states(run).items() if state != "success"] == ["verdict[-1]"]
    assert run["state"] == "failed"


def test_every_run_is_summed_up_last_and_told_which_tasks_failed(runs: dict[str, Any]) -> None:
    for case, run in runs.items():
        assert run["calls"][-1][:2] == ["verdict", f"news_ingest__{run['run_id']}"], case
    assert runs["a batch fails"]["calls"][-1][2] == ["batch.fetch_1"]
    assert runs["plan fails"]["calls"][-1][2] == ["plan"]


def test_articles_that_changed_are_announced_once_with_their_published_days(runs: dict[str, Any]) -> None:
    (event,) = runs["a source fails"]["events"]
    assert event["outcomes"] == {"article": 4} and event["days"] == ["2026-11-20"]
    for case in ("plan fails", "nothing to do", "nothing changed"):
        assert runs[case]["events"] == [], case


def test_a_parameter_that_the_dag_does_not_have_fails_before_anything_is_done(runs: dict[str, Any]) -> None:
    run = runs["a parameter is misspelt"]
    assert run["state"] == "failed" and [call[0] for call in run["calls"]] == ["verdict"]


def test_a_run_with_a_single_batch_is_related_and_announced_like_others(runs: dict[str, Any]) -> None:
    run = runs["one batch"]
    assert run["state"] == "success" and {*states(run).values()} == {"success"}
    assert [event["outcomes"] for event in run["events"]] == [{"article": 1}]


def test_stories_are_made_once_after_all_batches_were_loaded(runs: dict[str, Any]) -> None:
    for case in ("a source fails", "a batch fails"):
        calls = [call[0] for call in runs[case]["calls"]]
        assert calls.count("relate") == 1
        assert calls.index("relate") > max(n for n, name in enumerate(calls) if name == "load"), case
    assert states(runs["nothing to do"])["relate[-1]"] == "skipped"


def test_open_work_of_earlier_runs_is_loaded_related_and_announced_also_where_nothing_is_fetched(
    runs: dict[str, Any],
) -> None:
    run = runs["only open work"]
    calls = [call[0] for call in run["calls"]]
    assert calls.index("open_work") < calls.index("relate") and run["state"] == "success"
    assert [event["outcomes"] for event in run["events"]] == [{"article": 7}]


def test_a_run_whose_plan_failed_does_nothing_and_fails(runs: dict[str, Any]) -> None:
    run = runs["plan fails"]
    assert {call[0] for call in run["calls"]} == {"plan", "window", "verdict"}
    assert states(run)["verdict[-1]"] == "failed" and run["state"] == "failed"


def test_a_run_without_sources_is_no_failure(runs: dict[str, Any]) -> None:
    run = runs["nothing to do"]
    assert run["state"] == "success"
    assert states(run)["batch.load[-1]"] == states(run)["announce[-1]"] == "skipped"


def test_batches_are_labelled_by_their_sources_however_many(runs: dict[str, Any]) -> None:
    tasks = runs["a source fails"]["tasks"]
    for step in ("discover", "fetch", "extract", "load"):
        labels = [tasks[f"batch.{step}[{index}]"][1] for index in range(3)]
        assert labels[:2] == ["a, b", "東京新聞"]
        assert len(labels[2]) <= 250 and labels[2].startswith("long-x")


def test_connections_win_over_the_environment_and_the_run_has_its_window(runs: dict[str, Any]) -> None:
    run = runs["a source fails"]
    (name, warehouse, lake, endpoint, sources), window = run["calls"][:2]
    assert name == "plan" and sources == ["a", "b"]
    assert warehouse == "postgresql+psycopg://desk:p%40ss@db.example:6543/news?sslmode=require"
    assert (lake, endpoint) == ("s3://bucket/news", "http://127.0.0.1:9")
    assert window[1:] == run["interval"] and window[1] < window[2]


def test_airflow_says_how_runs_that_it_has_let_go_have_ended(runs: dict[str, Any]) -> None:
    others = {"deleted": "failed", "of a command": None, "this run": None}
    assert runs["a batch fails"]["over"] == others
    assert runs["a source fails"]["over"] == others | {"ended": "failed"}
    assert runs["only open work"]["over"] == others | {"ended": "ok"}
