"""Every golden page has exactly the values that are true of it; known_gaps.yaml lists what is still wrong."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import NamedTuple

import golden_pages
import pytest
from golden_pages import cases, differences, extract

import etl.extract.draft
from etl.clean.engine import CleanContext, Cleaned, clean, rebuild
from etl.model import Outcome, Page, PageType

CASES = {case.name: case for case in cases()}
# One page of each shape, for what costs a second extraction.
FIRST_OF_SHAPE = sorted({case.shape: name for name, case in reversed(CASES.items())}.values())


class Reading(NamedTuple):
    """A page, and what the cleaner was given on the way to it."""

    page: Page
    text: str
    context: CleanContext


@cache
def reading_of(name: str) -> Reading:
    given: list[tuple[str, CleanContext]] = []

    def watched(text: str, context: CleanContext | None = None) -> Cleaned:
        given.append((text, context or CleanContext()))
        return clean(text, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(etl.extract.draft, "clean", watched)
        page = extract(CASES[name])
    assert len(given) == 1
    return Reading(page, *given[0])


@pytest.mark.parametrize("name", CASES)
def test_a_golden_page_has_the_values_that_are_true_of_it(name: str) -> None:
    case = CASES[name]
    wrong = differences(case, reading_of(name).page)
    assert {field: how for field, how in wrong.items() if field not in case.known_gap} == {}
    assert set(case.known_gap) - set(wrong) == set(), "mended: take it off known_gaps.yaml"


@pytest.mark.parametrize("name", CASES)
def test_cuts_and_clean_text_of_a_golden_page_give_its_extracted_text_back(name: str) -> None:
    page, text, _ = reading_of(name)
    assert rebuild(page.text, page.removed) == text
    assert all(text[cut.start : cut.end] == cut.text for cut in page.removed)


@pytest.mark.parametrize("name", CASES)
def test_cleaning_the_clean_text_of_a_golden_page_changes_nothing(name: str) -> None:
    page, _, context = reading_of(name)
    again = clean(page.text, context)
    assert (again.text, again.cuts) == (page.text, ())


@pytest.mark.parametrize("name", FIRST_OF_SHAPE)
def test_a_golden_page_gives_the_same_values_each_time(name: str) -> None:
    assert extract(CASES[name]) == reading_of(name).page


def test_a_wrong_value_is_seen() -> None:
    case = next(iter(CASES.values()))
    wrong = differences(case, Page(outcome=Outcome.ARTICLE, page_type=PageType.LIST))
    assert {"page_type", "title", "published_on", "language", "text"} <= set(wrong)


def test_the_golden_pages_are_many_and_of_many_languages_shapes_and_scripts() -> None:
    languages = Counter(case.language for case in CASES.values())
    assert len(CASES) >= 215
    assert len(languages) >= 35
    assert {"ar", "fa", "he", "ur", "ja", "ko", "zh-Hans", "zh-Hant", "th", "hi", "bn", "ta", "el"} <= set(languages)
    assert len({case.shape for case in CASES.values()}) >= 32


def test_every_known_gap_is_one_of_a_golden_page() -> None:
    assert set(golden_pages.known_gaps()) <= set(CASES)
