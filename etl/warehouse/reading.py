"""Reading for people: one query's rows, and how sources and runs are doing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from etl import faults
from etl.errors import Permanent, Transient

Rows = tuple[Sequence[str], Sequence[Sequence[Any]]]

STATUS = {
    "Warehouse": """
        SELECT (SELECT count(*) FROM core.capture) AS captures, (SELECT count(*) FROM core.article) AS articles,
               (SELECT count(*) FROM core.revision) AS revisions,
               (SELECT count(*) FROM core.article WHERE gone_at IS NOT NULL) AS gone,
               (SELECT count(*) FROM ops.reject) AS rejects,
               (SELECT max(activated_at) FROM ops.rules) AS rules_changed_at,
               (SELECT count(*) FROM core.article WHERE rules_version NOT IN
                   (SELECT rules_version FROM ops.rules WHERE is_current)) AS under_older_rules
    """,
    "Stories": """
        SELECT (SELECT count(*) FROM core.story) AS stories, (SELECT count(*) FROM core.story_member) AS articles,
               (SELECT count(*) FROM core.story WHERE flags <> '{}') AS flagged,
               (SELECT count(*) FROM ops.story_due) + (SELECT count(*) FROM ops.story_change) AS open_articles
    """,
    "Open work": """
        SELECT count(*) AS files, COALESCE(sum(records), 0) AS captures, min(announced_at) AS oldest,
               count(problem) AS with_problem, min(problem) AS problem
        FROM ops.segment WHERE loaded_at IS NULL AND published_at IS NOT NULL
    """,
    "Last runs": """
        SELECT run_id, state, as_of, ended_at - started_at AS took, summary -> 'candidates' AS candidates,
               summary -> 'outcomes' AS outcomes
        FROM ops.run ORDER BY started_at DESC LIMIT 5
    """,
    "Sources": """
        SELECT s.source_key, s.is_enabled, n.articles, n.last_article_seen_at, r.state AS last_run, r.error
        FROM core.source s
        LEFT JOIN (SELECT source_key, count(*) AS articles, max(first_seen_at) AS last_article_seen_at
                   FROM core.article GROUP BY source_key) n USING (source_key)
        LEFT JOIN LATERAL (SELECT rs.state, rs.error FROM ops.run_source rs JOIN ops.run USING (run_id)
                           WHERE rs.source_key = s.source_key ORDER BY run.started_at DESC LIMIT 1) r ON true
        WHERE s.is_enabled OR n.articles > 0
        ORDER BY s.source_key
    """,
    "Documents that fail": """
        SELECT url, source_key, status, error, failures, succeeded_at
        FROM ops.document WHERE failures > 0 ORDER BY failures DESC, url LIMIT 20
    """,
    "Rejects": """
        SELECT reason, count(*) AS rejects, max(loaded_at) AS last, min(url) AS example FROM ops.reject
        GROUP BY reason ORDER BY rejects DESC
    """,
}


def rows(engine: Engine, sql: str, *, limit: int = 0) -> tuple[Sequence[str], Sequence[Sequence[Any]], bool]:
    """The columns and rows of one query in a read-only transaction, and whether `limit` cut them off.

    Raises `Permanent` with the database's own words when the query is wrong or would write.
    """
    with engine.connect() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        try:
            result = connection.exec_driver_sql(sql.replace("%", "%%"))
        except ProgrammingError as error:
            raise Permanent(f"the query is wrong: {error.orig}") from error
        except Exception as error:
            if isinstance(faults.as_ours(error), Transient):
                raise  # no fault of the query's
            if getattr(getattr(error, "orig", None), "sqlstate", None) is None:
                raise
            raise Permanent(f"the query failed: {getattr(error, 'orig', error)}") from error
        if not result.returns_rows:
            return (), (), False
        found = result.fetchmany(limit + 1) if limit else result.fetchall()
        is_cut = bool(limit) and len(found) > limit
        return tuple(result.keys()), [tuple(row) for row in (found[:limit] if limit else found)], is_cut


def status(engine: Engine) -> dict[str, Rows]:
    """Tables of the warehouse's state, by name."""
    report: dict[str, Rows] = {}
    with engine.connect() as connection:
        for name, query in STATUS.items():
            result = connection.execute(text(query))
            report[name] = (tuple(result.keys()), [tuple(row) for row in result])
    return report
