"""The published days of articles that were changed, for those who build on the articles day by day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Engine, text

# All observations of an article: one that moves from a day to another has touched both.
BY_LOADS = """
WITH loaded AS (
    SELECT DISTINCT c.url_key FROM ops.segment s JOIN core.capture c ON c.warc = s.warc
    WHERE (s.run_id = :run OR s.warc = ANY(CAST(:warcs AS text[]))) AND NOT c.is_revisit
)
SELECT DISTINCT o.published_on FROM loaded JOIN core.observation o USING (url_key)
WHERE o.published_on IS NOT NULL ORDER BY 1
"""
BY_RULES = """
WITH moved AS (
    SELECT DISTINCT url_key FROM ops.article_change
    WHERE url_key = ANY(CAST(:keys AS bytea[])) AND changed_at >= :since
)
SELECT a.published_on FROM moved JOIN core.article a USING (url_key) WHERE a.published_on IS NOT NULL
UNION SELECT CAST(c.before #>> '{}' AS date) FROM moved JOIN ops.article_change c USING (url_key)
WHERE c.field = 'published_on' AND jsonb_typeof(c.before) = 'string' AND c.changed_at >= :since
ORDER BY 1
"""


def days_of_loads(engine: Engine, *, run_id: str | None, warcs: Sequence[str]) -> list[date]:
    """The published days of what a run has brought, and of what these WARC files have, in order."""
    with engine.connect() as connection:
        found = connection.execute(text(BY_LOADS), {"run": run_id, "warcs": list(warcs)})
        return list(found.scalars())


def days_of_moves(engine: Engine, *, keys: Collection[bytes], since: datetime) -> list[date]:
    """The published days, before and after, of those of these articles that have moved to other rules since then."""
    with engine.connect() as connection:
        found = connection.execute(text(BY_RULES), {"keys": sorted(keys), "since": since})
        return list(found.scalars())
