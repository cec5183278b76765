"""What is compared of texts, as arrays: sorted hashes and facts of each, and how to make them."""

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

from etl.relate.characters import tables
from etl.relate.jit import kernel
from etl.relate.signing import sign
from etl.relate.utf8 import packed, utf8

U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]

_BATCH = 256

# The parts of a signature, one after another, and the columns of `Signatures.at`.
TITLE, TITLE_NUMBERS, NUMBERS, ANCHORS, WORDS, SHINGLES, LETTERS, END = range(8)
# What else is known of a text: the columns of `Signatures.facts`.
SITE, DAY, PAGE, IS_LIST, SIZE = range(5)
PARTS, FACTS = END + 1, SIZE + 1  # how many columns
NO_DAY = -(1 << 40)  # further from every day than any rule asks


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


def joined(parts: Sequence[Signatures]) -> Signatures:
    """Return signatures one after another."""
    starts = np.cumsum([0, *(len(part.data) for part in parts)])
    return Signatures(
        data=np.concatenate([part.data for part in parts]),
        at=np.concatenate([part.at + starts[i] for i, part in enumerate(parts)]),
        facts=np.concatenate([part.facts for part in parts]),
    )


def read_only(data: U32) -> U32:
    """Return a view that cannot be written to, as a mapped file's cannot: kernels are compiled once for both."""
    view = data.view()
    view.flags.writeable = False
    return view


@kernel
def shared(data: Any, left: int, left_end: int, right: int, right_end: int) -> Any:
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
def own(data: Any, at: Any, a: int, b: int, part: int, of: int) -> Any:
    """Return how many values of a part of text a are not in part `of` of text b."""
    same = shared(data, at[a, part], at[a, part + 1], at[b, of], at[b, of + 1])
    return at[a, part + 1] - at[a, part] - same
