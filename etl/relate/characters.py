"""Frozen tables of how each character is folded in tokens, the same under every Python.

The tables come from Unicode 3.2, which every Python carries unchanged (`unicodedata.ucd_3_2_0`); what was added to
Unicode since counts as letters as it is. Keys in a warehouse depend on them: Python 3.13 must find those of 3.11.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SEPARATOR, WORD, CAPITAL, DIGIT, ALONE, UNSEEN = range(6)
TABLE_SIZE = 0x10000
HAS_SECOND = 1 << 31

# Chinese, Japanese, Thai, Lao, Burmese and Khmer are written without spaces: each character is a token.
_SPACELESS = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF)),
    *((0x31F0, 0x31FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F)),
)
_ENDS = ".!?…:;\"”»’')]。！？」』）】›“‟،؟۔।॥።၊။។"
# Written or left out as one likes: apostrophes (don't, don’t), niqqud, harakat, tatweel, variation selectors, nukta.
_UNSEEN = {0x27, 0x2019, 0x2BC, 0x60, 0xB4, 0x2018, 0x2032, 0x640, 0xAD}
_UNSEEN_RANGES = ((0x0591, 0x05BD), (0x064B, 0x0652), (0xFE00, 0xFE0F))
_UNSEEN |= {0x93C, 0x9BC}  # the dot below a letter of Hindi or Bengali
# Arabic and Persian keyboards write one letter with different code points, and many write alef, waw and yeh without their
# hamza and ta marbuta as a heh.
_SAME_LETTER = {0x623: 0x627, 0x625: 0x627, 0x622: 0x627, 0x671: 0x627, 0x649: 0x6CC, 0x64A: 0x6CC, 0x643: 0x6A9}
_SAME_LETTER |= {0x629: 0x647, 0x6C1: 0x647, 0x624: 0x648, 0x626: 0x6CC}

# Written with and without capitals in Turkish and Azeri, whose capital of i is İ and whose small letter of I is ı.
_SAME_LETTER |= {0x130: 0x69, 0x131: 0x69}
# Latin letters are printed without their accents by whoever has no keys for them, and most are a letter and a mark. These
# are letters of their own.
_PLAIN = dict(zip("łđøæœðħŧŋə", "ldoaodhtne", strict=True))
# Serbian is printed in two alphabets, letter by letter the same, and Russian ё as е.
_CYRILLIC = dict(zip("абвгдђежзијклмнопрстћуфхцчш", "abvgdđežzijklmnoprstćufhcčš", strict=True))
_CYRILLIC |= {"љ": "lj", "њ": "nj", "џ": "dž"}
_GREEK = ((0x0370, 0x03FF), (0x1F00, 0x1FFF))  # capitals are printed without accents
HAN_VARIANTS = Path(__file__).with_name("han_variants.txt")


class Tables(NamedTuple):
    """Arrays by code point of the first plane."""

    folds: NDArray[np.uint32]  # kind in the low byte, the folded character above it, the sign that a second one follows
    second: NDArray[np.uint16]  # a second one (ß), or 0
    classes: NDArray[np.uint8]  # canonical combining class
    may_compose: NDArray[np.bool_]  # NFC replaces it, or may join it to what stands before
    ends: NDArray[np.bool_]  # ends a sentence, or closes what ended one


@cache
def tables() -> Tables:
    """Return the tables; made once a process, in some 0.1 s."""
    kinds = np.zeros(TABLE_SIZE, np.uint8)
    first = np.arange(TABLE_SIZE, dtype=np.uint16)
    second = np.zeros(TABLE_SIZE, np.uint16)
    classes = np.zeros(TABLE_SIZE, np.uint8)
    may_compose = np.zeros(TABLE_SIZE, np.bool_)
    may_compose[0x1161:0x11FF] = True  # Hangul vowels and finals join what stands before
    kinds[0xAC00:0xD7A4] = WORD  # syllables, which fold to themselves
    kinds[0x3400:0xA000] = ALONE
    for traditional, simplified in han_variants().items():
        first[ord(traditional)] = ord(simplified)
    for point in range(TABLE_SIZE):
        if 0xAC00 <= point < 0xD7A4 or 0x3400 <= point < 0xA000 or 0xD800 <= point < 0xF900:
            continue
        char = chr(point)
        kinds[point] = _kind(point, char)
        folded = _folded(point, char)
        first[point] = ord(folded[0])
        second[point] = ord(folded[1]) if len(folded) > 1 else 0
        if point >= 0x300:
            classes[point] = unicodedata.combining(char)
            may_compose[point] |= unicodedata.normalize("NFC", char) != char
        parts = unicodedata.decomposition(char).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            may_compose[int(parts[1], 16)] = int(parts[1], 16) >= 0x300
    ends = np.zeros(TABLE_SIZE, np.bool_)
    ends[[ord(char) for char in _ENDS]] = True
    folds = np.empty(TABLE_SIZE, np.uint32)
    folds[:] = kinds | (first.astype(np.int64) << 8) | np.where(second != 0, HAS_SECOND, 0)
    made = Tables(folds, second, classes, may_compose, ends)
    for table in made:
        table.flags.writeable = False
    return made


def _kind(point: int, char: str) -> int:
    if point in _UNSEEN or any(low <= point <= high for low, high in _UNSEEN_RANGES):
        return UNSEEN
    if any(low <= point <= high for low, high in _SPACELESS):
        return DIGIT if unicodedata.ucd_3_2_0.category(char) == "Nd" else ALONE
    category = unicodedata.ucd_3_2_0.category(char)
    if category in ("Lu", "Lt"):
        return CAPITAL
    if category == "Nd":
        return DIGIT
    if category == "Cf":
        return UNSEEN
    return WORD if category[0] in "LMN" or category == "Cn" else SEPARATOR


def _folded(point: int, char: str) -> str:
    if point in _SAME_LETTER:
        return chr(_SAME_LETTER[point])
    category = unicodedata.ucd_3_2_0.category(char)
    if category == "Nd":
        return str(unicodedata.ucd_3_2_0.decimal(char))
    if category in ("Cn", "Cs", "Co"):
        return char
    folded = unicodedata.ucd_3_2_0.normalize("NFKC", char).casefold()
    if any(low <= point <= high for low, high in _GREEK):
        folded = unicodedata.ucd_3_2_0.normalize("NFD", folded)[:1]
    folded = "".join(_CYRILLIC.get(c, c) for c in map(_plain, folded))
    folded = "".join(map(_plain, folded))
    return folded if len(folded) in (1, 2) and all(ord(c) < TABLE_SIZE for c in folded) else char


def _plain(letter: str) -> str:
    """Return a Latin letter without its accents, and ё without its dots; anything else as it is."""
    base = unicodedata.ucd_3_2_0.normalize("NFD", letter)[:1]
    return _PLAIN.get(letter, base if (base.isascii() and base.isalpha()) or letter == "ё" else letter)


@cache
def han_variants() -> dict[str, str]:
    """Return the simplified form of each traditional Chinese character that has another one."""
    lines = HAN_VARIANTS.read_text(encoding="utf-8").splitlines()
    pairs = "".join(line for line in lines if not line.startswith("#"))
    return dict(zip(pairs[::2], pairs[1::2], strict=True))
