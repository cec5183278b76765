"""Parses every kind of document of a source; the format is detected by content, since declared types and names are often wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from etl.discover import feeds, json_feed, json_text, sections, sitemaps
from etl.discover.markup import GZIP_MAGIC, decoded, unpacked
from etl.discover.parsed import ParsedDocument
from etl.model import FoundVia

# Feeds of a news site have 10 to 500 entries, those of everything ever published a few thousand.
MAX_ENTRIES = 5000

_HEAD_BYTES = 16 * 1024  # comments, style sheets and warnings of the server stand before the root
_FEED = re.compile(r"<(?:rss|feed|channel|(?:[\w.-]+:)?rdf)(?=[\s>])", re.I)
_SITEMAP = re.compile(r"<(?:[\w.-]+:)?(?:urlset|sitemapindex)(?=[\s>/])", re.I)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.I)
_SAYS_JSON = re.compile(r"[/+]json\b", re.I)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)


class DocumentKind(StrEnum):
    """What the registry says that a document is."""

    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"


class Format(StrEnum):
    """What the bytes are."""

    FEED = "feed"
    JSON = "json"
    SITEMAP = "sitemap"
    LINES = "lines"  # one URL a line
    PAGE = "page"
    EMPTY = "empty"
    UNKNOWN = "unknown"


def sniff(body: bytes, content_type: str | None = None) -> Format:
    """The format of a document by its first 16 kB, also of a gzipped one. `content_type` gives an encoding at most, and says
    that it is JSON behind what a program printed before it."""
    head = unpacked(body, _HEAD_BYTES)[0] if body.startswith(GZIP_MAGIC) else body[:_HEAD_BYTES]
    text = decoded(head, content_type)
    if not text:
        return Format.EMPTY
    if text.startswith(("{", "[")):
        return Format.JSON
    if _SAYS_JSON.search(content_type or "") and json_text.begins_with_json(text):
        return Format.JSON
    if text[:8].lower().startswith(("http://", "https://")):
        return Format.LINES
    text = _COMMENT.sub("", text)
    matches = [
        (match.start(), form)
        for pattern, form in ((_FEED, Format.FEED), (_SITEMAP, Format.SITEMAP), (_PAGE, Format.PAGE))
        if (match := pattern.search(text))
    ]
    if matches:
        return min(matches)[1]
    return Format.PAGE if re.match(r"<(?!\?)[a-z]", text, re.I) else Format.UNKNOWN


def parse_document(
    kind: DocumentKind,
    body: bytes,
    url: str,
    content_type: str | None = None,
    *,
    source_key: str,
    owns: Callable[[str], bool] | None = None,
) -> ParsedDocument:
    """Parse what a document of a source offers. Never raises: deviations are problems of the result.

    A sitemap where a feed was announced, or the other way round, is read as what it is. A web page is read for links
    only where a section was announced: elsewhere it is an error page, a consent form or a moved feed. Of feeds and
    sections the first `MAX_ENTRIES` are taken, which are the newest as publishers write them; the rest is a problem.
    """
    found = _parsed(sniff(body, content_type), kind, body, url, content_type, source_key=source_key, owns=owns)
    if len(found.candidates) <= MAX_ENTRIES or any(each.hint.via is FoundVia.SITEMAP for each in found.candidates[:1]):
        return found  # sitemaps have a limit of their protocol's
    left_out = len(found.candidates) - MAX_ENTRIES
    said = f"too_many: the last {left_out} of {len(found.candidates)} entries were left out"
    return replace(found, candidates=found.candidates[:MAX_ENTRIES], problems=(*found.problems, said))


def _parsed(
    form: Format,
    kind: DocumentKind,
    body: bytes,
    url: str,
    content_type: str | None,
    *,
    source_key: str,
    owns: Callable[[str], bool] | None,
) -> ParsedDocument:
    if form is Format.EMPTY:
        return ParsedDocument(problems=("empty_document",))
    if form is Format.PAGE:
        if kind is DocumentKind.SECTION:
            return sections.parse(body, url, content_type, source_key=source_key, owns=owns)
        return ParsedDocument(problems=(f"page_instead_of_{kind}",))
    if form is Format.JSON:
        return json_feed.parse(body, url, content_type, source_key=source_key)
    if form in (Format.SITEMAP, Format.LINES):
        return sitemaps.parse(body, url, content_type, source_key=source_key)
    if form is Format.FEED or kind is DocumentKind.FEED:  # feedparser makes sense of more than a sniffer knows
        return feeds.parse(body, url, content_type, source_key=source_key)
    return ParsedDocument(problems=(f"unknown_format_instead_of_{kind}",))
