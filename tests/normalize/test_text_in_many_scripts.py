"""Text of every script, as rows hold it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.normalize import text

ANY = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Vie\u0302\u0323t Nam", "Việt Nam"),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", "한국"),
        ("\u304b\u3099", "が"),
        ("и\u0306", "й"),
        ("nul\x00in\x07side", "nulinside"),
        ("high\ud83d low\ude00", "high low"),
        ("\ufeffmark\ufffe\ufdd0", "mark"),
        ("\u200fשלום\u200e", "שלום"),
        ("\u202bسلام\u202c", "سلام"),
        ("zero\u200bwidth", "zerowidth"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("ประเทศ\u200bไทย", "ประเทศ\u200bไทย"),
        ("ភាសា\u200bខ្មែរ", "ភាសា\u200bខ្មែរ"),
        ("a\r\nb\rc\u2028d\u2029e\x85f", "a\nb\nc\nd\ne\nf"),
    ],
)
def test_text_is_composed_and_free_of_what_nobody_sees(raw: str, clean: str) -> None:
    assert text.nfc(raw) == clean


@given(ANY)
def test_text_normalised_twice_is_the_same_and_can_be_stored(raw: str) -> None:
    for normalise in (text.nfc, text.one_line, text.lines, text.folded):
        once = normalise(raw)
        assert normalise(once) == once
        assert "\x00" not in once
        once.encode("utf-8")  # no lone surrogate
    assert unicodedata.is_normalized("NFC", text.nfc(raw))


def test_white_space_of_all_kinds_becomes_one_space() -> None:
    assert text.one_line("\u3000東京\u3000 都庁\u00a0\n\tdes\u202fprix ") == "東京 都庁 des prix"
    assert text.lines(" Première \u00a0ligne\r\n\u3000\r\n二行目\u2029 ") == "Première ligne\n二行目"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("M&uuml;nchen &#8211; &#x5317;&#20140;", "München – 北京"),
        ("<a href='/x'>Анна</a><br/>", "Анна"),
        ("x < y and y > z", "x < y and y > z"),
        ("AT&T", "AT&T"),
    ],
)
def test_markup_in_metadata_is_resolved_and_signs_of_prose_stay(raw: str, clean: str) -> None:
    assert text.from_markup(raw) == clean


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "Straße"),
        ("ＮＨＫニュース", "NHKニュース"),
        ("ﾆｭｰｽ", "ニュース"),
        ("КИЇВ — ЛЬВІВ", "Київ, Львів"),
        ("ΑΘΗΝΑΣ", "αθηνας"),
        ("東京、大阪。", "東京 大阪"),
    ],
)
def test_texts_that_differ_in_case_width_and_signs_alone_compare_equal(one: str, other: str) -> None:
    assert text.folded(one) == text.folded(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("हिन्दी", "हिन्दा"), ("น้ำ", "นำ"), ("مدرسة", "مدرس"), ("Ñu", "Nu"), ("ї", "і")]
)
def test_texts_of_other_letters_or_vowel_signs_compare_different(one: str, other: str) -> None:
    assert text.folded(one) != text.folded(other)
