"""The keys of a text: a sample of its word shingles, in which every copy samples the same ones (FracMinHash).

A shingle's hash is a key if it is among the lowest 1/32 of all 64-bit numbers, or of the lowest two of the text's first 24:
a flash or the part before a paywall has hardly another key of the article. Two texts that share passages share the
keys in them, however long the texts are; that is what MinHash bands cannot do for trims.
Source: Irber et al. 2022, "Lightweight compositional analysis of metagenomes with FracMinHash".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate import rules
from etl.relate.characters import tables
from etl.relate.jit import kernel
from etl.relate.tokens import mix, tokenize
from etl.relate.utf8 import packed, utf8

_LIMIT = np.uint64((1 << 64) // rules.KEY_MODULUS)
_SIZE = rules.KEY_SHINGLE
_MOST = np.uint64((1 << 64) - 1)
_MIN_KEYS = rules.MIN_KEYS
_MIN_TOKENS = rules.MIN_TOKENS
_LEAD = rules.LEAD
_LEAD_KEYS = 2
_P0, _P1, _P2 = np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F), np.uint64(0xE7037ED1A0B428DB)
_P3, _P4 = np.uint64(0x8EBC6AF09C88C6E3), np.uint64(0x589965CC75374CC3)
_ONE, _TWO, _THREE, _FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
_BATCH = 512  # texts at once: their bytes and tokens stay in the processor's cache


@kernel
def unique_sorted(values: Any) -> Any:
    """Return sorted values each once."""
    values.sort()
    kept = 0
    for value in values:
        if kept == 0 or values[kept - 1] != value:
            values[kept] = value
            kept += 1
    return values[:kept]


@kernel
def _shingle(hashes: Any, at: Any) -> Any:
    """Return the hash of the five tokens from `at`."""
    value = hashes[at] * _P0 + hashes[at + _ONE] * _P1 + hashes[at + _TWO] * _P2
    return mix(value + hashes[at + _THREE] * _P3 + hashes[at + _FOUR] * _P4)


@kernel
def _sample(hashes: Any, found: int, limit: Any, out: Any) -> Any:
    """Write the distinct shingles below a limit to `out`, sorted; return them. It has to hold one for each shingle."""
    kept = np.uint64(0)
    last = np.uint64(found - _SIZE)
    start = np.uint64(0)
    while start <= last:
        shingle = _shingle(hashes, start)
        if shingle < limit:
            out[kept] = shingle
            kept += _ONE
        start += _ONE
    return unique_sorted(out[: np.int64(kept)])


@kernel
def _write_keys(hashes: Any, found: int, out: Any, at: int) -> int:
    """Write the sorted keys of one text's tokens to `out` from `at`; return where they end."""
    if found < _MIN_TOKENS:
        return at
    start = at
    keys = _sample(hashes, found, _LIMIT, out[at:])
    if len(keys) < _MIN_KEYS:  # the lowest of all then, which are looked for among few first
        every = np.empty(found - _SIZE + 1, np.uint64)
        keys = _sample(hashes, found, _LIMIT * _FOUR, every)
        if len(keys) < _MIN_KEYS:
            keys = _sample(hashes, found, _MOST, every)
        keys = keys[:_MIN_KEYS]
        out[at : at + len(keys)] = keys
    at += len(keys)
    lowest, next_one = _lead(hashes, found)
    out[at], out[at + 1] = lowest, next_one
    return start + len(unique_sorted(out[start : at + _LEAD_KEYS]))


@kernel
def _lead(hashes: Any, found: int) -> Any:
    """Return the two lowest shingles of a text's beginning; twice the same if it has one."""
    lowest = next_one = _MOST
    for place in range(np.uint64(min(found - _SIZE + 1, _LEAD))):
        shingle = _shingle(hashes, place)
        if shingle < lowest:
            lowest, next_one = shingle, lowest
        elif lowest < shingle < next_one:
            next_one = shingle
    return lowest, next_one if next_one != _MOST else lowest


@kernel
def _keys_of(data: Any, offsets: Any, folds: Any, second: Any, out: Any, ends: Any) -> int:
    longest = 0
    for text in range(len(ends)):
        longest = max(longest, offsets[text + 1] - offsets[text])
    hashes = np.empty(longest + 1, np.uint64)
    marks = np.empty(longest + 1, np.uint8)
    at = 0
    for text in range(len(ends)):
        found = tokenize(data, offsets[text], offsets[text + 1], folds, second, hashes, marks)
        at = _write_keys(hashes, found, out, at)
        ends[text] = at
    return at


def keys(text: str) -> NDArray[np.int64]:
    """Return the sorted distinct keys of a text; none if it has fewer than 12 tokens.

    They are 64-bit hashes as signed numbers, the same on every machine and under every Python.
    """
    return keys_of_many([text])[1]


def keys_of_many(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (offsets, keys): the keys of text i are `keys[offsets[i]:offsets[i + 1]]`, sorted."""
    parts = [keys_of_pieces(utf8(texts[start : start + _BATCH])) for start in range(0, len(texts), _BATCH)]
    starts = np.cumsum([0, *(len(found) for _, found in parts)])
    ends = [offsets[1:] + starts[i] for i, (offsets, _) in enumerate(parts)]
    return (
        np.concatenate([np.zeros(1, np.int64), *ends]),
        np.concatenate([np.zeros(0, np.int64), *(found for _, found in parts)]),
    )


def keys_of_pieces(pieces: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the same for texts given as NFC in UTF-8 (`etl.relate.tokens.utf8`)."""
    data, offsets = packed(pieces)
    t = tables()
    out = np.empty(len(data) + len(pieces) * (_MIN_KEYS + _LEAD_KEYS), np.uint64)
    ends = np.zeros(len(pieces) + 1, np.int64)
    count = _keys_of(data, offsets, t.folds, t.second, out, ends[1:])
    return ends, out[:count].view(np.int64).copy()
