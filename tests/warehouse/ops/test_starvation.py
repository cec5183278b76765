"""News does not wait behind a backlog: the simulation of `benchmarks.starvation`, small, and its order against the frontier's."""

from __future__ import annotations

from statistics import median

from benchmarks.starvation import Site, after, before, delays_h
from etl.frontier import backlog_room

OLD = Site(backlog=3000, daily=10, budget=240, is_announced=True)


def test_a_small_budget_and_a_backlog_of_years_do_not_delay_todays_news() -> None:
    was = delays_h(OLD, before, days=8, max_age_days=None, seed=1)
    now = delays_h(OLD, after, days=8, max_age_days=30, seed=1)
    assert median(was) > 48 and median(now) < 2 and sorted(now)[int(len(now) * 0.95)] < 24


def test_a_backlog_takes_half_of_a_days_budget_at_most() -> None:
    assert backlog_room(budget=100, spent=10, news=15) == 25
    assert backlog_room(budget=100, spent=50, news=0) == backlog_room(budget=100, spent=0, news=60) == 0


def test_the_order_alone_is_enough_where_nothing_is_too_old() -> None:
    now = delays_h(OLD, after, days=4, max_age_days=None, seed=1)
    assert median(now) < 2
