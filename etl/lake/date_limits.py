"""Up to which time the dates of an archive's records are accepted.

Of two captures of a page the later one counts, so a record dated years ahead would win over every later capture. A capture
with a WARC-Date over 24 hours after the time at which its archive was ingested is therefore quarantined; the others are
loaded.

The limit is stored in the lake, so that a rebuild gives the same result: where an archive holds such a date,
`<name>.believed.json` beside it has the limit ({"until": ...}). Ingesting the same archive again later raises it, if further
dates are accepted then. Archives without such a date have no such file; captures of our own runs have the time of the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from etl.lake import cdxj
from etl.lake.identity import capture_id, warc_date
from etl.lake.records import BadRecord
from etl.lake.store import ObjectStore
from etl.model import Capture

# A clock may be wrong by a time zone; dates further ahead are errors of a tool or a clock.
AHEAD = timedelta(hours=24)
REASON = "dated_ahead"

_WARC_SUFFIX = ".warc.gz"


def name_beside(warc: str) -> str:
    """The name of the object with the limit for the dates of a WARC file.

    >>> name_beside("raw/ingest/a.warc.gz")
    'raw/ingest/a.believed.json'
    """
    return warc.removesuffix(_WARC_SUFFIX) + ".believed.json"


def until(store: ObjectStore, warc: str) -> datetime | None:
    """The limit for the dates of a WARC file; None: all are accepted."""
    name = name_beside(warc)
    if not store.exists(name):
        return None
    return datetime.fromisoformat(json.loads(store.read(name))["until"])


def note(store: ObjectStore, warc: str, timestamps: Iterable[str], *, taken_at: datetime) -> None:
    """Record the limit for a file with captures of these times (14 digits) that is ingested now.

    Call it before the file is put into the lake: otherwise, after a stop between the two, all dates would be accepted.
    """
    limit = taken_at.astimezone(UTC) + AHEAD
    known = until(store, warc)
    if known is None:
        is_news = any(is_beyond(t, limit) for t in timestamps)
    else:  # raised only where that accepts further dates
        is_news = any(is_beyond(t, known) and t <= cdxj.timestamp(limit) for t in timestamps)
    if is_news:
        _put(store, warc, limit)


def carry(store: ObjectStore, sources: Iterable[str], target: str) -> None:
    """Copy the limits of files to the file that they are rewritten to."""
    limits = [limit for limit in (until(store, source) for source in sources) if limit is not None]
    if limits:
        _put(store, target, max(limits))


def is_beyond(timestamp: str, limit: datetime) -> bool:
    """Whether a time of an index (14 digits) may lie behind the limit: to the second, and then as if it did."""
    return timestamp >= cdxj.timestamp(limit)


def believed(capture: Capture, limit: datetime | None) -> Capture | BadRecord:
    """The capture, or why its date is not accepted."""
    if limit is None or capture.captured_at <= limit:
        return capture
    place = capture.place
    taken_at = limit - AHEAD
    return BadRecord(
        warc=place.warc if place else "",
        offset=place.offset if place else 0,
        length=place.length if place else None,
        reason=REASON,
        detail=f"dated {warc_date(capture.captured_at)}, {_apart(capture.captured_at - taken_at)} ahead of "
        f"{taken_at:%Y-%m-%dT%H:%M:%SZ}, when it was taken in: it would win over every later capture. Where this "
        "machine's clock was wrong, set it and ingest the file again; else mend the record's WARC-Date",
        target_uri=capture.target_uri,
        capture_id=capture_id(capture.target_uri, capture.captured_at, capture.payload_digest),
    )


def _apart(span: timedelta) -> str:
    return f"{span.days} days" if span.days > 2 else f"{span / timedelta(hours=1):.0f} hours"


def _put(store: ObjectStore, warc: str, limit: datetime) -> None:
    store.put(name_beside(warc), json.dumps({"until": limit.isoformat()}).encode())
