"""Finds the record that a revisit refers to."""

from __future__ import annotations

from sqlalchemy import Engine

from etl.errors import Quarantine
from etl.lake import warc
from etl.lake.captures import digest_of, has_digest
from etl.lake.store import ObjectStore
from etl.model import Capture, Place, RefersTo
from etl.sources.registry import Registry
from etl.warehouse import captures

# Earlier captures of one URI that are read in search of the one that a revisit names by a digest or id that no row has.
MAX_READ = 20


class Originals:
    """Looks up the originals of revisits, in the file that is being read and among the warehouse's captures.

    A revisit names its original by URI and date, by the payload digest, by the record's id, or, after a 304, not at all:
    then it is the capture of that URI before it. A capture with another digest than the revisit states is never its
    original: that one may still be loaded later.
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
            self._here["id", capture.record_id] = found
            if (own := digest_of(capture.warc_digest)) is not None:
                self._here[own] = found
            if 200 <= capture.status < 300:
                self._here["last", capture.target_uri] = found
        return capture

    def resolve(self, revisit: Capture) -> Capture | None:
        """The original of a revisit; None when neither the file nor the warehouse has it."""
        refers = revisit.refers_to
        digest = refers.payload_digest if refers else revisit.payload_digest
        found = self._in_this_file(revisit, refers, digest)
        place = found[1] if found else self._stored(revisit, digest)
        if place is not None:
            return warc.read_at(self._store, place)
        return self._earlier(revisit, refers) if refers is not None else None

    def _in_this_file(self, revisit: Capture, refers: RefersTo | None, digest: str | None) -> tuple[str, Place] | None:
        keys: list[object] = []
        if refers is not None:
            at = (refers.target_uri, refers.captured_at)
            keys.append((*at, digest) if _is_comparable(digest) else at)
            if refers.record_id:
                keys.append(("id", refers.record_id))
        keys += [digest, digest_of(digest)] if digest else []
        if refers is not None and refers.not_modified and not (digest or refers.record_id or refers.captured_at):
            keys.append(("last", refers.target_uri))
        return next((self._here[key] for key in keys if key is not None and key in self._here), None)

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
            if found is None and digest is not None:
                found = captures.with_digest(connection, self._registry.keys_of(revisit.target_uri), digest)
            return found

    def _earlier(self, revisit: Capture, refers: RefersTo) -> Capture | None:
        """An earlier capture of the URI that its own record shows to be the original. The lake is read for it."""
        if (
            self._engine is None
            or self._registry is None
            or refers.captured_at
            or _is_comparable(refers.payload_digest)
        ):
            return None
        with self._engine.connect() as connection:
            places = captures.before(
                connection, self._registry.keys_of(refers.target_uri), revisit.captured_at, most=MAX_READ
            )
        for place in places:
            try:
                found = warc.read_at(self._store, place)
            except Quarantine:
                continue
            if _is_original(found, revisit, refers):
                return found
        return None


def _is_original(found: Capture, revisit: Capture, refers: RefersTo) -> bool:
    if refers.record_id:
        return found.record_id == refers.record_id
    if refers.payload_digest:
        return has_digest(found, refers.payload_digest)
    if not refers.not_modified or not 200 <= found.status < 300:
        return False
    stated, own = revisit.header("etag"), found.header("etag")
    return stated is None or own is None or stated == own


def _is_comparable(digest: str | None) -> bool:
    """Whether a digest is of the algorithm of ours; others write SHA-1."""
    return digest is not None and digest.startswith("sha256:")
