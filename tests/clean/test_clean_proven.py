"""What the page itself proves does not count for the guard: a short article with much around it is cleaned all the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.clean.engine import CleanContext, clean, rebuild

BODY = (
    "The ferry carried its first passengers on Monday. Forty people waited at the landing in the rain.\n"
    "Tickets cost two crowns. The crossing takes nine minutes."
)
LINK = "School choir sings on the roof of the old harbour warehouse this weekend"
OTHER = "Baker reopens shop that the flood had closed for two years"
RELATED = f"Read also: {LINK}\nRead also: {OTHER}"
TAGS = "Tags: harbour ferries, river crossings, old landings, Monday mornings, harbour council"
NOTE = "Ann Lee is a reporter at the Harbour Post and writes about boats, bridges and the people on them."
CAPTION = "Passengers leave the ferry at the old landing under umbrellas early on Monday morning"
KNOWN = CleanContext(
    titles=("Ferry sails again",),
    authors=("Ann Lee",),
    categories=("harbour ferries", "river crossings", "old landings", "Monday mornings", "harbour council"),
    captions=(CAPTION,),
    link_lines=frozenset((f"Read also: {LINK}", f"Read also: {OTHER}")),
    language="en",
)
AROUND = (RELATED, TAGS, NOTE, CAPTION)


def test_a_short_article_with_tags_note_and_neighbours_of_the_page_is_cleaned() -> None:
    first, second = (
        BODY.replace("\n", " "),
        "The old ferry sank in the flood. A carpenter found her bell in the mud and kept it. "
        "It hung in his workshop for seven years, and nobody asked him where it came from.",
    )
    cleaned = clean(f"{first}\nRead also: {LINK}\n{second}\n{TAGS}\n{NOTE}", KNOWN)
    assert cleaned.text == f"{first}\n{second}"
    assert cleaned.flags == ()
    assert cleaned.author_note == NOTE


@pytest.mark.parametrize("boilerplate", [RELATED, TAGS, NOTE])
def test_the_same_lines_without_the_pages_word_are_doubted(boilerplate: str) -> None:
    prose = BODY.split("\n")[0]
    text = f"{prose}\n{boilerplate}"
    known, unknown = clean(text, KNOWN), clean(text, CleanContext(titles=KNOWN.titles, language="en"))
    assert known.text == (prose if len(boilerplate) <= len(prose) else text)
    assert unknown.text == text


@pytest.mark.parametrize(
    ("language", "body", "label", "link"),
    [
        ("de", "Die Fähre fährt wieder. Vierzig Gäste warteten im Regen am alten Anleger.", "Lesen Sie auch:", "Schulchor singt auf dem Dach des Speichers"),
        ("ru", "Паром снова ходит. Сорок пассажиров ждали под дождём на старой пристани.", "Читайте также:", "Школьный хор споёт на крыше старого склада"),
        ("ja", "渡し船が月曜日に再開した。雨の中、四十人が古い桟橋で待っていた。", "関連記事:", "合唱団が倉庫の屋上で歌う"),
        ("ar", "عادت العبارة إلى العمل يوم الاثنين. انتظر أربعون راكبا تحت المطر عند المرسى القديم.", "اقرأ أيضا:", "جوقة المدرسة تغني على سطح المخزن القديم"),
    ],
)  # fmt: skip
def test_links_behind_a_label_are_proven_in_every_script(language: str, body: str, label: str, link: str) -> None:
    line = f"{label} {link}"
    known = CleanContext(language=language, link_lines=frozenset((line,)))
    assert clean(f"{body}\n{line}", known).text == body
    assert clean(f"{body}\n{line}", CleanContext(language=language)).flags == ("clean_guard",)


def test_a_text_that_is_mostly_links_is_a_list_of_them_and_stays() -> None:
    lines = [f"Read also: {LINK} number {n}" for n in range(9)]
    text = "\n".join(["The week in nine links. Have a good one.", *lines])
    cleaned = clean(text, CleanContext(link_lines=frozenset(lines), language="en"))
    assert (cleaned.text, cleaned.flags) == (text, ("clean_guard",))


@settings(deadline=None, max_examples=80)
@given(st.permutations([*BODY.split("\n"), *AROUND]), st.integers(0, 6), st.booleans())
def test_proven_cuts_keep_the_laws_of_cleaning(lines: list[str], count: int, is_known: bool) -> None:
    text, known = "\n".join(lines[:count]), KNOWN if is_known else CleanContext()
    once = clean(text, known)
    assert rebuild(once.text, once.cuts) == text
    again = clean(once.text, known)
    assert (again.text, again.cuts) == (once.text, ())
