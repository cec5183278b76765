"""Files of captures to silver files to rows: the end that all ways into the warehouse share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import text

from etl.errors import Quarantine
from etl.lake import believing, silver, warc
from etl.lake.records import BadRecord
from etl.model import Capture, Observation, Outcome, Place, StageReport
from etl.stages.observe import observe_all
from etl.stages.originals import Originals
from etl.stages.resources import Resources
from etl.warehouse import statements
from etl.warehouse.load import ledger, load_again, load_batch

# Captures that are processed again in one go, where an article moves to new rules.
CATCH_UP_SIZE = 500


def extract(r: Resources, *, warcs: Sequence[str]) -> StageReport:
    """Write the silver file of each WARC, unless it is there or loaded. `uris` are the silver files, in the same order.

    A silver file's name says its WARC and the rules version, and its content follows from them: writing it again is
    harmless.
    """
    names = []
    for name in warcs:
        target = silver.name_for(name, r.rules_version)
        if not r.store.exists(target) and not ledger(r.engine, [target]):
            silver.write(r.store, observe_file(r, name), name=target)
        names.append(target)
    return StageReport(stage="extract", uris=tuple(names))


def observe_file(r: Resources, name: str, *, start: int = 0, end: int | None = None) -> Iterator[Observation]:
    """The observations of a WARC of the lake, or of the members between two offsets."""
    originals = Originals(r.store, r.engine, r.registry)
    found = warc.read(r.store, name, start=start, end=end, until=believing.until(r.store, name))
    records = (originals.remember(x) if isinstance(x, Capture) else x for x in found)
    return observe_all(records, registry=r.registry, resolve=originals.resolve)


def load(r: Resources, *, silver_names: Sequence[str]) -> StageReport:
    """Load silver files, each exactly once, and bring the articles they touch under the rules of today as a whole."""
    outcomes: Counter[Outcome] = Counter()
    for name in silver_names:
        outcomes += load_silver(r, name)
    return StageReport(stage="load", outcomes=outcomes, uris=tuple(silver_names))


def load_silver(r: Resources, name: str) -> Counter[Outcome]:
    """Load one silver file; its counted outcomes, also when the ledger has it already and the file is gone."""
    if not r.store.exists(name) and (known := ledger(r.engine, [name])):
        return known[name]
    observations = list(silver.read(r.store, name))
    digest = hashlib.sha256(r.store.read(name)).hexdigest()
    loaded = load_batch(r.engine, observations, batch_key=name, sha256=digest, rules_version=r.rules_version)
    catch_up(r, observations)
    return loaded.outcomes


def catch_up(r: Resources, observations: Iterable[Observation]) -> Counter[Outcome]:
    """Process the other captures of these URLs that the rules of today have not seen, and revisits of these bytes.

    That is what moves an article to new rules as a whole, and what completes a revisit, of whichever URL, whose
    original came later.
    """
    seen = list(observations)
    outcomes = process_again(r, stale_captures(r, {o.url_key: o.target_uri for o in seen}))
    return outcomes + process_again(r, _unresolved(r, seen))


def _unresolved(r: Resources, originals: Iterable[Observation]) -> list[Place]:
    digests = sorted({o.payload_digest for o in originals if not o.is_revisit and o.payload_digest})
    with r.engine.connect() as connection:
        found = connection.execute(text(statements.UNRESOLVED_REVISITS), {"digests": digests})
        return [Place(warc=c.warc, offset=c.warc_offset, length=c.warc_length) for c in found]


def stale_captures(r: Resources, urls: Mapping[bytes, str]) -> list[Place]:
    """Where the captures of these URL keys lie that the rules of today have not seen, in the order of the lake.

    For each key any URL of it: all have one source, and so one version.
    """
    wanted = {key: r.version_for(url) for key, url in urls.items()}
    with r.engine.connect() as connection:
        stale = connection.execute(
            text(statements.STALE_CAPTURES), {"keys": list(wanted), "versions": list(wanted.values())}
        )
        return [Place(warc=s.warc, offset=s.warc_offset, length=s.warc_length) for s in stale]


def count_expired(r: Resources, urls: Mapping[bytes, str]) -> int:
    """How many captures of these URL keys the rules of today have not seen and cannot see: their bytes were given up."""
    wanted = {key: r.version_for(url) for key, url in urls.items()}
    values = {"keys": list(wanted), "versions": list(wanted.values())}
    with r.engine.connect() as connection:
        return int(connection.execute(text(statements.EXPIRED_CAPTURES), values).scalar_one())


def process_again(r: Resources, places: Sequence[Place], *, at_once: int = CATCH_UP_SIZE) -> Counter[Outcome]:
    """Extract captures by their place in the lake and load them under the rules of today, so many in a transaction.

    An article that stands under other rules with all its captures moves only where all of them come at once.
    """
    outcomes: Counter[Outcome] = Counter()
    for i in range(0, len(places), at_once):
        outcomes += load_again(r.engine, observe_places(r, places[i : i + at_once]))
    return outcomes


def observe_places(r: Resources, places: Sequence[Place]) -> list[Observation]:
    """The observations of captures by their place in the lake, under the rules of today."""
    originals = Originals(r.store, r.engine, r.registry)
    captures = (_capture_at(r, place) for place in places)
    return list(observe_all(captures, registry=r.registry, resolve=originals.resolve))


def _capture_at(r: Resources, place: Place) -> Capture | BadRecord:
    try:
        return warc.read_at(r.store, place)
    except Quarantine as error:
        return BadRecord(
            warc=place.warc, offset=place.offset, length=place.length, reason=error.reason, detail=str(error)
        )
