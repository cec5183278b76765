"""Names of time zones as pages write them behind a clock → offsets from UTC.

A name that several places use (IST is India, Ireland and Israel) means something only where the page says which place
it is of: no offset is better than a wrong one. Sources: IANA tzdata, and the lists of abbreviations in RFC 822 and CLDR.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

# Minutes east of UTC. Letters of one place only, or used for one place by nearly all who write them.
_FIXED = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "cet": 60, "cest": 120, "mez": 60, "mesz": 120, "met": 60, "mest": 120, "eet": 120,
    "eest": 180, "oez": 120, "oesz": 180, "msk": 180, "мск": 180, "trt": 180, "tsi\u0307": 180, "aqtt": 300, "pkt": 300, "uzt": 300,
    "npt": 345, "wib": 420, "wita": 480, "ict": 420, "hkt": 480, "sgt": 480, "myt": 480, "pht": 480, "phst": 480, "awst": 480, "jst": 540,
    "kst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "est": -300, "edt": -240, "cdt": -300,
    "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "nst": -210, "ndt": -150, "hne": -300,
    "hae": -240, "hnp": -480, "hap": -420, "brt": -180, "sast": 120, "irst": 210, "irdt": 270, "afrt": 270,
}  # fmt: skip
# Letters that mean several places, or words of a headline: only for pages of these countries.
_OF_COUNTRY: dict[str, dict[str, int]] = {
    "ist": {"IN": 330, "LK": 330, "IE": 60, "IL": 120},
    "bst": {"GB": 60, "BD": 360},
    "cst": {"US": -360, "CA": -360, "MX": -360, "GT": -360, "CR": -360, "CN": 480, "TW": 480, "CU": -300},
    "ast": {
        "CA": -240,
        "PR": -240,
        "BB": -240,
        "TT": -240,
        "SA": 180,
        "KW": 180,
        "QA": 180,
        "BH": 180,
        "IQ": 180,
        "YE": 180,
    },
    "est": {"AU": 600},
    "edt": {"AU": 660},
    "pst": {"PH": 480},
    "mst": {"MY": 480},
    "gst": {"AE": 240, "OM": 240},
    "wst": {"AU": 480},
    "west": {"PT": 60, "ES": 60, "MA": 60},
    "art": {"AR": -180},
    "pet": {"PE": -300},
    "cot": {"CO": -300},
    "bot": {"BO": -240},
    "wit": {"ID": 540},
    "wat": dict.fromkeys(("NG", "GH", "CM", "BJ", "NE", "TD", "GA", "CD", "AO"), 60),
    "cat": dict.fromkeys(("ZA", "ZW", "ZM", "MZ", "RW", "BW", "MW", "BI", "NA"), 120),
    "eat": dict.fromkeys(("KE", "TZ", "UG", "ET", "SO", "ER", "DJ"), 180),
}
# Names of a clock, whose offset changes with the season.
_CLOCKS = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
_PHRASES = {"московск": "Europe/Moscow", "киевск": "Europe/Kyiv", "київськ": "Europe/Kyiv", "минск": "Europe/Minsk"}
# Where a language is that of one country, as far as these letters go.
_COUNTRY_OF = {
    "hi": "IN", "ta": "IN", "te": "IN", "mr": "IN", "gu": "IN", "kn": "IN", "ml": "IN", "pa": "IN", "or": "IN", "as": "IN", "si": "LK",
    "he": "IL", "ga": "IE", "zh": "CN", "id": "ID", "ms": "MY",
}  # fmt: skip
# Capitals, since in small letters most of these are words ("est", "art", "west"); Russian writes its own either way.
_NAMES = sorted({*_FIXED, *_OF_COUNTRY, *_CLOCKS} - {"мск", "tsi\u0307"}, key=len, reverse=True)
_ZONE = re.compile(
    r"(?<![^\W_])(?:(?:UTC|GMT)\s?(?P<off>[+−-]\d{1,2}(?::?\d{2})?)"
    rf"|(?P<name>{'|'.join(n.upper() for n in _NAMES)}|TSİ|МСК|мск|Мск)(?![^\W_])"
    rf"|(?:по|за)\s(?P<phrase>{'|'.join(_PHRASES)})|(?P<num>[+−-]\d{{2}}:?\d{{2}})\b)"
)
_NEAR = 16  # characters behind a clock within which a zone is its


def behind_clock(
    text: str, when: datetime, *, language: str | None = None, region: str | None = None
) -> timedelta | None:
    """The offset that is written behind a clock, `text` being what follows it; None when there is none or it is unclear.

    `region` is the page's country (ISO 3166), `language` its primary subtag.

    >>> behind_clock(" Uhr MEZ", datetime(2022, 2, 24, 10)), behind_clock(" IST", datetime(2022, 2, 24, 10))
    (datetime.timedelta(seconds=3600), None)
    """
    match = _ZONE.search(text[:_NEAR])
    if match is None:
        return None
    if match["phrase"]:
        return _at(_PHRASES[match["phrase"]], when)
    return offset(match["off"] or match["num"] or match["name"], when, language=language, region=region)


def offset(
    text: str | None, when: datetime, *, language: str | None = None, region: str | None = None
) -> timedelta | None:
    """The offset that a name or number ("+0530", "-3", "PDT") means at a local time; None when it means none for sure."""
    if not text:
        return None
    text = text.replace("−", "-").lower()
    if text[0] in "+-":
        return _number(text)
    country = (region or _COUNTRY_OF.get(language or "") or "").upper()
    minutes = _OF_COUNTRY.get(text, {}).get(country, _FIXED.get(text))
    if minutes is not None:
        return timedelta(minutes=minutes)
    if text in _CLOCKS and (country in ("US", "CA") or (not country and language == "en")):
        return _at(_CLOCKS[text], when)
    return None


def _number(text: str) -> timedelta | None:
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 14 or minutes > 59:
        return None
    found = timedelta(hours=hours, minutes=minutes)
    return -found if text[0] == "-" else found


def _at(zone: str, when: datetime) -> timedelta | None:
    try:
        return when.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OverflowError):
        return None


def country_of(language: str | None) -> str | None:
    """The country (ISO 3166) that a language is written in, where it is one and has one clock; None for others.

    >>> country_of("ja"), country_of("en")
    ('JP', None)
    """
    return _ONE_COUNTRY.get(language or "")


_ONE_COUNTRY = {
    "ja": "JP", "ko": "KR", "th": "TH", "vi": "VN", "tr": "TR", "pl": "PL", "cs": "CZ", "sk": "SK", "hu": "HU", "fi": "FI", "da": "DK",
    "no": "NO", "nb": "NO", "sv": "SE", "el": "GR", "bg": "BG", "uk": "UA", "he": "IL", "ka": "GE", "hy": "AM", "lt": "LT", "lv": "LV",
    "et": "EE", "ne": "NP", "my": "MM", "km": "KH", "lo": "LA", "si": "LK", "hi": "IN", "ta": "IN", "te": "IN", "mr": "IN", "gu": "IN",
    "kn": "IN", "ml": "IN", "de": "DE", "it": "IT", "hr": "HR", "sl": "SI", "sr": "RS", "mk": "MK", "sq": "AL", "is": "IS", "fa": "IR",
}  # fmt: skip


def of_country(region: str | None, when: datetime) -> timedelta | None:
    """The offset of a country (ISO 3166) at an instant, or None where it has several clocks or is not known.

    >>> from datetime import UTC
    >>> of_country("DE", datetime(2026, 11, 19, 23, tzinfo=UTC)), of_country("US", datetime(2026, 11, 20, tzinfo=UTC))
    (datetime.timedelta(seconds=3600), None)
    """
    offsets = _offsets(region, when)
    return offsets.pop() if len(offsets) == 1 else None


def is_never_utc(region: str | None, when: datetime) -> bool:
    """Whether all clocks of a country show another time than UTC at an instant; False where the country is not known."""
    offsets = _offsets(region, when)
    return bool(offsets) and timedelta(0) not in offsets


def _offsets(region: str | None, when: datetime) -> set[timedelta]:
    found: set[timedelta] = set()
    for zone in get_global("territory_zones").get(region or "", ()):  # of CLDR
        try:
            offset = when.astimezone(ZoneInfo(zone)).utcoffset()
        except (ZoneInfoNotFoundError, ValueError, OverflowError):
            continue
        if offset is not None:
            found.add(offset)
    return found
