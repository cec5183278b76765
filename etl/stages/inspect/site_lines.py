"""Lines that repeat across a site: proposed from its articles in the warehouse, put to use, its pages read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text

from etl.clean.site_lines import MIN_ARTICLES, SAMPLE, learn, site_line_key
from etl.errors import Permanent
from etl.settings import Settings
from etl.sources import site_lines
from etl.sources.site_lines import SiteLine, SiteLines
from etl.stages.process import reprocess
from etl.stages.process.reprocess import By, Reprocessed
from etl.stages.resources import Resources, load_registry, open_resources

# Of each article the last text of the range, under the rules that the article stands on. In the order of the keys, so
# that the lowest are the sample whatever was loaded first.
TEXTS = """
WITH sample AS (
    SELECT DISTINCT ON (o.url_key) o.url_key, o.url, o.text_digest
    FROM core.observation o JOIN core.article a USING (url_key, rules_version)
    WHERE o.source_key = :key AND o.captured_at >= :start AND o.captured_at < :end
    ORDER BY o.url_key, o.captured_at DESC, o.payload_digest DESC, o.capture_id DESC
    LIMIT :size
)
SELECT s.url_key, s.url, b.text FROM sample s JOIN core.body b USING (text_digest) ORDER BY s.url_key
"""
RANGE = """
SELECT min(o.captured_at), max(o.captured_at) FROM core.observation o JOIN core.article a USING (url_key, rules_version)
WHERE o.source_key = :key
"""
CAPTURED_DAYS = """
SELECT DISTINCT (c.captured_at AT TIME ZONE 'UTC')::date AS day FROM core.capture c
WHERE c.url_key IN (SELECT url_key FROM core.observation WHERE source_key = :key) ORDER BY day
"""


def propose(r: Resources, key: str, *, first: date | None = None, last: date | None = None) -> SiteLines:
    """The list in use of a source, and the lines that its articles hold beside it, most frequent first.

    The articles are those with the 200 lowest URL keys of what was captured from `first` to `last` (UTC, both included;
    from the first to the last day that there is, where none is given). The answer follows from these captures and the
    rules that they stand under. Raises `Permanent` when there are too few articles to learn from.
    """
    (source,) = r.registry.select([key])
    with r.engine.connect() as connection:
        earliest, latest = connection.execute(text(RANGE), {"key": key}).one()
        if earliest is None:
            raise Permanent(f"the warehouse has no article of {key} yet: `news-etl run --source {key}` fetches some")
        first = first or earliest.astimezone(UTC).date()
        last = last or latest.astimezone(UTC).date()
        rows = connection.execute(
            text(TEXTS), {"key": key, "size": SAMPLE, "start": _midnight(first), "end": _midnight(last + timedelta(1))}
        ).all()
    if len(rows) < MIN_ARTICLES:
        raise Permanent(
            f"{len(rows)} articles of {source.key} were captured from {first} to {last}, and a line that repeats is told "
            f"from {MIN_ARTICLES} on: give a longer range; there are captures from {earliest:%Y-%m-%d} to {latest:%Y-%m-%d}"
        )
    urls = {bytes(row.url_key): row.url for row in rows}
    in_use = site_lines.active(r.settings.sources, key)
    known = tuple(replace(line, is_active=True) for line in in_use.lines) if in_use else ()
    known_keys = {site_line_key(line.line) for line in known}
    found = tuple(
        SiteLine(
            line=proposed.line,
            count=proposed.count,
            share=proposed.share,
            evidence=proposed.evidence,
            examples=tuple(urls[each] for each in proposed.examples),
        )
        for proposed in learn((bytes(row.url_key), row.text.split("\n")) for row in rows)
        if site_line_key(proposed.line) not in known_keys
    )
    return SiteLines(source=key, lines=known + found, first=first, last=last, articles=len(rows))


def activate(settings: Settings, chosen: SiteLines) -> None:
    """Put a list to use. Raises `SettingError` for a source that the registry does not have."""
    registry = load_registry(settings)
    registry.select([chosen.source])
    site_lines.activate(settings.sources, chosen)


def reprocess_site(
    settings: Settings, key: str, *, workers: int, progress: Callable[[date, Reprocessed], None] | None = None
) -> Reprocessed:
    """Read all that is kept of a source again under its rules of today; what they have seen already is not read."""
    with open_resources(settings) as r:
        span = _captured_days(r, key)
        if not span:
            return Reprocessed()
        return reprocess.reprocess(r, span=span, by=By.CAPTURED, sources=[key], workers=workers, progress=progress)


def _captured_days(r: Resources, key: str) -> Sequence[date]:
    with r.engine.connect() as connection:
        return [row.day for row in connection.execute(text(CAPTURED_DAYS), {"key": key})]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
