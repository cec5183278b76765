"""The day that a page's address names: none is better than one that counts the things of a list."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from etl.normalize import months

_Y, _M, _D = r"(?P<y>(?:19|20)\d\d)", r"(?P<m>0?[1-9]|1[0-2])", r"(?P<d>0?[1-9]|[12]\d|3[01])"
_MM, _DD = r"(?P<m>0[1-9]|1[0-2])", r"(?P<d>0[1-9]|[12]\d|3[01])"
_NAME = r"(?P<w>[a-z\u00c0-\u024f]{3,10})"
_END = r"(?=[/_.]|$)"
# In the order of trust; of a pattern the first place counts.
_PATTERNS = (
    # "/2026/11/20/", "/2026/1/5/": the day is a part of its own, since "/2026/04/10-reasons" counts reasons.
    re.compile(rf"/{_Y}/{_M}/{_D}{_END}"),
    re.compile(rf"[/_-]{_Y}(?P<s>[-_]){_MM}(?P=s){_DD}(?=[/_.-]|$)"),  # "/2026-11-20-ferry", "ferry-2026-11-20.html"
    re.compile(rf"/{_Y}-(?P<m>[1-9])-{_D}{_END}"),
    re.compile(rf"[/_-]t?{_Y}{_MM}{_DD}(?=[/_.-]|$)"),  # "ferry-20261120.html", "t20261120_1.htm"
    # As Chinese papers file by: "/2026-11/20/", "/202611/20/", "/2026/1120/", "/2026/11-20/".
    re.compile(rf"/{_Y}[-/]?{_MM}[-/]?{_DD}(?=/)"),
    re.compile(rf"[/_-](?P<d>0?[1-9]|[12]\d|3[01])-(?P<m>0?[1-9]|1[0-2])-{_Y}(?=[/_.-]|$)"),  # "ferry-20-11-2026"
    re.compile(rf"[/_-]{_MM}-(?P<d>1[3-9]|2\d|3[01])-{_Y}(?=[/_.-]|$)"),  # "11-20-2026": no month has that number
    # The number of an article that begins with the instant at which it was made: "/20261120093000123", "AEN2026112000230".
    re.compile(rf"[/_=-][a-z]{{0,4}}(?P<y>20[0-4]\d){_MM}{_DD}\d{{2,12}}{_END}"),
)
_NAMED = (
    re.compile(rf"/{_Y}[/-]{_NAME}[/-]{_D}(?=/|$)"),  # "/2026/nov/20/"
    re.compile(rf"/{_D}[/-]{_NAME}[/-]{_Y}(?=/|$)"),
    re.compile(rf"/{_NAME}[/-]{_D}[/-]{_Y}(?=/|$)"),
    re.compile(rf"/{_Y}/{_NAME}/{_D}[_-]"),
)
_KEYS = frozenset("date day dt ymd pubdate publishdate datum fecha data d".split())
_VALUE = re.compile(r"(?P<y>20\d\d)([-/.]?)(?P<m>0[1-9]|1[0-2])\2(?P<d>0[1-9]|[12]\d|3[01])")


def url_day(url: str) -> date | None:
    """The day in a URL's path, or in a parameter that is called a date.

    >>> url_day("https://a.example/2026/nov/20/ferry"), url_day("https://a.example/2026/04/5-things")
    (datetime.date(2026, 11, 20), None)
    >>> url_day("https://a.example/c/t20261120_48.htm")
    datetime.date(2026, 11, 20)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = parts.path.casefold()
    for pattern in _PATTERNS:
        if (match := pattern.search(path)) and (day := _day(match, int(match["m"]))):
            return day
    for pattern in _NAMED:
        if (match := pattern.search(path)) and (number := months.months().get(months.fold(match["w"]))):
            return _day(match, number)
    for key, value in parse_qsl(parts.query[:2000]):
        if key.casefold() in _KEYS and (match := _VALUE.fullmatch(value)):
            return _day(match, int(match["m"]))
    return None


def url_month(url: str) -> tuple[int, int] | None:
    """The (year, month) that a URL's path is filed under, or None.

    >>> url_month("https://a.example/2026/04/5-things")
    (2026, 4)
    """
    try:
        match = _MONTH.search(urlsplit(url).path)
    except ValueError:
        return None
    return (int(match["y"]), int(match["m"])) if match else None


_MONTH = re.compile(rf"/{_Y}[/-]?{_MM}(?=/)")


def _day(match: re.Match[str], month: int) -> date | None:
    try:
        return date(int(match["y"]), month, int(match["d"]))
    except ValueError:
        return None
