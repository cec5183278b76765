"""Parses a page's text into a tree, once for the whole extraction, and helpers for reading the tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeVar, cast
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlComment, HtmlElement

from etl.normalize.text import one_line

# Control characters end or garble a document in libxml2; lone surrogates cannot be encoded.
# What no XML may hold, and a value made of it is none: one such reference would cost the page its text.
_CONTROL_REFERENCE = re.compile(
    r"&#(?:0{0,6}(?:[0-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])"
    r"|[xX]0{0,6}(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_UNPARSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# "<html .../>" and a slash within the doctype make libxml2 drop the rest (https://bugs.launchpad.net/lxml/+bug/1955915).
_DOCTYPE = re.compile(r"^\s*<\s?!\s?doctype[^>]*>", re.I)
_CLOSED_HTML = re.compile(r"(<html(?:[^<>]*[^<>\s])?)\s*+/>", re.I)
# Attributes such as data URIs and serialised state; none that we read is as long.
# A parser looks for each attribute among those before it: 100,000 in one tag are 40 seconds.
_LONG_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9:-]{0,40})\s[^<>]{8000,}+>")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_MAX_ATTRIBUTES = 1000
_LONG_TAG_CHARS = 8000
_LONG_ATTRIBUTE = re.compile(r"=\s*(?:\"[^\"<>]{20000,}\"|'[^'<>]{20000,}')")
MAX_CHARS = 20_000_000
_HEAD_CHARS = 4096  # what is looked at for doctype and root; the rest is cleaned as bytes, ten times as fast
_CONTROL_BYTES = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_KEPT_CHARS = 200  # longer classes are made by scripts, no two alike
T = TypeVar("T")
_NON_CHARACTERS = ("\ufffe", "\uffff")
_LONG_PAGE = 1_000_000  # 99.9% of pages are shorter; only then long attributes are looked for
BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6"
    " header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)


def parser() -> etree.HTMLParser:
    """A parser whose nodes have one class, which spares a Python look-up for each (6% of extraction)."""
    made = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    made.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement, comment=HtmlComment))
    return made


_PARSER = parser()


def parse(text: str) -> HtmlElement | None:
    """The root of the page, or None when there is no element in it."""
    text = text[:MAX_CHARS]
    if len(text) > _LONG_PAGE:
        text = _UNPARSABLE.sub("", text)
    else:
        text = _UNPARSABLE.sub("", text[:_HEAD_CHARS]) + text[_HEAD_CHARS:]
    head = text[:2048]
    if (doctype := _DOCTYPE.match(head)) and "/" in doctype[0]:
        text = text[doctype.end() :]
    if _CLOSED_HTML.search(head):
        text = _CLOSED_HTML.sub(r"\1>", text, count=1)
    if len(text) > _LONG_PAGE:
        text = _LONG_ATTRIBUTE.sub('=""', text)
    if len(text) > _LONG_TAG_CHARS and _LONG_TAG.search(text):
        text = _LONG_TAG.sub(_without_crowd, text)
    try:
        root = etree.fromstring(_parsable(text), _PARSER)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    return cast("HtmlElement | None", root)


def _without_crowd(tag: re.Match[str]) -> str:
    """A tag as it is, or without attributes when it has far more than any real one."""
    return f"<{tag[1]}>" if len(_QUOTED.sub("", tag[0]).split()) > _MAX_ATTRIBUTES else tag[0]


def _parsable(text: str) -> bytes:
    """UTF-8 without characters, literal or as references, that end or garble a document."""
    if "&#" in text:
        text = _CONTROL_REFERENCE.sub("", text)
    for mark in _NON_CHARACTERS:
        if mark in text:
            text = text.replace(mark, "")
    return text.encode("utf-8", "ignore").translate(None, _CONTROL_BYTES)


def text_of(element: HtmlElement, *, border: str = " ") -> str:
    """All text below the element as one line; `border` stands where a line ends (`<br>`) and where a block begins or ends.

    Chinese and Japanese, which part no words, get no space at a border. Scripts and styles are no text. With a border of
    its own a seam counts as one, where an element glues a capital to a small letter or digit ("2025Julian", "BrownEditor").
    """
    if not len(element):  # most elements have no children, and need no walk
        return one_line(element.text) if element.text else ""
    if border == " " and next(element.iterdescendants(*_BREAKS), None) is None:
        return one_line("".join(element.itertext()))
    text = "".join(_with_borders(element, seams=border != " "))
    if border == " ":
        text = _CJK_BORDER.sub("", text)
    else:
        return border.join(line for line in map(one_line, text.split(_BORDER)) if line)
    return one_line(text.replace(_BORDER, " "))


_SILENT = frozenset(("script", "style", "template", "noscript", "svg"))
_BREAKS = (*sorted(BLOCKS), "br", *sorted(_SILENT))
_IS_BREAK = frozenset(_BREAKS)
_BORDER = "\x00"  # no text of a parsed page holds it
_CJK_BORDER = re.compile(
    "(?<=[\u3001-\u30ff\u3400-\u9fff\uff00-\uffef])\\s*\x00[\\s\x00]*(?=[\u3001-\u30ff\u3400-\u9fff\uff00-\uffef])"
)


def _with_borders(element: HtmlElement, *, seams: bool) -> Iterator[str]:
    silent = 0
    last = " "
    for event, node in etree.iterwalk(element, events=("start", "end")):
        inner = node is not element
        if inner and node.tag in _IS_BREAK:
            yield _BORDER
        if node.tag in _SILENT:
            silent += 1 if event == "start" else -1
        part = node.text if event == "start" else node.tail if inner else None
        if part and not silent:
            if seams and part[0].isupper() and (last.islower() or last.isdigit()):
                yield _BORDER
            yield part
            last = part[-1]


def is_within(element: HtmlElement, limit: int) -> bool:
    """Whether the text below the element has fewer characters than `limit`; stops reading there."""
    count = 0
    for part in element.itertext():
        count += len(part) if not part.isspace() else 0
        if count >= limit:
            return False
    return True


def classes(element: HtmlElement) -> str:
    """Class and id in lower case, for matching words in them."""
    name, ident = element.get("class"), element.get("id")
    if name is None and ident is None:
        return ""
    return f"{name or ''} {ident or ''}".lower()


def names(root: HtmlElement) -> frozenset[str]:
    """Every class and every id below the root, in lower case: shows at once what a page cannot contain."""
    found = {*cast("list[str]", _CLASSES(root)), *cast("list[str]", _IDS(root))}
    return frozenset(name.lower() for name in found)


_CLASSES = etree.XPath("descendant-or-self::*/@class", smart_strings=False)
_IDS = etree.XPath("descendant-or-self::*/@id", smart_strings=False)


def kept(test: Callable[[str], T]) -> Callable[[str], T]:
    """The test of a class and id with its answers kept: pages and sites repeat theirs thousands of times."""
    known = lru_cache(maxsize=2048)(test)  # a page has some hundred; eight such tests hold 5 MiB at most

    def answer(names: str) -> T:
        return known(names) if len(names) <= _KEPT_CHARS else test(names)

    return answer


def ancestors(element: HtmlElement, limit: int = 40) -> Iterator[HtmlElement]:
    """The element's ancestors, nearest first."""
    for n, parent in enumerate(element.iterancestors()):
        if n >= limit:
            return
        yield parent


def absolute(url: str, href: str) -> str | None:
    """The web address that a reference of the page means, or None."""
    try:
        joined = urljoin(url, href.strip())
    except ValueError:
        return None
    return joined if joined.startswith(("http://", "https://")) else None


def drop(element: HtmlElement) -> None:
    """Take the element out and leave the text after it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
