"""A dry run of a load: it is done, the changes are read, and it is rolled back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, text

from etl.model import Observation
from etl.warehouse.engine import faults_of
from etl.warehouse.load.changes import Change
from etl.warehouse.load.load import load_in

# The dry run has current rules versions of its own, and no other session waits for it.
REHEARSED_RULES = """
CREATE TEMP TABLE rehearsed_rules ON COMMIT DROP AS
SELECT rules_version, activated_no, false AS is_current FROM ops.rules
WHERE rules_version <> ALL(CAST(:versions AS text[]))
UNION ALL
SELECT version, (SELECT COALESCE(max(activated_no), 0) + 1 FROM ops.rules), true
FROM unnest(CAST(:versions AS text[])) AS version
"""
CHANGES = """
SELECT url_key, field, before, after, rules_before, rules_after FROM ops.article_change
WHERE url_key = ANY(CAST(:keys AS bytea[])) AND changed_at = now() ORDER BY url_key, field, rules_before
"""


def rehearse(engine: Engine, observations: Sequence[Observation]) -> tuple[Change, ...]:
    """What loading these observations under their rules, made the current ones, would change in articles.

    The load is done and rolled back in one transaction. The observations must include all captures of a URL key that were
    not processed with these rules, or the article would not move. Raises `Transient` when the database asks to try again.
    """
    with engine.connect() as connection, faults_of(engine, "rehearsing a load"):
        transaction = connection.begin()
        try:
            versions = sorted({o.rules_version for o in observations})
            connection.execute(text(REHEARSED_RULES), {"versions": versions})
            load_in(connection, list(observations), rules="rehearsed_rules")
            keys = sorted({o.url_key for o in observations})
            return tuple(Change(**row._mapping) for row in connection.execute(text(CHANGES), {"keys": keys}))
        finally:
            transaction.rollback()
