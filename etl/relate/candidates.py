"""The bucket rule: which pairs are compared.

A bucket is a key with all members that have it. A pair counts if in one of its shared buckets at least one of the two
is among the 64 lowest by URL key. That is a property of the current members, not of the order in which they came, and
it bounds a bucket of n members to 64 n pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate import rules
from etl.relate.jit import kernel

I64 = NDArray[np.int64]
_BUCKET = rules.BUCKET


def candidate_pairs(buckets: Mapping[int, Iterable[bytes]], *, bucket: int = rules.BUCKET) -> set[tuple[bytes, bytes]]:
    """Return the pairs (a < b) of URL keys that the bucket rule lets count.

    `buckets` holds for each key the URL keys of all current members that have it.
    """
    found: set[tuple[bytes, bytes]] = set()
    for members in buckets.values():
        ordered = sorted(set(members))
        for place, one in enumerate(ordered[:bucket]):
            found.update((one, other) for other in ordered[place + 1 :])
    return found


@kernel
def _count(ends: Any) -> int:
    total = 0
    start = 0
    for end in ends:
        size = end - start
        low = min(size, _BUCKET)
        total += low * (low - 1) // 2 + low * (size - low)
        start = end
    return total


@kernel
def _write(members: Any, ends: Any, out: Any) -> None:
    at = 0
    start = 0
    for end in ends:
        for place in range(start, min(end, start + _BUCKET)):
            high = np.uint64(members[place]) << np.uint64(32)
            for other in range(place + 1, end):
                out[at] = high | np.uint64(members[other])
                at += 1
        start = end


def pairs_of_ranked(keys: I64, ranks: NDArray[np.uint32]) -> tuple[I64, I64]:
    """Return the pairs (left < right) of ranks for rows of (key, rank of the member by URL key), each pair once.

    The array form of `candidate_pairs`: a member's rank is its place among all members, ordered by URL key.
    """
    order = np.lexsort((ranks, keys))
    keys, ranks = keys[order], ranks[order]
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    ends = np.append(np.flatnonzero(keys[1:] != keys[:-1]) + 1, len(keys))
    packed = np.empty(_count(ends), np.uint64)
    _write(ranks, ends, packed)
    packed = np.unique(packed)
    return (packed >> np.uint64(32)).astype(np.int64), (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
