"""What happens to pages on their way, and what hostile ones hold: one function for each kind of damage.

Each takes bytes and a random generator and gives other bytes; the same generator gives the same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Callable

Damage = Callable[[bytes, random.Random], bytes]

CHARSETS = "utf-8 utf-16 utf-7 shift_jis gb18030 big5 koi8-r iso-2022-jp idna rot13 hex unknown-8bit".split()
CODECS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp500", "cp1251", "shift_jis", "utf-7", "gb18030")
TAGS = "div span b p a ul li table blockquote article section font em h1 form select svg math template noscript".split()
# What patterns with two open ends read again and again.
RUNS = (
    "a, ",
    "- ",
    "1/",
    "von ",
    '"',
    "&amp;",
    "By Ada B ",
    "2022-",
    " ",
    "年",
    "x | ",
    "(",
    "http://",
    "1.",
    "\u0301",
    "َ",
    "©",
    "\n",
    "。",
    "<",
)
META_NAMES = "og:title author article:published_time keywords og:description og:site_name article:section".split()


def _times(rng: random.Random, *counts: int) -> int:
    """How often: mostly the first, seldom the last, for the last one costs most."""
    return rng.choices(counts, weights=[8 >> min(n, 3) for n in range(len(counts))])[0]


def _at(body: bytes, rng: random.Random) -> int:
    return rng.randrange(len(body) + 1)


def truncated(body: bytes, rng: random.Random) -> bytes:
    return body[: _at(body, rng)]


def flipped(body: bytes, rng: random.Random) -> bytes:
    data = bytearray(body or b"x")
    for _ in range(_times(rng, 1, 10, 100, 2000)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def hole(body: bytes, rng: random.Random) -> bytes:
    at = _at(body, rng)
    return body[:at] + body[at + rng.randrange(5000) :]


def nested(body: bytes, rng: random.Random) -> bytes:
    """Elements in elements: libxml2 stops at 255 or 2,048 levels, and recursion in Python at 1,000."""
    tag = rng.choice(TAGS).encode()
    at = _at(body, rng)
    return body[:at] + (b"<" + tag + b">") * _times(rng, 50, 300, 3000, 30_000) + body[at:]


def closed_deep(body: bytes, rng: random.Random) -> bytes:
    tag = rng.choice(["div", "span", "b", "ul", "blockquote", "section"]).encode()
    depth = rng.choice([100, 250, 1000, 2500])
    at = _at(body, rng)
    return body[:at] + (b"<" + tag + b">") * depth + b"In the middle." + (b"</" + tag + b">") * depth + body[at:]


def tables(body: bytes, rng: random.Random) -> bytes:
    cell = rng.choice(
        [b"<table><tr><td>1</td><td>x</td></tr></table>", b"<table><tr><td>", b"<table><caption>A</caption>"]
    )
    return body.replace(b"<p", cell * _times(rng, 30, 1000, 10_000) + b"<p", 1)


def wide(body: bytes, rng: random.Random) -> bytes:
    """Very many elements of one kind side by side."""
    one = rng.choice(
        [
            b"<p>A line.</p>",
            b"<a href=/x>Link</a>",
            b"<li>x",
            b"<h1>Head</h1>",
            b"<time>2024-05-20</time>",
            b"<br>",
            b"<img src=x>",
            b"<h2><a href=/y>Story of the day</a></h2>",
            b'<span class="author">Ada B</span>',
            b"<script>1</script>",
        ]
    )
    at = _at(body, rng)
    return body[:at] + one * _times(rng, 100, 2000, 10_000) + body[at:]


def huge_attribute(body: bytes, rng: random.Random) -> bytes:
    value = rng.choice([b"x", b"a b ", b"&amp;", b"\xd0\x9f", b"related "]) * _times(rng, 1000, 50_000, 400_000)
    return body.replace(
        b"<p>", rng.choice([b'<p class="', b'<p data-x="', b'<p style="', b'<p id="']) + value + b'">', 1
    )


def many_attributes(body: bytes, rng: random.Random) -> bytes:
    attributes = b" ".join(b"data-a%d=%d" % (n, n) for n in range(_times(rng, 50, 3000)))
    return body.replace(b"<p>", b"<p " + attributes + b">", 3)


def wrong_charset(body: bytes, rng: random.Random) -> bytes:
    return b"<meta charset=" + rng.choice(CHARSETS).encode() + b">" + body


def reencoded(body: bytes, rng: random.Random) -> bytes:
    return body.decode(rng.choice(["utf-8", "latin-1"]), "replace").encode(rng.choice(CODECS), "replace")


def binary_inside(body: bytes, rng: random.Random) -> bytes:
    at = _at(body, rng)
    return body[:at] + rng.randbytes(_times(rng, 1, 40, 4000)) + body[at:]


def noise(body: bytes, rng: random.Random) -> bytes:
    head = rng.choice([b"", b"<html>", b"%PDF-1.7", b"\xff\xfe", b"\x1f\x8b", b"<?xml version='1.0'?>"])
    return head + rng.randbytes(_times(rng, 1, 30, 3000, 30_000))


def controls(body: bytes, rng: random.Random) -> bytes:
    """NULs and other controls for blanks."""
    return body.replace(
        b" ", bytes([rng.choice([0, 1, 8, 11, 12, 27, 28, 127, rng.randrange(32)])]), _times(rng, 1, 50, 5000)
    )


def entities(body: bytes, rng: random.Random) -> bytes:
    one = rng.choice(
        [
            b"&#x10FFFF;",
            b"&#0;",
            b"&#55357;&#56832;",
            b"&#99999999999;",
            b"&amp;amp;amp;",
            b"&notanentity;",
            b"&lt;p&gt;",
            b"&#x202e;",
            b"&nbsp;",
        ]
    )
    declared = b"<!DOCTYPE html [<!ENTITY a 'xxxxxxxxxx'><!ENTITY b '&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>"
    at = _at(body, rng)
    return (
        (declared if rng.random() < 0.3 else b"") + body[:at] + one * _times(rng, 1, 500, 50_000) + b"&c;" + body[at:]
    )


def unclosed(body: bytes, rng: random.Random) -> bytes:
    return body.replace(
        rng.choice([b"</p>", b"</div>", b"</title>", b"</script>", b"</h1>", b"</a>", b"-->", b'"']), b""
    )


def crossed(body: bytes, rng: random.Random) -> bytes:
    return body.replace(
        b"</p>", rng.choice([b"</div>", b"<p>", b"</article></body>", b"</b></i></p><form>", b"</html>"])
    )


def opened(body: bytes, rng: random.Random) -> bytes:
    """Something that swallows the rest until it is closed."""
    at = _at(body, rng)
    return (
        body[:at]
        + rng.choice(
            [
                b"<!--",
                b"<script>",
                b"<style>",
                b"<title>",
                b"<textarea>",
                b"<![CDATA[",
                b"<plaintext>",
                b"<select>",
                b"<frameset>",
                b'<a title="',
            ]
        )
        + body[at:]
    )


def shuffled(body: bytes, rng: random.Random) -> bytes:
    parts = body.split(b"<")
    rng.shuffle(parts)
    return b"<".join(parts)


def repeated(body: bytes, rng: random.Random) -> bytes:
    start = _at(body, rng)
    return body + body[start : start + _times(rng, 200, 20_000)] * _times(rng, 2, 30)


def long_run(body: bytes, rng: random.Random) -> bytes:
    at = _at(body, rng)
    return body[:at] + rng.choice(RUNS).encode() * _times(rng, 500, 20_000, 60_000) + body[at:]


def metas(body: bytes, rng: random.Random) -> bytes:
    value = rng.choice(RUNS).replace('"', "'").encode() * _times(rng, 10, 3000)
    fields = b"".join(b'<meta property="' + name.encode() + b'" content="' + value + b'">' for name in META_NAMES)
    return body.replace(b"<head>", b"<head>" + fields + b"<title>" + value + b"</title>", 1)


def broken_data(body: bytes, rng: random.Random) -> bytes:
    value = rng.choice(
        [b"[" * 3000, b"[" * 100_000, b'{"@graph": 7}', b'{"headline": {"a": []}, "author": [[[]]]}', b"\x00", b"null", b"1e999",
         b'{"@type":"NewsArticle","datePublished":1e400,"headline":["a",{"b":[null]}],"author":{"name":{"name":[]}}}',
         b'{"@type":["NewsArticle",7],"@id":"#a","author":{"@id":"#a"},"isPartOf":{"@id":"#a"}}',
         b'{"@type":"NewsArticle","articleBody":"' + b"x " * 200_000 + b'"}', b'{"a":' * 990 + b"1" + b"}" * 990]
    )  # fmt: skip
    return body.replace(b"</head>", b'<script type="application/ld+json">' + value + b"</script></head>", 1)


DAMAGES: tuple[Damage, ...] = (
    truncated, flipped, hole, nested, closed_deep, tables, wide, huge_attribute, many_attributes, wrong_charset, reencoded,
    binary_inside, noise, controls, entities, unclosed, crossed, opened, shuffled, repeated, long_run, metas, broken_data,
)  # fmt: skip
CONTENT_TYPES = (
    "text/html", "text/html", "text/html", None, "text/html; charset=utf-8", "text/html; charset=bogus", "text/plain", "application/xhtml+xml",
    "text/html; charset=iso-2022-jp", "application/octet-stream",
)  # fmt: skip


def mutated(body: bytes, rng: random.Random) -> tuple[bytes, str]:
    """The page damaged one to three times, and the names of what was done to it."""
    names = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        damage = rng.choice(DAMAGES)
        body = damage(body, rng)
        names.append(damage.__name__)
    return body, "+".join(names)
