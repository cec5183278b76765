"""Finds in the lake the records of captures whose raw pages have expired."""

from __future__ import annotations

from etl.lake import cdxj, warc
from etl.stages.resources import Resources
from etl.warehouse.maintenance import retention


class ExpiredCaptures:
    """Finds the captures of a WARC file that are marked as expired: those whose rows point to it, and copies.

    A file may hold a capture that the warehouse has from another file, or for which it has no place any more: when an
    archive was ingested twice, or a rewrite was stopped before the old file was deleted.
    """

    def __init__(self, r: Resources) -> None:
        self._r = r
        self.any = retention.any_marked(r.engine)
        self._named = retention.warcs_of_marked(r.engine) if self.any else frozenset()
        self._with_policy = {s.key for s in r.registry.sources.values() if s.raw_days is not None}

    def offsets(self, name: str) -> frozenset[int]:
        """Offsets of the marked captures in a file."""
        found = warc.lines(self._r.store, name)
        if name not in self._named:
            found = [line for line in found if line.mime == cdxj.REVISIT or self._has_policy(line.url)]
        if not found:
            return frozenset()
        keys = {key for line in found for key in self._r.registry.keys_of(line.url)}
        marked = {(url, cdxj.timestamp(at)) for url, at in retention.marked_of(self._r.engine, keys)}
        return frozenset(line.offset for line in found if (line.url, line.timestamp) in marked)

    def _has_policy(self, url: str) -> bool:
        source = self._r.registry.source_of(url)
        return source is not None and source.key in self._with_policy
