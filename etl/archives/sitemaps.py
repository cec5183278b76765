"""Sitemaps of past days, found by the names and dates of an index, so that a day does not read ten years.

robots.txt and registry ─→ index ─┬─ files named by day, month or year: those that meet the days
                                  ├─ numbered files in a row: bisected by what stands in them
                                  └─ others: those that were modified since
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import unquote, urlsplit

from etl.archives.days import Span, day_of_words, span_of
from etl.archives.listing import ListedUrl, Listing, Walk, day_of, named, why_not
from etl.discover.documents import DocumentKind, parse_document
from etl.discover.hosts import robots_sitemaps
from etl.discover.parsed import ChildSitemap, ParsedDocument
from etl.fetch.messages import FetchRequest, FetchResult, RequestKind
from etl.model import FoundVia
from etl.sources.source import Source
from etl.urls import join

# Documents of a source in one walk. A month of a large site is under ten; more is an index that its names do not tell.
MAX_DOCUMENTS = 60
MAX_DEPTH = 4
# Fewer files than this are read rather than bisected.
MIN_SERIES = 4
# A Google News sitemap lists two days (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).
NEWS_SITEMAP_DAYS = timedelta(days=3)
# Of a file's dates the outer ones are edits of old articles and typing errors.
OUTLIERS = 0.05

USUAL = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")

_NEWS = re.compile(r"news[-_]?sitemap|sitemap[-_]?(?:google[-_]?)?news|google[-_]?news|sitemap[-_]?latest", re.I)
# Lists of what is no article, by the names that WordPress, Yoast, Rank Math and All in One SEO give them.
_NO_ARTICLES = re.compile(
    r"(?:\A|[/_-])(?:page|category|post_tag|tag|author|video|image|media|attachment|product|local|web-story)s?"
    r"-sitemap\d*\.xml|sitemap-(?:tax|taxonomies|users|posts-page|misc|authors?|categories|tags|images?|videos?)\b",
    re.I,
)
_NUMBER = re.compile(r"(?<!\d)\d{1,5}(?!\d)")


def names_news(url: str) -> bool:
    """True if an address says that a sitemap is one of Google News: it lists the last two days."""
    return bool(_NEWS.search(url))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of an index is to be read: files that may hold the days, and rows of numbered files to search in."""

    files: tuple[str, ...] = ()
    series: tuple[tuple[ChildSitemap, ...], ...] = ()


def choose(children: Sequence[ChildSitemap], days: Span) -> Choice:
    """Which sitemaps of an index may name articles of these days, by their names and dates alone. Pure.

    A file that names days is wanted if it meets them, whatever its date says: it is written anew with each edit. Any
    other was last modified before the days, and has nothing of them, or it may have something.
    """
    files: list[str] = []
    rows: dict[str, list[tuple[int, ChildSitemap]]] = {}
    for child in children:
        if _NO_ARTICLES.search(child.url):
            continue
        span = span_of(child.url)
        if span is not None:
            if span.meets(days):
                files.append(child.url)
            continue
        stem, number = _numbered(child.url)
        rows.setdefault(stem, []).append((number, child))
    series: list[tuple[ChildSitemap, ...]] = []
    for row in rows.values():
        if len(row) >= MIN_SERIES:
            series.append(tuple(child for _, child in sorted(row, key=lambda each: (each[0], each[1].url))))
        else:
            files += [child.url for _, child in row if not _is_before(child, days)]
    return Choice(files=tuple(files), series=tuple(series))


def walk(source: Source, days: Span, *, today: date, max_documents: int = MAX_DOCUMENTS) -> Walk:
    """What the source's sitemaps name for the days. Begins with robots.txt, which names the index of most sites."""
    return _Walk(source, days, today, max_documents).run()


class _Walk:
    def __init__(self, source: Source, days: Span, today: date, max_documents: int) -> None:
        self._source = source
        self._days = days
        self._today = today
        self._left = max_documents
        self._requests = 0
        self._problems: list[str] = []
        self._named: dict[tuple[date, str], ListedUrl] = {}
        self._seen: set[str] = set()
        self._read_any = False
        self._has_index = False

    def run(self) -> Walk:
        roots = yield from self._roots()
        yield from self._read_all(deque((url, 0) for url in roots if self._may_hold(url)))
        for path in USUAL:
            # Many sites name only the sitemap of their newest articles.
            if self._named or self._has_index:
                break
            if guess := join(self._source.homepage, path):
                yield from self._read_all(deque([(guess, 0)]), is_guess=True)
        return Listing(
            named=tuple(self._named.values()),
            requests=self._requests,
            problems=tuple(self._problems),
            is_whole=not self._problems,
            is_there=self._read_any or bool(self._problems),
        )

    def _roots(self) -> Generator[FetchRequest, FetchResult, list[str]]:
        found = list(self._source.sitemaps)
        robots = join(self._source.homepage, "/robots.txt")
        if robots:
            self._requests += 1
            result = yield FetchRequest(url=robots, kind=RequestKind.ROBOTS)
            if result.is_full:
                found += robots_sitemaps(result.body, result.final_url)
        return list(dict.fromkeys(found))

    def _may_hold(self, url: str) -> bool:
        """Whether a sitemap that was named by itself may speak of the days."""
        if _NO_ARTICLES.search(url):
            return False
        span = span_of(url)
        is_news = names_news(url) and self._days.last < self._today - NEWS_SITEMAP_DAYS
        return not is_news and (span is None or span.meets(self._days))

    def _read_all(
        self, waiting: deque[tuple[str, int]], *, is_guess: bool = False
    ) -> Generator[FetchRequest, FetchResult, None]:
        while waiting:
            url, depth = waiting.popleft()
            found = yield from self._read(url, is_guess=is_guess)
            if found is None or not found.children:
                continue
            if depth + 1 >= MAX_DEPTH:
                self._problems.append(f"{url}: indexes within indexes, deeper than {MAX_DEPTH}")
                continue
            self._has_index = True
            choice = choose(found.children, self._days)
            for row in choice.series:
                yield from self._search(row)
            waiting.extend((each, depth + 1) for each in choice.files)

    def _read(self, url: str, *, is_guess: bool = False) -> Generator[FetchRequest, FetchResult, ParsedDocument | None]:
        """A document, its entries of the days taken; None if it was read before or cannot be."""
        if url in self._seen:
            return None
        if self._left <= 0:
            if not any("documents" in problem for problem in self._problems):
                self._problems.append(f"{url}: more documents than a walk may read; the rest was left out")
            return None
        self._seen.add(url)
        self._left -= 1
        self._requests += 1
        result = yield FetchRequest(url=url, kind=RequestKind.SITEMAP, whole_only=True)
        problem = why_not(result)
        if problem:
            is_no = result.status is not None and 400 <= result.status < 500
            if not (is_guess and is_no):
                self._problems.append(problem)
            return None
        found = parse_document(
            DocumentKind.SITEMAP,
            result.body,
            result.final_url,
            result.header("content-type"),
            source_key=self._source.key,
            owns=self._source.owns,
        )
        if found.problems and not found.candidates and not found.children:
            if not is_guess:
                self._problems.append(f"{url}: {', '.join(found.problems)}")
            return None
        self._problems += [f"{url}: {problem}" for problem in found.problems if not is_guess]
        self._read_any = True
        self._take(found, url)
        return found

    def _take(self, found: ParsedDocument, url: str) -> None:
        span = span_of(url)
        for candidate in found.candidates:
            day = day_of(candidate, span)
            if day is not None and day in self._days and self._source.owns(candidate.url):
                self._named.setdefault((day, candidate.url), named(candidate, day, FoundVia.SITEMAP_ARCHIVE))

    def _search(self, row: Sequence[ChildSitemap]) -> Generator[FetchRequest, FetchResult, None]:
        """The files of a numbered row that hold the days: bisected, since they go by time one way or the other."""
        ranges: dict[int, Span | None] = {}

        def look(n: int) -> Generator[FetchRequest, FetchResult, Span | None]:
            if n not in ranges:
                if _is_before(row[n], self._days):
                    # Nothing in it is newer than this, so it lies before the days without being read.
                    modified = day_of_words(row[n].modified_raw) or date.min
                    ranges[n] = Span(first=modified, last=modified)
                else:
                    found = yield from self._read(row[n].url)
                    ranges[n] = _range_of(found, row[n].url) if found else None
            return ranges[n]

        first, last = (yield from look(0)), (yield from look(len(row) - 1))
        is_ascending = first is None or last is None or first.first <= last.first
        low, high = 0, len(row) - 1
        while high - low > 1:
            middle = (low + high) // 2
            span = yield from look(middle)
            if span is None:  # empty or broken: the one beside it tells as much
                low += 1
                continue
            is_early = span.last < self._days.first
            if is_early == is_ascending:
                low = middle
            else:
                high = middle
        # From the first file that is not all before the days, on to the first that is all behind them; and one more
        # on both sides, since the order is by time of publication only nearly.
        step = 1 if is_ascending else -1
        start = low if is_ascending else high
        for n in _outward(start - step, step, len(row)):
            span = yield from look(n)
            if span is not None and span.first > self._days.last:
                break


def _outward(start: int, step: int, count: int) -> Iterable[int]:
    begin = min(max(start, 0), count - 1)
    return range(begin, count) if step > 0 else range(begin, -1, -1)


def _range_of(found: ParsedDocument, url: str) -> Span | None:
    """The days of a file's entries, without the outer ones."""
    days = sorted(day for c in found.candidates if (day := day_of(c, span_of(url))) is not None)
    if not days:
        return None
    cut = int(len(days) * OUTLIERS)
    return Span(first=days[cut], last=days[len(days) - 1 - cut])


def _is_before(child: ChildSitemap, days: Span) -> bool:
    modified = day_of_words(child.modified_raw)
    return modified is not None and modified < days.first


def _numbered(url: str) -> tuple[str, int]:
    """The address without its last number, and the number; one without any is the first of its row (Yoast)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, 0
    text = unquote(f"{parts.path}?{parts.query}")
    matches = list(_NUMBER.finditer(text))
    if not matches:
        return parts.netloc + text, 0
    last = matches[-1]
    return parts.netloc + text[: last.start()] + text[last.end() :], int(last[0])
