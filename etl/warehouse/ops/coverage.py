"""The coverage of published days, and how their archives were read: `ops.source_day`, `news.coverage`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, text

from etl.states import CoverageState, ListingState
from etl.warehouse.ops.expected_urls import MAY_PASS, SETTLED_AFTER, ExpectedUrl, end_of, record_expected


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDay:
    """How an archive was read for a day of a source."""

    state: ListingState
    listed_at: datetime
    error: str | None

    def is_final(self, day: date) -> bool:
        """Whether reading it again would show nothing new."""
        return self.state.is_whole and self.listed_at >= end_of(day) + SETTLED_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A row of `news.coverage`."""

    source_key: str
    day: date
    state: CoverageState
    expected: int
    expected_from: Mapping[str, int]
    loaded: int
    missing: int
    missing_by: Mapping[str, int]

    @property
    def obtainable(self) -> int:
        """How many of the missing a later run may still get."""
        return sum(n for reason, n in self.missing_by.items() if reason in OBTAINABLE)


OBTAINABLE = frozenset({"not_fetched", "not_loaded", *(outcome.value for outcome in MAY_PASS)})


def listed(engine: Engine, *, sources: Sequence[str], days: Iterable[date]) -> dict[tuple[str, date, str], ListedDay]:
    """How the archives were read for these days, by (source, day, via)."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT source_key, day, via, state, listed_at, error FROM ops.source_day
                WHERE source_key = ANY(:sources) AND day = ANY(:days)
            """),
            {"sources": list(sources), "days": list(days)},
        )
        return {
            (r.source_key, r.day, r.via): ListedDay(state=ListingState(r.state), listed_at=r.listed_at, error=r.error)
            for r in found
        }


def record_listing(
    connection: Connection,
    *,
    source_key: str,
    via: str,
    days: Sequence[date],
    expected: Sequence[ExpectedUrl],
    state: ListingState,
    requests: int,
    error: str | None,
    at: datetime,
) -> None:
    """Record the URLs that an archive lists for days of a source; earlier ones stay. A repetition changes nothing.

    Each of `expected` has hints; `via` is the archive that was read.
    """
    record_expected(connection, expected)
    counts = Counter(day for day, _ in {(e.day, e.key) for e in expected})
    for n, day in enumerate(sorted(days)):
        connection.execute(
            text("""
                INSERT INTO ops.source_day AS d (source_key, day, via, state, named, requests, error, listed_at)
                VALUES (:source, :day, :via, :state, :named, :requests, :error, :at)
                ON CONFLICT (source_key, day, via) DO UPDATE SET state = excluded.state,
                    named = GREATEST(d.named, excluded.named), requests = d.requests + excluded.requests,
                    error = excluded.error, listed_at = excluded.listed_at
            """),
            {
                "source": source_key,
                "day": day,
                "via": via,
                "state": state.value,
                "named": counts[day],
                "requests": requests if n == 0 else 0,  # one walk may be for many days
                "error": error or None,
                "at": at,
            },
        )


def coverage(engine: Engine, *, sources: Sequence[str], first: date, last: date) -> list[Coverage]:
    """The coverage of sources over days, by day and source."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT source_key, day, state, expected, expected_from, loaded, missing, missing_by
                FROM news.coverage WHERE day BETWEEN :first AND :last AND source_key = ANY(:sources)
                ORDER BY day, source_key
            """),
            {"sources": list(sources), "first": first, "last": last},
        )
        return [Coverage(**{**r._mapping, "state": CoverageState(r.state)}) for r in found]


def open_days(engine: Engine, *, sources: Sequence[str], first: date, last: date) -> list[date]:
    """The days that have entries and are not final, the first one first."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT DISTINCT day FROM news.coverage
                WHERE day BETWEEN :first AND :last AND state <> 'final' AND source_key = ANY(CAST(:sources AS text[]))
                ORDER BY day
            """),
            {"first": first, "last": last, "sources": list(sources)},
        )
        return list(found.scalars())


def mean_bytes(engine: Engine, host: str) -> int | None:
    """The mean size of a host's pages, of the last that were read; None if none were."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT avg(bytes)::bigint FROM (
                    SELECT bytes FROM ops.fetch_log WHERE host = :host AND kind = 'page' AND status = 200
                    ORDER BY fetched_at DESC LIMIT 200) last
            """),
            {"host": host},
        ).scalar()
        return int(found) if found is not None else None


def date_archive(engine: Engine, source_key: str) -> tuple[str, datetime] | None:
    """The detected pattern of a site's pages of past days ("" for none), and when it was detected."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT pattern, checked_at FROM ops.date_archive WHERE source_key = :source"), {"source": source_key}
        ).first()
        return (found.pattern, found.checked_at) if found else None


def keep_date_archive(engine: Engine, source_key: str, pattern: str, at: datetime) -> None:
    """Store the detected pattern of a site's pages of past days."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO ops.date_archive (source_key, pattern, checked_at) VALUES (:source, :pattern, :at)
                ON CONFLICT (source_key) DO UPDATE SET pattern = excluded.pattern, checked_at = excluded.checked_at
            """),
            {"source": source_key, "pattern": pattern, "at": at},
        )
