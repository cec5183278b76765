"""Runs of news_fill in a real Airflow, with stages that end as the case says."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.airflow

PROGRAM = Path(__file__).with_name("run_news_fill.py")


@pytest.fixture(scope="module")
def runs(airflow_env: dict[str, str], dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    results = tmp_path_factory.mktemp("results") / "results.json"
    env = {**airflow_env, "RESULTS": str(results)}
    command = [sys.executable, str(PROGRAM), str(dags_folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd="/", timeout=600)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    found: dict[str, Any] = json.loads(results.read_text())
    return found


def others(run: dict[str, Any], state: str = "success") -> dict[str, str]:
    return {name: found for name, found in run["tasks"].items() if found != state}


def test_pages_that_nobody_can_have_any_more_keep_a_day_from_being_plain_green(runs: dict[str, Any]) -> None:
    run = runs["gone for good"]
    assert run["state"] == "success" and others(run) == {"complete[-1]": "skipped"}


def test_a_run_by_hand_without_a_day_fills_yesterday(runs: dict[str, Any]) -> None:
    run = runs["gone for good"]
    yesterday = (datetime.fromisoformat(run["run_after"]) - timedelta(days=1)).date().isoformat()
    call = run["calls"][0]
    assert call[:4] == ["plan", yesterday, yesterday, []]
    assert call[5] == f"news_fill__{run['run_id']}"  # by which its requests are told from those of live runs


def test_a_day_that_is_not_over_fails_before_anybody_is_asked(runs: dict[str, Any]) -> None:
    run = runs["not over"]
    assert run["state"] == "failed" and run["tasks"]["plan[-1]"] == "failed"
    assert {call[0] for call in run["calls"]} <= {"relate", "verdict"}
    assert run["calls"][-1][2] == ["plan"]


def test_what_may_still_be_had_fails_the_run_after_everything_else_was_loaded(runs: dict[str, Any]) -> None:
    run = runs["may still be had"]
    assert run["state"] == "failed"
    assert others(run) == {
        "batch.fetch[0]": "failed",
        "verdict[-1]": "failed",
        "complete[-1]": "upstream_failed",
    }
    assert ["load", ["a", "b"]] in run["calls"] and ["recover", ["東京新聞"]] in run["calls"]
    assert run["calls"][0][3:5] == [["東京新聞"], ["wayback"]]
    assert run["calls"][-1][0] == "verdict" and run["calls"][-1][2] == ["batch.fetch_0"]


def test_days_that_were_brought_in_are_announced_to_those_who_build_on_the_articles(runs: dict[str, Any]) -> None:
    (event,) = runs["gone for good"]["events"]
    assert event["days"] == ["2022-02-24"] and event["outcomes"] == {"article": 3}
    assert runs["dry"]["events"] == runs["not over"]["events"] == []


def test_a_dry_run_asks_archives_and_fetches_nothing(runs: dict[str, Any]) -> None:
    run = runs["dry"]
    assert {call[0] for call in run["calls"]} == {"plan", "find", "verdict"} and run["calls"][-1][3] is True
    assert run["state"] == "success"
