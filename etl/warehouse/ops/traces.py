"""All that the warehouse holds of a page: for `news-etl why`. Each question is a look-up by an index.

`sql/views/95_why.sql` says in SQL what of it can be said without the registry.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from etl.hints import hints_of
from etl.model import FoundVia, Hint
from etl.why.traces import (
    ArchiveListing,
    ArticleTrace,
    CaptureTrace,
    DocumentTrace,
    Erased,
    FrontierEntry,
    HostTrace,
    OpenFile,
    Pointer,
    RejectTrace,
    RequestTrace,
    RunEnd,
    SourceTrace,
    Traces,
)

# Of what may be many, so many of the newest.
NEWEST = 20

_KEYS = "ANY(CAST(:keys AS bytea[]))"
# Addresses that lead to it: a relay, or where it lay before. The frontier and the runs know it by these.
_LEADING = f"SELECT alias_key FROM core.alias WHERE url_key = {_KEYS} AND kind = 'redirect'"
_ENTRIES = f"""
SELECT url_key, url, host, source_key, hints, offered_at, due_at, visits, failures, first_visit_at, last_url, last_captured_at,
       last_outcome
FROM ops.candidate
WHERE url_key = {_KEYS} ORDER BY offered_at, url_key
"""
_ENDS = f"""
SELECT u.run_id, r.kind, r.state, r.as_of, u.source_key, u.url, u.outcome, u.detail, encode(u.capture_id, 'hex') AS capture_id
FROM ops.run_url u JOIN ops.run r USING (run_id)
WHERE u.url_key = {_KEYS} AND u.outcome IS DISTINCT FROM 'known'
ORDER BY r.as_of DESC, r.started_at DESC, u.source_key, u.url LIMIT :newest
"""
_KNOWN = f"SELECT count(*) FROM ops.run_url WHERE url_key = {_KEYS} AND outcome = 'known'"
_LISTINGS = f"""
SELECT source_key, day::text AS day, via, found_at, named_at, outcome, detail, tries FROM ops.expected WHERE url_key = {_KEYS}
ORDER BY day DESC, via LIMIT :newest
"""
# A capture under the rules that count: current ones before others, those put to use last before others.
_CAPTURES = f"""
SELECT encode(c.capture_id, 'hex') AS capture_id, c.url, c.captured_at, c.status, c.is_revisit, c.redirects, c.warc,
       c.warc_offset, c.warc_length, c.raw_expired_at, p.outcome, p.page_type, p.detail, p.rules_version, p.is_current
FROM core.capture c
LEFT JOIN LATERAL (
    SELECT p.outcome, p.page_type, p.detail, p.rules_version, COALESCE(r.is_current, false) AS is_current
    FROM ops.processed p LEFT JOIN ops.rules r USING (rules_version) WHERE p.capture_id = c.capture_id
    ORDER BY COALESCE(r.is_current, false) DESC, r.activated_no DESC NULLS LAST, p.rules_version LIMIT 1
) p ON true
WHERE c.url_key = {_KEYS}
ORDER BY c.captured_at DESC, c.payload_digest DESC, c.capture_id DESC LIMIT :newest
"""
_HINTS = """
SELECT encode(capture_id, 'hex') AS capture_id, source_key, via, found_at, title, published_raw, modified_raw, summary, language
FROM core.hint WHERE capture_id = ANY(CAST(:captures AS bytea[])) ORDER BY via, found_at, hint_digest LIMIT :newest
"""
_REJECTS = """
SELECT DISTINCT r.reason, r.detail, r.stage, r.warc, r.warc_offset, r.rules_version, encode(r.capture_id, 'hex') AS capture_id
FROM ops.reject r
WHERE r.capture_id = ANY(CAST(:captures AS bytea[])) OR r.url = ANY(CAST(:urls AS text[]))
ORDER BY r.warc, r.warc_offset LIMIT :newest
"""
_ARTICLE = f"""
SELECT a.article_id, a.url, o.title, COALESCE(a.source_key, a.site) AS source_or_site, a.published_on::text AS published_on,
       a.language, a.first_seen_at, a.last_seen_at, a.gone_at, a.revision_count AS revisions, a.rules_version,
       COALESCE(r.is_current, false) AS is_current, encode(a.capture_id, 'hex') AS capture_id, m.story_id,
       s.member_count AS story_members
FROM core.article a
LEFT JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
LEFT JOIN ops.rules r ON r.rules_version = a.rules_version
LEFT JOIN core.story_member m ON m.url_key = a.url_key
LEFT JOIN core.story s ON s.story_id = m.story_id
WHERE a.url_key = {_KEYS} ORDER BY a.url_key LIMIT 1
"""
_POINTERS = f"""
SELECT l.kind, l.url_key, COALESCE(a.url, c.url) AS url
FROM core.alias l
LEFT JOIN core.article a ON a.url_key = l.url_key
LEFT JOIN LATERAL (SELECT url FROM core.capture c WHERE c.url_key = l.url_key ORDER BY captured_at DESC LIMIT 1) c ON true
WHERE l.alias_key = {_KEYS} AND l.url_key <> {_KEYS.replace("ANY", "ALL")} AND COALESCE(a.url, c.url) IS NOT NULL
ORDER BY l.kind = 'redirect' DESC, a.url IS NULL, l.kind, l.url_key LIMIT :newest
"""
_ERASED = f"SELECT erased_at, reason FROM core.tombstone WHERE url_key = {_KEYS} ORDER BY erased_at LIMIT 1"
_OPEN_FILES = """
SELECT DISTINCT s.warc, s.published_at, s.problem
FROM ops.segment s JOIN ops.run_source b ON b.run_id = s.run_id AND b.batch = s.batch
WHERE (b.run_id, b.source_key) IN (SELECT * FROM unnest(CAST(:runs AS text[]), CAST(:sources AS text[])))
  AND s.loaded_at IS NULL ORDER BY s.warc LIMIT :newest
"""
_REQUESTS = """
SELECT fetched_at, run_id, url, status, outcome, bytes, error FROM ops.fetch_log
WHERE url = ANY(CAST(:urls AS text[])) AND kind = 'page' ORDER BY fetched_at DESC, fetch_no DESC LIMIT :newest
"""
_HOST = """
SELECT :host AS host, GREATEST(l.next_allowed_at - now(), interval '0') AS rest, l.failures, l.refusals,
       l.holder IS NOT NULL AND l.expires_at > now() AS is_visited_now, d.requests, r.stored AS robots
FROM (SELECT 1) one
LEFT JOIN ops.host_lease l ON l.host = :host
LEFT JOIN ops.host_day d ON d.host = :host AND d.day = :day
LEFT JOIN ops.robots r ON r.host = :host
"""
_SOURCE = """
SELECT r.run_id, r.as_of, s.state, s.error
FROM ops.run r JOIN ops.run_source s ON s.run_id = r.run_id AND s.source_key = :source
WHERE r.kind = 'live' ORDER BY r.started_at DESC LIMIT 1
"""
_DOCUMENTS = """
SELECT w.url, d.checked_at, d.succeeded_at, d.status, COALESCE(d.failures, 0) AS failures, d.error
FROM unnest(CAST(:urls AS text[])) WITH ORDINALITY AS w (url, n) LEFT JOIN ops.document d ON d.url = w.url ORDER BY w.n
"""

T = TypeVar("T")


def traces(
    connection: Connection, *, keys: Collection[bytes], buried: Collection[bytes], urls: Sequence[str]
) -> Traces:
    """What is held of the page with these keys; `buried` are all keys that a tombstone may have, `urls` its spellings."""
    values = {"keys": sorted(keys), "newest": NEWEST}
    leading = {bytes(key) for key in connection.execute(text(_LEADING), values).scalars()}
    offered = values | {"keys": sorted({*keys, *leading})}
    entries = [_of(FrontierEntry, row, hints=hints_of(row["hints"]), url_key=bytes(row["url_key"]))
               for row in _rows(connection, _ENTRIES, offered)]  # fmt: skip
    ends = [_of(RunEnd, row) for row in _rows(connection, _ENDS, offered)]
    captures = [
        _of(CaptureTrace, row, redirects=tuple((str(url), int(status)) for url, status in row["redirects"]))
        for row in _rows(connection, _CAPTURES, values)
    ]
    spelled = sorted({*urls, *(e.url for e in entries), *(e.url for e in ends), *(c.url for c in captures)})
    by_id = {c.capture_id: c for c in captures}
    of_captures = {
        "captures": [bytes.fromhex(each) for each in [*by_id, *(e.capture_id for e in ends if e.capture_id)]],
        "urls": spelled,
        "newest": NEWEST,
    }
    undecided = [e for e in ends if e.outcome is None and e.capture_id is not None]
    open_files = (
        []
        if not undecided
        else _rows(
            connection,
            _OPEN_FILES,
            {"runs": [e.run_id for e in undecided], "sources": [e.source_key for e in undecided], "newest": NEWEST},
        )
    )
    return Traces(
        entries=tuple(entries),
        ends=tuple(ends),
        known_in_runs=connection.execute(text(_KNOWN), offered).scalar_one(),
        listings=tuple(_of(ArchiveListing, row) for row in _rows(connection, _LISTINGS, offered)),
        captures=tuple(captures),
        captured_hints=tuple(
            (by_id[row["capture_id"]], _of(Hint, row, via=FoundVia(row["via"])))
            for row in _rows(
                connection, _HINTS, {"captures": [bytes.fromhex(each) for each in by_id], "newest": NEWEST}
            )
        ),
        rejects=tuple(_of(RejectTrace, row) for row in _rows(connection, _REJECTS, of_captures)),
        article=next((_of(ArticleTrace, row) for row in _rows(connection, _ARTICLE, values)), None),
        pointers=tuple(
            _of(Pointer, row, url_key=bytes(row["url_key"])) for row in _rows(connection, _POINTERS, values)
        ),
        erased=next((_of(Erased, row) for row in _rows(connection, _ERASED, {"keys": sorted(buried)})), None),
        open_files=tuple(_of(OpenFile, row) for row in open_files),
    )


def requests(connection: Connection, urls: Collection[str]) -> tuple[RequestTrace, ...]:
    """The newest requests for these addresses."""
    found = _rows(connection, _REQUESTS, {"urls": sorted(urls), "newest": NEWEST})
    return tuple(_of(RequestTrace, row) for row in found)


def known_among(connection: Connection, keys: Sequence[bytes]) -> frozenset[bytes]:
    """Those of these keys of which the frontier, a run or a capture speaks."""
    query = f"""
        SELECT url_key FROM ops.candidate WHERE url_key = {_KEYS}
        UNION SELECT url_key FROM core.url WHERE url_key = {_KEYS}
        UNION SELECT url_key FROM ops.run_url WHERE url_key = {_KEYS}
    """
    return frozenset(bytes(key) for key in connection.execute(text(query), {"keys": sorted(keys)}).scalars())


def host_trace(connection: Connection, host: str, day: date) -> HostTrace:
    """How it stands with a host on a day (UTC)."""
    (row,) = _rows(connection, _HOST, {"host": host, "day": day})
    return HostTrace(**{name: value for name, value in row.items() if value is not None})


def source_trace(connection: Connection, source_key: str, documents: Sequence[str]) -> SourceTrace:
    """How a source went in its last live run, and its documents when they were read last."""
    last = next(iter(_rows(connection, _SOURCE, {"source": source_key})), {})
    read = _rows(connection, _DOCUMENTS, {"urls": list(documents)}) if documents else []
    return SourceTrace(**last, documents=tuple(_of(DocumentTrace, row) for row in read))


def _rows(connection: Connection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


def _of(kind: type[T], row: dict[str, Any], **instead: Any) -> T:
    values = row | instead
    return kind(**{field.name: values[field.name] for field in fields(kind)})  # type: ignore[arg-type]
