"""What is compared of a text, as arrays: hashes of words and numbers of its title, of its own numbers, anchors and words,
and of word and character shingles."""

from __future__ import annotations

from typing import Any

import numpy as np

from etl.relate import rules
from etl.relate.characters import SEPARATOR, UNSEEN
from etl.relate.jit import kernel
from etl.relate.keys import unique_sorted
from etl.relate.shapes import looks_like_list
from etl.relate.tokens import ANCHOR, CHARACTER, HEAVY, LETTER, NUMBER, fold_of, mix, tokenize
from etl.relate.utf8 import code_point

_SIZE = rules.SHINGLE
_CHARS = rules.CHAR_SHINGLE
_CHAR_LIMIT = np.uint64((1 << 64) // rules.CHAR_MODULUS)
_P0, _P1, _P2 = np.uint64(0x9FB21C651E98DF25), np.uint64(0xD1B54A32D192ED03), np.uint64(0xAEF17502108EF2D9)
_BASE = np.uint64(0x9E3779B97F4A7C15)
_BASE_OUT = np.uint64(pow(0x9E3779B97F4A7C15, _CHARS, 1 << 64))
_LOW = np.uint64(0xFFFFFFFF)
_NEWLINE = 10
_LIST_WIDTH = rules.LIST_WIDTH
_FEW = 24  # fewer values are sorted by comparing
_LEAST_BITS, _MOST_BITS = 5, 16
_CROWD = 32  # values in one of the drawers that a sort begins with
_SEPARATOR, _UNSEEN = np.uint64(SEPARATOR), np.uint64(UNSEEN)
_KIND, _POINT, _S8 = np.uint64(0xFF), np.uint64(0x1FFFFF), np.uint64(8)
_ONE, _TWO = np.uint64(1), np.uint64(2)


@kernel
def _letters(data: Any, start: int, end: int, folds: Any, out: Any) -> Any:
    """Write the folded letters and digits of a text, spaces and stops left out; return how many, and how many lines."""
    found = np.uint64(0)
    lines = 1
    here = np.uint64(start)
    last = np.uint64(end)
    while here < last:
        lead = data[here]
        if lead < 0x80:
            here += _ONE
            lines += lead == _NEWLINE
            fold = np.uint64(folds[lead])
        else:
            point, width = code_point(data, here)
            here += np.uint64(width)
            fold = fold_of(point, folds)
        kind = fold & _KIND
        out[found] = ((fold >> _S8) & _POINT) + _ONE
        found += np.uint64((kind != _SEPARATOR) & (kind != _UNSEEN))  # no branch: which it is cannot be foretold
    return np.int64(found), lines


@kernel
def _char_shingles(letters: Any, count: int, out: Any, at: int) -> Any:
    """Write the sampled shingles of eight letters from `at`; return where they end. One more place may be written to."""
    value = np.uint64(0)
    to = np.uint64(at)
    size = np.uint64(_CHARS)
    for index in range(min(np.uint64(count), size)):
        value = value * _BASE + letters[index]
    if np.uint64(count) >= size:
        shingle = mix(value)
        out[to] = shingle & _LOW
        to += np.uint64(shingle < _CHAR_LIMIT)
    for index in range(size, np.uint64(count)):
        value = value * _BASE + (letters[index] - letters[index - size] * _BASE_OUT)
        shingle = mix(value)
        out[to] = shingle & _LOW
        to += np.uint64(shingle < _CHAR_LIMIT)
    return np.int64(to)


@kernel
def _sorted(values: Any, spare: Any, counts: Any) -> Any:
    """Sort 32-bit hashes in place and return them each once.

    Hashes are spread evenly, so that a drawer for each by its highest bits holds one or two: they are put into drawers,
    and what is left is sorted by comparing. Where values crowd in a drawer (a word said a hundred times, or texts made
    to do that) all are sorted in the ordinary way.
    """
    count = np.uint64(len(values))
    if count < _FEW:
        return unique_sorted(values)
    bits = np.uint32(_LEAST_BITS)
    while bits < _MOST_BITS and np.uint64(1) << np.uint64(bits) < count:
        bits += np.uint32(1)
    shift = np.uint32(32) - bits
    drawers = (np.uint64(1) << np.uint64(bits)) + _ONE
    for i in range(drawers):
        counts[i] = 0
    for i in range(count):
        counts[np.uint64(values[i] >> shift) + _ONE] += np.uint32(1)
    crowd = np.uint32(0)
    for i in range(_ONE, drawers):
        crowd = max(crowd, counts[i])
        counts[i] += counts[i - _ONE]
    if crowd > _CROWD:
        return unique_sorted(values)
    for i in range(count):
        value = values[i]
        drawer = np.uint64(value >> shift)
        spare[np.uint64(counts[drawer])] = value
        counts[drawer] += np.uint32(1)
    kept = np.uint64(0)
    for i in range(count):
        value = spare[i]
        place = kept
        while place > 0 and values[place - _ONE] > value:
            place -= _ONE
        if place > 0 and values[place - _ONE] == value:
            continue
        move = kept
        while move > place:
            values[move] = values[move - _ONE]
            move -= _ONE
        values[place] = value
        kept += _ONE
    return values[: np.int64(kept)]


@kernel
def _words(hashes: Any, marks: Any, found: Any, out: Any, at: Any) -> Any:
    """Write the words of a text from `at`; return where they end. Where a script has no spaces, runs of characters: two
    ideographs or kana, three letters of Thai, Lao, Burmese or Khmer."""
    to = at
    for index in range(found):
        mark = marks[index]
        if not mark & CHARACTER:
            out[to] = hashes[index] & _LOW
            to += 1
            continue
        size = 3 if mark & LETTER else 2
        value = hashes[index] * _P0
        place = index + 1
        while place < found and place < index + size and marks[place] == mark:
            value = mix(value + hashes[place] * _P1)
            place += 1
        if place == index + size or index == 0 or marks[index - 1] != mark:
            out[to] = (value & _LOW) | HEAVY
            to += 1
    return to


@kernel
def _marked(hashes: Any, marks: Any, found: Any, mark: Any, out: Any, at: Any) -> Any:
    """Write the tokens that have a mark from `at`; return where they end."""
    to = at
    for index in range(found):
        if marks[index] & mark:
            out[to] = hashes[index] & _LOW
            to += 1
    return to


@kernel
def sign(
    data: Any, offsets: Any, titles: Any, title_offsets: Any, folds: Any, second: Any, ends: Any,
    out: Any, at: Any, lists: Any, sizes: Any,
) -> int:  # fmt: skip
    """Write the signatures of texts to `out`, where their parts begin to `at` (`Signatures`), which are lists, and sizes.

    At most a token, a word, a number, an anchor, a word shingle and a character shingle begin at each byte: `out` has to
    hold three times the bytes of texts and titles, and those of the longest text twice more.
    """
    longest = 0
    for text in range(len(lists)):
        longest = max(longest, offsets[text + 1] - offsets[text], title_offsets[text + 1] - title_offsets[text])
    hashes = np.empty(longest + 1, np.uint64)
    marks = np.empty(longest + 1, np.uint8)
    letters = np.empty(longest + 1, np.uint64)
    spare = np.empty(longest + 1, np.uint32)
    counts = np.empty((1 << _MOST_BITS) + 1, np.uint32)
    here = 0
    for text in range(len(lists)):
        at[text, 0] = here
        found = tokenize(titles, title_offsets[text], title_offsets[text + 1], folds, second, hashes, marks)
        to = _words(hashes, marks, found, out, here)
        here += len(_sorted(out[here:to], spare, counts))
        at[text, 1] = here
        to = _marked(hashes, marks, found, NUMBER, out, here)
        here += len(_sorted(out[here:to], spare, counts))
        at[text, 2] = here
        start, end = offsets[text], offsets[text + 1]
        found = tokenize(data, start, end, folds, second, hashes, marks)
        characters = 0
        for index in range(found):
            characters += marks[index] & CHARACTER != 0
        sizes[text] = found - characters // 2
        to = _marked(hashes, marks, found, NUMBER, out, here)
        here += len(_sorted(out[here:to], spare, counts))
        at[text, 3] = here
        to = _marked(hashes, marks, found, ANCHOR, out, here)
        here += len(_sorted(out[here:to], spare, counts))
        at[text, 4] = here
        to = _words(hashes, marks, found, out, here)
        here += len(_sorted(out[here:to], spare, counts))
        at[text, 5] = here
        to = here
        for index in range(np.uint64(max(0, found - _SIZE + 1))):
            shingle = hashes[index] * _P0 + hashes[index + _ONE] * _P1 + hashes[index + _TWO] * _P2
            out[np.uint64(to)] = mix(shingle) & _LOW
            to += 1
        here += len(_sorted(out[here:to], spare, counts))
        at[text, 6] = here
        size, lines = _letters(data, start, end, folds, letters)
        to = _char_shingles(letters, size, out, here)
        here += len(_sorted(out[here:to], spare, counts))
        at[text, 7] = here
        lists[text] = size <= _LIST_WIDTH * lines and looks_like_list(data, start, end, folds, ends)
    return here
