"""Extracts the article's text: trafilatura on a prepared tree, first its fast mode, the thorough one for suspicious results."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from etl.extract import container, embedded_state, passages, selectors
from etl.extract.rules import SourceRules
from etl.extract.tree import BLOCKS, drop, text_of
from etl.normalize.text import lines, one_line

# Suspicious: under this many characters, or under these shares of the page's own paragraphs or of its JSON-LD body.
# Measured on 439 news pages: the thorough mode is needed for one page in four, at equal F1.
_SHORT_CHARS = 600
_PARAGRAPH_SHARE = 0.60
_STUB_CHARS = 300  # a shorter text is no article; only then scripts are searched
_LD_SHARE = 0.70
# Of the prose in the element that holds the article: below it, paragraphs were lost (chunked bodies, live blogs).
_COVERED = 0.75
_LINK_CHARS, _LINK_LINE, _MOSTLY = 8, 240, 0.7
_LAYOUT_CHARS = 400  # in one cell: that is a page's column, no datum
_SAME_ARTICLE = 0.6  # of the shorter text has to be in the longer one
# trafilatura walks all tables within a table for each of them. Layouts of old pages have some hundred such pairs.
_MAX_NESTING = 3000
_VAST = 6000  # blocks; of 710 real pages the largest has 5,700 elements of any kind that is shown
_TABLE_TAGS = ("table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_STOP = re.compile(r"[。！？]|다\.")
_LEAST_DENSE = 80  # characters of a text in such a script; trafilatura's 250 are for words of letters
_STRIPPED = ("script", "style", "svg", "template", "link", "iframe", "object", "embed", "noscript")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Blocks of text, "\\n" between them, and how they were found: fast, thorough, jsonld or state."""

    text: str
    evidence: str


def strip(root: HtmlElement) -> None:
    """Remove from the tree elements that are never text, in place. Call it after everything else was read from them."""
    etree.strip_elements(root, *_STRIPPED, with_tail=False)
    paragraphs = sum(1 for _ in root.iter("p"))
    for box in list(root.iter("aside", "nav", "footer", "figure", "form", "menu")):
        # An element that the source leaves unclosed contains the rest of the page; no author puts most paragraphs into one.
        if paragraphs > 3 and sum(1 for _ in box.iter("p")) > 0.5 * paragraphs:
            box.tag = "div"
    if _nesting_of_tables(root) > _MAX_NESTING:
        for part in list(root.iter(*_TABLE_TAGS)):
            part.tag = "div"


def strip_metas(root: HtmlElement) -> None:
    """Remove `<meta>` elements once they have been read: they are a fifth of a page, and slow down each further walk."""
    etree.strip_elements(root, "meta", with_tail=False)


def _nesting_of_tables(root: HtmlElement) -> int:
    """Pairs of a table and one within it."""
    depth: dict[HtmlElement, int] = {}
    for table in root.iter("table"):
        outer = next(table.iterancestors("table"), None)
        depth[table] = depth[outer] + 1 if outer is not None else 0
    return sum(depth.values())


def extract(root: HtmlElement, *, ld_body: str | None, states: list[str]) -> Body:
    """The article's text; empty when there is none. The tree is not changed."""
    prose = container.paragraphs(root)
    held = container.holder(prose)
    inside = [p for p in prose if held is not None and any(a is held for a in p.element.iterancestors())]
    fast = _trafilatura(root, fast=True)
    best = Body(text=fast, evidence="fast")
    if not _suspicious(fast, root, ld_body) and container.coverage(fast, inside) >= _COVERED:
        return _completed(best, root)
    if _suspicious(fast, root, ld_body) and not _is_vast(root):
        thorough = _trafilatura(root, fast=False)
        if len(thorough) >= len(fast):
            best = Body(text=thorough, evidence="thorough")
    if held is not None and held.tag not in ("body", "html") and container.coverage(best.text, inside) < _COVERED:
        whole = _trafilatura(_alone(held), fast=True)
        if len(whole) > 1.15 * len(best.text) and _shared(best.text, whole) >= _SAME_ARTICLE:
            best = Body(text=whole, evidence="container")
    if _is_flat(best.text) and (unfolded := _trafilatura(root, fast=True, least_chars=_LEAST_DENSE)).count("\n"):
        best = Body(text=unfolded, evidence="fast")
    if len(best.text) < _STUB_CHARS:
        return _from_scripts(best, ld_body, states)
    return _completed(best, root)


def _completed(body: Body, root: HtmlElement) -> Body:
    """The text of the fast mode with lines that it lost; the thorough mode has left lines out on purpose."""
    if body.evidence != "fast" or _is_vast(root):
        return body
    whole = passages.complete(body.text, root)
    return body if whole is None else Body(text=lines(whole), evidence=f"{body.evidence}+between")


def _is_vast(root: HtmlElement) -> bool:
    """Whether the page has so many blocks that the thorough mode would take minutes: justext compares each with all."""
    return next(islice(root.iter(*BLOCKS), _VAST, None), None) is not None


def apply(root: HtmlElement, rules: SourceRules) -> None:
    """Apply the source's own rules in place: mark the body, drop elements."""
    for expression in rules.drop:
        for element in selectors.elements(root, expression):
            drop(element)
    for expression in rules.body:
        if chosen := selectors.elements(root, expression)[:1]:
            # The first element that trafilatura looks for.
            chosen[0].set("itemprop", "articleBody")
            chosen[0].tag = "div"
            for other in [e for e in root.iter() if isinstance(e.tag, str)]:
                if other is not chosen[0] and other.get("itemprop") == "articleBody":
                    other.attrib.pop("itemprop")
            page = root.find("body")
            if page is not None and chosen[0] is not page:
                page[:] = [chosen[0]]
            return


def link_lines(root: HtmlElement, text: str) -> frozenset[str]:
    """The lines of the text that consist mostly of link text: cleaning may cut them as links to other pages."""
    links = {t for t in (text_of(a) for a in root.iter("a")) if _LINK_CHARS <= len(t) <= _LINK_LINE}
    found = set()
    for line in text.split("\n"):
        if line in links:
            found.add(line)
        elif len(line) <= _LINK_LINE:
            found.update(line for link in links if len(link) >= _MOSTLY * len(line) and link in line)
    return frozenset(found)


def _from_scripts(stub: Body, ld_body: str | None, states: list[str]) -> Body:
    """For a page without text in its markup: the text of its structured data or state, when that is clearly longer."""
    for text, evidence in ((ld_body or "", "jsonld:articleBody"), (embedded_state.text_of_states(states), "state")):
        if len(text) > max(_STUB_CHARS, 2 * len(stub.text)):
            return Body(text=text, evidence=evidence)
    return stub


def _alone(element: HtmlElement) -> HtmlElement:
    """A page that holds nothing but a copy of the element, marked as the article's body."""
    inner = copy(element)
    inner.tail = None
    inner.tag = "div"
    for name in ("class", "id", "hidden", "style", "aria-hidden"):
        inner.attrib.pop(name, None)
    inner.set("itemprop", "articleBody")
    root = inner.makeelement("html")
    page = inner.makeelement("body")
    root.append(page)
    page.append(inner)
    return root


def _shared(part: str, whole: str) -> float:
    """Share of the part's characters in lines that are in the whole too."""
    have = set(whole.split("\n"))
    lengths = [(len(line), line in have) for line in part.split("\n")]
    return sum(n for n, there in lengths if there) / max(1, sum(n for n, _ in lengths))


def _is_flat(text: str) -> bool:
    """Whether a text of several sentences, in a dense script, is a single line.

    Below its minimum length, which is meant for alphabets, trafilatura joins all text of a page into one line.
    """
    return "\n" not in text and len(_STOP.findall(text)) >= 3 and len(_DENSE.findall(text)) > 0.5 * len(text)


def _trafilatura(root: HtmlElement, *, fast: bool, least_chars: int | None = None) -> str:
    options = Extractor(
        output_format="xml",  # the tree is what is read; as "python" it is written out as text too
        fast=fast,
        comments=False,
        tables=True,
        dedup=False,
        formatting=False,
        links=False,
        images=False,
    )
    if least_chars is not None:
        options.min_extracted_size = least_chars
    try:
        document = bare_extraction(root, options=options)
    except (MemoryError, OSError):  # of the machine: an empty text would be a wrong value
        raise
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
    if tag == "row":
        if any(child.tag in _BLOCKS for cell in element for child in cell) or any(
            len(_inline(cell)) > _LAYOUT_CHARS for cell in element
        ):
            for cell in element:  # a table that lays out the page: its cells hold blocks
                yield from _block(cell)
            return
        cells = [one_line(_inline(cell)) for cell in element]
        if any(cells):
            yield " | ".join(c for c in cells if c)
        return
    if not any(child.tag in _BLOCKS for child in element):
        if (text := _inline(element)).strip():
            yield text
        return
    # Blocks within a block: an item with paragraphs, a division that was taken whole. Loose text between them is its own.
    loose = element.text or ""
    for child in element:
        if child.tag in _BLOCKS:
            if loose.strip():
                yield loose
            yield from _block(child)
            loose = child.tail or ""
        else:
            loose += ("\n" if child.tag == "lb" else _inline(child)) + (child.tail or "")
    if loose.strip():
        yield loose


_BLOCKS = frozenset(
    ("p", "head", "list", "item", "table", "row", "quote", "div", "code", "article", "section", "main", "header")
)


def _inline(element: etree._Element) -> str:
    if element.tag == "lb":
        return "\n"
    parts = [element.text or ""]
    for child in element:
        parts.append("\n" if child.tag == "lb" else _inline(child))
        if child.tail:
            parts.append(child.tail)
    return "".join(parts)
    # Line ends within a paragraph's source are white space; only <br> breaks a line, and it is set above.


def _suspicious(text: str, root: HtmlElement, ld_body: str | None) -> bool:
    if len(text) < _SHORT_CHARS:
        return True
    if ld_body and len(text) < _LD_SHARE * len(ld_body):
        return True
    return len(text) < _PARAGRAPH_SHARE * sum(len(text_of(p)) for p in root.iter("p"))
