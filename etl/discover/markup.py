"""Decodes, repairs and strips markup from the text of feeds, sitemaps and pages. Pure."""

from __future__ import annotations

import html
import re
import unicodedata

from etl.extract.decode import decode
from etl.http.codings import BodyDecoder, ContentError, TooLargeError
from etl.urls import join

_CHUNK_BYTES = 1 << 16
GZIP_MAGIC = b"\x1f\x8b"
MAX_FEED_BYTES = 16 * 1024 * 1024  # feeds of full articles stay under 5 MB
MAX_PAGE_BYTES = 8 * 1024 * 1024  # the largest front pages are 3 MB
MAX_TITLE_CHARS = 500  # 99.9% of headlines are shorter than 250
MAX_SUMMARY_CHARS = 1000
MAX_RAW_CHARS = 100  # dates and language tags

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0 section 2.2
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# An unclosed CDATA section ends with the document, or the search would begin again at each.
_REFERENCE = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?:(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,40});)?", re.S
)
# Marks that editors paste along with an address. Joiners within one may belong to a word of Persian or Hindi.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_JOINERS = "\u200c\u200d \t\r\n\u00a0"
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.S | re.I)
_BLOCK = re.compile(r"</?(?:p|div|br|li|ul|ol|td|tr|h[1-6]|blockquote|figure|figcaption|img)\b[^<>]*>", re.I)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![A-Za-z\[][^<>]*>|<\?[^<>]*>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,40});")


def unpacked(body: bytes, limit: int) -> tuple[bytes, tuple[str, ...]]:
    """The bytes without gzip, known by its first two bytes and not by name or header; cut at `limit`, with a problem.

    A damaged archive gives what comes before the damage.
    """
    if not body.startswith(GZIP_MAGIC):
        return (body, ()) if len(body) <= limit else (body[:limit], (f"too_large: cut at {limit} bytes",))
    decoder = BodyDecoder("gzip", max_bytes=limit)
    try:
        for start in range(0, len(body), _CHUNK_BYTES):
            decoder.feed(body[start : start + _CHUNK_BYTES])
        decoder.finish()
    except TooLargeError as error:
        return bytes(decoder.body), (f"too_large: cut at {len(decoder.body)} bytes: {error}",)
    except ContentError as error:
        return bytes(decoder.body), (f"bad_gzip: {error}",)
    return bytes(decoder.body), ("bad_gzip: the gzip stream ends too early",) if decoder.is_cut else ()


def decoded(body: bytes, content_type: str | None) -> str:
    """The document as text without what XML forbids; its encoding from its bytes first: labels are often wrong."""
    return _NOT_XML.sub("", decode(body, content_type).text).lstrip("\ufeff \t\r\n")


def mended(text: str) -> str:
    """XML in which every `&` is a reference that needs no DTD.

    `?a=1&b=2` gets its `&amp;`, names of HTML become numbers, other names text: a bomb of entities has nothing to
    expand. CDATA sections stay.

    >>> mended("<loc>/?a=1&b=2&amp;c</loc> &nbsp;&bomb;")
    '<loc>/?a=1&amp;b=2&amp;c</loc> &#160;&amp;bomb;'
    """
    return _REFERENCE.sub(_mended, text)


def _mended(match: re.Match[str]) -> str:
    found, name = match[0], match[1]
    if found.startswith("<"):
        return found
    if name is None:
        return "&amp;"
    if name in _XML_ENTITIES:
        return found
    characters = html.unescape(found)
    if characters == found or _NOT_XML.search(characters):  # &#0; is as forbidden as the character
        return f"&amp;{found[1:]}" if characters == found else ""
    return "".join(f"&#{ord(character)};" for character in characters)


def plain(text: str | None, *, limit: int = MAX_TITLE_CHARS, is_markup: bool = True) -> str | None:
    """Text as readers see it, on one line, NFC; None if nothing is left.

    `is_markup` False leaves `<` and `&` as they are: a title may be about HTML.

    >>> plain("<b>Caf\\u00e9</b> &amp;  &quot;Bar&quot;<br>3 < 4")
    'Café & "Bar" 3 < 4'
    """
    if not text:
        return None
    if is_markup:
        text = _TAG.sub("", _BLOCK.sub(" ", _HIDDEN.sub(" ", text)))
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    text = unicodedata.normalize("NFC", _CONTROLS.sub(" ", _NOT_XML.sub(" ", text)))
    words = " ".join(text.split())
    if len(words) > limit:
        words = words[:limit].rstrip() + "…"
    return words or None


def link(base: str, value: object) -> str | None:
    """The absolute URL of a link in a feed or sitemap; None if it is none.

    `&amp;` that is left after parsing was escaped once too often, and is never part of an address.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    return join(base, _INVISIBLE.sub("", value).strip(_JOINERS).replace("&amp;", "&"))


def raw(value: object) -> str | None:
    """A date or language tag as the publisher wrote it; None for what is not text."""
    return plain(value, limit=MAX_RAW_CHARS, is_markup=False) if isinstance(value, str) else None
