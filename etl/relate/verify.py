"""Whether two texts are copies of each other: exact shingles and anchors, on the texts themselves.

Keys only propose pairs. An edge asks that most of the shorter text stands in the longer one (containment), that names
and numbers do as well (anchors: template stories share the words and differ there), and that the shorter one is more
than a paragraph of the longer one (Jaccard). Containment counts by words or by characters: where a scan misread every
30th letter two of three word shingles are broken, and most character shingles are not.

Titles that agree speak for a pair: the beginning of an article, or a flash that grew, is a copy however short. And what
is left is looked at as an editor would (`_differs`): two reports of one form whose facts differ, two days of one service,
a notice that stands in the place of the article.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

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
_TITLES_AGREE, _TITLE_WORDS, _PART = rules.TITLES_AGREE, rules.TITLE_WORDS, rules.PART_CONTAINMENT
_PART_ANCHORS, _PART_SHINGLES, _WHOLE = rules.PART_ANCHORS, rules.PART_SHINGLES, rules.WHOLE_SHARE
_FORM_WORDS, _FORM_SHARE, _FORM_ANCHORS, _FORM_REST = (
    rules.FORM_WORDS, rules.FORM_SHARE, rules.FORM_ANCHORS, rules.FORM_REST)  # fmt: skip
_FORM_NUMBERS, _SERIES_DAYS, _SERIES_JACCARD = rules.FORM_NUMBERS, rules.SERIES_DAYS, rules.SERIES_JACCARD
_NOTICE_WORDS, _LONG_NOTICE_WORDS, _NOTICE_TITLE = rules.NOTICE_WORDS, rules.LONG_NOTICE_WORDS, rules.NOTICE_TITLE
_QUOTED_JACCARD = rules.QUOTED_JACCARD

# The parts of a signature, one after another, and the columns of `Signatures.at`.
_TITLE, _TITLE_NUMBERS, _NUMBERS, _ANCHORS, _WORDS, SHINGLES, LETTERS, _END = range(8)
# What else is known of a text: the columns of `Signatures.facts`.
SITE, DAY, PAGE, IS_LIST, SIZE = range(5)
PARTS, FACTS = _END + 1, SIZE + 1  # how many columns
NO_DAY = -(1 << 40)  # further from every day than any rule asks

# How a pair was found: bits of `PairScores.found`.
EDGE, HOLDS, IS_HELD = 1, 2, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """What is compared of many texts: sorted distinct 32-bit hashes, and facts.

    Those of text i stand in `data` from `at[i, 0]`: words and numbers of its title, then of the text itself its numbers,
    anchors, words, word shingles and character shingles; each part ends where the next begins.
    """

    data: U32
    at: I64  # a row of eight places for each text
    facts: I64  # site (0: not known), day of publication, number in the address (0: none), looks like a list, words

    def __len__(self) -> int:
        return len(self.at)


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
    found: NDArray[
        np.uint8
    ]  # bits: EDGE; HOLDS and IS_HELD: the left text is much longer and holds the right one, or is held

    @property
    def is_edge(self) -> NDArray[np.bool_]:
        """Which pairs are copies of each other."""
        return (self.found & EDGE).astype(np.bool_)


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
def _own_words(data: Any, at: Any, a: int, b: int) -> Any:
    """Return how many words of the title of text a, not of the other's, stand in text a and not in text b."""
    own = 0
    i, i_end = at[a, _TITLE], at[a, _TITLE_NUMBERS]
    j, j_end = at[b, _TITLE], at[b, _TITLE_NUMBERS]
    ours, ours_end = at[a, _WORDS], at[a, SHINGLES]
    theirs, theirs_end = at[b, _WORDS], at[b, SHINGLES]
    for place in range(i, i_end):
        word = data[place]
        while j < j_end and data[j] < word:
            j += 1
        if j < j_end and data[j] == word:
            continue
        while ours < ours_end and data[ours] < word:
            ours += 1
        while theirs < theirs_end and data[theirs] < word:
            theirs += 1
        own += (ours < ours_end and data[ours] == word) and not (theirs < theirs_end and data[theirs] == word)
    return own


@kernel
def _title_share(data: Any, at: Any, a: int, b: int) -> Any:
    """Return the share of the shorter title's words that stand in the other one; -1 where there is no title."""
    fewer = min(at[a, _TITLE_NUMBERS] - at[a, _TITLE], at[b, _TITLE_NUMBERS] - at[b, _TITLE])
    if fewer == 0:
        return -1.0
    same = _shared(data, at[a, _TITLE], at[a, _TITLE_NUMBERS], at[b, _TITLE], at[b, _TITLE_NUMBERS])
    return same / fewer


@kernel
def _is_headline(data: Any, at: Any, a: int) -> Any:
    """True if a title is that of its text: a quarter of its words stand there. Above a notice stands another story's."""
    size = at[a, _TITLE_NUMBERS] - at[a, _TITLE]
    same = _shared(data, at[a, _TITLE], at[a, _TITLE_NUMBERS], at[a, _WORDS], at[a, SHINGLES])
    return 4 * same >= size


@kernel
def _own(data: Any, at: Any, a: int, b: int, part: int, of: int) -> Any:
    """Return how many values of a part of text a are not in part `of` of text b."""
    shared = _shared(data, at[a, part], at[a, part + 1], at[b, of], at[b, of + 1])
    return at[a, part + 1] - at[a, part] - shared


@kernel
def _differs(data: Any, at: Any, facts: Any, a: int, b: int, title: Any, scores: Any, are_few: Any) -> Any:
    """True if two texts that share nearly all their words are no copies: other facts, another day, or no article at all."""
    size = min(facts[a, SIZE], facts[b, SIZE])
    jaccard = scores[2]
    # A notice in the place of the article: short, under titles of other stories.
    has_headline = _is_headline(data, at, a) or _is_headline(data, at, b)
    if 0 <= title < _NOTICE_TITLE and size < (_LONG_NOTICE_WORDS if not has_headline else _NOTICE_WORDS):
        return True
    days = abs(facts[a, DAY] - facts[b, DAY])
    days_differ = days >= 1 and facts[a, DAY] != NO_DAY and facts[b, DAY] != NO_DAY
    is_dated = (
        days_differ
        and _own(data, at, a, b, _TITLE_NUMBERS, _TITLE_NUMBERS) > 0
        and _own(data, at, b, a, _TITLE_NUMBERS, _TITLE_NUMBERS) > 0
    )
    # The same text on another day under a title with another number: yesterday's horoscope, today's quiz.
    if is_dated and jaccard >= 1.0:
        return True
    # A report that is quoted in something else: other title, and less than half of the longer text.
    if 0 <= title < _NOTICE_TITLE and jaccard < _QUOTED_JACCARD:
        return True
    # A list that loses old entries and gains new ones from day to day.
    is_one_site = facts[a, SITE] != 0 and facts[a, SITE] == facts[b, SITE]
    if days_differ and is_one_site and max(scores[0], scores[3]) < _PART:
        return True
    our_words, their_words = _own(data, at, a, b, _WORDS, _WORDS), _own(data, at, b, a, _WORDS, _WORDS)
    if our_words == 0 or their_words == 0:
        return False
    our_numbers, their_numbers = _own(data, at, a, b, _NUMBERS, _NUMBERS), _own(data, at, b, a, _NUMBERS, _NUMBERS)
    fewer = min(at[a, SHINGLES] - at[a, _WORDS], at[b, SHINGLES] - at[b, _WORDS])
    least = max(_FORM_WORDS, _FORM_SHARE * fewer)
    words_differ = our_words >= least and their_words >= least
    # A service that comes every day: the same words, other numbers.
    is_series = days_differ and our_numbers > 0 and their_numbers > 0 and jaccard >= _SERIES_JACCARD
    if is_series and (days >= _SERIES_DAYS or (is_one_site and (is_dated or words_differ))):
        return True
    # Reports of one form: each title has a word that its own text has and the other text has not.
    if words_differ and title < 1.0 and _own_words(data, at, a, b) > 0 and _own_words(data, at, b, a) > 0:
        return True
    # The same without titles: names and numbers differ on both sides, and nothing else does.
    ours, theirs = _own(data, at, a, b, _ANCHORS, _WORDS), _own(data, at, b, a, _ANCHORS, _WORDS)
    if ours >= _FORM_ANCHORS and theirs >= _FORM_ANCHORS:
        rest = max(0, our_words - ours) + max(0, their_words - theirs)
        if rest <= _FORM_REST * size:
            return True
    if are_few and our_numbers >= _FORM_NUMBERS and their_numbers >= _FORM_NUMBERS:
        numbers = min(at[a, _ANCHORS] - at[a, _NUMBERS], at[b, _ANCHORS] - at[b, _NUMBERS])
        if 2 * min(our_numbers, their_numbers) > numbers:
            return True
    return False


@kernel
def compare_one(data: Any, at: Any, facts: Any, a: int, b: int, in_full: bool, scores: Any) -> Any:
    """Write the four scores of a pair and return what was found (`PairScores.found`).

    Unless `in_full`, a pair that fails by its anchors is not looked at further, and characters only where words fail.
    """
    scores[:] = 0.0
    none = np.uint8(0)
    ours, theirs = at[a, _WORDS] - at[a, _ANCHORS], at[b, _WORDS] - at[b, _ANCHORS]
    anchors = min(ours, theirs)
    same = _shared(data, at[a, _ANCHORS], at[a, _WORDS], at[b, _ANCHORS], at[b, _WORDS])
    scores[1] = same / anchors if anchors else 1.0
    many, more = at[a, LETTERS] - at[a, SHINGLES], at[b, LETTERS] - at[b, SHINGLES]
    words = min(many, more)
    are_few = anchors < _FEW or anchors < _FEW_SHARE * words
    if scores[1] < _PART_ANCHORS and not are_few and not in_full:
        return none
    if words == 0:
        return none
    title = _title_share(data, at, a, b)
    titles_agree = title >= _TITLES_AGREE and min(
        at[a, _TITLE_NUMBERS] - at[a, _TITLE], at[b, _TITLE_NUMBERS] - at[b, _TITLE]) >= _TITLE_WORDS  # fmt: skip
    if scores[1] < _MIN_ANCHORS and not are_few and not titles_agree and not in_full:
        return none
    same = _shared(data, at[a, SHINGLES], at[a, LETTERS], at[b, SHINGLES], at[b, LETTERS])
    scores[0] = same / words
    scores[2] = same / (many + more - same)
    holds = none
    if (
        scores[0] >= _PART
        and scores[1] >= _MIN_ANCHORS
        and words >= _SHORT_SHINGLES
        and words < _WHOLE * max(many, more)
    ):
        holds = np.uint8(HOLDS if many > more else IS_HELD)
    if in_full or scores[0] < _MIN_CONTAINMENT:
        ours, theirs = at[a, _END] - at[a, LETTERS], at[b, _END] - at[b, LETTERS]
        fewer = min(ours, theirs)
        if fewer:
            same = _shared(data, at[a, LETTERS], at[a, _END], at[b, LETTERS], at[b, _END])
            scores[3] = same / fewer
            if scores[0] < _MIN_CONTAINMENT:
                scores[2] = max(scores[2], same / (ours + theirs - same))
    if max(scores[0], scores[3]) < _MIN_CONTAINMENT:
        return holds
    # The beginning of an article, or a flash that grew: under the same title however short.
    is_part = titles_agree and scores[0] >= _PART and words >= _PART_SHINGLES
    if not is_part:
        if scores[2] < _MIN_JACCARD:
            return holds
        if not (are_few and scores[0] >= _FEW_CONTAINMENT):
            is_scan = scores[0] < _MIN_CONTAINMENT and scores[0] <= scores[3] ** 2
            if scores[1] < _MIN_ANCHORS or (anchors < _FEW and not is_scan):
                return holds
        if words < _SHORT_SHINGLES and scores[2] < _SHORT_JACCARD:
            return holds
    elif scores[1] < _PART_ANCHORS and not are_few:
        return holds
    if facts[a, IS_LIST] and facts[b, IS_LIST] and scores[2] < _LIST_JACCARD and not titles_agree:
        return holds
    is_one_site = facts[a, SITE] != 0 and facts[a, SITE] == facts[b, SITE]
    is_one_page = is_one_site and facts[a, PAGE] != 0 and facts[a, PAGE] == facts[b, PAGE]
    if is_one_site and not is_one_page and 0 <= title < _MIN_TITLE and scores[2] < _SITE_JACCARD:
        return holds
    if not is_one_page and _differs(data, at, facts, a, b, title, scores, are_few):
        return holds
    return np.uint8(EDGE) | holds


@kernel
def _compare(data: Any, at: Any, facts: Any, left: Any, right: Any, in_full: bool, scores: Any, found: Any) -> None:
    for pair in range(len(left)):
        found[pair] = compare_one(data, at, facts, left[pair], right[pair], in_full, scores[pair])


def signatures_of_many(
    texts: Sequence[str],
    titles: Sequence[str | None] | None = None,
    sites: Sequence[str | None] | None = None,
    days: Sequence[date | None] | None = None,
    urls: Sequence[str | None] | None = None,
) -> Signatures:
    """Return the signatures of texts, in their order.

    Titles, registrable domains, days of publication and addresses tell copies from pages that share a form or a site's
    furniture; without them nothing is held against a pair.
    """
    nothing = [None] * len(texts)
    return signatures_of_pieces(
        utf8(texts),
        utf8([title or "" for title in titles] if titles is not None else [""] * len(texts)),
        facts_of(sites or nothing, days or nothing, urls or nothing),
    )


def signatures_of_pieces(texts: Sequence[bytes], titles: Sequence[bytes], facts: I64) -> Signatures:
    """Return the same for texts and titles given as NFC in UTF-8 (`etl.relate.tokens.utf8`), and facts (`facts_of`)."""
    parts = [_signed(texts[i : i + _BATCH], titles[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)]
    starts = np.cumsum([0, *(len(data) for data, _, _, _ in parts)])
    facts = facts.copy()
    facts[:, IS_LIST] = np.concatenate([np.zeros(0, np.bool_), *(lists for _, _, lists, _ in parts)])
    facts[:, SIZE] = np.concatenate([np.zeros(0, np.int64), *(sizes for _, _, _, sizes in parts)])
    return Signatures(
        data=np.concatenate([np.zeros(0, np.uint32), *(data for data, _, _, _ in parts)]),
        at=np.concatenate([np.zeros((0, PARTS), np.int64), *(at + starts[i] for i, (_, at, _, _) in enumerate(parts))]),
        facts=facts,
    )


def facts_of(sites: Sequence[str | None], days: Sequence[date | None], urls: Sequence[str | None]) -> I64:
    """Return the facts of texts that are not read from the texts: site, day, and number in the address."""
    facts = np.zeros((len(sites), FACTS), np.int64)
    facts[:, SITE] = site_numbers(sites).view(np.int64)
    facts[:, DAY] = [day.toordinal() if day is not None else NO_DAY for day in days]
    facts[:, PAGE] = [page_number(url) if url else 0 for url in urls]
    return facts


# What a publisher numbers its pages by. Eight digits may be a day; a number of two or three is a page of a list.
_NUMBER = re.compile(r"(?<!\d)\d{6,18}(?!\d)")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def page_number(url: str) -> int:
    """Return the number by which a publisher knows the page, of six digits or more in its path; 0 if there is none.

    >>> page_number("https://example.org/news/ferry-stays-4711042.html"), page_number("https://example.org/20261124/ferry")
    (4711042, 0)
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        return 0
    found = [number for number in _NUMBER.findall(path) if not _DAY.fullmatch(number)]
    return int(found[-1]) if found else 0


def site_numbers(sites: Sequence[str | None]) -> NDArray[np.uint64]:
    """Return a number for each site, the same for the same name; 0 for none."""
    known: dict[str | None, int] = {None: 0, "": 0}
    for site in sites:
        if site not in known:
            known[site] = int.from_bytes(hashlib.blake2b((site or "").encode(), digest_size=8).digest(), "little")
    return np.array([known[site] for site in sites], np.uint64)


def _signed(texts: Sequence[bytes], titles: Sequence[bytes]) -> tuple[U32, I64, NDArray[np.bool_], I64]:
    t = tables()
    data, offsets = packed(texts)
    title_data, title_offsets = packed(titles)
    longest = int(np.diff(offsets).max(initial=0)) + int(np.diff(title_offsets).max(initial=0))
    out = np.empty(3 * (len(data) + len(title_data)) + 8 * len(texts) + 2 * longest, np.uint32)
    at = np.zeros((len(texts), PARTS), np.int64)
    lists = np.zeros(len(texts), np.bool_)
    sizes = np.zeros(len(texts), np.int64)
    count = sign(
        data, offsets, title_data, title_offsets, t.folds, t.second, t.ends, out, at, lists, sizes
    )  # fmt: skip
    return out[:count].copy(), at, lists, sizes


def signature(
    text: str, *, title: str | None = None, site: str | None = None, day: date | None = None, url: str | None = None
) -> Signature:
    """Return what is compared of a text."""
    return Signature(of=signatures_of_many([text], [title], [site], [day], [url]))


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
        facts=np.concatenate([part.facts for part in parts]),
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
