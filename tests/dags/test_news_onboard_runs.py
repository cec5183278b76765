"""Runs of news_onboard in a real Airflow, with stages that end as the case says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.airflow

PROGRAM = Path(__file__).with_name("run_news_onboard.py")


@pytest.fixture(scope="module")
def runs(airflow_env: dict[str, str], dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    results = tmp_path_factory.mktemp("results") / "results.json"
    env = {**airflow_env, "RESULTS": str(results)}
    command = [sys.executable, str(PROGRAM), str(dags_folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd="/", timeout=600)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    found: dict[str, Any] = json.loads(results.read_text())
    return found


def test_each_domain_is_probed_once_with_what_the_run_was_told(runs: dict[str, Any]) -> None:
    run = runs["two sites"]
    assert run["state"] == "success"
    assert sorted(run["calls"]) == [["a.example", True], ["東京新聞.example", True]]


def test_a_single_site_is_taken_in_disabled(runs: dict[str, Any]) -> None:
    run = runs["one site"]
    assert (run["state"], run["calls"]) == ("success", [["a.example", False]])


@pytest.mark.parametrize("case", ["left out", "fails"])
def test_a_site_that_is_left_out_fails_the_run_after_all_others_were_taken_in(runs: dict[str, Any], case: str) -> None:
    run = runs[case]
    assert run["state"] == "failed" and run["tasks"]["report[-1]"] == "failed"
    assert len(run["calls"]) == {"left out": 3, "fails": 2}[case]


def test_a_parameter_that_it_does_not_have_is_refused_before_a_site_is_asked(runs: dict[str, Any]) -> None:
    run = runs["misspelt"]
    assert run["state"] == "failed" and run["tasks"]["plan[-1]"] == "failed" and run["calls"] == []
