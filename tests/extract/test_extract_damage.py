"""Damaged pages: whatever the bytes are, a call gives a page and raises nothing."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from news_html import NEWS, PARAGRAPHS, TITLE, html, ld, read

from etl.clean.engine import rebuild
from etl.extract.record import to_record
from etl.model import Page

SEED = 20220224
ROUNDS = 15
NODE = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, "datePublished": "2024-05-20"}
WHOLE = (
    html(head=ld(NODE) + '<meta property="og:title" content="Ferry">').encode(),
    html(title=NEWS["ru"][0], lines=NEWS["ru"][1:], head="<meta charset=windows-1251>").encode("cp1251"),
    html(title=NEWS["ja"][0], lines=NEWS["ja"][1:], head="<meta charset=Shift_JIS>").encode("cp932"),
    html(title=NEWS["ar"][0], lines=NEWS["ar"][1:], lang="ar").encode(),
    "\n".join([TITLE, *PARAGRAPHS]).encode(),
)
CHARSETS = "utf-8 utf-16 utf-7 shift_jis gb18030 big5 koi8-r iso-2022-jp idna rot13 hex unknown-8bit".split()


def truncated(body: bytes, rng: random.Random) -> bytes:
    return body[: rng.randrange(len(body))]


def flipped(body: bytes, rng: random.Random) -> bytes:
    data = bytearray(body)
    for _ in range(rng.choice([1, 10, 100])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def nested(body: bytes, rng: random.Random) -> bytes:
    tag = rng.choice([b"div", b"b", b"table", b"span", b"ul", b"blockquote"])
    at = rng.randrange(len(body))
    return body[:at] + (b"<" + tag + b">") * rng.choice([50, 300, 3000]) + body[at:]


def huge_attribute(body: bytes, rng: random.Random) -> bytes:
    value = rng.choice([b"x", b"a b ", b"&amp;", b"\xd0\x9f"]) * 50_000
    return body.replace(b"<p>", rng.choice([b'<p class="', b'<p data-x="', b'<p style="']) + value + b'">', 1)


def wrong_charset(body: bytes, rng: random.Random) -> bytes:
    return b"<meta charset=" + rng.choice(CHARSETS).encode() + b">" + body


def reencoded(body: bytes, rng: random.Random) -> bytes:
    codec = rng.choice(["utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp500"])
    return body.decode("latin-1").encode(codec)


def binary_inside(body: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(body))
    return body[:at] + rng.randbytes(rng.choice([1, 40, 4000])) + body[at:]


def shuffled(body: bytes, rng: random.Random) -> bytes:
    parts = body.split(b"<")
    rng.shuffle(parts)
    return b"<".join(parts)


def repeated(body: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(body))
    return body + body[start : start + 200] * 30


def broken_data(body: bytes, rng: random.Random) -> bytes:
    value = rng.choice(
        [b"[" * 3000, b'{"@graph": 7}', b'{"headline": {"a": []}, "author": [[[]]]}', b"\x00", b"null", b"1e999"]
    )
    return body.replace(b"</head>", b'<script type="application/ld+json">' + value + b"</script></head>", 1)


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    truncated, flipped, nested, huge_attribute, wrong_charset, reencoded, binary_inside, shuffled, repeated, broken_data,
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_a_damaged_page_gives_a_page_and_no_exception(damage: Callable[[bytes, random.Random], bytes]) -> None:
    rng = random.Random(f"{SEED} {damage.__name__}")
    for number in range(ROUNDS):
        body = damage(WHOLE[number % len(WHOLE)], rng)
        content_type = rng.choice(["text/html", None, "text/html; charset=utf-8", "text/plain", "text/html; charset=x"])
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
    page = read(WHOLE[0], url=url)
    assert page.title == TITLE
    assert page.text == "\n".join(PARAGRAPHS)
