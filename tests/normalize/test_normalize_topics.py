"""Tags and sections: split, cleaned, each once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.normalize import topics


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Economy, Budget;Taxes", ["Economy", "Budget", "Taxes"]),
        ("経済、予算，税金", ["経済", "予算", "税金"]),
        ("اقتصاد، ميزانية", ["اقتصاد", "ميزانية"]),
        ("#Economy | Budget", ["Economy", "Budget"]),
        ("Uncategorized", []),
        ("Allgemein, Hafen", ["Hafen"]),
        ("https://example.org/tag", []),
        ("x" * 120, []),
        ("Rock &amp; Roll", ["Rock & Roll"]),
    ],
)
def test_one_value_gives_its_topics(value: str, wanted: list[str]) -> None:
    assert topics.split(value) == wanted


def test_each_topic_stands_once_in_its_first_spelling_and_the_site_not_at_all() -> None:
    assert topics.unique(["Harbour", "harbour", "Ice", "The Harbour Post"], not_topics=["the harbour post"]) == (
        "Harbour",
        "Ice",
    )


@given(st.lists(st.text(max_size=30), max_size=20))
def test_unique_twice_is_the_same(values: list[str]) -> None:
    once = topics.unique(values)
    assert topics.unique(once) == once
