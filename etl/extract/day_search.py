"""A day found anywhere on a page, for pages that state none: htmldate's searches in its order, without its last parser.

`htmldate.find_date(extensive_search=True)` hands odd lines to dateparser, which compiles the expressions of 205 locales
on its first call: 2.4 seconds of each process and 70 MiB, for the day of 2 pages in 710. Here its steps are called one
by one, and the lines that its patterns do not know go to the reader of our own (`etl/normalize/dates.py`).

What speaks of other things is emptied before: other stories, comments, the site's head and foot, pictures, prose. The
steps that take any year of the source are left out: of 31 pages with a known day theirs was wrong more often than right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, time
from typing import cast

from htmldate.core import (
    TIMESTAMP_PATTERN,
    date_candidates,
    examine_abbr_elements,
    examine_elements,
    examine_header,
    examine_time_elements,
    serialize,
)
from htmldate.extractors import (
    FAST_TAGS,
    discard_unwanted,
    idiosyncrasies_search,
    pattern_search,
    try_date_expr,
)
from htmldate.settings import CLEANING_LIST, MAX_SEGMENT_LEN, MIN_SEGMENT_LEN
from htmldate.utils import Extractor, clean_html
from lxml.etree import XPath
from lxml.html import HtmlElement

from etl.extract import date_labels, whose
from etl.extract.signals import Signals
from etl.extract.site import is_front
from etl.extract.tree import ancestors, classes, is_within, text_of
from etl.normalize.dates import Stamp

Reader = Callable[[str], Stamp | None]
_LINES = XPath(
    ".//*["
    + " or ".join(
        f"self::{tag}" for tag in (*FAST_TAGS, "td", "dd", "a", "b", "em", "i", "strong", "small", "font", "center")
    )
    + "]/text()"
)
_DIGITS = re.compile(r"\d")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3,}")
_MOST_TOLD_WORDS = 10  # of one that says that the page was published then
_MAX_TOLD = 140  # characters of such a line
_MOST_DIGITS = 18  # of a day and a clock; more are numbers of other things
_MOST_WORDS = 4  # of a date's line: the month, the weekday, and what it says of the date; prose has more


def own_parts(root: HtmlElement, signals: Signals) -> HtmlElement:
    """A copy of the page without what speaks of other things: dates that stand there are not the page's."""
    own = deepcopy(root)
    body = own.find("body") if not is_front(signals.url) else None  # its day is that of its newest story
    for element in _others(body, signals) if body is not None else ():
        element.text = None
        for name in ("datetime", "title", "content", "data-date"):
            element.attrib.pop(name, None)
        for child in element:
            child.tail = None
    return own


def search(root: HtmlElement, *, read: Reader, earliest: date, latest: date) -> date | None:
    """The day that the page's markup or text speaks of, from `earliest` to `latest`; None where none does.

    `read` is how a date is read that htmldate's patterns do not know: in words, of any language. Scripts have to be out
    of the tree: what they state is read elsewhere. The tree is used up.
    """
    options = Extractor(False, datetime.combine(latest, time()), datetime.combine(earliest, time()), True, "%Y-%m-%d")
    found = (
        examine_header(root, options)
        or examine_abbr_elements(root, options)
        or _in_body(discard_unwanted(clean_html(root, CLEANING_LIST)), read, options)
    )
    return date.fromisoformat(found) if found else None


def _in_body(tree: HtmlElement, read: Reader, options: Extractor) -> str | None:
    found = (
        _told(tree, read, options)
        or examine_elements(date_candidates(tree, True), options)
        or examine_elements(list(tree.iter("title", "h1")), options)
        or examine_time_elements(tree, options)
    )
    if found:
        return found
    source = serialize(tree)
    return (
        pattern_search(source, TIMESTAMP_PATTERN, options)
        or idiosyncrasies_search(source, options)
        or _in_lines(tree, read, options)
    )


def _others(body: HtmlElement, signals: Signals) -> list[HtmlElement]:
    """The elements with numbers of their own that speak of other things than the page's own day."""
    headline = next(body.iter("h1"), None)
    around = set(ancestors(headline, _AROUND)) - {body} if headline is not None else set()
    is_above = headline is not None
    counts = Counter(classes(e) for e in body.iter() if isinstance(e.tag, str))
    found = []
    for element in body.iter():
        if not isinstance(element.tag, str):
            continue
        if element is headline:
            is_above = False
        if _tells_numbers(element) and (
            whose.is_of_another(element, signals, is_named=_is_named(element, counts))
            or _is_of_data(element)
            or _tells_another_day(element)
            or (is_above and around.isdisjoint(ancestors(element, _AROUND + 2)))
        ):
            found.append(element)
    return found


_AROUND = 3  # elements around the headline that can hold the line over it


def _is_named(element: HtmlElement, counts: Counter[str]) -> bool:
    """Whether it says that it is the article's date: by a word of its line, or by a class that nothing else has."""
    names = classes(element)
    told = " ".join(part for part in (element.text, *(child.tail for child in element)) if part)
    return date_labels.says_published(told) or (counts[names] == 1 and whose.names_own(names))


def _is_of_data(element: HtmlElement) -> bool:
    """Whether it stands in a table that sets out data rather than the page."""
    cell = next((e for e in (element, *ancestors(element, 4)) if e.tag in ("td", "th")), None)
    if cell is None or (row := cell.getparent()) is None:
        return False
    table = next((e for e in ancestors(row, 4) if e.tag == "table"), None)
    others = [text_of(c) for c in row if c is not cell and isinstance(c.tag, str)]
    if any(map(date_labels.says_published, (text_of(cell), *others))):
        return False
    if (
        not any(others)
        or table is None
        or not is_within(table, _DATA_CHARS)
        or next(table.iter("h1"), None) is not None
    ):
        return False
    return sum(bool(_DIGITS.search(text_of(line))) for line in table.iter("tr")) > 1


_DATA_CHARS = 3000  # a table that sets out the page holds the article


def _tells_another_day(element: HtmlElement) -> bool:
    if not is_within(element, MAX_SEGMENT_LEN):
        return False
    text = text_of(element)
    told = date_labels.parts(text)
    return not told.published and not told.updated and len(_DIGITS.findall(text)) >= 4


def _tells_numbers(element: HtmlElement) -> bool:
    texts = (element.text, *(child.tail for child in element), *map(str, element.attrib.values()))
    return any(text and _DIGITS.search(text) for text in texts)


def _told(tree: HtmlElement, read: Reader, options: Extractor) -> str | None:
    """The day of the first line that says that the page was published then."""
    for line in _lines(tree, _MAX_TOLD):
        if date_labels.says_published(line):
            for part in date_labels.parts(line).published:
                if date_labels.says_published(part) and (day := _of_line(part, read, options)) is not None:
                    return day
    return None


def _in_lines(tree: HtmlElement, read: Reader, options: Extractor) -> str | None:
    """The day of the lines that are nothing but a date; none where they name several."""
    parts = (part for line in _lines(tree, MAX_SEGMENT_LEN) for part in date_labels.parts(line).published)
    days = {day for part in parts if (day := _of_line(part, read, options)) is not None}
    return days.pop() if len(days) == 1 else None


def _lines(tree: HtmlElement, longest: int) -> list[str]:
    """Texts of the page that can be a line with a date, each once."""
    segments = [segment.strip() for segment in cast("list[str]", _LINES(tree))]
    segments += [text_of(e) for e in tree.iter("p", "div", "li", "dd", "td") if is_within(e, longest)]
    return [
        line
        for line in dict.fromkeys(segments)
        if MIN_SEGMENT_LEN < len(line) < longest and 4 <= len(_DIGITS.findall(line)) <= _MOST_DIGITS
    ]


def _of_line(line: str, read: Reader, options: Extractor) -> str | None:
    if len(_WORD.findall(line)) > (_MOST_TOLD_WORDS if date_labels.says_published(line) else _MOST_WORDS):
        return None
    if known := try_date_expr(line, options.format, False, options.min, options.max):
        return str(known)
    day = _of_date_line(line, read)
    return day.isoformat() if day and options.min.date() <= day <= options.max.date() else None


def _of_date_line(line: str, read: Reader) -> date | None:
    """The day of a line that is nothing but a date, its year written out."""
    if len(_WORD.findall(line)) > _MOST_WORDS or not _YEAR.search(line):
        return None
    stamp = read(line)
    return stamp.day if stamp is not None else None
