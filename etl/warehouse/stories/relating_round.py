"""A relating round: applies all recorded changes of keys to edges and stories. One round at a time.

After a round, the stories are a function of the articles whose keys were written before it, in whatever order, batches and
processes. This holds because a round sees one snapshot (taken when it holds the lock), and compares every pair that may
count now and did not before: pairs with an end that was added or changed, and pairs whose lower end entered a bucket's
window (its lowest members) because members left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import Connection, Engine

from etl.relate import compare_pairs, signatures_of_many
from etl.relate.verify import HOLDS, IS_HELD, WEAK
from etl.warehouse.stories import sql
from etl.warehouse.stories.components import rewrite
from etl.warehouse.stories.write_keys import STORY_VERSION, driver

# Texts that are compared with each other at once: with their signatures some 15 kB each, 120 MB. A text is read and
# signed once for each part that it has pairs in: parts of 5,000 pairs read it nine times, and took three times as long.
TEXTS_AT_ONCE = 8000
PAIRS_AT_ONCE = 50_000

# Pages that name each other (AMP, canonical, redirect) are one story when this share of the shorter text is in the longer
# one. The link alone is not enough: templates name the front page, and moved addresses lead to whatever is there now.
ALIAS_CONTAINMENT = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """What a round did."""

    changes: int
    pairs: int
    edges: int
    stories: int  # written, because they are new or changed


def relate_round(engine: Engine) -> RoundResult:
    """Relate all recorded changes, after waiting for a running round."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        # First of all: the snapshot is taken by the first statement that reads, which must not be before the lock.
        connection.exec_driver_sql(sql.LOCK_TURN)
        with driver(connection).cursor() as cursor:
            changes = _take_changes(cursor)
            if not changes:
                return RoundResult(changes=0, pairs=0, edges=0, stories=0)
            pairs, edges = _verify(cursor)
            cursor.execute("ANALYZE stage_edge")
            cursor.execute(sql.ADD_EDGES, {"version": STORY_VERSION})
            cursor.execute(sql.COUNT_EDGES)
            cursor.execute("SELECT DISTINCT node FROM affected")
            written = rewrite(cursor, {row[0] for row in cursor})
            cursor.execute(sql.CHANGES_DONE)
            return RoundResult(changes=changes, pairs=pairs, edges=edges, stories=written)


def forget(connection: Connection, url_keys: list[bytes]) -> None:
    """Remove articles from stories at once, in the caller's transaction, so that no trace of their texts is left.

    Their stories are rebuilt without them. Pairs that count now because these left are compared by the next round.
    """
    with driver(connection).cursor() as cursor:
        # In this order: a process that makes all articles due holds the lock as well.
        cursor.execute(sql.LOCK_TURN)
        cursor.execute("DELETE FROM ops.story_due WHERE url_key = ANY(%s)", (url_keys,))
        cursor.execute(sql.FORGET, {"keys": sorted(url_keys)})
        nodes = [row[0] for row in cursor]
        affected = set(nodes)
        for statement in sql.FORGET_EDGES:
            cursor.execute(statement, {"nodes": nodes})
            affected.update(end for edge in cursor for end in edge)
        rewrite(cursor, affected)


def _take_changes(cursor: psycopg.Cursor[Any]) -> int:
    """Put the changes of a round into temporary tables; how many there are."""
    cursor.execute("SELECT EXISTS (SELECT FROM ops.story_change)")
    if not (cursor.fetchone() or (False,))[0]:
        return 0
    for statement in sql.TAKE_CHANGES:
        cursor.execute(statement, {"version": STORY_VERSION} if "%(version)s" in statement else None)
    for statement in (*sql.LOWEST, sql.AFFECTED, sql.DROP_EDGES):
        cursor.execute(statement)
    cursor.execute(sql.PAIRS)
    cursor.execute("CREATE UNIQUE INDEX ON pair (pair_no)")
    cursor.execute("ANALYZE pair")
    cursor.execute("SELECT count(*) FROM change")
    return int((cursor.fetchone() or (0,))[0])


def _verify(cursor: psycopg.Cursor[Any]) -> tuple[int, int]:
    """Compare the texts of all pairs and stage those that are edges; (pairs, edges)."""
    cursor.execute(sql.STAGE_EDGE)
    pairs = edges = 0
    while True:
        cursor.execute(sql.READ_PAIRS, {"after": pairs, "last": pairs + PAIRS_AT_ONCE})
        part, nodes = _part(cursor.fetchall())
        if not part:
            return pairs, edges
        pairs += len(part)
        cursor.execute(sql.READ_NODES, {"nodes": list(nodes), "version": STORY_VERSION})
        found = list(_edges(part, [row for row in cursor if row[-1]]))
        edges += len(found)
        columns = "a, b, kind, containment, anchors, jaccard, characters, is_copy, holds, is_weak"
        with cursor.copy(f"COPY stage_edge ({columns}) FROM STDIN") as copy:
            for edge in found:
                copy.write_row(edge)


def _part(pairs: Sequence[Any]) -> tuple[Sequence[Any], set[Any]]:
    """The first of these pairs, as many as fit into memory with their texts, and the nodes of those texts."""
    nodes: set[Any] = set()
    for place, pair in enumerate(pairs):
        if len(nodes) > TEXTS_AT_ONCE - 2:
            return pairs[:place], nodes
        nodes.update(pair[:2])
    return pairs, nodes


def _edges(pairs: Sequence[Any], nodes: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of the verified pairs. An article that has changed since its keys were written becomes due again."""
    place = {row[0]: i for i, row in enumerate(nodes)}
    pairs = [row for row in pairs if row[0] in place and row[1] in place]
    _, titles, sites, days, urls, texts, _ = zip(*nodes, strict=True) if nodes else ((),) * 7
    signatures = signatures_of_many(texts, titles, sites, days, urls)
    for is_alias in (False, True):
        some = [row for row in pairs if row[2] is is_alias]
        left = np.array([place[row[0]] for row in some], np.int64)
        right = np.array([place[row[1]] for row in some], np.int64)
        scores = compare_pairs(signatures, left, right, in_full=is_alias)
        enough = scores.is_edge | (scores.containment >= ALIAS_CONTAINMENT) if is_alias else scores.found != 0
        for i in np.flatnonzero(enough).tolist():
            values = (scores.containment[i], scores.anchors[i], scores.jaccard[i], scores.characters[i])
            holds = 0 if is_alias else 1 if scores.found[i] & HOLDS else 2 if scores.found[i] & IS_HELD else 0
            is_weak = not is_alias and bool(scores.found[i] & WEAK)
            kind, is_copy = ("alias", True) if is_alias else ("text", bool(scores.is_edge[i]))
            yield some[i][0], some[i][1], kind, *(float(x) for x in values), is_copy, holds, is_weak
