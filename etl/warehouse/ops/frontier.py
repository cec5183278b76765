"""The frontier's tables: the URLs that sources offered, and when they are due. Decisions are in `etl.frontier`.

Each call takes a few statements, however many URLs it is about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl import hints
from etl.frontier import (
    BACKLOG,
    Age,
    Offer,
    age_of,
    merged_hints,
    moves_all,
    published_at,
    says_changed,
    visit_order,
)
from etl.model import Hint, Outcome
from etl.rhythm import NamedEntry
from etl.untrusted_text import to_json
from etl.warehouse.ops import erased


@dataclass(frozen=True, slots=True, kw_only=True)
class DueUrl:
    """A URL to visit, with the validators of its last answer."""

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
    offered_at: datetime
    due_at: datetime | None
    visits: int

    def is_backlog(self, now: datetime) -> bool:
        """Whether it is neither fresh nor was ever visited."""
        return _order(self, self.age, now)[0] >= BACKLOG

    @property
    def age(self) -> Age:
        """From when it is, by what was said of it."""
        return age_of(self.url, self.hints, offered_at=self.offered_at)


def offer(
    connection: Connection,
    *,
    run_id: str,
    source_key: str,
    offers: Sequence[Offer],
    now: datetime,
    oldest: datetime | None = None,
) -> list[NamedEntry]:
    """Record what a source offered: known URLs get their outcome, others become due. Repeating it changes nothing.

    Gives what is named for the first time by the documents that name it now, in the order of the keys.

    Of URLs with one key the first in the order of their text counts; the others are duplicates. Call it in the transaction
    that records the document as read. A URL that was never visited and is older than
    `oldest` is `too_old`, until a document says otherwise.
    """
    offers = sorted(offers, key=lambda o: (o.url_key or b"", o.url))
    gone = erased.among(connection, [o.url_key for o in offers if o.url_key])
    formerly = erased.formerly(connection, (o.url for o in offers if o.url_key))
    offers = [_without_words(o) if o.url_key in gone or o.url in formerly else o for o in offers]
    open_offers = {o.url_key: o for o in reversed(offers) if o.url_key and o.outcome is None}
    known = _known(connection, list(open_offers))
    said = {key: hints.hints_of(row.hints) for key, row in known.items()}
    too_old = _too_old(open_offers, known, said, oldest, now) if oldest is not None else frozenset()
    wanted = {key: o for key, o in open_offers.items() if key not in too_old}
    not_due = _add_candidates(connection, source_key, wanted, known, said, now)
    taken = _taken(connection, run_id, source_key, list(open_offers))
    decided = []
    for o in offers:
        outcome = o.outcome
        if outcome is None and o.url_key is not None:
            if open_offers[o.url_key] is not o or taken.get(o.url_key, o.url) != o.url:
                outcome = Outcome.DUPLICATE_CANDIDATE
            elif o.url_key in too_old:
                outcome = Outcome.TOO_OLD
            elif o.url_key in not_due:
                outcome = Outcome.KNOWN
        decided.append((source_key, replace(o, outcome=outcome)))
    _add_run_urls(connection, run_id, decided)
    return _named(open_offers, known, said, now)


def _named(
    offers: Mapping[bytes, Offer], known: Mapping[bytes, Any], said: Mapping[bytes, Sequence[Hint]], now: datetime
) -> list[NamedEntry]:
    found = []
    for key in sorted(offers):
        by = {h.found_at for h in said.get(key, ())}
        if by.isdisjoint(h.found_at for h in offers[key].hints):
            since = known[key].offered_at if key in known else now
            at = published_at(offers[key].hints)
            found.append(NamedEntry(published_at=at, known_since=since, by=tuple(sorted(by))))
    return found


def add_revisits(engine: Engine, *, run_id: str, sources: Sequence[str], now: datetime) -> None:
    """Add the due URLs of these sources to the run, also those that no document lists now."""
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
        _add_run_urls(
            connection,
            run_id,
            [(r.source_key, Offer(url=r.url, url_key=bytes(r.url_key), host=r.host, hints=())) for r in found],
        )


def sources_due(engine: Engine, sources: Sequence[str], *, now: datetime) -> frozenset[str]:
    """Those of these sources of which a URL is due."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT s.key FROM unnest(CAST(:sources AS text[])) AS s (key)
                WHERE EXISTS (SELECT FROM ops.candidate c WHERE c.source_key = s.key AND c.due_at <= :now)
            """),
            {"sources": list(sources), "now": now},
        )
        return frozenset(found.scalars())


def mend_due(engine: Engine, latest: Mapping[str, datetime], *, now: datetime) -> int:
    """Make URLs due now that are due later than any visit so far can have set: a run with a clock ahead did that.

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


def due(
    engine: Engine, *, run_id: str, host: str, now: datetime, oldest: Mapping[str, datetime] = MappingProxyType({})
) -> list[DueUrl]:
    """The run's undecided URLs of a host that are due, in the order in which they are to be visited (`visit_order`).

    Call it while holding the host's lease. URLs that another run has visited in the meantime become `known`. `oldest` is
    the time by source key before which what was never visited is `too_old`: it is no longer due.
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
                SELECT DISTINCT ON (c.url_key) c.url_key, c.url, c.host, c.source_key, c.hints, c.etag, c.last_modified,
                       c.last_url, c.last_captured_at, c.last_digest, c.first_visit_at, c.failures, c.offered_at, c.due_at, c.visits
                FROM ops.candidate c JOIN ops.run_url u USING (url_key)
                WHERE u.run_id = :run AND u.host = :host AND u.outcome IS NULL AND u.capture_id IS NULL
                ORDER BY c.url_key
            """),
            {"run": run_id, "host": host},
        )
        aged = [(each, each.age) for each in map(_due, found)]
        too_old = [each.url_key for each, age in aged if _is_too_old(each, age, oldest)]
        if too_old:
            _leave_to_fills(connection, run_id, too_old)
        left = set(too_old)
        aged = [(each, age) for each, age in aged if each.url_key not in left]
        aged.sort(key=lambda one: _order(one[0], one[1], now))
        return [each for each, _ in aged]


def _order(due: DueUrl, age: Age, now: datetime) -> tuple[int, float]:
    return visit_order(age, is_visited=due.first_visit_at is not None, due_at=due.due_at, now=now)


def _is_too_old(due: DueUrl, age: Age, oldest: Mapping[str, datetime]) -> bool:
    limit = oldest.get(due.source_key)
    return limit is not None and due.visits == 0 and age.at is not None and age.at < limit


def _leave_to_fills(connection: Connection, run_id: str, keys: list[bytes]) -> None:
    """What became too old while it waited, or was offered before there was a limit: no longer due, and counted."""
    keys.sort()
    connection.execute(
        text("UPDATE ops.candidate SET due_at = NULL WHERE url_key = ANY(CAST(:keys AS bytea[]))"), {"keys": keys}
    )
    connection.execute(
        text("""
            UPDATE ops.run_url SET outcome = :too_old
            WHERE run_id = :run AND url_key = ANY(CAST(:keys AS bytea[])) AND outcome IS NULL AND capture_id IS NULL
        """),
        {"too_old": Outcome.TOO_OLD.value, "run": run_id, "keys": keys},
    )


def known_keys(connection: Connection, keys: Sequence[bytes]) -> frozenset[bytes]:
    """Those of these URL keys that the frontier has."""
    query = text("SELECT url_key FROM ops.candidate WHERE url_key = ANY(CAST(:keys AS bytea[]))")
    return frozenset(bytes(key) for key in connection.execute(query, {"keys": sorted(keys)}).scalars())


def add_led(connection: Connection, led: Sequence[DueUrl]) -> None:
    """Add pages that relays led to; known ones stay. What they are visited for is recorded as a visit of theirs."""
    led = sorted(led, key=lambda each: each.url_key)
    connection.execute(
        text("""
            INSERT INTO ops.candidate (url_key, url, host, source_key, hints, offered_at)
            SELECT o.key, o.url, o.host, o.source, CAST(o.hints AS jsonb), o.at
            FROM unnest(CAST(:keys AS bytea[]), CAST(:urls AS text[]), CAST(:hosts AS text[]), CAST(:sources AS text[]),
                        CAST(:hints AS text[]), CAST(:at AS timestamptz[])) AS o (key, url, host, source, hints, at)
            ORDER BY o.key ON CONFLICT (url_key) DO NOTHING
        """),
        {
            "keys": [each.url_key for each in led],
            "urls": [each.url for each in led],
            "hosts": [each.host for each in led],
            "sources": [each.source_key for each in led],
            "hints": [hints_json(each.hints) for each in led],
            "at": [each.offered_at for each in led],
        },
    )


def candidates(connection: Connection, keys: Sequence[bytes]) -> list[DueUrl]:
    """The frontier's entries of URL keys; none for unknown ones."""
    found = connection.execute(
        text("""
            SELECT url_key, url, host, source_key, hints, etag, last_modified, last_url, last_captured_at, last_digest,
                   first_visit_at, failures, offered_at, due_at, visits
            FROM ops.candidate WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE
        """),
        {"keys": sorted(keys)},
    )
    return [_due(row) for row in found]


def defer(engine: Engine, *, run_id: str, sources: Sequence[str], why: str) -> None:
    """Set the undecided URLs of a run to `deferred`; they stay due."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                UPDATE ops.run_url SET outcome = :deferred, detail = :why
                WHERE run_id = :run AND source_key = ANY(:sources) AND outcome IS NULL AND capture_id IS NULL
            """),
            {"deferred": Outcome.DEFERRED.value, "why": why, "run": run_id, "sources": list(sources)},
        )


def _without_words(o: Offer) -> Offer:
    """Count an erased URL without storing it again: its key is stored in place of the URL."""
    assert o.url_key is not None
    return Offer(url=f"erased:{o.url_key.hex()}", url_key=o.url_key, host="", hints=(), outcome=Outcome.ERASED)


def _too_old(
    offers: Mapping[bytes, Offer],
    known: Mapping[bytes, Any],
    said: Mapping[bytes, Sequence[Hint]],
    oldest: datetime,
    now: datetime,
) -> frozenset[bytes]:
    """Of these URLs those that nobody has visited and that are older, by all that was ever said of them."""
    found = set()
    for key, o in offers.items():
        row = known.get(key)
        if row is not None and row.visits:
            continue
        before = said.get(key, ())
        offered_at = row.offered_at if row is not None else now
        at = age_of(o.url, merged_hints(before, o.hints), offered_at=offered_at).at
        if at is not None and at < oldest:
            found.add(key)
    return frozenset(found)


def _known(connection: Connection, keys: list[bytes]) -> dict[bytes, Any]:
    found = connection.execute(
        text("""
            SELECT url_key, due_at, hints, visits, offered_at FROM ops.candidate
            WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE
        """),
        {"keys": keys},
    )
    return {bytes(r.url_key): r for r in found}


def _add_candidates(
    connection: Connection,
    source_key: str,
    offers: Mapping[bytes, Offer],
    known: Mapping[bytes, Any],
    said: Mapping[bytes, Sequence[Hint]],
    now: datetime,
) -> frozenset[bytes]:
    """Add or update the candidates of what is offered; gives the keys that are not due now.

    Rows are locked in the order of their keys, here as in `visits.record`: two that touch the same ones do not wait for
    each other in a circle.
    """
    new, changed, not_due = [], [], set()
    named_before = [(said[key], offers[key].hints) for key in offers if key in known]
    trusts_times = not moves_all(named_before)
    for key in sorted(offers):
        if key not in known:
            new.append(key)
            continue
        before = said[key]
        after = merged_hints(before, offers[key].hints)
        due_at = known[key].due_at
        # Never visited and not due: it was too old for live runs.
        is_due = due_at <= now if due_at is not None else not known[key].visits
        is_due = is_due or says_changed(before, offers[key].hints, trusts_times=trusts_times)
        if after != before or is_due:
            changed.append((key, hints_json(after), is_due))
        if not is_due:
            not_due.add(key)
    if new:
        connection.execute(
            text("""
                INSERT INTO ops.candidate (url_key, url, host, source_key, hints, offered_at, due_at)
                SELECT o.key, o.url, o.host, :source, CAST(o.hints AS jsonb), :now, :now
                FROM unnest(CAST(:keys AS bytea[]), CAST(:urls AS text[]), CAST(:hosts AS text[]),
                            CAST(:hints AS text[])) AS o (key, url, host, hints)
                ORDER BY o.key ON CONFLICT (url_key) DO NOTHING
            """),
            {
                "source": source_key,
                "now": now,
                "keys": new,
                "urls": [offers[key].url for key in new],
                "hosts": [offers[key].host for key in new],
                "hints": [hints_json(merged_hints((), offers[key].hints)) for key in new],
            },
        )
    if changed:
        keys, words, is_due_now = zip(*changed, strict=True)
        connection.execute(
            text("""
                UPDATE ops.candidate c SET hints = CAST(o.hints AS jsonb),
                    due_at = CASE WHEN o.is_due THEN LEAST(c.due_at, :now) ELSE c.due_at END
                FROM unnest(CAST(:keys AS bytea[]), CAST(:hints AS text[]), CAST(:is_due AS boolean[]))
                    AS o (key, hints, is_due)
                WHERE c.url_key = o.key
            """),
            {"now": now, "keys": list(keys), "hints": list(words), "is_due": list(is_due_now)},
        )
    return frozenset(not_due)


def _taken(connection: Connection, run_id: str, source_key: str, keys: list[bytes]) -> dict[bytes, str]:
    """The URL that already represents a key in the run: from another source or another attempt."""
    found = connection.execute(
        text("""
            SELECT url_key, source_key, url FROM ops.run_url
            WHERE run_id = :run AND url_key = ANY(CAST(:keys AS bytea[]))
              AND outcome IS DISTINCT FROM 'duplicate_candidate'
        """),
        {"run": run_id, "keys": keys},
    )
    return {bytes(r.url_key): r.url if r.source_key == source_key else "" for r in found}


def _add_run_urls(connection: Connection, run_id: str, offers: Sequence[tuple[str, Offer]]) -> None:
    """Add offers of sources to a run; existing ones keep their outcome."""
    if not offers:
        return
    first: dict[tuple[str, str], Offer] = {}
    for source_key, o in offers:
        first.setdefault((source_key, o.url), o)
    found = list(first.values())
    connection.execute(
        text("""
            INSERT INTO ops.run_url (run_id, source_key, url_digest, url_key, url, host, outcome, detail)
            SELECT :run, o.* FROM unnest(
                CAST(:sources AS text[]), CAST(:digests AS bytea[]), CAST(:keys AS bytea[]), CAST(:urls AS text[]),
                CAST(:hosts AS text[]), CAST(:outcomes AS text[]), CAST(:details AS text[])) AS o
            ON CONFLICT (run_id, source_key, url_digest) DO UPDATE SET outcome = NULL
            WHERE run_url.outcome = :too_old AND EXCLUDED.outcome IS NULL
        """),
        {
            "run": run_id,
            "too_old": Outcome.TOO_OLD.value,  # until another document says that it is new
            "sources": [source_key for source_key, _ in first],
            "digests": [hashlib.sha256(o.url.encode("utf-8", "surrogatepass")).digest() for o in found],
            "keys": [o.url_key for o in found],
            "urls": [o.url for o in found],
            "hosts": [o.host for o in found],
            "outcomes": [o.outcome.value if o.outcome else None for o in found],
            "details": [o.detail or None for o in found],
        },
    )


def _due(row: Any) -> DueUrl:
    return DueUrl(
        url_key=bytes(row.url_key),
        url=row.url,
        host=row.host,
        source_key=row.source_key,
        hints=hints.hints_of(row.hints),
        etag=row.etag,
        last_modified=row.last_modified,
        last_url=row.last_url,
        last_captured_at=row.last_captured_at,
        last_digest=row.last_digest,
        first_visit_at=row.first_visit_at,
        failures=row.failures,
        offered_at=row.offered_at,
        due_at=row.due_at,
        visits=row.visits,
    )


def hints_json(found: Sequence[Hint]) -> str:
    return to_json([hints.values_of(h) for h in found])
