"""Compaction: merges small segments of past days into large ones, and deletes silver files that were loaded."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import Connection

from etl.files import LEFT_BEHIND_S
from etl.lake import cdxj, rewriting, warc
from etl.lake.identity import capture_id
from etl.lake.segment import SEGMENT_BYTES
from etl.model import Capture
from etl.stages.maintenance.silver_files import remove_loaded
from etl.stages.resources import Resources
from etl.warehouse import captures
from etl.warehouse.maintenance import erasure
from etl.warehouse.ops import segments

LIVE = "raw/live/"
# Segments that were closed because a host was done or a minute had passed. Larger ones are left as they are.
SMALL_BYTES = SEGMENT_BYTES // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionReport:
    """What compaction did: how many files were merged, into which, and what was deleted."""

    merged: int
    made: tuple[str, ...]
    left_over: tuple[str, ...]  # deleted WARC files that no row points to: their captures are in other files
    silver: int  # deleted silver files: loaded on a past day, or of an old rules version

    def as_json(self) -> dict[str, int]:
        """In numbers, for machines."""
        return {
            "merged": self.merged,
            "made": len(self.made),
            "left_over": len(self.left_over),
            "silver": self.silver,
        }


def compact(r: Resources, *, before: date) -> CompactionReport:
    """Merge the small segments of each day before `before` (UTC), and delete files that are no longer needed.

    - Unfinished files of writers that were killed over a day ago are deleted too.
    - Captures keep their ids, records their bytes. Revisits find their originals by the warehouse's places, which change
      in one transaction with the file.
    - Merged files are deleted by the next compaction, since a process may still be reading them.
    - A compaction that was stopped at any moment is finished by the next one.
    - Segments with captures that are not loaded yet are left as they are.
    """
    r.store.sweep(before=time.time() - LEFT_BEHIND_S)
    left_over = _remove_left_over(r)
    merged, made = 0, []
    for group in _groups(r, before):
        new = rewriting.rewrite(r.store, group)
        with r.engine.begin() as connection:
            if new.name is None or not all(_is_loaded(connection, r, name) for name in group):
                continue  # an erasure has changed the files meanwhile
            erasure.switch(connection, new)
        merged += len(group)
        made.append(new.name)
    return CompactionReport(
        merged=merged, made=tuple(made), left_over=tuple(left_over), silver=remove_loaded(r, before=before)
    )


def _groups(r: Resources, before: date) -> Iterator[list[str]]:
    """Small segments of a day, as many as fit into one."""
    names = (name for name in rewriting.warcs(r.store, LIVE) if _day(name) < before.isoformat())
    for _, of_day in groupby(names, key=_day):
        yield from packed(_small(r, of_day))


def packed(files: Iterable[tuple[str, int]], most: int = SEGMENT_BYTES) -> Iterator[list[str]]:
    """Group files, in their order, into groups of at least two files and at most `most` bytes."""
    group: list[str] = []
    size = 0
    for name, length in files:
        if group and size + length > most:
            if len(group) > 1:
                yield group
            group, size = [], 0
        group.append(name)
        size += length
    if len(group) > 1:
        yield group


def _small(r: Resources, names: Iterable[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        size = r.store.size(name)
        with r.engine.connect() as connection:
            if size <= SMALL_BYTES and _is_loaded(connection, r, name):
                yield name, size


def _day(name: str) -> str:
    """`2026-11-24` of `raw/live/2026/11/24/...`."""
    return "-".join(name.removeprefix(LIVE).split("/")[:3])


def _is_loaded(connection: Connection, r: Resources, name: str) -> bool:
    """Whether the warehouse has all captures of a file, with their place in that file."""
    if not r.store.exists(cdxj.name_beside(name)):
        return False
    if not segments.is_loaded(connection, name):
        return False
    offsets = {line.offset for line in warc.lines(r.store, name)}
    return bool(offsets) and offsets == captures.offsets_in(connection, name)


def _remove_left_over(r: Resources) -> list[str]:
    """Delete segments that were merged, and results of a compaction that was stopped: their captures are in other files too."""
    found = []
    for name in list(rewriting.warcs(r.store, LIVE)):
        with r.engine.connect() as connection:
            if captures.is_used(connection, name):
                continue
            records = list(warc.read(r.store, name))
            ids = _ids(records)
            elsewhere = captures.count_elsewhere(connection, ids, name)
        if ids and len(ids) == len(records) and elsewhere == len(set(ids)):
            found.append(name)
    rewriting.delete(r.store, found)
    return found


def _ids(records: Sequence[object]) -> list[bytes]:
    return [capture_id(c.target_uri, c.captured_at, c.payload_digest) for c in records if isinstance(c, Capture)]
