"""A site's own pages of past days, such as /2022/02/24/ with its further pages.

Their address is configured (`date_archives` of a source) or found once: address patterns of the big content management
systems and newspaper archives are tried, and one counts only when it shows articles of that day. Many sites answer any
address with their front page.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree
from lxml import html as lxml_html

from etl.archives.days import day_of_address
from etl.archives.listing import ListedUrl, Listing, Walk, named
from etl.discover import sections
from etl.discover.markup import decoded, unpacked
from etl.fetch.messages import FetchRequest, FetchResult, RequestKind
from etl.model import Candidate, FoundVia, Outcome
from etl.sources.source import Source
from etl.urls import join, normal_url

MAX_PAGES = 40  # of a day: the largest sites publish some 1,000 articles a day, 25 and more to a page
PROBE_APART = timedelta(days=190)  # two days that share no article, and no season

# WordPress, Drupal views, Arc, Movable Type, and what newspapers in several languages call their archive.
USUAL = (
    "/{yyyy}/{mm}/{dd}/",
    "/archive/{yyyy}/{mm}/{dd}/",
    "/archives/{yyyy}/{mm}/{dd}/",
    "/archive/{yyyy}-{mm}-{dd}",
    "/archive/{yyyy}{mm}{dd}",
    "/news/{yyyy}/{mm}/{dd}/",
    "/archiv/{yyyy}/{mm}/{dd}/",
    "/hemeroteca/{yyyy}/{mm}/{dd}/",
    "/{yyyy}/{m}/{d}/",
    "/sitemap/{yyyy}/{mm}/{dd}/",
)

_MAX_BYTES = 8 << 20
_PAGE_IN_PATH = re.compile(r"/page/(\d{1,3})/?\Z", re.I)
_PAGE_NAMES = ("page", "paged", "p", "pg", "pagina", "seite")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPage:
    """What a page of a day shows: articles, and the page after it."""

    candidates: tuple[Candidate, ...]
    following: str | None


def address(pattern: str, day: date, homepage: str) -> str | None:
    """The address of a day's page by a pattern with {yyyy}, {mm}, {dd} (or {m}, {d} without zeros); None if it is none.

    >>> from datetime import date
    >>> address("/{yyyy}/{mm}/{dd}/", date(2022, 2, 4), "https://a.example/")
    'https://a.example/2022/02/04/'
    """
    filled = pattern
    for name, value in (
        ("{yyyy}", f"{day:%Y}"),
        ("{mm}", f"{day:%m}"),
        ("{dd}", f"{day:%d}"),
        ("{m}", str(day.month)),
        ("{d}", str(day.day)),
    ):
        filled = filled.replace(name, value)
    return join(homepage, filled)


def walk(source: Source, day: date, patterns: Sequence[str], *, max_pages: int = MAX_PAGES) -> Walk:
    """The articles that the source's pages of a day list, page by page. A missing page means no articles on that day."""
    found: dict[str, ListedUrl] = {}
    problems: list[str] = []
    requests = 0
    for pattern in patterns:
        url = address(pattern, day, source.homepage)
        seen: set[str] = set()
        while url is not None and normal_url(url) not in seen:
            if len(seen) >= max_pages:
                problems.append(f"{url}: more than {max_pages} pages of one day; the rest was left out")
                break
            seen.add(normal_url(url))
            requests += 1
            result = yield FetchRequest(url=url, kind=RequestKind.PAGE, whole_only=True)
            if not result.is_full:
                if result.outcome is not Outcome.GONE:
                    problems.append(f"{url}: {result.outcome} {result.error or ''}".strip())
                break
            shown = read(result, source)
            of_day = [c for c in shown.candidates if _is_of(c, day)]
            before = len(found)
            for candidate in of_day:
                found.setdefault(candidate.url, named(candidate, day, FoundVia.DATE_ARCHIVE))
            # A page that shows nothing new is the last one again: some sites answer any number with it.
            url = shown.following if len(found) > before else None
    return Listing(named=tuple(found.values()), requests=requests, problems=tuple(problems), is_whole=not problems)


def find_out(source: Source, day: date) -> Generator[FetchRequest, FetchResult, str | None]:
    """The pattern by which the site keeps its pages of a day; None if none of the usual ones is of that day.

    A page counts whose articles have that day in their addresses; where addresses have no days, one that shows other
    articles than the page of half a year before.
    """
    for pattern in USUAL:
        url = address(pattern, day, source.homepage)
        if url is None:
            continue
        result = yield FetchRequest(url=url, kind=RequestKind.PAGE, whole_only=True)
        if result.outcome is Outcome.DEFERRED:
            return None
        if not result.is_full or result.redirects:
            continue
        shown = read(result, source).candidates
        dated = [day_of_address(c.url) for c in shown]
        of_day = sum(d == day for d in dated)
        if of_day and 2 * of_day >= sum(d is not None for d in dated):
            return pattern
        if len(shown) < 3 or any(dated):
            continue
        other = address(pattern, day - PROBE_APART, source.homepage)
        again = yield FetchRequest(url=other or url, kind=RequestKind.PAGE, whole_only=True)
        others = {c.url for c in read(again, source).candidates} if again.is_full else {c.url for c in shown}
        if others and not others & {c.url for c in shown}:
            return pattern
    return None


def read(result: FetchResult, source: Source) -> DayPage:
    """The articles that a page of a day links to, and the page that follows it."""
    content_type = result.header("content-type")
    found = sections.parse(result.body, result.final_url, content_type, source_key=source.key, owns=source.owns)
    return DayPage(candidates=found.candidates, following=following(result.body, result.final_url, content_type))


def following(body: bytes, url: str, content_type: str | None = None) -> str | None:
    """The address of the next page: what the page names with rel=next, else a link to its own address and one more."""
    text = decoded(unpacked(body, _MAX_BYTES)[0], content_type)
    if not text:
        return None
    try:
        root = lxml_html.document_fromstring(text.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return None
    base = next((join(url, href) for each in root.iter("base") if (href := each.get("href"))), None) or url
    stem, number = _page(url)
    guessed = None
    for element in root.iter("link", "a"):
        target = join(base, element.get("href") or "")
        if target is None:
            continue
        if "next" in (element.get("rel") or "").lower().split() and _page(target)[0] == stem:
            return target
        if guessed is None and _page(target) == (stem, number + 1):
            guessed = target
    return guessed


def _is_of(candidate: Candidate, day: date) -> bool:
    """Links to other days (most read, related) have those in their addresses; publishers' days begin at other hours."""
    found = day_of_address(candidate.url)
    return found is None or found == day


def _page(url: str) -> tuple[str, int]:
    """The address of a list without its page number, and the number; the first page has none."""
    parts = urlsplit(normal_url(url))
    path, number = parts.path, 1
    if match := _PAGE_IN_PATH.search(path):
        path, number = path[: match.start()], int(match[1])
    kept = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() in _PAGE_NAMES and value.isascii() and value.isdigit():
            number = int(value)
        else:
            kept.append((name, value))
    return urlunsplit(("", parts.netloc, path.rstrip("/"), urlencode(kept), "")), number
