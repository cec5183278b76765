"""Searches every row of the database for words, to verify an erasure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine, text

TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name,
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'url' AND NOT a.attisdropped) AS has_url
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
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
URLS = """
SELECT DISTINCT url::text FROM {table} t
WHERE EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS word WHERE strpos(t::text, word) > 0) ORDER BY 1 LIMIT :most
"""


def search(engine: Engine, words: Sequence[str], *, most: int) -> Iterator[tuple[str, int, int, Sequence[str]]]:
    """All tables of all schemas, each with the number of its rows, and of those that hold one of the words.

    With them the URLs of at most `most` of these rows, where the table has a column of that name.
    """
    with engine.connect() as connection:
        for table, has_url in connection.execute(text(TABLES)).all():
            given = {"words": list(words), "most": most}
            rows, hits = connection.execute(text(ROWS.format(table=table)), given).one()
            urls = connection.execute(text(URLS.format(table=table)), given).scalars().all() if hits and has_url else ()
            yield table, rows, hits, urls
