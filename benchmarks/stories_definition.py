"""The definition of stories, without any database, for comparison with the warehouse and `news-etl cluster`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from etl.model import Observation
from etl.relate import (
    Edge,
    candidate_pairs,
    compare_pairs,
    components,
    digests,
    keys_of_many,
    signatures_of_many,
    split_component,
)
from etl.relate.verify import HOLDS, IS_HELD, WEAK
from etl.urls import normal_url

Story = tuple[bytes, ...]


def stories_by_definition(articles: Iterable[Observation]) -> set[Story]:
    """The stories of two or more of these articles, of which each URL key stands once."""
    members = {o.url_key: o for o in sorted(articles, key=lambda o: o.url_key)}
    names = list(members)
    place = {name: i for i, name in enumerate(names)}
    pages = [o.page for o in members.values()]
    offsets, found = keys_of_many([page.text for page in pages])
    keys = {name: found[offsets[i] : offsets[i + 1]].tolist() for name, i in place.items()}
    buckets: dict[int, list[bytes]] = {}
    for name in names:
        for key in keys[name]:
            buckets.setdefault(key, []).append(name)
    pairs = sorted(candidate_pairs(buckets))
    scores = compare_pairs(
        signatures_of_many(
            [page.text for page in pages],
            [page.title for page in pages],
            [o.site for o in members.values()],
            [page.published_on for page in pages],
            [normal_url(o.target_uri) for o in members.values()],
        ),
        np.array([place[a] for a, _ in pairs], np.int64),
        np.array([place[b] for _, b in pairs], np.int64),
    )
    held = {
        pair: pair if bits & HOLDS else (pair[1], pair[0])
        for pair, bits in zip(pairs, scores.found.tolist(), strict=True)
        if bits & (HOLDS | IS_HELD)
    }
    nobodys = digests(held.values(), lambda name: members[name].site, keys.__getitem__)
    edges = {
        pairs[i]: Edge(
            a=pairs[i][0],
            b=pairs[i][1],
            containment=float(scores.containment[i]),
            anchors=float(scores.anchors[i]),
            jaccard=float(scores.jaccard[i]),
        )
        for i in np.flatnonzero(scores.is_edge).tolist()
        if not scores.found[i] & WEAK or nobodys.isdisjoint(pairs[i])
    }
    together = components(names, edges)
    of = {name: number for number, component in enumerate(together) for name in component}
    inside: list[list[Edge]] = [[] for _ in together]
    for pair in sorted(edges):
        inside[of[pair[0]]].append(edges[pair])
    return {
        settled.members
        for number, component in enumerate(together)
        if len(component) > 1
        for settled in split_component(component, inside[number])
        if len(settled.members) > 1
    }
