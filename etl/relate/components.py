"""Stories from edges: connected components, their labels, and the splitting of suspiciously large ones."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from etl.relate import rules

Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Two articles that were found to be copies, a < b, and their scores."""

    a: bytes
    b: bytes
    containment: float
    jaccard: float
    anchors: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMembers:
    """A story: its members in order, and whether it needs a review."""

    members: tuple[bytes, ...]
    is_split: bool = False  # part of a component that was too loose
    is_flagged: bool = False  # large or loose, and a stricter rule does not split it


def components(nodes: Iterable[bytes], edges: Iterable[Pair]) -> list[tuple[bytes, ...]]:
    """Return the connected components as sorted tuples, ordered by their least member. Lone nodes are components.

    Edges to other than these nodes are ignored.
    """
    parent = {node: node for node in nodes}

    def root(node: bytes) -> bytes:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in edges:
        if a in parent and b in parent:
            x, y = root(a), root(b)
            if x != y:
                parent[max(x, y)] = min(x, y)
    groups: dict[bytes, list[bytes]] = {}
    for node in sorted(parent):
        groups.setdefault(root(node), []).append(node)
    return [tuple(group) for group in groups.values()]


Node = TypeVar("Node", bound=Hashable)


def digests(
    held: Iterable[tuple[Node, Node]], site_of: Callable[[Node], object], keys_of: Callable[[Node], Iterable[int]]
) -> set[Node]:
    """Return the digests: texts that contain several reports which share nothing with each other, and are copies of none.

    `held` are pairs of a text and a much shorter one that it contains for the most part. The longer text is a digest when
    the shorter ones from other sites are not connected: no key leads from one to another. Shorter digests among them connect
    nothing. Parts of one article that one site has on several pages make no digest.
    """
    parts: dict[Node, set[Node]] = {}
    for holder, part in held:
        if site_of(holder) is None or site_of(part) != site_of(holder):
            parts.setdefault(holder, set()).add(part)
    return {
        holder
        for holder, texts in parts.items()
        if len(texts) > 1 and _fall_apart([(frozenset(keys_of(text)), site_of(text)) for text in texts])
    }


_Part = tuple[frozenset[int], object]  # the keys of a text, and its site


def _fall_apart(parts: Sequence[_Part]) -> bool:
    """True if these texts, without those that are digests of others of them, are not connected by keys."""
    if len(parts) < 2 or frozenset.intersection(*(keys for keys, _ in parts)):
        return False
    if not _are_connected(keys for keys, _ in parts):
        return True
    plain: list[_Part] = []
    for keys, site in sorted(set(parts), key=lambda part: len(part[0])):
        inside = [part for part in plain if (site is None or part[1] != site) and _is_inside(part[0], keys)]
        if not _fall_apart(inside):
            plain.append((keys, site))
    return not _are_connected(keys for keys, _ in plain)


def _is_inside(keys: frozenset[int], others: frozenset[int]) -> bool:
    return len(keys) < rules.WHOLE_SHARE * len(others) and len(keys & others) >= rules.PART_KEYS * len(keys)


def _are_connected(texts: Iterable[frozenset[int]]) -> bool:
    groups: list[frozenset[int]] = []
    for keys in texts:
        apart = []
        for group in groups:
            if group.isdisjoint(keys):
                apart.append(group)
            else:
                keys |= group
        groups = [*apart, keys]
    return len(groups) < 2


def label(members: Collection[bytes]) -> uuid.UUID:
    """Return the id of a story: a UUID (version 8) of its least member's URL key. The same for the same members."""
    least = bytearray(min(members)[:16])
    least[6] = (least[6] & 0x0F) | 0x80
    least[8] = (least[8] & 0x3F) | 0x80
    return uuid.UUID(bytes=bytes(least))


def split_component(component: Sequence[bytes], edges: Iterable[Edge]) -> list[StoryMembers]:
    """Return the story or stories of a component, ordered by their least member.

    - A component of up to 256 members is one story.
    - In a larger one, groups that are connected by a stricter rule are separated. Two groups stay one story if a tenth of the
      pairs between them are edges, which copies of one text reach and a digest that quotes two stories does not.
    - Members in no group join the group with which they have most edges.
    - A story that still has over 2,000 members is flagged.

    The result is a function of the component and its edges only.
    """
    members = tuple(sorted(component))
    if len(members) <= rules.SUSPICIOUS:
        return [StoryMembers(members=members)]
    inside = frozenset(members)
    known = sorted({(e.a, e.b): e for e in edges if e.a in inside and e.b in inside}.items())
    strict = [pair for pair, e in known if e.anchors >= rules.CORE_ANCHORS and e.jaccard >= rules.CORE_JACCARD]
    cores = [core for core in components(members, strict) if len(core) >= rules.CORE]
    if len(cores) < 2:
        return [_story_members(members, is_split=False)]
    core_of = {node: number for number, core in enumerate(cores) for node in core}
    joined = components((core[0] for core in cores), _links(cores, core_of, (pair for pair, _ in known)))
    story_of = {least: number for number, story in enumerate(joined) for least in story}
    placed = {node: story_of[cores[number][0]] for node, number in core_of.items()}
    _place_others(placed, members, [pair for pair, _ in known])
    stories: dict[int | bytes, list[bytes]] = {}
    for node in members:
        stories.setdefault(placed.get(node, node), []).append(node)
    found = sorted(tuple(nodes) for nodes in stories.values())
    return [_story_members(nodes, is_split=len(found) > 1) for nodes in found]


def _story_members(members: tuple[bytes, ...], *, is_split: bool) -> StoryMembers:
    return StoryMembers(members=members, is_split=is_split, is_flagged=len(members) > rules.FLAGGED)


def _links(cores: Sequence[tuple[bytes, ...]], core_of: Mapping[bytes, int], pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs of cores (by their least members) that have enough edges to be one story."""
    between = Counter(
        (min(core_of[a], core_of[b]), max(core_of[a], core_of[b])) for a, b in pairs if a in core_of and b in core_of
    )
    # Of a bucket only pairs with one of its 64 lowest are looked at, so large cores cannot have all their edges.
    return [
        (cores[x][0], cores[y][0])
        for (x, y), count in between.items()
        if x != y and count >= rules.CORE_LINKS * min(len(cores[x]), rules.BUCKET) * min(len(cores[y]), rules.BUCKET)
    ]


def _place_others(placed: dict[bytes, int], members: Sequence[bytes], pairs: Sequence[Pair]) -> None:
    """Assign members of no core, ring by ring outwards, to the story with which they have most edges."""
    neighbours: dict[bytes, list[bytes]] = {}
    for a, b in pairs:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    left = [node for node in members if node not in placed]
    while left:
        ring = {}
        for node in left:
            votes = Counter(placed[other] for other in neighbours.get(node, ()) if other in placed)
            if votes:
                ring[node] = min(votes, key=lambda story: (-votes[story], story))
        if not ring:
            return
        placed.update(ring)
        left = [node for node in left if node not in placed]
