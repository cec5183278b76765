"""What the warehouse says it has done, held against the rows that are there: only the database is asked, not the lake."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, text

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


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRows:
    """Rows that ought to be there. `suspects` are the files to look at."""

    captures: int  # that were processed, and have no row
    observations: int  # that were read, and have none
    unprocessed: int  # captures of which nothing says what was done
    articles: int  # URL keys with observations and no article
    suspects: tuple[str, ...]

    @property
    def total(self) -> int:
        return self.captures + self.observations + self.unprocessed + self.articles


def lost_rows(engine: Engine) -> LostRows:
    """Hold ledger and logs against the rows. Exact in numbers; which files it concerns, the lake tells."""
    with engine.connect() as connection:
        counts = connection.execute(text(COUNTS), {"loaded": [outcome.value for outcome in LOADED]}).one()
        suspects = tuple(connection.execute(text(SUSPECTS)).scalars())
    return LostRows(**counts._mapping, suspects=suspects)
