"""Queries for captures and their places in the lake. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl.lake.identity import payload_digest
from etl.model import Place

# One URL may have two captures within one second: the digest says which of them is meant.
BY_DATE = """
SELECT warc, warc_offset, warc_length FROM core.capture
WHERE url_key = ANY(CAST(:keys AS bytea[])) AND captured_at = :at AND url = :url AND NOT is_revisit AND warc IS NOT NULL
  AND (CAST(:digest AS text) IS NULL OR payload_digest = :digest)
ORDER BY payload_digest, capture_id LIMIT 1
"""
BY_DIGEST = """
SELECT warc, warc_offset, warc_length FROM core.capture
WHERE url_key = ANY(CAST(:keys AS bytea[])) AND payload_digest = :digest AND NOT is_revisit AND warc IS NOT NULL
ORDER BY captured_at DESC, capture_id LIMIT 1
"""
BEFORE = """
SELECT warc, warc_offset, warc_length FROM core.capture
WHERE url_key = ANY(CAST(:keys AS bytea[])) AND captured_at <= :at AND NOT is_revisit AND warc IS NOT NULL
ORDER BY captured_at DESC, capture_id LIMIT :most
"""
# Revisits of these bytes, or of these URLs where they name no bytes that a row can have, that were read before there was
# what they refer to.
UNRESOLVED_REVISITS = """
SELECT DISTINCT ON (c.capture_id) c.warc, c.warc_offset, c.warc_length
FROM ops.reject r JOIN core.capture c USING (capture_id)
WHERE r.reason = 'quarantined' AND c.is_revisit AND c.warc IS NOT NULL
  AND (c.payload_digest = ANY(CAST(:digests AS text[]))
       OR c.url_key = ANY(CAST(:keys AS bytea[])) AND (c.payload_digest NOT LIKE 'sha256:%' OR c.payload_digest = :nothing))
ORDER BY c.capture_id
"""
STALE = """
SELECT c.capture_id, c.warc, c.warc_offset, c.warc_length
FROM unnest(CAST(:keys AS bytea[]), CAST(:versions AS text[])) AS wanted (url_key, rules_version)
JOIN core.capture c USING (url_key)
WHERE c.warc IS NOT NULL AND NOT EXISTS (
    SELECT FROM ops.processed p WHERE p.capture_id = c.capture_id AND p.rules_version = wanted.rules_version)
ORDER BY c.warc, c.warc_offset
"""
# Of these, captures that cannot be processed with the wanted rules any more.
EXPIRED = """
SELECT count(*)
FROM unnest(CAST(:keys AS bytea[]), CAST(:versions AS text[])) AS wanted (url_key, rules_version)
JOIN core.capture c USING (url_key)
WHERE c.raw_expired_at IS NOT NULL AND c.warc IS NULL AND NOT EXISTS (
    SELECT FROM ops.processed p WHERE p.capture_id = c.capture_id AND p.rules_version = wanted.rules_version)
"""
# An article without a publication day, and what is no article (yet), belongs to the day of its first capture.
PUBLISHED = """
    SELECT url_key FROM core.article WHERE published_on = :day
    UNION
    SELECT c.url_key FROM core.capture c LEFT JOIN core.article a USING (url_key)
    WHERE a.published_on IS NULL AND c.captured_at >= :start AND c.captured_at < :end
      AND NOT EXISTS (SELECT FROM core.capture e WHERE e.url_key = c.url_key AND e.captured_at < :start)
"""
CAPTURED = "SELECT url_key FROM core.capture WHERE captured_at >= :start AND captured_at < :end"
# All captures of a key: an article moves as a whole. In the order of the lake, so that neighbours are read together.
KEYS = """
SELECT c.url_key, min(c.url) AS url, count(*) AS captures
FROM core.capture c WHERE c.url_key IN ({keys})
  AND (get_byte(c.url_key, 0) * 256 + get_byte(c.url_key, 1)) % :parts = :part
GROUP BY c.url_key ORDER BY min(c.warc), min(c.warc_offset), c.url_key
"""
DAYS_OF_SOURCE = """
SELECT DISTINCT (c.captured_at AT TIME ZONE 'UTC')::date AS day FROM core.capture c
WHERE c.url_key IN (SELECT url_key FROM core.observation WHERE source_key = :key) ORDER BY day
"""
# Articles, and pages rejected as none, since outdated rules show there first. Not pages that are gone.
LATEST_OF_SOURCE = """
WITH of_source AS (
    SELECT capture_id FROM core.observation WHERE source_key = :key
    UNION
    SELECT r.capture_id FROM ops.reject r JOIN core.capture c USING (capture_id)
    WHERE r.reason IN ('empty_text', 'list_page', 'paywall_stub')
      AND lower(split_part(split_part(c.url, '://', 2), '/', 1)) = ANY(CAST(:hosts AS text[]))
)
SELECT c.warc, c.warc_offset, c.warc_length
FROM of_source JOIN core.capture c USING (capture_id)
WHERE c.status BETWEEN 200 AND 299 AND NOT c.is_revisit AND c.warc IS NOT NULL
ORDER BY c.captured_at DESC, c.capture_id
LIMIT :count
"""
IS_USED = """
SELECT EXISTS (SELECT FROM core.capture WHERE warc = :warc) OR EXISTS (SELECT FROM ops.segment WHERE warc = :warc)
"""


def captured_at(
    connection: Connection, keys: Collection[bytes], at: datetime, *, url: str, digest: str | None
) -> Place | None:
    """The place of the capture of a URL at that second, with that payload digest where one is given."""
    values = {"keys": sorted(keys), "at": at, "url": url, "digest": digest}
    return next(iter(_places(connection, BY_DATE, values)), None)


def with_digest(connection: Connection, keys: Collection[bytes], digest: str) -> Place | None:
    """The place of the newest capture of these keys with this payload digest."""
    return next(iter(_places(connection, BY_DIGEST, {"keys": sorted(keys), "digest": digest})), None)


def before(connection: Connection, keys: Collection[bytes], at: datetime, *, most: int) -> list[Place]:
    """Where the captures of these keys lie that were made by then, the newest first."""
    return _places(connection, BEFORE, {"keys": sorted(keys), "at": at, "most": most})


def unresolved_revisits(engine: Engine, digests: Collection[str], keys: Collection[bytes]) -> list[Place]:
    """Quarantined revisits of these payload digests, and those of these URL keys that name no SHA-256."""
    values = {"digests": sorted(digests), "keys": sorted(keys), "nothing": payload_digest(b"")}
    with engine.connect() as connection:
        return _places(connection, UNRESOLVED_REVISITS, values)


def stale(engine: Engine, versions: Mapping[bytes, str]) -> list[Place]:
    """Captures of these URL keys that were not processed with the key's current rules version, in the order of the lake."""
    with engine.connect() as connection:
        return _places(connection, STALE, _wanted(versions))


def count_expired(engine: Engine, versions: Mapping[bytes, str]) -> int:
    """How many captures of these URL keys cannot be processed with the key's current version: their raw pages have expired."""
    with engine.connect() as connection:
        return int(connection.execute(text(EXPIRED), _wanted(versions)).scalar_one())


def keys_of_day(
    engine: Engine, day: date, *, is_published: bool, part: int, parts: int
) -> Sequence[tuple[bytes, str, int]]:
    """URL keys of articles that were published (else of pages captured) on a day, with a URL and the number of captures.

    Of `parts` of them, by their first bytes, the one with this number.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    values = {"start": start, "end": start + timedelta(days=1), "part": part, "parts": parts}
    if is_published:
        values["day"] = day
    with engine.connect() as connection:
        found = connection.execute(text(KEYS.format(keys=PUBLISHED if is_published else CAPTURED)), values)
        return [(bytes(r.url_key), r.url, r.captures) for r in found]


def days_kept(engine: Engine) -> tuple[date, date] | None:
    """The first and the last day (UTC) of which there are captures; None without any."""
    with engine.connect() as connection:
        query = "SELECT min(captured_at)::date, max(captured_at)::date FROM core.capture"
        first, last = connection.execute(text(query)).one()
        return (first, last) if first else None


def days_of_source(engine: Engine, source_key: str) -> Sequence[date]:
    """The days (UTC) on which pages of a source were captured, the first one first."""
    with engine.connect() as connection:
        return list(connection.execute(text(DAYS_OF_SOURCE), {"key": source_key}).scalars())


def latest_of_source(engine: Engine, source_key: str, *, hosts: Sequence[str], count: int) -> list[Place]:
    """The latest captured pages of a source, the newest first, including those rejected as no article."""
    with engine.connect() as connection:
        return _places(connection, LATEST_OF_SOURCE, {"key": source_key, "hosts": list(hosts), "count": count})


def is_used(connection: Connection, warc: str) -> bool:
    """Whether any row points to a file."""
    return bool(connection.execute(text(IS_USED), {"warc": warc}).scalar())


def ids_in(connection: Connection, warc: str) -> list[bytes]:
    """The ids of the captures that have their place in a file."""
    found = connection.execute(text("SELECT capture_id FROM core.capture WHERE warc = :warc"), {"warc": warc})
    return [bytes(each) for each in found.scalars()]


def offsets_in(connection: Connection, warc: str) -> frozenset[int]:
    """The offsets of the captures that have their place in a file."""
    query = text("SELECT warc_offset FROM core.capture WHERE warc = :warc")
    return frozenset(connection.execute(query, {"warc": warc}).scalars())


def count_elsewhere(connection: Connection, ids: Collection[bytes], warc: str) -> int:
    """How many of these captures have their place in another file than this one."""
    query = text("SELECT count(*) FROM core.capture WHERE capture_id = ANY(CAST(:ids AS bytea[])) AND warc <> :warc")
    return int(connection.execute(query, {"ids": list(ids), "warc": warc}).scalar_one())


def _wanted(versions: Mapping[bytes, str]) -> dict[str, Any]:
    return {"keys": list(versions), "versions": list(versions.values())}


def _places(connection: Connection, query: str, values: Mapping[str, Any]) -> list[Place]:
    found = connection.execute(text(query), values)
    return [Place(warc=r.warc, offset=r.warc_offset, length=r.warc_length) for r in found]
