"""A source's latest captures out of the lake, to look at its extraction rules with."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from etl.errors import Quarantine
from etl.lake import warc
from etl.model import Capture, Place
from etl.sources.check import Finding
from etl.sources.rule_use import findings
from etl.sources.source import Source
from etl.stages.resources import Resources

# Articles, and what failed to be one: rules that went out of date show there first. Not what its own server called gone.
LATEST = """
WITH of_source AS (
    SELECT capture_id FROM core.observation WHERE source_key = :key
    UNION
    SELECT r.capture_id FROM ops.reject r JOIN core.capture c USING (capture_id)
    WHERE r.reason IN ('empty_text', 'list_page', 'paywall_stub')
      AND lower(split_part(split_part(c.url, '://', 2), '/', 1)) = ANY(:hosts)
)
SELECT c.warc, c.warc_offset, c.warc_length
FROM of_source JOIN core.capture c USING (capture_id)
WHERE c.status BETWEEN 200 AND 299 AND NOT c.is_revisit AND c.warc IS NOT NULL
ORDER BY c.captured_at DESC, c.capture_id
LIMIT :count
"""


def check_rules(r: Resources, *, captures: int) -> list[Finding]:
    """What the latest captures of each source with rules say of them, in the order of the registry."""
    found: list[Finding] = []
    for source in r.registry.sources.values():
        if source.rules:
            found.extend(findings(source, latest_captures(r, source, captures)))
    return found


def latest_captures(r: Resources, source: Source, count: int) -> Iterator[Capture]:
    """The source's latest captured pages, the newest first; one that cannot be read is left out."""
    hosts = [name for host in sorted(source.hosts) for name in (host, f"www.{host}")]
    with r.engine.connect() as connection:
        rows = connection.execute(text(LATEST), {"key": source.key, "hosts": hosts, "count": count}).all()
    for row in rows:
        try:
            yield warc.read_at(r.store, Place(warc=row.warc, offset=row.warc_offset, length=row.warc_length))
        except Quarantine:
            continue
