"""Clocks that jump while a process runs, and machines whose clocks differ from each other and from the database's."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from calling import Caller

from etl.clock import SteadyClock
from etl.sample.server import running_newsroom
from etl.sample.sources import sources_yaml
from etl.stages.live import crawling
from etl.stages.live.crawling import WarehouseLeases
from etl.warehouse.engine import open_engine

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
JUMPS = [timedelta(days=1), timedelta(hours=-1), timedelta(days=-400), timedelta(days=4000), timedelta(seconds=-1)]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_moves_no_process(jump: timedelta) -> None:
    wall, passed = NOON, 1000.0
    clock = SteadyClock(wall=lambda: wall, steady=lambda: passed)
    assert clock() == NOON
    wall, passed = NOON + jump, 1010.0
    assert clock() == NOON + timedelta(seconds=10)


def machine(monkeypatch: pytest.MonkeyPatch, off: timedelta) -> None:
    """From now on this is a machine whose clock is so far off."""
    monkeypatch.setattr("etl.clock._steady", SteadyClock(wall=lambda: datetime.now(UTC) + off))


@pytest.mark.parametrize("first", [timedelta(days=1), timedelta(hours=-1), timedelta(days=-400)])
@pytest.mark.parametrize("second", [timedelta(), timedelta(hours=-1)])
def test_a_host_rests_as_long_as_it_asked_whatever_the_clocks_of_two_machines_say(
    database_url: str, monkeypatch: pytest.MonkeyPatch, first: timedelta, second: timedelta
) -> None:
    engine = open_engine(database_url)

    async def visits() -> float:
        machine(monkeypatch, first)
        lease = await WarehouseLeases(engine).acquire("news.example", 0)
        assert lease is not None
        assert abs((lease.next_allowed_at - crawling.clock()).total_seconds()) < 5  # not stopped for an hour at once
        await lease.release(crawling.clock() + timedelta(seconds=60))
        machine(monkeypatch, second)
        lease = await WarehouseLeases(engine).acquire("news.example", 0)
        assert lease is not None
        return (lease.next_allowed_at - crawling.clock()).total_seconds()

    assert 40 < asyncio.run(visits()) <= 60
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=20)])
def test_a_machine_whose_clock_is_off_fetches_what_others_fetch(
    environment: pytest.MonkeyPatch, call: Caller, database_url: str, tmp_path: Path, off: timedelta
) -> None:
    with running_newsroom() as newsroom:
        (tmp_path / "sources.yaml").write_text(sources_yaml(newsroom.port), encoding="utf-8")
        environment.setenv("NEWS_ETL_SOURCES", str(tmp_path / "sources.yaml"))
        environment.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)
        machine(environment, off)
        ended = call("run", "--source", "harbour-post", "--json")
    outcomes = json.loads(ended.out)["outcomes"]
    assert outcomes.get("article", 0) > 3, ended
    assert "deferred" not in outcomes, outcomes
