"""Erased pages leave files that come from outside, before anything of them is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from etl.lake import rewriting
from etl.lake.rewriting import Head, RewriteResult
from etl.sources.registry import Registry
from etl.stages.resources import Resources
from etl.warehouse.maintenance import erasure
from etl.warehouse.ops import erased


def purged(r: Resources, names: Sequence[str]) -> list[str]:
    """The names of WARC files that came from outside, after what was erased has left them; empty ones are gone."""
    buried = erased.all_keys(r.engine)
    if not buried:
        return list(names)
    kept = []
    for name in names:
        if not any(r.registry.keys_of(uri) & buried for uri in rewriting.uris(r.store, name)):
            kept.append(name)
            continue
        new: RewriteResult = rewriting.rewrite(r.store, [name], keeps=keeps_others(r.registry, buried))
        if new.name != name:
            with r.engine.begin() as connection:
                erasure.switch(connection, new)
            rewriting.delete(r.store, [name])
        kept += [new.name] if new.name else []
    return kept


def keeps_others(registry: Registry, buried: frozenset[bytes]) -> Callable[[Head], bool]:
    """Whether a record is of no erased page, and stands for the bytes of none."""

    def keeps(head: Head) -> bool:
        named = (head.target_uri, head.refers_to_uri)
        return not any(uri and registry.keys_of(uri) & buried for uri in named)

    return keeps
