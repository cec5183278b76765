"""Requests pages that their sites no longer deliver from replaying archives, unchanged and at one pace over all processes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from etl import urls
from etl.archives import wayback
from etl.archives.days import Span
from etl.archives.listing import Walk
from etl.clock import clock
from etl.errors import Quarantine
from etl.fetch.address import is_loopback_host
from etl.fetch.client import Client, ClientConfig
from etl.fetch.messages import FetchRequest, FetchResult
from etl.lake.segment import Exchange
from etl.model import FoundVia, Hint, Outcome
from etl.settings import Settings
from etl.sources.source import Source
from etl.stages.fill.archive import ArchiveRequest
from etl.stages.fill.steps import is_open, record
from etl.stages.process.open_work import load_open
from etl.stages.process.recording import SegmentRecorder
from etl.stages.resources import Resources
from etl.states import AnswerState
from etl.warehouse.ops import archive_files, coverage, expected_urls
from etl.warehouse.ops.expected_urls import ExpectedUrl

T = TypeVar("T")
Ask = Callable[[FetchRequest], Awaitable[FetchResult]]

REST_S = 60.0  # after a 429 or 503 without Retry-After; doubled with each further one
MAX_REST_S = 900.0
TRIES = 4

_BUSY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayArchive:
    """An archive that lists the pages it has of a day and returns one per request, at one pace over all processes."""

    via: FoundVia
    walk: Callable[
        [Source, Span, str], Walk
    ]  # what it has of a source's days; the hint's `found_at` is the URL to request
    exchange_of: Callable[[FetchResult, Hint], Exchange | None]  # the capture in an answer
    url: Callable[[Settings], str]
    every_s: Callable[[Settings], float]  # seconds between two requests

    def list(self, r: Resources, wanted: ArchiveRequest) -> Sequence[str]:
        """List what it has of the sources' days, unless they are final."""
        known = coverage.listed(r.engine, sources=wanted.sources, days=wanted.days)
        notes = []
        for key in wanted.sources:
            days = [day for day in wanted.days if is_open(known.get((key, day, self.via)), day, now=clock())]
            if days:
                span = Span(first=min(days), last=max(days))
                walk = self.walk(r.registry.sources[key], span, self.url(r.settings))
                listing = asyncio.run(self._with_client(r, lambda ask, walk=walk: _drive(ask, walk)))  # type: ignore[misc]
                record(r, key, via=self.via.value, days=days, listing=listing)
                notes += [f"{key}: {problem}" for problem in listing.problems]
        return notes

    def take(self, r: Resources, wanted: ArchiveRequest) -> Counter[Outcome]:
        """Request what is still missing after the sites. Pages that a site's robots.txt forbids are not requested here either."""
        asyncio.run(self._with_client(r, lambda ask: self._recover(r, ask, wanted)))
        return load_open(r, run_id=wanted.run_id, batch=wanted.batch).outcomes

    def estimate(self, r: Resources, *, days: Span, sources: Sequence[str]) -> None:
        """None: it reads nothing beyond the pages that it lists."""

    async def _recover(self, r: Resources, ask: Ask, wanted: ArchiveRequest) -> None:
        for key in wanted.sources:
            one = _ReplayRecorder(r, wanted, self)
            try:
                for e in expected_urls.missing(r.engine, source_key=key, days=list(wanted.days), from_archive=self.via):
                    one.take(e, await ask(FetchRequest(url=e.hints[0].found_at, whole_only=True)))
                one.flush()
            finally:
                one.discard()

    async def _with_client(self, r: Resources, work: Callable[[Ask], Awaitable[T]]) -> T:
        host = urls.host_of(self.url(r.settings))
        ours = frozenset({host}) if is_loopback_host(host) else frozenset()
        config = ClientConfig.for_contact(r.settings.contact, loopback_hosts=ours)
        async with Client(config, clock=clock) as client:
            return await work(lambda request: self._ask(r, client, request))

    async def _ask(self, r: Resources, client: Client, request: FetchRequest) -> FetchResult:
        """Send one request when the archive's pace allows; again after a rest where it is busy or the answer broke off."""
        rest_s = REST_S
        every_s = self.every_s(r.settings)
        for attempt in range(1, TRIES + 1):
            wait_s = await asyncio.to_thread(
                archive_files.reserve_request, r.engine, archive=self.via.value, every_s=every_s
            )
            await asyncio.sleep(wait_s)
            result = await client.get(request)
            is_busy = result.status in _BUSY or result.outcome is Outcome.TIMEOUT or result.status is None
            if attempt == TRIES or result.is_full or not (is_busy or _broke_off(result)):
                return result
            if is_busy:
                seconds = min(MAX_REST_S, result.retry_after_s if result.retry_after_s is not None else rest_s)
                await asyncio.to_thread(archive_files.rest, r.engine, archive=self.via.value, seconds=seconds)
                rest_s *= 2
        raise AssertionError("the last try returns")


WAYBACK = ReplayArchive(
    via=FoundVia.WAYBACK,
    walk=wayback.walk,
    exchange_of=wayback.exchange_of,
    url=lambda settings: settings.wayback_url,
    every_s=lambda settings: settings.wayback_every_s,
)


class _ReplayRecorder:
    """Write replayed pages into a segment, and record with it in the warehouse how each request ended."""

    def __init__(self, r: Resources, wanted: ArchiveRequest, archive: ReplayArchive) -> None:
        self._r = r
        self._archive = archive
        self._recorder = SegmentRecorder(r, run_id=wanted.run_id, batch=wanted.batch, archive=archive.via.value)
        self._ends: list[tuple[ExpectedUrl, Outcome | AnswerState, str | None]] = []

    def take(self, e: ExpectedUrl, result: FetchResult) -> None:
        """Keep what came."""
        exchange = self._archive.exchange_of(result, e.hints[0])
        outcome: Outcome | AnswerState = result.outcome or Outcome.BROKEN_PAGE
        detail = result.error
        if exchange is not None and _is_of(r=self._r, e=e, url=exchange.target_uri):
            try:
                self._recorder.opened(exchange.captured_at).write(exchange)
                outcome, detail = AnswerState.CAPTURED, None
            except (Quarantine, ValueError) as error:
                detail = str(error)
        self._ends.append((e, outcome, detail))
        if self._recorder.is_due:
            self.flush()

    def flush(self) -> None:
        ends, self._ends = self._ends, []
        with self._recorder.recorded() as recorded:
            expected_urls.note_replays(recorded.connection, ends)

    def discard(self) -> None:
        self._recorder.discard()


def _is_of(*, r: Resources, e: ExpectedUrl, url: str) -> bool:
    """Whether the replayed page is the requested one: the archive follows the site's redirects."""
    source = r.registry.sources[e.source_key]
    try:
        return source.owns(url) and urls.url_key(url, rules=source.key_rules) == e.key
    except Quarantine:
        return False


def _broke_off(result: FetchResult) -> bool:
    """An answer with a successful status whose body is incomplete."""
    return result.status == 200 and result.outcome is not None


async def _drive(ask: Ask, walk: Generator[FetchRequest, FetchResult, T]) -> T:
    try:
        request = next(walk)
        while True:
            request = walk.send(await ask(request))
    except StopIteration as end:
        value: T = end.value
        return value
