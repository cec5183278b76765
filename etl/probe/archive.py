"""Past days of a site: by pages of a day, whose addresses follow from those of its articles, or by sitemaps with days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit, urlunsplit

from etl.archives.days import day_of_address, span_of
from etl.discover import sections
from etl.fetch.messages import FetchResult
from etl.probe.findings import ProbedDocument, Role

_DAY = re.compile(r"/((?:19|20)\d\d)/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])/")
_MIN_SHOWN = 2
_MIN_SERIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPattern:
    """A pattern for the addresses of pages of days, and the address for a day that has articles."""

    pattern: str
    example: str
    day: date


def pattern_of(articles: Iterable[str]) -> DayPattern | None:
    """A likely pattern for pages of days: the path of articles up to their day.

    >>> pattern_of(["https://a.example/news/2026/11/09/storm"]).pattern
    'https://a.example/news/{yyyy}/{mm}/{dd}/'
    """
    for url in articles:
        parts = urlsplit(url)
        found = _DAY.search(parts.path)
        day = day_of_address(url)
        if found is None or day is None:
            continue
        base = urlunsplit((parts.scheme, parts.netloc, parts.path[: found.start()], "", ""))
        return DayPattern(pattern=base + "/{yyyy}/{mm}/{dd}/", example=f"{base}/{day:%Y/%m/%d}/", day=day)
    return None


def shows_day(result: FetchResult, guess: DayPattern, *, owns: Callable[[str], bool]) -> bool:
    """True if the page lists articles of the day and of no other in the same number: many sites answer any address."""
    if not result.is_full or result.redirects:
        return False
    content_type = result.header("content-type")
    found = sections.parse(result.body, result.final_url, content_type, source_key="probe", owns=owns)
    days = [day_of_address(candidate.url) for candidate in found.candidates]
    of_day = sum(day == guess.day for day in days)
    return of_day >= _MIN_SHOWN and 2 * of_day >= sum(day is not None for day in days)


def past_days(documents: Sequence[ProbedDocument]) -> str | None:
    """The past days that sitemaps list, as a sentence; None where they list none."""
    for document in documents:
        if document.role is not Role.SITEMAP_INDEX:
            continue
        spans = [span for child in document.children if (span := span_of(child)) is not None]
        if len(spans) >= _MIN_SERIES:
            first, last = min(s.first for s in spans), max(s.last for s in spans)
            return f"{document.url} names sitemaps of days from {first} to {last}: `news-etl fill` reads them"
        if len(document.children) >= _MIN_SERIES:
            return (
                f"{document.url} names {len(document.children)} sitemaps: `news-etl fill` searches them by their dates"
            )
    return None
