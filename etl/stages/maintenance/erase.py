"""Erasure on request: deletes pages everywhere in lake and warehouse, and keeps them from being loaded again."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from etl.errors import Permanent
from etl.lake import cdxj, rewriting, silver, tombstones, warc
from etl.lake.rewriting import MovedCapture
from etl.lake.tombstones import Erasure
from etl.model import Observation, Place
from etl.stages.process.purge import without_erased
from etl.stages.resources import Resources
from etl.warehouse.load import ledger
from etl.warehouse.maintenance import erasure
from etl.warehouse.ops import erased


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What an erasure deleted. A second erasure of the same pages deletes nothing."""

    url_keys: int  # all erased ones, including those of earlier erasures
    captures: int
    warcs: tuple[str, ...]  # that were rewritten, by their old names
    silver: tuple[str, ...]
    held: frozenset[bytes] = frozenset()  # URL keys of which warehouse or lake held anything
    known: frozenset[bytes] = frozenset()  # URL keys that were erased before

    @property
    def changed(self) -> bool:
        return bool(self.captures or self.warcs or self.silver)


def targets(r: Resources, *, addresses: Sequence[str], sources: Sequence[str]) -> frozenset[bytes]:
    """The URL keys of these URLs (and of the pages that they redirected to) and of all pages of these sources.

    Raises `Permanent` for what is no URL, and for a source that the registry does not have.
    """
    keys: set[bytes] = set()
    for found in keys_by_address(r, addresses).values():
        keys |= found
    named = frozenset(s.key for s in r.registry.select(sources)) if sources else frozenset()
    for key in named:
        keys |= erasure.keys_of_source(r.engine, key)
    if named:
        for name in rewriting.warcs(r.store):
            for uri in rewriting.uris(r.store, name):
                source = r.registry.source_of(uri)
                if source and source.key in named:
                    keys |= r.registry.keys_of(uri)
    return frozenset(keys)


def keys_by_address(r: Resources, addresses: Sequence[str]) -> dict[str, frozenset[bytes]]:
    """The URL keys of each of these URLs, and of the pages that they redirected to. Raises `Permanent` for no URL."""
    named = {}
    for address in addresses:
        found = r.registry.keys_of(address)
        if not found:
            raise Permanent(f"{address!r} is no URL of a page: give it as it is in news.article")
        named[address] = found | erasure.redirected(r.engine, found)
    return named


def erase(r: Resources, *, keys: Collection[bytes], reason: str, now: datetime) -> ErasureReport:
    """Delete these URL keys, and what earlier stopped erasures have left, from warehouse and lake.

    - Tombstones are written first, in lake and warehouse: from then on the pages cannot be loaded again.
    - Files are rewritten and published before rows point to them; the old files are deleted last.
    - An erasure that was stopped at any moment is finished by calling it again.
    - An erased page gets no second tombstone.

    Raises `Transient` when another try may help.
    """
    known = restore_tombstones(r)
    new = frozenset(keys) - known
    if new:
        tombstones.bury(r.store, Erasure(url_keys=new, reason=reason, erased_at=now))
        erased.record(r.engine, dict.fromkeys(new, (reason, now)))
    buried = known | new
    held = erasure.stored(r.engine, buried)
    # Also the named keys without a row: a load that is working on them has to end first.
    captures = erasure.erase(r.engine, held | frozenset(keys))
    if buried:
        erasure.drop_unused_texts(r.engine)
    done = purge(r, list(rewriting.warcs(r.store)), buried=buried)
    return replace(done, captures=captures, held=done.held | held, known=known)


def restore_tombstones(r: Resources) -> frozenset[bytes]:
    """Copy tombstones missing on either side between lake and warehouse; the keys of all of them."""
    known = tombstones.reasons(list(tombstones.erasures(r.store)))
    erased.record(r.engine, known)
    buried = erased.all_keys(r.engine)
    only_here = {key: why for key, why in erased.reasons(r.engine).items() if key not in known}
    if only_here:
        together: defaultdict[tuple[str, datetime], set[bytes]] = defaultdict(set)
        for key, why in only_here.items():
            together[why].add(key)
        for (reason, at), keys in sorted(together.items()):
            tombstones.bury(r.store, Erasure(url_keys=frozenset(keys), reason=reason, erased_at=at))
    return buried


def purge(r: Resources, warcs: Sequence[str], *, buried: frozenset[bytes]) -> ErasureReport:
    """Rewrite those of these WARC files that hold erased pages, and silver files with their values or places."""
    if not buried:
        return ErasureReport(url_keys=0, captures=0, warcs=(), silver=())
    affected, held = _affected(r, warcs, buried)
    rewritten = [without_erased(r, name, buried) for name in affected]
    rewritten = [each for each in rewritten if each.dropped]
    moved = {place: to for each in rewritten for place, to in each.moved.items()}
    dropped = {place for each in rewritten for place in each.dropped}
    touched = _purge_silver(r, buried=buried, moved=moved, dropped=dropped)
    for each in rewritten:
        with r.engine.begin() as connection:
            erasure.switch(connection, each)
        rewriting.delete(r.store, [name for name in each.sources if name != each.name])
    return ErasureReport(
        url_keys=len(buried),
        captures=0,
        held=held,
        warcs=tuple(name for each in rewritten for name in each.sources),
        silver=tuple(touched),
    )


def _affected(r: Resources, warcs: Sequence[str], buried: frozenset[bytes]) -> tuple[list[str], frozenset[bytes]]:
    """Files that hold an erased page, or a revisit of one; and the keys of those pages."""
    here: set[str] = set()
    held: set[bytes] = set()
    digests: set[str] = set()
    revisits: dict[str, set[str]] = {}
    for name in warcs:
        for line in warc.lines(r.store, name):
            if line.mime == cdxj.REVISIT:
                revisits.setdefault(name, set()).add(line.digest)
            if keys := r.registry.keys_of(line.url) & buried:
                here.add(name)
                held |= keys
                digests.add(line.digest)
    affected = [name for name in warcs if name in here or digests & revisits.get(name, set())]
    return affected, frozenset(held)


def _purge_silver(
    r: Resources,
    *,
    buried: frozenset[bytes],
    moved: dict[tuple[str, int], MovedCapture],
    dropped: set[tuple[str, int]],
) -> list[str]:
    """Remove the observations of erased pages from silver files, and update the places in the others."""
    files = {name for name, _ in moved} | {name for name, _ in dropped}
    touched = []

    def is_erased(uri: str) -> bool:
        return not buried.isdisjoint(r.registry.keys_of(uri))

    for name in r.store.list("silver/"):
        if not silver.concerns(r.store, name, is_meant=is_erased, warcs=files):
            continue
        kept = [
            _at(o, moved)
            for o in silver.read(r.store, name)
            if o.url_key not in buried
            and not is_erased(o.target_uri)
            and (o.place is None or (o.place.warc, o.place.offset) not in dropped)
        ]
        silver.replace(r.store, kept, name=name)
        digest = hashlib.sha256(r.store.read(name)).hexdigest()
        ledger.rewritten(r.engine, name, digest)
        touched.append(name)
    return touched


def _at(o: Observation, moved: dict[tuple[str, int], MovedCapture]) -> Observation:
    to = moved.get((o.place.warc, o.place.offset)) if o.place else None
    return replace(o, place=Place(warc=to.warc, offset=to.offset, length=to.length)) if to else o
