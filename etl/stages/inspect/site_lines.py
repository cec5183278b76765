"""Lines that repeat across a site: proposed from its articles in the warehouse, activated, and its pages reprocessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from etl.clean.site_lines import MIN_ARTICLES, SAMPLE, learn, site_line_key
from etl.errors import Permanent
from etl.settings import Settings
from etl.sources import site_lines
from etl.sources.site_lines import SiteLine, SiteLines
from etl.stages.process import reprocess
from etl.stages.process.reprocess import DayBasis, ReprocessReport
from etl.stages.resources import Resources, load_registry, open_resources
from etl.warehouse import captures, samples


def propose(r: Resources, key: str, *, first: date | None = None, last: date | None = None) -> SiteLines:
    """The active list of a source, and further lines that repeat in its articles, most frequent first.

    The articles are those with the 200 lowest URL keys among captures from `first` to `last` (UTC, both included;
    default: all captured days). The result depends only on these captures and their rules versions. Raises `Permanent`
    when there are too few articles to learn from.
    """
    (source,) = r.registry.select([key])
    span = samples.span_of(r.engine, key)
    if span is None:
        raise Permanent(f"the warehouse has no article of {key} yet: `news-etl run --source {key}` fetches some")
    earliest, latest = span
    first = first or earliest.astimezone(UTC).date()
    last = last or latest.astimezone(UTC).date()
    rows = samples.texts_of(r.engine, key, start=_midnight(first), end=_midnight(last + timedelta(1)), size=SAMPLE)
    if len(rows) < MIN_ARTICLES:
        raise Permanent(
            f"only {len(rows)} articles of {source.key} were captured from {first} to {last}, and at least {MIN_ARTICLES} are "
            f"needed: give a longer range; there are captures from {earliest:%Y-%m-%d} to {latest:%Y-%m-%d}"
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
    """Activate a list. Raises `SettingError` for a source that is not in the registry."""
    registry = load_registry(settings)
    registry.select([chosen.source])
    site_lines.activate(settings.sources, chosen)


def reprocess_site(
    settings: Settings, key: str, *, workers: int, progress: Callable[[date, ReprocessReport], None] | None = None
) -> ReprocessReport:
    """Extract all kept captures of a source again with its current rules, except those processed with them already."""
    with open_resources(settings) as r:
        span = captures.days_of_source(r.engine, key)
        if not span:
            return ReprocessReport()
        return reprocess.reprocess(
            r, span=span, by=DayBasis.CAPTURED, sources=[key], workers=workers, progress=progress
        )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
