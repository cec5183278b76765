"""Which days an address speaks of: of an article, of a page of a past day, of a sitemap by its name. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from etl.normalize import dates
from etl.normalize.months import fold, months

EARLIEST_YEAR = 1990  # no news page is older than the web
LATEST_YEAR = 2099

_YEAR = r"(?<!\d)(?P<y>(?:19|20)\d\d)"
_DAY_SEPARATED = re.compile(_YEAR + r"(?P<s>[-_/.])(?P<m>0?[1-9]|1[0-2])(?P=s)(?P<d>0?[1-9]|[12]\d|3[01])(?!\d)")
_DAY_TOGETHER = re.compile(_YEAR + r"(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(?P<d>0[1-9]|[12]\d|3[01])(?P<s>[-_/.])(?P<m>0[1-9]|1[0-2])(?P=s)(?P<y>(?:19|20)\d\d)(?!\d)"
)
# /2022/feb/24/ (The Guardian), /2022/februar/24/: the month in letters of any script.
_DAY_NAMED = re.compile(_YEAR + r"[-_/.](?P<n>[^\W\d_]{3,12})[-_/.](?P<d>0?[1-9]|[12]\d|3[01])(?!\d)")
_MONTH_NAMED = re.compile(_YEAR + r"[-_/.](?P<n>[^\W\d_]{3,12})(?![^\W\d_])")
_MONTH = re.compile(_YEAR + r"(?P<s>[-_/.]?)(?P<m>0[1-9]|1[0-2])(?!\d)")
_MONTH_SHORT = re.compile(_YEAR + r"[-_/](?P<m>[1-9])(?=[/_.]|\Z)(?!\d)")
_MONTH_FIRST = re.compile(r"(?<!\d)(?P<m>0[1-9]|1[0-2])[-_/.](?P<y>(?:19|20)\d\d)(?!\d)")
_WEEK = re.compile(_YEAR + r"[-_/.]?w(?:eek)?[-_]?(?P<w>[0-5]?\d)(?!\d)", re.I)
_QUARTER = re.compile(_YEAR + r"[-_/.]?q(?P<q>[1-4])(?!\d)", re.I)
_YEAR_ALONE = re.compile(_YEAR + r"(?!\d)")
_PARTS = {"yyyy": "y", "year": "y", "y": "y", "mm": "m", "month": "m", "m": "m", "dd": "d", "day": "d", "d": "d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days in a row, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def meets(self, other: Span) -> bool:
        """Whether they have a day in common."""
        return self.first <= other.last and other.first <= self.last


def one_day(day: date) -> Span:
    """A span of a single day."""
    return Span(first=day, last=day)


def span_of(url: str) -> Span | None:
    """The days that an address names: a day, week, month, quarter or year; None if it names none.

    >>> span_of("https://a.example/sitemap-2022-02.xml.gz")
    Span(first=datetime.date(2022, 2, 1), last=datetime.date(2022, 2, 28))
    >>> span_of("https://a.example/sitemap.xml?yyyy=2022&mm=02&dd=24").first.isoformat()
    '2022-02-24'
    """
    path, query = _path_and_query(url)
    return _span_of_parameters(query) or _span_of_text(path) or _span_of_text(query)


def day_of_address(url: str) -> date | None:
    """The day in the path of an article's address, such as /2022/02/24/storm; None without a whole day.

    The day is the publisher's own.
    """
    path, _ = _path_and_query(url)
    return _day_of_text(path)


def day_of_words(raw: str | None) -> date | None:
    """The day (UTC) of a date as a sitemap or feed wrote it; None if it is none.

    >>> day_of_words("2022-02-24T00:30:00+02:00").isoformat()
    '2022-02-23'
    """
    stamp = dates.parse(raw) if raw else None
    if stamp is None:
        return None
    try:
        return stamp.instant.astimezone(UTC).date() if stamp.instant else stamp.day
    except OverflowError:  # at an end of the calendar
        return stamp.day


def _path_and_query(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return unquote(parts.path), unquote(parts.query)


def _span_of_parameters(query: str) -> Span | None:
    """`yyyy=2022&mm=02&dd=24`, as WordPress sites of many millions of posts have it."""
    found: dict[str, int] = {}
    for name, value in parse_qsl(query):
        part = _PARTS.get(name.lower())
        if part and value.isascii() and value.isdigit():
            found[part] = int(value)
    if not EARLIEST_YEAR <= found.get("y", 0) <= LATEST_YEAR:
        return None
    if "m" in found and "d" in found:
        day = _date(found["y"], found["m"], found["d"])
        return one_day(day) if day else None
    return _month(found["y"], found["m"]) if "m" in found else _year(found["y"])


def _day_of_text(text: str) -> date | None:
    for pattern in (_DAY_SEPARATED, _DAY_TOGETHER, _DAY_FIRST):
        for match in pattern.finditer(text):
            day = _date(int(match["y"]), int(match["m"]), int(match["d"]))
            if day:
                return day
    for match in _DAY_NAMED.finditer(text):
        month = months().get(fold(match["n"]))
        day = _date(int(match["y"]), month, int(match["d"])) if month else None
        if day:
            return day
    return None


def _span_of_text(text: str) -> Span | None:
    day = _day_of_text(text)
    if day:
        return one_day(day)
    if match := _WEEK.search(text):
        try:
            first = date.fromisocalendar(int(match["y"]), int(match["w"]), 1)
        except ValueError:
            return None
        return Span(first=first, last=first + timedelta(days=6))
    if match := _QUARTER.search(text):
        year, month = int(match["y"]), 3 * int(match["q"])
        return Span(first=date(year, month - 2, 1), last=date(year, month, monthrange(year, month)[1]))
    for pattern in (_MONTH, _MONTH_SHORT, _MONTH_FIRST):
        if match := pattern.search(text):
            return _month(int(match["y"]), int(match["m"]))
    for match in _MONTH_NAMED.finditer(text):
        if number := months().get(fold(match["n"])):
            return _month(int(match["y"]), number)
    match = _YEAR_ALONE.search(text)
    return _year(int(match["y"])) if match else None


def _date(year: int, month: int, day: int) -> date | None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(year: int, month: int) -> Span | None:
    first = _date(year, month, 1)
    return Span(first=first, last=first.replace(day=monthrange(year, month)[1])) if first else None


def _year(year: int) -> Span | None:
    first = _date(year, 1, 1)
    return Span(first=first, last=first.replace(month=12, day=31)) if first else None
