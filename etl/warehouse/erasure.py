"""Erasing URL keys from the warehouse: a tombstone first, then every row that speaks of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from etl.lake.rewriting import Rewritten
from etl.urls import article_id
from etl.warehouse import segments, stories
from etl.warehouse.engine import faults_of
from etl.warehouse.load import recompute

# Whatever table has a column `url_key` loses the rows of erased keys. The rest of what speaks of a URL follows below.
TABLES_BY_KEY = """
SELECT format('%I.%I', c.table_schema, c.table_name) AS name
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema IN ('core', 'ops') AND c.column_name = 'url_key' AND t.table_type = 'BASE TABLE'
  AND format('%s.%s', c.table_schema, c.table_name) NOT IN ('core.tombstone', 'core.url', 'core.capture', 'ops.run_url')
  AND c.table_name NOT LIKE 'story%'
ORDER BY 1
"""
# How the URL was written, in all places that know it: logs have no key.
SPELLINGS = """
SELECT url FROM core.capture WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT url FROM core.observation WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT url FROM ops.candidate WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT last_url FROM ops.candidate WHERE url_key = ANY(CAST(:keys AS bytea[])) AND last_url IS NOT NULL
UNION SELECT url FROM ops.run_url WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT alias_url FROM core.alias WHERE url_key = ANY(CAST(:keys AS bytea[])) OR alias_key = ANY(CAST(:keys AS bytea[]))
"""
CAPTURES = "SELECT capture_id FROM core.capture WHERE url_key = ANY(CAST(:keys AS bytea[]))"
ERASED_TEXT = "erased:"


def bury(engine: Engine, erased: Mapping[bytes, tuple[str, datetime]]) -> None:
    """Record keys as erased (with reason and time): from now on no load brings them back. Known ones stay."""
    with engine.begin() as connection:
        for key in sorted(erased):
            reason, at = erased[key]
            connection.execute(
                text("INSERT INTO core.tombstone VALUES (:key, :reason, :at) ON CONFLICT DO NOTHING"),
                {"key": key, "reason": reason, "at": at},
            )


def buried(engine: Engine) -> frozenset[bytes]:
    """All erased URL keys."""
    with engine.connect() as connection:
        return frozenset(bytes(key) for key in connection.execute(text("SELECT url_key FROM core.tombstone")).scalars())


def is_buried(engine: Engine, url_key: bytes) -> bool:
    """Whether a URL was erased on request."""
    query = text("SELECT EXISTS (SELECT FROM core.tombstone WHERE url_key = :key)")
    with engine.connect() as connection:
        return bool(connection.execute(query, {"key": url_key}).scalar())


def keys_of_source(engine: Engine, source_key: str) -> set[bytes]:
    """The URL keys that rows of a source have: of its articles, and of what was found of it and not captured yet."""
    query = text("""
        SELECT url_key FROM core.article WHERE source_key = :source
        UNION SELECT url_key FROM core.observation WHERE source_key = :source
        UNION SELECT url_key FROM ops.candidate WHERE source_key = :source
        UNION SELECT url_key FROM ops.run_url WHERE source_key = :source AND url_key IS NOT NULL
    """)
    with engine.connect() as connection:
        return {bytes(key) for key in connection.execute(query, {"source": source_key}).scalars()}


def redirected(engine: Engine, keys: Collection[bytes]) -> set[bytes]:
    """The URL keys of the pages that these redirected to."""
    query = text("SELECT url_key FROM core.alias WHERE kind = 'redirect' AND alias_key = ANY(CAST(:keys AS bytea[]))")
    with engine.connect() as connection:
        return {bytes(key) for key in connection.execute(query, {"keys": sorted(keys)}).scalars()}


def erase(engine: Engine, keys: Collection[bytes]) -> int:
    """Remove every row of these keys, which must be buried; gives how many captures went. Again, it finds nothing.

    Texts go with their last observation. Of a run's URLs and of the request log the row stays, for the sums, and says
    "erased" in the place of the URL.
    """
    with faults_of(engine, "erasing"), engine.begin() as connection:
        _lock(connection, keys)
        values = {"keys": sorted(keys)}
        spellings = sorted(connection.execute(text(SPELLINGS), values).scalars())
        captures = [bytes(c) for c in connection.execute(text(CAPTURES), values).scalars()]
        stories.forget(connection, sorted(keys))
        _erase_captures(connection, captures)
        for table in connection.execute(text(TABLES_BY_KEY)).scalars().all():
            connection.execute(text(f"DELETE FROM {table} WHERE url_key = ANY(CAST(:keys AS bytea[]))"), values)
        connection.execute(text("DELETE FROM core.alias WHERE alias_key = ANY(CAST(:keys AS bytea[]))"), values)
        connection.execute(
            text("""
                UPDATE ops.run_url SET url = :erased, host = '', detail = NULL, outcome = 'erased'
                WHERE url_key = ANY(CAST(:keys AS bytea[]))
            """),
            {**values, "erased": ERASED_TEXT},
        )
        connection.execute(
            text("UPDATE ops.fetch_log SET url = :erased, error = NULL WHERE url = ANY(CAST(:urls AS text[]))"),
            {"urls": spellings, "erased": ERASED_TEXT},
        )
        connection.execute(text("DELETE FROM ops.reject WHERE url = ANY(CAST(:urls AS text[]))"), {"urls": spellings})
        connection.execute(text("DELETE FROM core.url WHERE url_key = ANY(CAST(:keys AS bytea[]))"), values)
        drop_orphans(connection)
        return len(captures)


def switch(connection: Connection, rewritten: Rewritten) -> None:
    """Let everything that points into WARC files which were written anew point into the new one.

    Captures that the new file does not have leave the warehouse, and articles are computed without them. What was noted
    of unreadable records of the old files goes: the new one has none.
    """
    old, new, moved = rewritten.sources, rewritten.name, rewritten.moved
    connection.execute(
        text("CREATE TEMP TABLE moved (warc text, was bigint, is_at bigint, length bigint) ON COMMIT DROP")
    )
    connection.execute(
        text("INSERT INTO moved SELECT * FROM unnest(CAST(:w AS text[]), CAST(:o AS bigint[]), CAST(:a AS bigint[]), "
             "CAST(:l AS bigint[]))"),
        {
            "w": [warc for warc, _ in moved],
            "o": [offset for _, offset in moved],
            "a": [place.offset for place in moved.values()],
            "l": [place.length for place in moved.values()],
        },
    )  # fmt: skip
    left = connection.execute(
        text("""
            SELECT c.capture_id, c.url_key FROM core.capture c
            WHERE c.warc = ANY(CAST(:old AS text[]))
              AND NOT EXISTS (SELECT FROM moved m WHERE m.warc = c.warc AND m.was = c.warc_offset)
        """),
        {"old": list(old)},
    ).all()
    if left:
        keys = {bytes(row.url_key) for row in left}
        _lock(connection, keys)
        _erase_captures(connection, [bytes(row.capture_id) for row in left])
        recompute(connection, keys)
        drop_orphans(connection)
    for table in ("core.capture", "ops.reject"):
        offset = "warc_offset = m.is_at" + (", warc_length = m.length" if table == "core.capture" else "")
        connection.execute(
            text(f"""
                UPDATE {table} t SET warc = :new, {offset}
                FROM moved m WHERE t.warc = m.warc AND t.warc_offset = m.was AND t.warc = ANY(CAST(:old AS text[]))
            """),
            {"old": list(old), "new": new},
        )
    connection.execute(text("DELETE FROM ops.reject WHERE warc = ANY(CAST(:old AS text[]))"), {"old": list(old)})
    if new is not None:
        segments.switch(connection, old, new, records=rewritten.captures, size=rewritten.size)
    segments.forget(connection, [name for name in old if name != new])


def drop_orphans(connection: Connection) -> None:
    """Remove texts that no observation has any more. Loads that come to their texts wait until it is done."""
    connection.execute(text("LOCK TABLE core.body IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(
        text("""
            DELETE FROM core.body b
            WHERE NOT EXISTS (SELECT FROM core.observation o WHERE o.text_digest = b.text_digest)
        """)
    )


def _erase_captures(connection: Connection, captures: Iterable[bytes]) -> None:
    ids = {"ids": sorted(captures)}
    for statement in (
        "DELETE FROM ops.processed WHERE capture_id = ANY(CAST(:ids AS bytea[]))",
        "DELETE FROM ops.reject WHERE capture_id = ANY(CAST(:ids AS bytea[])) OR reject_id = ANY(CAST(:ids AS bytea[]))",
        "UPDATE ops.run_url SET capture_id = NULL, detail = NULL WHERE capture_id = ANY(CAST(:ids AS bytea[]))",
        "DELETE FROM core.capture WHERE capture_id = ANY(CAST(:ids AS bytea[]))",  # with hints and observations
    ):
        connection.execute(text(statement), ids)


def _lock(connection: Connection, keys: Collection[bytes]) -> None:
    """Hold the rows of these keys, as loads do: those that are at it are waited for, later ones see the tombstones."""
    for key in sorted(keys):
        connection.execute(
            text("INSERT INTO core.url VALUES (:key, :id) ON CONFLICT DO NOTHING"), {"key": key, "id": article_id(key)}
        )
    connection.execute(
        text("SELECT url_key FROM core.url WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE"),
        {"keys": sorted(keys)},
    )
