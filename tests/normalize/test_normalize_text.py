"""Text as rows hold it: one form, nothing invisible, one space."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.normalize import text

ANY = st.text(alphabet=st.characters(codec=None), max_size=200)


@given(ANY)
def test_normalised_twice_is_the_same(value: str) -> None:
    for function in (text.nfc, text.one_line, text.lines, text.folded):
        once = function(value)
        assert function(once) == once


@given(ANY)
def test_the_result_can_be_stored(value: str) -> None:
    once = text.nfc(value)
    once.encode("utf-8")
    assert "\x00" not in once
    assert unicodedata.is_normalized("NFC", once)
    assert not any(unicodedata.category(c) in ("Cs",) for c in once)


@given(ANY)
def test_lines_are_blocks_without_edges(value: str) -> None:
    for line in text.lines(value).split("\n"):
        assert line == line.strip()
        assert "  " not in line


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("cafe\u0301", "café"),
        ("so\u00adft", "soft"),
        ("a\x00b\ud800c\ufeffd", "abcd"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\u202bשלום\u202c", "שלום"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner that Persian is spelled with
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("a\u200bb", "ab"),
        ("กรุง\u200bเทพ", "กรุง\u200bเทพ"),  # a word break that Thai is written with
    ],
)
def test_invisible_marks_go_unless_a_script_needs_them(given_text: str, wanted: str) -> None:
    assert text.nfc(given_text) == wanted


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("Fish &amp;amp; <em>chips</em>", "Fish & chips"),
        ("5 < 6 &lt; 7", "5 < 6 < 7"),
        ("&quot;Non&nbsp;!&quot;", '"Non !"'),
        ("<p>One</p>", "One"),
        ("AT&T", "AT&T"),
        ("x &unknownentity; y", "x &unknownentity; y"),
    ],
)
def test_markup_in_metadata_becomes_text(markup: str, wanted: str) -> None:
    assert text.from_markup(markup) == wanted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Il a dit : « Non ! »", "il a dit «non»"), ("ﬁn", "FIN"), ("Straße", "STRASSE"), ("Ｔｏｋｙｏ　２０２４", "tokyo 2024"), ("a_b", "A B"),
    ],
)  # fmt: skip
def test_folding_forgets_case_width_and_punctuation(one: str, other: str) -> None:
    assert text.folded(one) == text.folded(other)


def test_folding_keeps_the_marks_that_make_words() -> None:
    assert text.folded("की") != text.folded("का")
    assert text.folded("กิน") == "กิน"
