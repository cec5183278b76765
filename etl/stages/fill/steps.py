"""The steps of a fill: find the URLs that archives list for a published day, and fetch those that are missing.

plan_fill ─→ find ─→ fetch_missing ─→ extract ─→ load ─→ verdict of the fill
             each source's sitemaps and pages of past days, and what live runs were offered

All progress is in the warehouse (`ops.expected`, `ops.source_day`): a fill that was stopped resumes from there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from etl import urls
from etl.archives import date_pages, sitemaps
from etl.archives.days import Span, day_of_address, day_of_words
from etl.archives.listing import ListedUrl, Listing
from etl.clock import clock
from etl.errors import Quarantine, Transient
from etl.fetch.messages import FetchRequest, FetchResult
from etl.frontier import Offer
from etl.model import FoundVia, Hint, StageReport
from etl.run_window import is_within
from etl.sources.registry import Source
from etl.stages.fill.site_archives import drive
from etl.stages.live.fetch import fetch_offered
from etl.stages.live.plan import MAX_BATCHES, plan
from etl.stages.process.recovery import note_own
from etl.stages.resources import Resources
from etl.states import ListingState, RunKind
from etl.warehouse.ops import coverage, expected_urls, frontier, runs, segments
from etl.warehouse.ops.expected_urls import ExpectedUrl

# Live runs wait two minutes for a host's lease: a fill releases it after this time, so that they come first.
SLICE_S = 60.0
MAX_SLICE = 200
# An archive that was read this recently is not read again, so that a fill that was stopped resumes quickly.
READ_AGAIN_AFTER = timedelta(hours=1)
# Whether a site has pages of past days is checked again after this time.
FIND_OUT_AGAIN_AFTER = timedelta(days=30)

# Documents that live runs read.
LIVE = (FoundVia.FEED, FoundVia.JSON_FEED, FoundVia.SITEMAP, FoundVia.NEWS_SITEMAP, FoundVia.SECTION)

SiteListings = list[tuple[FoundVia, list[date], Listing]]
SiteWalk = Generator[FetchRequest, FetchResult, list[tuple[list[date], Listing]]]


def plan_fill(
    r: Resources,
    *,
    run_id: str,
    days: Span,
    sources: Sequence[str],
    now: datetime,
    most: int = MAX_BATCHES,
    holder: str | None = None,
) -> list[list[str]]:
    """Register a fill of these days and cut its sources (all enabled ones when none are named) into batches."""
    window = (expected_urls.end_of(days.first - timedelta(days=1)), expected_urls.end_of(days.last))
    return plan(r, run_id=run_id, sources=sources, now=now, window=window, most=most, holder=holder, kind=RunKind.FILL)


def days_of(r: Resources, run_id: str) -> Span:
    """The days that a fill was planned for."""
    start, end = runs.window_of(r.engine, run_id)
    return Span(first=start.astimezone(UTC).date(), last=end.astimezone(UTC).date() - timedelta(days=1))


def find(r: Resources, *, run_id: str, sources: Sequence[str], archives: Sequence[str]) -> StageReport:
    """Record what the sources' own archives list for the run's days.

    An archive is not read again if it was read after the day became final, or within the last hour. A source fails when
    none of its archives could be read; the others continue.
    """
    days = list(days_of(r, run_id))
    for key in sources:
        _note_frontier(r, key, days)
    before = coverage.listed(r.engine, sources=sources, days=days)
    now = clock()
    open_days = {
        (key, via): [day for day in days if is_open(before.get((key, day, via)), day, now=now)]
        for key in sources
        for via in (archive.value for archive in SITE_WALKS)
        if via in archives
    }
    walks = {
        key: _site_walk(r, r.registry.sources[key], {via: open_days.get((key, via), []) for via in archives})
        for key in sources
        if any(open_days.get((key, via)) for via in archives)
    }
    notes = []
    found = drive(r, run_id=run_id, walks=walks) if walks else {}
    for key in sources:
        listings = found.get(key, [])
        for via, of_days, listing in listings:
            record(r, key, via=via.value, days=of_days, listing=listing)
            notes += [f"{key}: {problem}" for problem in listing.problems]
        failed = bool(listings) and all(listing.state is ListingState.FAILED for _, _, listing in listings)
        error = "; ".join(p for _, _, listing in listings for p in listing.problems)[:2000] if failed else None
        runs.discovered(r.engine, run_id=run_id, source_key=key, error=error)
    return StageReport(stage="find", notes=tuple(notes))


def is_open(known: coverage.ListedDay | None, day: date, *, now: datetime) -> bool:
    """Whether to read an archive (again) for a day: it may list more than last time, and was not read just now."""
    if known is None or not known.state.is_whole:
        return True
    return not (known.is_final(day) or is_within(READ_AGAIN_AFTER, known.listed_at, now=now))


def fetch_missing(
    r: Resources,
    *,
    run_id: str,
    sources: Sequence[str],
    days: Sequence[date] | None = None,
    limit_s: float = math.inf,
) -> StageReport:
    """Fetch what is expected on the run's days (or some of them) and missing; `uris` are the WARCs of all attempts of the batch.

    A host is visited for a minute at a time, so that live runs get their turn, and only within what they leave of its
    budget. What is left over stays expected: starting again resumes with it. Raises `Transient` when it was not done
    within `limit_s` seconds.
    """
    started = time.monotonic()
    days = list(days or days_of(r, run_id))
    batch = runs.batch_of(r.engine, run_id, sources[0])
    note_own(r, run_id=run_id, batch=batch)
    with r.engine.begin() as connection:
        expected_urls.decided_before(connection, run_id=run_id)
    expected_urls.forget_deferred(r.engine, run_id=run_id, sources=sources)
    is_recent = max(days) >= clock().date() - runs.RECENT
    going = list(sources)
    errors: dict[str, str] = {}
    while going:
        runs.goes_on(r.engine, run_id)
        if time.monotonic() - started > limit_s:
            raise Transient(f"{', '.join(going)}: not done within {limit_s:.0f} s; the next attempt resumes")
        offered: dict[str, tuple[list[bytes], list[bytes]]] = {}
        for key in going:
            taken = expected_urls.missing(
                r.engine,
                source_key=key,
                days=days,
                run_id=run_id,
                limit=_slice(r.registry.sources[key]),
            )
            if taken:
                offered[key] = _offer(r, run_id, key, taken)
        if not offered:
            break
        raised = fetch_offered(
            r,
            run_id=run_id,
            sources=list(offered),
            is_revisited=is_recent,
            limit_s=limit_s - (time.monotonic() - started),
        )
        errors = {key: error for key, error in errors.items() if key not in offered} | raised
        frontier.defer(r.engine, run_id=run_id, sources=list(offered), why="was not reached in this run")
        going = []
        for key, (keys, were_due) in offered.items():
            with r.engine.begin() as connection:
                if expected_urls.decided(connection, run_id=run_id, keys=keys, were_due=were_due):
                    going.append(key)
    runs.fetched(r.engine, run_id=run_id, sources=sources, errors=errors)
    return StageReport(stage="fetch", uris=segments.named(r.engine, run_id=run_id, batch=batch))


def record(r: Resources, source_key: str, *, via: str, days: Sequence[date], listing: Listing) -> None:
    """Record what an archive lists for these days of a source."""
    source = r.registry.sources[source_key]
    with r.engine.begin() as connection:
        coverage.record_listing(
            connection,
            source_key=source_key,
            via=via,
            days=days,
            expected=expected_of((n for n in listing.named if n.day in set(days)), source),
            state=listing.state,
            requests=listing.requests,
            error="; ".join(listing.problems)[:2000] or None,
            at=clock(),
        )


def expected_of(named: Iterable[ListedUrl], source: Source) -> list[ExpectedUrl]:
    """The URLs that an archive lists, as rows: those on the source's hosts that its patterns let
    through, each URL key once per day."""
    found: dict[tuple[date, bytes, FoundVia], ExpectedUrl] = {}
    for n in named:
        if not (source.owns(n.url) and source.wants(n.url)):
            continue
        try:
            key, host = urls.url_key(n.url, rules=source.key_rules), urls.host_of(n.url)
        except Quarantine:
            continue
        found.setdefault(
            (n.day, key, n.hint.via),
            ExpectedUrl(source_key=source.key, day=n.day, key=key, url=n.url, host=host, hints=(n.hint,)),
        )
    return list(found.values())


def _note_frontier(r: Resources, source_key: str, days: Sequence[date]) -> None:
    """Expect also what feeds and sitemaps offered to live runs for these days: that shows gaps of live runs."""
    wanted = set(days)
    expected = []
    for url, host, key, offered_at, hints in expected_urls.from_frontier(r.engine, source_key=source_key, days=days):
        own: list[Hint] = [h for h in hints if h.via in LIVE]
        told = (day_of_words(h.published_raw) for h in own)
        day = next((d for d in told if d), None) or day_of_address(url) or offered_at.astimezone(UTC).date()
        if day in wanted and own:
            expected.append(ExpectedUrl(source_key=source_key, day=day, key=key, url=url, host=host, hints=tuple(own)))
    with r.engine.begin() as connection:
        expected_urls.record_expected(connection, expected)


def _site_walk(
    r: Resources, source: Source, days: Mapping[str, Sequence[date]]
) -> Generator[FetchRequest, FetchResult, SiteListings]:
    """A site's own archives, each with the days that it has not been read for."""
    done: SiteListings = []
    for via, walk in SITE_WALKS.items():
        if wanted := days.get(via):
            listings = yield from walk(r, source, wanted)
            done += [(via, of_days, listing) for of_days, listing in listings]
    return done


def _sitemaps(r: Resources, source: Source, days: Sequence[date]) -> SiteWalk:
    listing = yield from sitemaps.walk(source, Span(first=min(days), last=max(days)), today=clock().date())
    return [(list(days), listing)]


def _date_pages(r: Resources, source: Source, days: Sequence[date]) -> SiteWalk:
    patterns = list(source.date_archives) or (yield from _patterns(r, source, days[-1]))
    if not patterns:
        return [(list(days), Listing(is_there=False))]
    listings = []
    for day in days:
        listings.append(([day], (yield from date_pages.walk(source, day, patterns))))
    return listings


def _patterns(r: Resources, source: Source, day: date) -> Generator[FetchRequest, FetchResult, list[str]]:
    known = coverage.date_archive(r.engine, source.key)
    if known and (known[0] or is_within(FIND_OUT_AGAIN_AFTER, known[1], now=clock())):
        return [known[0]] if known[0] else []
    found = yield from date_pages.find_out(source, day)
    coverage.keep_date_archive(r.engine, source.key, found or "", clock())
    return [found] if found else []


def _slice(source: Source) -> int:
    return max(1, min(MAX_SLICE, int(SLICE_S / max(source.min_delay_s, 0.01))))


def _offer(r: Resources, run_id: str, source_key: str, taken: Sequence[ExpectedUrl]) -> tuple[list[bytes], list[bytes]]:
    """Make URLs due now in this run; returns their keys, and those of them that were due for live runs already."""
    now = runs.as_of(r.engine, run_id)
    offers = [Offer(url=e.url, url_key=e.key, host=e.host, hints=e.hints) for e in taken]
    with r.engine.begin() as connection:
        were_due = expected_urls.make_due(connection, [e.key for e in taken], now)
        frontier.offer(connection, run_id=run_id, source_key=source_key, offers=offers, now=now)
    return [e.key for e in taken], were_due


# The sites' own archives, and how each is read.
SITE_WALKS = {FoundVia.SITEMAP_ARCHIVE: _sitemaps, FoundVia.DATE_ARCHIVE: _date_pages}
