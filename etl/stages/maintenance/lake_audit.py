"""The lake held against the warehouse: every capture of every WARC file is loaded, rejected, open work, or gone for a reason.

That is what no kill, fault or lost row may break. `lost` says it of captures by id, `audit` of files of the lake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import Connection, Engine, text

from etl.lake import believing, rewriting, silver, warc
from etl.lake.identity import capture_id
from etl.lake.records import BadRecord
from etl.model import LOADED, Capture
from etl.stages.maintenance.erase import keys_of
from etl.stages.process.extract_load import cut
from etl.stages.resources import Resources
from etl.warehouse.load import load
from etl.warehouse.maintenance import erasure
from etl.warehouse.ops import segments

CHUNK = 2000

# Of captures by id: those without a row, without a word on what was done with them, without the values that were read
# of them, or without the article that these make.
LOST = """
WITH wanted AS (SELECT unnest(CAST(:ids AS bytea[])) AS capture_id)
SELECT w.capture_id,
       CASE WHEN c.capture_id IS NULL THEN 'no row of core.capture'
            WHEN p.n IS NULL THEN 'no row of ops.processed or ops.reject'
            WHEN p.unread > 0 THEN 'no row of core.observation'
            ELSE 'no row of core.article' END AS lacks
FROM wanted w
LEFT JOIN core.capture c USING (capture_id)
LEFT JOIN LATERAL (
    SELECT count(*) AS n, min(p.rules_version) AS first, max(p.rules_version) AS last,
           count(*) FILTER (WHERE p.outcome = ANY(CAST(:loaded AS text[])) AND NOT EXISTS (
               SELECT FROM core.observation o
               WHERE o.capture_id = p.capture_id AND o.rules_version = p.rules_version)) AS unread
    FROM ops.processed p WHERE p.capture_id = w.capture_id HAVING count(*) > 0) p ON true
LEFT JOIN ops.reject r ON r.reject_id = w.capture_id
WHERE CASE WHEN c.capture_id IS NULL THEN r.reject_id IS NULL
           WHEN p.n IS NULL THEN r.reject_id IS NULL
           ELSE p.unread > 0 OR (
               EXISTS (SELECT FROM core.observation o WHERE o.capture_id = w.capture_id)
               AND NOT EXISTS (SELECT FROM core.article a JOIN core.revision v USING (url_key)
                               WHERE a.url_key = c.url_key)
               -- Of an article that is on its way to other rules nobody can say.
               AND NOT EXISTS (SELECT FROM core.capture k JOIN ops.processed q USING (capture_id)
                               WHERE k.url_key = c.url_key AND q.rules_version <> p.first))
      END
"""

# What was noted of a capture without a row, or of values that are not there.
FORGET_PROCESSED = """
DELETE FROM ops.processed p WHERE p.capture_id = ANY(CAST(:ids AS bytea[]))
  AND (NOT EXISTS (SELECT FROM core.capture c WHERE c.capture_id = p.capture_id)
       OR p.outcome = ANY(CAST(:loaded AS text[])) AND NOT EXISTS (
           SELECT FROM core.observation o WHERE o.capture_id = p.capture_id AND o.rules_version = p.rules_version))
"""
ROWS_OF = """
SELECT COALESCE((SELECT records FROM ops.segment WHERE warc = :warc AND loaded_at IS NOT NULL), 0) AS expected,
       (SELECT count(*) FROM core.capture WHERE warc = :warc)
       + (SELECT count(*) FROM ops.reject WHERE warc = :warc AND capture_id IS NULL) AS found
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A record of the lake that the warehouse cannot account for."""

    warc: str
    offset: int
    url: str | None
    lacks: str
    capture_id: bytes | None = None  # None for a record that cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a look at the lake found."""

    warcs: int = 0
    captures: int = 0  # and records that cannot be read
    open: int = 0  # of them, in files that are open work
    missing: tuple[Missing, ...] = ()
    absent: tuple[str, ...] = ()  # files that rows point to, and that are not in the lake
    unknown: tuple[str, ...] = field(default=())  # files of the lake that no row knows and that hold something missing

    @property
    def by_warc(self) -> dict[str, int]:
        """How many records of each file are missing."""
        counts: dict[str, int] = {}
        for one in self.missing:
            counts[one.warc] = counts.get(one.warc, 0) + 1
        return counts


def audit(r: Resources, *, names: Sequence[str] | None = None) -> Audit:
    """Hold files of the lake (all of them, listed) against the warehouse. Reads them whole and changes nothing.

    To be asked while nothing is being loaded: what is on its way is no longer open and not yet there.
    """
    buried = erasure.buried(r.engine)
    not_loaded = segments.still_open(r.engine)
    listed = list(rewriting.warcs(r.store)) if names is None else list(names)
    missing: list[Missing] = []
    captures = open_captures = 0
    for name in listed:
        records = warc.read(r.store, name, until=believing.until(r.store, name))
        while chunk := list(islice(records, CHUNK)):
            captures += len(chunk)
            if name in not_loaded:
                open_captures += len(chunk)
            else:
                missing += _missing(r, name, chunk, buried)
    known = segments.known(r.engine, listed)
    return Audit(
        warcs=len(listed),
        captures=captures,
        open=open_captures,
        missing=tuple(missing),
        absent=_absent(r.engine, set(listed)) if names is None else (),
        unknown=tuple(sorted({one.warc for one in missing} - known)),
    )


def lost(connection: Connection, ids: Collection[bytes]) -> dict[bytes, str]:
    """Of captures by id those whose rows are not all there, with what is lacking."""
    values = {"ids": sorted(ids), "loaded": [outcome.value for outcome in LOADED]}
    return {bytes(row.capture_id): row.lacks for row in connection.execute(text(LOST), values)}


def reopen(r: Resources, found: Audit) -> tuple[str, ...]:
    """Make files with something missing open work again, those too that no row knows; their names.

    What the ledger and `ops.processed` say of rows that are not there is forgotten: they are loaded as if never before.
    """
    for name in found.by_warc:
        parts = warc.scan(r.store, name)
        records, size = sum(part.captures for part in parts), r.store.size(name)
        batches = [silver.name_for(name, r.rules_version), *(batch.silver for batch in cut(r, name))]
        ids = sorted(one.capture_id for one in found.missing if one.warc == name and one.capture_id)
        with r.engine.begin() as connection:
            segments.add(connection, name, records=records, size=size)
            segments.reopen(connection, name)
            load.forget(connection, batches)
            connection.execute(text(FORGET_PROCESSED), {"ids": ids, "loaded": [o.value for o in LOADED]})
    return tuple(found.by_warc)


def is_doubtful(r: Resources, name: str) -> bool:
    """Whether rows of a loaded file may be missing, by what the database says; the file itself then tells which."""
    with r.engine.connect() as connection:
        rows = connection.execute(text(ROWS_OF), {"warc": name}).one()
        ids = list(
            connection.execute(text("SELECT capture_id FROM core.capture WHERE warc = :warc"), {"warc": name}).scalars()
        )
        return rows.expected > rows.found or bool(lost(connection, ids))


def _missing(
    r: Resources, name: str, records: Iterable[Capture | BadRecord], buried: frozenset[bytes]
) -> Iterator[Missing]:
    captures: dict[bytes, Capture] = {}
    unread: dict[int, BadRecord] = {}
    for record in records:
        if isinstance(record, BadRecord):
            unread[record.offset] = record
        else:
            captures[capture_id(record.target_uri, record.captured_at, record.payload_digest)] = record
    with r.engine.connect() as connection:
        lacking = lost(connection, captures)
        noted = connection.execute(
            text("""
                SELECT warc_offset FROM ops.reject
                WHERE warc = :warc AND warc_offset = ANY(CAST(:offsets AS bigint[]))
            """),
            {"warc": name, "offsets": sorted(unread)},
        )
        for offset in noted.scalars():
            unread.pop(offset, None)
    for offset, bad in unread.items():
        yield Missing(warc=name, offset=offset, url=bad.target_uri, lacks="no row of ops.reject")
    for one, lacks in lacking.items():
        capture = captures[one]
        if keys_of(capture.target_uri, r.registry) & buried:
            continue
        offset = capture.place.offset if capture.place else 0
        yield Missing(warc=name, offset=offset, url=capture.target_uri, lacks=lacks, capture_id=one)


def _absent(engine: Engine, listed: Collection[str]) -> tuple[str, ...]:
    with engine.connect() as connection:
        pointed = connection.execute(
            text("""
                SELECT DISTINCT warc FROM core.capture WHERE warc IS NOT NULL
                UNION SELECT warc FROM ops.segment WHERE published_at IS NOT NULL
            """)
        )
        return tuple(sorted(set(pointed.scalars()) - set(listed)))
