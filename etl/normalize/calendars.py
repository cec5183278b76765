"""Years and days of other calendars → the common one: Solar Hijri (Iran, Afghanistan), Hijri, Bangla, Bikram Sambat
(Nepal), Buddhist era, eras of Japan and of the Republic of China (Taiwan)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

# Reigns that news pages have; the number is the year before the first.
ERAS = {
    "令和": 2018, "平成": 1988, "昭和": 1925, "中華民國": 1911, "中华民国": 1911, "民國": 1911, "民国": 1911,
    "令": 2018, "平": 1988, "昭": 1925, "R": 2018, "H": 1988, "S": 1925,
}  # fmt: skip
MINGUO_YEARS = range(78, 150)  # 1989 to 2060
_BUDDHIST = 543
# Leap years of the Solar Hijri calendar by what is left of division by 33; the rhythm holds from 1210 to 1635
# (K. M. Borkowski, "The Persian calendar for 3000 years", 1996).
_LEAPS = frozenset((1, 5, 9, 13, 17, 22, 26, 30))
# 1 Farvardin 1399, from which years are counted; 1399 was a leap year.
_ANCHOR_YEAR, _ANCHOR = 1399, date(2020, 3, 20)
SOLAR_YEARS = range(1360, 1500)
_MONTH = "ماه"  # "month", which may be joined to its name
# Folded names: Iran's months, and Afghanistan's in Dari and Pashto.
_SOLAR_MONTHS = {
    "فروردین": 1, "اردیبهشت": 2, "خرداد": 3, "تیر": 4, "مرداد": 5, "امرداد": 5, "شهریور": 6, "مهر": 7, "آبان": 8, "آذر": 9, "دی": 10,
    "بهمن": 11, "اسفند": 12, "حمل": 1, "ثور": 2, "جوزا": 3, "سرطان": 4, "اسد": 5, "سنبله": 6, "میزان": 7, "عقرب": 8, "قوس": 9, "جدی": 10,
    "دلو": 11, "حوت": 12, "وری": 1, "غویی": 2, "غبرګولی": 3, "چنګاښ": 4, "زمری": 5, "وږی": 6, "تله": 7, "لړم": 8, "لیندۍ": 9, "مرغومی": 10,
    "سلواغه": 11, "کب": 12,
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


def minguo_year(year: int) -> int:
    """The common year of one that is counted from the founding of the Republic of China.

    >>> minguo_year(115)
    2026
    """
    return year + ERAS["民國"]


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


# Months of the Bangla calendar, folded, as newspapers of Bangladesh write them.
_BANGLA_MONTHS = {
    "বৈশাখ": 1, "জ্যৈষ্ঠ": 2, "জৈষ্ঠ": 2, "কার্ত্তিক": 7, "ফাগুন": 11, "আষাঢ়": 3, "শ্রাবণ": 4, "ভাদ্র": 5, "আশ্বিন": 6, "কার্তিক": 7, "অগ্রহায়ণ": 8, "পৌষ": 9, "মাঘ": 10, "ফাল্গুন": 11, "চৈত্র": 12,
}  # fmt: skip
_BANGLA_YEARS = range(1396, 1500)


def bangla_month(name: str) -> int | None:
    """The number of a month of the Bangla calendar by its name, or None."""
    return _BANGLA_FOLDED.get(unicodedata.normalize("NFKC", name))


_BANGLA_FOLDED = {unicodedata.normalize("NFKC", name): number for name, number in _BANGLA_MONTHS.items()}


def bangla(year: int, month: int, day: int) -> date | None:
    """The common day of one of the Bangla calendar as Bangladesh counts it since 2019; None when there is no such day.

    The year begins on 14 April; six months of 31 days, five of 30, Falgun has 29 and in leap years 30.

    >>> bangla(1433, 8, 5)
    datetime.date(2026, 11, 20)
    """
    if year not in _BANGLA_YEARS:
        return None
    start = date(year + 593, 4, 14)
    leap = (date(year + 594, 3, 1) - date(year + 594, 2, 28)).days == 2
    lengths = [31] * 6 + [30] * 4 + [30 if leap else 29, 30]
    return start + timedelta(days=sum(lengths[: month - 1]) + day - 1) if 1 <= day <= lengths[month - 1] else None


# The Islamic lunar calendar: months as Arabic pages spell them, letters that vary as classes, and as English ones do.
_HIJRI_MONTHS = (
    r"محرم|muharram",
    r"صفر|safar",
    r"ربيع\s?ال[أا]ول|rabi['’]?\s?(?:al-|ul-)?\s?(?:i(?!i)|awwal)",
    r"ربيع\s?ال(?:آخر|اخر|أخر|ثان[يى])|rabi['’]?\s?(?:al-|ul-|ath-)?\s?(?:ii|thani|akhir)",
    r"جماد[ىي]\s?ال[أا]ول[ىي]?|jumada\s?(?:al-|ul-)?\s?(?:i(?!i)|awwal|ula)",
    r"جماد[ىي]\s?ال(?:[آا]خر[ةه]?|ثان(?:ي[ةه]|[يى]))|jumada\s?(?:al-|ul-|ath-)?\s?(?:ii|thani(?:yah?)?|akhirah?)",
    r"رجب|rajab",
    r"شعبان|sha['’]?ban",
    r"رمضان|ramadan",
    r"شوال|shawwal",
    r"ذ[ويى]\s?القعد[ةه]|dhu['’]?\s?(?:al-|l-)?qa['’]?dah?",
    r"ذ[ويى]\s?الحج[ةه]|dhu['’]?\s?(?:al-|l-)?hijjah?",
)
HIJRI_YEARS = range(1410, 1500)  # 1989 to 2076
_NAMED_HIJRI = re.compile(
    r"(?<!\d)(?:(?P<d>\d{1,2})\s?(?:من\s|of\s)?(?:شهر\s)?)?(?<![^\W\d_])(?:"
    + "|".join(rf"(?P<m{number}>{name})" for number, name in enumerate(_HIJRI_MONTHS, 1))
    + r")(?(d)|\s(?P<d2>\d{1,2}))[,،]?\s?(?:عام\s|سنة\s)?(?P<y>14\d\d)(?!\d)(?:\s?(?:هـ|ه(?!\w)|AH\b))?",
    re.I,
)
# Where the month begins with a sighting of the moon of the country's own, a day before or after the tables.
_SIGHTED = frozenset("PK IN BD LK ID MY BN MA DZ TN LY EG IR IQ TR OM NG".split())


def hijri(year: int, month: int, day: int) -> date | None:
    """The day of the common calendar by the tables of Umm al-Qura, which Saudi Arabia's papers are dated by; None when
    there is no such day or the year is out of `HIJRI_YEARS`.

    >>> hijri(1448, 6, 10)
    datetime.date(2026, 11, 20)
    """
    from hijridate import Hijri

    if year not in HIJRI_YEARS:
        return None
    try:
        found = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError):
        return None
    return date(found.year, found.month, found.day)


def named_hijri(text: str, region: str | None = None) -> tuple[int, int, date] | None:
    """Where a date with the name of an Islamic month stands, and its day.

    None for countries (`region`, ISO 3166) that begin a month by a sighting of their own: no day is better than the next.

    >>> named_hijri("الجمعة 10 جمادى الآخرة 1448 هـ")[2].isoformat()
    '2026-11-20'
    """
    match = _NAMED_HIJRI.search(text)
    if match is None or region in _SIGHTED:
        return None
    month = next(number for number in range(1, 13) if match[f"m{number}"])
    day = hijri(int(match["y"]), month, int(match["d"] or match["d2"]))
    return (match.start(), match.end(), day) if day is not None else None


# Months of the Bikram Sambat, as Nepal's papers spell them and as they are written in Latin letters; folded below.
_NEPALI_MONTHS = (
    "बैशाख|वैशाख|बैसाख|baishakh|baisakh|vaishakh",
    "जेठ|जेष्ठ|ज्येष्ठ|जेस्ठ|jestha|jeth|jyestha",
    "असार|आषाढ|अषाढ|असाढ|आषाढ़|asar|ashadh|ashad",
    "साउन|श्रावण|सावन|shrawan|saun|shravan",
    "भदौ|भाद्र|भाद|bhadra|bhadau",
    "असोज|आश्विन|अश्विन|asoj|ashwin|ashoj",
    "कात्तिक|कार्तिक|कातिक|kartik|kattik",
    "मंसिर|मङ्सिर|मंसीर|मार्ग|mangsir|mansir",
    "पुस|पुष|पौष|पूस|poush|push|paush|pus",
    "माघ|magh",
    "फागुन|फाल्गुन|फाल्गुण|falgun|phagun|phalgun|fagun",
    "चैत|चैत्र|chaitra|chait",
)
_NEPALI_FOLDED = {
    unicodedata.normalize("NFKC", name): number
    for number, names in enumerate(_NEPALI_MONTHS, 1)
    for name in names.split("|")
}
NEPALI_YEARS = range(2057, 2101)  # 2000 to 2043; no page of ours is of the common year 2057


def nepali_month(name: str) -> int | None:
    """The number of a month of the Bikram Sambat by its folded name, or None."""
    return _NEPALI_FOLDED.get(unicodedata.normalize("NFKC", name))


def bikram_sambat(year: int, month: int, day: int) -> date | None:
    """The common day of one of Nepal's calendar, whose months are as long as its almanac says; None when there is no
    such day or the year is out of `NEPALI_YEARS`.

    >>> bikram_sambat(2083, 8, 4)
    datetime.date(2026, 11, 20)
    """
    import nepali_datetime

    if year not in NEPALI_YEARS:
        return None
    try:
        found = nepali_datetime.date(year, month, day).to_datetime_date()
    except (ValueError, OverflowError, KeyError, IndexError):
        return None
    return date(found.year, found.month, found.day)
