"""What could not be loaded, and why: `ops.reject`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

REJECTS = """
SELECT c.url, c.raw_expired_at, c.warc, c.warc_offset, c.warc_length,
       ARRAY(SELECT p.rules_version FROM ops.processed p WHERE p.capture_id = r.capture_id) AS versions
FROM ops.reject r JOIN core.capture c USING (capture_id)
WHERE (CAST(:reason AS text) IS NULL OR r.reason = :reason)
  AND (CAST(:since AS timestamptz) IS NULL OR r.loaded_at >= :since) AND (c.warc IS NOT NULL OR c.raw_expired_at IS NOT NULL)
ORDER BY c.warc, c.warc_offset
"""
QUARANTINED = """
SELECT url, warc, warc_offset, detail, count(*) OVER () AS n FROM ops.reject
WHERE warc = ANY(CAST(:warcs AS text[])) AND reason = 'quarantined' ORDER BY warc, warc_offset LIMIT :most
"""


def captures(engine: Engine, *, reason: str | None, since: datetime | None) -> Sequence[Any]:
    """Rejected captures (for a reason, or loaded since a time), each with its place and the rules versions that saw it."""
    with engine.connect() as connection:
        return connection.execute(text(REJECTS), {"reason": reason, "since": since}).all()


def quarantined(engine: Engine, warcs: Sequence[str], *, most: int) -> Sequence[Any]:
    """The first quarantined records of these files; `n` of each is how many there are in all."""
    with engine.connect() as connection:
        return connection.execute(text(QUARANTINED), {"warcs": list(warcs), "most": most}).all()


def offsets_noted(connection: Connection, warc: str, offsets: Collection[int]) -> frozenset[int]:
    """At which of these offsets of a file a record is noted as rejected."""
    query = "SELECT warc_offset FROM ops.reject WHERE warc = :warc AND warc_offset = ANY(CAST(:offsets AS bigint[]))"
    return frozenset(connection.execute(text(query), {"warc": warc, "offsets": sorted(offsets)}).scalars())
