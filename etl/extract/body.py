"""The article's text: trafilatura on a prepared tree, fast first, more thorough only when the result is suspicious."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from etl.extract.tree import text_of
from etl.normalize.text import folded, lines, one_line

# Suspicious: under this many characters, or under these shares of the page's own paragraphs or of its JSON-LD body.
# Measured on 439 news pages: the thorough way is taken for one page in four, at equal F1.
_SHORT_CHARS = 600
_PARAGRAPH_SHARE = 0.60
_LD_SHARE = 0.70
_STRIPPED = ("script", "style", "svg", "template", "link", "iframe", "object", "embed", "noscript")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Blocks of text, "\\n" between them, and how they were found: fast, thorough, jsonld or state."""

    text: str
    evidence: str


def strip(root: HtmlElement) -> None:
    """Take out of the tree what never is text. In place: everything that needs it has been read."""
    etree.strip_elements(root, *_STRIPPED, with_tail=False)


def extract(root: HtmlElement, *, ld_body: str | None) -> Body:
    """The article's text; empty when there is none. The tree is not changed."""
    fast = _trafilatura(root, fast=True)
    if not _suspicious(fast, root, ld_body):
        return Body(text=fast, evidence="fast")
    thorough = _trafilatura(root, fast=False)
    if len(thorough) >= len(fast):
        return Body(text=thorough, evidence="thorough")
    return Body(text=fast, evidence="fast")


def _trafilatura(root: HtmlElement, *, fast: bool) -> str:
    options = Extractor(
        fast=fast, comments=False, tables=True, dedup=False, formatting=False, links=False, images=False
    )
    try:
        document = bare_extraction(root, options=options)
    except Exception:  # one odd tree must not stop a run; an empty text is an outcome of its own
        return ""
    if not isinstance(document, Document) or document.body is None:
        return ""
    return lines("\n".join(blocks(document.body)))


def blocks(body: etree._Element) -> Iterable[str]:
    """The blocks of trafilatura's result in order: paragraphs, headings, list items, table rows."""
    for child in body:
        yield from _block(child)
        if child.tail and child.tail.strip():
            yield child.tail


def _block(element: etree._Element) -> Iterable[str]:
    tag = element.tag
    if tag in ("list", "table", "quote", "div", "body"):
        if element.text and element.text.strip():
            inline = element.text
        else:
            inline = ""
        for child in element:
            if child.tag in ("item", "row", "p", "head", "list", "table", "quote", "div"):
                if inline.strip():
                    yield inline
                inline = ""
                yield from _block(child)
                if child.tail and child.tail.strip():
                    inline = child.tail
            else:
                inline += _inline(child) + (child.tail or "")
        if inline.strip():
            yield inline
    elif tag == "row":
        cells = [one_line(_inline(cell)) for cell in element]
        if any(cells):
            yield " | ".join(c for c in cells if c)
    elif tag in ("item", "cell") and any(c.tag in ("p", "list", "head", "quote") for c in element):
        inline = element.text or ""
        for child in element:
            if child.tag in ("list", "p", "head", "quote"):
                if inline.strip():
                    yield inline
                inline = ""
                yield from _block(child)
                inline = child.tail or ""
            else:
                inline += _inline(child) + (child.tail or "")
        if inline.strip():
            yield inline
    else:
        text = _inline(element)
        if text.strip():
            yield text


def _inline(element: etree._Element) -> str:
    if element.tag == "lb":
        return "\n"
    parts = [element.text or ""]
    for child in element:
        parts.append("\n" if child.tag == "lb" else _inline(child))
        if child.tail:
            parts.append(child.tail)
    text = "".join(parts)
    # Line ends within a paragraph's source are white space; only <br> breaks a line, and it is set above.
    return text


def _suspicious(text: str, root: HtmlElement, ld_body: str | None) -> bool:
    if len(text) < _SHORT_CHARS:
        return True
    if ld_body and len(text) < _LD_SHARE * len(ld_body):
        return True
    paragraphs = sum(len(text_of(p)) for p in root.iter("p"))
    return len(text) < _PARAGRAPH_SHARE * paragraphs
