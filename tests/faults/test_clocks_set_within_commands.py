"""Clocks that are set while a command runs: the same rows, and what a wrong clock has left is said.

A few of those that `python -m benchmarks.clock_jumps` tries.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import clock_jumps, fault_trials
from benchmarks.fault_world import World
from benchmarks.jumping_clock import MOMENTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with fault_trials.world() as w:
        yield w


@pytest.mark.parametrize(
    ("command", "pairs"),
    [
        ("run", [("to 2099", MOMENTS[0]), ("3 days ahead", MOMENTS[1]), ("2 hours back", MOMENTS[2])]),
        ("fill", [("3 days ahead", MOMENTS[0]), ("2 hours back", MOMENTS[1]), ("to 2099", MOMENTS[2])]),
    ],
)
def test_a_clock_that_is_set_within_a_command_changes_no_row(
    here: World, command: str, pairs: list[tuple[str, str]]
) -> None:
    for result in clock_jumps.tried(here, command, pairs):
        assert result.is_right, (result.line(), result.said, result.difference)
