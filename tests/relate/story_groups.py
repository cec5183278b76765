"""Articles as relating sees them, and which of them are one story by the definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import numpy as np

from etl.relate import compare_pairs, components, digests, keys_of_many, signatures_of_many
from etl.relate.verify import EDGE, HOLDS, IS_HELD, WEAK

DAY = date(2026, 3, 12)


@dataclass(slots=True)
class Doc:
    """An article. Without a site it has one of its own."""

    title: str
    text: str
    site: str = ""
    day: int = 0  # days after the first
    path: str = ""

    @property
    def url(self) -> str:
        return f"https://{self.site}/{self.path}"

    @property
    def published_on(self) -> date:
        return DAY + timedelta(days=self.day)


def groups(*docs: Doc) -> list[list[int]]:
    """Return which of the documents are one story, by their numbers."""
    sites = [doc.site or f"site{number}.example" for number, doc in enumerate(docs)]
    urls = [f"https://{site}/{doc.path}" for site, doc in zip(sites, docs, strict=True)]
    pairs = list(combinations(range(len(docs)), 2))
    offsets, found = keys_of_many([doc.text for doc in docs])
    keys = [set(found[offsets[i] : offsets[i + 1]].tolist()) for i in range(len(docs))]
    signatures = signatures_of_many(
        [d.text for d in docs], [d.title for d in docs], sites, [d.published_on for d in docs], urls
    )
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    bits = dict(zip(pairs, compare_pairs(signatures, left, right).found.tolist(), strict=True))
    bits = {pair: found for pair, found in bits.items() if keys[pair[0]] & keys[pair[1]]}
    held = {p: p if b & HOLDS else p[::-1] for p, b in bits.items() if b & (HOLDS | IS_HELD)}
    nobodys = digests(held.values(), lambda n: sites[n], keys.__getitem__)
    edges = [p for p, b in bits.items() if b & EDGE and (not b & WEAK or nobodys.isdisjoint(p))]
    name = [n.to_bytes(1, "big") for n in range(len(docs))]
    return [[n[0] for n in c] for c in components(name, [(name[a], name[b]) for a, b in edges])]


def apart(count: int) -> list[list[int]]:
    """Return so many documents, each a story of its own."""
    return [[n] for n in range(count)]


def pairs_of(grouping: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    """Return the pairs that a grouping puts together."""
    return {pair for group in grouping for pair in combinations(sorted(group), 2)}
