"""Logs what changes in articles when they move to another rules version; `rehearsal` shows it before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

# Before an article moves, the values of its newest capture that both versions have are compared. A page that only one version
# calls an article is a change of `outcome`. Left out: identifiers, and values derived from others (`removed` and `text_chars`
# from the text). Of texts the differing lines are logged, at most TEXT_CHARS characters.
TEXT_CHARS = 10_000
LOG_CHANGES = f"""
WITH old AS (
    SELECT DISTINCT ON (o.url_key) o.url_key, o.capture_id, o.rules_version, c.rules_version AS rules_after
    FROM core.observation o JOIN chosen c USING (url_key) LEFT JOIN ops.rules r ON r.rules_version = o.rules_version
    WHERE c.is_complete AND o.rules_version <> c.rules_version
    ORDER BY o.url_key, o.captured_at DESC, o.payload_digest DESC, o.capture_id DESC, r.activated_no DESC NULLS LAST
), pairs AS (
    SELECT b.url_key, b.rules_version AS rules_before, b.rules_after, to_jsonb(o) AS before, to_jsonb(n) AS after,
           ob.text AS text_before, nb.text AS text_after, p.outcome AS outcome_after
    FROM old b
    JOIN core.observation o ON o.capture_id = b.capture_id AND o.rules_version = b.rules_version
    JOIN core.body ob ON ob.text_digest = o.text_digest
    LEFT JOIN core.observation n ON n.capture_id = b.capture_id AND n.rules_version = b.rules_after
    LEFT JOIN core.body nb ON nb.text_digest = n.text_digest
    LEFT JOIN ops.processed p ON p.capture_id = b.capture_id AND p.rules_version = b.rules_after
), appeared AS (
    SELECT DISTINCT ON (n.url_key) n.url_key, p.rules_version AS rules_before, n.rules_version AS rules_after,
           p.outcome AS outcome_before
    FROM core.observation n JOIN chosen c USING (url_key, rules_version)
    JOIN ops.processed p ON p.capture_id = n.capture_id AND p.rules_version <> n.rules_version
    WHERE c.is_complete AND NOT EXISTS (SELECT FROM old WHERE old.url_key = n.url_key)
    ORDER BY n.url_key, n.captured_at DESC, n.payload_digest DESC, n.capture_id DESC, p.rules_version
)
INSERT INTO ops.article_change (url_key, rules_before, rules_after, field, before, after)
SELECT p.url_key, p.rules_before, p.rules_after, v.field, v.before, v.after
FROM pairs p CROSS JOIN LATERAL (
    SELECT key AS field, value AS before, p.after -> key AS after FROM jsonb_each(p.before)
    WHERE p.after IS NOT NULL AND value IS DISTINCT FROM p.after -> key
      AND key <> ALL (ARRAY['capture_id', 'rules_version', 'url_key', 'captured_at', 'payload_digest', 'text_digest',
                            'text_chars', 'removed', 'evidence'])
    UNION ALL
    SELECT 'text', to_jsonb(lines.before), to_jsonb(lines.after) FROM (
        SELECT left(COALESCE((SELECT string_agg(t.line, E'\\n' ORDER BY t.no)
                 FROM unnest(string_to_array(p.text_before, E'\\n')) WITH ORDINALITY AS t (line, no)
                 WHERE t.line <> ALL (string_to_array(p.text_after, E'\\n'))), ''), {TEXT_CHARS}) AS before,
               left(COALESCE((SELECT string_agg(t.line, E'\\n' ORDER BY t.no)
                 FROM unnest(string_to_array(p.text_after, E'\\n')) WITH ORDINALITY AS t (line, no)
                 WHERE t.line <> ALL (string_to_array(p.text_before, E'\\n'))), ''), {TEXT_CHARS}) AS after
    ) AS lines WHERE p.text_before <> p.text_after
      -- What may not be kept of a text is not kept here either.
      AND NOT jsonb_exists_any(p.after -> 'flags', ARRAY['stored_excerpt', 'stored_metadata'])
    UNION ALL
    SELECT 'outcome', '"article"', to_jsonb(p.outcome_after) WHERE p.after IS NULL AND p.outcome_after IS NOT NULL
) AS v
UNION ALL
SELECT url_key, rules_before, rules_after, 'outcome', to_jsonb(outcome_before), '"article"' FROM appeared
ON CONFLICT (url_key, field, rules_before, rules_after) DO UPDATE
SET before = excluded.before, after = excluded.after, changed_at = now()
"""
COUNTS = """
SELECT field, count(*) AS articles FROM ops.article_change
WHERE url_key = ANY(CAST(:keys AS bytea[])) AND changed_at >= :since GROUP BY field
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value of an article that differs between two rules versions; `before` and `after` as JSON values."""

    url_key: bytes
    field: str
    before: Any
    after: Any
    rules_before: str
    rules_after: str


def counted(connection: Connection, keys: Collection[bytes], *, since: Any) -> Counter[str]:
    """How many articles of these keys changed in each field since that time of the database's clock."""
    found = connection.execute(text(COUNTS), {"keys": sorted(keys), "since": since})
    return Counter({row.field: row.articles for row in found})


def clock(engine: Engine) -> Any:
    """The database's clock, for `counted`."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT clock_timestamp()")).scalar_one()
