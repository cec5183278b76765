"""Whether two texts are copies of each other: exact shingles and anchors, on the texts themselves.

Keys only propose pairs. An edge asks that most of the shorter text stands in the longer one (containment), that names
and numbers do as well (anchors: template stories share the words and differ there), and that the shorter one is more
than a paragraph of the longer one (Jaccard).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate import rules
from etl.relate.characters import SEPARATOR, TABLE_SIZE, UNSEEN, tables
from etl.relate.jit import kernel
from etl.relate.keys import unique_sorted
from etl.relate.tokens import code_point, kind_beyond, mix, packed, tokenize

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

_SIZE = rules.SHINGLE
_CHARS = rules.CHAR_SHINGLE
_CHAR_LIMIT = np.uint64((1 << 64) // rules.CHAR_MODULUS)
_PRIMES = np.array([0x9FB21C651E98DF25, 0xD1B54A32D192ED03, 0xAEF17502108EF2D9], np.uint64)
_BASE = np.uint64(0x9E3779B97F4A7C15)
_BASE_OUT = np.uint64(pow(0x9E3779B97F4A7C15, _CHARS, 1 << 64))
_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What of a text is compared: sorted distinct hashes."""

    words: U64  # word shingles
    anchors: U64  # tokens with a digit or an initial capital
    chars: U64  # a quarter of the character shingles


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """The signatures of many texts, one after another: those of text i are `x[x_at[i]:x_at[i + 1]]`."""

    words: U64
    words_at: I64
    anchors: U64
    anchors_at: I64
    chars: U64
    chars_at: I64


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How much two texts share; all between 0 and 1, and the same from either side."""

    containment: float  # of the word shingles of the text that has fewer
    anchors: float  # containment of anchors; 1 where one text has none
    jaccard: float  # of the word shingles
    characters: float  # containment of character shingles
    is_edge: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScores:
    """The scores of many pairs, in their order."""

    containment: F64
    anchors: F64
    jaccard: F64
    characters: F64
    is_edge: NDArray[np.bool_]


@kernel
def _char_shingles(data: Any, start: int, end: int, kinds: Any, first: Any, out: Any, at: int) -> int:
    """Write the sampled character shingles of letters and digits alone, spaces and stops left out."""
    ring = np.zeros(_CHARS, np.uint64)
    value = np.uint64(0)
    seen = 0
    here = start
    while here < end:
        point: Any = np.int64(data[here])
        if point < 0x80:
            here += 1
        else:
            point, width = code_point(data, here)
            here += width
        kind = np.int64(kinds[point]) if point < TABLE_SIZE else kind_beyond(point)
        if kind in (SEPARATOR, UNSEEN):
            continue
        letter = np.uint64(first[point]) if point < TABLE_SIZE else np.uint64(point)
        letter += np.uint64(1)
        slot = seen % _CHARS
        value = value * _BASE + letter - ring[slot] * _BASE_OUT
        ring[slot] = letter
        seen += 1
        if seen >= _CHARS:
            shingle = mix(value)
            if shingle < _CHAR_LIMIT:
                out[at] = shingle
                at += 1
    return at


@kernel
def _sign(
    data: Any, offsets: Any, kinds: Any, first: Any, second: Any, words: Any, anchors: Any, chars: Any, ends: Any
) -> None:
    longest = 0
    for text in range(len(offsets) - 1):
        longest = max(longest, offsets[text + 1] - offsets[text])
    hashes = np.empty(longest + 1, np.uint64)
    flags = np.empty(longest + 1, np.bool_)
    words_at = anchors_at = chars_at = 0
    for text in range(len(offsets) - 1):
        start, end = offsets[text], offsets[text + 1]
        found = tokenize(data, start, end, kinds, first, second, hashes, flags)
        at = words_at
        for index in range(found - _SIZE + 1):
            words[at] = mix(
                hashes[index] * _PRIMES[0] + hashes[index + 1] * _PRIMES[1] + hashes[index + 2] * _PRIMES[2]
            )
            at += 1
        words_at += len(unique_sorted(words[words_at:at]))
        at = anchors_at
        for index in range(found):
            if flags[index]:
                anchors[at] = hashes[index]
                at += 1
        anchors_at += len(unique_sorted(anchors[anchors_at:at]))
        at = _char_shingles(data, start, end, kinds, first, chars, chars_at)
        chars_at += len(unique_sorted(chars[chars_at:at]))
        ends[0, text], ends[1, text], ends[2, text] = words_at, anchors_at, chars_at


@kernel
def _shared(left: Any, i: int, i_end: int, right: Any, j: int, j_end: int) -> int:
    """Return how many values two sorted distinct runs share."""
    shared = 0
    while i < i_end and j < j_end:
        a = left[i]
        b = right[j]
        shared += a == b
        i += a <= b
        j += b <= a
    return shared


@kernel
def _share(shared: int, one: int, other: int) -> float:
    fewer = min(one, other)
    return shared / fewer if fewer else 0.0


@kernel
def decide(containment: float, anchors: float, jaccard: float, characters: float, fewer: int) -> bool:
    """Whether scores make an edge; `fewer` is the number of word shingles of the text that has fewer of them."""
    if fewer < rules.SHORT_SHINGLES and jaccard < rules.SHORT_JACCARD:
        return False
    return containment >= rules.MIN_CONTAINMENT and anchors >= rules.MIN_ANCHORS and jaccard >= rules.MIN_JACCARD


@kernel
def _compare(
    words: Any, words_at: Any, anchors: Any, anchors_at: Any, chars: Any, chars_at: Any, left: Any, right: Any,
    scores: Any, edges: Any,
) -> None:  # fmt: skip
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        many, more = words_at[a + 1] - words_at[a], words_at[b + 1] - words_at[b]
        shared = _shared(words, words_at[a], words_at[a + 1], words, words_at[b], words_at[b + 1])
        scores[0, pair] = _share(shared, many, more)
        scores[2, pair] = shared / (many + more - shared) if many + more else 0.0
        ours, theirs = anchors_at[a + 1] - anchors_at[a], anchors_at[b + 1] - anchors_at[b]
        same = _shared(anchors, anchors_at[a], anchors_at[a + 1], anchors, anchors_at[b], anchors_at[b + 1])
        scores[1, pair] = _share(same, ours, theirs) if min(ours, theirs) else 1.0
        same = _shared(chars, chars_at[a], chars_at[a + 1], chars, chars_at[b], chars_at[b + 1])
        scores[3, pair] = _share(same, chars_at[a + 1] - chars_at[a], chars_at[b + 1] - chars_at[b])
        edges[pair] = decide(scores[0, pair], scores[1, pair], scores[2, pair], scores[3, pair], min(many, more))


def signatures_of_many(texts: Sequence[str]) -> Signatures:
    """Return the signatures of texts, in their order."""
    parts = [_signed(*packed(texts[start : start + _BATCH])) for start in range(0, len(texts), _BATCH)]

    def run(place: int) -> tuple[U64, I64]:
        runs = [part[place] for part in parts]
        starts = np.cumsum([0, *(len(x) for x in runs)])
        ends = [part[3][place] + start for part, start in zip(parts, starts, strict=False)]
        return (
            np.concatenate(runs) if runs else np.zeros(0, np.uint64),
            np.concatenate([np.zeros(1, np.int64), *ends]),
        )

    (words, words_at), (anchors, anchors_at), (chars, chars_at) = run(0), run(1), run(2)
    return Signatures(
        words=words, words_at=words_at, anchors=anchors, anchors_at=anchors_at, chars=chars, chars_at=chars_at
    )


def _signed(data: NDArray[np.uint8], offsets: I64) -> tuple[U64, U64, U64, I64]:
    kinds, first, second, _ = tables()
    words, anchors, chars = (np.empty(len(data) + 1, np.uint64) for _ in range(3))
    ends = np.zeros((3, len(offsets) - 1), np.int64)
    _sign(data, offsets, kinds, first, second, words, anchors, chars, ends)
    last = ends[:, -1] if len(offsets) > 1 else np.zeros(3, np.int64)
    return words[: last[0]].copy(), anchors[: last[1]].copy(), chars[: last[2]].copy(), ends


def signature(text: str) -> Signature:
    """Return what of a text is compared."""
    many = signatures_of_many([text])
    return Signature(words=many.words, anchors=many.anchors, chars=many.chars)


def compare(a: Signature, b: Signature) -> Scores:
    """Return how much two texts share, and whether that makes them one story. `compare(a, b) == compare(b, a)`."""

    def run(one: U64, other: U64) -> tuple[U64, I64]:
        return np.concatenate([one, other]), np.cumsum([0, len(one), len(other)]).astype(np.int64)

    (words, words_at), (anchors, anchors_at) = run(a.words, b.words), run(a.anchors, b.anchors)
    chars, chars_at = run(a.chars, b.chars)
    both = Signatures(
        words=words, words_at=words_at, anchors=anchors, anchors_at=anchors_at, chars=chars, chars_at=chars_at
    )
    pair = compare_pairs(both, np.zeros(1, np.int64), np.ones(1, np.int64))
    return Scores(
        containment=float(pair.containment[0]),
        anchors=float(pair.anchors[0]),
        jaccard=float(pair.jaccard[0]),
        characters=float(pair.characters[0]),
        is_edge=bool(pair.is_edge[0]),
    )


def compare_pairs(signatures: Signatures, left: I64, right: I64) -> PairScores:
    """Compare the texts `left[i]` and `right[i]` (indexes into `signatures`) for each i."""
    s = signatures
    scores = np.zeros((4, len(left)), np.float64)
    edges = np.zeros(len(left), np.bool_)
    _compare(s.words, s.words_at, s.anchors, s.anchors_at, s.chars, s.chars_at, left, right, scores, edges)
    return PairScores(containment=scores[0], anchors=scores[1], jaccard=scores[2], characters=scores[3], is_edge=edges)
