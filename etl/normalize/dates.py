"""Dates as pages write them, in machine formats and in some 50 languages, with how exactly each is known.

Nothing here knows today's date: bounds come from the caller's capture time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from etl.model import Precision
from etl.normalize import calendars, digits, months, zones
from etl.normalize.text import one_line

EARLIEST = date(1990, 1, 1)  # no news page is older than the web
AFTER_CAPTURE = timedelta(hours=24)  # scheduled stamps and zone slips; more is a typing error or an event's date


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A date as a page gave it.

    `when` is aware where the offset is known (precision second or minute), naive for a clock without an offset (local),
    None for a mere day. `day` is the writer's own day.
    """

    raw: str
    day: date
    precision: Precision
    when: datetime | None = None

    @property
    def instant(self) -> datetime | None:
        """The point in time, with the page's own offset; None when the page does not give one."""
        return self.when if self.when is not None and self.when.tzinfo is not None else None


_ISO = re.compile(
    r"(?P<y>\d{4})(?:(?P<m>\d{2})(?P<d>\d{2})|-(?P<m2>\d{1,2})-(?P<d2>\d{1,2})(?!\d))"
    r"(?:(?:[T_]|\s+(?:at\s+)?|\s*-\s*)(?P<H>\d{1,2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,:]\d+)?)?"
    r"\s*(?P<z>Z|UTC|GMT|[+-−]\d{1,2}:?\d{2}|[+−-]\d{1,2}\b|[A-Z]{3,4}\b)?(?:\[[^\]]*\])?)?",
    re.I,
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.0+)?")
_NET_EPOCH = re.compile(r"\\?/?(?:new )?Date\((\d{10})\d{0,3}(?:[+-]\d{4})?\)\\?/?")  # of .NET's JSON, and scripts
_CLOCK = re.compile(
    r"(?<!\d)(?P<before>午前|午後|上午|下午|凌晨|早上|晚上|오전|오후)?\s*"
    r"(?P<H>[01]?\d|2[0-3])(?:\s?[:：]\s?|\s?[hH]\s?|(?<=\d)\.(?=\d\d(?!\d))|\s?[時时点點시]\s?)(?P<M>[0-5]\d|(?<=[時时点點시]\s)\d|(?<=[時时点點시])\d)?"
    r"(?:[:：](?P<S>[0-5]\d)|\s?[分분](?:\s?(?P<S2>[0-5]?\d)\s?[秒초])?)?"
    r"(?!\d)(?:\s?(?P<after>[aApP]\.?\s?[mM]\b\.?|ص|م|صباحا|مساء|π\.?μ\.?|μ\.?μ\.?|SA\b|CH\b))?"
)
_HOUR_HALF = re.compile(r"(?<!\d)(?P<H>1[0-2]|0?[1-9])\s?(?P<after>[aApP]\.?[mM]\b\.?)")
_CJK = re.compile(
    r"(?P<y>\d{4}|(?:令和|平成|昭和|中華民國|中华民国|民國|民国)\s?(?:\d{1,3}|元)|(?<!\d)(?:\d{2}|1[0-4]\d)(?=\s?[年년]))\s?[年년.]\s?"
    r"(?:[（(][^()（）]{1,14}[)）]\s?)?"  # 2026年（令和8年）11月20日
    r"(?P<m>\d{1,2})\s?[月월.]\s?(?P<d>\d{1,2})\s?(?:[日號号일.]|(?!\d))"
)
_REIGN = re.compile(
    r"(?<![^\W\d_])(?P<e>[RHS令平昭])\s?(?P<y>\d{1,2}|元)\s?[./年]\s?(?P<m>\d{1,2})\s?[./月]\s?(?P<d>\d{1,2})(?!\d)"
)
_EASTERN = re.compile("[\u32ff\u3040-\u30ff\u337b-\u337e\u3400-\u9fff\uac00-\ud7af]")
_MINGUO = re.compile(r"(?<![\d./-])(?P<y>\d{2,3})(?P<s>[./-])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?![\d./-])")
_HIJRI = re.compile(r"(?<![\d./-])(?P<y>14[1-9]\d)(?P<s>[./-])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?![\d./-])")
_NUMERIC = re.compile(
    r"(?<![\d.:/|-])(?P<q>['’])?(?P<a>\d{1,4})\s?(?P<s>[./|-])\s?(?P<b>\d{1,2})\s?(?P=s)\s?(?P<c>\d{4}|\d{2})(?![\d/]|\s?[:h]\s?\d)"
)
_WORD = months.WORD
_DAY_FIRST = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th|er|ère|η|ης|\.|º|ª|°|-?a|-?an|-?го|-?е|লা|রা|ঠা|ই|শে)?[\s,.\-/]*(?:(?:de|di|of|del|dne|tháng|เดือน|da)\s+|(?:d|ta)['’]\s*)?"
    r"(?P<w>"
    + _WORD
    + r"(?:\s(?:الأول|الثاني))?)\.?[\s,.\-/]*(?:de|del|of|do|พ\.ศ\.|г\.?|an)?\s*(?P<y>\d{4}|['’]?\d{2}(?!\d|[:.h]|,?\s?\d{4}))",
    re.I,
)
_MONTH_FIRST = re.compile(
    r"(?P<w>" + _WORD + r")\.?[\s\-]*(?P<d>\d{1,2})(?:st|nd|rd|th|\.)?(?:,|\s)+\s*(?P<y>\d{4})", re.I
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<y>\d{4})[.,\s\-]+(?:m\.\s|оны\s|ж\.\s)?(?P<w>" + _WORD + r")[.\s\-]+(?P<d>\d{1,2})(?!\d)", re.I
)
# "2022. gada 24. februāris", "2022ko otsailaren 24a", "2022 ж. 24 ақпан", "2022 оны 2 сарын 24"
_YEAR_OF = re.compile(
    r"(?<!\d)(?P<y>\d{4})(?:\.?\s?(?:gada|ж\.|жылғы|жылы)\s|ko\s)\s?(?:(?P<d>\d{1,2})\.?\s?(?P<w>"
    + _WORD
    + r")|(?P<w2>"
    + _WORD
    + r")\s(?P<d2>\d{1,2}))",
    re.I,
)
_MONGOLIAN = re.compile(r"(?<!\d)(?P<y>\d{4})\s?оны?\s?(?P<m>\d{1,2})\s?(?:-?\w{1,7}\s)?сарын\s?(?P<d>\d{1,2})", re.I)
_THAI = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})\s?(?P<w>(?:ม\.ค|ก\.พ|มี\.ค|เม\.ย|พ\.ค|มิ\.ย|ก\.ค|ส\.ค|ก\.ย|ต\.ค|พ\.ย|ธ\.ค)\.?|[ก-์]{4,})\s?(?:พ\.ศ\.|ค\.ศ\.)?\s?(?P<y>\d{4}|\d{2})(?![\d:.])"
)
_VIETNAMESE = re.compile(r"(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2})(?:,|\s)+(?:năm\s+)?(?P<y>\d{4})", re.I)
# What `ctime` and JavaScript's Date print: "Wed Feb 23 09:00:00 EST 2011", "Tue Feb 20 2018 01:00:00 GMT+0100 (…)".
_CTIME = re.compile(
    r"(?<![^\W_])[A-Z][a-z]{2} (?P<w>[A-Z][a-z]{2}) (?P<d>\d{1,2})(?: (?P<y>\d{4}))? (?P<clock>\d\d:\d\d:\d\d)"
    r"(?: (?:GMT|UTC)(?=[+-])| )?(?P<z>[A-Z]{1,4}|[+-]\d{4})?(?: ?(?P<y2>\d{4}))?"
)
# RFC 5322 and RFC 850 (https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats), alone or in a line.
_MAIL = re.compile(
    r"(?<![^\W_])(?:[A-Za-z]{3,9},? )?\d{1,2}[ -][A-Za-z]{3}[ -](?:\d{4}|\d\d(?= \d\d:)) \d{1,2}:\d{1,2}(?::\d{1,2})?"
    r"(?![\d:]|\s?[aApP]\.?[mM]\b)(?: (?:[+-]\d{4}|[A-Z]{1,4}(?![^\W_])))?"
)
_MAX_RAW = 200  # longer text is prose; a search in it would find dates of events


@dataclass(frozen=True, slots=True, kw_only=True)
class _DateConventions:
    """The conventions of the page that a date is on: order of day and month, language, region."""

    month_first: bool = False
    language: str | None = None
    region: str | None = None

    def offset(self, name: str | None, day: date, hour: int, minute: int) -> timedelta | None:
        when = datetime(day.year, day.month, day.day, hour % 24, minute)
        return zones.offset(name, when, language=self.language, region=self.region)


def parse(
    raw: str, *, month_first: bool = False, language: str | None = None, region: str | None = None
) -> Stamp | None:
    """The first date in `raw`, or None.

    `month_first` decides about 02/03/2022; a number over 12 decides by itself. Years of the Buddhist era, of Japanese
    reigns and of the Solar Hijri calendar become Gregorian. `language` (primary subtag) tells Croatian month names from
    Polish and Czech ones, and with `region` (ISO 3166) which zone is meant where several are called IST or CST.

    >>> parse("24 de febrero de 2022").day.isoformat()
    '2022-02-24'
    >>> parse("2022-02-24T10:00:00+0100").when.isoformat()
    '2022-02-24T10:00:00+01:00'
    """
    text = digits.western(one_line(str(raw)[:_MAX_RAW]))
    if _EASTERN.search(text):
        text = digits.chinese_dates(text)
    if not any(c.isdigit() for c in text):
        return None
    conventions = _DateConventions(month_first=month_first, language=language, region=region)
    return _machine(text, conventions) or _written(text, conventions)


def latest_after(captured_at: datetime) -> datetime:
    """The latest instant that a page of that capture may be of."""
    return captured_at + min(AFTER_CAPTURE, datetime.max.replace(tzinfo=UTC) - captured_at)


def within(stamp: Stamp, captured_at: datetime) -> bool:
    """Whether the date can be a publication: not before 1990, not over 24 hours after the capture."""
    if stamp.day < EARLIEST:
        return False
    latest = latest_after(captured_at)
    if stamp.instant is not None:
        return stamp.instant <= latest
    return stamp.day <= latest.date()


def with_offset(stamp: Stamp, offset: timedelta) -> Stamp:
    """A local time turned into an instant by the offset of another stamp of the same page."""
    if stamp.precision is not Precision.LOCAL or stamp.when is None:
        return stamp
    when = stamp.when.replace(tzinfo=timezone(offset))
    exact = Precision.SECOND if when.second else Precision.MINUTE
    return replace(stamp, when=when, precision=exact)


def in_offset(stamp: Stamp, offset: timedelta) -> Stamp:
    """The same instant on another clock; its day is that clock's."""
    if stamp.instant is None:
        return stamp
    when = stamp.instant.astimezone(timezone(offset))
    return replace(stamp, when=when, day=when.date())


def _machine(text: str, conventions: _DateConventions) -> Stamp | None:
    if _EPOCH.fullmatch(text):
        seconds = int(text[:10])
        when = datetime.fromtimestamp(seconds, UTC)
        return Stamp(raw=text, day=when.date(), precision=Precision.SECOND, when=when)
    if match := _NET_EPOCH.fullmatch(text):
        return _machine(match[1], conventions)
    if match := _ISO.match(text):
        return _from_iso(text, match, conventions)
    if ":" not in text:
        return None
    if (match := _CTIME.search(text)) and (match["y"] or match["y2"]):
        text_day = _written(f"{match['d']} {match['w']} {match['y'] or match['y2']}", _DateConventions())
        if text_day is None:
            return None
        hour, minute, second = (int(part) for part in match["clock"].split(":"))
        return _stamp(
            text, text_day.day, hour, minute, second, conventions.offset(match["z"], text_day.day, hour, minute), True
        )
    if (match := _MAIL.search(text)) and not _NUMERIC.search(text, 0, match.start()):
        return _from_mail(text, match[0], conventions)
    return None


def _from_iso(text: str, match: re.Match[str], conventions: _DateConventions) -> Stamp | None:
    part = match.groupdict()
    day = _of_calendar(int(part["y"]), int(part["m"] or part["m2"]), int(part["d"] or part["d2"]), conventions)
    if day is None or (int(part["y"]) in calendars.HIJRI_YEARS and (conventions.language == "ar" or "هـ" in text)):
        return None
    if part["H"] is None:
        return _with_clock(text, day, text[match.end() :], conventions)
    hour, minute, second = int(part["H"]), int(part["M"]), int(part["S"] or 0)
    zone = part["z"]
    half = re.match(
        r"\s*([ap])\.?m\b",
        text[match.end() if zone is None or zone.lower() not in ("am", "pm") else match.start("z") :],
        re.I,
    )
    if half:
        hour = _hour_of_half(hour, half[1].lower() == "p")
    if minute > 59 or hour > 24:
        return Stamp(raw=text, day=day, precision=Precision.DAY)
    return _stamp(text, day, hour, minute, second, conventions.offset(zone, day, hour, minute), part["S"] is not None)


def _from_mail(text: str, told: str, conventions: _DateConventions) -> Stamp | None:
    """RFC 5322 dates, as Last-Modified and RSS write them; `told` is the date within the text."""
    try:
        when = parsedate_to_datetime(told)
        offset = when.utcoffset()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # RFC 5322 knows the names of America only: where the page is of another country, they are those of that one.
    if (when.tzinfo is None or told[-1].isalpha()) and not told.endswith("-0000"):
        offset = conventions.offset(told.rsplit(" ", 1)[-1], when.date(), when.hour, when.minute) or offset
    return _stamp(text, when.date(), when.hour, when.minute, when.second, offset, told.count(":") > 1)


def _written(text: str, conventions: _DateConventions) -> Stamp | None:
    found: tuple[int, int, date] | None = None
    for start, end, day in _days(text, conventions):
        if found is None or start < found[0]:
            found = (start, end, day)
    if found is None:
        return None
    start, end, day = found
    return _with_clock(text, day, text[end:], conventions, text[:start])


def _days(text: str, conventions: _DateConventions) -> list[tuple[int, int, date]]:
    """Where dates stand and their days; those of other calendars only where no common one stands."""
    found: list[tuple[int, int, date | None]] = []
    names = months.months(conventions.language if conventions.language == "hr" else None)
    for pattern in (_CJK, _VIETNAMESE, _MONGOLIAN):
        if match := pattern.search(text):
            found.append((match.start(), match.end(), _day(_year(match["y"]), int(match["m"]), int(match["d"]))))
    if (match := _THAI.search(text)) and (number := _month(match["w"], names)):
        found.append((match.start(), match.end(), _day(calendars.thai_year(match["y"]), number, int(match["d"]))))
    if match := _YEAR_OF.search(text):
        number = _month(match["w"] or match["w2"], names)
        if number:
            found.append((match.start(), match.end(), _day(_year(match["y"]), number, int(match["d"] or match["d2"]))))
    others: list[tuple[int, int, date]] = []
    for pattern, first in ((_DAY_FIRST, "d"), (_MONTH_FIRST, "w"), (_YEAR_FIRST, "y")):
        at = 0
        while match := pattern.search(text, at):
            if day := _named(match, names):
                found.append((match.start(), match.end(), day))
                break
            if day := _of_other_calendar(match, conventions):
                others.append((match.start(), match.end(), day))
            at = match.end(first)  # "21:30 EST, 20 November 2026": what was no date may hold the start of one
    found += _numbers(text, conventions)
    days = [(start, end, day) for start, end, day in found if day is not None]
    if not days and not others and (lunar := calendars.named_hijri(text, conventions.region)):
        return [lunar]
    return days or others


def _numbers(text: str, conventions: _DateConventions) -> list[tuple[int, int, date | None]]:
    """Days that are written in numbers."""
    if (conventions.region == "TW" or "民" in text) and (match := _MINGUO.search(text)):
        year = int(match["y"])
        if year in calendars.MINGUO_YEARS:
            day = _day(calendars.minguo_year(year), int(match["m"]), int(match["d"]))
            return [(match.start(), match.end(), day)]
    if conventions.language == "ja" and (match := _REIGN.search(text)):
        return [(match.start(), match.end(), _day(_year(match["e"] + match["y"]), int(match["m"]), int(match["d"])))]
    if (conventions.language == "ar" or "هـ" in text) and (match := _HIJRI.search(text)):
        day = calendars.hijri(*(int(match[name]) for name in "ymd"))
        return [(match.start(), match.end(), day)]
    return [(m.start(), m.end(), _numeric(m, conventions, text)) for m in _NUMERIC.finditer(text)]


def _of_other_calendar(match: re.Match[str], conventions: _DateConventions) -> date | None:
    """The day of a date in the Solar Hijri, Islamic, Bangla or Nepali calendar, by the month's name."""
    name, year, day = months.fold(match["w"]), int(match["y"].strip("'’")), int(match["d"])
    if (conventions.language == "ne" or conventions.region == "NP") and (number := calendars.nepali_month(name)):
        return calendars.bikram_sambat(year, number, day)
    if year in calendars.SOLAR_YEARS and (number := calendars.solar_month(name)):
        return calendars.solar_hijri(year, number, day)
    if number := calendars.bangla_month(name):
        return None if conventions.region == "IN" else calendars.bangla(year, number, day)
    return None


def _named(match: re.Match[str], names: dict[str, int]) -> date | None:
    """The day of a date with a month's name."""
    year, day = _year(match["y"]), int(match["d"])
    number = _month(match["w"], names)
    return _day(year, number, day) if number else None


_ENDINGS = (
    " de",
    "ta",
    "da",
    "a",
    "na",
    "ren",
    "aren",
    "k",
)  # Basque, Finnish partitive and such: the stem is in the table


def _month(word: str, names: dict[str, int]) -> int | None:
    key = months.fold(word)
    if key in names:
        return names[key]
    if key.startswith("ב") and key[1:] in names:  # Hebrew writes "in" as a letter before the name
        return names[key[1:]]
    for ending in _ENDINGS:
        if key.endswith(ending) and key[: -len(ending)] in names:
            return names[key[: -len(ending)]]
    return None


_YEAR_FIRST_LANGUAGES = frozenset(("ko", "zh", "ja", "hu", "lt", "mn", "sv"))


def _numeric(match: re.Match[str], conventions: _DateConventions, text: str) -> date | None:
    year_first = conventions.language in _YEAR_FIRST_LANGUAGES or bool(_EASTERN.search(text))
    if len(match["a"]) == 2 and len(match["c"]) == 2 and (year_first or match["q"]):
        day = _day(_year(match["a"]), int(match["b"]), int(match["c"]))
        if day is not None:  # "26.11.20": Korean, Chinese and Japanese write the year first
            return day
    a, b, c = int(match["a"]), int(match["b"]), _year(match["c"])
    if len(match["a"]) == 4:
        if len(match["c"]) > 2:
            return None
        return (
            calendars.solar_hijri(a, b, int(match["c"]))
            if a in calendars.SOLAR_YEARS
            else _of_calendar(a, b, int(match["c"]), conventions)
        )
    if len(match["a"]) == 3:
        return None
    if conventions.language == "th" and len(match["c"]) == 2 and int(match["c"]) > _LATEST_SHORT_YEAR:
        return _day(calendars.thai_year(match["c"]), b, a)
    if a > 12 or (not conventions.month_first and b <= 12) or match["s"] == ".":
        return _of_calendar(c, b, a, conventions)
    return _day(c, a, b)


_LATEST_SHORT_YEAR = 50  # of two digits in Thailand: 69 is 2569, which is 2026, and 26 is 2026


def _of_calendar(year: int, month: int, day: int, conventions: _DateConventions) -> date | None:
    if year in calendars.NEPALI_YEARS and (conventions.language == "ne" or conventions.region == "NP"):
        return calendars.bikram_sambat(year, month, day)
    return calendars.solar_hijri(year, month, day) if year in calendars.SOLAR_YEARS else _day(year, month, day)


def _year(text: str) -> int:
    of_era = calendars.era_year(text)
    if of_era is not None:
        return of_era
    year = int(text.strip("'’"))
    if 100 <= year < 200:
        return calendars.minguo_year(year)
    if year < 100:
        return year + (2000 if year < 70 else 1900)
    return calendars.common_year(year)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(calendars.common_year(year), month, day)
    except ValueError:
        return None


def _with_clock(text: str, day: date, after: str, conventions: _DateConventions, before: str = "") -> Stamp | None:
    for part in (after, before[-24:]):
        match = _CLOCK.search(part[:60])
        if match and (match["M"] or match["before"] or match["after"] or re.search(r"[hH時时点點시]", match[0])):
            half = months.HALVES.get(months.fold(match["before"] or match["after"] or "").replace(" ", ""))
            hour = int(match["H"]) if half is None else _hour_of_half(int(match["H"]), half)
            seconds = match["S"] or match["S2"]
            minute = int(match["M"] or 0)
            zone = _zone(part[match.end() :], day, hour, minute, conventions)
            if zone is None and part is not after:  # "14:05, 20/11/2026 (GMT+7)"
                zone = _zone(after, day, hour, minute, conventions)
            return _stamp(text, day, hour, minute, int(seconds or 0), zone, bool(seconds))
        if match := _HOUR_HALF.search(part[:60]):
            hour = _hour_of_half(int(match["H"]), match["after"][0] in "pP")
            return _stamp(text, day, hour, 0, 0, _zone(part[match.end() :], day, hour, 0, conventions), False)
    return Stamp(raw=text, day=day, precision=Precision.DAY)


def _hour_of_half(hour: int, second_half: bool) -> int:
    if hour > 12:
        return hour
    return hour % 12 + (12 if second_half else 0)


def _zone(after: str, day: date, hour: int, minute: int, conventions: _DateConventions) -> timedelta | None:
    when = datetime(day.year, day.month, day.day, hour % 24, minute)
    return zones.behind_clock(after, when, language=conventions.language, region=conventions.region)


def _stamp(
    raw: str, day: date, hour: int, minute: int, second: int, offset: timedelta | None, seconds_given: bool
) -> Stamp | None:
    day = day + timedelta(days=1) if hour == 24 and day < date.max else day
    try:
        when = datetime(day.year, day.month, day.day, hour % 24, minute, min(second, 59))
    except ValueError:
        return Stamp(raw=raw, day=day, precision=Precision.DAY)
    if offset is None:
        return Stamp(raw=raw, day=day, precision=Precision.LOCAL, when=when)
    precision = Precision.SECOND if seconds_given else Precision.MINUTE
    return Stamp(raw=raw, day=day, precision=precision, when=when.replace(tzinfo=timezone(offset)))
