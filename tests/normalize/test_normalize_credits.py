"""Datelines and agencies: credits, not mentions."""

from __future__ import annotations

import pytest

from etl.normalize import credits


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("KYIV, Feb 24 (Reuters) — Russia said on Thursday", "KYIV, Feb 24 (Reuters)"),
        ("Berlin (dpa) - Die Regierung hat", "Berlin (dpa)"),
        ("PARIS (AFP) – Le gouvernement", "PARIS (AFP)"),
        ("MADRID, 24 Feb. (EUROPA PRESS) - El Gobierno", "MADRID, 24 Feb. (EUROPA PRESS)"),
        ("BERLIN — The government said", "BERLIN"),
        ("The man – who was seen – ran", None),
        ("Berlin - Die Regierung", None),
        ("He said (Reuters) that it rains", None),
        ("Short", None),
        ("", None),
    ],
)
def test_a_dateline_is_a_place_in_capitals_or_with_an_agency(text: str, line: str | None) -> None:
    assert credits.dateline(text) == line


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("dpa/AFP", {"dpa", "AFP"}), ("Reuters", {"Reuters"}), ("The Associated Press", {"AP"}), ("(新华社)", {"Xinhua"}), ("연합뉴스", {"Yonhap"}),
        ("ТАСС", {"TASS"}), ("Anadolu Ajansı", {"Anadolu"}), ("Ada Brown", set()), ("Capital Group", set()),
    ],
)  # fmt: skip
def test_agencies_are_found_in_a_credit(credit: str, names: set[str]) -> None:
    assert set(credits.agencies_in(credit)) == names


def test_an_agency_counts_in_dateline_byline_or_last_bracket_only() -> None:
    assert credits.agencies("KYIV, Feb 24 (Reuters) — It rains.\nMore rain.", [], None) == ("Reuters",)
    assert credits.agencies("It rains.\nMore rain. (dpa/AFP)", [], None) == ("AFP", "dpa")
    assert credits.agencies("It rains.", ["Ada Brown, AFP"], None) == ("AFP",)
    assert credits.agencies("Reuters reported that AFP had bought a ship.\nIt rains.", ["Ada Brown"], None) == ()
