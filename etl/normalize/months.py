"""Names of months, day halves and eras, by what pages in 40 languages write. Names come from Unicode CLDR, through Babel."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale

# Letters up to the first sign of a script that writes marks, then such signs and letters. Each character can be taken in
# one way only: a sign that is a letter as well would double the ways with each one, and a long word of Burmese never end.
_SIGN = r"[\u0300-\u036f\u0654\u200c\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
WORD = (
    rf"[^\W\d_](?:(?!{_SIGN})[^\W\d_.’'])*"
    rf"(?:{_SIGN}(?:[^\W\d_]|(?![^\W\d_]){_SIGN})*)?"
)
LOCALES = (
    "af ar az be bg bn bs ca cs da de el en es et eu fa fi fil fr ga gl he hi hr hu hy id is it ja ka kk ko lt lv mk ms nb"
    " ne nl nn pl pt ro ru sk sl sq sr sr_Latn sv sw ta te th tr uk ur uz vi zh bn cy gu kn ml mr pa si am my km lo ky tg"
).split()
# Written on pages, but absent from CLDR: Maghreb and Levant names in Arabic, de_AT, short forms, old spellings.
_MORE = {
    "كانون الثاني": 1, "شباط": 2, "آذار": 3, "نيسان": 4, "أيار": 5, "حزيران": 6, "تموز": 7, "آب": 8, "أيلول": 9,
    "تشرين الأول": 10, "تشرين الثاني": 11, "كانون الأول": 12, "جانفي": 1, "فيفري": 2, "أفريل": 4, "ماي": 5, "جوان": 6,
    "جويلية": 7, "أوت": 8, "شتنبر": 9, "نونبر": 11, "دجنبر": 12, "غشت": 8, "يوليوز": 7, "ابريل": 4, "اغسطس": 8, "اكتوبر": 10,
    "jänner": 1, "jän": 1, "feber": 2, "sept": 9, "set": 9, "setiembre": 9, "mrz": 3, "maerz": 3, "juni": 6, "juli": 7,
    "ene": 1, "dez": 12, "fév": 2, "fevr": 2, "aout": 8, "decembre": 12, "fevrier": 2, "agu": 8, "peb": 2, "nop": 11,
    "januarja": 1, "februarja": 2, "marca": 3, "aprila": 4, "maja": 5, "junija": 6, "julija": 7, "avgusta": 8,
    "septembra": 9, "oktobra": 10, "novembra": 11, "decembra": 12, "stycznia": 1, "ιαν": 1, "φεβ": 2, "μαρ": 3, "απρ": 4, "μαϊ": 5, "ιουν": 6, "ιουλ": 7, "αυγ": 8, "σεπ": 9, "οκτ": 10,
    "νοε": 11, "δεκ": 12, "янв": 1, "фев": 2, "мар": 3, "апр": 4, "мая": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9,
    "сент": 9, "окт": 10, "ноя": 11, "нояб": 11, "дек": 12, "gen": 1, "giu": 6, "lug": 7, "ago": 8, "ott": 10, "dic": 12,
    "јануара": 1, "фебруара": 2, "априла": 4, "маја": 5, "јуна": 6, "јула": 7, "септембра": 9, "октобра": 10, "новембра": 11,
    "децембра": 12, "januara": 1, "februara": 2, "juna": 6, "jula": 7, "ফেব্রুয়ারি": 2, "জানুয়ারি": 1, "jaanuaril": 1, "veebruaril": 2, "märtsil": 3, "aprillil": 4, "juunil": 6, "juulil": 7,
    "augustil": 8, "septembril": 9, "oktoobril": 10, "novembril": 11, "detsembril": 12, "ژوییه": 7, "ژوئیه": 7, "اوت": 8,
    "abr": 4, "mai": 5, "out": 10, "nov": 11, "okt": 10, "lip": 7, "sie": 8, "wrz": 9, "paź": 10, "lis": 11, "gru": 12,
}  # fmt: skip


def fold(name: str) -> str:
    """A name as it is looked up: compatibility form, case folded, no closing point, without the mark of Persian ezafe.

    Folding a folded name changes nothing.
    """
    while True:
        name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
        name, marks = _EZAFE.subn("", name)
        name = name.replace("\u06c0", "\u0647").strip(" .\t\n\u00a0")
        if not marks:  # what stood on both sides of a mark may make another one, or one letter
            return name


# "Of": a hamza over the last letter, or a letter yeh joined without a space.
_EZAFE = re.compile("\u0654|\u200c[\u06cc\u064a]")


@cache
def months(language: str | None = None) -> dict[str, int]:
    """Folded month name → number.

    Croatian names five months as its neighbours name others (listopad is October there, November in Polish and Czech):
    they mean the Croatian months only where `language` is hr.
    """
    found: dict[str, dict[int, bool]] = {}
    for code in LOCALES:
        locale = Locale.parse(code)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context].get(width, {}).items():
                    key = fold(name)
                    if any(c.isalpha() for c in key) and len(key) > 1:
                        numbers = found.setdefault(key, {})
                        numbers[number] = numbers.get(number, False) or code == "hr"
    names = {fold(key): number for key, number in _MORE.items()}
    for key, numbers in found.items():
        wanted = [n for n, croatian in numbers.items() if len(numbers) == 1 or croatian == (language == "hr")]
        if wanted:
            names[key] = wanted[0]
    return names


# Words for the halves of the day, folded; True is the second half.
HALVES: dict[str, bool] = {
    "am": False, "a.m": False, "pm": True, "p.m": True, "午前": False, "午後": True, "上午": False, "下午": True,
    "凌晨": False, "早上": False, "晚上": True, "오전": False, "오후": True, "ص": False, "صباحا": False, "م": True,
    "مساء": True, "π.μ": False, "μ.μ": True, "πμ": False, "μμ": True, "a. m": False, "p. m": True, "sa": False, "ch": True,
}  # fmt: skip
