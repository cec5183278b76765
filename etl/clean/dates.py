"""Dates as they stand beside a headline, in some sixty languages: found, never interpreted.

The names come from the Unicode CLDR by way of `packs/dates.yaml`. A date is recognised by its shape and a known name,
so `24 Şubat 2022`, `2022年2月24日` and `24 de febrero de 2022` are dates, and `24 hours in 2022` is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from etl.clean.fold import Folded, fold, squeeze
from etl.clean.rules import packs

# A year as a newspaper prints it: Gregorian, Buddhist (Thailand) or Solar Hijri (Iran).
_YEAR = r"(?:19[5-9]\d|20\d\d|25[4-9]\d|1[34]\d\d)"
_WORD = r"[^\W\d_][^\s\d,|/()'-]{0,20}"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_LAST_DAY = r"(?:3[01]|[12]\d|0[1-9]|[1-9](?!\d))"
_AFTER_DAY = r"(?:\.|st|nd|rd|th|er|a|e|o|-?го|ος|η)?"
_OF = r"(?:de |of |d'|ta' |tou )?"
_AFTER_MONTH = r"[.,]? ?(?:de |del |roku |г\. ?|ngay |nam |, )?,? ?"
_CLOCK = r"(?:[01]?\d|2[0-3])(?:[:.h]|[時时点시] ?)[0-5]\d(?:[:.][0-5]\d)?(?: ?[分분])?"
_ISO_CLOCK = rf"(?:t{_CLOCK}(?:\.\d+)?(?:z|[+-]\d\d:?\d\d)?)?"
_SHAPES = (
    # 24 February 2022, 24. Februar 2022, 24 de febrero de 2022, 24 tháng 2 năm 2022
    re.compile(rf"(?<!\d){_DAY}{_AFTER_DAY} ?{_OF}(?P<after>{_WORD}(?: {_WORD}){{0,2}}?){_AFTER_MONTH}{_YEAR}"),
    # February 24, 2022; Tháng Hai 24, 2022
    re.compile(rf"(?P<before>{_WORD}(?: {_WORD}){{0,2}})\.? {_DAY}(?:st|nd|rd|th)?(?:,|\.)? ?(?:de )?{_YEAR}"),
    # 2022. február 24., 2022 m. vasario 24 d., 2022(e)ko otsailaren 24
    re.compile(rf"(?<!\d){_YEAR}\.? ?(?:m\. |\(?e?\)?ko |оны )?(?P<after>{_WORD}(?: {_WORD})?) {_DAY}(?!\d)\.?"),
)
_FIXED_SHAPES = (
    re.compile(rf"(?<!\d){_YEAR} ?[年년] ?\d{{1,2}} ?[月월] ?\d{{1,2}} ?[日号일]?"),
    re.compile(r"(?<!\d)\d{1,2} ?[月월] ?\d{1,2} ?[日号일]"),  # no year: of a line that says it already
    re.compile(rf"(?<!\d){_DAY} ?thang \d{{1,2}},? ?(?:nam )?{_YEAR}"),
    re.compile(rf"(?<!\d){_DAY} ?[./-] ?\d{{1,2}} ?[./-] ?{_YEAR}"),
    re.compile(rf"(?<!\d)\d{{1,2}} ?/ ?{_DAY} ?/ ?{_YEAR}"),
    re.compile(rf"(?<!\d){_YEAR} ?[./-] ?\d{{1,2}} ?[./-] ?{_LAST_DAY}{_ISO_CLOCK}\.?"),
)
_TIME = re.compile(
    rf"(?<![\d.]){_CLOCK} ?(?:[ap]\.?m\b\.?|uhr\b|klo\b|น\.|часов\b|h\b)?"
    r"(?: ?\(?(?:utc|gmt|[a-z]?e[sd]?t|[acgjkmnps][sd]t|[cpm]t|west|cest|ce?t|bst|ist|msk|wib|wita?|trt|eest|sast|wat|[ac]at|amt|hkt|sgt|ict|pht"
    r"|nz[sd]t|ae[sd]t|ak[sd]t|hst|brt|art|clt|cot|pet|мск)\b\)?"
    r"(?: ?[+-] ?\d{1,2}(?::?\d\d)?)?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateSpan:
    """A date in a folded text, from `start` to `end`."""

    start: int
    end: int


@lru_cache(maxsize=1)
def _months() -> frozenset[str]:
    return frozenset(_key(name) for names in packs()["dates"]["months"].values() for name in names)


@lru_cache(maxsize=1)
def weekdays() -> frozenset[str]:
    """Return the folded names of the days of the week in all languages."""
    return frozenset(_key(name) for names in packs()["dates"]["weekdays"].values() for name in names)


def _key(name: str) -> str:
    return squeeze(fold(name)).strip(".'")


def _month_before(words: str, start: int, folded: Folded, given: str) -> int | None:
    """Return where in the text the month begins that ends a run of words, or None."""
    names = _months()
    for match in re.finditer(r"(?:^| )", words):
        if words[match.end() :].strip(".' ") in names:
            return start + match.end()
    # Glued to a category: "NewsFebruary"; the capital letter tells where the name begins.
    last = words.rfind(" ") + 1
    for index in range(last + 1, len(words)):
        if given[folded.starts[start + index]].isupper() and words[index:].strip(".'") in names:
            return start + index
    return None


def find_dates(folded: Folded, given: str) -> list[DateSpan]:
    """Return the dates of a folded text, in order, without overlap. `given` is the text that was folded."""
    text = folded.text
    spans: list[DateSpan] = []
    for shape in _FIXED_SHAPES:
        spans += [DateSpan(start=m.start(), end=m.end()) for m in shape.finditer(text)]
    for shape in _SHAPES:
        for match in shape.finditer(text):
            groups: Mapping[str, str] = match.groupdict()
            if "after" in groups:
                if groups["after"].strip(".' ") in _months():
                    spans.append(DateSpan(start=match.start(), end=match.end()))
            else:
                start = _month_before(groups["before"], match.start("before"), folded, given)
                if start is not None:
                    spans.append(DateSpan(start=start, end=match.end()))
    spans.sort(key=lambda s: (s.start, -s.end))
    result: list[DateSpan] = []
    for span in spans:
        if not result or span.start >= result[-1].end:
            result.append(span)
    return result


def find_times(text: str) -> list[DateSpan]:
    """Return the clock times of a folded text."""
    return [DateSpan(start=m.start(), end=m.end()) for m in _TIME.finditer(text)]
