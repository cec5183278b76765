"""The guard and the notes of the engine, on both sides of each of their numbers."""

from __future__ import annotations

import pytest

from etl.clean.engine import MAX_CUT_SHARE, CleanContext, clean

EN = CleanContext(language="en")
PROSE = "The council met on Monday evening in the old hall by the harbour and talked for hours about the bridge"
RIGHTS = "© 2024 Harbour Post. All rights reserved."
TITLE = "Council votes to close the old harbour bridge"


def body(sentences: int, chars: int) -> str:
    """Prose of so many sentences and characters."""
    words = (PROSE + " ") * (chars // len(PROSE) + 1)
    each = chars // sentences
    parts = [words[: each - 2].rstrip().ljust(each - 2, "e") + ". " for _ in range(sentences)]
    return "".join(parts).rstrip().rjust(chars, "M")


@pytest.mark.parametrize("boilerplate", [RIGHTS, "Leave a comment", "Alle Rechte vorbehalten.", "無断転載を禁じます"])
def test_cuts_of_a_quarter_are_believed_and_of_more_are_not(boilerplate: str) -> None:
    taken = sum(len(cut.text) for cut in clean(f"{body(8, 1200)}\n{boilerplate}", EN).cuts)
    assert taken >= len(boilerplate)
    flagged = {}
    for chars in range(2 * len(boilerplate), 5 * len(boilerplate)):
        text = f"{body(4, max(chars, 20))}\n{boilerplate}"
        share = taken / len(text)
        cleaned = clean(text, EN)
        flagged[chars] = "clean_guard" in cleaned.flags
        assert flagged[chars] is (share > MAX_CUT_SHARE), (chars, share)
        assert (cleaned.text == text) is flagged[chars]
    assert set(flagged.values()) == {True, False}


def test_what_leaves_one_sentence_of_several_is_not_believed() -> None:
    one, two = body(1, 400), body(2, 400)
    assert clean(f"{one}\n{RIGHTS}", EN).flags == ("clean_guard",)
    assert clean(f"{two}\n{RIGHTS}", EN).text == two
    assert clean(f"{one}\nLeave a comment", EN).text == one  # of one sentence there were never more


def test_the_title_again_does_not_count_for_the_guard() -> None:
    known = CleanContext(titles=(TITLE,), language="en")
    text = "Nine voted for it. Three did not."
    assert clean(f"{TITLE}\n{text}", known).text == text
    doubted = f"{TITLE}\n{text}\nLeave a comment"
    assert clean(doubted, known).text == doubted  # of what is left without the title it is over a quarter
    assert clean(f"{TITLE}\n{text} {text}\nLeave a comment", known).text == f"{text} {text}"


NOTE = "Correction: an earlier version of this article misspelled the name of the mayor."


@pytest.mark.parametrize(
    ("index", "is_kept"), [(0, True), (3, True), (4, False), (10, False), (13, False), (14, True), (19, True)]
)
def test_corrections_are_copied_from_the_first_four_and_the_last_six_lines(index: int, is_kept: bool) -> None:
    lines = [f"{PROSE}, said speaker number {n}. Nobody spoke against it." for n in range(19)]
    lines.insert(index, NOTE)
    cleaned = clean("\n".join(lines), EN)
    assert cleaned.correction_note == (NOTE if is_kept else None)
    assert NOTE in cleaned.text.split("\n")  # it stays where it is


@pytest.mark.parametrize(("chars", "is_kept"), [(600, True), (601, False)])
def test_a_note_of_more_than_600_characters_is_a_paragraph(chars: int, is_kept: bool) -> None:
    note = NOTE[:-1] + " " + "x" * (chars - len(NOTE) - 1) + "."
    assert len(note) == chars
    lines = [f"{PROSE}, said speaker number {n}. Nobody spoke against it." for n in range(19)]
    assert clean("\n".join([note, *lines]), EN).correction_note == (note if is_kept else None)


def test_a_text_without_anything_to_cut_is_returned_as_it_is() -> None:
    for text in ("", "Yes.", PROSE, "はい。"):
        cleaned = clean(text, EN)
        assert (cleaned.text, cleaned.cuts, cleaned.flags) == (text, (), ())


@pytest.mark.parametrize(
    "title",
    [
        "Who will pay for the old harbour bridge?",
        "誰が古い港の橋の費用を払うのか。",
        "من سيدفع ثمن جسر الميناء القديم؟",
    ],
)
def test_sentences_of_a_title_that_stands_there_again_are_not_the_texts(title: str) -> None:
    known = CleanContext(titles=(title,))
    assert clean(f"{title}\n{body(1, 400)}", known).text == body(1, 400)  # one sentence, of one that there was
