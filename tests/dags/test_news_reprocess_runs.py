"""Runs of news_reprocess in a real Airflow: the day, its parts side by side, and what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.airflow

PROGRAM = Path(__file__).with_name("run_news_reprocess.py")


@pytest.fixture(scope="module")
def runs(airflow_env: dict[str, str], dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    results = tmp_path_factory.mktemp("results") / "results.json"
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(dags_folder)],
        env={**airflow_env, "RESULTS": str(results)},
        capture_output=True,
        text=True,
        cwd="/",
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    found: dict[str, Any] = json.loads(results.read_text())
    return found


def test_the_parts_of_a_day_run_side_by_side_with_the_rules_that_were_pinned(runs: dict[str, Any]) -> None:
    run = runs["a day"]
    assert run["state"] == "success"
    asked = ["2026-11-20", "captured", ["東京新聞"], True, "v1"]
    assert run["calls"][0] == ["plan", *asked]
    assert sorted(run["calls"][1:]) == [["reprocess", *asked, part, 3] for part in range(3)]
    assert [label for name, (_, label) in sorted(run["tasks"].items()) if name.startswith("reprocess")] == [
        f"2026-11-20 {part}" for part in range(3)
    ]
    assert run["summary"] == {"urls": 30, "captures": 15, "changed": {"title": 3}}


def test_days_whose_articles_changed_are_announced_and_none_by_a_dry_run(runs: dict[str, Any]) -> None:
    assert [event["days"] for event in runs["for good"]["events"]] == [["2026-11-20"]]
    assert runs["a day"]["events"] == [] and runs["a day"]["state"] == "success"


def test_a_day_that_somebody_asked_for_and_of_which_nothing_is_kept_fails(runs: dict[str, Any]) -> None:
    run = runs["nothing kept"]
    assert run["state"] == "failed" and run["tasks"]["plan[-1]"][0] == "failed"
    assert len(run["calls"]) == 1


def test_a_scheduled_day_of_which_nothing_is_kept_is_passed_by_whatever_the_words_and_others_fail(
    runs: dict[str, Any],
) -> None:
    assert runs["nothing kept of a scheduled day"]["tasks"]["plan[-1]"][0] == "skipped"
    assert runs["a scheduled day that is not over"]["tasks"]["plan[-1]"][0] == "failed"


def test_without_a_day_it_is_the_one_before_the_run(runs: dict[str, Any]) -> None:
    run = runs["no day"]
    before = datetime.fromisoformat(run["run_after"]).date() - timedelta(days=1)
    assert date.fromisoformat(run["calls"][0][1]) == before
    assert run["calls"][1][5] == "v2"
