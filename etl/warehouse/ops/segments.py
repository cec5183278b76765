"""WARC files of the lake and their states: `ops.segment`.

    announce ─→ (the file is put into the lake) ─→ published ─→ loaded

A segment that is published but not loaded is open work, whichever run wrote it. The process that works on it holds it; what
a process that is gone holds, any other may take. Times are the database's, since they are about live processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl import processes
from etl.model import FILE_ARCHIVES, FoundVia
from etl.untrusted_text import storable
from etl.warehouse.ops import expected_urls

# A holder renews with every batch that it loads; a batch takes seconds.
HELD_SECONDS = 900
# Where several rows are locked, always in one order: two processes never wait for each other.
_LOCKED = "SELECT warc FROM ops.segment WHERE {which} ORDER BY announced_at, warc FOR UPDATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSegment:
    """A WARC file that is not loaded. `is_published` False: it was announced, and may be in the lake or not."""

    warc: str
    run_id: str | None
    batch: str | None
    records: int
    is_published: bool
    is_lapsed: bool  # its holder's time is over: no upload of it can still arrive
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """Counts of all open work, and the errors of the last tries to load it."""

    segments: int
    records: int
    oldest: datetime | None
    problems: tuple[tuple[str, str], ...]  # WARC, why


def announce(
    engine: Engine,
    warc: str,
    *,
    run_id: str | None = None,
    batch: str | None = None,
    records: int,
    size: int,
    holder: str | None = None,
) -> None:
    """Announce, in its own transaction, that a file of this name is about to be put into the lake. An existing entry stays.

    A file that was announced but never arrived belongs to this run from then on: reading an archive again gives the same
    bytes, and so the same name.
    """
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO ops.segment (warc, run_id, batch, records, bytes, holder, held_until)
                VALUES (:warc, :run, :batch, :records, :bytes, :holder, now() + :held)
                ON CONFLICT (warc) DO UPDATE SET run_id = excluded.run_id, batch = excluded.batch,
                    holder = excluded.holder, held_until = excluded.held_until
                WHERE ops.segment.published_at IS NULL AND ops.segment.loaded_at IS NULL
            """),
            {
                "warc": warc,
                "run": run_id,
                "batch": batch,
                "records": records,
                "bytes": size,
                "holder": holder or processes.name_of_this(),
                "held": timedelta(seconds=HELD_SECONDS),
            },
        )


def published(connection: Connection, warc: str) -> bool | None:
    """Record that an announced file is in the lake, in the transaction that records its visits.

    False when that was recorded before: another process took it for abandoned, and has recorded its visits as well. None
    when it is not announced (any more).
    """
    before = connection.execute(
        text("SELECT published_at IS NOT NULL AS was_noted FROM ops.segment WHERE warc = :warc FOR UPDATE"),
        {"warc": warc},
    ).first()
    if before is None:
        return None
    connection.execute(
        text("""
            UPDATE ops.segment SET published_at = now(), held_until = now() + :held
            WHERE warc = :warc AND published_at IS NULL
        """),
        {"warc": warc, "held": timedelta(seconds=HELD_SECONDS)},
    )
    return not before.was_noted


def measure(connection: Connection, warc: str, *, records: int, size: int) -> None:
    """Record the number of records and bytes of a file that was announced without them."""
    connection.execute(
        text("UPDATE ops.segment SET records = :records, bytes = :bytes WHERE warc = :warc"),
        {"warc": warc, "records": records, "bytes": size},
    )


def add(
    connection: Connection, warc: str, *, records: int, size: int, run_id: str | None = None, batch: str | None = None
) -> None:
    """Record a file that is in the lake. An existing entry stays as it is."""
    connection.execute(
        text("""
            INSERT INTO ops.segment (warc, run_id, batch, records, bytes, published_at)
            VALUES (:warc, :run, :batch, :records, :bytes, now())
            ON CONFLICT (warc) DO UPDATE SET published_at = COALESCE(ops.segment.published_at, now()),
                records = excluded.records, bytes = excluded.bytes
            WHERE ops.segment.published_at IS NULL
        """),
        {"warc": warc, "run": run_id, "batch": batch, "records": records, "bytes": size},
    )


def loaded(engine: Engine, warc: str) -> None:
    """Record that a file is loaded completely, including its catch-up."""
    with engine.begin() as connection:
        batch = connection.execute(
            text("""
                UPDATE ops.segment SET loaded_at = now(), published_at = COALESCE(published_at, now()),
                                       holder = NULL, held_until = NULL, problem = NULL
                WHERE warc = :warc AND loaded_at IS NULL RETURNING batch
            """),
            {"warc": warc},
        ).scalar()
        if batch in FILE_ARCHIVES:
            expected_urls.note_loaded(connection, via=FoundVia(batch), warc=warc)


def reopen(connection: Connection, warc: str) -> None:
    """Make a file open work again: rows of it are missing. Its batches leave the ledger by `ledger.forget`."""
    connection.execute(
        text("""
            UPDATE ops.segment SET loaded_at = NULL, holder = NULL, held_until = NULL,
                                   published_at = COALESCE(published_at, now())
            WHERE warc = :warc
        """),
        {"warc": warc},
    )


def take(
    engine: Engine,
    *,
    holder: str,
    run_id: str | None = None,
    batch: str | None = None,
    without: Collection[str] = (),
    limit: int | None = None,
) -> list[OpenSegment]:
    """Take open segments that no other process holds, the oldest first; with a run (and a batch of it) those that it wrote.

    They are held until they are loaded or released. Segments of a holder that is gone are taken as well: at once if it was
    a process of this machine, else when its time is over. `without` leaves some out.

    A row that another transaction has locked is waited for, never passed over: the server may not have noticed yet that
    the process of that transaction was killed.
    """
    with engine.begin() as connection:
        while True:
            seen = connection.execute(
                text("""
                    SELECT warc, holder, held_until, COALESCE(held_until < now(), true) AS is_lapsed FROM ops.segment
                    WHERE loaded_at IS NULL AND (CAST(:run AS text) IS NULL OR run_id = :run)
                      AND (CAST(:batch AS text) IS NULL OR batch = :batch)
                      AND NOT warc = ANY(CAST(:without AS text[]))
                    ORDER BY announced_at, warc
                """),
                {"run": run_id, "batch": batch, "without": sorted(without)},
            )
            free = [s for s in seen if s.holder in (None, holder) or s.is_lapsed or processes.is_gone(s.holder)][:limit]
            taken = _taken(connection, free, holder=holder)
            if taken or not free:  # else all went to others while we waited: look again
                return taken


def _taken(connection: Connection, free: Sequence[Any], *, holder: str) -> list[OpenSegment]:
    """Those of these rows that are still as they were seen; they are this holder's from now on."""
    found = connection.execute(
        text(f"""
            UPDATE ops.segment s SET holder = :holder,
                held_until = CASE WHEN s.published_at IS NULL THEN s.held_until ELSE now() + :held END
            FROM ({_LOCKED.format(which="warc = ANY(CAST(:warcs AS text[]))")}) AS locked,
                 unnest(CAST(:warcs AS text[]), CAST(:holders AS text[]), CAST(:until AS timestamptz[]))
                     AS seen (warc, holder, held_until)
            WHERE s.warc = locked.warc AND s.warc = seen.warc AND s.loaded_at IS NULL
              AND s.holder IS NOT DISTINCT FROM seen.holder AND s.held_until IS NOT DISTINCT FROM seen.held_until
            RETURNING s.warc, s.run_id, s.batch, s.records, s.published_at IS NOT NULL AS is_published, s.problem
        """),
        {
            "holder": holder,
            "held": timedelta(seconds=HELD_SECONDS),
            "warcs": [s.warc for s in free],
            "holders": [s.holder for s in free],
            "until": [s.held_until for s in free],
        },
    )
    by_warc = {row.warc: row for row in found}
    return [_segment(by_warc[s.warc], is_lapsed=s.is_lapsed) for s in free if s.warc in by_warc]


def hold(engine: Engine, warcs: Collection[str], *, holder: str) -> None:
    """Renew what this holder has taken."""
    with engine.begin() as connection:
        connection.execute(
            text(f"""
                UPDATE ops.segment s SET held_until = now() + :held
                FROM ({_LOCKED.format(which="warc = ANY(CAST(:warcs AS text[]))")}) AS locked
                WHERE s.warc = locked.warc AND s.holder = :holder AND s.loaded_at IS NULL
            """),
            {"held": timedelta(seconds=HELD_SECONDS), "warcs": sorted(warcs), "holder": holder},
        )


def give_back(engine: Engine, *, holder: str) -> None:
    """Release what this holder has not loaded. Announced segments keep their time: an upload may still arrive."""
    with engine.begin() as connection:
        connection.execute(
            text(f"""
                UPDATE ops.segment s SET holder = NULL,
                    held_until = CASE WHEN s.published_at IS NULL THEN s.held_until END
                FROM ({_LOCKED.format(which="holder = :holder AND loaded_at IS NULL")}) AS locked
                WHERE s.warc = locked.warc AND s.holder = :holder AND s.loaded_at IS NULL
            """),
            {"holder": holder},
        )


def drop(engine: Engine, warc: str) -> None:
    """Delete the entry of an announced file that never arrived in the lake."""
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM ops.segment WHERE warc = :warc AND published_at IS NULL AND loaded_at IS NULL"),
            {"warc": warc},
        )


def note_problem(engine: Engine, warc: str, problem: str | None) -> None:
    """Record why a file cannot be loaded; `doctor` and `status` show it until it is loaded."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.segment SET problem = :problem WHERE warc = :warc"),
            {"warc": warc, "problem": storable(problem)[:2000] if problem else None},
        )


def named(engine: Engine, *, run_id: str, batch: str | None = None) -> tuple[str, ...]:
    """The published WARCs that a run (a batch of it) has written, in all its attempts, loaded or not."""
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT warc FROM ops.segment
                WHERE run_id = :run AND (CAST(:batch AS text) IS NULL OR batch = :batch) AND published_at IS NOT NULL
                ORDER BY announced_at, warc
            """),
            {"run": run_id, "batch": batch},
        )
        return tuple(found.scalars())


def still_open(engine: Engine) -> frozenset[str]:
    """The files that are not loaded, announced ones included."""
    with engine.connect() as connection:
        return frozenset(connection.execute(text("SELECT warc FROM ops.segment WHERE loaded_at IS NULL")).scalars())


def known(engine: Engine, warcs: Collection[str]) -> frozenset[str]:
    """Those of these files that have an entry."""
    query = text("SELECT warc FROM ops.segment WHERE warc = ANY(CAST(:warcs AS text[]))")
    with engine.connect() as connection:
        return frozenset(connection.execute(query, {"warcs": sorted(warcs)}).scalars())


def is_loaded(connection: Connection, warc: str) -> bool:
    """Whether a file is not open work: it is loaded, or has no entry."""
    query = text("SELECT NOT EXISTS (SELECT FROM ops.segment WHERE warc = :warc AND loaded_at IS NULL)")
    return bool(connection.execute(query, {"warc": warc}).scalar())


def open_work(engine: Engine) -> OpenWork:
    """Counts of what is published but not loaded."""
    with engine.connect() as connection:
        counted = connection.execute(
            text("""
                SELECT count(*) AS segments, COALESCE(sum(records), 0) AS records, min(announced_at) AS oldest
                FROM ops.segment WHERE loaded_at IS NULL AND published_at IS NOT NULL
            """)
        ).one()
        problems = connection.execute(
            text("""
                SELECT warc, problem FROM ops.segment WHERE loaded_at IS NULL AND problem IS NOT NULL
                ORDER BY announced_at, warc LIMIT 20
            """)
        )
        return OpenWork(
            segments=counted.segments,
            records=counted.records,
            oldest=counted.oldest,
            problems=tuple((p.warc, p.problem) for p in problems),
        )


def give_up(engine: Engine, warc: str, *, why: str) -> bool:
    """Drop a file that cannot be loaded: a reject records it, and its pages become due again. False if it is not open work."""
    values = {"warc": warc, "why": why, "id": hashlib.sha256(f"given up {warc}".encode()).digest()}
    with engine.begin() as connection:
        found = connection.execute(
            text("""
                UPDATE ops.segment SET loaded_at = now(), holder = NULL, held_until = NULL, problem = NULL, records = 0
                WHERE warc = :warc AND loaded_at IS NULL RETURNING run_id
            """),
            values,
        ).first()
        if found is None:
            return False
        connection.execute(
            text("""
                INSERT INTO ops.reject (reject_id, warc, warc_offset, stage, reason, detail, rules_version)
                VALUES (:id, :warc, 0, 'read', 'quarantined', :why, '') ON CONFLICT DO NOTHING
            """),
            values,
        )
        # Of a run with other open files nobody can say which of its captures were in this one: they are decided last.
        undecided = """
            u.run_id = :run AND u.outcome IS NULL AND u.capture_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM core.capture c WHERE c.capture_id = u.capture_id)
            AND NOT EXISTS (SELECT FROM ops.segment s WHERE s.run_id = :run AND s.loaded_at IS NULL)
        """
        connection.execute(
            text(f"""
                UPDATE ops.candidate c SET due_at = c.offered_at, etag = NULL, last_modified = NULL, last_url = NULL,
                                           last_captured_at = NULL, last_digest = NULL
                FROM ops.run_url u WHERE c.url_key = u.url_key AND {undecided}
            """),
            {"run": found.run_id},
        )
        connection.execute(
            text(f"UPDATE ops.run_url u SET outcome = 'quarantined', detail = :why WHERE {undecided}"),
            {"run": found.run_id, "why": why},
        )
        return True


def switch(connection: Connection, old: Sequence[str], new: str, *, records: int, size: int) -> None:
    """Record a file that replaces others: as loaded if they all were, else as open work."""
    connection.execute(
        text("""
            INSERT INTO ops.segment (warc, run_id, batch, records, bytes, announced_at, published_at, loaded_at)
            SELECT :new, min(run_id), min(batch), :records, :bytes, min(announced_at),
                   COALESCE(max(published_at), now()), CASE WHEN bool_and(loaded_at IS NOT NULL) THEN max(loaded_at) END
            FROM ops.segment WHERE warc = ANY(CAST(:old AS text[])) HAVING count(*) > 0
            ON CONFLICT DO NOTHING
        """),
        {"old": list(old), "new": new, "records": records, "bytes": size},
    )


def forget(connection: Connection, warcs: Collection[str]) -> None:
    """Delete the entries of files that are deleted from the lake, or are about to be."""
    connection.execute(text("DELETE FROM ops.segment WHERE warc = ANY(CAST(:w AS text[]))"), {"w": sorted(warcs)})


def _segment(row: Any, *, is_lapsed: bool) -> OpenSegment:
    return OpenSegment(
        warc=row.warc,
        run_id=row.run_id,
        batch=row.batch,
        records=row.records,
        is_published=row.is_published,
        is_lapsed=is_lapsed,
        problem=row.problem,
    )
