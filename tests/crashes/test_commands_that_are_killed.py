"""Each command and DAG killed with SIGKILL at some of its writes: what follows gives the rows of an undisturbed run.

`python -m benchmarks.crashes` does the same at all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.crash_cases import cases
from benchmarks.crash_points import Point, sample
from benchmarks.crash_site import Sites

KILLS = 2  # of each case
NAMES = [
    (case.name, lake)
    for case in cases(Path("given"), Sites("http://h", "http://q", "http://o", "http://a", Path("e"), Path("l")))
    for lake in ("folder", "s3")
    if (lake == "folder" or case.s3) and case.start != "airflow"
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], list[dict[str, Any]]]]:
    """What became of each kill, by case and lake."""
    path = tmp_path_factory.mktemp("crashes") / "told.json"
    command = [sys.executable, "-m", "benchmarks.crashes", "--no-airflow", "--each", str(KILLS), "--json", str(path)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2], env=dict(os.environ)
    )
    assert path.exists(), done.stderr[-3000:]
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in json.loads(path.read_text()):
        found.setdefault((one["case"], one["lake"]), []).append(one)
    yield found


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("case", "lake"), NAMES)
def test_what_is_killed_and_done_again_loses_nothing_and_doubles_nothing(told, case, lake):
    kills = told[case, lake]
    assert len(kills) > 0
    assert [(one["task"], one["place"], one["said"]) for one in kills if one["said"] or not one["was_killed"]] == []


def test_a_sample_of_write_points_has_each_kind_before_any_twice():
    points = [Point("main", n, label) for n, label in enumerate("aaaaabbbbc", 1)]
    assert [p.label for p in sample(points, 3)] == ["a", "b", "c"]
    assert len(sample(points, 2)) == 2 and len(sample(points, 7)) == 7
    assert sample(points, 99) == points
