"""What the past days of sources were like, read from runs, visits, articles and captures; for `sources.history`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl.model import Outcome
from etl.sources.history import HABIT_DAYS, READ, RECENT_DAYS, REFUSALS, DocumentHistory, SourceDay, SourceHistory
from etl.sources.source import Source

DAYS = HABIT_DAYS + RECENT_DAYS
ADDRESSES = 500
# Statements that single pages make, such as the address of a licence of their own, say nothing about the site.
LEAST_OF_A_STATEMENT = 3
# What was said about us, or is said elsewhere in fewer words.
NO_STATEMENTS = (
    "user_agent",
    "robots_fetched_at",
    "robots_sha256",
    "content_usage_draft",
    "x_robots_tag",
    "meta_robots",
)

VISITED = """
SELECT s.source_key, (r.as_of AT TIME ZONE 'UTC')::date AS day, max(r.as_of) AS at
FROM ops.run r JOIN ops.run_source s USING (run_id)
WHERE r.kind = 'live' AND s.state IN ('ok', 'discovered') AND s.source_key = ANY(CAST(:keys AS text[])) AND r.as_of <= :now
GROUP BY 1, 2
"""
# Of a fill, and of the first run of a source, are articles that are older.
ARTICLES = """
SELECT a.source_key, (a.first_seen_at AT TIME ZONE 'UTC')::date AS day, count(*) AS articles,
       count(*) FILTER (WHERE o.authors <> '{}') AS authors, count(a.published_on) AS published,
       count(*) FILTER (WHERE o.title <> '') AS titles,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY o.text_chars) AS text_chars
FROM core.article a JOIN core.observation o USING (capture_id, rules_version)
WHERE a.source_key = ANY(CAST(:keys AS text[])) AND a.first_seen_at >= :start AND a.first_seen_at <= :now
  AND (a.published_on IS NULL OR a.published_on >= (a.first_seen_at AT TIME ZONE 'UTC')::date - 3)
GROUP BY 1, 2
"""
OUTCOMES = """
SELECT u.source_key, (r.as_of AT TIME ZONE 'UTC')::date AS day, u.outcome, count(*) AS n
FROM ops.run r JOIN ops.run_url u USING (run_id)
WHERE r.kind = 'live' AND u.source_key = ANY(CAST(:keys AS text[])) AND r.as_of >= :start AND r.as_of <= :now
  AND u.outcome = ANY(CAST(:outcomes AS text[]))
GROUP BY 1, 2, 3
"""
CAPTURES = """
SELECT o.source_key, (c.captured_at AT TIME ZONE 'UTC')::date AS day, count(DISTINCT c.capture_id) AS n
FROM core.capture c JOIN core.observation o USING (capture_id)
WHERE o.source_key = ANY(CAST(:keys AS text[])) AND c.captured_at >= :start AND c.captured_at <= :now AND c.rights ? 'user_agent'
GROUP BY 1, 2
"""
STATEMENTS = """
SELECT o.source_key, (c.captured_at AT TIME ZONE 'UTC')::date AS day, left(s.key || ': ' || s.value, 200) AS statement,
       count(DISTINCT c.capture_id) AS n
FROM core.capture c JOIN core.observation o USING (capture_id) CROSS JOIN LATERAL jsonb_each_text(c.rights) s
WHERE o.source_key = ANY(CAST(:keys AS text[])) AND c.captured_at >= :start AND c.captured_at <= :now AND c.rights ? 'user_agent'
  AND s.key <> ALL(CAST(:no_statements AS text[]))
GROUP BY 1, 2, 3 HAVING count(DISTINCT c.capture_id) >= :least
"""
DOCUMENTS = """
SELECT source_key, url, status, error, failures, checked_at, succeeded_at FROM ops.document
WHERE source_key = ANY(CAST(:keys AS text[])) ORDER BY url
"""
OFFERED = """
SELECT k.source_key, c.url FROM unnest(CAST(:keys AS text[])) AS k (source_key)
CROSS JOIN LATERAL (SELECT url FROM ops.candidate WHERE source_key = k.source_key
                    ORDER BY offered_at DESC, url_key LIMIT :most) c
"""


def histories(engine: Engine, sources: Sequence[Source], *, now: datetime) -> list[SourceHistory]:
    """The history of each of these sources up to `now`, in their order."""
    start = datetime.combine(now.astimezone(UTC).date() - timedelta(days=DAYS), datetime.min.time(), tzinfo=UTC)
    given = {
        "keys": [source.key for source in sources],
        "start": start,
        "now": now,
        "outcomes": sorted(READ | REFUSALS),
        "no_statements": list(NO_STATEMENTS),
        "least": LEAST_OF_A_STATEMENT,
        "most": ADDRESSES,
    }
    with engine.connect() as connection:
        visited = _by_day(connection, VISITED, given)
        articles = _by_day(connection, ARTICLES, given)
        captures = _by_day(connection, CAPTURES, given)
        outcomes = _counted(connection, OUTCOMES, given, "outcome")
        statements = _counted(connection, STATEMENTS, given, "statement")
        documents: defaultdict[str, list[DocumentHistory]] = defaultdict(list)
        for row in connection.execute(text(DOCUMENTS), given).mappings():
            documents[row["source_key"]].append(DocumentHistory(**{k: v for k, v in row.items() if k != "source_key"}))
        offered: defaultdict[str, list[str]] = defaultdict(list)
        for key, url in connection.execute(text(OFFERED), given):
            offered[key].append(url)
    days = [start.date() + timedelta(days=n) for n in range(DAYS + 1)]

    def day_of(key: str, day: date) -> SourceDay:
        article, capture = articles.get((key, day)), captures.get((key, day))
        return SourceDay(
            day=day,
            is_visited=(key, day) in visited,
            articles=article.articles if article else 0,
            authors=article.authors if article else 0,
            published=article.published if article else 0,
            titles=article.titles if article else 0,
            text_chars=article.text_chars if article else 0.0,
            outcomes={Outcome(name): n for name, n in outcomes[key, day].items()},
            captures=capture.n if capture else 0,
            rights=statements[key, day],
        )

    return [
        SourceHistory(
            source=source,
            now=now,
            days=tuple(day_of(source.key, day) for day in days),
            documents=tuple(documents[source.key]),
            addresses=tuple(offered[source.key]),
            visited_at=max((row.at for (key, _), row in visited.items() if key == source.key), default=None),
        )
        for source in sources
    ]


def _by_day(connection: Connection, query: str, given: Mapping[str, object]) -> dict[tuple[str, date], Any]:
    return {(row.source_key, row.day): row for row in connection.execute(text(query), given)}


def _counted(
    connection: Connection, query: str, given: Mapping[str, object], name: str
) -> defaultdict[tuple[str, date], dict[str, int]]:
    found: defaultdict[tuple[str, date], dict[str, int]] = defaultdict(dict)
    for row in connection.execute(text(query), given):
        found[row.source_key, row.day][getattr(row, name)] = row.n
    return found
