"""Pages that their sites no longer give, out of the Wayback Machine: at one pace over all processes, as they were."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Sequence
from datetime import date
from typing import TypeVar

from etl import urls
from etl.archives import wayback
from etl.archives.days import Span
from etl.errors import Quarantine
from etl.fetch.address import is_loopback_host
from etl.fetch.client import Client, ClientConfig
from etl.fetch.messages import FetchRequest, FetchResult
from etl.model import FoundVia, Outcome
from etl.stages.fill.archive import Wanted
from etl.stages.fill.steps import READ_AGAIN_AFTER, record
from etl.stages.live.crawling import clock
from etl.stages.process.open_work import load_open
from etl.stages.process.recording import SegmentRecorder
from etl.stages.resources import Resources
from etl.states import Answered
from etl.warehouse.ops import archive_files, coverage, expected_urls
from etl.warehouse.ops.expected_urls import Expected
from etl.window import is_within

T = TypeVar("T")

REST_S = 60.0  # after a 429 or 503 without Retry-After; doubled with each further one
MAX_REST_S = 900.0
TRIES = 4

_BUSY = frozenset({429, 500, 502, 503, 504})


class Wayback:
    """The Wayback Machine: says which pages it has of a day, and gives each for a request."""

    via = FoundVia.WAYBACK

    def list(self, r: Resources, wanted: Wanted) -> Sequence[str]:
        """Ask what it has of the sources' days, where that is not settled."""
        known = coverage.listed(r.engine, sources=wanted.sources, days=wanted.days)
        notes = []
        for key in wanted.sources:
            days = [day for day in wanted.days if _is_open(known.get((key, day, wayback.ARCHIVE)), day)]
            if days:
                span = Span(first=min(days), last=max(days))
                walk = wayback.walk(r.registry.sources[key], span, r.settings.wayback_url)
                listing = asyncio.run(_with_client(r, lambda ask, walk=walk: _drive(ask, walk)))  # type: ignore[misc]
                record(r, key, via=wayback.ARCHIVE, days=days, listing=listing)
                notes += [f"{key}: {problem}" for problem in listing.problems]
        return notes

    def take(self, r: Resources, wanted: Wanted) -> Counter[Outcome]:
        """Take what is missing and was not had from the sites. What a site's robots.txt forbids is not got around."""
        asyncio.run(_with_client(r, lambda ask: _recover(r, ask, wanted)))
        return load_open(r, run_id=wanted.run_id, batch=wanted.batch).outcomes

    def estimate(self, r: Resources, *, days: Span, sources: Sequence[str]) -> None:
        """Nothing beside the pages that it names."""


async def _recover(r: Resources, ask: Ask, wanted: Wanted) -> None:
    for key in wanted.sources:
        one = _Keeper(r, wanted.run_id, wanted.batch)
        try:
            for e in expected_urls.missing(
                r.engine, source_key=key, days=list(wanted.days), from_archive=FoundVia.WAYBACK
            ):
                one.take(e, await ask(FetchRequest(url=e.hints[0].found_at)))
            one.flush()
        finally:
            one.discard()


class _Keeper:
    """Replays into a segment; with it into the warehouse how each ended."""

    def __init__(self, r: Resources, run_id: str, batch: str) -> None:
        self._r = r
        self._recorder = SegmentRecorder(r, run_id=run_id, batch=batch, archive=wayback.ARCHIVE)
        self._ends: list[tuple[Expected, Outcome | Answered, str | None]] = []

    def take(self, e: Expected, result: FetchResult) -> None:
        """Keep what came."""
        exchange = wayback.exchange_of(result, e.hints[0])
        outcome: Outcome | Answered = result.outcome or Outcome.BROKEN_PAGE
        detail = result.error
        if exchange is not None and _is_of(r=self._r, e=e, url=exchange.target_uri):
            try:
                self._recorder.opened(exchange.captured_at).write(exchange)
                outcome, detail = Answered.CAPTURED, None
            except (Quarantine, ValueError) as error:
                detail = str(error)
        self._ends.append((e, outcome, detail))
        if self._recorder.is_due:
            self.flush()

    def flush(self) -> None:
        ends, self._ends = self._ends, []
        with self._recorder.recorded() as recorded:
            expected_urls.replayed(recorded.connection, ends)

    def discard(self) -> None:
        self._recorder.discard()


def _is_of(*, r: Resources, e: Expected, url: str) -> bool:
    """Whether what was replayed is the page that was asked for: the archive follows redirects of the site."""
    source = r.registry.sources[e.source_key]
    try:
        return source.owns(url) and urls.url_key(url, rules=source.key_rules) == e.key
    except Quarantine:
        return False


Ask = Callable[[FetchRequest], Awaitable[FetchResult]]


async def _with_client(r: Resources, work: Callable[[Ask], Awaitable[T]]) -> T:
    host = urls.host_of(r.settings.wayback_url)
    ours = frozenset({host}) if is_loopback_host(host) else frozenset()
    config = ClientConfig.for_contact(r.settings.contact, loopback_hosts=ours)
    async with Client(config, clock=clock) as client:
        return await work(lambda request: _ask(r, client, request))


async def _ask(r: Resources, client: Client, request: FetchRequest) -> FetchResult:
    """One question in its turn; again after a rest where the archive is busy or broke off."""
    rest_s = REST_S
    for attempt in range(1, TRIES + 1):
        wait_s = await asyncio.to_thread(
            archive_files.next_turn, r.engine, archive=wayback.ARCHIVE, every_s=r.settings.wayback_every_s
        )
        await asyncio.sleep(wait_s)
        result = await client.get(request)
        is_busy = result.status in _BUSY or result.outcome is Outcome.TIMEOUT or result.status is None
        if attempt == TRIES or result.is_full or not (is_busy or _broke_off(result)):
            return result
        if is_busy:
            seconds = min(MAX_REST_S, result.retry_after_s if result.retry_after_s is not None else rest_s)
            await asyncio.to_thread(archive_files.rest, r.engine, archive=wayback.ARCHIVE, seconds=seconds)
            rest_s *= 2
    raise AssertionError("the last try returns")


def _broke_off(result: FetchResult) -> bool:
    """An answer whose status was good and whose body did not come whole."""
    return result.status == 200 and result.outcome is not None


async def _drive(ask: Ask, walk: Generator[FetchRequest, FetchResult, T]) -> T:
    try:
        request = next(walk)
        while True:
            request = walk.send(await ask(request))
    except StopIteration as end:
        value: T = end.value
        return value


def _is_open(known: coverage.ListedDay | None, day: date) -> bool:
    if known is None or not known.state.is_whole:
        return True
    return not (known.is_settled(day) or is_within(READ_AGAIN_AFTER, known.listed_at, now=clock()))
