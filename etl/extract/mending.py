"""Normalizes markup that text extractors cannot handle, in place; no value is decided here.

`open_shadows` runs first, since what it reveals is read like any other part of the page. `mend` runs after the page's
values were read, right before the text is extracted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from etl.extract.tree import BLOCKS, drop, is_within, text_of

_TABLE_PARTS = frozenset(("table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption"))
_CELL_CHARS = 400  # a list in a cell of more is a page's column
_SENTENCE = frozenset(("p", "li", "dd", "blockquote", "td", "figcaption"))
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")
_SENTENCE_CHARS = 60  # of a block that holds a sentence and no label
_WORDS_CHARS, _QUESTION_CHARS = 80, 300
_MARK_CHARS = 6
_SUPERSCRIPT = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")
_EXPONENT = re.compile(r"[+−-]?\d{1,3}|n")
_FOOTNOTE = re.compile(r"[\[(]?(?:\d{1,3}|[a-z*†‡§])[\])]?", re.I)
_NOTE_CLASS = re.compile(r"foot-?note|fn-?ref|note-?ref|reference|citation|endnote", re.I)
_WITH_SHADOW = etree.XPath("//template[@shadowrootmode or @shadowroot]")
_FRAGMENTS = etree.XPath("//div[@hidden][starts-with(@id, 'S:')]")


def open_shadows(root: HtmlElement) -> None:
    """Show what a browser shows without any script: shadow roots (HTML, `shadowrootmode`), and streamed fragments.

    A server that streams (React) prints `<div hidden id="S:1">` and moves it to where `<template id="B:1">` or `P:1` stands.
    A slot of a shadow root is filled by the element that names it, or, without a name, by what stands in its host.
    """
    for template in cast("list[HtmlElement]", _WITH_SHADOW(root)):
        host = template.getparent()
        template.tag = "div"
        if host is not None:
            _fill_slots(template, host)
    fragments = cast("list[HtmlElement]", _FRAGMENTS(root))
    if fragments:
        places = {t.get("id"): t for t in root.iter("template") if t.get("id")}
        for fragment in fragments:
            del fragment.attrib["hidden"]
            number = (fragment.get("id") or "")[2:]
            place = places.get(f"B:{number}", places.get(f"P:{number}"))
            if place is not None and not any(a is fragment for a in place.iterancestors()):
                _move(fragment, place)


def _fill_slots(shadow: HtmlElement, host: HtmlElement) -> None:
    given: dict[str | None, list[HtmlElement]] = {}
    for child in host:
        if child is not shadow and isinstance(child.tag, str):
            given.setdefault(child.get("slot"), []).append(child)
    for slot in list(shadow.iter("slot")):
        filling = given.pop(slot.get("name"), [])  # the first slot of a name is the one that is filled
        slot.tag = "div" if any(c.tag in BLOCKS for c in filling) else "span"
        if filling:
            slot.text = None
            del slot[:]
        for child in filling:
            _keep_tail(child)
            slot.append(child)


def _move(element: HtmlElement, place: HtmlElement) -> None:
    _keep_tail(element)
    place.addprevious(element)


def _keep_tail(element: HtmlElement) -> None:
    """Keep the text behind an element in its place when the element is moved."""
    tail, element.tail = element.tail, None
    if tail:
        previous, parent = element.getprevious(), element.getparent()
        if previous is not None:
            previous.tail = (previous.tail or "") + tail
        elif parent is not None:
            parent.text = (parent.text or "") + tail


def mend(root: HtmlElement) -> None:
    """Keep words within sentences, remove note marks, keep exponents, and flatten layout tables in reading order."""
    for element in list(root.iter("time", "button", "label", "sup", "table")):
        tag = element.tag
        if tag == "sup":
            _superscript(element)
        elif tag == "table":
            _table(element)
        elif _is_in_words(element):
            element.tag = "span"
            for name in ("class", "id"):
                element.attrib.pop(name, None)
    _parts_as_headings(root)


def _is_in_words(element: HtmlElement) -> bool:
    """Whether a control or a time is words of a heading, or of a sentence: with words before and behind it in its block."""
    parent = element.getparent()
    if parent is None:
        return False
    if element.tag == "button" and parent.tag in _HEADINGS:
        return is_within(element, _QUESTION_CHARS)
    if parent.tag not in _SENTENCE:
        return False
    previous = element.getprevious()
    before = parent.text if previous is None else previous.tail
    behind = element.tail
    if not (_has_words(before or "") and _has_words(behind or "")):
        return False
    return not is_within(parent, _SENTENCE_CHARS) and is_within(element, _WORDS_CHARS)


def _has_words(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _superscript(element: HtmlElement) -> None:
    """Replace an exponent by one character; remove a mark that links to a note."""
    if not is_within(element, _MARK_CHARS + 1):
        return
    text = text_of(element)
    link = element.find(".//a")
    names = f"{element.get('class') or ''} {link.get('class') or '' if link is not None else ''}"
    href = (link.get("href") or "") if link is not None else ""
    if _FOOTNOTE.fullmatch(text) and ("#" in href or _NOTE_CLASS.search(names)):
        drop(element)
    elif len(element) == 0 and _EXPONENT.fullmatch(text) and _is_power(element):
        element.text = text.translate(_SUPERSCRIPT)
        element.tag = "span"


def _is_power(element: HtmlElement) -> bool:
    """Whether a digit or the letters of a unit stand right before: 10⁶, m², km³; after a word or a stop it is a mark."""
    previous, parent = element.getprevious(), element.getparent()
    before = (previous.tail if previous is not None else parent.text if parent is not None else "") or ""
    if before[-1:].isdigit():
        return True
    return bool(_UNIT.search(before))


_UNIT = re.compile(r"(?:^|[\s\d/·(])(?:[mck]?m|km|dm|mi|ft|in|yd|s|ha|x|n|м|км|см)$")


def _table(table: HtmlElement) -> None:
    """A table that lays out others is divisions, read from top to bottom; a list in a cell is its items in one line."""
    if next(table.iterdescendants("table"), None) is not None:
        for part in _own_parts(table):
            part.tag = "div"
        return
    small: dict[HtmlElement, bool] = {}
    for box in list(table.iter("ul", "ol")):
        cell = next(box.iterancestors("td", "th"), None)
        if cell is None or box.find(".//ul") is not None:
            continue
        if cell not in small:
            small[cell] = is_within(cell, _CELL_CHARS)
        if not small[cell]:
            continue
        items = list(box.iterchildren("li"))
        if any(child.tag in BLOCKS for item in items for child in item.iterdescendants()):
            continue
        for number, item in enumerate(items):
            item.tag, item.tail = "span", "; " if number < len(items) - 1 else None
        box.tag, box.text = "span", None


def _own_parts(table: HtmlElement) -> Iterator[HtmlElement]:
    """The table and its rows and cells, those of tables within left out."""
    stack = [table]
    while stack:
        part = stack.pop()
        yield part
        stack += [c for c in part if c.tag in _TABLE_PARTS and c.tag != "table"]


def _parts_as_headings(root: HtmlElement) -> None:
    """Turn all but the first of several main headlines in one box into headings of its parts."""
    found = [h for h in root.iter("h1") if not is_within(h, 2)]
    if len(found) < 3:
        return
    first: dict[HtmlElement | None, HtmlElement] = {}
    for heading in found:
        if heading is not first.setdefault(heading.getparent(), heading):
            heading.tag = "h2"
