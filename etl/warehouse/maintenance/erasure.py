"""Erases URL keys from the warehouse: first a tombstone, then every row about them.

Works in batches of a bounded number of keys, one transaction each, and locks rows only: those of the keys, as loads do, and
those of texts without an observation. Loads of other pages do not wait; `statements.HOLD_TEXTS` is their part of the
protocol. Every statement finds its rows by an index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection, Engine, text

from etl.lake.rewriting import RewriteResult
from etl.urls import article_id
from etl.warehouse.engine import faults_of
from etl.warehouse.load import rows
from etl.warehouse.load.load import merge_aliases, recompute
from etl.warehouse.ops import segments
from etl.warehouse.stories import relate

# Every table with a column `url_key` loses the rows of erased keys. Other rows about a URL follow below.
TABLES_BY_KEY = """
SELECT format('%I.%I', c.table_schema, c.table_name) AS name
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema IN ('core', 'ops') AND c.column_name = 'url_key' AND t.table_type = 'BASE TABLE'
  AND format('%s.%s', c.table_schema, c.table_name) NOT IN ('core.tombstone', 'core.url', 'core.capture', 'ops.run_url')
  AND c.table_name NOT LIKE 'story%'
ORDER BY 1
"""
# All spellings of the URL, from all tables that have it: logs have no key.
SPELLINGS = """
SELECT url FROM core.capture WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT url FROM core.observation WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT url FROM ops.candidate WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT last_url FROM ops.candidate WHERE url_key = ANY(CAST(:keys AS bytea[])) AND last_url IS NOT NULL
UNION SELECT url FROM ops.run_url WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT alias_url FROM core.alias WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT alias_url FROM core.alias WHERE alias_key = ANY(CAST(:keys AS bytea[]))
"""
CAPTURES = "SELECT capture_id FROM core.capture WHERE url_key = ANY(CAST(:keys AS bytea[]))"
# Of AMP pages no row but that of the alias itself says who named it: they stay as long as the page has captures.
FORGET_ALIASES = """
DELETE FROM core.alias a WHERE a.url_key = ANY(CAST(:keys AS bytea[])) AND (
    a.kind <> 'amp' OR NOT EXISTS (SELECT FROM core.capture c WHERE c.url_key = a.url_key))
"""
STILL_NAMED = """
SELECT url_key, 'canonical' AS kind, canonical_url AS url FROM core.observation
WHERE url_key = ANY(CAST(:keys AS bytea[]))
UNION SELECT url_key, 'redirect', hop ->> 0 FROM core.capture, jsonb_array_elements(redirects) AS hop
WHERE url_key = ANY(CAST(:keys AS bytea[]))
ORDER BY url_key, kind, url
"""
ERASED_TEXT = "erased:"
# A batch of 500 pages with four captures each takes about half a second: others wait no longer for one of its rows.
KEYS_AT_ONCE = 500
TEXTS_AT_ONCE = 500
TEXTS_READ_AT_ONCE = 20_000
# With LIMIT in it the inner query stays an index look-up for each text, whatever statistics say.
UNUSED_TEXTS = """
WITH part AS MATERIALIZED (
    SELECT text_digest FROM core.body WHERE text_digest > :after ORDER BY text_digest LIMIT :most
)
SELECT (SELECT text_digest FROM part ORDER BY text_digest DESC LIMIT 1) AS last,
       ARRAY(SELECT p.text_digest FROM part p WHERE (
           SELECT true FROM core.observation o WHERE o.text_digest = p.text_digest LIMIT 1) IS NULL) AS unused
"""
HOLD_UNUSED_TEXTS = """
SELECT b.text_digest FROM core.body b WHERE b.text_digest = ANY(CAST(:digests AS bytea[])) AND (
    SELECT true FROM core.observation o WHERE o.text_digest = b.text_digest LIMIT 1) IS NULL
ORDER BY b.text_digest FOR UPDATE OF b
"""
# A separate statement, to see what was committed while this one waited for the rows.
DROP_UNUSED_TEXTS = """
DELETE FROM core.body b WHERE b.text_digest = ANY(CAST(:digests AS bytea[])) AND (
    SELECT true FROM core.observation o WHERE o.text_digest = b.text_digest LIMIT 1) IS NULL
"""


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


def stored(engine: Engine, keys: Collection[bytes]) -> frozenset[bytes]:
    """Those of these keys that rows speak of; what logs keep of erased ones, for the sums, says nothing of them."""
    found: set[bytes] = set()
    with engine.connect() as connection:
        tables = ["core.url", *connection.execute(text(TABLES_BY_KEY)).scalars()]
        asked = [f"SELECT url_key FROM {table} JOIN asked USING (url_key)" for table in tables]
        asked += [
            "SELECT alias_key FROM core.alias JOIN asked ON alias_key = asked.url_key",
            "SELECT url_key FROM ops.run_url JOIN asked USING (url_key) WHERE outcome IS DISTINCT FROM 'erased'",
        ]
        query = text(f"WITH asked AS (SELECT unnest(CAST(:keys AS bytea[])) AS url_key) {' UNION '.join(asked)}")
        for batch in _batches(keys, KEYS_AT_ONCE):
            found.update(bytes(key) for key in connection.execute(query, {"keys": batch}).scalars())
    return frozenset(found)


def erase(engine: Engine, keys: Collection[bytes]) -> int:
    """Delete every row of these keys, which must have tombstones; returns how many captures. A repetition deletes nothing.

    Texts are deleted with their last observation. Rows of a run's URLs and of the request log stay, for the sums, with
    "erased" in place of the URL. Stopped at any moment, each key is deleted completely or not at all.
    """
    captures = 0
    for batch in _batches(keys, KEYS_AT_ONCE):
        with faults_of(engine, "erasing"), engine.begin() as connection:
            captures += _erase(connection, batch)
    return captures


def _erase(connection: Connection, keys: Sequence[bytes]) -> int:
    _lock(connection, keys)
    values = {"keys": keys}
    spellings = sorted(connection.execute(text(SPELLINGS), values).scalars())
    captures = [bytes(c) for c in connection.execute(text(CAPTURES), values).scalars()]
    relate.forget(connection, list(keys))
    digests = _erase_captures(connection, captures)
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
    _drop_texts(connection, digests)
    return len(captures)


def switch(connection: Connection, rewritten: RewriteResult) -> None:
    """Update all rows that point into rewritten WARC files to point into the new file.

    Captures that the new file does not have are deleted from the warehouse, and articles are computed without them. Entries
    of unreadable records of the old files are deleted: the new file has none.
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
    connection.execute(text("ANALYZE moved"))
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
        digests = _erase_captures(connection, [bytes(row.capture_id) for row in left])
        _name_aliases_again(connection, keys)
        recompute(connection, keys)
        _drop_texts(connection, digests)
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


def drop_unused_texts(engine: Engine) -> int:
    """Delete all texts that no observation has, such as those that articles left when rules changed; returns how many.

    It scans all texts, by indexes and without a lock; only the texts to be deleted are locked.
    """
    dropped, after = 0, b""
    while True:
        with engine.connect() as connection:
            values = {"after": after, "most": TEXTS_READ_AT_ONCE}
            last, unused = connection.execute(text(UNUSED_TEXTS), values).one()
        for batch in _batches([bytes(digest) for digest in unused], TEXTS_AT_ONCE):
            with faults_of(engine, "removing texts"), engine.begin() as connection:
                dropped += _drop_texts(connection, batch)
        if last is None:
            return dropped
        after = bytes(last)


def _drop_texts(connection: Connection, digests: Collection[bytes]) -> int:
    """Delete those of these texts that no observation has. If a load holds one, it waits for it, and the text stays."""
    held = connection.execute(text(HOLD_UNUSED_TEXTS), {"digests": sorted(digests)}).scalars().all()
    return connection.execute(text(DROP_UNUSED_TEXTS), {"digests": list(held)}).rowcount if held else 0


def _erase_captures(connection: Connection, captures: Iterable[bytes]) -> list[bytes]:
    """Delete captures with their observations; returns the texts that these had."""
    ids = {"ids": sorted(captures)}
    digests = "SELECT DISTINCT text_digest FROM core.observation WHERE capture_id = ANY(CAST(:ids AS bytea[]))"
    texts = [bytes(digest) for digest in connection.execute(text(digests), ids).scalars()]
    for statement in (
        "DELETE FROM ops.processed WHERE capture_id = ANY(CAST(:ids AS bytea[]))",
        "DELETE FROM ops.reject WHERE capture_id = ANY(CAST(:ids AS bytea[]))",
        "DELETE FROM ops.reject WHERE reject_id = ANY(CAST(:ids AS bytea[]))",
        "UPDATE ops.run_url SET capture_id = NULL, detail = NULL WHERE capture_id = ANY(CAST(:ids AS bytea[]))",
        "DELETE FROM core.capture WHERE capture_id = ANY(CAST(:ids AS bytea[]))",  # with hints and observations
    ):
        connection.execute(text(statement), ids)
    return texts


def _name_aliases_again(connection: Connection, keys: Collection[bytes]) -> None:
    """Delete aliases of these keys that their captures no longer name."""
    values = {"keys": sorted(keys)}
    connection.execute(text(FORGET_ALIASES), values)
    named = connection.execute(text(STILL_NAMED), values).all()
    merge_aliases(connection, (row for n in named for row in rows.aliases_of(bytes(n.url_key), [(n.kind, n.url)])))


def _lock(connection: Connection, keys: Collection[bytes]) -> None:
    """Lock the rows of these keys, as loads do: running loads are waited for, later ones see the tombstones."""
    ordered = sorted(keys)
    connection.execute(
        text("INSERT INTO core.url (url_key, article_id) SELECT * FROM unnest(CAST(:keys AS bytea[]), "
             "CAST(:ids AS uuid[])) AS k (url_key, article_id) ORDER BY url_key ON CONFLICT DO NOTHING"),
        {"keys": ordered, "ids": [article_id(key) for key in ordered]},
    )  # fmt: skip
    connection.execute(
        text("SELECT url_key FROM core.url WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE"),
        {"keys": ordered},
    )


def _batches(keys: Collection[bytes], size: int) -> Iterator[list[bytes]]:
    ordered = iter(sorted(keys))
    while batch := list(islice(ordered, size)):
        yield batch
