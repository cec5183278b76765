"""The ledger of archives: how far each file was read, what of it was loaded, and when the next request is polite."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from etl.warehouse.ops.hosts import LONGEST_REST


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a file was read for a set of hosts."""

    next_offset: int = 0
    records: int = 0
    kept: int = 0
    bad: int = 0
    is_done: bool = False


def hosts_digest(hosts: Sequence[str]) -> str:
    """The name of a set of hosts."""
    return hashlib.sha256("\n".join(sorted(set(hosts))).encode()).hexdigest()[:32]


def uncovered(engine: Engine, *, archive: str, name: str, hosts: Sequence[str]) -> list[str]:
    """The hosts for which a file was not read to its end yet."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT DISTINCT unnest(h.hosts) AS host FROM ops.archive_file f JOIN ops.archive_hosts h USING (hosts_digest)
                WHERE f.archive = :archive AND f.name = :name AND f.is_done
            """),
            {"archive": archive, "name": name},
        )
        return sorted(set(hosts) - {r.host for r in found})


def progress(engine: Engine, *, archive: str, name: str, hosts: Sequence[str]) -> Progress:
    """How far a file was read for these hosts; from its start when it never was."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT next_offset, records, kept, bad, is_done FROM ops.archive_file
                WHERE archive = :archive AND name = :name AND hosts_digest = :digest
            """),
            {"archive": archive, "name": name, "digest": hosts_digest(hosts)},
        ).first()
        return Progress(**found._mapping) if found else Progress()


def advance(
    connection: Connection, *, archive: str, name: str, hosts: Sequence[str], to: Progress, at: datetime
) -> None:
    """Record how far a file was read, in the transaction that records what was kept of it."""
    digest = hosts_digest(hosts)
    connection.execute(
        text("INSERT INTO ops.archive_hosts (hosts_digest, hosts) VALUES (:digest, :hosts) ON CONFLICT DO NOTHING"),
        {"digest": digest, "hosts": sorted(set(hosts))},
    )
    connection.execute(
        text("""
            INSERT INTO ops.archive_file
                (archive, name, hosts_digest, is_done, next_offset, records, kept, bad, updated_at)
            VALUES (:archive, :name, :digest, :is_done, :next_offset, :records, :kept, :bad, :at)
            ON CONFLICT (archive, name, hosts_digest) DO UPDATE SET is_done = excluded.is_done,
                next_offset = excluded.next_offset, records = excluded.records, kept = excluded.kept,
                bad = excluded.bad, updated_at = excluded.updated_at
        """),
        {
            "archive": archive,
            "name": name,
            "digest": digest,
            "is_done": to.is_done,
            "next_offset": to.next_offset,
            "records": to.records,
            "kept": to.kept,
            "bad": to.bad,
            "at": at,
        },
    )


@contextmanager
def alone_with(engine: Engine, *, archive: str, name: str) -> Iterator[None]:
    """Lock a file for one reader at a time, waiting for another; released when the process ends, even by SIGKILL."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = int.from_bytes(hashlib.sha256(f"{archive} {name}".encode()).digest()[:8], "big", signed=True)
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


def reserve_request(engine: Engine, *, archive: str, every_s: float) -> float:
    """Reserve the next request to an archive, at one pace over all processes; returns the seconds to wait for it."""
    with engine.begin() as connection:
        found = connection.execute(
            text("""
                INSERT INTO ops.archive_pace AS p (archive, next_at) VALUES (:archive, now() + :every)
                ON CONFLICT (archive) DO UPDATE SET next_at = GREATEST(LEAST(p.next_at, now() + :longest), now()) + :every
                RETURNING EXTRACT(epoch FROM next_at - CAST(:every AS interval) - now())
            """),
            {"archive": archive, "every": timedelta(seconds=every_s), "longest": LONGEST_REST},
        ).scalar_one()
        return max(0.0, float(found))


def rest(engine: Engine, *, archive: str, seconds: float) -> None:
    """Pause all requests to an archive for a while, as it requested."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.archive_pace SET next_at = GREATEST(next_at, now() + :rest) WHERE archive = :archive"),
            {"archive": archive, "rest": timedelta(seconds=seconds)},
        )
