"""The language of a text: script, text, and what the page declares, in their places."""

from __future__ import annotations

import pytest

from etl.normalize import language

GERMAN = (
    "Die Fähre hat am Montag zum ersten Mal seit neun Jahren wieder Fahrgäste befördert, wie der Hafenrat mitteilte."
)
NORWEGIAN = (
    "Fergen fraktet mandag de første passasjerene på ni år, opplyste havnerådet, og billetten koster fire kroner."
)


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [
        ("pt_BR", "pt"), ("zh-Hant-TW", "zh"), ("iw", "he"), ("in", "id"), ("nb-NO", "no"), ("en, de", "en"), ("DE", "de"), ("German", "de"),
        ("x-default", None), ("und", None), ("", None), (None, None), ("{{lang}}", None),
    ],
)  # fmt: skip
def test_a_declaration_becomes_a_primary_subtag(declared: str | None, wanted: str | None) -> None:
    assert language.tag(declared) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("政府は木曜日に税金を下げると発表した", "ja"), ("정부는 목요일에 세금을 내리겠다고 발표했다", "ko"), ("รัฐบาลประกาศลดภาษีในวันพฤหัสบดี", "th"),
        ("הממשלה הודיעה ביום חמישי", "he"), ("Η κυβέρνηση ανακοίνωσε την Πέμπτη", "el"), ("მთავრობამ ხუთშაბათს განაცხადა", "ka"),
        ("政府周四宣布将降低税收并提高最低工资标准", "zh"),
    ],
)  # fmt: skip
def test_a_script_decides_whatever_the_page_declares(text: str, wanted: str) -> None:
    guess = language.identify(text, ("en",))
    assert guess is not None
    assert guess.language == wanted


def test_a_wrong_declaration_does_not_decide_over_a_text() -> None:
    guess = language.identify(GERMAN * 3, ("en",))
    assert guess is not None
    assert (guess.language, guess.evidence) == ("de", "text 1.00, declared en")


def test_a_declaration_settles_what_texts_leave_open() -> None:
    assert language.identify(NORWEGIAN, ("no",)).language == "no"
    assert language.identify("Taxi Hotel Bar", ("it",)).language == "it"


def test_nothing_speaks_for_any_language() -> None:
    assert language.identify("", ()) is None
    assert language.identify("12 345 678", ()) is None


def test_addresses_and_handles_say_nothing() -> None:
    noisy = (
        f"https://www.example.com/the/quick/brown/fox @someone {GERMAN} https://www.example.com/jumps/over/the/lazy/dog"
    )
    assert language.identify(noisy, ()).language == "de"
