"""Faults in the middle of commands: how they end, and that the same command again gives the rows of an undisturbed run.

A few of those that `python -m benchmarks.faults` tries with all commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from benchmarks import fault_database, fault_places, fault_s3, fault_trials
from benchmarks.fault_postgres import RESTARTS
from benchmarks.fault_world import World, scenarios

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with fault_trials.world() as w:
        yield w


@pytest.fixture(scope="module")
def on_s3() -> Iterator[World]:
    with fault_trials.world(on_s3=True) as w:
        yield w


def ground(w: World, name: str):
    return w.ground(next(s for s in scenarios(w.inputs) if s.name == name))


def judged(result: fault_trials.Result, *words: str) -> None:
    assert result.is_right, (result.line(), result.left)
    assert all(word in result.first.message for word in words), result.first.message


@pytest.mark.parametrize("command", ["ingest", "run"])
@pytest.mark.parametrize("restart", RESTARTS)
def test_a_database_that_is_restarted_in_the_middle_of_a_load_loses_and_doubles_nothing(
    here: World, command: str, restart: str
) -> None:
    g, wire = ground(here, command), here.postgres.wire
    at = g.steps["postgres"] // 2
    result = fault_trials.tried(
        here,
        g,
        restart,
        begin=lambda _: wire.arm(at, lambda: here.postgres.restart(RESTARTS[restart])),
        end=lambda _: wire.arm(None, None),
    )
    judged(result)
    if command == "ingest":  # a run may be waiting for a site at that moment, and need nothing of the database
        assert result.first.code == 75
        assert "the warehouse postgresql://" in result.first.message
        assert "run the same again" in result.first.message


def test_a_full_disk_of_the_database_loses_and_doubles_nothing() -> None:
    try:
        with fault_trials.world(disk_mib=400) as w:
            for result in fault_database.full_database(w, ground(w, "ingest")):
                judged(result)
    except PermissionError as error:
        pytest.skip(f"a disk of the database that is full: {error}")


def test_a_full_or_read_only_disk_of_the_lake_loses_and_doubles_nothing(here: World) -> None:
    results = []
    try:
        results += fault_places.full_disks(here, ground(here, "ingest"), "lake")
    except PermissionError as error:
        pytest.skip(f"a disk of the lake that is full: {error}")
    for result in results:
        judged(result)
    assert [r.first.code for r in results] == [75, 75, 2]


def test_a_lake_that_may_not_be_written_to_is_a_setting(here: World) -> None:
    with suppress(OSError):  # where capabilities cannot be given up, we are no root either
        for result in fault_places.closed_lake(here, ground(here, "ingest")):
            judged(result, "Permission denied")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("500", 75),
        ("403", 2),
        ("reset after it arrived", 0),
        ("stored but 500", 75),
        ("short body, always", 75),
        ("truncated, said to be whole", 75),
        ("lagging list", 0),
        ("wrong ETag", 75),
    ],
)
def test_a_store_in_trouble_loses_and_doubles_nothing(on_s3: World, fault: str, code: int) -> None:
    assert on_s3.s3 is not None
    s3, g = on_s3.s3, ground(on_s3, "ingest")
    found = next(f for f in fault_s3.FAULTS if f.name == fault)
    result = fault_trials.tried(
        on_s3,
        g,
        fault,
        begin=lambda _: s3.arm(found, 1),
        end=lambda _: s3.arm(None),
        may_be=(code,),
    )
    judged(result)
    assert result.first.code == code
