"""Days relative to the time of reading: "5 hours ago", "yesterday", "20 November" without a year.

They are computed from the time at which the page was captured, and are less certain than a printed day: their precision is
`reckoned`. A missing year is that of the latest such day that is not after the capture.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_timedelta

from etl.normalize import months
from etl.normalize.digits import western
from etl.normalize.text import one_line

_MAX_CHARS = 140
_MAX_WORDS = 4  # of a line beside its date and the names of weekdays: prose has more
_MAX_LETTERS = 24  # the same in scripts without spaces
# "Today" and "yesterday" as date lines write them, folded.
_DAYS = {
    "en": ("today", "yesterday"), "de": ("heute", "gestern"), "fr": ("aujourd'hui", "hier"), "es": ("hoy", "ayer"),
    "pt": ("hoje", "ontem"), "it": ("oggi", "ieri"), "nl": ("vandaag", "gisteren"), "sv": ("idag|i dag", "igår|i går"),
    "da": ("i dag", "i går"), "no": ("i dag", "i går"), "nb": ("i dag", "i går"), "fi": ("tänään", "eilen"), "is": ("í dag", "í gær"),
    "pl": ("dziś|dzisiaj", "wczoraj"), "cs": ("dnes", "včera"), "sk": ("dnes", "včera"), "sl": ("danes", "včeraj"), "hr": ("danas", "jučer"),
    "sr": ("danas|данас", "juče|јуче"), "bs": ("danas", "jučer"), "hu": ("ma", "tegnap"), "ro": ("astăzi|azi", "ieri"), "el": ("σήμερα", "χθες|χτες"),
    "tr": ("bugün", "dün"), "ru": ("сегодня", "вчера"), "uk": ("сьогодні", "вчора|учора"), "bg": ("днес", "вчера"), "mk": ("денес", "вчера"),
    "ar": ("اليوم", "أمس|امس"), "fa": ("امروز", "دیروز"), "ur": ("آج", "گزشتہ روز"), "he": ("היום", "אתמול"), "hi": ("आज", "कल"), "bn": ("আজ", "গতকাল"),
    "ta": ("இன்று", "நேற்று"), "te": ("నేడు", "నిన్న"), "mr": ("आज", "काल"), "ne": ("आज", "हिजो"), "id": ("hari ini", "kemarin"), "ms": ("hari ini", "semalam"),
    "vi": ("hôm nay", "hôm qua"), "th": ("วันนี้", "เมื่อวาน|เมื่อวานนี้"), "ja": ("今日|本日", "昨日"), "ko": ("오늘", "어제"), "zh": ("今天|今日", "昨天|昨日"),
    "lt": ("šiandien", "vakar"), "lv": ("šodien", "vakar"), "et": ("täna", "eile"), "ka": ("დღეს", "გუშინ"), "hy": ("այսօր", "երեկ"), "ca": ("avui", "ahir"),
    "eu": ("gaur", "atzo"), "gl": ("hoxe", "onte"), "sq": ("sot", "dje"), "sw": ("leo", "jana"), "fil": ("ngayong araw", "kahapon"), "af": ("vandag", "gister"),
}  # fmt: skip
# As pages write them beside what CLDR has: short forms.
_MORE: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (("minute", r"#\s?(?:m|mins?)\.? ago"), ("hour", r"#\s?(?:h|hrs?)\.? ago"), ("day", r"#\s?d ago"), ("week", r"#\s?w ago"), ("hour", r"^#\s?h$"), ("day", r"^#\s?d$"),
           ("hour", r"(?:an|one) hour ago"), ("day", r"(?:a|one) day ago"), ("minute", r"(?:a|one) minute ago")),
    "zh": (("minute", r"#\s?(?:分钟|分鐘|分)(?:前|之前)"), ("hour", r"#\s?(?:个|個)?(?:小时|小時|鐘頭)(?:前|之前)"), ("day", r"#\s?(?:天|日)(?:前|之前)"),
           ("week", r"#\s?(?:周|週|個星期|个星期)前"), ("day", r"(?P<two>前天)")),
    "ja": (("minute", r"#\s?分前"), ("hour", r"#\s?時間前"), ("day", r"#\s?日前"), ("week", r"#\s?週間前")),
    "ko": (("minute", r"#\s?분\s?전"), ("hour", r"#\s?시간\s?전"), ("day", r"#\s?일\s?전"), ("week", r"#\s?주\s?전"), ("day", r"(?P<two>그저께|그제)")),
    "ar": (("minute", r"(?:منذ|قبل) # (?:دقيقة|دقائق)"), ("hour", r"(?:منذ|قبل) # (?:ساعة|ساعات)"), ("day", r"(?:منذ|قبل) # (?:يوم|أيام|يوما|يومًا)"),
           ("hour", r"(?:منذ|قبل) (?:ساعة|(?P<two>ساعتين))"), ("day", r"(?:منذ|قبل) (?:يوم|(?P<two2>يومين))")),
    "de": (("hour", r"vor # std\.?"), ("hour", r"vor einer stunde"), ("day", r"vor einem tag"), ("day", r"(?P<two>vorgestern)")),
    "fr": (("minute", r"il y a # mins?\.?"), ("hour", r"il y a # ?h\.?"), ("hour", r"il y a une heure"), ("day", r"il y a un jour"), ("day", r"(?P<two>avant-hier)")),
    "es": (("hour", r"hace # ?h\.?"), ("hour", r"hace una hora"), ("day", r"hace un día"), ("day", r"(?P<two>anteayer)")),
    "pt": (("minute", r"(?:há|ha) # (?:minutos?|min)"), ("hour", r"(?:há|ha) # ?(?:horas?|h)"), ("day", r"(?:há|ha) # dias?"), ("day", r"(?P<two>anteontem)")),
    "ru": (("day", r"(?P<two>позавчера)"),), "pl": (("hour", r"# godz\.? temu"), ("day", r"(?P<two>przedwczoraj)")),
    "th": (("minute", r"# ?นาที(?:ที่แล้ว|ก่อน|ที่ผ่านมา)"), ("hour", r"# ?(?:ชั่วโมง|ชม\.?) ?(?:ที่แล้ว|ก่อน|ที่ผ่านมา)"), ("day", r"# ?วัน(?:ที่แล้ว|ก่อน|ที่ผ่านมา)"), ("week", r"# ?สัปดาห์(?:ที่แล้ว|ก่อน|ที่ผ่านมา)")),
    "bn": (("minute", r"# ?মিনিট (?:আগে|পূর্বে)"), ("hour", r"# ?(?:ঘণ্টা|ঘন্টা) (?:আগে|পূর্বে)"), ("day", r"# ?দিন (?:আগে|পূর্বে)")),
    "ne": (("minute", r"# ?मिनेट (?:अगाडि|अघि|पहिले)"), ("hour", r"# ?(?:घण्टा|घन्टा) (?:अगाडि|अघि|पहिले)"), ("day", r"# ?दिन (?:अगाडि|अघि|पहिले)"), ("week", r"# ?हप्ता (?:अगाडि|अघि|पहिले)")),
    "hi": (("minute", r"# ?(?:मिनट|मिनिट) (?:पहले|पूर्व)"), ("hour", r"# ?(?:घंटे|घण्टे|घंटा) (?:पहले|पूर्व)"), ("day", r"# ?दिन (?:पहले|पूर्व)")),
    "ur": (("minute", r"# ?منٹ (?:پہلے|قبل)"), ("hour", r"# ?(?:گھنٹے|گھنٹہ) (?:پہلے|قبل)"), ("day", r"# ?دن (?:پہلے|قبل)")),
    "fa": (("minute", r"# ?دقیقه (?:پیش|قبل)"), ("hour", r"# ?ساعت (?:پیش|قبل)"), ("day", r"# ?روز (?:پیش|قبل)"), ("week", r"# ?هفته (?:پیش|قبل)")),
    "id": (("minute", r"# menit (?:yang )?lalu"), ("hour", r"# jam (?:yang )?lalu"), ("day", r"# hari (?:yang )?lalu"), ("week", r"# minggu (?:yang )?lalu")),
    "it": (("minute", r"# min(?:uti)? fa"), ("hour", r"# ?(?:or[ae]|h) fa"), ("hour", r"un'ora fa"), ("day", r"(?P<two>l'altro ieri|ieri l'altro)")),
    "nl": (("minute", r"# min\.? geleden"), ("hour", r"# uu?r geleden"), ("day", r"(?P<two>eergisteren)")),
    "tr": (("minute", r"# ?dk\.? önce"), ("hour", r"# ?sa\.? önce"), ("day", r"# gün evvel")),
    "vi": (("minute", r"# phút trước"), ("hour", r"# ?(?:giờ|tiếng) trước"), ("day", r"# ngày trước")),
    "he": (("minute", r"לפני # דקות"), ("hour", r"לפני # שעות"), ("hour", r"לפני (?:שעה|(?P<two>שעתיים))"), ("day", r"לפני # ימים"), ("day", r"(?:לפני (?P<two>יומיים)|(?P<two2>שלשום))")),
    "el": (("minute", r"πριν (?:από )?# λεπτά"), ("hour", r"πριν (?:από )?# ώρες"), ("day", r"πριν (?:από )?# (?:ημέρες|μέρες)")),
    "sv": (("hour", r"(?:för )?# ?(?:tim(?:mar)?|h)\.? sedan"), ("minute", r"(?:för )?# ?min(?:uter)? sedan"), ("day", r"(?P<two>i förrgår)")),
}  # fmt: skip
_UNITS = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1),
          "week": timedelta(weeks=1), "month": timedelta(days=30)}  # fmt: skip
_COUNTS = {"second": (1, 2, 5, 11, 21), "minute": (1, 2, 5, 11, 21), "hour": (1, 2, 3, 5, 11, 21), "day": (1, 2, 3, 5), "week": (1, 2, 3), "month": (1, 2, 3, 5)}  # fmt: skip
_NUMBER = r"(\d{1,3})"
_CJK_DAY = re.compile(r"(?<![\d年년.])(?<!年\s)(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日号號일](?!\d)")
_BESIDE = r"(?:\s?[（(][^\W\d_]{1,3}[)）])?"  # the weekday
_CLOCKED_DAY = re.compile(rf"(?<![\d./:-])(?P<m>\d{{1,2}})[-./](?P<d>\d{{1,2}}){_BESIDE}\s*(?<!\d)\d{{1,2}}:\d\d(?!\d)")
# "20.11. 14:05", "20/11, 14h05", "14:05 20/11": in numbers a day is one beside a clock only.
_DAY_BESIDE_CLOCK = re.compile(
    r"(?<![\d./:-])(?P<d>\d{1,2})(?P<s>[./])(?P<m>\d{1,2})(?:\.|(?![./]?\d))[\s,|·–-]{1,4}(?:\w{1,6}\s)?\d{1,2}[:h]\d\d(?!\d)"
    r"|(?<![\d.:])\d{1,2}[:h]\d\d(?!\d)[\s,|·–-]{1,4}(?:\w{1,6}\s)?(?P<d2>\d{1,2})[./](?P<m2>\d{1,2})(?:\.|(?![./:]?\d))"
)
_WORD = months.WORD
_DAY_NAMED = re.compile(rf"(?<![\d:.])(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|-?го)?\s+(?:de\s+)?(?P<w>{_WORD})", re.I)
_NAMED_DAY = re.compile(rf"(?P<w>{_WORD})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.]\d|\d)", re.I)
_YEAR = re.compile(r"(?<!\d)(?:1[3-9]\d\d|2[0-5]\d\d)(?!\d)")
_SPACELESS = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


def reckon(raw: str, seen: datetime, *, language: str | None = None, month_first: bool = False) -> date | None:
    """The day of a relative date line that is read at `seen`; None where there is none.

    >>> from datetime import UTC
    >>> reckon("By Ada Brown, 5 hours ago", datetime(2026, 11, 20, 3, tzinfo=UTC), language="en")
    datetime.date(2026, 11, 19)
    >>> reckon("11月20日 10:30", datetime(2027, 1, 2, tzinfo=UTC), language="zh")
    datetime.date(2026, 11, 20)

    `month_first` says how "3/11, 14:05" is meant.
    """
    text = western(one_line(raw[: _MAX_CHARS + 1]))
    if len(text) > _MAX_CHARS or _YEAR.search(text):
        return None
    folded = text.casefold()
    found = (
        _ago(folded, seen, language)
        or _without_year(text, seen.date(), language)
        or _in_numbers(text, seen.date(), month_first)
    )
    if found is None:
        return None
    day, start, end = found
    if not _is_date_line(text[:start] + " " + text[end:]):
        return None
    return day


def _ago(text: str, seen: datetime, language: str | None) -> tuple[date, int, int] | None:
    for code in dict.fromkeys((language or "en", "en")):
        for pattern, unit in _patterns(code):
            if match := pattern.search(text):
                number = next((int(g) for g in match.groups() if g and g.isdigit()), None)
                count = number if number is not None else 2 if any(match.groupdict().values()) else 1
                day = seen.date() - timedelta(days=count) if unit == "day" else (seen - _UNITS[unit] * count).date()
                return day, match.start(), match.end()
        for match in _near_days().finditer(text):
            back = _BACK.get((code, match[0]))
            if back is not None and _stands_as_date(text, match.start(), match.end()):
                return seen.date() - timedelta(days=back), match.start(), match.end()
    return None


# (language, word) → days back.
_BACK = {(code, w): n for code, words in _DAYS.items() for n, alike in enumerate(words) for w in alike.split("|")}


@cache
def _near_days() -> re.Pattern[str]:
    """All words for today and yesterday; which language each is of is looked up."""
    words = sorted({re.escape(word) for _, word in _BACK}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")


def _stands_as_date(text: str, start: int, end: int) -> bool:
    """Whether "today" is a date rather than a word of a name ("USA Today"): alone, or beside a clock."""
    rest = text[:start] + text[end:]
    return not _LETTER.search(rest) or bool(_CLOCK_NEXT.match(text[end:]))


_LETTER = re.compile(r"[^\W\d_]")
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_CLOCK_NEXT = re.compile(r"[\s,]{0,3}(?:\w{1,5}\s)?\d{1,2}[:.h]\d\d")
_NUMBERS = re.compile(r"\d+")


@cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of "so long ago" in a language, from CLDR by way of Babel, and their units."""
    found = [(template, unit) for unit, template in _MORE.get(code, ())]
    try:
        locale = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return _compiled(found)
    for unit, counts in _COUNTS.items():
        for count in counts:
            for width in ("long", "short", "narrow"):
                text = _told(unit, count, width, locale)
                if len(_NUMBERS.findall(text)) == 1 and str(count) in text and _LETTER.search(text):
                    found.append((re.escape(text).replace(str(count), "#", 1), unit))
    return _compiled(found)


def _told(unit: str, count: int, width: Literal["long", "short", "narrow"], locale: Locale) -> str:
    try:
        text = format_timedelta(
            -_UNITS[unit] * count,
            granularity=_FINEST[unit],
            threshold=0.9,
            add_direction=True,
            format=width,
            locale=locale,
        )
    except KeyError:  # CLDR has no such words for the language
        return ""
    return western(text).casefold()


_FINEST: dict[str, Literal["second", "minute", "hour", "day", "week", "month"]] = {
    "second": "second", "minute": "minute", "hour": "hour", "day": "day", "week": "week", "month": "month",
}  # fmt: skip


def _compiled(found: list[tuple[str, str]]) -> tuple[tuple[re.Pattern[str], str], ...]:
    once = dict.fromkeys(found)
    made = []
    for template, unit in once:
        spaced = template.replace(r"\ ", r"\s").replace(" ", r"\s").replace("\u00a0", r"\s")
        made.append((re.compile(rf"(?<![^\W_])(?:{spaced.replace('#', _NUMBER)})(?![^\W\d_])"), unit))
    return tuple(made)


def _without_year(text: str, seen: date, language: str | None) -> tuple[date, int, int] | None:
    if (match := _CJK_DAY.search(text)) or (language in ("zh", "ja", "ko") and (match := _CLOCKED_DAY.search(text))):
        day = _latest(int(match["m"]), int(match["d"]), seen)
        return (day, match.start(), match.end()) if day else None
    names = months.months(language if language == "hr" else None)
    for pattern in (_DAY_NAMED, _NAMED_DAY):
        at = 0
        while match := pattern.search(text, at):
            number = names.get(months.fold(match["w"]))
            if number and len(match["w"]) > 2 and (day := _latest(number, int(match["d"]), seen)):
                return day, match.start(), match.end()
            at = match.start() + len(match["d"] if pattern is _DAY_NAMED else match["w"])
    return None


def _in_numbers(text: str, seen: date, month_first: bool) -> tuple[date, int, int] | None:
    match = _DAY_BESIDE_CLOCK.search(text)
    if match is None:
        return None
    first, second = int(match["d"] or match["d2"]), int(match["m"] or match["m2"])
    is_turned = second > 12 or (month_first and match["s"] == "/" and first <= 12)
    day = _latest(first, second, seen) if is_turned else _latest(second, first, seen)
    return (day, match.start(), match.end()) if day else None


def _latest(month: int, number: int, seen: date) -> date | None:
    """The latest such day that is not after the day of the capture, a day of other zones' lead allowed."""
    for year in (seen.year, seen.year - 1):
        try:
            day = date(year, month, number)
        except ValueError:
            continue
        if day <= seen + timedelta(days=1):
            return day
    return None


def _is_date_line(rest: str) -> bool:
    """Whether what stands beside the date is a byline's or a label's few words, so that the line is no prose."""
    if len(_SPACELESS.findall(rest)) > _MAX_LETTERS:
        return False
    return len([w for w in _LONG_WORD.findall(rest) if not _SPACELESS.search(w)]) <= _MAX_WORDS
