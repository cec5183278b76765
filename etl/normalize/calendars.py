"""Years and days of other calendars → the common one: Solar Hijri (Iran, Afghanistan), Buddhist era, Japanese eras."""

from __future__ import annotations

from datetime import date, timedelta

# Reigns that news pages have; the number is the year before the first.
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
_BUDDHIST = 543
# Leap years of the Solar Hijri calendar by what is left of division by 33; the rhythm holds from 1210 to 1635
# (K. M. Borkowski, "The Persian calendar for 3000 years", 1996).
_LEAPS = frozenset((1, 5, 9, 13, 17, 22, 26, 30))
# 1 Farvardin 1399, from which years are counted; 1399 was a leap year.
_ANCHOR_YEAR, _ANCHOR = 1399, date(2020, 3, 20)
SOLAR_YEARS = range(1360, 1500)
_MONTH = "ماه"  # "month", which may be joined to its name
# Folded names: Iran's months, and Afghanistan's.
_SOLAR_MONTHS = {
    "فروردین": 1, "اردیبهشت": 2, "خرداد": 3, "تیر": 4, "مرداد": 5, "امرداد": 5, "شهریور": 6, "مهر": 7, "آبان": 8, "آذر": 9, "دی": 10,
    "بهمن": 11, "اسفند": 12, "حمل": 1, "ثور": 2, "جوزا": 3, "سرطان": 4, "اسد": 5, "سنبله": 6, "میزان": 7, "عقرب": 8, "قوس": 9, "جدی": 10,
    "دلو": 11, "حوت": 12,
}  # fmt: skip


def common_year(year: int) -> int:
    """The common year of one that may be counted in the Buddhist era.

    >>> common_year(2565), common_year(2022)
    (2022, 2022)
    """
    return year - _BUDDHIST if 2400 < year < 2600 else year


def era_year(text: str) -> int | None:
    """The common year of a Japanese reign's, or None when the text names no reign.

    >>> era_year("令和4"), era_year("平成元"), era_year("2022")
    (2022, 1989, None)
    """
    for era, base in ERAS.items():
        if text.startswith(era):
            number = text[len(era) :].strip()
            return base + (1 if number == "元" else int(number))
    return None


def thai_year(text: str) -> int:
    """The common year of a Thai one, which is written with four digits or two: "2565", "65"."""
    year = int(text)
    return common_year(year + 2500 if year < 100 else year)


def solar_month(name: str) -> int | None:
    """The number of a month of the Solar Hijri calendar by its folded name, or None."""
    return _SOLAR_MONTHS.get(name, _SOLAR_MONTHS.get(name.removesuffix(_MONTH).strip(" \u200c")))


def solar_hijri(year: int, month: int, day: int) -> date | None:
    """The day of the common calendar; None when the Solar Hijri one has no such day or the year is out of `SOLAR_YEARS`.

    >>> solar_hijri(1400, 12, 5)
    datetime.date(2022, 2, 24)
    """
    if year not in SOLAR_YEARS or not 1 <= month <= 12:
        return None
    length = 31 if month <= 6 else 30 if month <= 11 or _is_leap(year) else 29
    if not 1 <= day <= length:
        return None
    years = range(_ANCHOR_YEAR, year) if year >= _ANCHOR_YEAR else range(year, _ANCHOR_YEAR)
    days = sum(366 if _is_leap(y) else 365 for y in years)
    start = _ANCHOR + timedelta(days=days if year >= _ANCHOR_YEAR else -days)
    return start + timedelta(days=31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day - 1)


def _is_leap(year: int) -> bool:
    return year % 33 in _LEAPS
