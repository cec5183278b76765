"""Texts that were stored as UTF-8 and read as something else: `Ã©` for é, `РџСЂРё` for При.

What was misread is told by UTF-8 itself: hardly any text has the letters Ã, Ð or Р before just those signs that make a
character of it. Letters whose byte the wrong encoding has no sign for are lost; the commonest one of their script stands
in. The article keeps its text as it is; only what is compared is mended.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate.jit import kernel

# cp1252 with its gaps filled by control characters, as browsers read it, is read by its own table as well.
_ENCODINGS = ("cp1252", "latin-1", "cp1251", "cp1250", "cp1253", "cp1254")
_LOST = "\ufffd"
_ENOUGH = 4  # characters that were misread
_SHARE = 0.5  # of the characters beyond ASCII
_LONGEST = 6  # characters that one is misread as, and as many others
_TWICE = 2  # a text may have been misread again
_ASIDE = 0xF700  # a place for private use
# A character in UTF-8, its bytes as characters of latin-1; a byte behind the first one may be lost.
_SEQUENCE = re.compile(
    "[\xc2-\xdf][\x80-\xbf\ufffd]|[\xe0-\xef][\x80-\xbf\ufffd]{2}|[\xf0-\xf4][\x80-\xbf\ufffd]{3}"
)  # fmt: skip
_SEQUENCE_OR_LEAD = re.compile(_SEQUENCE.pattern + "|[\xc5\xce\xcf\xd0\xd1\xd9](?![\x80-\xbf])")
# What a lost byte was, by the one before it: с, Н, ρ, Ν, ف and ł are the commonest of those that can be lost.
_COMMONEST = {"\xd1": "\x81", "\xd0": "\x9d", "\xcf": "\x81", "\xce": "\x9d", "\xd9": "\x81", "\xc5": "\x81"}


@cache
def _bytes_of(encoding: str) -> dict[int, str]:
    """Return what each character of an encoding was before it was misread: its byte, as a character of latin-1.

    Characters of latin-1 that the encoding lacks are put out of the way. Each is one of another: it can be undone.
    """
    table = {byte: chr(_ASIDE + byte) for byte in range(0x80, 0x100)}
    for byte in range(0x80, 0x100):
        char = bytes([byte]).decode(encoding, "ignore")
        table[ord(char) if char else byte] = chr(byte)
    return table


@kernel
def _suspicious(data: Any, offsets: Any, out: Any) -> None:
    """Mark texts with the first letters of misread characters before anything that is not ASCII, four times or more and
    for each six characters that are not ASCII.

    They are Â to ô (read as cp1252), Р and С before no Cyrillic letter of a Russian word (cp1251), Ă and Ĺ (cp1250), and
    Ξ and Ο before no Greek letter (cp1253).
    """
    for text in range(len(out)):
        found = beyond = 0
        end = np.uint64(offsets[text + 1])
        at = np.uint64(offsets[text])
        while at + np.uint64(3) < end:
            lead = data[at]
            if lead < 0x80:
                at += np.uint64(1)
                continue
            second, third, fourth = data[at + np.uint64(1)], data[at + np.uint64(2)], data[at + np.uint64(3)]
            if third >= 0x80:
                if lead == 0xC3:
                    found += 0x82 <= second <= 0xB4 and not (third == 0xC3 and fourth >= 0xA0)
                elif lead == 0xD0:
                    found += 0xA0 <= second <= 0xA1 and not (third == 0xD0 and fourth >= 0x90) and third != 0xD1
                elif lead == 0xC4:
                    found += second == 0x82 or second == 0xB9
                elif lead == 0xCE:
                    found += 0x9E <= second <= 0x9F and third != 0xCE and third != 0xCF
            beyond += 1
            at += np.uint64(2) if lead < 0xE0 else np.uint64(3) if lead < 0xF0 else np.uint64(4)
        out[text] = found >= _ENOUGH and found * _LONGEST >= beyond


def suspicious(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> list[int]:
    """Return which texts (`etl.relate.utf8.packed`) may have been misread."""
    out = np.zeros(len(offsets) - 1, np.bool_)
    _suspicious(data, offsets, out)
    return np.flatnonzero(out).tolist()


def mended(text: str) -> str:
    """Return a text as it was before it was misread; the same text if it was not.

    >>> mended("LÃ¡ vai o Ã´nibus da manhÃ£ atÃ© a praÃ§a")
    'Lá vai o ônibus da manhã até a praça'
    """
    for _ in range(_TWICE):
        found = max((_read_again(text, encoding) for encoding in _ENCODINGS), key=lambda again: again[0])
        if not found[0]:
            return text
        text = found[1]
    return text


def _read_again(text: str, encoding: str) -> tuple[int, str]:
    """Return how many characters of a text are bytes of UTF-8 misread by this encoding, and the text as it was before.

    None if they are few, or fewer than what else the text has beyond ASCII.
    """
    as_bytes = text.translate(_bytes_of(encoding))
    covered = sum(len(sequence) for sequence in _SEQUENCE.findall(as_bytes))
    beyond = sum(char > "\x7f" for char in text)
    if covered < 2 * _ENOUGH or covered < _SHARE * beyond:
        return 0, text
    there = {ord(byte): char for char, byte in _bytes_of(encoding).items()}
    parts: list[str] = []
    at = 0
    for found in _SEQUENCE_OR_LEAD.finditer(as_bytes):
        parts += as_bytes[at : found.start()].translate(there), _character(found[0])
        at = found.end()
    return covered, "".join([*parts, as_bytes[at:].translate(there)])


def _character(sequence: str) -> str:
    """Return the character of a sequence, of which bytes may be lost."""
    commonest = _COMMONEST.get(sequence[0], "\x80")
    whole = sequence.replace(_LOST, commonest) if len(sequence) > 1 else sequence + commonest
    return whole.encode("latin-1").decode("utf-8", "replace")
