"""A warehouse of a million articles, made in SQL: for measures of what does not show in small ones.

Not by loading, which would take hours: rows are computed in the database, tables are filled without secondary indexes
and foreign keys, and these are built after. An article has one or two captures, each with an observation, a text of
some 700 characters of its own (every fiftieth shares one with another, every five hundredth has a notice that all of
these have), hints, a line in the logs and in the frontier. Every twentieth has two texts, every fifth has no instant of
publication, some have no day, some are gone. The first `STORIES` are in buckets and stories as well
(`stories_growth`). Of what no measure reads the rows are short.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text

from benchmarks import stories_growth
from benchmarks.stories_documents import RULES

CHUNK = 50_000  # articles that one transaction makes
STORIES = 60_000
SOURCES = 200

KEY = "sha256(int8send(n))"
URL = "'https://site-' || n % 200 || '.example/2026/' || md5(n::text) || '/' || n"
# Article n: of source n % 200, on a day of two years.
_MADE = """
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT n, {key} AS url_key, encode(substr({key}, 1, 16), 'hex')::uuid AS node,
       'source-' || n % 200 AS source, 'site-' || n % 200 || '.example' AS site, {url} AS url,
       timestamptz '2025-01-01' + n % 730 * interval '1 day' + n % 86400 * interval '1 second' AS at,
       (ARRAY['en', 'de', 'es', 'fr', 'ar', 'zh', 'ru', 'ja', 'pt', 'hi'])[n % 200 % 10 + 1] AS language,
       sha256(convert_to('text ' || CASE WHEN n % 500 = 499 THEN -1 WHEN n % 50 = 1 THEN n - 1 ELSE n END, 'UTF8'))
           AS first_digest,
       n % 20 = 10 AS has_edit
FROM generate_series(CAST(:first AS bigint), :last) AS n;
CREATE TEMP TABLE visit ON COMMIT DROP AS
SELECT m.*, v, sha256(url_key || int8send(v)) AS capture_id, at + v * interval '1 hour' AS captured_at,
       CASE WHEN has_edit AND v = 1 THEN sha256(first_digest) ELSE first_digest END AS text_digest,
       CASE WHEN n % 5 <> 2 THEN at END AS published_at, CASE WHEN n % 100 <> 52 THEN at::date END AS published_on,
       'raw/live/' || to_char(at, 'YYYY/MM/DD') || '/' || n / 500 || '.warc.gz' AS warc
FROM made m CROSS JOIN generate_series(0, 1) AS v WHERE v = 0 OR n % 2 = 0
"""
_FILL = f"""
INSERT INTO core.url SELECT url_key, node FROM made ORDER BY url_key;
INSERT INTO core.body
SELECT DISTINCT ON (text_digest) text_digest,
       (SELECT string_agg(md5(n || '/' || v || '/' || k), ' ') FROM generate_series(1, 21) AS k) FROM visit
ORDER BY text_digest, n, v ON CONFLICT DO NOTHING;
INSERT INTO core.capture (capture_id, url_key, url, captured_at, payload_digest, status, is_revisit, redirects, rights,
                          warc, warc_offset, warc_length)
SELECT capture_id, url_key, url, captured_at, 'sha256:' || encode(text_digest, 'hex'), 200, v = 1 AND NOT has_edit, '[]',
       jsonb_build_object('robots_state', 'rules', 'robots_sha256', md5(n::text)), warc, n % 500 * 40000 + v, 40000
FROM visit ORDER BY n, v;
INSERT INTO core.observation (capture_id, rules_version, url_key, url, source_key, site, captured_at, payload_digest,
    page_type, title, description, authors, published_at, published_on, published_precision, published_raw, language, tags,
    text_digest, text_chars, images, agencies, text_truncated, flags, removed, evidence,
    may_store, may_show, may_export, may_train)
SELECT capture_id, '{RULES}', url_key, url, source, site, captured_at, 'sha256:' || encode(text_digest, 'hex'),
    'article', 'Headline ' || md5(url), repeat(md5(url), 4), ARRAY['Ana Ruiz', '李明'], published_at, published_on,
    CASE WHEN published_at IS NOT NULL THEN 'minute' WHEN published_on IS NOT NULL THEN 'day' END, at::text,
    language, ARRAY['a', 'b'], text_digest, 692,
    '[]', CASE WHEN n % 8 = 0 THEN ARRAY['Reuters'] ELSE '{{}}' END, false, '{{}}', jsonb_build_array(jsonb_build_object('rule', 'share', 'text', repeat(md5(url), 8))),
    jsonb_build_object('title', 'h1', 'published_at', 'jsonld:datePublished', 'text', 'fast'),
    'unknown', 'unknown', 'unknown', CASE WHEN n % 3 = 0 THEN 'no' ELSE 'unknown' END
FROM visit ORDER BY n, v;
INSERT INTO ops.processed (capture_id, rules_version, outcome, page_type, may_store, may_show, may_export, may_train, rights)
SELECT capture_id, '{RULES}', 'article', 'article', 'unknown', 'unknown', 'unknown',
       CASE WHEN n % 3 = 0 THEN 'no' ELSE 'unknown' END,
       jsonb_build_array(jsonb_build_object('norm', 'robots', 'place', 'meta robots', 'said', 'max-image-preview:large'))
FROM visit ORDER BY n, v;
INSERT INTO core.article (url_key, article_id, url, source_key, site, capture_id, rules_version, language, published_at,
    published_on, text_digest, may_show, captured_at, first_seen_at, last_seen_at, gone_at, observation_count,
    revision_count)
SELECT url_key, node, url, source, site, capture_id, '{RULES}', language, published_at, published_on, text_digest, 'unknown',
    captured_at, at, captured_at, CASE WHEN n % 97 = 5 THEN at + interval '9 days' END, v + 1, CASE WHEN has_edit THEN 2 ELSE 1 END
FROM visit WHERE v = 1 OR n % 2 = 1 ORDER BY n;
INSERT INTO core.revision
SELECT url_key, v + 1, capture_id, '{RULES}', text_digest, captured_at,
       CASE WHEN has_edit AND v = 0 THEN captured_at + interval '1 hour' END, captured_at, 1
FROM visit WHERE v = 0 OR has_edit;
INSERT INTO core.hint (capture_id, hint_digest, source_key, via, found_at, title)
SELECT capture_id, sha256(capture_id), source, 'feed', 'https://' || site || '/feed',
       CASE WHEN n % 10 = 0 THEN 'Another headline ' ELSE 'Headline ' END || md5(url) FROM visit
WHERE v = 1 OR n % 2 = 1;
INSERT INTO core.alias (url_key, kind, alias_key, alias_url)
SELECT url_key, 'canonical', sha256(int8send(n + 1000000000)), url || '/c' FROM made WHERE n % 5 = 0;
INSERT INTO ops.candidate (url_key, url, host, source_key, hints, offered_at, visits, last_url, last_captured_at)
SELECT url_key, url, site, source, '[]', at, 2, url, captured_at FROM visit WHERE v = 0;
INSERT INTO ops.run_url (run_id, source_key, url_digest, url_key, url, host, outcome, capture_id)
SELECT 'run-' || n / {CHUNK} || '-' || v, source, sha256(convert_to(url, 'UTF8')), url_key, url, site, 'article', capture_id
FROM visit;
INSERT INTO ops.fetch_log (fetched_at, run_id, host, url, kind, status, bytes)
SELECT captured_at, 'run-' || n / {CHUNK} || '-' || v, site, url, 'page', 200, 40000 FROM visit;
INSERT INTO ops.expected (source_key, day, url_key, via, url, host, found_at)
SELECT source, at::date, url_key, 'sitemap_archive', url, site, 'https://' || site || '/sitemap.xml' FROM made
WHERE n % 3 = 0;
INSERT INTO ops.reject (reject_id, capture_id, url, warc, warc_offset, stage, reason, rules_version)
SELECT sha256(capture_id || '1'), sha256(capture_id || '1'), url || '/list', warc, n, 'extract', 'list_page', '{RULES}'
FROM visit WHERE n % 3 = 0
"""
_SOURCES = """
INSERT INTO core.source (source_key, name, homepage, languages, is_enabled)
SELECT 'source-' || n, 'Site ' || n, 'https://site-' || n || '.example/', '{en}', true
FROM generate_series(0, :sources - 1) AS n
"""
_SOURCE_DAYS = """
INSERT INTO ops.source_day (source_key, day, via, state, named, requests, listed_at)
SELECT source_key, day, via, 'listed', count(*), 1, day + interval '3 days' FROM ops.expected GROUP BY source_key, day, via
"""
# What a filled table does without until it is full.
_CONSTRAINTS = """
SELECT conrelid::regclass::text AS "table", conname AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE contype = 'f' AND connamespace IN ('core'::regnamespace, 'ops'::regnamespace)
AND conparentid = 0
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace IN ('core'::regnamespace, 'ops'::regnamespace) AND t.relkind = 'r' AND NOT t.relispartition
  AND NOT i.indisunique
"""


def fill(engine: Engine, articles: int, *, key: str = KEY, url: str = URL) -> None:
    """Make so many articles in an empty warehouse, with statistics. A million take some minutes.

    `key` and `url` are what SQL makes of n, the number of an article.
    """
    made = _MADE.format(key=key, url=url)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO ops.run (run_id, kind, as_of, state) SELECT 'run-' || n || '-' || v, 'live', now(), 'ok' "
                 "FROM generate_series(0, CAST(:last AS int)) AS n, generate_series(0, 1) AS v"),
            {"last": articles // CHUNK},
        )  # fmt: skip
        connection.execute(text(_SOURCES), {"sources": SOURCES})
    with _bare(engine):
        for first in range(0, articles, CHUNK):
            with engine.begin() as connection:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                for statement in f"{made};{_FILL}".split(";\n"):
                    bound = {"first": first, "last": min(first + CHUNK, articles) - 1}
                    query = text(statement.replace("::", "\\:\\:"))
                    connection.execute(query, bound if ":first" in statement else {})
    with engine.begin() as connection:
        connection.exec_driver_sql(_SOURCE_DAYS)
    stories_growth._fill(engine, 0, min(articles, STORIES))


def key(n: int) -> bytes:
    """The URL key of article n."""
    from hashlib import sha256

    return sha256(n.to_bytes(8, "big")).digest()


@contextmanager
def _bare(engine: Engine) -> Iterator[None]:
    """Without foreign keys and secondary indexes inside; they are made again after, whatever they are."""
    with engine.begin() as connection:
        constraints, indexes = connection.execute(text(_CONSTRAINTS)).all(), connection.execute(text(_INDEXES)).all()
        for constraint in constraints:
            connection.exec_driver_sql(f"ALTER TABLE {constraint.table} DROP CONSTRAINT {constraint.name}")
        for index in indexes:
            connection.exec_driver_sql(f"DROP INDEX {index.name}")
    yield
    with engine.begin() as connection:
        _restore(connection, [index.definition for index in indexes])
        _restore(connection, [f"ALTER TABLE {c.table} ADD CONSTRAINT {c.name} {c.definition}" for c in constraints])


def _restore(connection: Connection, statements: list[str]) -> None:
    connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
    for statement in statements:
        connection.exec_driver_sql(statement)


NOW = datetime(2027, 1, 1, tzinfo=UTC)
