"""Removes erased pages from files that come from outside, before anything of these is read."""

from __future__ import annotations

from collections.abc import Sequence

from etl.lake import rewriting
from etl.lake.rewriting import RecordHead, RewriteResult
from etl.stages.resources import Resources
from etl.warehouse.ops import erased


def purged(r: Resources, names: Sequence[str]) -> list[str]:
    """The names of WARC files from outside without their erased pages; files that held nothing else are dropped."""
    buried = erased.all_keys(r.engine)
    if not buried:
        return list(names)
    # Only where something is erased: it brings all that relates articles, which a task that fetches need not load.
    from etl.warehouse.maintenance import erasure

    kept = []
    for name in names:
        if not any(r.registry.keys_of(uri) & buried for uri in rewriting.uris(r.store, name)):
            kept.append(name)
            continue
        new = without_erased(r, name, buried)
        if new.name != name:
            with r.engine.begin() as connection:
                erasure.switch(connection, new)
            rewriting.delete(r.store, [name])
        kept += [new.name] if new.name else []
    return kept


def without_erased(r: Resources, name: str, buried: frozenset[bytes]) -> RewriteResult:
    """Rewrite a WARC file without the exchanges of erased pages and without revisits of them."""

    def is_erased(head: RecordHead) -> bool:
        named = (head.target_uri, head.refers_to_uri)
        return any(uri and r.registry.keys_of(uri) & buried for uri in named)

    return rewriting.rewrite(r.store, [name], keeps=rewriting.without_exchanges(r.store, name, is_erased))
