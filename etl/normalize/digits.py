"""Digits of all scripts → 0 to 9, and Chinese numerals of dates."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_FAR = re.compile(r"[^\x00-\x7f]")
_CHINESE = {
    c: n for n, chars in enumerate(("〇零○ＯO", "一", "二", "三", "四", "五", "六", "七", "八", "九")) for c in chars
}
# Of a date only: in front of year, month or day, or behind a reign's name.
_CHINESE_NUMBER = re.compile("[〇零○ＯO一二三四五六七八九十百]{1,6}(?=\\s?[年月日號号])")
_REIGNS = re.compile("[\u32ff\u337b-\u337e]")  # of one character: ㋿ is 令和


def western(text: str) -> str:
    """The text with decimal digits of every script as 0 to 9.

    >>> western("২০২৬ ٢٠"), western("２０２６")
    ('2026 20', '2026')
    """
    return text.translate(_table()) if _FAR.search(text) else text


def chinese_dates(text: str) -> str:
    """The text with the Chinese numerals of its dates as digits.

    >>> chinese_dates("二〇二六年十一月二十日"), chinese_dates("民國一百一十五年")
    ('2026年11月20日', '民國115年')
    """
    text = _REIGNS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return _CHINESE_NUMBER.sub(lambda match: _value(match[0]), text)


def _value(numerals: str) -> str:
    if "十" not in numerals and "百" not in numerals:
        return "".join(str(_CHINESE[c]) for c in numerals)
    total, number = 0, 0
    for c in numerals:
        if c in "十百":
            total += (number or 1) * (10 if c == "十" else 100)
            number = 0
        else:
            number = _CHINESE[c]
    return str(total + number)


@cache
def _table() -> dict[int, str]:
    return {
        point: str(unicodedata.decimal(chr(point)))
        for point in range(0x80, 0x10000)
        if unicodedata.category(chr(point)) == "Nd"
    }
