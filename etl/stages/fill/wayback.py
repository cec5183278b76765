"""Pages that their sites no longer give, out of the Wayback Machine: at one pace over all processes, as they were."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from datetime import date
from typing import TypeVar

from etl import processes, urls
from etl.archives import wayback
from etl.archives.days import Span
from etl.errors import Quarantine
from etl.fetch.address import is_loopback_host
from etl.fetch.client import Client, ClientConfig
from etl.fetch.messages import FetchRequest, FetchResult
from etl.lake.segment import SegmentWriter
from etl.model import FoundVia, Outcome
from etl.stages.fill.cc_news import archive_writer
from etl.stages.fill.steps import READ_AGAIN_AFTER, record
from etl.stages.live.crawling import clock
from etl.stages.process.recording import recording
from etl.stages.resources import Resources
from etl.states import Answered
from etl.warehouse.ops import archive_files, coverage, expected_urls
from etl.warehouse.ops.expected_urls import Expected
from etl.window import is_within

T = TypeVar("T")

REST_S = 60.0  # after a 429 or 503 without Retry-After; doubled with each further one
MAX_REST_S = 900.0
TRIES = 4
SEGMENT_SECONDS = 60.0

_BUSY = frozenset({429, 500, 502, 503, 504})


def find_captured(r: Resources, *, run_id: str, days: Span, sources: Sequence[str]) -> list[str]:
    """Ask the Wayback Machine what it has of the sources' days, where that is not settled; the problems as notes."""
    known = coverage.listed(r.engine, sources=sources, days=days)
    notes = []
    for key in sources:
        wanted = [day for day in days if _is_open(known.get((key, day, wayback.ARCHIVE)), day)]
        if wanted:
            span = Span(first=min(wanted), last=max(wanted))
            walk = wayback.walk(r.registry.sources[key], span, r.settings.wayback_url)
            listing = asyncio.run(_with_client(r, lambda ask, walk=walk: _drive(ask, walk)))  # type: ignore[misc]
            record(r, key, via=wayback.ARCHIVE, days=wanted, listing=listing)
            notes += [f"{key}: {problem}" for problem in listing.problems]
    return notes


def recover(r: Resources, *, run_id: str, batch: str, days: Sequence[date], sources: Sequence[str]) -> int:
    """Take from the Wayback Machine what is missing of these days and was not had from the sites; how many it was.

    What a site's robots.txt forbids is not got around this way.
    """
    return asyncio.run(_with_client(r, lambda ask: _recover(r, ask, run_id, batch, days, sources)))


async def _recover(
    r: Resources, ask: Ask, run_id: str, batch: str, days: Sequence[date], sources: Sequence[str]
) -> int:
    taken = 0
    for key in sources:
        one = _Keeper(r, run_id, batch)
        try:
            for e in expected_urls.missing(r.engine, source_key=key, days=days, from_archive=FoundVia.WAYBACK):
                taken += one.take(e, await ask(FetchRequest(url=e.hints[0].found_at)))
            one.flush()
        finally:
            one.discard()
    return taken


class _Keeper:
    """Replays into a segment; with it into the warehouse how each ended."""

    def __init__(self, r: Resources, run_id: str, batch: str) -> None:
        self._r = r
        self._run_id = run_id
        self._batch = batch
        self._holder = processes.name_of_this()
        self._writer: SegmentWriter | None = None
        self._ends: list[tuple[Expected, Outcome | Answered, str | None]] = []
        self._since = time.monotonic()

    def take(self, e: Expected, result: FetchResult) -> bool:
        """Keep what came; whether it is a capture."""
        exchange = wayback.exchange_of(result, e.hints[0])
        outcome: Outcome | Answered = result.outcome or Outcome.BROKEN_PAGE
        detail = result.error
        if exchange is not None and _is_of(r=self._r, e=e, url=exchange.target_uri):
            try:
                if self._writer is None:
                    self._writer = archive_writer(self._r, at=exchange.captured_at)
                self._writer.write(exchange)
                outcome, detail = Answered.CAPTURED, None
            except (Quarantine, ValueError) as error:
                detail = str(error)
        self._ends.append((e, outcome, detail))
        if time.monotonic() - self._since > SEGMENT_SECONDS or (self._writer is not None and self._writer.is_full):
            self.flush()
        return outcome is Answered.CAPTURED

    def flush(self) -> None:
        writer, self._writer = self._writer, None
        ends, self._ends = self._ends, []
        with recording(
            self._r,
            writer,
            run_id=self._run_id,
            batch=self._batch,
            holder=self._holder,
            folder=f"raw/archive/{wayback.ARCHIVE}",
        ) as recorded:
            expected_urls.replayed(recorded.connection, ends)
        self._since = time.monotonic()

    def discard(self) -> None:
        if self._writer is not None:
            self._writer.discard()


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
