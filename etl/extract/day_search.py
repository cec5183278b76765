"""A day found anywhere on a page, for pages that state none: htmldate's searches in its order, without its last parser.

`htmldate.find_date(extensive_search=True)` hands odd lines to dateparser, which compiles the expressions of 205 locales
on its first call: 2.4 seconds of each process and 70 MiB, for the day of 2 pages in 710. Here its steps are called one
by one, and the lines that its patterns do not know go to the reader of our own (`etl/normalize/dates.py`).
"""

from __future__ import annotations

import re
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
    search_page,
    serialize,
)
from htmldate.extractors import (
    FAST_TAGS,
    discard_unwanted,
    idiosyncrasies_search,
    img_search,
    pattern_search,
    try_date_expr,
)
from htmldate.settings import CLEANING_LIST, MAX_SEGMENT_LEN, MIN_SEGMENT_LEN
from htmldate.utils import Extractor, clean_html
from lxml.etree import XPath
from lxml.html import HtmlElement

from etl.normalize.dates import Stamp

Reader = Callable[[str], Stamp | None]
_LINES = XPath(".//*[" + " or ".join(f"self::{tag}" for tag in (*FAST_TAGS, "td", "dd")) + "]/text()")
_DIGITS = re.compile(r"\d")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3,}")
_MOST_WORDS = 4  # of a date's line: the month, the weekday, and what it says of the date; prose has more


def search(root: HtmlElement, *, read: Reader, earliest: date, latest: date) -> date | None:
    """The day that the page's markup or text speaks of, from `earliest` to `latest`; None where none does.

    `read` is how a date is read that htmldate's patterns do not know: in words, of any language. Scripts have to be out
    of the tree: what they state is read elsewhere. The tree is not changed.
    """
    options = Extractor(False, datetime.combine(latest, time()), datetime.combine(earliest, time()), True, "%Y-%m-%d")
    found = (
        examine_header(root, options)
        or examine_abbr_elements(root, options)
        or _in_body(discard_unwanted(clean_html(deepcopy(root), CLEANING_LIST)), read, options)
    )
    return date.fromisoformat(found) if found else None


def _in_body(tree: HtmlElement, read: Reader, options: Extractor) -> str | None:
    found = (
        examine_elements(date_candidates(tree, True), options)
        or examine_elements(list(tree.iter("title", "h1")), options)
        or examine_time_elements(tree, options)
    )
    if found:
        return found
    source = serialize(tree)
    return (
        pattern_search(source, TIMESTAMP_PATTERN, options)
        or img_search(tree, options)
        or idiosyncrasies_search(source, options)
        or _in_lines(tree, read, options)
        or search_page(source, options)
    )


def _in_lines(tree: HtmlElement, read: Reader, options: Extractor) -> str | None:
    """The earliest day among short lines of the text that htmldate reads; else the first that is one in words."""
    segments = (segment.strip() for segment in cast("list[str]", _LINES(tree)))
    lines = [
        line
        for line in dict.fromkeys(segments)
        if MIN_SEGMENT_LEN < len(line) < MAX_SEGMENT_LEN and 4 <= len(_DIGITS.findall(line)) <= 18
    ]
    found = (try_date_expr(line, options.format, False, options.min, options.max) for line in lines)
    if known := [day for day in found if day]:
        return min(known)
    days = (_of_date_line(line, read) for line in lines)
    return next((d.isoformat() for d in days if d and options.min.date() <= d <= options.max.date()), None)


def _of_date_line(line: str, read: Reader) -> date | None:
    """The day of a line that is nothing but a date, its year written out."""
    if len(_WORD.findall(line)) > _MOST_WORDS or not _YEAR.search(line):
        return None
    stamp = read(line)
    return stamp.day if stamp is not None else None
