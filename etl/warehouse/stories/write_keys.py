"""Writes the keys of articles that loads have touched: the step of relating that may run many times at once.

Articles that a load touches are due. This step takes due articles, computes the keys of their texts, writes them into the
buckets and records the change, in one transaction: a change is recorded if and only if the buckets have it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, cast

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine

from etl.model import PageType, Precision
from etl.relate import RELATE_VERSION, Member, keys_of_many, takes_part
from etl.warehouse.stories import sql

# The rules of `etl.relate`, and of what only the warehouse decides (alias edges). Raise the number when the latter change.
STORY_VERSION = f"{RELATE_VERSION}.1"

# Texts that are in memory at once: some 4 MB of usual articles.
TEXTS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteKeysResult:
    """How many articles were due, and how many of them had changed."""

    taken: int
    changed: int


def write_keys(engine: Engine, *, most: int, until: datetime, waits: bool = False) -> WriteKeysResult:
    """Write the keys of at most `most` articles that became due until `until`; `taken` 0 means that none is left.

    Articles that another process is working on are skipped, or with `waits` waited for.
    """
    with engine.begin() as connection, driver(connection).cursor(row_factory=namedtuple_row) as cursor:
        cursor.execute(sql.TAKE_DUE.format(skip="" if waits else "SKIP LOCKED"), {"most": most, "until": until})
        keys: list[bytes] = [row[0] for row in cursor]
        if not keys:
            return WriteKeysResult(taken=0, changed=0)
        # A separate statement, to see what was committed while the one before waited.
        cursor.execute(sql.READ_DUE, {"keys": keys, "version": STORY_VERSION})
        rows = cursor.fetchall()
        if rows:
            cursor.execute(sql.STAGE_NODE)
            columns = (
                "url_key, node, relate_version, values_digest, text_digest, reason, keys, added, removed, is_there"
            )
            with cursor.connection.cursor() as reader:
                staged = list(_nodes(reader, rows))
            with cursor.copy(f"COPY stage_node ({columns}) FROM STDIN") as copy:
                for node in staged:
                    copy.write_row(node)
            cursor.execute("ANALYZE stage_node")
            for statement in sql.PUBLISH:
                cursor.execute(statement)
        return WriteKeysResult(taken=len(keys), changed=len(rows))


def node_of(url_key: bytes) -> uuid.UUID:
    """The node of an article: ordered as its URL key is."""
    return uuid.UUID(bytes=url_key[:16])


def member_of(row: Any, text: str = "") -> Member:
    """The values of an article that relating uses. Its capture time is the first one: a revisit does not make a page newer."""
    return Member(
        url_key=row.url_key,
        title=row.title,
        text=text,
        text_digest=row.text_digest,
        site=row.site,
        published_on=row.published_on,
        published_precision=Precision(row.published_precision) if row.published_precision else None,
        published_at=row.published_at,
        captured_at=row.first_seen_at,
        page_type=PageType(row.page_type),
        agencies=tuple(row.agencies),
    )


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """The connection of psycopg below SQLAlchemy's, in the same transaction."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _nodes(reader: psycopg.Cursor[Any], rows: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """The staged rows of changed articles."""
    gone = [row for row in rows if not row.is_there]
    for row in gone:
        yield row.url_key, node_of(row.url_key), STORY_VERSION, b"", b"", None, [], [], row.old_keys, False
    there = (row for row in rows if row.is_there)
    while part := list(islice(there, TEXTS_AT_ONCE)):
        reader.execute(sql.READ_TEXTS, {"digests": list({row.text_digest for row in part})})
        texts: dict[bytes, str] = dict(reader.fetchall())
        reasons = [takes_part(member_of(row, texts[row.text_digest])) for row in part]
        taking = {row.text_digest for row, reason in zip(part, reasons, strict=True) if reason is None}
        found = _keys({digest: texts[digest] for digest in taking})
        for row, reason in zip(part, reasons, strict=True):
            now = found[row.text_digest] if reason is None else []
            old = row.old_keys or []
            yield (
                row.url_key,
                node_of(row.url_key),
                STORY_VERSION,
                row.values_digest,
                row.text_digest,
                reason.value if reason else None,
                now,
                sorted(set(now) - set(old)),
                sorted(set(old) - set(now)),
                True,
            )


def _keys(texts: dict[bytes, str]) -> dict[bytes, list[int]]:
    offsets, keys = keys_of_many(list(texts.values()))
    return {
        digest: keys[start:end].tolist()
        for digest, start, end in zip(texts, offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    }
