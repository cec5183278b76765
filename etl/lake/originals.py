"""Finding the captures that revisits refer to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from etl.lake import cdxj, warc
from etl.lake.store import ObjectStore
from etl.model import Capture, Place, RefersTo


class Originals:
    """The captures of some WARC files, looked up by their CDXJ.

    For archives of others: our own revisits name the original exactly, so that `capture_id` of its URI, time and digest
    finds its place in the warehouse.
    """

    def __init__(self, store: ObjectStore, warcs: Iterable[str]) -> None:
        self._store = store
        self._lines: defaultdict[str, list[cdxj.Line]] = defaultdict(list)
        for name in warcs:
            for line in cdxj.parse(store.read(cdxj.name_beside(name))):
                if line.mime != cdxj.REVISIT:
                    self._lines[line.url].append(line)

    def of(self, revisit: Capture) -> Capture | None:
        """The revisit with its body (see `warc.resolve`), or None when its original is in none of the files.

        The original has the URI that the revisit names, and its time and digest as far as they are named; of several
        the latest that is not later than the revisit. Raises `Quarantine` when its record cannot be read.
        """
        refers_to = revisit.refers_to
        if refers_to is None:
            return revisit
        latest = cdxj.timestamp(revisit.captured_at)
        lines = [line for line in self._lines.get(refers_to.target_uri, ()) if _fits(line, refers_to, latest)]
        if not lines:
            return None
        line = max(lines, key=lambda line: (line.timestamp, line.filename, line.offset))
        original = warc.read_at(self._store, Place(warc=line.filename, offset=line.offset, length=line.length))
        return warc.resolve(revisit, original)


def _fits(line: cdxj.Line, refers_to: RefersTo, latest: str) -> bool:
    when = refers_to.captured_at
    if when is not None and line.timestamp != cdxj.timestamp(when):
        return False
    if refers_to.payload_digest is not None and refers_to.payload_digest not in (line.digest, line.warc_digest):
        return False
    return line.timestamp <= latest
