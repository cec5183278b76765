"""A task loads the libraries of its own work alone: each starts a process, and some of these take a second to load."""

from __future__ import annotations

import subprocess
import sys

import pytest

RELATING = ("numba",)
EXTRACTING = ("trafilatura", "htmldate", "etl.extract.page", "pyarrow")
MIGRATING = ("alembic",)


@pytest.mark.parametrize(
    ("stage", "not_loaded"),
    [
        ("etl.stages.live.plan", RELATING + EXTRACTING + MIGRATING),
        ("etl.stages.live.discover", RELATING + EXTRACTING + MIGRATING),
        ("etl.stages.live.fetch", RELATING + EXTRACTING + MIGRATING),
        ("etl.stages.process.extract_load", RELATING + MIGRATING),
        ("etl.stages.process.open_work", RELATING + MIGRATING),
        ("etl.stages.process.relate", EXTRACTING + MIGRATING),
    ],
)
def test_a_stage_does_not_load_what_others_need(stage: str, not_loaded: tuple[str, ...]) -> None:
    code = f"import sys, {stage}\nprint(*[name for name in {not_loaded!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
