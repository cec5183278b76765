"""A run over hosts that do what they like, beside ten that behave: each ends as it should, and the ten lose nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.hostile import CASES, Ran, place
from benchmarks.hostile_server import WITNESS_PAGES, WITNESSES, Case

pytestmark = pytest.mark.e2e

# Above what the process has: 64 hosts at once, each with a page of 5 MiB at most and what its tree takes.
MAX_PEAK_MIB = 1_500

QUICK = [case for n, case in enumerate(case for case in CASES if not case.is_slow) if n % 7 == 0]


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len({case.key for case in CASES}) == len(CASES)
    assert sum(case.about == "page" for case in CASES) >= 150
    assert sum(case.about in ("feed", "sitemap") for case in CASES) >= 40
    assert sum(case.about in ("robots", "tdmrep") for case in CASES) >= 30


def test_some_of_them_end_as_they_should_and_witnesses_lose_nothing(database_url: str) -> None:
    _hold(database_url, QUICK)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_of_them_at_once_end_as_they_should_and_witnesses_lose_nothing(database_url: str) -> None:
    _hold(database_url, CASES)


def _hold(database_url: str, cases: Sequence[Case]) -> None:
    with place(database_url, cases) as here:
        alone = here.run([])
        ran = here.run(cases)
    assert {end.case.key: (end.outcome, end.said) for end in ran.ended if end.outcome != end.case.expected} == {}
    assert _of_witnesses(ran) == _of_witnesses(alone)
    assert ran.witness_pages == WITNESSES * WITNESS_PAGES
    assert ran.peak_mib < MAX_PEAK_MIB


def _of_witnesses(ran: Ran) -> tuple[int, int]:
    return ran.witness_pages, ran.witness_requests
