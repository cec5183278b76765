"""Every golden page has exactly the values that are true of it; known_gaps.yaml lists what is still wrong."""

from __future__ import annotations

from functools import cache

import pytest
from golden_pages import cases, differences, extract

from etl.clean.engine import rebuild
from etl.model import Page

CASES = {case.name: case for case in cases()}


@cache
def page_of(name: str) -> Page:
    return extract(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_a_golden_page_has_the_values_that_are_true_of_it(name: str) -> None:
    case = CASES[name]
    wrong = differences(case, page_of(name))
    assert {field: how for field, how in wrong.items() if field not in case.known_gap} == {}
    assert set(case.known_gap) - set(wrong) == set(), "mended: take it off known_gaps.yaml"


@pytest.mark.parametrize("name", CASES)
def test_a_golden_page_gives_the_same_values_each_time(name: str) -> None:
    assert extract(CASES[name]) == page_of(name)


@pytest.mark.parametrize("name", CASES)
def test_cuts_and_clean_text_of_a_golden_page_fit_together(name: str) -> None:
    page = page_of(name)
    whole = rebuild(page.text, page.removed)
    assert all(whole[cut.start : cut.end] == cut.text for cut in page.removed)
    assert len(whole) == len(page.text) + sum(len(cut.text) for cut in page.removed)


def test_the_golden_pages_cover_many_languages_scripts_and_shapes() -> None:
    assert len(CASES) >= 30
