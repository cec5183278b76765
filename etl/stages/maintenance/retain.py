"""Retention: delete raw pages past their source's retention period; the values extracted last stay, in lake and warehouse.

The order allows a stop at any moment; the next retention finishes it:

1. Captures that expire, and revisits of them, are extracted a last time with the current rules, together with the other
   captures of their articles. Their observations are stored in the lake (`silver/kept/`), loaded, and the captures marked.
2. All files that hold marked captures are rewritten without them; then the places in their rows are cleared; then the
   old files are deleted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from etl.lake import rewriting, silver
from etl.lake.rewriting import RecordHead
from etl.model import Observation, Place
from etl.stages.maintenance import expired_records
from etl.stages.maintenance.silver_files import KEPT, remove_loaded
from etl.stages.process.extract_load import catch_up, observe_places
from etl.stages.process.observe import with_keys_of_today
from etl.stages.process.relate import settle
from etl.stages.resources import Resources
from etl.warehouse.load.load import load_batch
from etl.warehouse.load.rows import is_capture
from etl.warehouse.maintenance import erasure, retention

# Pages that are in memory at once; at most so many are extracted again after a SIGKILL.
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionReport:
    """What retention did, or would do: captures whose raw pages are deleted, and the bytes of their records, by source."""

    captures: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0  # captures that are damaged in the lake; they are left as they are
    warcs: tuple[str, ...] = ()  # files that were rewritten, or deleted where nothing was left in them

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "captures": dict(sorted(self.captures.items())),
            "bytes": dict(sorted(self.bytes.items())),
            "unreadable": self.unreadable,
            "warcs": len(self.warcs),
        }


def retain(r: Resources, *, now: datetime, dry_run: bool = False) -> RetentionReport:
    """Delete the raw pages that are past their retention period at `now`, by the registry's `retention` and `rights`.

    Captures that are not loaded yet are kept. With `dry_run` nothing is changed. Raises `Transient` when another try may help.
    """
    captures: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    unreadable = 0
    due = _due(r, now)
    while batch := list(islice(due, BATCH)):
        for source, row in batch:
            captures[source] += 1
            sizes[source] += row.warc_length or 0
        if not dry_run:
            unreadable += _read_last(r, [row for _, row in batch], now)
    if dry_run:
        return RetentionReport(captures=captures, bytes=sizes)
    dependents = iter(retention.dependents(r.engine))
    while rows := list(islice(dependents, BATCH)):
        captures.update(_source_key(r, row.url) or "" for row in rows)
        unreadable += _read_last(r, rows, now)
    retention.forget_validators(r.engine)
    retention.forget_cut_texts(
        r.engine, [s.key for s in r.registry.sources.values() if s.rights.text_chars is not None]
    )
    settle(r.engine)  # so that no similarity score is left of a text that was deleted
    return RetentionReport(captures=captures, bytes=sizes, unreadable=unreadable, warcs=tuple(_give_up(r)))


def restore(r: Resources) -> int:
    """Load the kept values of captures whose raw pages have expired; how many they are."""
    count = 0
    for name in r.store.list(KEPT):
        observations = [with_keys_of_today(o, r.registry) for o in silver.read(r.store, name)]
        _load(r, name, observations)
        year, month, day = (int(part) for part in name.removeprefix(KEPT).split("/")[:3])
        retention.mark(r.engine, [o.capture_id for o in observations], at=datetime(year, month, day, tzinfo=UTC))
        count += len(observations)
    return count


def _due(r: Resources, now: datetime) -> Iterator[tuple[str, Any]]:
    """Captures of which nothing is kept, and those past their retention period, by URL key, each with its source."""
    for row in retention.reserved(r.engine):
        yield _source_key(r, row.url) or "", row
    limits = {s.key: now - timedelta(days=s.raw_days) for s in r.registry.sources.values() if s.raw_days is not None}
    if not limits:
        return
    for row in retention.captures_before(r.engine, max(limits.values())):
        source = _source_key(r, row.url)
        if source in limits and row.captured_at < limits[source]:
            yield source, row


def _source_key(r: Resources, url: str) -> str | None:
    source = r.registry.source_of(url)
    return source.key if source else None


def _read_last(r: Resources, rows: Sequence[Any], now: datetime) -> int:
    """Extract captures with the current rules, store the values in the lake, load and mark them; how many are damaged."""
    places = [Place(warc=row.warc, offset=row.warc_offset, length=row.warc_length) for row in rows]
    found = [replace(o, place=None) for o in observe_places(r, places) if is_capture(o)]
    if found:
        found.sort(key=lambda o: o.capture_id)
        name = f"{KEPT}{now.astimezone(UTC):%Y/%m/%d}/{_digest(found)[:32]}.parquet"
        silver.write(r.store, found, name=name)
        _load(r, name, found)
        catch_up(r, found)
        retention.mark(r.engine, [o.capture_id for o in found], at=now)
    return len(rows) - len(found)


def _load(r: Resources, name: str, observations: Sequence[Observation]) -> None:
    digest = hashlib.sha256(r.store.read(name)).hexdigest()
    load_batch(r.engine, observations, batch_key=name, sha256=digest, rules_version=r.rules_version)


def _digest(observations: Iterable[Observation]) -> str:
    digest = hashlib.sha256()
    for o in observations:
        digest.update(o.capture_id + f" {o.rules_version} {o.page.outcome}\n".encode())
    return digest.hexdigest()


def _give_up(r: Resources) -> Iterator[str]:
    """Rewrite files that hold marked captures without them; the old names of these files."""
    marked = expired_records.ExpiredCaptures(r)
    if not marked.any:
        return
    is_clean = False
    for name in list(rewriting.warcs(r.store)):
        offsets = marked.offsets(name)
        if not offsets:
            continue
        keeps = rewriting.without_exchanges(r.store, name, _lies_at(offsets))
        new = rewriting.rewrite(r.store, [name], keeps=keeps)
        if not is_clean:  # they hold places that become invalid, and values that may be kept no longer
            remove_loaded(r, before=None)
            is_clean = True
        with r.engine.begin() as connection:
            retention.forget_places(connection, name, sorted(offsets))
            erasure.switch(connection, new)
        if new.name != name:
            rewriting.delete(r.store, [name])
        yield name


def _lies_at(offsets: Collection[int]) -> Callable[[RecordHead], bool]:
    return lambda head: head.offset in offsets
