"""One hash over the warehouse's content: equal for equal captures, rules and registry, in whatever order they were loaded.

Stories are part of it: take it when nothing is open (`stories.settle`).

Left out: times at which rows were written or robots.txt was read, places of bytes, ledger and logs, aliases, former ids of
stories, and observations with a rules version that no article has.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Engine, text

# Each query gives (key, row hash) in the order of the key. A row's text form is the same on every server: UTC, ISO
# dates, and jsonb's own canonical order.
QUERIES = {
    "source": """
        SELECT sha256(convert_to(row(s.*)::text, 'UTF8')) FROM core.source s ORDER BY source_key
    """,
    "capture": """
        SELECT sha256(convert_to(row(capture_id, url_key, url, captured_at, payload_digest, status, redirects,
                                     rights - ARRAY['robots_fetched_at', 'tdmrep_fetched_at', 'rsl_fetched_at'])::text, 'UTF8'))
        FROM core.capture ORDER BY capture_id
    """,
    "hint": """
        SELECT sha256(convert_to(row(h.*)::text, 'UTF8')) FROM core.hint h ORDER BY capture_id, hint_digest
    """,
    "observation": """
        SELECT sha256(convert_to(row(o.*)::text, 'UTF8'))
        FROM core.observation o JOIN core.article a USING (url_key, rules_version)
        ORDER BY o.capture_id, o.rules_version
    """,
    "text": """
        SELECT sha256(convert_to(b.text, 'UTF8'))
        FROM core.body b WHERE EXISTS (SELECT FROM core.observation o JOIN core.article a USING (url_key, rules_version)
                                       WHERE o.text_digest = b.text_digest)
        ORDER BY text_digest
    """,
    "article": """
        SELECT sha256(convert_to(row(url_key, article_id, url, source_key, site, capture_id, rules_version, language,
                                     published_at, published_on, text_digest, may_show, captured_at, first_seen_at, last_seen_at,
                                     gone_at, observation_count, revision_count)::text, 'UTF8'))
        FROM core.article ORDER BY url_key
    """,
    "revision": """
        SELECT sha256(convert_to(row(r.*)::text, 'UTF8')) FROM core.revision r ORDER BY url_key, revision_no
    """,
    "story": """
        SELECT sha256(convert_to(row(s.story_id, s.primary_key, s.member_count, s.sites, s.first_published_on,
                                     s.last_published_on, s.first_seen_at, s.last_seen_at, s.syndicated_from, s.flags,
                                     ARRAY(SELECT m.url_key FROM core.story_member m WHERE m.story_id = s.story_id
                                           ORDER BY m.url_key))::text, 'UTF8'))
        FROM core.story s ORDER BY story_id
    """,
    "tombstone": """
        SELECT sha256(convert_to(row(url_key, reason)::text, 'UTF8')) FROM core.tombstone ORDER BY url_key
    """,
}


def fingerprint(engine: Engine) -> str:
    """The fingerprint of the warehouse: 64 hex digits."""
    total = hashlib.sha256()
    for part, value in parts(engine).items():
        total.update(f"{part} {value}\n".encode())
    return total.hexdigest()


def parts(engine: Engine) -> dict[str, str]:
    """The fingerprint of each table, from one snapshot: shows where two warehouses differ."""
    found = {}
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SET LOCAL TimeZone = 'UTC'"))
        connection.execute(text("SET LOCAL DateStyle = 'ISO'"))
        connection.execute(text("SET LOCAL bytea_output = 'hex'"))
        for part, query in QUERIES.items():
            digest, n = hashlib.sha256(), 0
            for (row,) in connection.execute(text(query).execution_options(stream_results=True, yield_per=10_000)):
                digest.update(row)
                n += 1
            found[part] = f"{n} rows {digest.hexdigest()}"
    return found
