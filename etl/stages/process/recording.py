"""How a segment gets into lake and warehouse: its name is announced, its file published, then it is recorded with its visits.

- SIGKILL before the file is in the lake: only the announced name is left, and is dropped later.
- SIGKILL after it: the next run finds the file by its announced name and resumes there.

So each file of ours in the lake has a row, and the lake never has to be listed to find one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from etl import processes
from etl.fetch.agent import user_agent
from etl.lake import segment as lake
from etl.lake.segment import Segment, SegmentWriter
from etl.stages.resources import Resources
from etl.warehouse.ops import segments

# The most that is fetched, or read from an archive, a second time after a SIGKILL.
SEGMENT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The transaction that records a segment. `segment` is None where there was nothing to publish."""

    connection: Connection
    segment: Segment | None
    is_first: bool  # False: another process took the segment for abandoned and has recorded it with its visits


class SegmentRecorder:
    """Writes captures into one segment after another: of live visits, of an archive's files, of replays.

    The caller records the rows that belong to each segment in the transaction that `recorded` opens, and ends with
    `discard`.
    """

    def __init__(self, r: Resources, *, run_id: str, batch: str, archive: str | None = None) -> None:
        """`archive` names the archive that the captures come from; None: our own live visits."""
        self._r = r
        self._run_id = run_id
        self._batch = batch
        self._folder = f"raw/archive/{archive}" if archive else None
        self._holder = processes.name_of_this()
        self._writer: SegmentWriter | None = None
        self._since = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether the segment is full, or a minute has passed since the last was recorded."""
        is_full = self._writer is not None and self._writer.is_full
        return is_full or time.monotonic() - self._since > SEGMENT_SECONDS

    def opened(self, at: datetime) -> SegmentWriter:
        """The segment that is being written; a new one gets the time `at`."""
        if self._writer is None:
            self._writer = segment_writer(self._r, at=at)
        return self._writer

    def recorded(self) -> AbstractContextManager[Recording]:
        """Apply `recording` to what was written since the last call; then start another segment."""
        writer, self._writer = self._writer, None
        self._since = time.monotonic()
        return recording(
            self._r, writer, run_id=self._run_id, batch=self._batch, holder=self._holder, folder=self._folder
        )

    def discard(self) -> None:
        """Delete what was not recorded."""
        if self._writer is not None:
            self._writer.discard()


def segment_writer(r: Resources, *, at: datetime) -> SegmentWriter:
    """A new segment in the working folder; its warcinfo record names our contact and user agent."""
    contact = r.settings.contact
    return SegmentWriter(r.settings.home / "tmp", now=at, operator=contact, user_agent=user_agent(contact))


@contextmanager
def recording(
    r: Resources,
    writer: SegmentWriter | None,
    *,
    run_id: str,
    batch: str,
    holder: str,
    folder: str | None = None,
) -> Iterator[Recording]:
    """Close a segment, put it into the lake, and open the transaction that records it; an empty one is dropped.

    Captures of an archive go into `folder`, under a hash of their bytes. From then on the segment is open work, held by
    `holder`; also where this raises after the file is in the lake.
    """
    try:
        segment = _published(r, writer, run_id=run_id, batch=batch, holder=holder, folder=folder)
        with r.engine.begin() as connection:
            is_first = True
            if segment is not None:
                noted = segments.published(connection, segment.name)
                # None: another process took it for abandoned and dropped its name. If it is not in the lake, an erasure has rewritten it.
                if noted is None and r.store.exists(segment.name):
                    segments.add(
                        connection,
                        segment.name,
                        run_id=run_id,
                        batch=batch,
                        records=len(segment.written),
                        size=segment.size,
                    )
                is_first = noted is not False
            yield Recording(connection=connection, segment=segment, is_first=is_first)
    finally:
        if writer is not None:
            writer.remove()


def _published(
    r: Resources, writer: SegmentWriter | None, *, run_id: str, batch: str, holder: str, folder: str | None
) -> Segment | None:
    if writer is None or writer.is_empty:
        return None
    segment = _named(writer.close(), folder)
    segments.announce(
        r.engine,
        segment.name,
        run_id=run_id,
        batch=batch,
        records=len(segment.written),
        size=segment.size,
        holder=holder,
    )
    lake.publish(r.store, segment)
    return segment


def _named(segment: Segment, folder: str | None) -> Segment:
    return segment if folder is None else replace(segment, name=f"{folder}/{segment.sha256[:32]}.warc.gz")
