"""How a segment comes into the lake and the warehouse: announced, then published, then recorded with what it stands for.

Killed before the file is in the lake, nothing has happened but a name that was announced. Killed after it, whoever comes
next knows the name, finds the file, and goes on. So no file of ours is in the lake without a row that says so, and the
lake never has to be listed for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from etl.lake import segment as lake
from etl.lake.segment import Segment, SegmentWriter
from etl.stages.resources import Resources
from etl.warehouse.ops import segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The transaction in which a segment is recorded. `segment` is None where there was nothing to publish."""

    connection: Connection
    segment: Segment | None
    is_first: bool  # False: somebody took the segment for given up, and has recorded it with its visits


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
    """Close a segment, put it into the lake, and open the transaction that records it; an empty one leaves nothing.

    `folder` is where captures of an archive go, under a hash of their bytes. The segment is open work from then on, held
    by `holder`. Where this raises after the file is in the lake, the segment is open work all the same.
    """
    try:
        segment = _published(r, writer, run_id=run_id, batch=batch, holder=holder, folder=folder)
        with r.engine.begin() as connection:
            is_first = True
            if segment is not None:
                noted = segments.published(connection, segment.name)
                # Given up by others while it was on its way; where it is gone, an erasure has written it anew.
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
