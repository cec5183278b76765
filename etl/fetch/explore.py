"""Drives one walk through a site, whose next request depends on the last answer, with a limit on all requests.

walk ─ request ─ gate (lease, turn, pace) ─ robots.txt ─ client (counted) ─ answer ─→ walk
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from etl import urls
from etl.errors import Quarantine
from etl.fetch.gate import HostGate, Surroundings
from etl.fetch.messages import FetchRequest, FetchResult, MayFollow, Refusal
from etl.fetch.politeness import HostLeases, PaceRules
from etl.fetch.robots_store import RobotsState, RobotsStore, StoredRobots
from etl.fetch.sites import Sites
from etl.fetch.visit import Fetcher, Visit, fetch, unsent
from etl.model import Outcome

T = TypeVar("T")

DEFAULT_RULES = PaceRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRules:
    """Asks for the stored robots.txt of a host. No request is sent for it."""

    host: str


Ask = FetchRequest | HostRules
Answer = FetchResult | StoredRobots | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored(Generic[T]):
    """What a walk returned, and how many requests were sent for it: robots.txt and redirects included."""

    returned: T
    requests: int


async def explore(
    client: Fetcher,
    walk: Generator[Ask, Answer, T],
    *,
    leases: HostLeases,
    robots: RobotsStore,
    clock: Callable[[], datetime],
    delay_s: float,
    max_requests: int,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    rules: PaceRules = DEFAULT_RULES,
    lease_wait_s: float = 30,
) -> Explored[T]:
    """Drive a walk to its end. Redirects lead to any host, through its gate.

    A request beyond `max_requests` is not sent, and its result is DEFERRED: never more than that many go out. Where a
    host cannot be reached by one scheme its robots.txt is asked for again by the other, which may be the only one.
    """
    counted = _Counted(client, max_requests, clock)
    surroundings = Surroundings(
        leases=leases, clock=clock, sleep=sleep, rules=rules, lease_wait_s=lease_wait_s, deadline=None
    )
    gates: dict[str, HostGate] = {}

    def gate_of(host: str) -> HostGate:
        return gates.setdefault(host, HostGate(host, delay_s, surroundings))

    sites = {scheme: Sites(counted, gate_of, _OfScheme(robots, scheme), clock=clock) for scheme in ("http", "https")}
    try:
        ask = next(walk)
        while True:
            if isinstance(ask, HostRules):
                ask = walk.send(await robots.get(ask.host))
                continue
            site = sites.get(urlsplit(ask.url).scheme.lower(), sites["https"])
            result = await fetch(counted, ask, Visit(gate_of, permit=site.permit, may_leave=_anywhere), clock=clock)
            if result.is_full:
                result = replace(result, robots=site.signals(gate_of(_host(result.final_url)), ask, result))
            ask = walk.send(result)
    except StopIteration as end:
        return Explored(returned=end.value, requests=counted.sent)
    finally:
        walk.close()
        for gate in gates.values():
            await gate.give_back()


async def _anywhere(source: str, target: str) -> Refusal | None:
    return None


def _host(url: str) -> str:
    try:
        return urls.host_of(url)
    except Quarantine:
        return ""


class _Counted:
    """A client with a limit of requests; each redirect counts as one."""

    def __init__(self, client: Fetcher, limit: int, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._limit = limit
        self._clock = clock
        self.sent = 0

    @property
    def user_agent(self) -> str:
        return self._client.user_agent

    async def get(self, request: FetchRequest, *, may_follow: MayFollow | None = None) -> FetchResult:
        if self.sent >= self._limit:
            return unsent(request, self._clock(), self._used_up())
        self.sent += 1

        async def follow(source: str, target: str) -> Refusal | None:
            refusal = await may_follow(source, target) if may_follow is not None else None
            if refusal is None and self.sent >= self._limit:
                return self._used_up()
            self.sent += refusal is None
            return refusal

        return await self._client.get(request, may_follow=follow)

    def _used_up(self) -> Refusal:
        return Refusal(outcome=Outcome.DEFERRED, detail=f"all {self._limit} requests are used up")


@dataclass(frozen=True, slots=True)
class _OfScheme:
    """A store that hides a stored failure of the host with the other scheme."""

    inner: RobotsStore
    scheme: str

    async def get(self, host: str) -> StoredRobots | None:
        stored = await self.inner.get(host)
        if stored is not None and stored.state is RobotsState.UNREACHABLE:
            return stored if urlsplit(stored.url).scheme == self.scheme else None
        return stored

    async def put(self, host: str, stored: StoredRobots) -> None:
        await self.inner.put(host, stored)
