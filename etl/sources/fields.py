"""Parsers of single registry fields: a value as YAML parsed it → our value, or `ValueError` that says what to write instead.

They handle YAML's surprises, such as `country: no`, which YAML parses as false.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale
from lxml import etree

from etl.errors import Quarantine
from etl.sources.source import MediaKind, Store
from etl.states import Schedule
from etl.urls import host_of, normal_url

Reader = Callable[[Any], Any]

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DURATION = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_PARAMETER = re.compile(r"[^\s&=#]+")


def text(value: Any) -> str:
    """Text that is not empty, without outer blanks."""
    if isinstance(value, bool):
        raise ValueError(f"YAML reads {str(value).lower()} here: put quotes around it")
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is no text: put quotes around it")
    return value.strip()


def key(value: Any) -> str:
    """The key of a source."""
    name = text(value)
    if not _KEY.fullmatch(name) or len(name) > 63:
        raise ValueError(f"{name!r}: give up to 63 of a-z, 0-9 and single hyphens")
    return name


def url(value: Any) -> str:
    """A web address, as it was written."""
    address = text(value)
    try:
        normal = normal_url(address)
    except Quarantine as error:
        raise ValueError(f"{error.detail}: give the whole address, such as https://www.example.org/") from error
    if not normal.startswith("http"):
        raise ValueError(f"{address!r} is no web address")
    return address


def date_archive(value: Any) -> str:
    """The address of a site's pages of past days, with {yyyy}, {mm} (or {m}) and {dd} (or {d}) where the date stands."""
    pattern = url(value)
    names = set(re.findall(r"\{([^{}]*)\}", pattern))
    if (
        names - {"yyyy", "mm", "m", "dd", "d"}
        or "yyyy" not in names
        or not names & {"mm", "m"}
        or not names & {"dd", "d"}
    ):
        raise ValueError(f"{pattern!r}: give {{yyyy}}, {{mm}} and {{dd}} where the date stands")
    return pattern


def country(value: Any) -> str:
    """A country code in upper case."""
    code = text(value).upper()
    if len(code) != 2 or code not in _territories():
        raise ValueError(f"{value!r}: give the two letters of ISO 3166, such as GB")
    return code


@cache
def _territories() -> frozenset[str]:
    return frozenset(Locale("en").territories) - {"ZZ", "XA", "XB", "EZ", "QO"}  # stand-ins of CLDR


def language(value: Any) -> str:
    """A language code."""
    code = text(value)
    if not _LANGUAGE.fullmatch(code) or code not in Locale("en").languages:
        raise ValueError(f"{value!r}: give a primary subtag of BCP 47, such as en, pt or zh")
    return code


def timezone(value: Any) -> str:
    """The name of a time zone that this machine knows."""
    name = text(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = get_close_matches(name, available_timezones(), n=1)
        hint = f": did you mean {near[0]}?" if near else ": give an IANA name, such as Europe/London"
        raise ValueError(f"{name!r} is no time zone{hint}") from error
    return name


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r}: give true or false")
    return value


def host(value: Any) -> str:
    """A host or host:port, as `urls.host_of` writes it."""
    name = text(value)
    if re.search(r"[/?#@\\]", name):
        raise ValueError(f"{name!r}: give a host alone, without scheme and path")
    try:
        return host_of(f"https://{name}/")
    except Quarantine as error:
        raise ValueError(f"{name!r} is no host") from error


def delay(value: Any) -> float:
    """Seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
        raise ValueError(f"{value!r}: give seconds, up to 3600")
    return float(value)


def budget(value: Any) -> int:
    """Requests a day."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise ValueError(f"{value!r}: give requests a day, from 1 to 1000000")
    return value


def days(value: Any) -> int:
    """A number of days."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 36_500:
        raise ValueError(f"{value!r}: give days, from 0 to 36500")
    return value


def duration(value: Any) -> timedelta:
    """A time such as 30m, 1h or 7d."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r}: give a time such as 30m, 1h or 7d")
    return int(match[1]) * _UNITS[match[2]]


def durations(value: Any) -> tuple[timedelta, ...]:
    """Times in ascending order."""
    found = [duration(item) for item in items(value)]
    if found != sorted(set(found)):
        raise ValueError("give each time once, the shortest first")
    return tuple(found)


def interval(value: Any) -> tuple[timedelta, timedelta]:
    """A shortest and a longest time, which may be the same."""
    found = [duration(item) for item in items(value)]
    if len(found) != 2 or found[0] > found[1]:
        raise ValueError(f"{value!r}: give the shortest and the longest time, such as [5m, 1d]")
    return found[0], found[1]


def items(value: Any) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list")
    return value


def each(reader: Reader) -> Reader:
    """A reader of lists without repeats."""

    def read(value: Any) -> tuple[Any, ...]:
        values = tuple(reader(item) for item in items(value))
        twice = [item for number, item in enumerate(values) if item in values[:number]]
        if twice:
            raise ValueError(f"{twice[0]} is given twice")
        return values

    return read


def some(reader: Reader) -> Reader:
    """A reader of lists that are not empty."""

    def read(value: Any) -> tuple[Any, ...]:
        values: tuple[Any, ...] = each(reader)(value)
        if not values:
            raise ValueError("give at least one")
        return values

    return read


def parameters(value: Any) -> frozenset[str]:
    """Names of URL parameters, lower case."""
    # `drop: [1]` is a number to YAML and a name in `story?1`.
    names = [str(item) if type(item) is int else text(item) for item in items(value)]
    for name in names:
        if not _PARAMETER.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a parameter")
    return frozenset(name.lower() for name in names)


def xpath(value: Any) -> str:
    """An XPath expression that compiles."""
    expression = text(value)
    try:
        etree.XPath(expression)
    except etree.XPathSyntaxError as error:
        raise ValueError(f"{expression!r} is no XPath: {error}") from error
    return expression


def day(value: Any) -> date:
    """A calendar day."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError(f"{value!r}: give a day, such as 2026-11-24")
    return value


_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# What says who asks, for what part of what, or would log in: those are not a source's to set.
_NOT_HEADERS = frozenset(
    {
        *("user-agent", "host", "connection", "content-length", "transfer-encoding", "accept-encoding", "range", "te"),
        *("authorization", "proxy-authorization", "cookie", "referer", "if-none-match", "if-modified-since", "upgrade"),
        *("from", "via", "forwarded", "x-forwarded-for", "x-real-ip", "expect", "trailer", "if-range", "if-match"),
    }
)
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_WIKIDATA = re.compile(r"Q[1-9][0-9]{0,11}")
_ISSN = re.compile(r"[0-9]{4}-[0-9]{3}[0-9X]")


def pattern(value: Any) -> str:
    """A pattern of addresses."""
    text_ = text(value)
    if any(map(str.isspace, text_)):
        raise ValueError(f"{text_!r}: a pattern has no blanks; write them as %20")
    if "://" in text_:
        raise ValueError(f"{text_!r}: give a path such as /sport/, or host and path without https://")
    return text_


def headers(value: Any) -> tuple[tuple[str, str], ...]:
    """Headers of requests, by name."""
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is no mapping of names to values")
    found = []
    for name, content in value.items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        if name.lower() in _NOT_HEADERS:
            raise ValueError(f"{name} is not a source's to set")
        said = text(content)
        if not said.isprintable() or not said.isascii():
            raise ValueError(f"{name}: {said!r} cannot stand in a header")
        found.append((name, said))
    return tuple(found)


def kind(value: Any) -> MediaKind:
    """What kind of publisher it is."""
    try:
        return MediaKind(text(value))
    except ValueError as error:
        raise ValueError(f"{value!r}: give one of {', '.join(MediaKind)}") from error


def region(value: Any) -> str:
    """A part of a country, by ISO 3166-2."""
    code = text(value)
    if not _REGION.fullmatch(code) or code[:2] not in _territories():
        raise ValueError(f"{value!r}: give a code of ISO 3166-2, such as DE-BY or GB-SCT")
    return code


def wikidata(value: Any) -> str:
    """An item of Wikidata."""
    item = text(value)
    if not _WIKIDATA.fullmatch(item):
        raise ValueError(f"{value!r}: give an item of Wikidata, such as Q9684")
    return item


def issn(value: Any) -> str:
    """An ISSN with its check digit (ISO 3297).

    >>> issn("0362-4331")
    '0362-4331'
    """
    number = text(value).upper()
    if not _ISSN.fullmatch(number):
        raise ValueError(f"{value!r}: give an ISSN, such as 0362-4331")
    digits = number.replace("-", "")
    rest = -sum((8 - n) * int(digit) for n, digit in enumerate(digits[:7])) % 11
    if digits[7] != ("X" if rest == 10 else str(rest)):
        raise ValueError(f"{number}: its check digit is wrong")
    return number


def schedule(value: Any) -> Schedule:
    """How often a source is visited."""
    try:
        return Schedule(text(value))
    except ValueError as error:
        raise ValueError(f"{value!r}: give one of {', '.join(Schedule)}") from error


def store(value: Any) -> Store:
    """How much may be kept."""
    try:
        return Store(text(value))
    except ValueError as error:
        raise ValueError(f"{value!r}: give {', '.join(Store)}") from error
