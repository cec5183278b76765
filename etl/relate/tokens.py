"""Word tokens of any script as 64-bit hashes: one tokenizer for keys and for verification.

Text is NFC and folded (case, width, kinds of digits). A run of letters and digits is a token; where a script has no
spaces, each character is. Apostrophes and marks that are not seen vanish.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate.characters import ALONE, CAPITAL, DIGIT, HAS_SECOND, SEPARATOR, TABLE_SIZE, UNSEEN, WORD, tables
from etl.relate.jit import kernel

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_SEED = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)  # FNV-1a's prime; `mix` mends its weak high bits
_A = np.uint64(0xBF58476D1CE4E5B9)  # splitmix64
_B = np.uint64(0x94D049BB133111EB)
_S8, _ONE, _TWO, _THREE = np.uint64(8), np.uint64(1), np.uint64(2), np.uint64(3)
_KIND, _POINT, _SECOND = np.uint64(0xFF), np.uint64(0x1FFFFF), np.uint64(HAS_SECOND)
_WORD, _CAPITAL, _DIGIT = np.uint64(WORD), np.uint64(CAPITAL), np.uint64(DIGIT)
_ALONE, _UNSEEN = np.uint64(ALONE), np.uint64(UNSEEN)
_PADDING = b"\0\0\0\0"  # bytes that are no UTF-8 must not be read past their end
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)


@kernel
def mix(value: Any) -> Any:
    """Return the value with all its bits mixed (the finaliser of splitmix64)."""
    value = (value ^ (value >> _S30)) * _A
    value = (value ^ (value >> _S27)) * _B
    return value ^ (value >> _S31)


@kernel
def code_point(data: Any, start: Any) -> Any:
    """Return the code point at a byte of well-formed UTF-8, and how many bytes it has."""
    at = np.uint64(start)
    lead = np.int64(data[at])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return ((lead & 0x1F) << 6) | np.int64(data[at + _ONE] & 0x3F), 2
    if lead < 0xF0:
        return ((lead & 0x0F) << 12) | (np.int64(data[at + _ONE] & 0x3F) << 6) | np.int64(data[at + _TWO] & 0x3F), 3
    high = ((lead & 0x07) << 18) | (np.int64(data[at + _ONE] & 0x3F) << 12)
    return high | (np.int64(data[at + _TWO] & 0x3F) << 6) | np.int64(data[at + _THREE] & 0x3F), 4


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
def tokenize(data: Any, start: int, end: int, folds: Any, second: Any, hashes: Any, anchors: Any) -> Any:
    """Write the token hashes of data[start:end] and whether each is an anchor; return how many there are.

    An anchor is a token with a digit in it or with an initial capital: what a template changes from day to day.
    """
    found = np.uint64(0)
    value = _SEED
    size = 0
    anchor = False
    at = np.uint64(start)
    last = np.uint64(end)
    while at < last:
        lead = data[at]
        if lead < 0x80:
            at += _ONE
            fold = np.uint64(folds[lead])
            point: Any = np.int64(lead)
        else:
            point, width = code_point(data, at)
            at += np.uint64(width)
            fold = fold_of(point, folds)
        kind = fold & _KIND
        if kind == _WORD or kind == _CAPITAL or kind == _DIGIT:  # noqa: SIM109 (a tuple is slower)
            if kind != _WORD:
                anchor = anchor or kind == _DIGIT or size == 0
            value = (value ^ ((fold >> _S8) & _POINT)) * _STEP
            if fold & _SECOND:
                value = (value ^ np.uint64(second[point])) * _STEP
            size += 1
            continue
        if kind == _UNSEEN:
            continue
        if size:
            hashes[found] = mix(value)
            anchors[found] = anchor
            found += _ONE
            value, size, anchor = _SEED, 0, False
        if kind == _ALONE:
            hashes[found] = mix((_SEED ^ ((fold >> _S8) & _POINT)) * _STEP)
            anchors[found] = False
            found += _ONE
    if size:
        hashes[found] = mix(value)
        anchors[found] = anchor
        found += _ONE
    return np.int64(found)


@kernel
def _may_change(data: Any, offsets: Any, classes: Any, may_compose: Any, out: Any) -> None:
    """Mark the texts that are perhaps not NFC: the quick check of Unicode's annex 15."""
    for text in range(len(out)):
        at = np.uint64(offsets[text])
        end = np.uint64(offsets[text + 1])
        before = 0
        while at < end:
            lead = data[at]
            if lead < 0x80:
                at += _ONE
                before = 0
                continue
            if lead < 0xCC:  # below U+0300 NFC changes nothing
                at += _TWO
                before = 0
                continue
            point, width = code_point(data, at)
            at += np.uint64(width)
            if point >= TABLE_SIZE:
                here = 0
                suspect = point < 0x1F000 or 0x2F800 <= point < 0x2FA20
            else:
                here = classes[point]
                suspect = may_compose[point] or (here != 0 and before > here)
            if suspect:
                out[text] = True
                break
            before = here


@cache
def _unstable() -> re.Pattern[str]:
    """What NFC can change, join to the character before, or reorder (Unicode annex 15, section 9)."""
    t = tables()
    points = np.flatnonzero(t.may_compose | (t.classes != 0)).tolist()
    inside = "".join(map(re.escape, map(chr, points))) + "\U00010000-\U0001efff\U0002f800-\U0002fa1f"
    return re.compile(f"[{inside}]+")


def nfc(text: str) -> str:
    """Return a text in NFC; only the places where that can matter are looked at closely.

    >>> nfc("Zu\u0308rich")
    'Zürich'
    """
    done: list[str] = []
    at = 0
    for found in _unstable().finditer(text):
        start = max(at, found.start() - 1)  # with the character before, which they may join
        done += text[at:start], unicodedata.normalize("NFC", text[start : found.end()])
        at = found.end()
    return "".join([*done, text[at:]]) if done else text


def nfc_pieces(pieces: Sequence[bytes]) -> list[bytes]:
    """Return texts, given as UTF-8, in NFC."""
    known = list(pieces)
    data, offsets = packed(known)
    suspects = np.zeros(len(known), np.bool_)
    _may_change(data, offsets, tables().classes, tables().may_compose, suspects)
    for index in np.flatnonzero(suspects).tolist():
        known[index] = nfc(known[index].decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")
    return known


def utf8(texts: Sequence[str]) -> list[bytes]:
    """Return texts in NFC as UTF-8, which is what all kernels read."""
    return nfc_pieces([text.encode("utf-8", "surrogatepass") for text in texts])


def packed(pieces: Sequence[bytes]) -> tuple[Bytes, I64]:
    """Return texts as one run of UTF-8, and where each begins: `offsets[i]:offsets[i + 1]`."""
    offsets = np.zeros(len(pieces) + 1, np.int64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    return np.frombuffer(b"".join([*pieces, _PADDING]), np.uint8), offsets


def tokens(text: str) -> tuple[U64, NDArray[np.bool_]]:
    """Return the hashes of a text's tokens in their order, and which of them are anchors."""
    data, offsets = packed(utf8([text]))
    hashes = np.empty(len(data) + 1, np.uint64)
    anchors = np.empty(len(data) + 1, np.bool_)
    t = tables()
    found = tokenize(data, 0, int(offsets[1]), t.folds, t.second, hashes, anchors)
    return hashes[:found].copy(), anchors[:found].copy()
