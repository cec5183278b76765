"""When a page was published and last changed: candidates from every place, one rule to choose.

Precision is part of the value: an instant needs an offset on the page; a clock without one is local; else a day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from lxml.html import HtmlElement

from etl.extract import day_search, jsonld, site
from etl.extract.signals import Signals
from etl.model import Precision
from etl.normalize import dates
from etl.normalize.dates import Stamp

Reader = Callable[[str], Stamp | None]
# In the order of trust.
_PUBLISHED_METAS = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "article.published", "published_time", "published-date", "publish-date", "publish_date", "publishdate", "pubdate", "pub_date",
    "publication_date", "publication-date", "date_published", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date.created", "citation_publication_date", "dc.date", "dcterms.date", "dc.terms.date",
    "article:published", "article_date_original", "originalpublicationdate", "release_date", "displaydate", "mediator_published_time",
    "ptime", "rnews:datepublished", "vr:published_time", "article.created", "date", "timestamp", "shareaholic:article_published_time",
    "last-publish-date", "iso-8601-publish-date", "created", "date_created",
)  # fmt: skip
_MODIFIED_METAS = (
    "article:modified_time", "og:updated_time", "article:modified", "og:article:modified_time", "article.updated", "lastmod", "last-modified", "last_modified", "lastmodified",
    "dc.date.modified", "dcterms.modified", "revision_date", "utime", "date_modified", "dc.modified", "shareaholic:article_modified_time",
)  # fmt: skip
_URL_DAY = re.compile(
    r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_-]|$)|[/_-]((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)"
)
_URL_DAY_LAST = re.compile(r"[/_-](0?[1-9]|[12]\d|3[01])-(0?[1-9]|1[0-2])-((?:19|20)\d\d)(?=[/_.-]|$)")
_UPDATED = re.compile(r"updat|modif|edited|aktualis|aktualiz|changed|revis|обновл|actualiz|bijgewerkt|güncel")
_OTHER = re.compile(
    r"comment|related|sidebar|widget|footer|aside|recent|latest|teaser|most-?read|recommend|event|calendar|\bnav\b|ticker|archive|more-"
)
_RIGHTS_YEAR = re.compile(r"(?:©|\(c\)|\bcopyright\b)\D{0,30}(?:(\d{4})\s*[-–—]\s*)?(\d{4})\b", re.I)
_RULE = "rule:published"  # selected by a rule of the source
_MAX_LINE = 120  # characters of a line under the headline that can be its date
_MAX_LINES = 25
_TITLE_CHARS = 12  # of a headline that is cut out of such a line
_DATED = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}\b")  # a headline that opens with its date


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A stamp and the place it stood in."""

    stamp: Stamp
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is known of the publication; `modified_at` only as an instant."""

    published: Found | None = None
    modified_at: datetime | None = None
    modified_evidence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """Every stamp that a page gives, by what it speaks of, in the order of trust."""

    published: list[Found]
    modified: list[Found]
    visible: list[Found]  # dates that readers see, near the headline first


def candidates(
    signals: Signals,
    captured_at: datetime,
    *,
    month_first: bool = False,
    language: str | None = None,
    given: str | None = None,
) -> Stamps:
    """The page's stamps, those of impossible times left out.

    `given` is what a rule of the source selected; it comes before all that the page says by general conventions.
    """
    read = _reader(signals, month_first, language)
    published = _parsed([(given, _RULE)], read) + _published(signals, read)
    return Stamps(
        published=_within(published, captured_at),
        modified=_within(_modified(signals, read), captured_at),
        visible=_within(_visible(signals, read), captured_at),
    )


def choose(
    signals: Signals,
    captured_at: datetime,
    root: HtmlElement | None,
    *,
    month_first: bool = False,
    language: str | None = None,
    given: str | None = None,
) -> Publication:
    """The publication time, with an offset borrowed from another stamp of the page where its own has none."""
    found = candidates(signals, captured_at, month_first=month_first, language=language, given=given)
    published, modified, visible = found.published, found.modified, found.visible
    offset = _page_offset([*published, *modified, *visible])
    chosen = published[0] if published else None
    if chosen is None:
        chosen = _without_structure(signals, found, captured_at, root, _reader(signals, month_first, language))
    elif chosen.stamp.precision is Precision.DAY or (
        chosen.stamp.precision is Precision.LOCAL and chosen.evidence != _RULE  # its clock is the one that is meant
    ):
        chosen = _sharpened(chosen, [*published[1:], *visible])
    if chosen is not None and offset is not None and chosen.stamp.precision is Precision.LOCAL:
        chosen = Found(stamp=dates.with_offset(chosen.stamp, offset), evidence=chosen.evidence + "+offset")
    if chosen is not None:
        chosen = _on_the_publishers_clock(chosen, [*published, *visible])
    changed = next((f for f in modified if f.stamp.instant is not None), None)
    return Publication(
        published=chosen,
        modified_at=changed.stamp.instant if changed else None,
        modified_evidence=changed.evidence if changed else None,
    )


def _reader(signals: Signals, month_first: bool, language: str | None) -> Reader:
    return partial(dates.parse, month_first=month_first, language=language, region=site.country(signals))


def _on_the_publishers_clock(chosen: Found, others: list[Found]) -> Found:
    """An instant that a machine wrote in UTC, on the publisher's own clock where the page shows that, too.

    "2020-02-25T02:25:54Z" beside "February 24, 2020 | 9:25pm" was published on the 24th, five hours behind UTC: the
    difference of the two is the offset when it is a whole quarter of an hour that zones use.
    """
    instant = chosen.stamp.instant
    if instant is None or instant.utcoffset():
        return chosen
    for other in others:
        offset = _offset_between(instant, other.stamp.when)
        if offset:
            return Found(
                stamp=dates.in_offset(chosen.stamp, offset), evidence=f"{chosen.evidence}+clock of {other.evidence}"
            )
    return chosen


def _offset_between(instant: datetime, when: datetime | None) -> timedelta | None:
    """How far a clock of the same page is ahead of UTC, when it shows the same instant."""
    if when is None:
        return None
    if when.tzinfo is not None:
        return when.utcoffset() if abs(when - instant) < timedelta(minutes=1) else None
    apart = when - instant.replace(tzinfo=None)
    offset = timedelta(minutes=15) * round(apart / timedelta(minutes=15))
    return offset if abs(apart - offset) < timedelta(minutes=1) and abs(offset) <= timedelta(hours=14) else None


def _published(signals: Signals, read: Reader) -> list[Found]:
    found: list[tuple[str | None, str]] = []
    article = signals.article or {}
    for key in ("datePublished", "dateCreated", "uploadDate"):
        found.append((jsonld.text(article.get(key)), f"jsonld:{key}"))
    for node in signals.nodes[:100]:
        if node is not article and re.search(r"WebPage|Article|Posting", jsonld.types(node)) and not signals.article:
            found.append((jsonld.text(node.get("datePublished")), "jsonld:WebPage"))
    for value, name in signals.meta(*_PUBLISHED_METAS):
        found.append((value, f"meta:{name}"))
    for value in signals.props.get("datepublished", ())[:3]:
        found.append((value, "microdata:datePublished"))
    for value in signals.props.get("datecreated", ())[:1]:
        found.append((value, "microdata:dateCreated"))
    for time in signals.times[:60]:
        if (
            ("pubdate" in time.hints or "published" in time.hints)
            and not _OTHER.search(time.hints)
            and not _UPDATED.search(time.hints)
        ):
            found.append((time.value or time.text, "time:published"))
    return _parsed(found, read)


def _modified(signals: Signals, read: Reader) -> list[Found]:
    article = signals.article or {}
    found: list[tuple[str | None, str]] = [(jsonld.text(article.get("dateModified")), "jsonld:dateModified")]
    found += [(value, f"meta:{name}") for value, name in signals.meta(*_MODIFIED_METAS)]
    found += [(value, "microdata:dateModified") for value in signals.props.get("datemodified", ())[:1]]
    found += [
        (t.value or t.text, "time:updated")
        for t in signals.times[:20]
        if _UPDATED.search(t.hints) and not _OTHER.search(t.hints)
    ]
    return _parsed(found, read)


def _visible(signals: Signals, read: Reader) -> list[Found]:
    found: list[tuple[str | None, str]] = [(text, "headline") for text, _ in signals.h1s[:2] if _DATED.match(text)]
    for time in signals.times[:60]:
        if _OTHER.search(time.hints) or _UPDATED.search(time.hints):
            continue
        found.append((time.value, "time"))
        if not time.value:
            found.append((time.text, "time:text"))
    titles = [t for t, _ in (*signals.h1s[:3], *signals.h2s[:6]) if len(t) >= _TITLE_CHARS]
    told = (_without(titles, line) for line in signals.header_lines[:_MAX_LINES])
    lines: list[tuple[str | None, str]] = [(line, "line") for line in told if len(line) <= _MAX_LINE]
    return _parsed(found, read) + [f for f in _parsed(lines, read) if _is_date_line(f.stamp)]


def _without(titles: list[str], line: str) -> str:
    """A line without the headline, which themes repeat in their link to the comments."""
    for title in titles:
        line = line.replace(title, " ")
    return line


def _is_date_line(stamp: Stamp) -> bool:
    """Whether a line under the headline is its date rather than prose with one: few words beside it, none glued to it."""
    if re.search(r"[^\W\d_]{3}\d", stamp.raw):
        return False
    return len(re.findall(r"[^\W\d_]{3,}", stamp.raw)) <= 7


def _parsed(values: list[tuple[str | None, str]], read: Reader) -> list[Found]:
    stamps = ((read(value), evidence) for value, evidence in values if value)
    return [Found(stamp=stamp, evidence=evidence) for stamp, evidence in stamps if stamp is not None]


def _within(found: list[Found], captured_at: datetime) -> list[Found]:
    return [f for f in found if dates.within(f.stamp, captured_at)]


def _page_offset(found: list[Found]) -> timedelta | None:
    """The offset that the page's stamps use; UTC only when nothing else does, as machines write it beside local clocks."""
    offsets = Counter(f.stamp.instant.utcoffset() for f in found if f.stamp.instant is not None)
    local = [o for o, _ in offsets.most_common() if o]
    return local[0] if local else (timedelta(0) if offsets else None)


def _sharpened(chosen: Found, others: list[Found]) -> Found:
    """The stamp of the same day that is known more exactly."""
    for other in others:
        if other.stamp.instant is not None and other.stamp.day == chosen.stamp.day:
            return other
    if chosen.stamp.precision is Precision.DAY:
        for other in others:
            if other.stamp.precision is Precision.LOCAL and other.stamp.day == chosen.stamp.day:
                return other
    return chosen


def _without_structure(
    signals: Signals, found: Stamps, captured_at: datetime, root: HtmlElement | None, read: Reader
) -> Found | None:
    """No place names a publication: the URL's day, the first date under the headline, htmldate; a clock of the same day."""
    visible, modified = found.visible, found.modified
    day = url_day(signals.url)
    if day is not None and dates.within(day.stamp, captured_at):
        return _sharpened(day, visible)
    if visible:
        return _sharpened(visible[0], visible[1:])
    if root is not None and (guess := _searched(root, signals.url, read, captured_at)) is not None:
        return _sharpened(guess, [*visible, *modified])
    return modified[0] if modified else None


def url_day(url: str) -> Found | None:
    """The day in the URL's path, as "/2022/02/24/" or "-20220224."."""
    path = url.partition("?")[0]
    if match := _URL_DAY.search(path):
        year, month, day = (int(g) for g in match.groups() if g is not None)
    elif match := _URL_DAY_LAST.search(path):
        day, month, year = (int(g) for g in match.groups())
    else:
        return None
    stamp = dates.parse(f"{year:04d}-{month:02d}-{day:02d}")
    return Found(stamp=stamp, evidence="url") if stamp is not None else None


def _searched(root: HtmlElement, url: str, read: Reader, captured_at: datetime) -> Found | None:
    latest = dates.latest_after(captured_at).date()
    try:
        day = day_search.search(root, url, read=read, earliest=dates.EARLIEST, latest=latest)
    except Exception:  # a guess is worth no page: htmldate raises many things on odd trees
        return None
    if day is None:
        return None
    stamp = Stamp(raw=day.isoformat(), day=day, precision=Precision.DAY)
    return None if _is_rights_year(stamp, root) else Found(stamp=stamp, evidence="htmldate")


def _is_rights_year(stamp: Stamp, root: HtmlElement) -> bool:
    """Whether a guess is no more than the year of a rights line ("© 2026"), which htmldate gives as the first of January."""
    if (stamp.day.month, stamp.day.day) != (1, 1):
        return False
    years = {year for match in _RIGHTS_YEAR.finditer(" ".join(root.itertext())) for year in match.groups()}
    return str(stamp.day.year) in years
