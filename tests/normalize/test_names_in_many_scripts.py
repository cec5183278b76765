"""Names of people in bylines of many languages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.normalize import authors


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ada Brown and Joe Kent, staff writer", ("Ada Brown", "Joe Kent")),
        ("You, Xiaoying", ("Xiaoying You",)),
        ("Posted on May 3 by Ada Brown", ("Ada Brown",)),
        ("Von Jörg Müßig und Änne Öztürk", ("Jörg Müßig", "Änne Öztürk")),
        ("Par Zoé Lefèvre et Loïc N'Guessan", ("Zoé Lefèvre", "Loïc N'Guessan")),
        ("Por Íñigo Peña y Belén Ortuño", ("Íñigo Peña", "Belén Ortuño")),
        ("Por João Conceição", ("João Conceição",)),
        ("di Niccolò Rossi", ("Niccolò Rossi",)),
        ("Door Sjoerd van der Wal", ("Sjoerd van der Wal",)),
        ("Av Åse Bjørnstad og Pål Ødegård", ("Åse Bjørnstad", "Pål Ødegård")),
        ("Autor: Łukasz Żak", ("Łukasz Żak",)),
        ("Yazan: Çağla Işık", ("Çağla Işık",)),
        ("Автор: Анна Лисенко", ("Анна Лисенко",)),
        ("Автор: Иван Петров и Ольга Сидорова", ("Иван Петров", "Ольга Сидорова")),
        ("Συντάκτης: Νίκος Παππάς", ("Νίκος Παππάς",)),
        ("بقلم: ليلى حداد", ("ليلى حداد",)),
        ("מאת: דנה כהן", ("דנה כהן",)),
        ("โดย สมชาย ใจดี", ("สมชาย ใจดี",)),
        ("लेखक: मीरा शर्मा", ("मीरा शर्मा",)),
        ("文：山田花子", ("山田花子",)),
        ("记者：王小明、李雷", ("王小明", "李雷")),
        ("김하늘 기자", ("김하늘",)),
        ("ADA O'NEIL", ("Ada O'Neil",)),
        ("MARIE-LOUISE DÜRR", ("Marie-Louise Dürr",)),
        ("Dr. Ada Brown, PhD", ("Ada Brown",)),
        ("Ada Brown (ada@news.example)", ("Ada Brown",)),
        ("Ada Brown | 24.02.2022 10:00", ("Ada Brown",)),
        ("ada-brown", ("Ada Brown",)),
        ("Ada Brown Ada Brown", ("Ada Brown",)),
        ("Zoe&#769; Brown &amp; Joe Kent", ("Zoé Brown", "Joe Kent")),
        ("", ()),
        ("\x00\ud800", ()),
        ("word " * 100, ()),
    ],
)
def test_a_byline_gives_its_names_in_order_without_what_stands_around_them(byline: str, names: tuple[str, ...]) -> None:
    assert authors.split(byline) == names


@pytest.mark.parametrize(
    "name",
    [
        "Ada Brown",
        "Ngọc Ánh",
        "Анна Лисенко",
        "ليلى حداد",
        "דנה כהן",
        "王小明",
        "山田花子",
        "김하늘",
        "สมชาย ใจดี",
        "मीरा शर्मा",
    ],
)
def test_a_name_in_any_script_can_be_a_person(name: str) -> None:
    assert authors.is_person(name)
    assert not authors.is_staff(name)


@pytest.mark.parametrize(
    "text",
    [
        "", "admin", "Guest", "editor", "Redaktion", "La Rédaction", "редакция", "هيئة التحرير", "編集部", "Example News",
        "Universität Beispielstadt", "Bundesverband Beispiel", "Februar", "şubat", "февраль", "24 February 2022",
        "https://news.example", "12 comments", "What is next?", "Anzeige", "12345", "—",
        "This is a whole sentence that nobody was baptised with",
    ],
)  # fmt: skip
def test_accounts_desks_organisations_dates_and_sentences_are_no_person(text: str) -> None:
    assert not authors.is_person(text)


@pytest.mark.parametrize(
    "name", ["Redaktion", "BR24 Redaktion", "Staff and wire reports", "La rédaction", "Редакция", "编辑部"]
)
def test_a_desk_that_signs_is_staff(name: str) -> None:
    assert authors.is_staff(name)


@pytest.mark.parametrize(
    "text", ["Example GmbH, Berlin, Germany", "Ejemplo S.A., Madrid, España", "Przykład, Kraków, Polska"]
)
def test_a_company_with_city_and_country_is_an_address(text: str) -> None:
    assert authors.is_address(text)
    assert authors.people([text]) == ()


def test_a_person_is_told_once_however_often_and_shortly_named() -> None:
    assert authors.people(["By Joe Kent", "JOE KENT", "Kent", "Ada Brown"]) == ("Joe Kent", "Ada Brown")


def test_the_site_never_signs_but_an_agency_may() -> None:
    assert authors.people(["El Faro Norteño", "Ada Brown"], not_names=["elfaronorteno", ""]) == ("Ada Brown",)
    assert authors.people(["Example Press Agency"]) == ()
    assert authors.people(["Example Press Agency"], also=["Example Press Agency"]) == ("Example Press Agency",)


FIRST = st.sampled_from(["Ada", "Zoé", "Łukasz", "Анна", "Νίκος", "ليلى", "דנה", "मीरा", "Çağla"])
LAST = st.sampled_from(["Kent", "Lefèvre", "Żak", "Лисенко", "Παππάς", "حداد", "כהן", "शर्मा", "Işık"])
NAMES = st.builds("{} {}".format, FIRST, LAST)


@settings(deadline=None)
@given(st.lists(NAMES, max_size=4), st.sampled_from(["; ", " | ", " and ", " & ", " und ", "、"]))
def test_people_found_among_people_are_the_same_people(names: list[str], joint: str) -> None:
    once = authors.people([joint.join(names)])
    assert once == tuple(dict.fromkeys(names))
    assert authors.people(once) == once
