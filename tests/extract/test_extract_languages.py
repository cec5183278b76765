"""The same small news in many languages and encodings comes out whole."""

from __future__ import annotations

import pytest
from news_html import NEWS, html, read

from etl.extract.decode import decode
from etl.model import Outcome, PageType


@pytest.mark.parametrize("language", sorted(NEWS))
def test_an_article_of_each_language_comes_out_whole(language: str) -> None:
    title, *lines = NEWS[language]
    page = read(html(title=title, lines=tuple(lines), lang=language))
    assert (page.outcome, page.page_type) == (Outcome.ARTICLE, PageType.ARTICLE)
    assert page.title == title
    assert page.text == "\n".join(lines)
    assert page.language == language


@pytest.mark.parametrize("language", sorted(NEWS))
def test_the_language_is_seen_in_the_text_when_the_page_does_not_name_it(language: str) -> None:
    title, *lines = NEWS[language]
    page = read(html(title=title, lines=tuple(lines)).replace(' lang="en"', ""))
    assert page.language == language


@pytest.mark.parametrize(
    ("label", "codec", "language"),
    [
        ("windows-1251", "cp1251", "ru"),
        ("windows-1251", "cp1251", "uk"),
        ("koi8-r", "koi8_r", "ru"),
        ("Shift_JIS", "cp932", "ja"),
        ("EUC-JP", "euc_jp", "ja"),
        ("GB18030", "gb18030", "zh"),
        ("gb2312", "gb18030", "zh"),
        ("euc-kr", "cp949", "ko"),
        ("windows-1256", "cp1256", "ar"),
        ("windows-1255", "cp1255", "he"),
        ("iso-8859-2", "iso8859_2", "pl"),
        ("iso-8859-9", "cp1254", "tr"),
        ("iso-8859-1", "cp1252", "de"),
    ],
)
def test_an_encoding_that_only_a_meta_element_declares_is_believed(label: str, codec: str, language: str) -> None:
    title, *lines = NEWS[language]
    body = html(title=title, lines=tuple(lines), lang=language, head=f'<meta charset="{label}">').encode(codec)
    assert decode(body, "text/html").evidence == "meta"
    page = read(body)
    assert page.title == title
    assert page.text == "\n".join(lines)


def test_the_header_decides_before_the_meta_element() -> None:
    body = html(title=NEWS["ru"][0], lines=NEWS["ru"][1:], head='<meta charset="iso-8859-1">').encode("cp1251")
    assert decode(body, "text/html; charset=windows-1251").evidence == "header"
    assert read(body, content_type="text/html; charset=windows-1251").title == NEWS["ru"][0]


def test_utf8_bytes_are_read_as_utf8_whatever_the_page_declares() -> None:
    title, *lines = NEWS["de"]
    page = read(html(title=title, lines=tuple(lines), head='<meta charset="iso-8859-1">'))
    assert page.text == "\n".join(lines)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides_and_is_no_part_of_the_text(codec: str) -> None:
    text = html(title=NEWS["fr"][0], lines=NEWS["fr"][1:])
    found = decode(text.encode(codec), "text/html; charset=iso-8859-1")
    assert (found.text, found.evidence) == (text, "bom")


def test_a_character_cut_by_a_byte_limit_does_not_change_the_encoding() -> None:
    body = html(title=NEWS["ja"][0], lines=NEWS["ja"][1:]).encode()
    cut = body[: body.index("運賃".encode()) + 2]
    found = decode(cut, None)
    assert found.encoding == "utf-8"
    assert NEWS["ja"][1] in found.text


def test_bytes_that_no_encoding_explains_are_decoded_all_the_same() -> None:
    assert isinstance(decode(bytes(range(128, 256)) * 20, "text/html; charset=utf-8").text, str)


def test_an_unknown_encoding_name_is_passed_over() -> None:
    assert decode("Müller".encode(), "text/html; charset=klingon-1").text == "Müller"
