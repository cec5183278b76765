"""Rejected captures again, under the rules of today."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import text

from etl.model import Outcome, Place, StageReport
from etl.stages.batches import process_again
from etl.stages.relating import settle
from etl.stages.resources import Resources

REJECTS = """
SELECT c.url, c.raw_expired_at, c.warc, c.warc_offset, c.warc_length,
       ARRAY(SELECT p.rules_version FROM ops.processed p WHERE p.capture_id = r.capture_id) AS versions
FROM ops.reject r JOIN core.capture c USING (capture_id)
WHERE (CAST(:reason AS text) IS NULL OR r.reason = :reason)
  AND (CAST(:since AS timestamptz) IS NULL OR r.loaded_at >= :since) AND (c.warc IS NOT NULL OR c.raw_expired_at IS NOT NULL)
ORDER BY c.warc, c.warc_offset
"""


def replay(r: Resources, *, reason: str | None, since: datetime | None) -> StageReport:
    """Process rejected captures that the rules of today have not seen; the same rules would only say the same again."""
    if since and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    places, same, expired = [], 0, 0
    with r.engine.connect() as connection:
        for found in connection.execute(text(REJECTS), {"reason": reason, "since": since}):
            if r.version_for(found.url) in found.versions:
                same += 1
            elif found.warc is None:
                expired += 1
            else:
                places.append(Place(warc=found.warc, offset=found.warc_offset, length=found.warc_length))
    outcomes: Counter[Outcome] = process_again(r, places)
    related = settle(r.engine)
    notes = [f"{expired} more cannot be read again: their raw pages have expired"] if expired else []
    notes += (
        [f"{same} more were decided by the rules of today already: better rules first, then replay"] if same else []
    )
    return StageReport(stage="replay", outcomes=outcomes, notes=(*notes, *related.notes))
