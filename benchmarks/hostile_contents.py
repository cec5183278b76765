"""Behaviours of what a server sends when its HTTP is well: pages, documents, robots.txt, tdmrep.json."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

from benchmarks.hostile_server import Act, Case, Route, Wire, article, http

GOOD = article("page")
_XML = b'<?xml version="1.0" encoding="utf-8"?>'


def _page(key: str, body: bytes, expected: str, *, kind: str | None = "text/html; charset=utf-8") -> Case:
    return Case(key=f"content-{key}", about="page", route=http(body, kind=kind), expected=expected)


def _inside(piece: bytes, times: int = 1) -> bytes:
    """The good page with something in its body, before the story."""
    return GOOD.replace(b"<article>", b"<div>" + piece * times + b"</div><article>", 1)


def _in_head(piece: bytes, times: int = 1) -> bytes:
    return GOOD.replace(b"<head>", b"<head>" + piece * times, 1)


PAGES = (
    _page("60-comments-before-doctype", b"<!-- cached -->" * 60 + GOOD, "article"),
    _page("60-comments-and-no-page", b"<!-- cached -->" * 60 + b"words", "article"),
    _page("10000-comments-before-doctype", b"<!-- cached -->" * 10_000 + GOOD, "article"),
    _page("comment-without-end", b"<!-- " + GOOD.replace(b"-->", b""), "broken_page"),
    _page("nul-in-words", GOOD.replace(b"bridge", b"bri\0dge"), "article"),
    _page("nothing-but-nul", b"\0" * 100_000, "not_html"),
    _page("controls", GOOD.replace(b"bridge", b"\x01\x02\x1b[31m\x7f\x9bbridge"), "article"),
    _page("escape-in-title", GOOD.replace(b"<title>", b"<title>\x1b]0;owned\x07[/red]"), "article"),
    _page("halves-of-characters", GOOD.replace(b"bridge", b"&#xD800;&#xDFFF;\xed\xa0\x80"), "article"),
    _page(
        "references-out-of-range", GOOD.replace(b"bridge", b"&#x110000;&#99999999999999999999;&#0;&#x80;"), "article"
    ),
    _page("overrides-of-direction", GOOD.replace(b"bridge", "\u202egdirb\u2066".encode()), "article"),
    _page("utf-16-le", b"\xff\xfe" + GOOD.decode().encode("utf-16-le"), "article"),
    _page("utf-16-be", b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), "article"),
    _page("utf-16-of-odd-length", b"\xff\xfe" + GOOD.decode().encode("utf-16-le") + b"x", "article"),
    _page("utf-32", GOOD.decode().encode("utf-32"), "article"),
    _page("utf-7-label", GOOD, "article", kind="text/html; charset=utf-7"),
    _page("charset-unknown", GOOD, "article", kind="text/html; charset=cow"),
    _page("charset-of-a-codec", GOOD, "article", kind="text/html; charset=zlib_codec"),
    _page("charset-idna", GOOD, "article", kind="text/html; charset=idna"),
    _page("charset-with-nul", GOOD, "article", kind="text/html; charset=u\0tf-8"),
    _page("bytes-that-are-no-utf-8", GOOD.replace(b"bridge", b"\xff\xfe\x80\xc3"), "article"),
    _page("bom-of-three-kinds", b"\xef\xbb\xbf\xff\xfe" + GOOD, "article"),
    _page("20000-nested-boxes", _inside(b"<div>", 20_000), "empty_text"),
    _page("100000-nested-letters", _inside(b"<b>", 100_000), "empty_text"),
    _page("2000-nested-tables", _inside(b"<table><tr><td>", 2_000), "empty_text"),
    _page("5000-nested-lists", _inside(b"<ul><li>", 5_000), "empty_text"),
    _page("50000-forms", _inside(b"<form>", 50_000), "article"),
    _page("attribute-of-4-mb", _inside(b'<a title="' + b"x" * (4 << 20) + b'">a</a>'), "article"),
    _page(
        "100000-attributes", _inside(b"<a " + b"".join(b"a%d=b " % n for n in range(100_000)) + b">a</a>"), "article"
    ),
    _page("tag-without-end", GOOD.replace(b"<article>", b"<article " + b"a " * 100_000), "article"),
    _page("tag-of-100-kb", _inside(b"<" + b"t" * 100_000 + b">x"), "article"),
    _page("100000-paragraphs", _inside(b"<p>", 100_000), "article"),
    _page("4-mb-of-brackets", _inside(b"<", 4 << 20), "article"),
    _page("4-mb-of-ampersands", _inside(b"&", 4 << 20), "article"),
    _page("4-mb-of-blanks", _inside(b" ", 4 << 20), "article"),
    _page("4-mb-of-line-ends", _inside(b"\r\n", 2 << 20), "article"),
    _page("4-mb-of-quotes", _inside(b"\"'", 2 << 20), "article"),
    _page("half-a-million-references", _inside(b"&lt;&amp;", 250_000), "article"),
    _page("script-without-end", _inside(b"<script>") + b" ", "empty_text"),
    _page("100000-scripts", _in_head(b"<script>a</script>", 100_000), "article"),
    _page("100000-metas", _in_head(b'<meta name="robots" content="noindex">', 50_000), "article"),
    _page("cdata-and-instructions", _in_head(b"<![CDATA[<?x", 50_000), "article"),
    _page("declarations", _in_head(b"<!ELEMENT a [", 50_000), "article"),
    _page("title-of-1-mb", GOOD.replace(b"<title>", b"<title>" + b"word " * 200_000), "article"),
    _page(
        "billion-laughs",
        b'<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        + GOOD.replace(b"bridge", b"&b;"),
        "article",
    ),
    _page(
        "external-entity",
        b'<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + GOOD.replace(b"bridge", b"&a;"),
        "article",
    ),
    _page(
        "jsonld-nested-100000-deep",
        _in_head(b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script>"),
        "article",
    ),
    _page(
        "jsonld-of-nul",
        _in_head(
            b'<script type="application/ld+json">{"@type":"NewsArticle","headline":"\\u0000\\ud800 [/red]","author":"\\u0000"}</script>'
        ),
        "article",
    ),
    _page(
        "jsonld-of-digits",
        _in_head(
            b'<script type="application/ld+json">{"@type":"NewsArticle","wordCount":' + b"9" * 50_000 + b"}</script>"
        ),
        "article",
    ),
    _page(
        "jsonld-of-braces",
        _in_head(b'<script type="application/ld+json">' + b'{"a":' * 50_000 + b"</script>"),
        "article",
    ),
    _page(
        "jsonld-date-9999",
        _in_head(
            b'<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"9999-12-31T23:59:59-23:59"}</script>'
        ),
        "article",
    ),
    _page("date-0000", GOOD.replace(b"2026-11-24T08:00:00Z", b"0000-00-00T99:99:99Z"), "article"),
    _page("date-with-zone-of-99-hours", GOOD.replace(b"08:00:00Z", b"08:00:00+99:99"), "article"),
    _page("date-of-arabic-digits", GOOD.replace(b"2026-11-24T08:00:00Z", "٢٠٢٦-١١-٢٤".encode()), "article"),
    _page("base-with-a-bracket", _in_head(b'<base href="http://[x">'), "article"),
    _page(
        "canonical-with-a-bracket",
        _in_head(b'<link rel="canonical" href="http://[x"><link rel="amphtml" href="http://\xff]">'),
        "article",
    ),
    _page("canonical-of-nul", _in_head(b'<link rel="canonical" href="http://127.0.0.1/&#0;&#xD800;">'), "article"),
    _page(
        "tdm-policy-with-a-bracket",
        _in_head(b'<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="http://[x">'),
        "article",
    ),
    _page("license-with-a-bracket", _in_head(b'<link rel="license" href="//[x">'), "article"),
    _page("srcset-of-commas", _inside(b'<img srcset="' + b"a," * 100_000 + b'">'), "article"),
    _page("style-of-1-mb", _inside(b'<p style="' + b"a:b;" * 250_000 + b'">x</p>'), "article"),
    _page("json-as-html", json.dumps({"a": "b" * 1000}).encode(), "article"),
    _page("json", json.dumps({"a": 1}).encode(), "not_html", kind="application/json"),
    _page("pdf-as-html", b"%PDF-1.7\n" + b"x" * 1000, "not_html"),
    _page("picture-as-html", b"\x89PNG\r\n\x1a\n" + b"\0" * 1000, "not_html"),
    _page("gzip-as-html", gzip.compress(GOOD), "article"),
    _page("feed-as-html", _XML + b"<rss version='2.0'><channel/></rss>", "not_html"),
    _page("html-as-octets", GOOD, "article", kind="application/octet-stream"),
    _page("html-without-type", GOOD, "article", kind=None),
    _page("words-of-one-letter", GOOD.replace(b"bridge", b"a " * 100_000), "article"),
    _page("word-of-1-mb", GOOD.replace(b"bridge", b"a" * 1_000_000, 1), "article"),
    _page("digits-of-1-mb", GOOD.replace(b"bridge", b"1" * 1_000_000, 1), "article"),
    _page("marks-of-1-mb", GOOD.replace(b"bridge", "e\u0301\u0301\u0301".encode() * 100_000, 1), "article"),
    _page("byline-of-commas", _inside(b'<p class="byline">By ' + b"A, " * 50_000 + b"</p>"), "article"),
    _page("template-instructions", _inside(b"<template><slot></template>", 20_000), "article"),
    _page("frames", b"<frameset>" * 5_000 + GOOD, "article"),
)


def _document(key: str, about: str, body: bytes, expected: str, kind: str = "application/xml", **more: Route) -> Case:
    return Case(
        key=f"{about}-{key}",
        about=about,
        route=http(body, kind=kind),
        expected=expected,
        more={f"/{name}": route for name, route in more.items()},
    )


def _rss(items: bytes) -> bytes:
    return _XML + b'<rss version="2.0"><channel><title>T</title>' + items + b"</channel></rss>"


def _item(link: bytes, title: bytes = b"Story") -> bytes:
    return b"<item><title>" + title + b"</title><link>" + link + b"</link></item>"


def _urls(*links: bytes, root: bytes = b"urlset", entry: bytes = b"url") -> bytes:
    inside = b"".join(b"<" + entry + b"><loc>" + link + b"</loc></" + entry + b">" for link in links)
    return _XML + b"<" + root + b' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">' + inside + b"</" + root + b">"


def _own(make: str, expected: str, key: str, about: str, kind: str = "application/xml", **more: Route) -> Case:
    """A document that names addresses of its own host: `{base}` stands for it."""

    async def act(wire: Wire) -> None:
        await wire.send(http(make.replace("{base}", wire.base).encode("utf-8", "surrogatepass"), kind=kind))

    return Case(
        key=f"{about}-{key}",
        about=about,
        route=act,
        expected=expected,
        more={f"/{name}": route for name, route in more.items()},
    )


def _index_of_itself() -> Act:
    async def act(wire: Wire) -> None:
        inside = "".join(
            f"<sitemap><loc>{wire.base}{path}</loc></sitemap>" for path in ("/sitemap.xml", "/a.xml", "/b.xml")
        )
        await wire.send(http(f"<sitemapindex>{inside}</sitemapindex>".encode(), kind="application/xml"))

    return act


_A, _B = "<item><link>{base}/a</link></item>", "<item><link>{base}/b</link></item>"
_MANY = "".join(f"<item><link>{{base}}/s{n}</link></item>" for n in range(100_000))

DOCUMENTS = (
    _own(
        f"<rss><channel>{_A}<item><title>x\0y</title><link>{{base}}/n\0l</link></item></channel></rss>",
        "offers 2",
        "nul",
        "feed",
    ),
    _own(
        f"<rss><channel>{_A}<item><link>{{base}}/&#xD800;&#0;&#x1F600;x</link></item></channel></rss>",
        "offers 2",
        "halves-of-characters",
        "feed",
    ),
    _own(
        "<rss><channel>" + _A + "<item><link>http://[x</link></item><item><link>http://</link></item></channel></rss>",
        "offers 2",
        "bracket",
        "feed",
    ),
    _own(
        "<rss><channel>" + _A + "<item><link>{base}/\u202e\u0085\x1b[31m</link></item></channel></rss>",
        "offers 2",
        "controls",
        "feed",
    ),
    _own(
        "<rss><channel>" + _A + "<item><link>{base}/" + "x" * 9000 + "</link></item></channel></rss>",
        "offers 1",
        "link-of-9-kb",
        "feed",
    ),
    _own(
        "<rss><channel>" + _A + "<item><link>{base}/" + "x" * 7000 + "</link></item></channel></rss>",
        "offers 2",
        "link-of-7-kb",
        "feed",
    ),
    _own(
        "<rss><channel>" + _A + "<item><link>http://foreign.example/x</link></item></channel></rss>",
        "offers 2",
        "another-host",
        "feed",
    ),
    _own(
        "<rss><channel>"
        + _A
        + "<item><link>javascript:alert(1)</link></item><item><link>file:///etc/passwd</link></item></channel></rss>",
        "offers 1",
        "other-schemes",
        "feed",
    ),
    _own(
        "<rss><channel>"
        + _A
        + "<item><title>[/red]\x1b</title><link>{base}/b</link><pubDate>"
        + "9" * 5000
        + "</pubDate></item></channel></rss>",
        "offers 2",
        "markup-and-digits",
        "feed",
    ),
    _own(
        "<rss><channel>"
        + _A
        + "<item><link>{base}/b</link><pubDate>Fri, 31 Dec 9999 23:59:59 +2359</pubDate></item></channel></rss>",
        "offers 2",
        "date-9999",
        "feed",
    ),
    _own("<rss><channel>" + _A + _B, "offers 2", "without-end", "feed"),
    _own("<!-- c -->" * 3000 + "<rss><channel>" + _A + "</channel></rss>", "offers 1", "3000-comments", "feed"),
    _own("<rss><channel>" + _MANY + "</channel></rss>", "offers 5000", "100000-entries", "feed"),
    _own(
        '<!DOCTYPE rss [<!ENTITY a "{base}/a">'
        + "".join(f'<!ENTITY a{n + 1} "{"&a" + str(n or "") + ";"}{"&a" + str(n or "") + ";"}">' for n in range(30))
        + "]><rss><channel><title>&a30;</title>"
        + _A
        + "</channel></rss>",
        "offers 1",
        "entity-bomb",
        "feed",
    ),
    _own(
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><title>&a;</title>'
        + _A
        + "</channel></rss>",
        "offers 1",
        "external-entity",
        "feed",
    ),
    _own("<rss><channel>" + "<x>" * 20_000 + _A, "offers 1", "20000-nested", "feed"),
    _own(
        "<rss><channel>"
        + _A
        + "<item><title>"
        + "&lt;b" * 20_000
        + "</title><link>{base}/b</link></item></channel></rss>",
        "offers 2",
        "title-of-brackets",
        "feed",
    ),
    _own(
        "<rss><channel>"
        + _A
        + "<item><title>"
        + "<![CDATA[" * 20_000
        + "</title><link>{base}/b</link></item></channel></rss>",
        "offers 1",
        "cdata-without-end",
        "feed",
    ),
    _own(
        "<rss><channel>"
        + _A
        + "<item><description>"
        + "&lt;script&gt;" * 20_000
        + "</description><link>{base}/b</link></item></channel></rss>",
        "offers 2",
        "scripts-in-summary",
        "feed",
    ),
    _own(
        '{"items": [{"url": "{base}/a"}, {"url": "{base}/\\u0000"}, {"url": "{base}/\\ud800"}]}',
        "offers 3",
        "json-nul",
        "feed",
        "application/feed+json",
    ),
    _own(
        '{"items": [{"url": "{base}/a", "title": "\\u0000\\ud800", "language": "\\ud800", "date_published": "\\u0000"}]}',
        "offers 1",
        "json-words-of-nul",
        "feed",
        "application/feed+json",
    ),
    _own(
        '{"items": [{"url": "{base}/a"}, {"url": 7}, 7, null, [], {"id": {}}, {"url": "http://[x"}]}',
        "offers 1",
        "json-of-other-types",
        "feed",
        "application/feed+json",
    ),
    _own(
        '{"items": [{"url": "{base}/a", "title": ' + "[" * 100_000,
        "failed",
        "json-nested",
        "feed",
        "application/feed+json",
    ),
    _own(
        '{"version": ' + "9" * 10_000 + ', "items": [{"url": "{base}/a"}]}',
        "offers 1",
        "json-of-digits",
        "feed",
        "application/feed+json",
    ),
    _own(
        '{"items": [{"url": "{base}/a", "x": NaN, "x": Infinity, "x": -0}]}',
        "offers 1",
        "json-of-nan",
        "feed",
        "application/feed+json",
    ),
    _own('{"items": {"url": "{base}/a"}}', "failed", "json-without-list", "feed", "application/feed+json"),
    _document("empty", "feed", b"", "failed"),
    _document("page", "feed", GOOD, "failed", kind="text/html"),
    _document("binary", "feed", bytes(range(256)) * 40, "failed", kind="application/rss+xml"),
    _document("gzip-bomb", "feed", gzip.compress(b"<rss>" + b" " * (64 << 20)), "failed", kind="application/gzip"),
    _document("gzip-cut", "feed", gzip.compress(_rss(b""))[:20], "failed", kind="application/gzip"),
    _document("utf-16-label", "feed", _rss(_item(b"http://foreign.example/")).replace(b"utf-8", b"utf-16"), "offers 1"),
    _document(
        "charset-unknown", "feed", _rss(_item(b"http://foreign.example/")).replace(b"utf-8", b"cow\xff"), "offers 1"
    ),
    _own(
        "<urlset><url><loc>{base}/a</loc></url><url><loc>{base}/\0&#0;</loc></url></urlset>",
        "offers 2",
        "nul",
        "sitemap",
    ),
    _own(
        "<urlset><url><loc>{base}/a</loc></url><url><loc>http://[x</loc></url><url/></urlset>",
        "offers 1",
        "bracket",
        "sitemap",
    ),
    _own(
        "<urlset>" + "".join(f"<url><loc>{{base}}/{n}</loc></url>" for n in range(3_000)) + "</urlset>",
        "offers 3000",
        "3000-entries",
        "sitemap",
    ),
    _own("<urlset>" + "<url>" * 50_000 + "<loc>{base}/a", "offers 1", "nested-entries", "sitemap"),
    _own("{base}/a\n{base}/b\nnot an address\n" + "http://[x\n", "offers 2", "lines", "sitemap", "text/plain"),
    _own(
        '<!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>{base}/&a;</loc></url></urlset>', "failed", "entity", "sitemap"
    ),
    Case(
        key="sitemap-index-of-itself",
        about="sitemap",
        route=_index_of_itself(),
        expected="offers 0",
        more={"/a.xml": _index_of_itself(), "/b.xml": _index_of_itself()},
    ),
    _own(
        "<sitemapindex><sitemap><loc>{base}/"
        + "y" * 6000
        + "</loc></sitemap><sitemap><loc>{base}/a.xml</loc></sitemap></sitemapindex>",
        "offers 0",
        "index-with-an-address-of-6-kb",
        "sitemap",
    ),
    _own(
        "<sitemapindex>"
        + "".join(f"<sitemap><loc>{{base}}/{n}.xml</loc></sitemap>" for n in range(20_000))
        + "</sitemapindex>",
        "offers 0",
        "index-of-20000",
        "sitemap",
    ),
    _own(
        "<sitemapindex><sitemap><loc>http://10.0.0.1/a.xml</loc></sitemap><sitemap><loc>file:///etc/passwd</loc></sitemap></sitemapindex>",
        "offers 0",
        "index-of-others",
        "sitemap",
    ),
    _own(
        "<sitemapindex><sitemap><loc>{base}/a.xml\0</loc><lastmod>\0\x1b</lastmod></sitemap></sitemapindex>",
        "offers 0",
        "index-of-nul",
        "sitemap",
    ),
)


def _robots(key: str, body: bytes, expected: str, *headers: str, status: str = "200 OK") -> Case:
    return Case(
        key=f"robots-{key}",
        about="robots",
        route=http(body, *headers, status=status, kind="text/plain"),
        expected=expected,
    )


ROBOTS = (
    _robots("empty", b"", "article"),
    _robots("nul", b"User-agent: *\0\nDisallow: /x\0y\n", "article"),
    _robots("controls", b"User-agent: *\nDisallow: /\x1b[31m\x9b\n", "article"),
    _robots("page", GOOD, "article"),
    _robots("binary", bytes(range(256)) * 400, "article"),
    _robots("bytes", b"User-agent: *\nDisallow: /\xff\xfe\xed\xa0\x80*\n", "article"),
    _robots("utf-16", "User-agent: *\nDisallow: /".encode("utf-16"), "failed"),
    _robots("disallow-all", b"User-agent: *\nDisallow: /", "failed"),
    _robots("wildcards", b"User-agent: *\nDisallow: /" + b"*a" * 2000 + b"$\n", "article"),
    _robots("1000-lines-of-wildcards", b"User-agent: *\n" + (b"Disallow: /" + b"*a" * 50 + b"b$\n") * 1000, "article"),
    _robots("20000-rules", b"User-agent: *\n" + b"".join(b"Disallow: /d%d*\n" % n for n in range(20_000)), "article"),
    _robots("20000-agents", b"".join(b"User-agent: a%d\n" % n for n in range(20_000)) + b"Disallow: /\n", "article"),
    _robots("20000-groups", b"".join(b"User-agent: a%d\nDisallow: /\n\n" % n for n in range(15_000)), "article"),
    _robots("line-of-400-kb", b"User-agent: *\nDisallow: /" + b"x" * 400_000, "article"),
    _robots("brackets", b"User-agent: *\nDisallow: http://[x\nSitemap: http://[x\nLicense: http://[x\n", "article"),
    _robots("delay-of-a-billion", b"User-agent: *\nCrawl-delay: 1000000000\nDisallow: /none\n", "article"),
    _robots("delay-of-digits", b"User-agent: *\nCrawl-delay: " + b"9" * 5000 + b"\n", "article"),
    _robots("delay-of-nan", b"User-agent: *\nCrawl-delay: nan\nCrawl-delay: inf\nCrawl-delay: -1\n", "article"),
    _robots("rate-by-nothing", b"User-agent: *\nRequest-rate: 0/0\nRequest-rate: 1/x\nRequest-rate: /\n", "article"),
    _robots("rate-of-years", b"User-agent: *\nRequest-rate: 1/99999d\nVisit-time: 9999-0000\n", "article"),
    _robots("usage-of-commas", b"User-agent: *\nContent-Usage: " + b"a=n," * 50_000 + b"\n", "article"),
    _robots("percents", b"User-agent: *\nDisallow: /%\nDisallow: /%zz%00%ff\nAllow: /%70age\n", "article"),
    _robots("10-mb", b"# x\n" * (2 << 20), "article"),
    _robots("gzip-bomb", gzip.compress(b"\0" * (64 << 20)), "article", "Content-Encoding: gzip"),
    _robots("401", b"", "failed", status="401 No"),
    _robots("503", b"", "failed", status="503 Busy"),
    _robots("404-of-nul", b"", "article", status="404 Not\tFound"),
)


def _tdmrep(key: str, body: bytes) -> Case:
    return Case(key=f"tdmrep-{key}", about="tdmrep", route=http(body, kind="application/json"), expected="article")


_RULE = b'{"location": "/a%d*b*c*d$", "tdm-reservation": 1}'
TDMREP = (
    _tdmrep("bracket", b'[{"location": "/", "tdm-reservation": 1, "tdm-policy": "http://[x"}]'),
    _tdmrep("nul", b'[{"location": "/", "tdm-reservation": 1, "tdm-policy": "/\\u0000"}]'),
    _tdmrep("half-a-character", b'[{"location": "/", "tdm-policy": "\\ud800"}, {"location": "/\\ud800"}]'),
    _tdmrep("location-of-half-a-character", b'[{"location": "\\udfff*"}]'),
    _tdmrep(
        "other-types", b'[1, null, [], {"location": 7}, {"location": "/", "tdm-reservation": [], "tdm-policy": {}}]'
    ),
    _tdmrep("nested", b"[" * 200_000),
    _tdmrep("digits", b'[{"location": "/", "tdm-reservation": ' + b"1" * 10_000 + b"}]"),
    _tdmrep("45000-locations", b"[" + b",".join(_RULE % n for n in range(15_000)) + b"]"),
    _tdmrep("wildcards", b'[{"location": "/' + b"*a" * 3000 + b'$"}]'),
    _tdmrep("policy-of-500-kb", b'[{"location": "/", "tdm-policy": "/' + b"x" * 500_000 + b'"}]'),
    _tdmrep("twice", b'{"location": "/"}{"location": "/"}'),
    _tdmrep("utf-16", '[{"location": "/"}]'.encode("utf-16")),
)

_LONG = ("feed-100000-entries", "sitemap-3000-entries")
CASES = (*PAGES, *(replace(case, is_slow=case.key in _LONG) for case in DOCUMENTS), *ROBOTS, *TDMREP)
