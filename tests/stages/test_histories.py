"""Histories of a made-up newsroom: by whichever way its captures came, through crashes, the rows are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from benchmarks import histories
from benchmarks.histories import Told
from benchmarks.history_crashes import POINTS
from benchmarks.history_player import Kind

pytestmark = pytest.mark.e2e

SEEDS = (2, 3, 7, 12)


@pytest.fixture(scope="module")
def told(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Told]]:
    """What became of the history of each seed."""
    histories.make_template(postgres_server)
    try:
        yield {seed: histories.tell(seed, postgres_server, tmp_path_factory.mktemp(f"{seed}")) for seed in SEEDS}
    finally:
        histories.drop_template(postgres_server)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_comes_to_what_all_captures_at_once_give_and_so_does_a_rebuild(
    seed: int, told: dict[int, Told]
) -> None:
    again = f"python -m benchmarks.histories 1 --from {seed}"
    assert (told[seed].differing, told[seed].differing_rebuilt) == ((), ()), again


def test_these_histories_crash_everywhere_and_go_every_way(told: dict[int, Told]) -> None:
    crashes = sum((t.crashes for t in told.values()), Counter[str]())
    kinds = sum((t.kinds for t in told.values()), Counter[str]())
    assert set(crashes) == set(POINTS) and set(kinds) == {kind.value for kind in Kind}


def test_the_same_seed_makes_the_same_newsroom_and_history() -> None:
    first, second = histories.newsroom(7), histories.newsroom(7)
    assert first == second and histories.plan(7, first) == histories.plan(7, second)
    assert first != histories.newsroom(8)
