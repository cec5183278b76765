"""Stories from edges: what belongs together, on both sides of each number that decides it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import combinations

import pytest

from etl.relate import rules
from etl.relate.components import Edge, StoryMembers, components, digests, split_component


def key(n: int) -> bytes:
    return n.to_bytes(32, "big")


def edge(a: bytes, b: bytes, *, jaccard: float = 0.9, anchors: float = 1.0) -> Edge:
    return Edge(a=min(a, b), b=max(a, b), containment=0.9, jaccard=jaccard, anchors=anchors)


LOOSE = {"jaccard": 0.25, "anchors": 0.75}


def clique(nodes: Iterable[bytes], **scores: float) -> list[Edge]:
    return [edge(a, b, **scores) for a, b in combinations(sorted(nodes), 2)]


def star(nodes: Sequence[bytes], **scores: float) -> list[Edge]:
    return [edge(nodes[0], node, **scores) for node in nodes[1:]]


A, B, C, OUT = map(key, (1, 2, 3, 9))


@pytest.mark.parametrize(
    "edges", [[(A, OUT), (OUT, B)], [(OUT, A), (B, OUT)], [(A, OUT), (B, OUT)], [(OUT, OUT), (OUT, A), (OUT, B)]]
)
def test_an_edge_that_leaves_the_nodes_joins_nothing(edges: list[tuple[bytes, bytes]]) -> None:
    assert components([B, A, C], edges) == [(A,), (B,), (C,)]
    assert components([B, A, C], [*edges, (C, A)]) == [(A, C), (B,)]


def test_components_are_the_reachable_whatever_the_order_of_chains() -> None:
    chain = [(key(n), key(n + 1)) for n in range(40)]
    for seed in range(5):
        random.Random(seed).shuffle(chain)
        assert components(map(key, range(41)), chain) == [tuple(map(key, range(41)))]
    assert components(map(key, range(4)), [(key(0), key(3)), (key(2), key(1))]) == [(key(0), key(3)), (key(1), key(2))]


def two_stories(bridges: int = 1, size: int = 140) -> tuple[list[bytes], list[bytes], list[Edge]]:
    """Two groups that each hold together, and some loose edges between them."""
    one, two = [key(n) for n in range(size)], [key(n) for n in range(1000, 1000 + size)]
    across = [edge(a, b, **LOOSE) for a in one for b in two][:bridges]
    return one, two, [*clique(one), *clique(two), *across]


def sizes(found: Sequence[StoryMembers]) -> list[int]:
    return [len(story.members) for story in found]


def test_a_component_of_256_is_one_story_and_of_257_may_be_two() -> None:
    for size, wanted in ((128, [256]), (129, [129, 129])):
        one, two, edges = two_stories(size=size)
        found = split_component([*two, *one], edges)
        assert sizes(found) == wanted and {s.is_split for s in found} == {len(wanted) > 1}
        assert not any(s.is_flagged for s in found)


@pytest.mark.parametrize("lone", [key(500), key(5000)])  # before and behind the keys of its neighbours
def test_a_member_of_no_group_goes_with_its_neighbours_whichever_key_is_the_lower(lone: bytes) -> None:
    one, two, edges = two_stories()
    edges += [edge(lone, two[0], **LOOSE), edge(lone, two[1], **LOOSE), edge(lone, one[0], **LOOSE)]
    assert [lone in story.members for story in split_component([*one, *two, lone], edges)] == [False, True]


def test_edges_that_leave_a_component_decide_nothing_of_it() -> None:
    one, two, edges = two_stories()
    lone = key(500)
    edges += [edge(lone, one[0], **LOOSE), edge(lone, one[1], **LOOSE), edge(lone, two[0], **LOOSE)]
    component = [*one, *two, lone]
    inside = split_component(component, edges)
    assert sizes(inside) == [141, 140]
    strangers = [key(n) for n in range(5000, 5040)]
    leaving = clique(strangers) + [edge(s, n) for s in strangers for n in (*one[:20], *two[:20], lone)]
    assert split_component(component, leaving + edges) == inside
    assert split_component(component, edges + leaving) == inside


def test_two_groups_are_one_story_from_a_tenth_of_the_pairs_on() -> None:
    """Of the pairs that are looked at: 64 of each group at most."""
    enough = int(rules.CORE_LINKS * rules.BUCKET * rules.BUCKET) + 1
    for bridges, wanted in ((enough - 1, [140, 140]), (enough, [280])):
        one, two, edges = two_stories(bridges=bridges)
        assert sizes(split_component([*one, *two], edges)) == wanted
    # Of a small group and a large one: a tenth of 5 times 64 pairs are 32.
    large, small = [key(n) for n in range(270)], [key(n) for n in range(1000, 1005)]
    for bridges, wanted in ((31, [270, 5]), (32, [275])):
        across = [edge(a, b, **LOOSE) for b in small for a in large][:bridges]
        assert sizes(split_component([*large, *small], [*clique(large), *clique(small), *across])) == wanted


def test_five_that_hold_together_are_a_group_and_four_are_not() -> None:
    for size, wanted in ((5, [270, 5]), (4, [274])):
        large, small = [key(n) for n in range(270)], [key(n) for n in range(1000, 1000 + size)]
        found = split_component([*large, *small], [*clique(large), *clique(small), edge(large[0], small[0], **LOOSE)])
        assert sizes(found) == wanted and found[0].is_split is (size == 5)


@pytest.mark.parametrize(
    ("scores", "is_group"),
    [
        ({"anchors": 0.85, "jaccard": 0.4}, True),
        ({"anchors": 0.84, "jaccard": 0.9}, False),
        ({"anchors": 1.0, "jaccard": 0.39}, False),
    ],
)
def test_a_group_holds_together_by_the_stricter_rule(scores: dict[str, float], is_group: bool) -> None:
    large, small = [key(n) for n in range(270)], [key(n) for n in range(1000, 1010)]
    edges = [*clique(large), *clique(small, **scores), edge(large[0], small[0], **LOOSE)]
    assert sizes(split_component([*large, *small], edges)) == ([270, 10] if is_group else [280])


def test_who_is_in_no_group_goes_with_most_of_its_edges_and_in_a_tie_with_the_first_story() -> None:
    one, two, edges = two_stories()
    by_majority, tied, behind = key(2000), key(2001), key(3)  # the last one is in the group already
    behind = key(2002)
    edges += [edge(by_majority, one[0], **LOOSE)] + [edge(by_majority, n, **LOOSE) for n in two[:2]]
    edges += [edge(tied, two[0], **LOOSE), edge(tied, one[0], **LOOSE)]
    edges += [edge(behind, by_majority, **LOOSE)]  # a ring further out: by the placed one that it hangs on
    found = split_component([*one, *two, by_majority, tied, behind], edges)
    assert set(found[0].members) == {*one, tied}
    assert set(found[1].members) == {*two, by_majority, behind}


def test_a_ring_is_placed_at_once_so_that_its_order_decides_nothing() -> None:
    one, two, edges = two_stories()
    near, far = key(2001), key(2000)
    edges += [edge(near, one[0], **LOOSE), edge(far, near, **LOOSE), edge(far, two[0], **LOOSE)]
    found = split_component([*one, *two, near, far], edges)
    assert near in found[0].members and far in found[1].members


def test_who_hangs_on_nothing_that_is_placed_is_a_story_of_its_own() -> None:
    one, two, edges = two_stories()
    found = split_component([*one, *two, key(7000), key(7001)], [*edges, edge(key(7000), key(7001), **LOOSE)])
    assert sizes(found) == [140, 140, 1, 1] and all(s.is_split for s in found)


def test_what_still_has_over_two_thousand_members_is_flagged_also_beside_others() -> None:
    for size, is_flagged in ((2000, False), (2001, True)):
        large, small = [key(n) for n in range(size)], [key(n) for n in range(9000, 9010)]
        edges = [*star(large), *clique(small), edge(large[0], small[0], **LOOSE)]
        found = split_component([*large, *small], edges)
        assert [(len(s.members), s.is_flagged, s.is_split) for s in found] == [
            (size, is_flagged, True),
            (10, False, True),
        ]


SITES = {A: "a.example", B: "b.example", C: "c.example", OUT: "d.example"}


@pytest.mark.parametrize(("held", "keys", "sites", "expected"), [
    # Two reports of others that share nothing: what holds both is a digest.
    ([(OUT, A), (OUT, B)], {A: [1, 2], B: [3, 4]}, {}, {OUT}),
    # They share a key: parts of one text.
    ([(OUT, A), (OUT, B)], {A: [1, 2], B: [2, 3]}, {}, set()),
    # Only one is held, or one twice: a longer version of it.
    ([(OUT, A)], {A: [1]}, {}, set()),
    ([(OUT, A), (OUT, A)], {A: [1]}, {}, set()),
    # A third joins the two, whichever comes last.
    ([(OUT, A), (OUT, B), (OUT, C)], {A: [1, 3], B: [2, 4], C: [1, 2]}, {}, set()),
    ([(OUT, C), (OUT, A), (OUT, B)], {A: [1, 3], B: [2, 4], C: [1, 2]}, {}, set()),
    # A shorter digest joins nothing, unless it is an article of that site and its parts are the pages.
    ([(OUT, A), (OUT, B), (OUT, C)], {A: [1], B: [2], C: [1, 2]}, {}, {OUT}),
    ([(OUT, C), (OUT, A), (OUT, B)], {A: [1], B: [2], C: [1, 2]}, {}, {OUT}),
    ([(OUT, A), (OUT, B), (OUT, C)], {A: [1], B: [2], C: [1, 2]}, {A: "c.example", B: "c.example"}, set()),
    # A third of its own keeps them apart.
    ([(OUT, A), (OUT, B), (OUT, C)], {A: [1], B: [1], C: [9]}, {}, {OUT}),
    # Pages of one site are parts of its own article; one of another site is left, which is no digest of several.
    ([(OUT, A), (OUT, B)], {A: [1], B: [2]}, {A: "d.example", B: "d.example"}, set()),
    ([(OUT, A), (OUT, B)], {A: [1], B: [2]}, {A: "d.example"}, set()),
    # A text of no known site is held against all others, also those of no site.
    ([(OUT, A), (OUT, B)], {A: [1], B: [2]}, {OUT: None, A: None, B: None}, {OUT}),
    ([(OUT, A), (C, B)], {A: [1], B: [2]}, {}, set()),
])  # fmt: skip
def test_a_digest_holds_reports_of_other_sites_that_share_nothing(
    held: list[tuple[bytes, bytes]],
    keys: dict[bytes, list[int]],
    sites: dict[bytes, str | None],
    expected: set[bytes],
) -> None:
    of = {**SITES, **sites}
    for order in (held, held[::-1]):
        assert digests(order, of.get, lambda text: keys[text]) == expected
