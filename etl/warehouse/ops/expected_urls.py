"""URLs that archives list for a published day of a source, and how each try to get them ended: `ops.expected`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, Engine, text

from etl.hints import hint_of, hints_of
from etl.model import CAPTURE_ARCHIVES, FoundVia, Hint, Outcome
from etl.states import AnswerState, ListingState
from etl.warehouse.ops import erased

# Sitemaps and archives list an article late, or correct its date: a day is final this long after its end.
SETTLED_AFTER = timedelta(days=2)

# Ends of a try after which another may succeed in the same way.
MAY_PASS = frozenset({Outcome.DEFERRED, Outcome.TIMEOUT, Outcome.HTTP_ERROR, Outcome.ROBOTS_UNREACHABLE, Outcome.KNOWN})
MAX_TRIES = 6

# Answers of a site that no longer has the article: an archive may have it.
NOT_THE_PAGE = (Outcome.SOFT_404, Outcome.CONSENT_WALL, Outcome.BOT_CHALLENGE, Outcome.EMPTY_TEXT, Outcome.BROKEN_PAGE)

# Captures of these come out of an archive's own files; the pages of all others are fetched from their sites.

# Articles with a capture out of an archive's file, for days that the archive was read for.
NAME_CAPTURED = """
INSERT INTO ops.expected AS e (source_key, day, url_key, via, url, host, found_at, outcome, tries)
SELECT DISTINCT ON (s.source_key, s.day, a.url_key) s.source_key, s.day, a.url_key, h.via, a.url, '', h.found_at, 'captured', 1
FROM core.article a JOIN core.capture c ON c.url_key = a.url_key JOIN core.hint h ON h.capture_id = c.capture_id
JOIN ops.source_day s ON s.source_key = a.source_key AND s.via = h.via
     AND s.day = COALESCE((a.published_at AT TIME ZONE 'UTC')::date, a.published_on)
"""
# Of several files the first: whichever was loaded before.
EACH_ONCE = """
ORDER BY s.source_key, s.day, a.url_key, h.found_at
ON CONFLICT (source_key, day, url_key, via) DO UPDATE SET found_at = LEAST(e.found_at, excluded.found_at)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedUrl:
    """A URL that an archive lists for a day of a source. `key` is its URL key."""

    source_key: str
    day: date
    key: bytes
    url: str
    host: str
    hints: tuple[Hint, ...]
    tries: int = 0


def end_of(day: date) -> datetime:
    """Midnight (UTC) after a day."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def record_expected(connection: Connection, expected: Sequence[ExpectedUrl]) -> None:
    """Record URLs that archives list, except erased ones, in key order, so that concurrent calls do not deadlock."""
    buried = erased.among(connection, {e.key for e in expected})
    formerly = erased.formerly(connection, (e.url for e in expected))
    values = {
        (e.source_key, e.day, e.key, hint.via.value): {
            "source": e.source_key,
            "day": e.day,
            "key": e.key,
            "via": hint.via.value,
            "url": e.url,
            "host": e.host,
            "found_at": hint.found_at,
            "title": hint.title or None,
            "published_raw": hint.published_raw or None,
            "modified_raw": hint.modified_raw or None,
        }
        for e in expected
        if e.key not in buried and e.url not in formerly
        for hint in e.hints
    }
    if values:
        connection.execute(
            text("""
                INSERT INTO ops.expected
                    (source_key, day, url_key, via, url, host, found_at, title, published_raw, modified_raw)
                VALUES (:source, :day, :key, :via, :url, :host, :found_at, :title, :published_raw, :modified_raw)
                ON CONFLICT (source_key, day, url_key, via) DO UPDATE SET found_at = excluded.found_at,
                    title = excluded.title, published_raw = excluded.published_raw,
                    modified_raw = excluded.modified_raw
            """),
            [values[key] for key in sorted(values)],
        )


def missing(
    engine: Engine,
    *,
    source_key: str,
    days: Sequence[date],
    run_id: str | None = None,
    from_archive: FoundVia | None = None,
    limit: int = 1_000_000,
) -> list[ExpectedUrl]:
    """URLs that are expected of a source on these days, not captured yet, and worth a try, the newest day first.

    By default what is fetched from the site; `from_archive` what an archive of captures has. With a run, what that run
    has decided already is left out.
    """
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT e.url_key, min(e.day) AS day, min(e.url) AS url, min(e.host) AS host, max(e.tries) AS tries,
                       jsonb_agg(jsonb_build_object('via', e.via, 'found_at', e.found_at, 'title', e.title,
                                 'published_raw', e.published_raw, 'modified_raw', e.modified_raw)
                                 ORDER BY e.via, e.found_at) AS hints
                FROM ops.expected e
                WHERE e.source_key = :source AND e.day = ANY(:days) AND e.tries < :tries
                  AND (e.via = :archive OR (CAST(:archive AS text) IS NULL AND e.via <> ALL(:archives)))
                  AND (e.outcome IS NULL OR e.outcome = ANY(:may_pass))
                  AND NOT EXISTS (
                      SELECT FROM core.capture c JOIN ops.processed p USING (capture_id)
                      WHERE c.url_key = e.url_key AND c.status < 400
                        AND NOT (CAST(:archive AS text) IS NOT NULL AND p.outcome = ANY(:not_the_page)))
                  AND NOT (CAST(:archive AS text) IS NOT NULL AND EXISTS (
                      SELECT FROM ops.expected o
                      WHERE o.url_key = e.url_key AND (o.outcome = 'robots_denied' OR (o.outcome = 'captured'
                        AND NOT EXISTS (SELECT FROM core.capture c WHERE c.url_key = e.url_key)))))
                  AND NOT EXISTS (SELECT FROM core.tombstone t WHERE t.url_key = e.url_key)
                  AND NOT EXISTS (SELECT FROM ops.run_url u WHERE u.run_id = :run AND u.url_key = e.url_key)
                GROUP BY e.url_key ORDER BY max(e.day) DESC, e.url_key LIMIT :limit
            """),
            {
                "source": source_key,
                "days": list(days),
                "tries": MAX_TRIES,
                "archive": from_archive.value if from_archive else None,
                "not_the_page": [outcome.value for outcome in NOT_THE_PAGE],
                "archives": [via.value for via in CAPTURE_ARCHIVES],
                "may_pass": [outcome.value for outcome in MAY_PASS],
                "run": run_id,
                "limit": limit,
            },
        )
        return [
            ExpectedUrl(
                source_key=source_key,
                day=r.day,
                key=bytes(r.url_key),
                url=r.url,
                host=r.host,
                hints=tuple(hint_of({"source_key": source_key, **values}) for values in r.hints),
                tries=r.tries,
            )
            for r in found
        ]


def make_due(connection: Connection, keys: Sequence[bytes], now: datetime) -> list[bytes]:
    """Make URLs due that live runs gave up on after `MAX_FAILURES` without fetching them. Returns those that were due before."""
    found = connection.execute(
        text("""
            SELECT url_key, due_at IS NOT NULL AS was_due, first_visit_at IS NULL AS is_new FROM ops.candidate
            WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE
        """),
        {"keys": sorted(keys)},
    ).all()
    connection.execute(
        text("UPDATE ops.candidate SET due_at = :now WHERE url_key = ANY(CAST(:keys AS bytea[]))"),
        {"keys": [bytes(r.url_key) for r in found if r.is_new], "now": now},
    )
    return [bytes(r.url_key) for r in found if r.was_due]


def decided(connection: Connection, *, run_id: str, keys: Sequence[bytes], were_due: Sequence[bytes]) -> int:
    """Record how a fill's tries of URLs ended; returns how many were tried and not deferred.

    URLs that a fill could not get stay its own: only fills try them again, not live runs.
    """
    connection.execute(
        text("""
            UPDATE ops.candidate SET due_at = NULL
            WHERE url_key = ANY(CAST(:keys AS bytea[])) AND first_visit_at IS NULL
              AND NOT url_key = ANY(CAST(:live AS bytea[]))
        """),
        {"keys": sorted(keys), "live": sorted(were_due)},
    )
    found = connection.execute(
        text("""
            UPDATE ops.expected e SET outcome = COALESCE(u.outcome, 'captured'), detail = u.detail,
                tries = e.tries + CASE WHEN u.outcome = 'deferred' THEN 0 ELSE 1 END
            FROM ops.run_url u
            WHERE u.run_id = :run AND u.url_key = e.url_key AND u.outcome IS DISTINCT FROM 'duplicate_candidate'
              AND e.url_key = ANY(CAST(:keys AS bytea[])) AND e.via <> ALL(:archives)
            RETURNING e.url_key, u.outcome
        """),
        {"run": run_id, "keys": sorted(keys), "archives": [via.value for via in CAPTURE_ARCHIVES]},
    ).all()
    return len({bytes(r.url_key) for r in found if r.outcome != Outcome.DEFERRED})


def decided_before(connection: Connection, *, run_id: str) -> None:
    """Record the results of tries by a killed attempt of the run, which it did not record itself."""
    connection.execute(
        text("""
            UPDATE ops.expected e SET outcome = CASE WHEN u.capture_id IS NULL THEN u.outcome ELSE 'captured' END,
                detail = u.detail, tries = e.tries + 1
            FROM ops.run_url u
            WHERE u.run_id = :run AND u.url_key = e.url_key AND u.outcome IS DISTINCT FROM 'duplicate_candidate'
              AND (u.capture_id IS NOT NULL OR u.outcome <> ALL(:may_pass))
              AND (e.outcome IS NULL OR e.outcome = ANY(:may_pass)) AND e.via <> ALL(:archives)
        """),
        {
            "run": run_id,
            "may_pass": [outcome.value for outcome in MAY_PASS],
            "archives": [via.value for via in CAPTURE_ARCHIVES],
        },
    )


def note_replays(connection: Connection, ends: Sequence[tuple[ExpectedUrl, Outcome | AnswerState, str | None]]) -> None:
    """Record how requests of URLs from an archive of captures ended, each with an outcome and a detail."""
    for e, outcome, detail in sorted(ends, key=lambda end: end[0].key):
        connection.execute(
            text("""
                UPDATE ops.expected SET outcome = :outcome, detail = :detail, tries = tries + 1
                WHERE source_key = :source AND url_key = :key AND via = :via
            """),
            {
                "outcome": outcome.value,
                "detail": detail or None,
                "source": e.source_key,
                "key": e.key,
                "via": e.hints[0].via.value,
            },
        )


def note_captured(
    engine: Engine, *, via: FoundVia, sources: Sequence[str], days: Sequence[date], state: ListingState, at: datetime
) -> None:
    """Note the articles of these days that came out of an archive's files as named by it, and the days as read.

    Days come first, in a transaction of their own: whoever loads captures of them from then on adds those
    (`note_loaded`), so that none falls between.
    """
    first, last = min(days), max(days)
    values = {"sources": sorted(sources), "days": sorted(days), "via": via.value, "state": state.value, "at": at}
    with engine.begin() as connection:
        _one_at_a_time(connection, via)
        connection.execute(
            text("""
                INSERT INTO ops.source_day (source_key, day, via, state, named, requests, listed_at)
                SELECT s, d, :via, 'partial', 0, 0, :at
                FROM unnest(CAST(:sources AS text[])) AS s, unnest(CAST(:days AS date[])) AS d ON CONFLICT DO NOTHING
            """),
            values,
        )
    with engine.begin() as connection:
        _one_at_a_time(connection, via)
        connection.execute(
            text(f"""
                {NAME_CAPTURED}
                WHERE a.source_key = ANY(CAST(:sources AS text[])) AND a.published_on BETWEEN :before AND :after
                  AND h.via = :via AND s.day BETWEEN :first AND :last
                {EACH_ONCE}
            """),
            values
            | {"first": first, "last": last}
            | {"before": first - timedelta(days=1), "after": last + timedelta(days=1)},
        )
        connection.execute(
            text("""
                UPDATE ops.source_day SET state = :state, listed_at = :at
                WHERE via = :via AND source_key = ANY(CAST(:sources AS text[])) AND day = ANY(CAST(:days AS date[]))
            """),
            values,
        )
        _count_named(connection, via, days)


def note_loaded(connection: Connection, *, via: FoundVia, warc: str) -> None:
    """Record the captures of a WARC as URLs that the archive's files list for the days that these were read for.

    In the transaction that marks the WARC as loaded: the run that read the days may be another one that has ended.
    """
    _one_at_a_time(connection, via)
    found = connection.execute(
        text(f"{NAME_CAPTURED} WHERE c.warc = :warc AND h.via = :via {EACH_ONCE} RETURNING day"),
        {"warc": warc, "via": via.value},
    )
    _count_named(connection, via, sorted(set(found.scalars())))


def _one_at_a_time(connection: Connection, via: FoundVia) -> None:
    """Lock against concurrent calls, which write the same few rows in different orders; each takes milliseconds."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('ops.source_day'), hashtext(:via))"), {"via": via})


def _count_named(connection: Connection, via: FoundVia, days: Sequence[date]) -> None:
    connection.execute(
        text("""
            UPDATE ops.source_day d SET named = n.pages FROM (
                SELECT source_key, day, count(*) AS pages FROM ops.expected
                WHERE via = :via AND day = ANY(CAST(:days AS date[])) GROUP BY source_key, day) n
            WHERE d.source_key = n.source_key AND d.day = n.day AND d.via = :via AND d.named <> n.pages
        """),
        {"via": via.value, "days": list(days)},
    )


def forget_deferred(engine: Engine, *, run_id: str, sources: Sequence[str]) -> None:
    """Make URLs that an earlier attempt of the run has deferred undecided again."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                DELETE FROM ops.run_url
                WHERE run_id = :run AND source_key = ANY(:sources) AND outcome = 'deferred' AND capture_id IS NULL
            """),
            {"run": run_id, "sources": list(sources)},
        )


def from_frontier(
    engine: Engine, *, source_key: str, days: Sequence[date]
) -> list[tuple[str, str, bytes, datetime, tuple[Hint, ...]]]:
    """URLs offered to live runs on these days and the two after: URL, host, key, time, and hints."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT url, host, url_key, offered_at, hints FROM ops.candidate
                WHERE source_key = :source AND offered_at >= :first AND offered_at < :last ORDER BY url_key
            """),
            {
                "source": source_key,
                "first": datetime.combine(min(days), time(), UTC),
                "last": end_of(max(days)) + SETTLED_AFTER,
            },
        )
        return [(r.url, r.host, bytes(r.url_key), r.offered_at, hints_of(r.hints)) for r in found]
