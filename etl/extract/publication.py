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
from etl.extract.url_day import url_day, url_month
from etl.model import Precision
from etl.normalize import dates, reckoned, zones
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
    is_offset_doubtful: bool = False  # stated in UTC, and readers see the same clock in a country that has another
    is_of_change: bool = False  # nothing but a change's time is told
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
        reckoned=_reckoned(signals, captured_at, language, month_first),
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
    published, modified, visible = _in_one_date_order(stamps, signals.url)
    region = site.country(signals) or zones.country_of(language)
    others = [*visible, *published, *modified]
    visible = [_without_midnight(f, region) for f in visible]
    published = [_without_midnight(_without_false_utc(f, others, captured_at), region) for f in published]
    stamps = replace(stamps, published=published, modified=modified, visible=visible)
    offset = _page_offset([*published, *modified, *visible], region)
    chosen = published[0] if published else None
    if chosen is not None and chosen.evidence != _RULE and (first := _before_republication(chosen, signals.url)):
        chosen = first
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
    changed = next((f for f in modified if f.stamp.instant is not None and _is_after(f.stamp, chosen)), None)
    return Publication(
        published=chosen,
        modified_at=changed.stamp.instant if changed else None,
        modified_evidence=changed.evidence if changed else None,
        is_offset_doubtful=chosen is not None and _shows_the_same_clock(chosen, visible, region),
        is_of_change=chosen is not None and chosen.evidence in {f.evidence for f in modified},
        barred=stamps.others | {f.stamp.day for f in modified if f.evidence == TOLD_UPDATE},
    )


def _shows_the_same_clock(chosen: StampAt, visible: list[StampAt], region: str | None) -> bool:
    instant = chosen.stamp.instant
    if instant is None or instant.utcoffset() or chosen.stamp.precision is Precision.DAY:
        return False
    clock = instant.replace(tzinfo=None)
    return zones.is_never_utc(region, instant) and any(
        f.stamp.when is not None and f.stamp.when.tzinfo is None and abs(f.stamp.when - clock) < timedelta(minutes=1)
        for f in visible
    )


def _is_after(changed: Stamp, chosen: StampAt | None) -> bool:
    """Whether a change can be one of what was published: what was changed before is another thing, or another clock."""
    if chosen is None or changed.instant is None:
        return True
    published = chosen.stamp.instant
    if published is None or chosen.stamp.precision is Precision.DAY:
        return changed.day >= chosen.stamp.day - timedelta(days=1)
    return changed.instant >= published


def _before_republication(chosen: StampAt, url: str) -> StampAt | None:
    """The day in the URL where it is long before the stated one: systems that are moved state the day of the move."""
    day = address_day(url)
    return day if day is not None and chosen.stamp.day - day.stamp.day > _REPUBLISHED else None


_REPUBLISHED = timedelta(days=30)


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


def _without_false_utc(chosen: StampAt, others: list[StampAt], captured_at: datetime) -> StampAt:
    """The stamp, corrected where its "Z" is false, as written by systems that append "Z" to their local time.

    It is false where the page prints the same clock time with another offset, or where the instant is after the capture:
    then the time is local, and its offset unknown.
    """
    instant = chosen.stamp.instant
    if instant is None or instant.utcoffset():
        return chosen
    local = instant.replace(tzinfo=None)
    for other in others:
        shown = other.stamp.instant
        if shown is not None and shown.utcoffset() and abs(shown.replace(tzinfo=None) - local) < timedelta(minutes=1):
            offset = shown.utcoffset()
            stamp = replace(chosen.stamp, when=instant.replace(tzinfo=timezone(offset or timedelta(0))))
            return StampAt(stamp=stamp, evidence=f"{chosen.evidence}+offset of {other.evidence}")
    if instant > captured_at + _CLOCK_SLIP and instant <= captured_at + _MOST_AHEAD:
        stamp = replace(chosen.stamp, when=local, precision=Precision.LOCAL)
        return StampAt(stamp=stamp, evidence=f"{chosen.evidence}{_NO_OFFSET}")
    return chosen


def _without_midnight(chosen: StampAt, region: str | None) -> StampAt:
    """A stamp of exactly midnight with the precision of a day, since systems write a mere day so; its text stays.

    One that was turned into UTC is the midnight of the page's country, where that has one clock.
    """
    when = chosen.stamp.when
    if when is None or chosen.evidence == _RULE:
        return chosen
    if chosen.stamp.instant is not None and not when.utcoffset() and (offset := zones.of_country(region, when)):
        there = dates.in_offset(chosen.stamp, offset)
        if there.when is not None and _is_midnight(there.when):
            return StampAt(stamp=replace(there, precision=Precision.DAY), evidence=chosen.evidence)
    if not _is_midnight(when):
        return chosen
    stated = when if when.tzinfo is not None else None
    return replace(chosen, stamp=replace(chosen.stamp, when=stated, precision=Precision.DAY))


def _is_midnight(when: datetime) -> bool:
    return (when.hour, when.minute, when.second) == (0, 0, 0)


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


def _in_one_date_order(stamps: Stamps, url: str) -> tuple[list[StampAt], list[StampAt], list[StampAt]]:
    """The stamps, with days such as 03/11/2026 read month or day first as the URL or another stamp of the page implies."""
    sure = {
        f.stamp.day
        for f in (*stamps.published, *stamps.visible, *stamps.modified)
        if _day_with_month_swapped(f.stamp) is None
    }
    filed = url_month(url)
    if (of_address := url_day(url)) is not None:
        sure = {of_address}
    elif filed is not None and not any((day.year, day.month) == filed for day in sure):
        sure = {date(*filed, day) for day in range(1, 13)}
    days = frozenset(sure)
    published, modified, visible = (
        [_swapped_to(f, days) for f in fs] for fs in (stamps.published, stamps.modified, stamps.visible)
    )
    return published, modified, visible


def _swapped_to(chosen: StampAt, days: frozenset[date]) -> StampAt:
    other = _day_with_month_swapped(chosen.stamp)
    if other is None or chosen.stamp.day in days or other not in days:
        return chosen
    return _swapped(chosen, other)


def _swapped(chosen: StampAt, day: date) -> StampAt:
    when = chosen.stamp.when
    stamp = replace(chosen.stamp, day=day, when=when.replace(month=day.month, day=day.day) if when else None)
    return StampAt(stamp=stamp, evidence=f"{chosen.evidence}+order of another")


def _day_with_month_swapped(stamp: Stamp) -> date | None:
    """The day that a stamp in numbers means when month and day are taken the other way round, or None when it is sure."""
    match = _IN_NUMBERS.search(stamp.raw)
    if match is None or int(match[1]) > 12 or int(match[2]) > 12 or match[1] == match[2]:
        return None
    return stamp.day.replace(month=stamp.day.day, day=stamp.day.month) if stamp.day.day <= 12 else None


# With points the day comes first, everywhere.
_IN_NUMBERS = re.compile(r"(?<![\d./-])(\d{1,2})[/-](\d{1,2})[/-](?:\d{4}|\d{2})(?![\d./-])")


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
        if not signals.article and "WebPage" in jsonld.types(node):
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


def _reckoned(signals: Signals, captured_at: datetime, language: str | None, month_first: bool) -> list[StampAt]:
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
        if len(line) > _MAX_LINE:
            continue
        day = reckoned.reckon(line, captured_at, language=language, month_first=month_first)
        if day is not None:
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
    """Those of possible times; 11/12/2026 on a page of 13 November is the 12th of that month."""
    turned = [
        _swapped(f, other) if f.stamp.day > captured_at.date() and (other := _day_with_month_swapped(f.stamp)) else f
        for f in stamps
    ]
    return [f for f in turned if dates.within(f.stamp, captured_at)]


def _page_offset(stamps: list[StampAt], region: str | None) -> timedelta | None:
    """The offset that the page's stamps use; UTC only when nothing else does, as machines write it beside local clocks,
    and never for a country whose clocks show another time."""
    stated = [f.stamp for f in stamps if f.stamp.instant is not None]
    offsets = Counter(s.when.utcoffset() for s in stated if s.when is not None)
    local = [o for o, _ in offsets.most_common() if o]
    if local:
        return local[0]
    clocks = [s.when for s in stated if s.when is not None and s.precision is not Precision.DAY]
    return timedelta(0) if clocks and not zones.is_never_utc(region, clocks[0]) else None


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
    day = address_day(signals.url)
    if day is not None and dates.within(day.stamp, captured_at):
        return _sharpened(day, visible)
    if visible:
        return _sharpened(visible[0], visible[1:])
    if stamps.reckoned:
        return stamps.reckoned[0]
    if (update := next((f for f in modified if f.evidence == TOLD_UPDATE), None)) is not None:
        return _day_of_change(update)
    if root is not None and (guess := _searched(root, signals, read, captured_at, stamps.others)) is not None:
        change = next((f for f in modified if f.stamp.day == guess.stamp.day), None)
        return _day_of_change(change) if change is not None else guess
    return _day_of_change(modified[0]) if modified else None


def _day_of_change(change: StampAt) -> StampAt:
    """All that is told is when it was changed: two times in three the day it appeared as well. A flag says so."""
    stamp = Stamp(raw=change.stamp.raw, day=change.stamp.day, precision=Precision.DAY)
    return StampAt(stamp=stamp, evidence=change.evidence)


def address_day(url: str) -> StampAt | None:
    day = url_day(url)
    return StampAt(stamp=Stamp(raw=day.isoformat(), day=day, precision=Precision.DAY), evidence="url") if day else None


def _searched(
    root: HtmlElement, signals: Signals, read: Reader, captured_at: datetime, others: frozenset[date]
) -> StampAt | None:
    latest = dates.latest_after(captured_at).date()
    own = day_search.own_parts(root, signals)
    try:
        day = day_search.search(own, read=read, earliest=dates.EARLIEST, latest=latest)
    except Exception:  # a guess is worth no page: htmldate raises many things on odd trees
        return None
    if day is None or day in others or (day.day == 1 and not _shows_first(day, own)):
        return None
    return StampAt(stamp=Stamp(raw=day.isoformat(), day=day, precision=Precision.DAY), evidence="htmldate")


def _shows_first(day: date, root: HtmlElement) -> bool:
    """Whether the page writes that first of a month: htmldate gives it for a mere year or month, as in "© 2026"."""
    texts = (" ".join(root.itertext()), *(str(v) for e in root.iter("time", "meta", "abbr") for v in e.attrib.values()))
    in_numbers = re.compile(
        rf"(?<!\d)0?1\D{{1,3}}0?{day.month}\D{{1,3}}{day.year}(?!\d)|(?<!\d)0?{day.month}\D{{1,3}}0?1\D{{1,3}}{day.year}(?!\d)|"
        rf"(?<!\d){day.year}\D{{1,3}}0?{day.month}\D{{1,3}}0?1(?!\d)|{day.year}{day.month:02d}01"
    )
    return any(
        in_numbers.search(text) or any(str(day.year) in match.groups() for match in _NAMED_FIRST.finditer(text))
        for text in texts
    )


_NAMED_FIRST = re.compile(
    r"(?<!\d)0?1(?:st|er|º|\.)?\s(?:de\s)?[^\W\d_]{3,20}\.?,?\s(?:de\s)?(\d{4})|(?<![^\W\d_])[^\W\d_]{3,20}\.?\s0?1(?:st)?,?\s(\d{4})"
)
