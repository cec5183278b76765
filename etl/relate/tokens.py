"""Word tokens of any script as 64-bit hashes: one tokenizer for keys and for verification.

Text is NFC and folded (case, width, accents, kinds of digits). A run of letters and digits is a token; where a script has
no spaces, each character is. Apostrophes and marks that are not seen vanish, and so does what ä, ö, ü, å and ø are written
out with: an e behind a, o or u, and a second a.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate.characters import ALONE, CAPITAL, DIGIT, HAS_SECOND, SEPARATOR, TABLE_SIZE, UNSEEN, WORD, tables
from etl.relate.jit import kernel
from etl.relate.utf8 import code_point, packed, utf8

U64 = NDArray[np.uint64]

_SEED = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)  # FNV-1a's prime; `mix` mends its weak high bits
_A = np.uint64(0xBF58476D1CE4E5B9)  # splitmix64
_B = np.uint64(0x94D049BB133111EB)
# The marks of a token.
ANCHOR, NUMBER = np.uint8(1), np.uint8(2)
CHARACTER, LETTER = np.uint8(4), np.uint8(8)  # of a script without spaces; of an alphabet, so that it says little alone
_PLAIN = np.uint8(0)
# The lowest bit of a token's hash: a word of four letters or two syllables, or a number. Shorter ones (of, la, zum) stand in
# any text. The sixteen bits that are highest of its lower half: the first four letters, which a word keeps in all its cases.
HEAVY = np.uint64(1)
STEM_SHIFT = np.uint32(16)
_OWN_BITS, _STEM_BITS, _STEM_AT = ~np.uint64(0xFFFF0001), np.uint64(0xFFFF), np.uint64(16)
_STEM = np.uint64(4)
_HEAVY_SIZE, _SYLLABLE = np.uint64(4), np.uint64(2)
_HANGUL, _HANGUL_END = 0xAC00, 0xD7A4
_IDEOGRAPHS = 0x3000  # and kana; below are Thai, Lao, Burmese and Khmer
_S8, _ONE = np.uint64(8), np.uint64(1)
_KIND, _POINT, _SECOND = np.uint64(0xFF), np.uint64(0x1FFFFF), np.uint64(HAS_SECOND)
_WORD, _CAPITAL, _DIGIT = np.uint64(WORD), np.uint64(CAPITAL), np.uint64(DIGIT)
_ALONE, _UNSEEN = np.uint64(ALONE), np.uint64(UNSEEN)
_A_, _E_, _O_, _U_ = np.uint64(ord("a")), np.uint64(ord("e")), np.uint64(ord("o")), np.uint64(ord("u"))
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)


@kernel
def mix(value: Any) -> Any:
    """Return the value with all its bits mixed (the finaliser of splitmix64)."""
    value = (value ^ (value >> _S30)) * _A
    value = (value ^ (value >> _S27)) * _B
    return value ^ (value >> _S31)


@kernel
def kind_beyond(point: Any) -> Any:
    """Return the kind of a character beyond the first plane: ideograph, pictograph, or letter."""
    if 0x20000 <= point < 0x40000:
        return ALONE
    return SEPARATOR if 0x1F000 <= point < 0x20000 or point >= 0xE0000 else WORD


@kernel
def fold_of(point: Any, folds: Any) -> Any:
    """Return the entry of `Tables.folds` for any code point: kind in the low byte, the folded character above it."""
    if point < TABLE_SIZE:
        return np.uint64(folds[point])
    return np.uint64(kind_beyond(point)) | (np.uint64(point) << _S8)


@kernel
def _hash_of(value: Any, stem: Any, size: Any) -> Any:
    return mix(value) & _OWN_BITS | (mix(stem) & _STEM_BITS) << _STEM_AT | np.uint64(size >= _HEAVY_SIZE)


@kernel
def is_written_out(letter: Any, before: Any) -> Any:
    """True for the second letter of ae, oe, ue and aa, which stand for ä or æ, ö or ø, ü, and å."""
    after = (before == _A_) | (before == _O_) | (before == _U_)  # no branch: letters cannot be foretold
    return ((letter == _E_) & after) | ((letter == _A_) & (before == _A_))


@kernel
def tokenize(data: Any, start: int, end: int, folds: Any, second: Any, hashes: Any, marks: Any) -> Any:
    """Write the token hashes of data[start:end] and the marks of each; return how many there are.

    An anchor is a token with a digit in it or with an initial capital: what a template changes from day to day.
    """
    found = np.uint64(0)
    value = _SEED
    begun = False
    mark = _PLAIN
    before = size = np.uint64(0)
    stem = _SEED
    at = np.uint64(start)
    last = np.uint64(end)
    while at < last:
        lead = data[at]
        if lead < 0x80:
            fold = np.uint64(folds[lead])
            if fold & _KIND == _WORD:  # most of most texts: runs of small letters, in a loop of their own for speed
                while fold & _KIND == _WORD:
                    letter = fold >> _S8
                    is_left_out = is_written_out(letter, before)
                    value = value if is_left_out else (value ^ letter) * _STEP
                    before = before if is_left_out else letter
                    size += np.uint64(not is_left_out)
                    stem = value if size <= _STEM else stem
                    at += _ONE
                    if at >= last or data[at] >= 0x80:
                        break
                    fold = np.uint64(folds[data[at]])
                begun = True
                continue
            at += _ONE
            point: Any = np.int64(lead)
        else:
            point, width = code_point(data, at)
            at += np.uint64(width)
            fold = fold_of(point, folds)
        kind = fold & _KIND
        if kind == _WORD or kind == _CAPITAL or kind == _DIGIT:  # noqa: SIM109 (a tuple is slower)
            if kind == _DIGIT:
                mark = ANCHOR | NUMBER
            elif kind == _CAPITAL and not begun:
                mark = ANCHOR
            begun = True
            letter = (fold >> _S8) & _POINT
            if is_written_out(letter, before):
                continue
            size += _ONE
            if kind == _DIGIT or (point >= _HANGUL and point < _HANGUL_END):
                size += _ONE
            value = (value ^ letter) * _STEP
            before = letter
            if fold & _SECOND:
                size += _ONE
                before = np.uint64(second[point])
                value = (value ^ before) * _STEP
            stem = value if size <= _STEM or kind == _DIGIT else stem
            continue
        if kind == _UNSEEN:
            continue
        if begun:
            hashes[found] = _hash_of(value, stem, size)
            marks[found] = mark
            found += _ONE
            value, begun, mark, before, size = _SEED, False, _PLAIN, np.uint64(0), np.uint64(0)
        if kind == _ALONE:
            hashes[found] = mix((_SEED ^ ((fold >> _S8) & _POINT)) * _STEP)
            marks[found] = CHARACTER | LETTER if point < _IDEOGRAPHS else CHARACTER
            found += _ONE
    if begun:
        hashes[found] = _hash_of(value, stem, size)
        marks[found] = mark
        found += _ONE
    return np.int64(found)


def tokens(text: str) -> tuple[U64, NDArray[np.uint8]]:
    """Return the hashes of a text's tokens in their order, and the marks of each (`ANCHOR`, `NUMBER`, `CHARACTER`)."""
    data, offsets = packed(utf8([text]))
    hashes = np.empty(len(data) + 1, np.uint64)
    marks = np.empty(len(data) + 1, np.uint8)
    t = tables()
    found = tokenize(data, 0, int(offsets[1]), t.folds, t.second, hashes, marks)
    return hashes[:found].copy(), marks[:found].copy()
