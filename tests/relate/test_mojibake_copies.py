"""UTF-8 that was read as something else is compared as it was before; what only looks like it stays."""

from __future__ import annotations

import pytest
from story_shapes import golden

from etl.relate import keys
from etl.relate.mojibake import mended
from etl.relate.utf8 import utf8

LANGUAGES = ("fr", "de", "pl", "cs", "ru", "uk", "el", "he", "ar", "fa", "hi", "th", "ko", "ja", "zh-Hans", "vi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_read_as_latin_1_is_compared_as_it_was(language: str) -> None:
    text = str(golden(language)["stories"][0]["text"])
    misread = text.encode().decode("latin-1")
    assert keys(misread).tolist() == keys(text).tolist()
    assert mended(misread.encode().decode("latin-1")) == text  # misread twice
    assert utf8([text]) == [text.encode()]


@pytest.mark.parametrize(
    ("language", "encoding"), [("ru", "cp1251"), ("uk", "cp1251"), ("pl", "cp1250"), ("el", "cp1253")]
)
def test_a_text_read_as_its_country_wrote_before_is_compared_as_it_was(language: str, encoding: str) -> None:
    text = str(golden(language)["stories"][0]["text"])
    misread = text.encode().decode(encoding, "replace")
    assert len(set(keys(misread).tolist()) & set(keys(text).tolist())) >= len(keys(text)) // 4


def test_a_letter_whose_byte_is_lost_becomes_the_commonest_one() -> None:
    text = "Все с самого начала знали, что новость не о нас"
    assert mended(text.encode().decode("cp1252", "replace")) == text
    assert mended(text.encode().decode("cp1252", "ignore")) == text


@pytest.mark.parametrize(
    "text",
    [
        "É «assim» à «noite»: NÃO há «mais» nada, só «isto» e «aquilo» Ã",
        "РБК» и «ОТР» и «ТАСС» и «СМИ» и «МИД» писали о «С» и «Р»",
        "Ο «ΟΑΣΑ» και ο «ΟΣΕ» – Ξ«άνθη» Ο»",
        "Ångström – Ä«rger» Â° Ã",
        "plain words only, nothing beyond ASCII at all",
    ],
)
def test_what_only_looks_misread_stays(text: str) -> None:
    assert mended(text) == text
