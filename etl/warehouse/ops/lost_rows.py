"""Checks ledger and logs against the rows, in the database alone, without the lake."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from etl.model import LOADED

# What was noted of a capture and the capture has gone, or what was read of it; captures of which nothing was noted.
COUNTS = """
SELECT
    (SELECT count(DISTINCT p.capture_id) FROM ops.processed p
     WHERE NOT EXISTS (SELECT FROM core.capture c WHERE c.capture_id = p.capture_id)) AS captures,
    (SELECT count(*) FROM ops.processed p
     WHERE p.outcome = ANY(CAST(:loaded AS text[]))
       AND EXISTS (SELECT FROM core.capture c WHERE c.capture_id = p.capture_id)
       AND NOT EXISTS (SELECT FROM core.observation o
                       WHERE o.capture_id = p.capture_id AND o.rules_version = p.rules_version)) AS observations,
    (SELECT count(*) FROM core.capture c
     WHERE NOT EXISTS (SELECT FROM ops.processed p WHERE p.capture_id = c.capture_id)
       AND NOT EXISTS (SELECT FROM ops.reject r WHERE r.reject_id = c.capture_id)) AS unprocessed,
    (SELECT count(*) FROM (
        SELECT o.url_key FROM core.observation o
        WHERE NOT EXISTS (SELECT FROM core.article a JOIN core.revision v USING (url_key) WHERE a.url_key = o.url_key)
        GROUP BY o.url_key
        HAVING (SELECT count(DISTINCT p.rules_version) FROM core.capture c JOIN ops.processed p USING (capture_id)
                WHERE c.url_key = o.url_key) = 1) x) AS articles
"""
# Files whose captures are fewer than they were when they were loaded. Of archives that came in twice one has fewer as
# well: the file itself tells.
SUSPECTS = """
SELECT s.warc FROM ops.segment s
LEFT JOIN (SELECT warc, count(*) AS n FROM core.capture WHERE warc IS NOT NULL GROUP BY warc) c USING (warc)
LEFT JOIN (SELECT warc, count(*) AS n FROM ops.reject WHERE capture_id IS NULL GROUP BY warc) r USING (warc)
WHERE s.loaded_at IS NOT NULL AND s.records > COALESCE(c.n, 0) + COALESCE(r.n, 0)
ORDER BY s.loaded_at DESC, s.warc
"""
# Of captures by id: those without a row, without a word on what was done with them, without the values that were read
# of them, or without the article that these make.
LOST = """
WITH wanted AS (SELECT unnest(CAST(:ids AS bytea[])) AS capture_id)
SELECT w.capture_id,
       CASE WHEN c.capture_id IS NULL THEN 'no row of core.capture'
            WHEN p.n IS NULL THEN 'no row of ops.processed or ops.reject'
            WHEN p.unread > 0 THEN 'no row of core.observation'
            ELSE 'no row of core.article' END AS lacks
FROM wanted w
LEFT JOIN core.capture c USING (capture_id)
LEFT JOIN LATERAL (
    SELECT count(*) AS n, min(p.rules_version) AS first, max(p.rules_version) AS last,
           count(*) FILTER (WHERE p.outcome = ANY(CAST(:loaded AS text[])) AND NOT EXISTS (
               SELECT FROM core.observation o
               WHERE o.capture_id = p.capture_id AND o.rules_version = p.rules_version)) AS unread
    FROM ops.processed p WHERE p.capture_id = w.capture_id HAVING count(*) > 0) p ON true
LEFT JOIN ops.reject r ON r.reject_id = w.capture_id
WHERE CASE WHEN c.capture_id IS NULL THEN r.reject_id IS NULL
           WHEN p.n IS NULL THEN r.reject_id IS NULL
           ELSE p.unread > 0 OR (
               EXISTS (SELECT FROM core.observation o WHERE o.capture_id = w.capture_id)
               AND NOT EXISTS (SELECT FROM core.article a JOIN core.revision v USING (url_key)
                               WHERE a.url_key = c.url_key)
               -- Of an article that is on its way to other rules nobody can say.
               AND NOT EXISTS (SELECT FROM core.capture k JOIN ops.processed q USING (capture_id)
                               WHERE k.url_key = c.url_key AND q.rules_version <> p.first))
      END
"""

# What was noted of a capture without a row, or of values that are not there.
FORGET_PROCESSED = """
DELETE FROM ops.processed p WHERE p.capture_id = ANY(CAST(:ids AS bytea[]))
  AND (NOT EXISTS (SELECT FROM core.capture c WHERE c.capture_id = p.capture_id)
       OR p.outcome = ANY(CAST(:loaded AS text[])) AND NOT EXISTS (
           SELECT FROM core.observation o WHERE o.capture_id = p.capture_id AND o.rules_version = p.rules_version))
"""
ROWS_OF = """
SELECT COALESCE((SELECT records FROM ops.segment WHERE warc = :warc AND loaded_at IS NOT NULL), 0) AS expected,
       (SELECT count(*) FROM core.capture WHERE warc = :warc)
       + (SELECT count(*) FROM ops.reject WHERE warc = :warc AND capture_id IS NULL) AS found
"""
POINTED_TO = """
SELECT DISTINCT warc FROM core.capture WHERE warc IS NOT NULL
UNION SELECT warc FROM ops.segment WHERE published_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRows:
    """Missing rows. `suspects` are the files to check."""

    captures: int  # that were processed, and have no row
    observations: int  # that were read, and have none
    unprocessed: int  # captures of which nothing says what was done
    articles: int  # URL keys with observations and no article
    suspects: tuple[str, ...]

    @property
    def total(self) -> int:
        return self.captures + self.observations + self.unprocessed + self.articles


def lost_rows(engine: Engine) -> LostRows:
    """Compare ledger and logs with the rows. The numbers are exact; which files are affected is only found in the lake."""
    with engine.connect() as connection:
        counts = connection.execute(text(COUNTS), {"loaded": [outcome.value for outcome in LOADED]}).one()
        suspects = tuple(connection.execute(text(SUSPECTS)).scalars())
    return LostRows(**counts._mapping, suspects=suspects)


def lost(connection: Connection, ids: Collection[bytes]) -> dict[bytes, str]:
    """Of captures by id those whose rows are not all there, with what is lacking."""
    values = {"ids": sorted(ids), "loaded": [outcome.value for outcome in LOADED]}
    return {bytes(row.capture_id): row.lacks for row in connection.execute(text(LOST), values)}


def forget_processed(connection: Connection, ids: Collection[bytes]) -> None:
    """Delete entries for missing captures or values, so that these are loaded as if for the first time."""
    values = {"ids": sorted(ids), "loaded": [outcome.value for outcome in LOADED]}
    connection.execute(text(FORGET_PROCESSED), values)


def lacks_rows(connection: Connection, warc: str) -> bool:
    """Whether a file that was loaded has fewer rows than records."""
    rows = connection.execute(text(ROWS_OF), {"warc": warc}).one()
    return bool(rows.expected > rows.found)


def files_pointed_to(engine: Engine) -> frozenset[str]:
    """The WARC files that rows say to be in the lake."""
    with engine.connect() as connection:
        return frozenset(connection.execute(text(POINTED_TO)).scalars())
