"""Texts as one run of UTF-8 in NFC, which is what all kernels read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate.characters import TABLE_SIZE, tables
from etl.relate.jit import kernel
from etl.relate.mojibake import mended, suspicious

I64 = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)
_PADDING = b"\0\0\0\0"  # bytes that are no UTF-8 must not be read past their end
_MARKS = 0x70  # U+0300 to U+036F
_ADDITIONAL_AT = 0x530  # Latin Extended Additional (U+1E00), behind Latin, Greek and Cyrillic


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


@cache
def _composites() -> NDArray[np.uint16]:
    """Return what a Latin, Greek or Cyrillic letter and a mark (U+0300 to U+036F) compose to in NFC, or 0."""
    table = np.zeros((_ADDITIONAL_AT + 0x100, _MARKS), np.uint16)
    for point in range(0xC0, 0x1F00):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) != 2 or parts[0].startswith("<") or unicodedata.normalize("NFC", chr(point)) != chr(point):
            continue
        letter, mark = (int(part, 16) for part in parts)
        if _row(letter) >= 0 and 0x300 <= mark < 0x300 + _MARKS:
            table[_row(letter), mark - 0x300] = point
    table.flags.writeable = False
    return table


@kernel
def _row(letter: Any) -> Any:
    """Return the row of a letter in the table of composites, or -1."""
    if letter < _ADDITIONAL_AT:
        return letter
    return letter - 0x1E00 + _ADDITIONAL_AT if 0x1E00 <= letter < 0x1F00 else -1


@kernel
def _write(point: Any, out: Any, to: Any) -> Any:
    """Write a code point of the first plane as UTF-8; return where it ends."""
    if point < 0x80:
        out[to] = point
        return to + 1
    if point < 0x800:
        out[to], out[to + 1] = 0xC0 | (point >> 6), 0x80 | (point & 0x3F)
        return to + 2
    out[to], out[to + 1], out[to + 2] = 0xE0 | (point >> 12), 0x80 | ((point >> 6) & 0x3F), 0x80 | (point & 0x3F)
    return to + 3


@kernel
def _compose(data: Any, offsets: Any, classes: Any, may_compose: Any, composites: Any, out: Any, sizes: Any) -> None:
    """Compose letters with the marks behind them; the size of a text with anything less plain in it is -1.

    Marks have to be in canonical order and each to compose with what is there: so nothing stands between that could
    block it, and the result is NFC (Unicode annex 15; chapter 3.11 of the standard, D117).
    """
    to = 0
    for text in range(len(sizes)):
        begun = to
        at, end = offsets[text], offsets[text + 1]
        letter: Any = np.int64(-1)  # not written yet, as a mark may follow
        before = 0
        is_plain = True
        while at < end:
            point, width = code_point(data, at)
            at += width
            if 0x300 <= point < 0x300 + _MARKS:
                row: Any = _row(letter) if letter >= 0 else -1
                composed: Any = np.int64(composites[row, point - 0x300]) if row >= 0 else 0
                if composed == 0 or before > classes[point]:
                    is_plain = False
                    break
                letter, before = composed, classes[point]
                continue
            if point >= TABLE_SIZE or may_compose[point] or classes[point] != 0:
                is_plain = False
                break
            if letter >= 0:
                to = _write(letter, out, to)
            letter, before = np.int64(point), 0
        if not is_plain:
            to = begun
            sizes[text] = -1
            continue
        if letter >= 0:
            to = _write(letter, out, to)
        sizes[text] = to - begun


def nfc_pieces(pieces: Sequence[bytes]) -> list[bytes]:
    """Return texts, given as UTF-8, in NFC; those that were misread before, as they were (`etl.relate.mojibake`)."""
    known = list(pieces)
    data, offsets = packed(known)
    t = tables()
    is_suspect = np.zeros(len(known), np.bool_)
    _may_change(data, offsets, t.classes, t.may_compose, is_suspect)
    suspects = np.flatnonzero(is_suspect).tolist()
    data, offsets = packed([known[index] for index in suspects])
    out, sizes = np.empty(len(data), np.uint8), np.empty(len(suspects), np.int64)
    _compose(data, offsets, t.classes, t.may_compose, _composites(), out, sizes)
    composed = out.tobytes()
    at = 0
    for index, size in zip(suspects, sizes.tolist(), strict=True):
        if size < 0:
            known[index] = nfc(known[index].decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")
        else:
            known[index] = composed[at : at + size]
            at += size
    data, offsets = packed(known)
    for index in suspicious(data, offsets):
        text = known[index].decode("utf-8", "surrogatepass")
        known[index] = nfc(mended(text)).encode("utf-8", "surrogatepass")
    return known


def utf8(texts: Sequence[str]) -> list[bytes]:
    """Return texts in NFC as UTF-8, which is what all kernels read."""
    return nfc_pieces([text.encode("utf-8", "surrogatepass") for text in texts])


def packed(pieces: Sequence[bytes]) -> tuple[Bytes, I64]:
    """Return texts as one run of UTF-8, and where each begins: `offsets[i]:offsets[i + 1]`."""
    offsets = np.zeros(len(pieces) + 1, np.int64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    return np.frombuffer(b"".join([*pieces, _PADDING]), np.uint8), offsets
