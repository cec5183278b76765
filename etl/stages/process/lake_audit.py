"""Audits lake and warehouse: every capture of every WARC file is loaded, rejected, open work, or deleted for a known reason.

This has to hold after every SIGKILL, fault or lost row. `lost` checks captures by id, `audit` files of the lake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from etl.lake import date_limits, rewriting, silver, warc
from etl.lake.identity import capture_id
from etl.lake.records import BadRecord
from etl.model import Capture
from etl.stages.process.extract_load import cut
from etl.stages.resources import Resources
from etl.warehouse import captures
from etl.warehouse.load import ledger
from etl.warehouse.ops import erased, lost_rows, rejects, segments

CHUNK = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRecord:
    """A record of the lake that is missing in the warehouse without a known reason."""

    warc: str
    offset: int
    url: str | None
    lacks: str
    capture_id: bytes | None = None  # None for a record that cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit found."""

    warcs: int = 0
    captures: int = 0  # including records that cannot be read
    open: int = 0  # of these, in files that are open work
    missing: tuple[MissingRecord, ...] = ()
    absent: tuple[str, ...] = ()  # files that rows point to but that are not in the lake
    unknown: tuple[str, ...] = field(default=())  # files of the lake with missing records that no row mentions

    @property
    def by_warc(self) -> dict[str, int]:
        """How many records of each file are missing."""
        counts: dict[str, int] = {}
        for one in self.missing:
            counts[one.warc] = counts.get(one.warc, 0) + 1
        return counts


def audit(r: Resources, *, names: Sequence[str] | None = None) -> Audit:
    """Check files of the lake (default: all of them, listed) against the warehouse. Reads them whole and changes nothing.

    Call it while nothing is being loaded: captures that are being loaded are neither open work nor in the warehouse.
    """
    buried = erased.all_keys(r.engine)
    not_loaded = segments.still_open(r.engine)
    listed = list(rewriting.warcs(r.store)) if names is None else list(names)
    missing: list[MissingRecord] = []
    count = open_captures = 0
    for name in listed:
        records = warc.read(r.store, name, until=date_limits.until(r.store, name))
        while chunk := list(islice(records, CHUNK)):
            count += len(chunk)
            if name in not_loaded:
                open_captures += len(chunk)
            else:
                missing += _missing(r, name, chunk, buried)
    known = segments.known(r.engine, listed)
    return Audit(
        warcs=len(listed),
        captures=count,
        open=open_captures,
        missing=tuple(missing),
        absent=tuple(sorted(lost_rows.files_pointed_to(r.engine) - set(listed))) if names is None else (),
        unknown=tuple(sorted({one.warc for one in missing} - known)),
    )


def reopen(r: Resources, found: Audit) -> tuple[str, ...]:
    """Make files with missing records open work again, also files that no row mentions; their names.

    Entries that record missing rows as loaded or processed are deleted: the files are loaded as if for the first time.
    """
    for name in found.by_warc:
        parts = warc.scan(r.store, name)
        records, size = sum(part.captures for part in parts), r.store.size(name)
        batches = [silver.name_for(name, r.rules_version), *(batch.silver for batch in cut(r, name))]
        ids = sorted(one.capture_id for one in found.missing if one.warc == name and one.capture_id)
        with r.engine.begin() as connection:
            segments.add(connection, name, records=records, size=size)
            segments.reopen(connection, name)
            ledger.forget(connection, batches)
            lost_rows.forget_processed(connection, ids)
    return tuple(found.by_warc)


def is_doubtful(r: Resources, name: str) -> bool:
    """Whether rows of a loaded file may be missing, by counts in the database; only reading the file shows which."""
    with r.engine.connect() as connection:
        return lost_rows.lacks_rows(connection, name) or bool(
            lost_rows.lost(connection, captures.ids_in(connection, name))
        )


def _missing(
    r: Resources, name: str, records: Iterable[Capture | BadRecord], buried: frozenset[bytes]
) -> Iterator[MissingRecord]:
    found: dict[bytes, Capture] = {}
    unread: dict[int, BadRecord] = {}
    for record in records:
        if isinstance(record, BadRecord):
            unread[record.offset] = record
        else:
            found[capture_id(record.target_uri, record.captured_at, record.payload_digest)] = record
    with r.engine.connect() as connection:
        lacking = lost_rows.lost(connection, found)
        for offset in rejects.offsets_noted(connection, name, unread):
            unread.pop(offset, None)
    for offset, bad in unread.items():
        yield MissingRecord(warc=name, offset=offset, url=bad.target_uri, lacks="no row of ops.reject")
    for one, lacks in lacking.items():
        capture = found[one]
        if r.registry.keys_of(capture.target_uri) & buried:
            continue
        offset = capture.place.offset if capture.place else 0
        yield MissingRecord(warc=name, offset=offset, url=capture.target_uri, lacks=lacks, capture_id=one)
