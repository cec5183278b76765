"""The frontier's tables: what sources offered, what is due, how visits ended. Decisions are in `etl.frontier`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl.foreign import to_json
from etl.frontier import Offer, Visit, is_answer, merged_hints, next_visit, says_changed
from etl.model import FoundVia, Hint, Outcome
from etl.warehouse.load import rows
from etl.warehouse.load.refusals import write_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A URL to visit, and what its last answer allows to ask."""

    url_key: bytes
    url: str
    host: str
    source_key: str
    hints: tuple[Hint, ...]
    etag: str | None
    last_modified: str | None
    last_url: str | None
    last_captured_at: datetime | None
    last_digest: str | None
    first_visit_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """The end of a visit: a capture, or an outcome."""

    due: Due
    at: datetime
    outcome: Outcome | None  # None: a full answer, decided when it is loaded
    detail: str | None = None
    capture_id: bytes | None = None
    target_uri: str | None = None
    payload_digest: str | None = None
    etag: str | None = None
    last_modified: str | None = None


def offer(connection: Connection, *, run_id: str, source_key: str, offers: Sequence[Offer], now: datetime) -> None:
    """Record what a source offered: known URLs get their outcome, others become due. Repeating it changes nothing.

    Of URLs with one key the first in the order of their text counts; the others are duplicates. Belongs into the
    transaction that records the document as read.
    """
    offers = sorted(offers, key=lambda o: (o.url_key or b"", o.url))
    erased = _erased(connection, [o.url_key for o in offers if o.url_key])
    offers = [_without_words(o) if o.url_key in erased else o for o in offers]
    open_offers = {o.url_key: o for o in reversed(offers) if o.url_key and o.outcome is None}
    known = _known(connection, list(open_offers))
    not_due = set()
    for key in sorted(open_offers):
        if not _offer_one(connection, source_key, open_offers[key], known.get(key), now):
            not_due.add(key)
    taken = _taken(connection, run_id, source_key, list(open_offers))
    for o in offers:
        outcome = o.outcome
        if outcome is None and o.url_key is not None:
            if open_offers[o.url_key] is not o or taken.get(o.url_key, o.url) != o.url:
                outcome = Outcome.DUPLICATE_CANDIDATE
            elif o.url_key in not_due:
                outcome = Outcome.KNOWN
        _add_run_url(connection, run_id, source_key, o, outcome)


def add_revisits(engine: Engine, *, run_id: str, sources: Sequence[str], now: datetime) -> None:
    """Put what is due of these sources into the run, also where no document names it now."""
    with engine.begin() as connection:
        found = connection.execute(
            text("""
                SELECT c.source_key, c.url_key, c.url, c.host FROM ops.candidate c
                WHERE c.source_key = ANY(:sources) AND c.due_at <= :now AND NOT EXISTS (
                    SELECT FROM ops.run_url u WHERE u.run_id = :run AND u.url_key = c.url_key)
                ORDER BY c.url_key
            """),
            {"sources": list(sources), "now": now, "run": run_id},
        )
        for source_key, key, url, host in found.all():
            one = Offer(url=url, url_key=bytes(key), host=host, hints=())
            _add_run_url(connection, run_id, source_key, one, None)


def mend_due(engine: Engine, latest: Mapping[str, datetime], *, now: datetime) -> int:
    """Let URLs be due now that are due later than any visit by now can have said: a run under a clock ahead did that.

    `latest` is the latest possible time by source key. Nothing is done where the database's own clock is not behind
    that time as well: then it is `now` that is wrong. Gives how many there were.
    """
    with engine.begin() as connection:
        mended = connection.execute(
            text("""
                UPDATE ops.candidate c SET due_at = :now, first_visit_at = LEAST(c.first_visit_at, :now)
                FROM unnest(CAST(:keys AS text[]), CAST(:latest AS timestamptz[])) AS l (source_key, latest)
                WHERE c.source_key = l.source_key AND c.due_at > l.latest AND c.due_at > now() + (l.latest - :now)
            """),
            {"keys": list(latest), "latest": list(latest.values()), "now": now},
        )
        return mended.rowcount


def undecided_hosts(engine: Engine, *, run_id: str, sources: Sequence[str]) -> dict[str, str]:
    """The hosts that the run still has URLs for, each with its source."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT host, min(source_key) AS source_key FROM ops.run_url
                WHERE run_id = :run AND source_key = ANY(:sources) AND outcome IS NULL AND capture_id IS NULL
                GROUP BY host ORDER BY host
            """),
            {"run": run_id, "sources": list(sources)},
        )
        return {r.host: r.source_key for r in found}


def due(engine: Engine, *, run_id: str, host: str, now: datetime) -> list[Due]:
    """The run's undecided URLs of a host that are due, longest waiting first.

    Call it while holding the host's lease. URLs that another run has visited in the meantime become `known`.
    """
    with engine.begin() as connection:
        connection.execute(
            text("""
                UPDATE ops.run_url u SET outcome = :known, detail = 'visited by another run'
                FROM ops.candidate c
                WHERE u.run_id = :run AND u.host = :host AND u.outcome IS NULL AND u.capture_id IS NULL
                  AND c.url_key = u.url_key AND (c.due_at IS NULL OR c.due_at > :now)
            """),
            {"known": Outcome.KNOWN.value, "run": run_id, "host": host, "now": now},
        )
        found = connection.execute(
            text("""
                SELECT DISTINCT ON (c.due_at, c.url_key) c.url_key, c.url, c.host, c.source_key, c.hints, c.etag,
                       c.last_modified, c.last_url, c.last_captured_at, c.last_digest, c.first_visit_at, c.failures
                FROM ops.candidate c JOIN ops.run_url u USING (url_key)
                WHERE u.run_id = :run AND u.host = :host AND u.outcome IS NULL AND u.capture_id IS NULL
                ORDER BY c.due_at, c.url_key
            """),
            {"run": run_id, "host": host},
        )
        return [_due(row) for row in found]


def candidates(connection: Connection, keys: Sequence[bytes]) -> list[Due]:
    """What the frontier knows of URL keys; nothing of those that it does not know."""
    found = connection.execute(
        text("""
            SELECT url_key, url, host, source_key, hints, etag, last_modified, last_url, last_captured_at, last_digest,
                   first_visit_at, failures
            FROM ops.candidate WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE
        """),
        {"keys": sorted(keys)},
    )
    return [_due(row) for row in found]


def visited(
    connection: Connection, *, run_id: str, visits: Iterable[Visited], revisit_after: Mapping[str, Sequence[timedelta]]
) -> None:
    """Record how visits ended, in the transaction of what they brought.

    A visit whose values the database refuses is QUARANTINED, without what the answer said of itself; its capture, if it
    has one, is loaded as any other.
    """

    def write(some: Sequence[Visited]) -> None:
        _visited(connection, run_id, some, revisit_after)

    def refused(v: Visited, why: str) -> None:
        write([Visited(due=v.due, at=v.at, outcome=Outcome.QUARANTINED, detail=why, capture_id=v.capture_id)])

    ordered = sorted(visits, key=lambda v: v.due.url_key)
    write_each(connection, ordered, write, refused=refused, name=lambda v: v.due.url)


def _visited(
    connection: Connection, run_id: str, visits: Sequence[Visited], revisit_after: Mapping[str, Sequence[timedelta]]
) -> None:
    for v in visits:
        due_at = next_visit(
            Visit(at=v.at, outcome=v.outcome, first_visit_at=v.due.first_visit_at, failures=v.due.failures),
            revisit_after.get(v.due.source_key, ()),
        )
        connection.execute(
            text("""
                UPDATE ops.candidate SET
                    due_at = CASE WHEN :deferred THEN due_at ELSE :due_at END,
                    visits = visits + CASE WHEN :deferred THEN 0 ELSE 1 END,
                    failures = CASE WHEN :answered THEN 0 WHEN :deferred THEN failures ELSE failures + 1 END,
                    first_visit_at = CASE WHEN :answered THEN COALESCE(first_visit_at, :at) ELSE first_visit_at END,
                    etag = CASE WHEN :is_page THEN :etag ELSE etag END,
                    last_modified = CASE WHEN :is_page THEN :last_modified ELSE last_modified END,
                    last_url = CASE WHEN :is_page THEN :url ELSE last_url END,
                    last_captured_at = CASE WHEN :is_page THEN :at ELSE last_captured_at END,
                    last_digest = CASE WHEN :is_page THEN :digest ELSE last_digest END,
                    last_outcome = :outcome
                WHERE url_key = :key
            """),
            {
                "key": v.due.url_key,
                "due_at": due_at,
                "at": v.at,
                "deferred": v.outcome is Outcome.DEFERRED,
                "answered": is_answer(v.outcome),
                # A "not modified" says nothing new of the page, and a "gone" leaves nothing to ask with.
                "is_page": v.outcome is None,
                "etag": v.etag,
                "last_modified": v.last_modified,
                "url": v.target_uri,
                "digest": v.payload_digest,
                "outcome": v.outcome.value if v.outcome else "captured",
            },
        )
        connection.execute(
            text("""
                UPDATE ops.run_url SET capture_id = :capture, outcome = :outcome, detail = :detail
                WHERE run_id = :run AND url_key = :key AND outcome IS NULL AND capture_id IS NULL
            """),
            {
                "run": run_id,
                "key": v.due.url_key,
                "capture": v.capture_id,
                # A capture is counted when it is loaded.
                "outcome": None if v.capture_id or v.outcome is None else v.outcome.value,
                "detail": v.detail or None,
            },
        )


def defer(engine: Engine, *, run_id: str, sources: Sequence[str], why: str) -> None:
    """Give what is still undecided of a run the outcome `deferred`; it stays due."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                UPDATE ops.run_url SET outcome = :deferred, detail = :why
                WHERE run_id = :run AND source_key = ANY(:sources) AND outcome IS NULL AND capture_id IS NULL
            """),
            {"deferred": Outcome.DEFERRED.value, "why": why, "run": run_id, "sources": list(sources)},
        )


def _erased(connection: Connection, keys: list[bytes]) -> set[bytes]:
    query = text("SELECT url_key FROM core.tombstone WHERE url_key = ANY(CAST(:keys AS bytea[]))")
    return {bytes(key) for key in connection.execute(query, {"keys": keys}).scalars()}


def _without_words(o: Offer) -> Offer:
    """What was erased is counted, and nothing of it written down again: its key in the place of the URL."""
    assert o.url_key is not None
    return Offer(url=f"erased:{o.url_key.hex()}", url_key=o.url_key, host="", hints=(), outcome=Outcome.ERASED)


def _known(connection: Connection, keys: list[bytes]) -> dict[bytes, Any]:
    found = connection.execute(
        text("""
            SELECT url_key, due_at, hints FROM ops.candidate
            WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE
        """),
        {"keys": keys},
    )
    return {bytes(r.url_key): r for r in found}


def _offer_one(connection: Connection, source_key: str, o: Offer, known: Any, now: datetime) -> bool:
    """Add or update a candidate; whether it is due now."""
    if known is None:
        connection.execute(
            text("""
                INSERT INTO ops.candidate (url_key, url, host, source_key, hints, offered_at, due_at)
                VALUES (:key, :url, :host, :source, CAST(:hints AS jsonb), :now, :now) ON CONFLICT (url_key) DO NOTHING
            """),
            {
                "key": o.url_key,
                "url": o.url,
                "host": o.host,
                "source": source_key,
                "hints": hints_json(merged_hints((), o.hints)),
                "now": now,
            },
        )
        return True
    before = _hints(known.hints)
    after = merged_hints(before, o.hints)
    is_due = known.due_at is not None and known.due_at <= now
    if says_changed(before, o.hints) and not is_due:
        is_due = True
    if after != before or is_due:
        connection.execute(
            text("""
                UPDATE ops.candidate SET hints = CAST(:hints AS jsonb),
                    due_at = CASE WHEN :is_due THEN LEAST(due_at, :now) ELSE due_at END WHERE url_key = :key
            """),
            {"hints": hints_json(after), "is_due": is_due, "now": now, "key": o.url_key},
        )
    return is_due


def _taken(connection: Connection, run_id: str, source_key: str, keys: list[bytes]) -> dict[bytes, str]:
    """Which URL text stands for a key in the run already: another source's, or another attempt's."""
    found = connection.execute(
        text("""
            SELECT url_key, source_key, url FROM ops.run_url
            WHERE run_id = :run AND url_key = ANY(CAST(:keys AS bytea[]))
              AND outcome IS DISTINCT FROM 'duplicate_candidate'
        """),
        {"run": run_id, "keys": keys},
    )
    return {bytes(r.url_key): r.url if r.source_key == source_key else "" for r in found}


def _add_run_url(connection: Connection, run_id: str, source_key: str, o: Offer, outcome: Outcome | None) -> None:
    connection.execute(
        text("""
            INSERT INTO ops.run_url (run_id, source_key, url_digest, url_key, url, host, outcome, detail)
            VALUES (:run, :source, :digest, :key, :url, :host, :outcome, :detail) ON CONFLICT DO NOTHING
        """),
        {
            "run": run_id,
            "source": source_key,
            "digest": hashlib.sha256(o.url.encode("utf-8", "surrogatepass")).digest(),
            "key": o.url_key,
            "url": o.url,
            "host": o.host,
            "outcome": outcome.value if outcome else None,
            "detail": o.detail or None,
        },
    )


def _due(row: Any) -> Due:
    return Due(
        url_key=bytes(row.url_key),
        url=row.url,
        host=row.host,
        source_key=row.source_key,
        hints=_hints(row.hints),
        etag=row.etag,
        last_modified=row.last_modified,
        last_url=row.last_url,
        last_captured_at=row.last_captured_at,
        last_digest=row.last_digest,
        first_visit_at=row.first_visit_at,
        failures=row.failures,
    )


def hints_json(hints: Sequence[Hint]) -> str:
    return to_json([rows.hint_values(h) for h in hints])


def _hints(stored: Any) -> tuple[Hint, ...]:
    values = json.loads(stored) if isinstance(stored, str) else stored
    return tuple(Hint(**{**v, "via": FoundVia(v["via"])}) for v in values)
