"""Rebuilds the stories of some articles from the edges that count: whole components; only what differs is written."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from etl.relate import Edge, Member, components, digests, label, primary, split_component, syndicated_from
from etl.warehouse.stories import sql
from etl.warehouse.stories.write_keys import STORY_VERSION, member_of, node_of

# The columns of a story that its members decide, in the order of `_row`.
COLUMNS = (
    "story_id", "primary_key", "member_count", "sites", "first_published_on", "last_published_on", "first_seen_at",
    "last_seen_at", "syndicated_from", "flags", "relate_version",
)  # fmt: skip

_PRIMARY = COLUMNS.index("primary_key")

Row = tuple[Any, ...]


def rewrite(cursor: psycopg.Cursor[Any], nodes: set[uuid.UUID]) -> int:
    """Rebuild the stories of these nodes and of everything connected with them; how many were written."""
    if not nodes:
        return 0
    reached, edges = _reach(cursor, nodes)
    nobodys = _digests(cursor, reached)
    members = _members(cursor, reached)
    by_node = {node_of(m.url_key): m.url_key for m in members.values()}
    known = [
        Edge(a=by_node[e[0]], b=by_node[e[1]], containment=e[2], anchors=e[3], jaccard=e[4])
        for e in edges.values()
        if e[0] in by_node and e[1] in by_node and not (e[-1] and not nobodys.isdisjoint(e[:2]))
    ]
    stories = dict(_stories(members, known))
    return _write(cursor, reached, stories)


def _reach(
    cursor: psycopg.Cursor[Any], nodes: set[uuid.UUID]
) -> tuple[set[uuid.UUID], dict[tuple[uuid.UUID, uuid.UUID], Row]]:
    """All nodes that edges or a present story connect with these, and the edges among them."""
    reached: set[uuid.UUID] = set()
    edges: dict[tuple[uuid.UUID, uuid.UUID], Row] = {}
    frontier = set(nodes)
    while frontier:
        reached |= frontier
        values = {"nodes": list(frontier)}
        found: set[uuid.UUID] = set()
        cursor.execute(sql.NEIGHBOURS, values)
        for row in cursor:
            edges[row[0], row[1]] = row
            found.update(row[:2])
        cursor.execute(sql.COMPANIONS, values)
        found.update(row[0] for row in cursor)
        frontier = found - reached
    return reached, edges


def _digests(cursor: psycopg.Cursor[Any], nodes: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the nodes that are no copies (digests)."""
    cursor.execute(sql.HELD, {"nodes": list(nodes)})
    pairs: list[tuple[uuid.UUID, uuid.UUID]] = []
    sites: dict[uuid.UUID, str] = {}
    keys: dict[uuid.UUID, list[int]] = {}
    for holder, site, held, its_site, its_keys in cursor:
        pairs.append((holder, held))
        sites |= {holder: site, held: its_site}
        keys[held] = its_keys
    return digests(pairs, sites.__getitem__, keys.__getitem__)


def _members(cursor: psycopg.Cursor[Any], nodes: Iterable[uuid.UUID]) -> dict[bytes, Member]:
    with cursor.connection.cursor(row_factory=namedtuple_row) as reader:
        reader.execute(sql.MEMBERS, {"nodes": list(nodes)})
        found = [member_of(row) for row in reader.fetchall()]
    return {member.url_key: member for member in found}


def _stories(
    members: dict[bytes, Member], edges: Sequence[Edge]
) -> Iterator[tuple[uuid.UUID, tuple[Row, list[bytes]]]]:
    """The stories of these members: id → (row, URL keys)."""
    found = components(members, ((e.a, e.b) for e in edges))
    component_of = {key: number for number, keys in enumerate(found) for key in keys}
    inside: list[list[Edge]] = [[] for _ in found]
    for edge in edges:
        inside[component_of[edge.a]].append(edge)
    for number, keys in enumerate(found):
        if len(keys) < 2:
            continue
        for one_story in split_component(keys, sorted(inside[number], key=lambda e: (e.a, e.b))):
            if len(one_story.members) > 1:
                flags = ["split"] * one_story.is_split + ["suspicious"] * one_story.is_flagged
                row = _row([members[key] for key in one_story.members], flags)
                yield row[0], (row, list(one_story.members))


def _row(members: Sequence[Member], flags: list[str]) -> Row:
    days = [m.published_on for m in members if m.published_on]
    seen = [m.captured_at for m in members if m.captured_at]
    return (
        label([m.url_key for m in members]),
        primary(members).url_key,
        len(members),
        sorted({m.site for m in members}),
        min(days, default=None),
        max(days, default=None),
        min(seen),
        max(seen),
        syndicated_from(members),
        flags,
        STORY_VERSION,
    )


def _write(
    cursor: psycopg.Cursor[Any], reached: set[uuid.UUID], stories: dict[uuid.UUID, tuple[Row, list[bytes]]]
) -> int:
    """Replace the stories that the reached nodes were in; unchanged ones are not touched."""
    old_members, old_rows, decided = _old(cursor, reached)
    changed = [
        story for story, (row, keys) in stories.items() if old_rows.get(story) != row or old_members.get(story) != keys
    ]
    gone = [story for story in old_rows if story not in stories]
    rewritten = [story for story in changed if old_members.get(story) != stories[story][1]]
    cursor.execute("DELETE FROM core.story_member WHERE story_id = ANY(%s)", (gone + rewritten,))
    cursor.execute("DELETE FROM core.story WHERE story_id = ANY(%s)", (gone,))
    names = ", ".join(COLUMNS)
    cursor.executemany(
        f"""
        INSERT INTO core.story ({names}, decided_at)
        VALUES ({", ".join(["%s"] * len(COLUMNS))}, COALESCE(%s, now()))
        ON CONFLICT (story_id) DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in COLUMNS[1:])},
            decided_at = excluded.decided_at
        """,
        [(*row, decided.get(row[_PRIMARY])) for row in (stories[story][0] for story in sorted(changed))],
    )
    with cursor.copy("COPY core.story_member (url_key, node, story_id) FROM STDIN") as copy:
        placed = {key: story for story in rewritten for key in stories[story][1]}
        for key in sorted(placed):
            copy.write_row((key, node_of(key), placed[key]))
    _alias(cursor, gone, old_members, stories)
    return len(changed)


def _old(
    cursor: psycopg.Cursor[Any], reached: set[uuid.UUID]
) -> tuple[dict[uuid.UUID, list[bytes]], dict[uuid.UUID, Row], dict[bytes, datetime]]:
    """The members and rows of the stories that these nodes are in, and when each primary article was chosen."""
    cursor.execute(
        f"""
        SELECT {", ".join(COLUMNS)}, s.decided_at, ARRAY(SELECT m.url_key FROM core.story_member m WHERE m.story_id = s.story_id
                                           ORDER BY m.url_key)
        FROM core.story s WHERE s.story_id IN (
            SELECT m.story_id FROM core.story_member m WHERE m.node = ANY(%(nodes)s))
        """,
        {"nodes": list(reached)},
    )
    rows = cursor.fetchall()
    members = {row[0]: row[-1] for row in rows}
    return members, {row[0]: tuple(row[:-2]) for row in rows}, {row[_PRIMARY]: row[-2] for row in rows}


def _alias(
    cursor: psycopg.Cursor[Any],
    gone: Sequence[uuid.UUID],
    old_members: dict[uuid.UUID, list[bytes]],
    stories: dict[uuid.UUID, tuple[Row, list[bytes]]],
) -> None:
    """Map former ids to the story that has most of their articles now; of equal ones, to the least id."""
    story_of = {key: story for story, (_, keys) in stories.items() for key in keys}
    cursor.execute("DELETE FROM core.story_alias WHERE former_id = ANY(%s)", (list(stories),))
    for former in gone:
        counts = Counter(story_of[key] for key in old_members[former] if key in story_of)
        heir = min(counts, key=lambda story: (-counts[story], story.bytes)) if counts else None
        cursor.execute("UPDATE core.story_alias SET story_id = %s WHERE story_id = %s", (heir, former))
        cursor.execute(
            """
            INSERT INTO core.story_alias (former_id, story_id) VALUES (%s, %s)
            ON CONFLICT (former_id) DO UPDATE SET story_id = excluded.story_id, changed_at = now()
            """,
            (former, heir),
        )
