"""Stories from edges: connected components, their labels, and what happens to one that grows suspiciously."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Two articles that were found to be copies, a < b, and their scores."""

    a: bytes
    b: bytes
    containment: float
    jaccard: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A story: its members in order, and whether somebody should look at it."""

    members: tuple[bytes, ...]
    is_split: bool = False  # part of a component that was too loose
    is_flagged: bool = False  # large or loose, and nothing stricter takes it apart


def components(nodes: Iterable[bytes], edges: Iterable[Pair]) -> list[tuple[bytes, ...]]:
    """Return the connected components as sorted tuples, ordered by their least member. Lone nodes are components.

    Edges to what is no node are left out.
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


def label(members: Collection[bytes]) -> uuid.UUID:
    """Return the id of a story: a UUID (version 8) of its least member's URL key. The same for the same members."""
    least = bytearray(min(members)[:16])
    least[6] = (least[6] & 0x0F) | 0x80
    least[8] = (least[8] & 0x3F) | 0x80
    return uuid.UUID(bytes=bytes(least))


def settle(component: Sequence[bytes], edges: Iterable[Edge]) -> list[Settled]:
    """Return the story or stories that a component stands for. A function of the component and its edges only."""
    return [Settled(members=tuple(sorted(component)))]
