"""Crawls many hosts in parallel, one request per host at a time, with robots.txt, pace, leases, redirects; one result each.

work of a host ─ gate (lease, turn, pace) ─ robots.txt ─ client ─┬─ result
                        ▲                                        │
                        └── redirect: the gate of the new host ◄─┘
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from etl import urls
from etl.errors import tidying_after
from etl.fetch.gate import HostGate, Surroundings
from etl.fetch.messages import FetchRequest, FetchResult, Refusal
from etl.fetch.politeness import HostLeases, PaceRules
from etl.fetch.robots_store import RobotsStore
from etl.fetch.sites import Sites
from etl.fetch.visit import Fetcher, OnResult, Visit, fetch, unsent
from etl.isolation import cause_of, put_aside
from etl.model import Outcome
from etl.printable import log_fields

log = logging.getLogger(__name__)

# Before a host that is in no work, but to which a redirect led.
DEFAULT_DELAY_S = 2.0
DEFAULT_RULES = PaceRules()

# An exchange that is cancelled after this time was slow, and did not merely start late.
SLOW_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostWork:
    """The requests for one host (`host[:port]`), in order. `max_requests` limits the requests sent, redirects included."""

    host: str
    requests: Iterable[FetchRequest] | AsyncIterable[FetchRequest]
    min_delay_s: float
    max_requests: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a crawl and each of its works may take, in seconds of a monotonic `timer`."""

    run_s: float = math.inf
    host_s: float = math.inf
    timer: Callable[[], float] = time.monotonic


NO_LIMITS = Limits()

# Asked before a redirect of a request is followed to a URL of another host; None: it may be.
MayLeaveTo = Callable[[FetchRequest, str], Awaitable[Refusal | None]]


async def crawl(
    client: Fetcher,
    works: Sequence[HostWork],
    *,
    leases: HostLeases,
    robots: RobotsStore,
    on_result: OnResult,
    max_hosts: int,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    rules: PaceRules = DEFAULT_RULES,
    default_delay_s: float = DEFAULT_DELAY_S,
    lease_wait_s: float = 10,
    renew_every_s: float = 30,
    deadline: datetime | None = None,
    limits: Limits = NO_LIMITS,
    may_leave_to: MayLeaveTo | None = None,
    on_file: OnResult | None = None,
    reads_terms: bool = False,
) -> None:
    """Fetch all works, `max_hosts` hosts at a time, one request at a time to a host.

    Every request ends in exactly one call of `on_result`, sent or not; calls for different hosts overlap. `on_file`
    hears of robots.txt and tdmrep.json, which are requests to a host as well, and with `reads_terms` of the documents of
    terms that these and pages name. No request starts at or after `deadline`:
    what is left is DEFERRED, as is what `limits` leave over (one that is under way then is broken off), and what a budget, a stopped host, or a lease held elsewhere leaves over. A result that
    can become a capture carries what was said about robots and rights.

    What an exchange raises is its own outcome, QUARANTINED with what was raised, and goes into the log with its
    traceback. When the crawl is cancelled, or `on_result`, a store or the leases raise, everything under way is broken
    off, leases are released, and the first exception is raised; requests without a result are then still to be done.
    """
    run = _Crawl(
        client,
        works,
        Surroundings(
            leases=leases, clock=clock, sleep=sleep, rules=rules, lease_wait_s=lease_wait_s, deadline=deadline
        ),
        robots=robots,
        on_result=on_result,
        default_delay_s=default_delay_s,
        limits=limits,
        may_leave_to=may_leave_to,
        on_file=on_file,
        reads_terms=reads_terms,
    )
    try:
        await run.run(works, max_hosts=max_hosts, renew_every_s=renew_every_s)
    except BaseExceptionGroup as group:
        error = cause_of(_first(group))
        with tidying_after(error):
            await run.give_back()
        raise error from None
    except BaseException as error:
        with tidying_after(error):
            await run.give_back()
        raise
    await run.give_back()


class _Crawl:
    def __init__(
        self,
        client: Fetcher,
        works: Sequence[HostWork],
        around: Surroundings,
        *,
        robots: RobotsStore,
        on_result: OnResult,
        default_delay_s: float,
        limits: Limits,
        may_leave_to: MayLeaveTo | None,
        on_file: OnResult | None,
        reads_terms: bool,
    ) -> None:
        self._limits = limits
        self._ends_at = limits.timer() + limits.run_s
        self._client = client
        self._around = around
        self._on_result = on_result
        self._default_delay_s = default_delay_s
        self._may_leave_to = may_leave_to
        self._gates: dict[str, HostGate] = {}
        for work in works:
            self._gates.setdefault(work.host, HostGate(work.host, work.min_delay_s, around)).slow_down(work.min_delay_s)
        self._sites = Sites(client, self._gate, robots, clock=around.clock, on_file=on_file, reads_terms=reads_terms)

    async def run(self, works: Sequence[HostWork], *, max_hosts: int, renew_every_s: float) -> None:
        if not works:
            return
        waiting = iter(works)
        async with asyncio.TaskGroup() as group:
            renewals = group.create_task(self._renew(renew_every_s))
            workers = [group.create_task(self._work(waiting)) for _ in range(min(max_hosts, len(works)))]
            await asyncio.wait(workers)
            renewals.cancel()

    async def give_back(self) -> None:
        for gate in self._gates.values():
            await gate.give_back()

    async def _work(self, waiting: Iterator[HostWork]) -> None:
        for work in waiting:
            await self._visit_host(work)

    async def _visit_host(self, work: HostWork) -> None:
        """Fetch all requests of one work, holding the lease from the first to the last."""
        gate = self._gate(work.host)
        share_ends_at = self._limits.timer() + self._limits.host_s
        refusal = await gate.join()
        is_inside = refusal is None
        sent = 0
        try:
            async for request in _each(work.requests):
                if refusal is None and work.max_requests is not None and sent >= work.max_requests:
                    refusal = Refusal(outcome=Outcome.DEFERRED, detail=f"the budget of {work.host} is used up")
                refusal = refusal or self._used_up(work.host, share_ends_at)
                if refusal is None:
                    visit = self._new_visit(request)
                    result = await self._fetch_within(work.host, share_ends_at, request, visit)
                    result = await self._with_signals(request, result)
                    sent += visit.requests
                else:
                    result = unsent(request, self._around.clock(), refusal)
                await self._report(request, result)
        finally:
            if is_inside:
                await gate.part()

    def _used_up(self, host: str, share_ends_at: float) -> Refusal | None:
        now = self._limits.timer()
        if now >= self._ends_at:
            return Refusal(outcome=Outcome.DEFERRED, detail="the time of this run is used up: it is still due")
        if now >= share_ends_at:
            share = f"{host} has had its share of this run's time ({self._limits.host_s:.0f} s)"
            return Refusal(outcome=Outcome.DEFERRED, detail=f"{share}: it is still due")
        return None

    async def _fetch_within(self, host: str, share_ends_at: float, request: FetchRequest, visit: Visit) -> FetchResult:
        """As `_fetch`; what is not done when the time is used up is broken off, however many waits it is made of."""
        started = self._limits.timer()
        left_s = min(share_ends_at, self._ends_at) - started
        try:
            async with asyncio.timeout(left_s if left_s < math.inf else None):
                return await self._fetch(request, visit)
        except TimeoutError:
            refusal = self._used_up(host, share_ends_at)
            if refusal is None:
                raise
            took_s = self._limits.timer() - started
            if visit.requests and took_s >= min(SLOW_S, self._limits.host_s / 2):
                # Deferred it would come first the next time, take all of the host's time again, and nothing else would come.
                detail = f"not done after {took_s:.0f} s, when the time of {host} was over"
                refusal = Refusal(outcome=Outcome.TIMEOUT, detail=detail)
            return unsent(request, self._around.clock(), refusal)

    async def _fetch(self, request: FetchRequest, visit: Visit) -> FetchResult:
        """The result of one exchange; also where something raised."""
        try:
            return await fetch(self._client, request, visit, clock=self._around.clock)
        except Exception as error:
            return self._put_aside(request, error)

    async def _with_signals(self, request: FetchRequest, result: FetchResult) -> FetchResult:
        """What can become a capture, with what was said about robots and rights.

        Outside of the exchange's time: the page is read, and reading terms that it names has a limit of its own.
        """
        if not result.is_full and result.outcome is not Outcome.UNCHANGED:
            return result
        try:
            gate = self._gate(urls.host_of(result.final_url))
            return replace(result, robots=await self._sites.read_signals(gate, request, result))
        except Exception as error:
            return self._put_aside(request, error)

    def _put_aside(self, request: FetchRequest, error: Exception) -> FetchResult:
        why = put_aside(error, what="exchange", which=request.url)
        return unsent(request, self._around.clock(), Refusal(outcome=Outcome.QUARANTINED, detail=why))

    def _new_visit(self, request: FetchRequest) -> Visit:
        async def may_leave(source: str, target: str) -> Refusal | None:
            return await self._may_leave_to(request, target) if self._may_leave_to is not None else None

        return Visit(self._gate, permit=self._sites.permit, may_leave=may_leave)

    async def _report(self, request: FetchRequest, result: FetchResult) -> None:
        log.info(
            "fetch %s",
            log_fields(
                outcome=result.outcome or "full",
                status=result.status,
                bytes=len(result.body),
                redirects=len(result.redirects),
                kind=request.kind,
                url=request.url,
                error=result.error,
            ),
        )
        await self._on_result(request, result)

    def _gate(self, host: str) -> HostGate:
        return self._gates.setdefault(host, HostGate(host, self._default_delay_s, self._around))

    async def _renew(self, every_s: float) -> None:
        while True:
            await self._around.sleep(every_s)
            for gate in list(self._gates.values()):
                await gate.renew()


async def _each(requests: Iterable[FetchRequest] | AsyncIterable[FetchRequest]) -> AsyncIterator[FetchRequest]:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            yield request
    else:
        for request in requests:
            yield request


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
