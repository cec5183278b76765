"""Names of people from bylines: people only, each once, in reading order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.normalize import authors


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("Ada Brown", ["Ada Brown"]),
        ("By Ada Brown", ["Ada Brown"]),
        ("by Ada Brown and Joe Kent", ["Ada Brown", "Joe Kent"]),
        ("By Ada Brown, Joe Kent and Mia Lund", ["Ada Brown", "Joe Kent", "Mia Lund"]),
        ("Ada Brown, staff writer", ["Ada Brown"]),
        ("Ada Brown, PhD, Joe Kent, MD", ["Ada Brown", "Joe Kent"]),
        ("Dr. Ada Brown", ["Ada Brown"]),
        ("Ada Brown | Political correspondent", ["Ada Brown", "Political correspondent"]),
        ("You, Xiaoying", ["Xiaoying You"]),
        ("Von Jörg Soldwisch und Anke Petersen", ["Jörg Soldwisch", "Anke Petersen"]),
        ("Ein Kommentar von Anke Petersen", ["Anke Petersen"]),
        ("Gespeichert von ada am 24. Juli 2017 - 18:55", ["ada"]),
        ("Par Chloé Dubois et Luc Martin", ["Chloé Dubois", "Luc Martin"]),
        ("Por Inés Ortega", ["Inés Ortega"]),
        ("A cura di Paola Neri", ["Paola Neri"]),
        ("Door Sanne de Vries", ["Sanne de Vries"]),
        ("Av Ingrid Dahl og Ola Nes", ["Ingrid Dahl", "Ola Nes"]),
        ("Автор: Анна Петрова", ["Анна Петрова"]),
        ("Текст: Анна Петрова, Олег Смирнов", ["Анна Петрова", "Олег Смирнов"]),
        ("بقلم سلمى حداد", ["سلمى حداد"]),
        ("מאת דנה לוי", ["דנה לוי"]),
        ("Oleh Siti Rahma", ["Siti Rahma"]),
        ("作者：王小明", ["王小明"]),
        ("김지은 기자", ["김지은"]),
        ("Posted on May 3, 2022 by Ada Brown", ["Ada Brown"]),
        ("ADA-LOUISE O'NEIL", ["Ada-Louise O'Neil"]),
        ("Ada Brown (Harbour Post)", ["Ada Brown"]),
        ("Ada Brown @adabrown", ["Ada Brown"]),
        ("Ada Brown Foto: Joe Kent", ["Ada Brown"]),
        ("ada-brown", ["Ada Brown"]),
        ("Ada BrownAda Brown", ["Ada Brown"]),
        ("Fish &amp; Sons", ["Fish", "Sons"]),
        ("", []),
    ],
)
def test_a_byline_is_split_into_its_names(raw: str, names: list[str]) -> None:
    assert list(authors.split(raw)) == names


@pytest.mark.parametrize(
    "value",
    [
        "admin", "Super User", "webmaster", "Guest Author", "Unknown", "Redaktion", "Staff Reporter", "Harbour Post Newsroom",
        "Bundesverband Windkraft e.V.", "University of Nordhafen", "Facebook", "View all posts", "https://example.org/ada", "12.05.2022",
        "Donnerstag", "4 min read", "© Getty Images", "Harbour Post GmbH, Nordhafen, Germany", "Veröffentlicht am", "Journalist", "редакция",
        "編集部", "Photo: Joe Kent", "", "12", "None",
    ],
)  # fmt: skip
def test_who_is_no_person_is_no_author(value: str) -> None:
    assert authors.people([value]) == ()


def test_the_site_does_not_sign() -> None:
    assert authors.people(["La República", "Ada Brown"], not_names=["larepublica"]) == ("Ada Brown",)
    assert authors.people(["Noticias El Comercio Perú"], not_names=["elcomercio"]) == ()


def test_a_name_is_listed_once_and_its_short_form_not_at_all() -> None:
    assert authors.people(["Ada Brown", "By ADA BROWN", "Brown"]) == ("Ada Brown",)


def test_a_name_that_may_sign_though_no_person_is_kept() -> None:
    assert authors.people(["Harbour News Agency"], also=["Harbour News Agency"]) == ("Harbour News Agency",)


def test_a_desk_is_known_by_its_last_word() -> None:
    assert authors.is_staff("Redaktion")
    assert authors.is_staff("Nordhafen Redaktion")
    assert not authors.is_staff("Ada Brown")


@given(st.text(max_size=120))
def test_normalised_twice_is_the_same(raw: str) -> None:
    once = authors.people([raw])
    assert all(authors.people([name]) in ((name,), ()) or len(authors.people([name])) == 1 for name in once)


@given(st.text(max_size=200))
def test_any_text_gives_names_without_breaks_or_edges(raw: str) -> None:
    for name in authors.split(raw):
        assert name == name.strip()
        assert "\n" not in name
        assert 2 <= len(name) <= 60
