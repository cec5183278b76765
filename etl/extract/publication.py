"""Chooses when a page was published and last changed: collects candidates from every place, then applies one rule.

Precision is part of the value: an instant needs an offset on the page; a clock without one is local; else a day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from functools import partial

from lxml.html import HtmlElement

from etl.extract import date_labels, day_search, jsonld, site
from etl.extract.signals import Signals
from etl.model import Precision
from etl.normalize import dates, months, reckoned
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
# "/2026/04/5-things" has no day: one digit before a hyphen counts the things of a list.
_URL_DAY = re.compile(
    r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01]|[1-9](?=/|$))(?=[/_-]|$)"
    r"|[/_-]t?((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)"
)
_URL_DAY_LAST = re.compile(r"[/_-](0?[1-9]|[12]\d|3[01])-(0?[1-9]|1[0-2])-((?:19|20)\d\d)(?=[/_.-]|$)")
_URL_PARTS = re.compile(
    r"/((?:19|20)\d\d)/([a-zA-Z\u00c0-\u024f]{3,10})/(\d{1,2})(?=[/_-]|$)|/(\d{1,2})/([a-zA-Z\u00c0-\u024f]{3,10})/((?:19|20)\d\d)(?=/|$)"
)
_URL_MONTH_APART = re.compile(  # as Chinese papers file by: /2026-11/20/, /202611/20/, /2026/1120/, /2026/11-20/
    r"/((?:19|20)\d\d)[-/]?(0[1-9]|1[0-2])[-/]?(0[1-9]|[12]\d|3[01])(?=/)"
)
_UPDATED = re.compile(r"updat|modif|edited|aktualis|aktualiz|changed|revis|обновл|actualiz|bijgewerkt|güncel")
_OTHER = re.compile(
    r"comment|related|sidebar|widget|footer|aside|recent|latest|teaser|most-?read|recommend|event|calendar|\bnav\b|ticker|archive|more-"
)
TOLD_UPDATE = "line:updated"  # a visible line: when the page was changed, and no word of its publication
_RULE = "rule:published"  # selected by a rule of the source
_MAX_LINE = 120  # characters of a line under the headline that can be its date
_MAX_LINES = 25
_TITLE_CHARS = 12  # of a headline that is cut out of such a line
_DATED = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}\b")  # a headline that opens with its date


@dataclass(frozen=True, slots=True, kw_only=True)
class StampAt:
    """A stamp and its place on the page."""

    stamp: Stamp
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is known of the publication; `modified_at` only as an instant."""

    published: StampAt | None = None
    modified_at: datetime | None = None
    modified_evidence: str | None = None
    barred: frozenset[date] = frozenset()  # days of other stories, and days of a change according to a visible line


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """Every stamp of a page, by what it dates, in the order of trust."""

    published: list[StampAt]
    modified: list[StampAt]
    visible: list[StampAt]  # dates that readers see, near the headline first
    reckoned: list[StampAt]  # days relative to the time of reading: "5 hours ago", "20 November"
    others: frozenset[date]  # days of other stories, comments and the site's head


def candidates(
    signals: Signals,
    captured_at: datetime,
    *,
    month_first: bool = False,
    language: str | None = None,
    given: str | None = None,
) -> Stamps:
    """The page's stamps, without impossible times.

    `given` is what a rule of the source selected; it comes before everything found by general conventions.
    """
    read = _reader(signals, month_first, language)
    published = _parsed([(given, _RULE)], read) + _published(signals, read)
    return Stamps(
        published=_within(published, captured_at),
        modified=_within(_modified(signals, read), captured_at),
        visible=_within(_visible(signals, read), captured_at),
        reckoned=_reckoned(signals, captured_at, language),
        others=frozenset(stamp.day for t in signals.times if t.is_anothers and (stamp := read(t.value or t.text))),
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
    stamps = candidates(signals, captured_at, month_first=month_first, language=language, given=given)
    published, modified, visible = _in_one_date_order(stamps, url_day(signals.url))
    visible = [_without_midnight(f) for f in visible]
    published = [_without_midnight(_without_false_utc(f, visible, captured_at)) for f in published]
    stamps = replace(stamps, published=published, modified=modified, visible=visible)
    offset = _page_offset([*published, *modified, *visible])
    chosen = published[0] if published else None
    if chosen is None:
        chosen = _without_structure(signals, stamps, captured_at, root, _reader(signals, month_first, language))
    elif chosen.stamp.precision is Precision.DAY or (
        chosen.stamp.precision is Precision.LOCAL and chosen.evidence != _RULE  # its clock is the one that is meant
    ):
        chosen = _sharpened(chosen, [*published[1:], *visible])
    # "Z" on the page's other stamps is no better where it was false on this one.
    known = offset is not None and (offset or not (chosen and chosen.evidence.endswith(_NO_OFFSET)))
    if chosen is not None and known and offset is not None and chosen.stamp.precision is Precision.LOCAL:
        chosen = StampAt(stamp=dates.with_offset(chosen.stamp, offset), evidence=chosen.evidence + "+offset")
    if chosen is not None:
        chosen = _on_the_publishers_clock(chosen, [*published, *visible])
        chosen = _on_the_visible_day(chosen, visible)
    changed = next((f for f in modified if f.stamp.instant is not None), None)
    return Publication(
        published=chosen,
        modified_at=changed.stamp.instant if changed else None,
        modified_evidence=changed.evidence if changed else None,
        barred=stamps.others | {f.stamp.day for f in modified if f.evidence == TOLD_UPDATE},
    )


def _reader(signals: Signals, month_first: bool, language: str | None) -> Reader:
    return partial(dates.parse, month_first=month_first, language=language, region=site.country(signals))


def _on_the_publishers_clock(chosen: StampAt, others: list[StampAt]) -> StampAt:
    """An instant that a machine wrote in UTC, on the publisher's own clock where the page shows that, too.

    "2020-02-25T02:25:54Z" beside "February 24, 2020 | 9:25pm" was published on the 24th, five hours behind UTC: the
    difference of the two is the offset when it is a whole quarter of an hour that zones use.
    """
    instant = chosen.stamp.instant
    if instant is None or instant.utcoffset() or chosen.stamp.precision is Precision.DAY:
        return chosen
    for other in others:
        offset = _offset_between(instant, other.stamp.when)
        if offset:
            return StampAt(
                stamp=dates.in_offset(chosen.stamp, offset), evidence=f"{chosen.evidence}+clock of {other.evidence}"
            )
    return chosen


def _without_false_utc(chosen: StampAt, visible: list[StampAt], captured_at: datetime) -> StampAt:
    """The stamp, corrected where its "Z" is false, as written by systems that append "Z" to their local time.

    It is false where the page prints the same clock time with another offset, or where the instant is after the capture:
    then the time is local, and its offset unknown.
    """
    instant = chosen.stamp.instant
    if instant is None or instant.utcoffset():
        return chosen
    local = instant.replace(tzinfo=None)
    for other in visible:
        shown = other.stamp.instant
        if shown is not None and shown.utcoffset() and abs(shown.replace(tzinfo=None) - local) < timedelta(minutes=1):
            offset = shown.utcoffset()
            stamp = replace(chosen.stamp, when=instant.replace(tzinfo=timezone(offset or timedelta(0))))
            return StampAt(stamp=stamp, evidence=f"{chosen.evidence}+offset of {other.evidence}")
    if instant > captured_at + _CLOCK_SLIP and instant <= captured_at + _MOST_AHEAD:
        stamp = replace(chosen.stamp, when=local, precision=Precision.LOCAL)
        return StampAt(stamp=stamp, evidence=f"{chosen.evidence}{_NO_OFFSET}")
    return chosen


def _without_midnight(chosen: StampAt) -> StampAt:
    """A stamp of exactly midnight with the precision of a day, since systems write a mere day so; its text stays."""
    when = chosen.stamp.when
    if when is None or chosen.evidence == _RULE or (when.hour, when.minute, when.second) != (0, 0, 0):
        return chosen
    stated = when if when.tzinfo is not None else None
    return replace(chosen, stamp=replace(chosen.stamp, when=stated, precision=Precision.DAY))


def _on_the_visible_day(chosen: StampAt, visible: list[StampAt]) -> StampAt:
    """A stamp in UTC with the day that readers see, where that is the day before or after."""
    instant = chosen.stamp.instant
    if chosen.stamp.precision is Precision.DAY:
        return chosen
    if instant is None or instant.utcoffset() or any(f.stamp.day == chosen.stamp.day for f in visible):
        return chosen
    for shown in visible[:2]:
        behind = (chosen.stamp.day - shown.stamp.day).days
        if (behind == 1 and instant.hour < _MOST_BEHIND_UTC) or (
            behind == -1 and instant.hour >= 24 - _MOST_BEFORE_UTC
        ):
            stamp = replace(chosen.stamp, day=shown.stamp.day)
            return StampAt(stamp=stamp, evidence=f"{chosen.evidence}+day of {shown.evidence}")
    return chosen


_MOST_BEHIND_UTC, _MOST_BEFORE_UTC = 10, 13  # hours
_NO_OFFSET = "+no offset"
_CLOCK_SLIP = timedelta(minutes=10)  # of servers' clocks
_MOST_AHEAD = timedelta(hours=14)  # of a local clock before UTC


def _in_one_date_order(
    stamps: Stamps, of_address: StampAt | None
) -> tuple[list[StampAt], list[StampAt], list[StampAt]]:
    """The stamps, with days such as 03/11/2026 read month or day first as the URL or another stamp of the page implies."""
    sure = {
        f.stamp.day
        for f in (*stamps.published, *stamps.visible, *stamps.modified)
        if _day_with_month_swapped(f.stamp) is None
    }
    if of_address is not None:
        sure = {of_address.stamp.day}
    days = frozenset(sure)
    published, modified, visible = (
        [_swapped_to(f, days) for f in fs] for fs in (stamps.published, stamps.modified, stamps.visible)
    )
    return published, modified, visible


def _swapped_to(chosen: StampAt, days: frozenset[date]) -> StampAt:
    other = _day_with_month_swapped(chosen.stamp)
    if other is None or chosen.stamp.day in days or other not in days:
        return chosen
    when = chosen.stamp.when
    stamp = replace(chosen.stamp, day=other, when=when.replace(month=other.month, day=other.day) if when else None)
    return StampAt(stamp=stamp, evidence=f"{chosen.evidence}+order of another")


def _day_with_month_swapped(stamp: Stamp) -> date | None:
    """The day that a stamp in numbers means when month and day are taken the other way round, or None when it is sure."""
    match = _IN_NUMBERS.search(stamp.raw)
    if match is None or int(match[1]) > 12 or int(match[2]) > 12 or match[1] == match[2]:
        return None
    return stamp.day.replace(month=stamp.day.day, day=stamp.day.month) if stamp.day.day <= 12 else None


_IN_NUMBERS = re.compile(r"(?<![\d./-])(\d{1,2})[./-](\d{1,2})[./-](?:\d{4}|\d{2})(?![\d./-])")


def _offset_between(instant: datetime, when: datetime | None) -> timedelta | None:
    """How far a clock of the same page is ahead of UTC, when it shows the same instant."""
    if when is None:
        return None
    if when.tzinfo is not None:
        return when.utcoffset() if abs(when - instant) < timedelta(minutes=1) else None
    apart = when - instant.replace(tzinfo=None)
    offset = timedelta(minutes=15) * round(apart / timedelta(minutes=15))
    return offset if abs(apart - offset) < timedelta(minutes=1) and abs(offset) <= timedelta(hours=14) else None


def _published(signals: Signals, read: Reader) -> list[StampAt]:
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
            and not time.is_anothers
            and not date_labels.says_updated(time.label)
        ):
            found.append((time.value or time.text, "time:published"))
    return _parsed(found, read)


def _modified(signals: Signals, read: Reader) -> list[StampAt]:
    article = signals.article or {}
    found: list[tuple[str | None, str]] = [(jsonld.text(article.get("dateModified")), "jsonld:dateModified")]
    found += [(value, f"meta:{name}") for value, name in signals.meta(*_MODIFIED_METAS)]
    found += [(value, "microdata:dateModified") for value in signals.props.get("datemodified", ())[:1]]
    for time in signals.times[:20]:
        labelled = date_labels.says_updated(time.label)
        if (labelled or _UPDATED.search(time.hints)) and not _OTHER.search(time.hints) and not time.is_anothers:
            found.append((time.value or time.text, TOLD_UPDATE if labelled else "time:updated"))
    told = (
        part
        for line in (*signals.header_lines[:_MAX_LINES], *signals.lines_above)
        for part in date_labels.parts(line).updated
    )
    found += [(part, TOLD_UPDATE) for part in told if len(part) <= _MAX_LINE]
    return _parsed(found, read)


def _visible(signals: Signals, read: Reader) -> list[StampAt]:
    found: list[tuple[str | None, str]] = [(text, "headline") for text, _ in signals.h1s[:2] if _DATED.match(text)]
    for time in signals.times[:60]:
        if _OTHER.search(time.hints) or _UPDATED.search(time.hints):
            continue
        if time.is_anothers or date_labels.says_updated(time.label):
            continue
        found.append((time.value, "time"))
        if not time.value:
            found.append((time.text, "time:text"))
    titles = [t for t, _ in (*signals.h1s[:3], *signals.h2s[:6]) if len(t) >= _TITLE_CHARS]
    lines: list[tuple[str | None, str]] = []
    for place, given in (("line", signals.header_lines[:_MAX_LINES]), ("line above", signals.lines_above)):
        for line in given:
            told = _without(titles, line)
            if len(told) <= _MAX_LINE:
                lines += [(part, place) for part in date_labels.parts(told).published]
    return _parsed(found, read) + [f for f in _parsed(lines, read) if _is_date_line(f.stamp)]


def _without(titles: list[str], line: str) -> str:
    """A line without the headline, which themes repeat in their link to the comments."""
    for title in titles:
        line = line.replace(title, " ")
    return line


def _reckoned(signals: Signals, captured_at: datetime, language: str | None) -> list[StampAt]:
    """Days of the lines under the headline that have none but by the reader's clock."""
    told = [
        t.text
        for t in signals.times[:20]
        if not t.value and not t.is_anothers and not date_labels.says_updated(t.label)
    ]
    told += [
        part
        for line in (*signals.header_lines[:_MAX_LINES], *signals.lines_above)
        for part in date_labels.parts(line).published
    ]
    for line in dict.fromkeys(told):
        if len(line) <= _MAX_LINE and (day := reckoned.reckon(line, captured_at, language=language)) is not None:
            return [
                StampAt(
                    stamp=Stamp(raw=line, day=day, precision=Precision.RECKONED), evidence="line by the reader's clock"
                )
            ]
    return []


_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_MOST_DENSE = 24  # letters of a date line in scripts without spaces: its label, source and writer
_GLUED = re.compile(r"[^\W\d_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{3}\d")


def _is_date_line(stamp: Stamp) -> bool:
    """Whether a line under the headline is a date line rather than prose with a date: it has few other words."""
    if _GLUED.search(stamp.raw) or len(_DENSE.findall(stamp.raw)) > _MOST_DENSE:
        return False
    return len(re.findall(r"[^\W\d_]{3,}", stamp.raw)) <= 7


def _parsed(values: list[tuple[str | None, str]], read: Reader) -> list[StampAt]:
    stamps = ((read(value), evidence) for value, evidence in values if value)
    return [StampAt(stamp=stamp, evidence=evidence) for stamp, evidence in stamps if stamp is not None]


def _within(stamps: list[StampAt], captured_at: datetime) -> list[StampAt]:
    return [f for f in stamps if dates.within(f.stamp, captured_at)]


def _page_offset(stamps: list[StampAt]) -> timedelta | None:
    """The offset that the page's stamps use; UTC only when nothing else does, as machines write it beside local clocks."""
    offsets = Counter(f.stamp.instant.utcoffset() for f in stamps if f.stamp.instant is not None)
    local = [o for o, _ in offsets.most_common() if o]
    return local[0] if local else (timedelta(0) if offsets else None)


def _sharpened(chosen: StampAt, others: list[StampAt]) -> StampAt:
    """The stamp of the same day that is known more exactly."""
    for other in others:
        is_exact = other.stamp.instant is not None and other.stamp.precision is not Precision.DAY
        if is_exact and other.stamp.day == chosen.stamp.day:
            return other
    if chosen.stamp.precision is Precision.DAY:
        for other in others:
            if other.stamp.precision is Precision.LOCAL and other.stamp.day == chosen.stamp.day:
                return other
    return chosen


def _without_structure(
    signals: Signals, stamps: Stamps, captured_at: datetime, root: HtmlElement | None, read: Reader
) -> StampAt | None:
    """For a page where no place states the publication: the URL's day, the first date under the headline, htmldate's guess."""
    visible, modified = stamps.visible, stamps.modified
    day = url_day(signals.url)
    if day is not None and dates.within(day.stamp, captured_at):
        return _sharpened(day, visible)
    if visible:
        return _sharpened(visible[0], visible[1:])
    if stamps.reckoned:
        return stamps.reckoned[0]
    if (update := next((f for f in modified if f.evidence == TOLD_UPDATE), None)) is not None:
        # Only the time of a change is printed; in two of three cases it is the day of publication as well. A flag marks it.
        return StampAt(
            stamp=Stamp(raw=update.stamp.raw, day=update.stamp.day, precision=Precision.DAY), evidence=TOLD_UPDATE
        )
    if root is not None and (guess := _searched(root, read, captured_at, stamps.others)) is not None:
        return _sharpened(guess, [*visible, *modified])
    return modified[0] if modified else None


def url_day(url: str) -> StampAt | None:
    """The day in the URL's path, as "/2022/02/24/", "/2022/feb/24/", "/202202/24/", "-20220224." or "t20220224_"."""
    path = url.partition("?")[0]
    if (match := _URL_DAY.search(path)) or (match := _URL_MONTH_APART.search(path)):
        year, month, day = (int(g) for g in match.groups() if g is not None)
    elif match := _URL_DAY_LAST.search(path):
        day, month, year = (int(g) for g in match.groups())
    elif match := _URL_PARTS.search(path):
        named = months.months().get(months.fold(match[2] or match[5]))
        if named is None:
            return None
        year, month, day = int(match[1] or match[6]), named, int(match[3] or match[4])
    else:
        return None
    stamp = dates.parse(f"{year:04d}-{month:02d}-{day:02d}")
    return StampAt(stamp=stamp, evidence="url") if stamp is not None else None


def _searched(root: HtmlElement, read: Reader, captured_at: datetime, others: frozenset[date]) -> StampAt | None:
    latest = dates.latest_after(captured_at).date()
    try:
        day = day_search.search(root, read=read, earliest=dates.EARLIEST, latest=latest)
    except Exception:  # htmldate raises many exceptions on odd trees; a guess must not cost the page
        return None
    if day is None or day in others:
        return None
    if (day.month, day.day) == (1, 1) and not _shows_new_year(day.year, root):
        return None
    return StampAt(stamp=Stamp(raw=day.isoformat(), day=day, precision=Precision.DAY), evidence="htmldate")


def _shows_new_year(year: int, root: HtmlElement) -> bool:
    """Whether the page writes that first of January: htmldate gives it for a mere year, as in "© 2026" or "since 2019"."""
    texts = (" ".join(root.itertext()), *(str(v) for e in root.iter("time", "meta", "abbr") for v in e.attrib.values()))
    return any(str(year) in match.groups() for text in texts for match in _NEW_YEAR.finditer(text))


_NEW_YEAR = re.compile(
    r"(?<!\d)(\d{4})\D{1,3}0?1\D{1,3}0?1(?!\d)|(?<!\d)(\d{4})0101|(?<!\d)0?1\D{1,3}0?1\D{1,3}(\d{4})|"
    r"(?<!\d)0?1(?:st|er|º|\.)?\s(?:de\s)?[^\W\d_]{3,20}\.?,?\s(?:de\s)?(\d{4})|(?<![^\W\d_])[^\W\d_]{3,20}\.?\s0?1(?:st)?,?\s(\d{4})"
)
