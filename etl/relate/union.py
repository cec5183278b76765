"""Finds connected texts: goes through buckets, verifies pairs that are not connected yet, and joins them.

The same components as comparing every candidate pair, at a fraction of the comparisons: within a story of n copies about
n pairs are compared instead of n²/2. Pairs that failed are remembered, so that a shared phrase costs one comparison.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate import rules
from etl.relate.jit import kernel
from etl.relate.keys import keys_of_pieces
from etl.relate.signatures import LETTERS, SHINGLES, Signatures, read_only, signatures_of_many
from etl.relate.template_lines import line_hashes
from etl.relate.tokens import mix
from etl.relate.utf8 import utf8
from etl.relate.verify import EDGE, HOLDS, IS_HELD, WEAK, compare_one

_BUCKET, _WHOLE = rules.BUCKET, rules.WHOLE_SHARE
_S32 = np.uint64(32)
_FIRST_SIZE = 1 << 16


@kernel
def root_of(parents: Any, node: Any) -> Any:
    """Return the representative of a node, and shorten the way to it."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@kernel
def unite(parents: Any, one: Any, other: Any) -> None:
    """Join two nodes; the lower representative stays."""
    a, b = root_of(parents, one), root_of(parents, other)
    if a < b:
        parents[b] = a
    elif b < a:
        parents[a] = b


@kernel
def _place(table: Any, pair: Any) -> Any:
    """Return where a pair stands or would stand in an open-addressed table; 0 is free (no pair is 0)."""
    last = np.uint64(len(table) - 1)
    place = mix(pair) & last
    while table[place] != 0 and table[place] != pair:
        place = (place + np.uint64(1)) & last
    return place


@kernel
def _grown(table: Any) -> Any:
    larger = np.zeros(2 * len(table), np.uint64)
    for pair in table:
        if pair != 0:
            larger[_place(larger, pair)] = pair
    return larger


@kernel
def _link(members: Any, ends: Any, parents: Any, row_of: Any, data: Any, at: Any, facts: Any) -> Any:
    looked_at = np.zeros(_FIRST_SIZE, np.uint64)
    held = np.empty((_FIRST_SIZE, 3), np.int64)
    scores = np.empty(4, np.float64)
    count = compared = holding = 0
    start = 0
    for end in ends:
        for place in range(start, min(end, start + _BUCKET)):
            one = members[place]
            ours = row_of[one]
            our_size = at[ours, LETTERS] - at[ours, SHINGLES]
            for index in range(place + 1, end):
                other = members[index]
                theirs = row_of[other]
                their_size = at[theirs, LETTERS] - at[theirs, SHINGLES]
                may_hold = min(our_size, their_size) < _WHOLE * max(our_size, their_size)
                if not may_hold and root_of(parents, one) == root_of(parents, other):
                    continue
                pair = (np.uint64(one) << _S32) | np.uint64(other)
                spot = _place(looked_at, pair)
                if looked_at[spot] == pair:
                    continue
                compared += 1
                found = compare_one(data, at, facts, ours, theirs, False, scores)
                if found & (HOLDS | IS_HELD | WEAK):
                    if holding == len(held):
                        larger = np.empty((2 * holding, 3), np.int64)
                        larger[:holding] = held
                        held = larger
                    held[holding, 0], held[holding, 1], held[holding, 2] = one, other, found
                    holding += 1
                if found & EDGE and not found & WEAK:
                    unite(parents, one, other)
                    if not may_hold:
                        continue
                looked_at[spot] = pair
                count += 1
                if 2 * count > len(looked_at):
                    looked_at = _grown(looked_at)
        start = end
    return compared, held[:holding]


def link(
    keys: NDArray[np.int64],
    ranks: NDArray[np.uint32],
    parents: NDArray[np.int64],
    row_of: NDArray[np.int64],
    signatures: Signatures,
) -> tuple[int, NDArray[np.int64]]:
    """Join in `parents` what shares a key and is a copy, for rows of (key, rank).

    Returns how many pairs were compared, and those that are not joined yet, since it depends on which texts are digests
    (`etl.relate.components.digests`): rows of (rank, rank, how they were found).

    A rank is a text's place by URL key, `row_of` its row in `signatures`. All rows of a key have to be in one call;
    the order of calls does not matter.
    """
    members, ends = buckets(keys, ranks)
    s = signatures
    compared, held = _link(members, ends, parents, row_of, read_only(s.data), s.at, s.facts)
    return int(compared), held


def buckets(keys: NDArray[np.int64], ranks: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the members of each key with two or more, in the order of their ranks, and where each key's members end."""
    order = np.lexsort((ranks, keys))
    keys, ranks = keys[order], ranks[order]
    if not len(keys):
        return ranks, np.zeros(0, np.int64)
    first = np.append(True, keys[1:] != keys[:-1])
    starts = np.flatnonzero(first)
    sizes = np.diff(np.append(starts, len(keys)))
    shared = np.repeat(sizes > 1, sizes)
    return ranks[shared], np.cumsum(sizes[sizes > 1])


def warm_up() -> None:
    """Compile, or load what was compiled, by relating two short texts; some 25 CPU seconds the first time on a machine."""
    text = "One two three four five six seven eight nine ten eleven twelve thirteen\nfourteen, Zu\u0308rich 中文"
    pieces = utf8([text, text])
    offsets, keys = keys_of_pieces(pieces)
    line_hashes(pieces)
    ranks = np.repeat(np.arange(2, dtype=np.uint32), np.diff(offsets))
    rows = np.arange(2, dtype=np.int64)
    unite(rows.copy(), 0, 1)
    link(keys, ranks, rows.copy(), rows, signatures_of_many([text, text]))
