from __future__ import annotations

import gzip
import json

import pytest

from etl.discover import documents
from etl.discover.documents import DocumentKind, Format, parse_document, sniff
from etl.discover.hosts import may_offer, robots_sitemaps
from etl.discover.parsed import ParsedDocument
from etl.sources.registry import Source

BASE = "https://paper.example.com/x"
RSS = '<rss version="2.0"><channel><item><link>https://paper.example.com/1</link></item></channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="https://paper.example.com/1"/></entry></feed>'
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    "<item><link>https://paper.example.com/1</link></item></rdf:RDF>"
)
URLSET = "<urlset><url><loc>https://paper.example.com/1</loc></url></urlset>"
INDEX = "<sitemapindex><sitemap><loc>https://paper.example.com/1</loc></sitemap></sitemapindex>"
JSON = '{"items": [{"url": "https://paper.example.com/1"}]}'
LINES = "https://paper.example.com/1\n"
PAGE = '<html><body><a href="/2026/11/24/storm">Storm hits the coast</a></body></html>'
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet href="x.xsl"?>\n<!-- <html> made by Ж -->\n'


def parse(kind: DocumentKind, text: str | bytes, content_type: str | None = None) -> ParsedDocument:
    body = text.encode() if isinstance(text, str) else text
    return parse_document(kind, body, BASE, content_type, source_key="paper")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (RSS, Format.FEED),
        (DECLARATION + RSS, Format.FEED),
        (ATOM, Format.FEED),
        (RDF, Format.FEED),
        ("PHP Warning: x in <b>y</b> on line 3\n" + DECLARATION + RSS, Format.FEED),
        (DECLARATION + URLSET, Format.SITEMAP),
        (INDEX, Format.SITEMAP),
        ('<ns:urlset xmlns:ns="x"/>', Format.SITEMAP),
        (JSON, Format.JSON),
        ("[]", Format.JSON),
        ("\ufeff  " + LINES, Format.LINES),
        (PAGE, Format.PAGE),
        ("<!doctype HTML>\n<title>x</title><rss>", Format.PAGE),
        ('<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html xmlns="y"><feed>', Format.PAGE),
        ("<div>no root</div>", Format.PAGE),
        ("<feedback>", Format.PAGE),
        ("", Format.EMPTY),
        (" \n", Format.EMPTY),
        ("hello", Format.UNKNOWN),
        ("%PDF-1.7", Format.UNKNOWN),
    ],
)
def test_a_document_is_known_by_its_content(text: str, form: Format) -> None:
    assert sniff(text.encode()) is form
    assert sniff(gzip.compress(text.encode(), mtime=0)) is form
    assert sniff(text.encode("utf-16")) is form


def test_a_root_after_kilobytes_of_comments_is_found() -> None:
    assert sniff(b"<?xml version='1.0'?><!--" + b"x" * 10_000 + b"-->" + RSS.encode()) is Format.FEED
    assert sniff(b"\xe2\x82" * 9_000 + RSS.encode()) is Format.UNKNOWN


@pytest.mark.parametrize(
    "content_type", [None, "text/html", "application/rss+xml", "application/json", "image/png", ";;"]
)
@pytest.mark.parametrize("text", [RSS, ATOM, RDF, URLSET, JSON, LINES])
@pytest.mark.parametrize("kind", DocumentKind)
def test_whatever_was_announced_a_document_is_read_as_what_it_is(
    kind: DocumentKind, text: str, content_type: str | None
) -> None:
    found = parse(kind, text, content_type)
    assert [candidate.url for candidate in found.candidates] == ["https://paper.example.com/1"]
    assert found.problems == ()


def test_an_index_gives_its_children() -> None:
    assert [child.url for child in parse(DocumentKind.SITEMAP, INDEX).children] == ["https://paper.example.com/1"]


def test_a_page_is_read_for_links_only_where_a_section_was_announced() -> None:
    assert len(parse(DocumentKind.SECTION, PAGE).candidates) == 1
    assert parse(DocumentKind.FEED, PAGE, "application/rss+xml") == ParsedDocument(problems=("page_instead_of_feed",))
    assert parse(DocumentKind.SITEMAP, PAGE) == ParsedDocument(problems=("page_instead_of_sitemap",))


def test_the_hosts_of_a_source_reach_the_section() -> None:
    found = parse_document(DocumentKind.SECTION, PAGE.encode(), BASE, source_key="paper", owns=lambda url: False)
    assert found == ParsedDocument()


@pytest.mark.parametrize("kind", DocumentKind)
def test_an_empty_answer_says_so(kind: DocumentKind) -> None:
    for body in (b"", b"\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)):
        assert parse(kind, body) == ParsedDocument(problems=("empty_document",))


def test_what_is_nothing_says_what_it_is_not() -> None:
    assert parse(DocumentKind.SITEMAP, "hello").problems == ("unknown_format_instead_of_sitemap",)
    assert parse(DocumentKind.SECTION, "hello").problems == ("unknown_format_instead_of_section",)
    assert "no_feed" in parse(DocumentKind.FEED, "hello").problems


SOURCE = Source(
    key="paper",
    name="Paper",
    homepage="https://www.paper.co.uk/",
    languages=("en",),
    aliases=("paper.example", "127.0.0.9:8000"),
)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://www.paper.co.uk/a", True),
        ("http://paper.co.uk/a", True),
        ("https://sport.paper.co.uk/a", True),
        ("https://PAPER.CO.UK:443/a", True),
        ("https://paper.example/a", True),
        ("https://www.paper.example/a", True),
        ("http://127.0.0.9:8000/a", True),
        ("https://sport.paper.example/a", False),
        ("http://127.0.0.9:8001/a", False),
        ("http://127.0.0.9/a", False),
        ("https://other.co.uk/a", False),
        ("https://notpaper.co.uk/a", False),
        ("https://paper.co.uk.evil.example/a", False),
        ("https://paper.co.uk@evil.example/a", False),
        ("https://evil.example/paper.co.uk", False),
        ("https://evil.example\\@paper.co.uk/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_a_source_may_offer_only_its_own_urls(url: str, allowed: bool) -> None:
    assert may_offer(SOURCE, url) is allowed


def test_robots_txt_names_sitemaps_for_everybody() -> None:
    body = (
        "\ufeffSitemap: https://paper.example.com/a.xml\r\n"
        "User-agent: *\nDisallow: /x\nSITEMAP :https://cdn.example/b.xml.gz # the archive\n"
        "sitemap: /c.xml\nsitemap:\nsitemap: mailto:x@paper.example\n# Sitemap: https://paper.example.com/no.xml\n"
        "Sitemaps: https://paper.example.com/no.xml\nSitemap: https://paper.example.com/a.xml\n"
        "Sitemap: https://paper.example.com/новости.xml\n"
    )
    assert robots_sitemaps(body.encode(), "https://paper.example.com/robots.txt") == (
        "https://paper.example.com/a.xml",
        "https://cdn.example/b.xml.gz",
        "https://paper.example.com/c.xml",
        "https://paper.example.com/новости.xml",
    )
    assert robots_sitemaps(b"\xff\xfe\x00sitemap", "https://paper.example.com/robots.txt") == ()


@pytest.mark.parametrize("form", ["rss", "json", "section"])
def test_of_a_document_without_end_the_first_entries_are_taken_and_the_rest_is_said(form: str) -> None:
    links = [f"https://paper.example/2026/11/24/story-number-{n}" for n in range(documents.MAX_ENTRIES + 30)]
    text = {
        "rss": "<rss version='2.0'><channel>"
        + "".join(f"<item><link>{u}</link></item>" for u in links)
        + "</channel></rss>",
        "json": json.dumps(
            {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": u, "url": u} for u in links]}
        ),
        "section": "<!doctype html>" + "".join(f'<a href="{u}">A story of some length</a>' for u in links),
    }[form]
    kind = DocumentKind.SECTION if form == "section" else DocumentKind.FEED
    found = parse_document(kind, text.encode(), "https://paper.example/", source_key="paper")
    assert [each.url for each in found.candidates] == links[: documents.MAX_ENTRIES]
    assert f"too_many: the last 30 of {len(links)} entries were left out" in found.problems
