"""Until when the dates of what others archived are believed.

Of two captures of a page the later one counts, so a record that is dated years ahead would win over every later capture
for ever. A WARC-Date over 24 hours ahead of the time at which its archive was taken into the lake is therefore not
believed: that capture is quarantined, the others are loaded.

The verdict is a function of the lake, so that a rebuild comes to the same: where an archive holds such a date, its
`<name>.believed.json` beside it says until when its dates are believed ({"until": ...}). Taking the same archive again
later, when another date is believed, moves that on. Archives without such a date have none, and what our own runs fetch has the time of the run.
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

# Clocks are wrong by a zone, not by more; dates further ahead are errors of a tool or a clock.
AHEAD = timedelta(hours=24)
REASON = "dated_ahead"

_WARC_SUFFIX = ".warc.gz"


def name_beside(warc: str) -> str:
    """The name of what says until when the dates of a WARC file are believed.

    >>> name_beside("raw/ingest/a.warc.gz")
    'raw/ingest/a.believed.json'
    """
    return warc.removesuffix(_WARC_SUFFIX) + ".believed.json"


def until(store: ObjectStore, warc: str) -> datetime | None:
    """Until when the dates of a WARC file are believed; None for all of them."""
    name = name_beside(warc)
    if not store.exists(name):
        return None
    return datetime.fromisoformat(json.loads(store.read(name))["until"])


def note(store: ObjectStore, warc: str, timestamps: Iterable[str], *, taken_at: datetime) -> None:
    """Note that a file with captures of these times (14 digits) is taken into the lake now.

    Call it before the file is there: else one that was stopped between the two would be believed.
    """
    limit = taken_at.astimezone(UTC) + AHEAD
    known = until(store, warc)
    if known is None:
        is_news = any(is_beyond(t, limit) for t in timestamps)
    else:  # moved on only where that changes what is believed
        is_news = any(is_beyond(t, known) and t <= cdxj.timestamp(limit) for t in timestamps)
    if is_news:
        _put(store, warc, limit)


def carry(store: ObjectStore, sources: Iterable[str], target: str) -> None:
    """Let what is known of files hold for the one that they are written anew as."""
    limits = [limit for limit in (until(store, source) for source in sources) if limit is not None]
    if limits:
        _put(store, target, max(limits))


def is_beyond(timestamp: str, limit: datetime) -> bool:
    """Whether a time of an index (14 digits) may lie behind the limit: to the second, and then as if it did."""
    return timestamp >= cdxj.timestamp(limit)


def believed(capture: Capture, limit: datetime | None) -> Capture | BadRecord:
    """The capture, or why its date is not believed."""
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
