"""Whether two texts are copies of each other: exact shingles and anchors, on the texts themselves.

Keys only propose pairs. An edge asks that most of the shorter text stands in the longer one (containment), that names
and numbers do as well (anchors: template stories share the words and differ there), and that the shorter one is more
than a paragraph of the longer one (Jaccard). Containment counts by words or by characters: where a scan misread every
30th letter two of three word shingles are broken, and most character shingles are not.

Titles that agree speak for a pair: the beginning of an article, or a flash that grew, is a copy however short. And what
is left is looked at as an editor would (`etl.relate.distinct`): two reports of one form whose facts differ, two days of one service,
a notice that stands in the place of the article.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.relate import rules
from etl.relate.distinct import differ, says_nothing, tells_more, title_share
from etl.relate.jit import kernel
from etl.relate.signatures import (
    ANCHORS,
    END,
    LETTERS,
    SHINGLES,
    SIZE,
    TITLE,
    TITLE_NUMBERS,
    WORDS,
    Signature,
    Signatures,
    joined,
    read_only,
    shared,
)

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

_MIN_CONTAINMENT, _MIN_ANCHORS, _MIN_JACCARD = rules.MIN_CONTAINMENT, rules.MIN_ANCHORS, rules.MIN_JACCARD
_FEW, _FEW_SHARE, _FEW_CONTAINMENT = rules.FEW_ANCHORS, rules.FEW_ANCHORS_SHARE, rules.FEW_CONTAINMENT
_FEW_CUT, _FORM_SIZE = rules.FEW_CUT_CONTAINMENT, rules.FORM_SIZE
_SHORT_SHINGLES, _SHORT_JACCARD = rules.SHORT_SHINGLES, rules.SHORT_JACCARD
_TITLES_AGREE, _TITLE_WORDS, _TITLES_WHOLE = rules.TITLES_AGREE, rules.TITLE_WORDS, rules.TITLES_WHOLE
_PART, _PART_ANCHORS = rules.PART_CONTAINMENT, rules.PART_ANCHORS
_PART_SHINGLES, _PART_SHARE = rules.PART_SHINGLES, rules.PART_SHARE
_WALL_WORDS, _WALL_ANCHORS = rules.WALL_WORDS, rules.WALL_ANCHORS
_ISSUE_JACCARD = rules.ISSUE_JACCARD
_HELD, _WHOLE = rules.HELD_CONTAINMENT, rules.WHOLE_SHARE

# How a pair was found: bits of `PairScores.found`.
EDGE, HOLDS, IS_HELD, WEAK = 1, 2, 4, 8


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
    # Bits: EDGE; HOLDS and IS_HELD: the left text is much longer and holds the right one, or is held; WEAK: an edge that
    # does not count where one end is a digest.
    found: NDArray[np.uint8]

    @property
    def is_edge(self) -> NDArray[np.bool_]:
        """Which pairs are copies of each other."""
        return (self.found & EDGE).astype(np.bool_)


@kernel
def compare_one(data: Any, at: Any, facts: Any, a: int, b: int, in_full: bool, scores: Any) -> Any:
    """Write the four scores of a pair and return what was found (`PairScores.found`).

    Unless `in_full`, a pair that fails by its anchors is not looked at further, and characters only where words fail.
    """
    scores[:] = 0.0
    none = np.uint8(0)
    ours, theirs = at[a, WORDS] - at[a, ANCHORS], at[b, WORDS] - at[b, ANCHORS]
    anchors = min(ours, theirs)
    same = shared(data, at[a, ANCHORS], at[a, WORDS], at[b, ANCHORS], at[b, WORDS])
    scores[1] = same / anchors if anchors else 1.0
    many, more = at[a, LETTERS] - at[a, SHINGLES], at[b, LETTERS] - at[b, SHINGLES]
    words = min(many, more)
    are_few = anchors < _FEW or anchors < _FEW_SHARE * words
    if scores[1] < _PART_ANCHORS and not are_few and not in_full:
        return none
    if words == 0:
        return none
    title = title_share(data, at, a, b)
    our_title, their_title = at[a, TITLE_NUMBERS] - at[a, TITLE], at[b, TITLE_NUMBERS] - at[b, TITLE]
    titles_agree = (
        title >= _TITLES_AGREE
        and min(our_title, their_title) >= _TITLE_WORDS
        and title * min(our_title, their_title) >= _TITLES_WHOLE * max(our_title, their_title)
        and not tells_more(data, at, a, b)
        and not tells_more(data, at, b, a)
    )
    if scores[1] < _MIN_ANCHORS and not are_few and not titles_agree and not in_full:
        return none
    same = shared(data, at[a, SHINGLES], at[a, LETTERS], at[b, SHINGLES], at[b, LETTERS])
    scores[0] = same / words
    scores[2] = same / (many + more - same)
    holds = none
    if (
        scores[0] >= _HELD
        and scores[1] >= _MIN_ANCHORS
        and words >= _SHORT_SHINGLES
        and words < _WHOLE * max(many, more)
    ):
        holds = np.uint8(HOLDS if many > more else IS_HELD)
    if in_full or scores[0] < _MIN_CONTAINMENT:
        ours, theirs = at[a, END] - at[a, LETTERS], at[b, END] - at[b, LETTERS]
        fewer = min(ours, theirs)
        if fewer:
            same = shared(data, at[a, LETTERS], at[a, END], at[b, LETTERS], at[b, END])
            scores[3] = same / fewer
            if scores[0] < _MIN_CONTAINMENT:
                scores[2] = max(scores[2], same / (ours + theirs - same))
    if max(scores[0], scores[3]) < _MIN_CONTAINMENT:
        return holds
    # The beginning of an article, or a flash that grew: under the same title however short.
    is_part = (
        titles_agree
        and (
            scores[0] >= _HELD
            or (scores[0] >= _PART and (1 - scores[0]) * min(facts[a, SIZE], facts[b, SIZE]) <= _WALL_WORDS)
        )
        and (scores[1] >= _MIN_ANCHORS or (1 - scores[1]) * anchors <= _WALL_ANCHORS)
        and _PART_SHINGLES <= words <= _PART_SHARE * max(many, more)
    )
    if not is_part:
        if scores[2] < _MIN_JACCARD:
            return holds
        is_one_size = words >= _FORM_SIZE * max(many, more)
        if not (are_few and scores[0] >= (_FEW_CONTAINMENT if is_one_size else _FEW_CUT)):
            is_scan = scores[0] < _MIN_CONTAINMENT and scores[0] <= scores[3] ** 2
            if scores[1] < _MIN_ANCHORS or (anchors < _FEW and not is_scan):
                return holds
        if words < _SHORT_SHINGLES and scores[2] < _SHORT_JACCARD:
            return holds
    elif scores[1] < _PART_ANCHORS and not are_few:
        return holds
    if differ(data, at, facts, a, b, title, scores, are_few, titles_agree):
        return holds
    is_named = titles_agree and not says_nothing(data, at, a) and not says_nothing(data, at, b)
    return np.uint8(EDGE if is_named or scores[2] >= _ISSUE_JACCARD else EDGE | WEAK) | holds


@kernel
def _compare(data: Any, at: Any, facts: Any, left: Any, right: Any, in_full: bool, scores: Any, found: Any) -> None:
    for pair in range(len(left)):
        found[pair] = compare_one(data, at, facts, left[pair], right[pair], in_full, scores[pair])


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


def compare_pairs(signatures: Signatures, left: I64, right: I64, *, in_full: bool = False) -> PairScores:
    """Compare the texts `left[i]` and `right[i]` (indexes into `signatures`) for each i.

    All scores of edges stand, but `characters` may be 0 where words say enough. Unless `in_full`, scores of a pair that
    is no edge may be 0 because they were not needed.
    """
    scores = np.zeros((len(left), 4), np.float64)
    found = np.zeros(len(left), np.uint8)
    s = signatures
    _compare(read_only(s.data), s.at, s.facts, left, right, in_full, scores, found)
    return PairScores(
        containment=scores[:, 0], anchors=scores[:, 1], jaccard=scores[:, 2], characters=scores[:, 3], found=found
    )
