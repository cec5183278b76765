"""The Wayback Machine: lists its captures of a site by the CDX API, and requests a page in its original form (a memento).

The API: https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server . `id_` behind the timestamp of a
replay asks for the bytes as they were archived, without the toolbar and rewritten links:
https://en.wikipedia.org/wiki/Help:Using_the_Wayback_Machine#Specific_archive_copy
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from etl.archives.days import Span, day_of_address
from etl.archives.listing import ListedUrl, Listing, Walk
from etl.discover.sections import looks_like_article
from etl.fetch.messages import FetchRequest, FetchResult, RequestKind
from etl.lake.date_limits import AHEAD
from etl.lake.segment import Exchange
from etl.model import CaptureMeta, FoundVia, Hint
from etl.sources.source import Source

ARCHIVE = FoundVia.WAYBACK.value
ROWS = 2000  # of an answer: some 400 kB
MAX_ANSWERS = 100
# A page is archived within days of its publication, or much later.
LATE = timedelta(days=2)
# Pages without a day in their address: their day is not known before they are fetched.
MAX_UNDATED = 300

_REPLAY = re.compile(r"/web/(\d{14})(?:id_)?/(.+)\Z", re.S)
_ORIGINAL = "x-archive-orig-"
# Of the archive's own answer, what is the page's as well.
_KEPT = frozenset({"content-type"})
_NOT_THE_PAGES = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection"})
_WORDS = "x" * 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the CDX API: one capture."""

    at: datetime
    url: str
    digest: str


def walk(source: Source, days: Span, base: str) -> Walk:
    """The archive's captures of a source's days, by pages of the API. The hint's `found_at` is the memento's URL.

    One capture a URL, the first; of equal bytes under several addresses the first. A URL with a day in its address
    counts for that day, another that looks like an article for the day on which it was first archived.
    """
    found: dict[str, ListedUrl] = {}
    digests: set[str] = set()
    undated, requests, resume = 0, 0, None
    problems: list[str] = []
    while True:
        if requests >= MAX_ANSWERS:
            problems.append(f"{base}: more than {MAX_ANSWERS} answers for {source.key}; the rest was left out")
            break
        requests += 1
        result = yield FetchRequest(
            url=question(source, days, base, resume=resume), kind=RequestKind.WELL_KNOWN, whole_only=True
        )
        rows, resume, problem = parse(result)
        if problem:
            problems.append(problem)
            break
        for row in rows:
            day = _day(row, days)
            if day is None or row.url in found or row.digest in digests or not source.owns(row.url):
                continue
            if day_of_address(row.url) is None:
                undated += 1
                if undated > MAX_UNDATED:
                    continue
            digests.add(row.digest)
            hint = Hint(source_key=source.key, via=FoundVia.WAYBACK, found_at=memento_url(base, row))
            found[row.url] = ListedUrl(day=day, url=row.url, hint=hint)
        if resume is None:
            break
    if undated > MAX_UNDATED:
        problems.append(f"{base}: {undated - MAX_UNDATED} pages of {source.key} without a day were left out")
    return Listing(named=tuple(found.values()), requests=requests, problems=tuple(problems), is_whole=not problems)


def question(source: Source, days: Span, base: str, *, resume: str | None = None) -> str:
    """The address that asks for a source's captures of these days and the two after."""
    asked = [
        ("url", source.site or source.host),
        ("matchType", "domain" if source.site else "host"),
        ("from", f"{days.first:%Y%m%d}"),
        ("to", f"{days.last + LATE:%Y%m%d}"),
        ("filter", "statuscode:200"),
        ("filter", "mimetype:text/html"),
        (
            "fl",
            "urlkey,timestamp,original,digest",
        ),  # without urlkey the server's resume key leads to its first rows again
        ("output", "json"),
        ("limit", str(ROWS)),
        ("showResumeKey", "true"),
    ]
    return f"{base}/cdx/search/cdx?{urlencode(asked + ([('resumeKey', resume)] if resume else []))}"


def parse(result: FetchResult) -> tuple[list[Row], str | None, str | None]:
    """The captures of an answer, the key to go on with, and why it cannot be read.

    The answer is a list of lists, the first with the names of the columns; behind an empty list stands the key.
    """
    if not result.is_full:
        return [], None, f"{result.url}: {result.outcome} {result.error or ''}".strip()
    try:
        lines = _lines(result.body)
        rows, resume, is_end = [], None, False
        for n, line in enumerate(lines):
            if is_end:
                resume = str(line[0])
            elif not line:
                is_end = True
            elif n > 0:
                values: Mapping[str, str] = dict(zip(lines[0], line, strict=False))
                try:
                    at = datetime.strptime(values["timestamp"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
                    rows.append(Row(at=at, url=str(values["original"]), digest=str(values["digest"])))
                except (ValueError, TypeError, KeyError):
                    continue  # a row without its columns, or with a time that no calendar has: there is no replay of it
        return rows, resume, None
    except (ValueError, TypeError, KeyError, IndexError) as error:
        return [], None, f"{result.url}: the answer cannot be read ({type(error).__name__}: {error})"[:500]


def _lines(body: bytes) -> list[Any]:
    """The lists of an answer. Where it is no JSON as a whole its lines are read one by one, and a broken one is left out.

    Raises `ValueError` for what is no such answer at all.
    """
    try:
        found: Any = json.loads(body or b"[]")
    except ValueError:
        found = []
        for n, line in enumerate(body.decode("utf-8", "replace").splitlines()):
            text = line.strip().rstrip(",")
            text = text.removeprefix("[") if n == 0 and text.startswith("[[") else text
            text = text.removesuffix("]") if text.endswith("]]") else text
            with suppress(ValueError):
                found.append(json.loads(text))
        if not found or "timestamp" not in found[0]:
            raise
    if not isinstance(found, list):
        raise TypeError(f"{type(found).__name__} instead of a list")
    return [each for each in found if isinstance(each, list)]


def memento_url(base: str, row: Row) -> str:
    """The URL of a capture's bytes as they were archived."""
    return f"{base}/web/{row.at:%Y%m%d%H%M%S}id_/{row.url}"


def exchange_of(result: FetchResult, hint: Hint) -> Exchange | None:
    """The archived exchange in an answer of the archive: its time, URL and headers; None if it is none.

    The time is that of the delivered capture, which may be another than the requested one.
    """
    match = _REPLAY.search(result.final_url)
    if match is None or not result.is_full:
        return None
    try:
        at = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    if at - result.fetched_at > AHEAD:
        return None  # dated ahead of the day on which it was read
    own = [(name[len(_ORIGINAL) :], value) for name, value in result.headers if name.lower().startswith(_ORIGINAL)]
    headers = [(name, value) for name, value in own if name.lower() not in _NOT_THE_PAGES]
    have = {name.lower() for name, _ in headers}
    headers += [(n, v) for n, v in result.headers if n.lower() in _KEPT and n.lower() not in have]
    return Exchange(
        target_uri=match[2],
        captured_at=at,
        status=200,
        reason="OK",
        headers=tuple((_utf8(name), _utf8(value)) for name, value in headers),
        body=result.body,
        meta=CaptureMeta(source_key=hint.source_key, hints=(hint,)),
    )


def _utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


def _day(row: Row, days: Span) -> date | None:
    day = day_of_address(row.url)
    if day is None and looks_like_article(row.url, _WORDS):
        day = row.at.date()
    return day if day is not None and day in days else None
