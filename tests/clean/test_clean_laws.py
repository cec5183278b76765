"""What holds for every text and every context."""

from hypothesis import given, settings
from hypothesis import strategies as st

from etl.clean.engine import CleanContext, clean, rebuild
from etl.clean.fold import line_key
from etl.clean.rules import first_word, first_word_of_line

TITLE = "Council votes to close the old harbour bridge"
PIECES = st.sampled_from(
    [
        TITLE,
        TITLE.upper(),
        "Europe, News, US February 24, 2022 No Comments on " + TITLE,
        "12 Comments on " + TITLE,
        "The council met on Monday evening. Nobody spoke against the plan, and it passed by nine votes to three.",
        "議会は月曜日に会合を開いた。反対する人はいなかった。",
        "انعقد المجلس مساء الاثنين. ولم يعترض أحد.",
        "Leave a comment",
        "Cancel reply",
        "コメントを残す",
        "Vastaa",
        "24.02.2022",
        "By Ann Lee",
        "",
        "\u200f",
        "\u00a0",
        "Yes.",
    ]
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["\n", "\n\n", "", " ", "\r\n", "\u2028"])), max_size=14).map(
    lambda parts: "".join(piece + end for piece, end in parts)
)
CONTEXTS = st.sampled_from(
    [
        CleanContext(),
        CleanContext(titles=(TITLE,), authors=("Ann Lee",), language="en"),
        CleanContext(titles=(TITLE + " - Harbour Post", "Update"), site_name="Harbour Post", categories=("News",)),
        CleanContext(titles=(TITLE,), language="fi"),
    ]
)


@settings(deadline=None)
@given(st.one_of(TEXTS, st.text()), CONTEXTS)
def test_cuts_and_clean_text_give_the_extracted_text_back(text: str, context: CleanContext) -> None:
    cleaned = clean(text, context)
    assert rebuild(cleaned.text, cleaned.cuts) == text
    position = 0
    for cut in cleaned.cuts:
        assert position <= cut.start < cut.end
        assert text[cut.start : cut.end] == cut.text
        assert cut.zone in ("head", "tail", "inline")
        position = cut.end


@settings(deadline=None)
@given(st.one_of(TEXTS, st.text()), CONTEXTS)
def test_cleaning_a_clean_text_changes_nothing(text: str, context: CleanContext) -> None:
    once = clean(text, context)
    again = clean(once.text, context)
    assert again.text == once.text
    assert again.cuts == ()


@settings(deadline=None)
@given(TEXTS, CONTEXTS)
def test_every_line_that_stays_is_a_piece_of_a_given_line(text: str, context: CleanContext) -> None:
    kept = [line.strip() for line in clean(text, context).text.splitlines()]
    given_lines = iter(text.splitlines())
    for line in kept:
        assert any(line in candidate for candidate in given_lines)


@settings(deadline=None)
@given(
    st.one_of(
        PIECES,
        st.text(max_size=60),
        st.sampled_from(["تُطبع الجريدة", "שָׁלוֹם עולם", "l\u2019e\u0301te\u0301 x", "_a b", "🄐🄑 c", "– ™ x", "★ ⓐⓑ"]),
    )
)
def test_the_first_word_of_a_line_is_that_of_its_key(line: str) -> None:
    assert first_word_of_line(line) == first_word(line_key(line))
