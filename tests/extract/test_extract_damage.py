"""Damaged pages: whatever the bytes are, a call gives a page and raises nothing."""

from __future__ import annotations

import random

import pytest
from news_html import NEWS, PARAGRAPHS, TITLE, html, ld, read

from benchmarks.damage import CONTENT_TYPES, DAMAGES, Damage
from etl.clean.engine import rebuild
from etl.extract.record import to_record
from etl.model import Page

SEED = 20220224
ROUNDS = 7
NODE = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, "datePublished": "2024-05-20"}
WHOLE = (
    html(head=ld(NODE) + '<meta property="og:title" content="Ferry">').encode(),
    html(title=NEWS["ru"][0], lines=NEWS["ru"][1:], head="<meta charset=windows-1251>").encode("cp1251"),
    html(title=NEWS["ja"][0], lines=NEWS["ja"][1:], head="<meta charset=Shift_JIS>").encode("cp932"),
    html(title=NEWS["ar"][0], lines=NEWS["ar"][1:], lang="ar").encode(),
    "\n".join([TITLE, *PARAGRAPHS]).encode(),
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_a_damaged_page_gives_a_page_and_no_exception(damage: Damage) -> None:
    rng = random.Random(f"{SEED} {damage.__name__}")
    for number in range(ROUNDS):
        body = damage(WHOLE[number % len(WHOLE)], rng)
        content_type = rng.choice(CONTENT_TYPES)
        page = read(body, content_type=content_type)
        assert isinstance(page, Page), number
        whole = rebuild(page.text, page.removed)
        assert all(whole[cut.start : cut.end] == cut.text for cut in page.removed), number
        to_record(page, url="", source_file=None, rules_version="")


@pytest.mark.parametrize(
    "content_type", ["", ";", "text/html;charset", "text/html; charset=", "text/html; charset=\x00", "/", "a" * 10_000]
)
def test_a_broken_content_type_raises_nothing(content_type: str) -> None:
    assert isinstance(read(WHOLE[0], content_type=content_type), Page)


@pytest.mark.parametrize("url", ["", "not a url", "http://[::1", "https://a.example:port/", "//", "http://\x00/"])
def test_a_broken_url_raises_nothing(url: str) -> None:
    logo = b'<h1><a href="http://[home">Nordhafen Post</a></h1>'
    page = read(WHOLE[0].replace(b"<nav>", logo + b"<nav>"), url=url)
    assert page.title == TITLE
    assert page.text == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "undefined", "unicode_escape", "utf-7", "rot13", "hex", "mbcs", "x"]
)
def test_a_label_that_is_no_charset_of_the_web_is_not_believed(label: str) -> None:
    body = (
        f'<html><head><meta charset="{label}"><title>A</title></head><body><p>Größe \\u0041 +AGE-'.encode()
        + b"\xff" * 30
    )
    assert "+AGE-" in read(body, content_type=f"text/html; charset={label}").text
