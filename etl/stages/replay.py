"""Rejected captures again, under the rules of today."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import text

from etl.model import Outcome, Place, StageReport
from etl.stages.batches import process_again
from etl.stages.resources import Resources

REJECTS = """
SELECT c.warc, c.warc_offset, c.warc_length FROM ops.reject r JOIN core.capture c USING (capture_id)
WHERE (CAST(:reason AS text) IS NULL OR r.reason = :reason)
  AND (CAST(:since AS timestamptz) IS NULL OR r.loaded_at >= :since) AND c.warc IS NOT NULL
  AND NOT EXISTS (SELECT FROM ops.processed p WHERE p.capture_id = r.capture_id AND p.rules_version = :version)
ORDER BY c.warc, c.warc_offset
"""
UP_TO_DATE = """
SELECT count(*) FROM ops.reject r JOIN ops.processed p USING (capture_id)
WHERE p.rules_version = :version AND (CAST(:reason AS text) IS NULL OR r.reason = :reason)
"""


def replay(r: Resources, *, reason: str | None, since: datetime | None) -> StageReport:
    """Process rejected captures that the rules of today have not seen; the same rules would only say the same again."""
    if since and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    values = {"reason": reason, "since": since, "version": r.rules_version}
    with r.engine.connect() as connection:
        places = [Place(warc=w, offset=o, length=n) for w, o, n in connection.execute(text(REJECTS), values)]
        same = connection.execute(text(UP_TO_DATE), {"reason": reason, "version": r.rules_version}).scalar() or 0
    outcomes: Counter[Outcome] = process_again(r, places)
    note = (
        f"{same} more were decided by rules {r.rules_version} already: better rules first, then replay" if same else ""
    )
    return StageReport(stage="replay", outcomes=outcomes, notes=(note,) if note else ())
