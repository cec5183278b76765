"""Searches every row of the database for words, to verify an erasure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine, text

TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
ORDER BY 1
"""
# {table} is a name that the database has quoted.
ROWS = """
SELECT count(*) AS rows,
       count(*) FILTER (WHERE EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS word
                                      WHERE strpos(t::text, word) > 0)) AS hits
FROM {table} t
"""


def search(engine: Engine, words: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """All tables of all schemas, each with the number of its rows, and of those that hold one of the words."""
    with engine.connect() as connection:
        for table in connection.execute(text(TABLES)).scalars().all():
            rows, hits = connection.execute(text(ROWS.format(table=table)), {"words": list(words)}).one()
            yield table, rows, hits
