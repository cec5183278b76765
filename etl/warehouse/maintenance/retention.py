"""SQL of retention: marks captures whose raw pages expire, and clears their places once the bytes are deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl.warehouse.engine import faults_of
from etl.warehouse.maintenance.erasure import drop_unused_texts

CHUNK = 1000

# In the order of the keys: an article's captures are read together.
BEFORE = """
SELECT url_key, capture_id, url, captured_at, warc, warc_offset, warc_length FROM core.capture
WHERE captured_at < :before AND warc IS NOT NULL AND raw_expired_at IS NULL
ORDER BY url_key, captured_at, capture_id
"""
# What nothing is kept of, by the current rules.
RESERVED = """
SELECT c.url_key, c.capture_id, c.url, c.captured_at, c.warc, c.warc_offset, c.warc_length FROM core.capture c
WHERE c.warc IS NOT NULL AND c.raw_expired_at IS NULL AND c.capture_id IN (
    SELECT p.capture_id FROM ops.processed p JOIN ops.rules r USING (rules_version)
    WHERE p.outcome = 'rights_reserved' AND r.is_current)
ORDER BY c.url_key, c.captured_at, c.capture_id
"""
# Revisits without remaining bytes: their original expires (it may be of another URL), and no other capture has the bytes.
DEPENDENTS = """
WITH going AS (
    SELECT url_key, payload_digest FROM core.capture
    WHERE raw_expired_at IS NOT NULL AND warc IS NOT NULL AND NOT is_revisit
)
SELECT r.url_key, r.capture_id, r.url, r.captured_at, r.warc, r.warc_offset, r.warc_length FROM core.capture r
WHERE r.is_revisit AND r.warc IS NOT NULL AND r.raw_expired_at IS NULL
  AND (r.payload_digest IN (SELECT payload_digest FROM going) OR r.url_key IN (SELECT url_key FROM going))
  AND NOT EXISTS (SELECT FROM core.capture k
                  WHERE k.url_key = r.url_key AND k.payload_digest = r.payload_digest AND NOT k.is_revisit
                    AND k.warc IS NOT NULL AND k.raw_expired_at IS NULL)
ORDER BY r.url_key, r.captured_at, r.capture_id
"""
# A conditional request about deleted bytes would be answered without a body.
FORGET_VALIDATORS = """
UPDATE ops.candidate d
SET etag = NULL, last_modified = NULL, last_url = NULL, last_captured_at = NULL, last_digest = NULL
FROM core.capture c
WHERE c.raw_expired_at IS NOT NULL AND d.last_url = c.url AND d.last_captured_at = c.captured_at
"""
# The log of changes of a shortened text contains that text.
FORGET_LOGGED_TEXTS = """
DELETE FROM ops.article_change h USING core.article a
JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
WHERE h.field = 'text' AND h.url_key = a.url_key
  AND (a.source_key = ANY(CAST(:sources AS text[])) OR o.flags && ARRAY['stored_excerpt', 'stored_metadata'])
"""


def captures_before(engine: Engine, before: datetime) -> Iterator[Any]:
    """Captures that have bytes and were made before an instant, by URL key."""
    with engine.connect() as connection:
        reading = connection.execution_options(stream_results=True, yield_per=CHUNK)
        yield from reading.execute(text(BEFORE), {"before": before})


def reserved(engine: Engine) -> Iterator[Any]:
    """Captures that have bytes, and of which the rights policy keeps nothing, by URL key."""
    with engine.connect() as connection:
        yield from connection.execution_options(stream_results=True, yield_per=CHUNK).execute(text(RESERVED))


def dependents(engine: Engine) -> list[Any]:
    """Revisits of bytes that are about to be deleted."""
    with engine.connect() as connection:
        return list(connection.execute(text(DEPENDENTS)))


def mark(engine: Engine, captures: Sequence[bytes], *, at: datetime) -> None:
    """Mark captures as expired; the first time stays."""
    query = text("""
        UPDATE core.capture SET raw_expired_at = :at
        WHERE capture_id = ANY(CAST(:ids AS bytea[])) AND raw_expired_at IS NULL
    """)
    with faults_of(engine, "marking what expired"), engine.begin() as connection:
        connection.execute(query, {"ids": sorted(captures), "at": at})


def any_marked(engine: Engine) -> bool:
    """Whether any capture was ever marked as expired."""
    with engine.connect() as connection:
        query = text("SELECT EXISTS (SELECT FROM core.capture WHERE raw_expired_at IS NOT NULL)")
        return bool(connection.execute(query).scalar())


def warcs_of_marked(engine: Engine) -> frozenset[str]:
    """The files in which rows of marked captures lie."""
    with engine.connect() as connection:
        query = text("SELECT DISTINCT warc FROM core.capture WHERE raw_expired_at IS NOT NULL AND warc IS NOT NULL")
        return frozenset(connection.execute(query).scalars())


def marked_of(engine: Engine, keys: Collection[bytes]) -> list[tuple[str, datetime]]:
    """URL and time of the marked captures of URL keys."""
    query = text("""
        SELECT url, captured_at FROM core.capture
        WHERE raw_expired_at IS NOT NULL AND url_key = ANY(CAST(:keys AS bytea[]))
    """)
    with engine.connect() as connection:
        return [(row.url, row.captured_at) for row in connection.execute(query, {"keys": sorted(keys)})]


def forget_places(connection: Connection, warc: str, offsets: Sequence[int]) -> None:
    """Clear the places of captures that point to these records of a file."""
    values = {"warc": warc, "offsets": list(offsets)}
    at = "warc = :warc AND warc_offset = ANY(CAST(:offsets AS bigint[]))"
    connection.execute(
        text(f"UPDATE core.capture SET warc = NULL, warc_offset = NULL, warc_length = NULL WHERE {at}"), values
    )
    connection.execute(text(f"UPDATE ops.reject SET warc = NULL, warc_offset = NULL WHERE {at}"), values)


def forget_validators(engine: Engine) -> None:
    """Delete the validators of pages whose bytes are deleted, so that the next request gets the whole page."""
    with engine.begin() as connection:
        connection.execute(text(FORGET_VALIDATORS))


def forget_cut_texts(engine: Engine, sources: Sequence[str]) -> None:
    """Delete remaining whole texts of which the rights of their source or page allow no more than a part: texts without
    an observation, and logs."""
    with faults_of(engine, "removing texts"), engine.begin() as connection:
        connection.execute(text(FORGET_LOGGED_TEXTS), {"sources": list(sources)})
    drop_unused_texts(engine)
