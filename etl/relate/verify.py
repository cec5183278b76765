"""Whether two texts are copies of each other: exact shingles and anchors, on the texts themselves.

Keys only propose pairs. An edge asks that most of the shorter text stands in the longer one (containment), that names
and numbers do as well (anchors: template stories share the words and differ there), and that the shorter one is more
than a paragraph of the longer one (Jaccard). Containment counts by words or by characters: where a scan misread every
30th letter two of three word shingles are broken, and most character shingles are not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate import rules
from etl.relate.characters import tables
from etl.relate.jit import kernel
from etl.relate.signing import sign
from etl.relate.utf8 import packed, utf8

U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

_BATCH = 256

_MIN_CONTAINMENT, _MIN_ANCHORS, _MIN_JACCARD = rules.MIN_CONTAINMENT, rules.MIN_ANCHORS, rules.MIN_JACCARD
_FEW, _FEW_SHARE, _FEW_CONTAINMENT = rules.FEW_ANCHORS, rules.FEW_ANCHORS_SHARE, rules.FEW_CONTAINMENT
_SHORT_SHINGLES, _SHORT_JACCARD = rules.SHORT_SHINGLES, rules.SHORT_JACCARD
_MIN_TITLE, _SITE_JACCARD, _LIST_JACCARD = rules.MIN_TITLE, rules.SITE_JACCARD, rules.LIST_JACCARD

# The parts of a signature, one after another, and the columns of `Signatures.at`.
_TITLE, _ANCHORS, _WORDS, _LETTERS, _END = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """What is compared of many texts: sorted distinct 32-bit hashes of title tokens, anchors, word and character shingles.

    Those of text i are `data[at[i, 0]:at[i, 1]]` (title), `data[at[i, 1]:at[i, 2]]` (anchors), and so on.
    """

    data: U32
    at: I64  # a row of five places for each text
    sites: NDArray[np.uint64]  # 0 where the site is not known
    lists: NDArray[np.bool_]  # looks like a list of headlines

    def __len__(self) -> int:
        return len(self.sites)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What is compared of one text."""

    of: Signatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How much two texts share; all between 0 and 1, and the same from either side."""

    containment: float  # of the word shingles of the text that has fewer
    anchors: float  # containment of names and numbers; 1 where one text has none
    jaccard: float  # of the shingles that containment goes by: words, or characters where words do not hold
    characters: float  # containment of the character shingles
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
def _shared(data: Any, left: int, left_end: int, right: int, right_end: int) -> Any:
    """Return how many values two sorted distinct runs share."""
    i, i_end, j, j_end = np.uint64(left), np.uint64(left_end), np.uint64(right), np.uint64(right_end)
    shared = 0
    while i < i_end and j < j_end:
        a = data[i]
        b = data[j]
        shared += a == b
        i += np.uint64(a <= b)
        j += np.uint64(b <= a)
    return shared


@kernel
def compare_one(data: Any, at: Any, sites: Any, lists: Any, a: int, b: int, in_full: bool, scores: Any) -> bool:
    """Write the four scores of a pair and return whether it is an edge.

    Unless `in_full`, a pair that fails by its anchors is not looked at further, and characters only where words fail.
    """
    scores[:] = 0.0
    ours, theirs = at[a, _WORDS] - at[a, _ANCHORS], at[b, _WORDS] - at[b, _ANCHORS]
    anchors = min(ours, theirs)
    same = _shared(data, at[a, _ANCHORS], at[a, _WORDS], at[b, _ANCHORS], at[b, _WORDS])
    scores[1] = same / anchors if anchors else 1.0
    many, more = at[a, _LETTERS] - at[a, _WORDS], at[b, _LETTERS] - at[b, _WORDS]
    words = min(many, more)
    are_few = anchors < _FEW or anchors < _FEW_SHARE * words
    if scores[1] < _MIN_ANCHORS and not are_few and not in_full:
        return False
    if words == 0:
        return False
    same = _shared(data, at[a, _WORDS], at[a, _LETTERS], at[b, _WORDS], at[b, _LETTERS])
    scores[0] = same / words
    scores[2] = same / (many + more - same)
    if in_full or scores[0] < _MIN_CONTAINMENT:
        ours, theirs = at[a, _END] - at[a, _LETTERS], at[b, _END] - at[b, _LETTERS]
        fewer = min(ours, theirs)
        if fewer:
            same = _shared(data, at[a, _LETTERS], at[a, _END], at[b, _LETTERS], at[b, _END])
            scores[3] = same / fewer
            if scores[0] < _MIN_CONTAINMENT:
                scores[2] = max(scores[2], same / (ours + theirs - same))
    if max(scores[0], scores[3]) < _MIN_CONTAINMENT or scores[2] < _MIN_JACCARD:
        return False
    if not (are_few and scores[0] >= _FEW_CONTAINMENT):
        is_scan = scores[0] < _MIN_CONTAINMENT and scores[0] <= scores[3] ** 2
        if scores[1] < _MIN_ANCHORS or (anchors < _FEW and not is_scan):
            return False
    if words < _SHORT_SHINGLES and scores[2] < _SHORT_JACCARD:
        return False
    if lists[a] and lists[b] and scores[2] < _LIST_JACCARD:
        return False
    if sites[a] != 0 and sites[a] == sites[b] and scores[2] < _SITE_JACCARD:
        ours, theirs = at[a, _ANCHORS] - at[a, _TITLE], at[b, _ANCHORS] - at[b, _TITLE]
        fewer = min(ours, theirs)
        if fewer:
            same = _shared(data, at[a, _TITLE], at[a, _ANCHORS], at[b, _TITLE], at[b, _ANCHORS])
            if same < _MIN_TITLE * fewer:
                return False
    return True


@kernel
def _compare(
    data: Any, at: Any, sites: Any, lists: Any, left: Any, right: Any, in_full: bool, scores: Any, edges: Any
) -> None:
    for pair in range(len(left)):
        edges[pair] = compare_one(data, at, sites, lists, left[pair], right[pair], in_full, scores[pair])


def signatures_of_many(
    texts: Sequence[str], titles: Sequence[str | None] | None = None, sites: Sequence[str | None] | None = None
) -> Signatures:
    """Return the signatures of texts, in their order.

    Titles and registrable domains tell pages of one site that share its furniture from copies; without them nothing is
    held against a pair.
    """
    return signatures_of_pieces(
        utf8(texts),
        utf8([title or "" for title in titles] if titles is not None else [""] * len(texts)),
        sites if sites is not None else [None] * len(texts),
    )


def signatures_of_pieces(texts: Sequence[bytes], titles: Sequence[bytes], sites: Sequence[str | None]) -> Signatures:
    """Return the same for texts and titles given as NFC in UTF-8 (`etl.relate.tokens.utf8`)."""
    parts = [_signed(texts[i : i + _BATCH], titles[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)]
    starts = np.cumsum([0, *(len(data) for data, _, _ in parts)])
    return Signatures(
        data=np.concatenate([np.zeros(0, np.uint32), *(data for data, _, _ in parts)]),
        at=np.concatenate([np.zeros((0, _END + 1), np.int64), *(at + starts[i] for i, (_, at, _) in enumerate(parts))]),
        lists=np.concatenate([np.zeros(0, np.bool_), *(lists for _, _, lists in parts)]),
        sites=site_numbers(sites),
    )


def site_numbers(sites: Sequence[str | None]) -> NDArray[np.uint64]:
    """Return a number for each site, the same for the same name; 0 for none."""
    known: dict[str | None, int] = {None: 0, "": 0}
    for site in sites:
        if site not in known:
            known[site] = int.from_bytes(hashlib.blake2b((site or "").encode(), digest_size=8).digest(), "little")
    return np.array([known[site] for site in sites], np.uint64)


def _signed(texts: Sequence[bytes], titles: Sequence[bytes]) -> tuple[U32, I64, NDArray[np.bool_]]:
    t = tables()
    data, offsets = packed(texts)
    title_data, title_offsets = packed(titles)
    out = np.empty(2 * len(data) + len(title_data) + 4 * len(texts) + int(np.diff(offsets).max(initial=0)), np.uint32)
    at = np.zeros((len(texts), _END + 1), np.int64)
    lists = np.zeros(len(texts), np.bool_)
    count = sign(
        data, offsets, title_data, title_offsets, t.folds, t.second, t.ends, out, at, lists
    )  # fmt: skip
    return out[:count].copy(), at, lists


def signature(text: str, *, title: str | None = None, site: str | None = None) -> Signature:
    """Return what is compared of a text."""
    return Signature(of=signatures_of_many([text], [title], [site]))


def compare(a: Signature, b: Signature) -> Scores:
    """Return how much two texts share, and whether that makes them one story. `compare(a, b) == compare(b, a)`."""
    pair = compare_pairs(joined([a.of, b.of]), np.zeros(1, np.int64), np.ones(1, np.int64), in_full=True)
    return Scores(
        containment=float(pair.containment[0]),
        anchors=float(pair.anchors[0]),
        jaccard=float(pair.jaccard[0]),
        characters=float(pair.characters[0]),
        is_edge=bool(pair.is_edge[0]),
    )


def read_only(data: U32) -> U32:
    """Return a view that cannot be written to, as a mapped file's cannot: kernels are compiled once for both."""
    view = data.view()
    view.flags.writeable = False
    return view


def joined(parts: Sequence[Signatures]) -> Signatures:
    """Return signatures one after another."""
    starts = np.cumsum([0, *(len(part.data) for part in parts)])
    return Signatures(
        data=np.concatenate([part.data for part in parts]),
        at=np.concatenate([part.at + starts[i] for i, part in enumerate(parts)]),
        sites=np.concatenate([part.sites for part in parts]),
        lists=np.concatenate([part.lists for part in parts]),
    )


def compare_pairs(signatures: Signatures, left: I64, right: I64, *, in_full: bool = False) -> PairScores:
    """Compare the texts `left[i]` and `right[i]` (indexes into `signatures`) for each i.

    All scores of edges stand, but `characters` may be 0 where words say enough. Unless `in_full`, scores of a pair that
    is no edge may be 0 because they were not needed.
    """
    scores = np.zeros((len(left), 4), np.float64)
    edges = np.zeros(len(left), np.bool_)
    s = signatures
    _compare(read_only(s.data), s.at, s.sites, s.lists, left, right, in_full, scores, edges)
    return PairScores(
        containment=scores[:, 0], anchors=scores[:, 1], jaccard=scores[:, 2], characters=scores[:, 3], is_edge=edges
    )
