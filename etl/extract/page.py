"""One page's bytes → its values. Pure: no I/O, no clock, no memory between calls; never raises for what a page holds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from etl.extract import mojibake, plain, web
from etl.extract.decode import decode, is_binary
from etl.extract.draft import cleaned, finish
from etl.extract.rules import SourceRules
from etl.extract.tree import parse
from etl.extract.web import PageReading
from etl.model import Outcome, Page, PageType
from etl.normalize.mojibake import repaired
from etl.normalize.text import nfc

_MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|meta|title|div|p|article|section|span|table|br|h1|h2|a\s|ul|script)\b", re.I
)
# Possessive, so that nothing is matched in a second way: otherwise each of many comments could end at any other's end.
_BEFORE = r"^\s*+(?:<\?xml[^>]*+>\s*+)?+(?:(?><!--.{0,2000}?-->)\s*+)*+"
_DOCUMENT = re.compile(_BEFORE + r"<(?:!doctype\s+html|html)\b", re.I | re.S)
_OTHER_XML = re.compile(
    _BEFORE + r"<(?:rss|feed|urlset|sitemapindex|rdf:RDF|svg|opml|wml)\b",
    re.I | re.S,
)
_SNIFF_CHARS = 20_000
_BLANK = re.compile(r"\s*+")
# Declared types whose bytes may still be a page; anything else has to look like a document.
_PAGE_TYPES = (
    "text/html",
    "application/xhtml+xml",
    "text/plain",
    "application/xml",
    "text/xml",
    "application/vnd.wap.xhtml+xml",
)


def extract_page(
    body: bytes, *, url: str, captured_at: datetime, content_type: str | None, rules: SourceRules | None = None
) -> Page:
    """The values of one page.

    A page that is no article has another outcome, and `detail` says why. Its values are returned all the same: a list page
    has a title, too.
    """
    found = read_page(body, url=url, captured_at=captured_at, content_type=content_type, rules=rules)
    return found.page if isinstance(found, PageReading) else found


def read_page(
    body: bytes, *, url: str, captured_at: datetime, content_type: str | None, rules: SourceRules | None = None
) -> Page | PageReading:
    """As `extract_page`; for a web page together with what its values were decided on, for the explanation."""
    rules = rules or SourceRules()
    if not body.strip():
        return Page(outcome=Outcome.EMPTY_TEXT, page_type=PageType.EMPTY, detail="the body is empty")
    if is_binary(body):
        return Page(outcome=Outcome.NOT_HTML, page_type=PageType.NOT_TEXT, detail="the bytes are no text")
    text = decode(body, content_type).text
    kind = (content_type or "").partition(";")[0].strip().casefold()
    begin = _first_markup(text)
    start = text[begin : begin + _SNIFF_CHARS]
    document = bool(_DOCUMENT.match(start))
    if not document and _OTHER_XML.match(start):
        return Page(outcome=Outcome.NOT_HTML, page_type=PageType.NOT_TEXT, detail="a feed, sitemap or other XML")
    if not document and kind and kind not in _PAGE_TYPES:
        return Page(outcome=Outcome.NOT_HTML, page_type=PageType.NOT_TEXT, detail=f"served as {kind}")
    try:
        if not document and (kind == "text/plain" or not _MARKUP.search(start)):
            return _plain(text, captured_at, rules)
        root = parse(text)
        if root is None:
            return Page(outcome=Outcome.BROKEN_PAGE, page_type=PageType.ERROR, detail="no element could be read")
        return web.read(root, text, url, captured_at, rules)
    except RecursionError:
        return Page(outcome=Outcome.BROKEN_PAGE, page_type=PageType.ERROR, detail="nested too deeply to be read")


def _first_markup(text: str) -> int:
    """Where a page's markup begins after white space and comments, which may be longer than what is sniffed."""
    at = 0
    while True:
        found = _BLANK.match(text, at)
        at = found.end() if found else at
        end = text.find("-->", at + 4) if text.startswith("<!--", at) else -1
        if end < 0:
            return at
        at = end + 3


def _plain(text: str, captured_at: datetime, rules: SourceRules) -> Page:
    better = repaired(text)
    draft = plain.read(nfc(better))
    if better != text:
        draft = replace(draft, flags=(*draft.flags, mojibake.REPAIRED))
    page = finish(draft, cleaned(draft, rules), rules, captured_at)
    if page.text:
        return page
    return replace(page, outcome=Outcome.EMPTY_TEXT, page_type=PageType.EMPTY, detail="no text was found")
