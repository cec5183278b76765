"""Finds the record that a revisit refers to."""

from __future__ import annotations

from sqlalchemy import Engine

from etl.lake import warc
from etl.lake.store import ObjectStore
from etl.model import Capture, Place
from etl.sources.registry import Registry
from etl.warehouse import captures


class Originals:
    """Looks up the originals of revisits, in the file that is being read and among the warehouse's captures.

    `here` holds the captures of that file, by (target URI, WARC-Date) and by payload digest. A capture with another
    digest than the revisit states is never its original: that one may still be loaded later.
    """

    def __init__(self, store: ObjectStore, engine: Engine | None = None, registry: Registry | None = None) -> None:
        self._store = store
        self._engine = engine
        self._registry = registry
        self._here: dict[object, tuple[str, Place]] = {}

    def remember(self, capture: Capture) -> Capture:
        """Remember a capture of the file that is being read; returns it."""
        if not capture.is_revisit and capture.place:
            found = (capture.payload_digest, capture.place)
            at = (capture.target_uri, capture.captured_at)
            self._here[at] = min(self._here.get(at, found), found, key=lambda one: one[0])
            self._here[*at, capture.payload_digest] = found
            self._here[capture.payload_digest] = found
        return capture

    def resolve(self, revisit: Capture) -> Capture | None:
        """The original of a revisit; None when neither the file nor the warehouse has it."""
        refers = revisit.refers_to
        digest = refers.payload_digest if refers else revisit.payload_digest
        place = None
        if refers is not None:
            at = (refers.target_uri, refers.captured_at)
            place = self._here.get((*at, digest) if _is_comparable(digest) else at)
        place = place or self._here.get(digest)
        found = place[1] if place else self._stored(revisit, digest)
        return warc.read_at(self._store, found) if found else None

    def _stored(self, revisit: Capture, digest: str | None) -> Place | None:
        if self._engine is None or self._registry is None:
            return None
        refers = revisit.refers_to
        with self._engine.connect() as connection:
            found = None
            if refers is not None and refers.target_uri and refers.captured_at:
                found = captures.captured_at(
                    connection,
                    self._registry.keys_of(refers.target_uri),
                    refers.captured_at,
                    url=refers.target_uri,
                    digest=digest if _is_comparable(digest) else None,
                )
            return found or captures.with_digest(
                connection, self._registry.keys_of(revisit.target_uri), revisit.payload_digest
            )


def _is_comparable(digest: str | None) -> bool:
    """Whether a digest is SHA-256, as ours are; other archives write SHA-1."""
    return digest is not None and digest.startswith("sha256:")
