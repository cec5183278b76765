"""The gate of a host: it lets one request through at a time, keeps the host's delay, and requires its lease.

No request waits for one host's turn while holding another's, and waits for leases are limited: so there is no deadlock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from etl.fetch.messages import FetchResult, Refusal
from etl.fetch.politeness import HostLeases, HostPace, Lease, PaceRules
from etl.isolation import around
from etl.model import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all gates of a crawl share: clock, leases, limits."""

    leases: HostLeases
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    rules: PaceRules
    lease_wait_s: float
    deadline: datetime | None


class HostGate:
    """One host in one crawl. Its lease is held from `join` to `part`, its turn for one request."""

    def __init__(self, host: str, delay_s: float, around: Surroundings) -> None:
        self.host = host
        self.pace = HostPace(delay_s=delay_s, rules=around.rules, next_at=datetime.min.replace(tzinfo=UTC))
        self._around = around
        self._lease: Lease | None = None
        self._is_lost = False
        self._users = 0
        self._membership = asyncio.Lock()
        self._turn = asyncio.Lock()

    async def join(self) -> Refusal | None:
        """Enter the gate; the first user acquires the lease. With a refusal the caller is not inside."""
        async with self._membership:
            if self._is_lost:
                return self._lost()
            if self._lease is None:
                with around():
                    lease = await self._around.leases.acquire(self.host, self._around.lease_wait_s)
                if lease is None:
                    return _deferred(f"another process is visiting {self.host}")
                self._lease = lease
                now, politely = self._around.clock(), lease.next_allowed_at
                if lease.is_inherited:
                    politely = max(politely, now + timedelta(seconds=self.pace.delay_s))
                self.pace = self.pace.going_on(lease.streak).not_before(politely, now)
            self._users += 1
            return None

    async def part(self) -> None:
        """Leave the gate; the last user releases the lease."""
        async with self._membership:
            self._users -= 1
            if self._users == 0:
                await self.give_back()

    async def give_back(self) -> None:
        """Release the lease regardless of users: at the end of a crawl."""
        if self._lease is not None:
            with around():
                await self._lease.release(self.pace.next_at, self.pace.streak)
            self._lease = None  # not before: what was broken off is done again at the end

    async def renew(self) -> None:
        """Renew the lease, if there is one; when it is lost, nothing more is sent to this host."""
        lease = self._lease
        if lease is None or await lease.renew():
            return
        if self._users and self._lease is lease:  # not given back meanwhile
            self._is_lost = True
            self._lease = None

    async def take_turn(self) -> Refusal | None:
        """Wait until a request may start. Without a refusal the turn is taken, and has to be ended."""
        await self._turn.acquire()
        try:
            while True:
                refusal = self._refusal()
                if refusal is not None:
                    self._turn.release()
                    return refusal
                wait_s = self.pace.wait_s(self._around.clock())
                if wait_s <= 0:
                    return None
                with around():
                    await self._around.sleep(wait_s)
        except BaseException:
            self._turn.release()
            raise

    def end_turn(self, result: FetchResult | None, *, is_page: bool = True) -> None:
        """End the turn. `result` None: the host redirected elsewhere, or the visit was cancelled."""
        now = self._around.clock()
        self.pace = self.pace.after(result, now, is_page=is_page) if result is not None else self.pace.answered(now)
        self._turn.release()

    def slow_down(self, delay_s: float) -> None:
        """Wait at least this delay between requests."""
        self.pace = self.pace.slower(delay_s)

    def _refusal(self) -> Refusal | None:
        if self._is_lost:
            return self._lost()
        if self.pace.stopped is not None:
            return _deferred(f"{self.host}: {self.pace.stopped}")
        now, deadline = self._around.clock(), self._around.deadline
        if deadline is not None and max(now, self.pace.next_at) >= deadline:
            return _deferred("the time of this run is used up")
        return None

    def _lost(self) -> Refusal:
        return _deferred(f"the lease of {self.host} was lost to another process")


def _deferred(detail: str) -> Refusal:
    return Refusal(outcome=Outcome.DEFERRED, detail=detail)
