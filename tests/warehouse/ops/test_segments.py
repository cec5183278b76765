"""Open work is taken by one process each, and what a dying transaction still locks is not passed over."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from sqlalchemy import Engine, text

from etl.warehouse.ops import segments


def publish(engine: Engine, warcs: Sequence[str]) -> None:
    with engine.begin() as connection:
        for warc in warcs:
            segments.add(connection, warc, records=1, size=1)


def taken(engine: Engine, holder: str) -> list[str]:
    return [s.warc for s in segments.take(engine, holder=holder)]


@pytest.mark.parametrize(
    "change", ["SET problem = 'x'", "SET published_at = now()", "SET holder = 'killed/while/it/held'"]
)
def test_what_a_transaction_that_is_about_to_be_rolled_back_has_locked_is_taken(emptied: Engine, change: str) -> None:
    publish(emptied, ["a", "b"])
    is_locked, at_the_end = Event(), Event()

    def killed_a_moment_ago() -> None:  # the server has not noticed yet, so the lock stands
        with emptied.connect() as connection:
            connection.execute(text(f"UPDATE ops.segment {change} WHERE warc = 'a'"))
            is_locked.set()
            at_the_end.wait(0.3)
            connection.rollback()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(killed_a_moment_ago)
        is_locked.wait(10)
        assert taken(emptied, "next") == ["a", "b"]


def test_what_another_process_loads_while_it_is_waited_for_is_not_taken(emptied: Engine) -> None:
    publish(emptied, ["a"])
    is_locked = Event()

    def loads() -> None:
        with emptied.begin() as connection:
            connection.execute(text("UPDATE ops.segment SET loaded_at = now() WHERE warc = 'a'"))
            is_locked.set()
            sleep(0.3)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(loads)
        is_locked.wait(10)
        assert taken(emptied, "next") == []


def test_processes_that_take_at_once_share_the_work_and_none_waits_for_ever(emptied: Engine) -> None:
    warcs = [f"w{n:03}" for n in range(200)]
    publish(emptied, warcs)

    def work(holder: str) -> list[str]:
        mine: list[str] = []
        while found := [s.warc for s in segments.take(emptied, holder=holder, without=mine, limit=7)]:
            mine += found
            segments.hold(emptied, mine, holder=holder)
        return mine

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(work, ["h1", "h2", "h3", "h4"]))
    assert sorted(warc for share in shares for warc in share) == warcs
