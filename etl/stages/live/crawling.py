"""Connects the crawler with the warehouse: leases, stored robots.txt, and the log of requests."""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from etl import processes, urls
from etl.clock import clock
from etl.errors import Quarantine
from etl.fetch.address import is_loopback_host
from etl.fetch.client import Client, ClientConfig
from etl.fetch.crawl import HostWork, Limits, MayLeaveTo, crawl
from etl.fetch.messages import FetchRequest, FetchResult, RequestKind
from etl.fetch.politeness import NO_STREAK, PaceRules, Streak
from etl.fetch.robots_store import StoredRobots
from etl.fetch.visit import OnResult
from etl.sources.registry import Registry
from etl.stages.resources import Resources
from etl.states import Schedule
from etl.warehouse.load.refusals import refused_as_quarantine
from etl.warehouse.ops import hosts, robots, runs
from etl.warehouse.ops.hosts import LoggedFetch

# Hosts that one process visits at a time. Each is one request at a time, so this bounds connections and memory.
MAX_HOSTS = 64

# How long to wait for a host that another process is visiting, before its URLs are deferred.
LEASE_WAIT_S = 120.0
LEASE_POLL_S = 0.25

# How long a run that comes every few minutes may fetch at most: what is left is due in the next one.
MINUTES_LIMIT_S = 600.0

# When a host gets a rest.
PACE = PaceRules()


async def crawl_hosts(
    r: Resources,
    works: Sequence[HostWork],
    on_result: OnResult,
    *,
    run_id: str,
    limit_s: float,
    may_leave_to: MayLeaveTo | None = None,
    on_terms: OnResult | None = None,
) -> None:
    """Crawl with the warehouse's leases and robots.txt, which all processes share.

    It ends after `limit_s` seconds, and no host gets more than its share of them (`share_s`): what is left is deferred.

    Requests for robots.txt and similar files are logged here; the caller logs its own requests. With `on_terms` documents
    of terms are read as well, and it hears of them.
    """

    async def on_file(request: FetchRequest, result: FetchResult) -> None:
        await asyncio.to_thread(_log, r.engine, run_id, logged(request, result))
        if on_terms is not None and request.kind is RequestKind.TERMS:
            await on_terms(request, result)

    config = ClientConfig.for_contact(r.settings.contact, loopback_hosts=loopback_hosts(r.registry))
    async with Client(config, clock=clock) as client:
        await crawl(
            client,
            works,
            leases=WarehouseLeases(r.engine),
            robots=WarehouseRobots(r.engine),
            on_result=on_result,
            max_hosts=MAX_HOSTS,
            clock=clock,
            rules=PACE,
            lease_wait_s=LEASE_WAIT_S,
            limits=Limits(run_s=limit_s, host_s=share_s(limit_s, hosts=len(works))),
            may_leave_to=may_leave_to,
            on_file=on_file,
            reads_terms=on_terms is not None,
        )


def limit_s(r: Resources, run_id: str) -> float:
    """For how many seconds a batch of a run may fetch: the next run of a class of minutes waits for the last of its hosts."""
    is_frequent = runs.asking(r.engine, run_id).schedule is Schedule.MINUTES
    return min(r.settings.run_limit_s, MINUTES_LIMIT_S) if is_frequent else r.settings.run_limit_s


def share_s(limit_s: float, *, hosts: int) -> float:
    """The share of a crawl's time for one host: half of it, less where there are more hosts than slots. Pure.

    >>> share_s(2400, hosts=10), share_s(2400, hosts=256)
    (1200.0, 600.0)
    """
    return limit_s / max(2, math.ceil(hosts / MAX_HOSTS))


def _log(engine: Engine, run_id: str, fetch: LoggedFetch) -> None:
    with refused_as_quarantine(), engine.begin() as connection:
        hosts.log(connection, run_id, [fetch])


def logged(request: FetchRequest, result: FetchResult) -> LoggedFetch:
    """The line of the log for a request."""
    return LoggedFetch(
        fetched_at=result.fetched_at,
        host=host_of(result.final_url),
        url=request.url,
        kind=request.kind.value,
        status=result.status,
        outcome=result.outcome,
        bytes=len(result.body),
        error=result.error,
        price=result.price,
    )


def host_of(url: str) -> str:
    """The host of a URL, "" for one that has none."""
    try:
        return urls.host_of(url)
    except Quarantine:
        return ""


def loopback_hosts(registry: Registry) -> frozenset[str]:
    """Hosts of the registry that are loopback addresses."""
    found = {host_of(u) for s in registry.enabled for u in (s.homepage, *s.feeds, *s.sitemaps, *s.sections)}
    found |= {host for s in registry.enabled for host in s.aliases}
    return frozenset(filter(is_loopback_host, found))


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseLease:
    """A lease of `ops.host_lease`."""

    engine: Engine
    host: str
    holder: str
    next_allowed_at: datetime
    streak: Streak
    is_inherited: bool

    async def renew(self) -> bool:
        """Renew it; False when it was lost."""
        return await asyncio.to_thread(hosts.renew, self.engine, self.host, self.holder)

    async def release(self, next_allowed_at: datetime, streak: Streak = NO_STREAK) -> None:
        """Give it back."""
        rest = max(timedelta(), next_allowed_at - clock())
        await asyncio.to_thread(hosts.release, self.engine, self.host, self.holder, rest, streak)


@dataclass(frozen=True, slots=True)
class WarehouseLeases:
    """`HostLeases` in the warehouse: no host is visited by two processes at a time, on whatever machines they are."""

    engine: Engine
    process: str = field(default_factory=lambda: processes.name_of_this(uuid.uuid4().hex))

    async def acquire(self, host: str, wait_s: float) -> WarehouseLease | None:
        """Acquire a host's lease, waiting for it; None when another process held it all the time."""
        until = time.monotonic() + wait_s
        while True:
            taken = await asyncio.to_thread(hosts.acquire, self.engine, host, self.process)
            if taken is not None:
                streak = await asyncio.to_thread(hosts.streak, self.engine, host)
                return WarehouseLease(
                    engine=self.engine,
                    host=host,
                    holder=self.process,
                    next_allowed_at=clock() + taken.rest,
                    streak=streak,
                    is_inherited=taken.is_inherited,
                )
            if time.monotonic() >= until:
                return None
            await asyncio.sleep(LEASE_POLL_S)


@dataclass(frozen=True, slots=True)
class WarehouseRobots:
    """`RobotsStore` in the warehouse."""

    engine: Engine

    async def get(self, host: str) -> StoredRobots | None:
        """The stored robots.txt of a host."""
        return await asyncio.to_thread(self._get, host)

    async def put(self, host: str, stored: StoredRobots) -> None:
        """Store a host's robots.txt."""
        with refused_as_quarantine():
            await asyncio.to_thread(self._put, host, stored)

    def _get(self, host: str) -> StoredRobots | None:
        found = robots.stored(self.engine, host)
        return StoredRobots.from_json(found) if found is not None else None

    def _put(self, host: str, stored: StoredRobots) -> None:
        robots.keep(self.engine, host, stored.to_json(), at=stored.fetched_at)
