"""Captures to silver files to rows: the last steps of every path into the warehouse (extract, load, catch up)."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from etl.errors import Quarantine
from etl.lake import date_limits, silver, warc
from etl.lake.records import BadRecord
from etl.model import Capture, Observation, Outcome, Place, StageReport
from etl.stages.process.file_errors import FileErrors
from etl.stages.process.observe import observe_all, with_keys_of_today
from etl.stages.process.revisits import Originals
from etl.stages.resources import Resources
from etl.warehouse import captures
from etl.warehouse.load import ledger
from etl.warehouse.load.load import followed_up, load_again, load_batch
from etl.warehouse.ops import segments

log = logging.getLogger(__name__)

# Records per batch. Small enough that a SIGKILL loses only seconds of work and that two cores end together (with 100, one
# of them waited for up to nine seconds at the end); large enough that a transaction's fixed cost (some 30 ms) is small.
RECORDS_PER_BATCH = 40
# Captures that are processed again in one transaction, where articles move to new rules.
CATCH_UP_SIZE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A WARC of the lake, or a part of it, that is loaded by one silver file and one transaction."""

    warc: str
    silver: str
    records: int
    start: int = 0
    end: int | None = None


def whole(r: Resources, name: str, records: int = 0) -> Batch:
    """A WARC as one batch."""
    return Batch(warc=name, silver=silver.name_for(name, r.rules_version), records=records)


def cut(r: Resources, name: str) -> list[Batch]:
    """Cut a WARC into batches; the same cuts every time.

    Batches with records that are quarantined for a date in the future carry the limit in their name: with a later limit
    they are other batches.
    """
    until = date_limits.until(r.store, name)
    return [
        Batch(
            warc=name,
            start=x.start,
            end=x.end,
            records=x.captures,
            silver=silver.name_for(
                name,
                r.rules_version,
                x.start,
                x.end,
                until=until if until is not None and date_limits.is_beyond(x.latest, until) else None,
            ),
        )
        for x in warc.scan(r.store, name, records=RECORDS_PER_BATCH)
    ]


def extract(r: Resources, *, warcs: Sequence[str]) -> StageReport:
    """Write the silver file of each WARC, unless it is there or loaded. `uris` are the silver files, in the same order.

    - The content of a silver file follows from its WARC and the rules version, which are in its name: writing it again
      is harmless.
    - A WARC that was rewritten meanwhile (merged with others, or without an erased page) is skipped: its successor is
      open work.
    - A WARC that cannot be extracted stays open work and does not stop the others; the first error is raised at the end.
    """
    names: list[str] = []
    errors = FileErrors(r.engine)
    known = segments.known(r.engine, warcs)
    for name in warcs:
        if name not in known:
            continue
        batch = whole(r, name)
        with errors.of(name):
            if not ledger.loaded(r.engine, [batch.silver]):
                write_silver(r, batch)
            names.append(batch.silver)
    errors.raise_first()
    return StageReport(stage="extract", uris=tuple(names))


def write_silver(r: Resources, batch: Batch) -> None:
    """Extract a batch, unless its silver file is there."""
    if not r.store.exists(batch.silver):
        silver.write(r.store, observe_file(r, batch.warc, start=batch.start, end=batch.end), name=batch.silver)


def observe_file(r: Resources, name: str, *, start: int = 0, end: int | None = None) -> Iterator[Observation]:
    """The observations of a WARC of the lake, or of the members between two offsets."""
    originals = Originals(r.store, r.engine, r.registry)
    found = warc.read(r.store, name, start=start, end=end, until=date_limits.until(r.store, name))
    records = (originals.remember(x) if isinstance(x, Capture) else x for x in found)
    return observe_all(records, registry=r.registry, resolve=originals.resolve)


def load(r: Resources, *, silver_names: Sequence[str]) -> StageReport:
    """Load silver files of whole WARCs, each exactly once, and move the articles they touch to the current rules version.

    A file that cannot be loaded stays open work and does not stop the others; the first error is raised at the end.
    """
    outcomes: Counter[Outcome] = Counter()
    errors = FileErrors(r.engine)
    warc_of = {silver.name_for(each, r.rules_version): each for each in segments.still_open(r.engine)}
    for name in silver_names:
        with errors.of(warc_of.get(name, name)):
            outcomes += load_silver(r, name)
            if name in warc_of:
                segments.loaded(r.engine, warc_of[name])
    errors.raise_first()
    return StageReport(stage="load", outcomes=outcomes, uris=tuple(silver_names))


def load_segment(r: Resources, name: str) -> Counter[Outcome]:
    """Extract and load a WARC as one batch, resuming where that was stopped; its counted outcomes."""
    batch = whole(r, name)
    if not ledger.loaded(r.engine, [batch.silver]):
        write_silver(r, batch)
    outcomes = load_silver(r, batch.silver)
    segments.loaded(r.engine, name)
    return outcomes


def load_silver(r: Resources, name: str) -> Counter[Outcome]:
    """Load one silver file, then catch up the articles it touches; its counted outcomes, also when that was done before."""
    if known := ledger.loaded(r.engine, [name]):
        return known[name]
    observations = [with_keys_of_today(o, r.registry) for o in silver.read(r.store, name)]
    digest = hashlib.sha256(r.store.read(name)).hexdigest()
    loaded = load_batch(r.engine, observations, batch_key=name, sha256=digest, rules_version=r.rules_version)
    catch_up(r, observations)
    followed_up(r.engine, name)
    return loaded.outcomes


def catch_up(r: Resources, observations: Iterable[Observation]) -> Counter[Outcome]:
    """Process the other captures of these URLs that lack the current rules version, and revisits of these bytes.

    So an article moves to new rules as a whole, and a revisit (of any URL) is completed when its original comes later.
    """
    seen = list(observations)
    outcomes = process_again(r, stale_captures(r, {o.url_key: o.target_uri for o in seen}))
    return outcomes + process_again(r, _unresolved(r, seen))


def _unresolved(r: Resources, originals: Iterable[Observation]) -> list[Place]:
    whole = [o for o in originals if not o.is_revisit and o.payload_digest]
    return captures.unresolved_revisits(r.engine, {o.payload_digest for o in whole}, {o.url_key for o in whole})


def stale_captures(r: Resources, urls: Mapping[bytes, str]) -> list[Place]:
    """Places of the captures of these URL keys that were not processed with the current rules, in the order of the lake.

    `urls` has any one URL for each key: all URLs of a key have the same source, and so the same rules version.
    """
    return captures.stale(r.engine, {key: r.version_for(url) for key, url in urls.items()})


def count_expired(r: Resources, urls: Mapping[bytes, str]) -> int:
    """How many captures of these URL keys cannot be processed with the current rules: their raw pages have expired."""
    return captures.count_expired(r.engine, {key: r.version_for(url) for key, url in urls.items()})


def process_again(r: Resources, places: Sequence[Place], *, at_once: int = CATCH_UP_SIZE) -> Counter[Outcome]:
    """Extract captures by their place in the lake with the current rules, and load them, `at_once` per transaction.

    An article whose captures all have another rules version moves only if all of them come in one transaction.
    """
    outcomes: Counter[Outcome] = Counter()
    for i in range(0, len(places), at_once):
        outcomes += load_again(r.engine, observe_places(r, places[i : i + at_once]))
    return outcomes


def observe_places(r: Resources, places: Sequence[Place]) -> list[Observation]:
    """The observations of captures by their place in the lake, with the current rules."""
    originals = Originals(r.store, r.engine, r.registry)
    found = (_capture_at(r, place) for place in places)
    return list(observe_all(found, registry=r.registry, resolve=originals.resolve))


def _capture_at(r: Resources, place: Place) -> Capture | BadRecord:
    try:
        return warc.read_at(r.store, place)
    except Quarantine as error:
        return BadRecord(
            warc=place.warc, offset=place.offset, length=place.length, reason=error.reason, detail=str(error)
        )
