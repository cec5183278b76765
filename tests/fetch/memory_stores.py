"""Leases and robots.txt of one process: what the warehouse keeps for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from etl.fetch.politeness import NO_STREAK, Lease, Streak
from etl.fetch.robots_store import StoredRobots


class MemoryLeases:
    """`HostLeases` of one process. Those that are not renewed for `ttl_s` can be taken by others."""

    def __init__(self, clock: Callable[[], datetime], *, ttl_s: float = 180) -> None:
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_s)
        self._held: dict[str, _MemoryLease] = {}
        self._next: dict[str, datetime] = {}
        self._streaks: dict[str, Streak] = {}

    async def acquire(self, host: str, wait_s: float) -> Lease | None:
        """The lease, or None at once: whoever holds it is another task of this process."""
        held = self._held.get(host)
        if held is not None and held.expires_at > self._clock():
            return None
        earliest = datetime.min.replace(tzinfo=UTC)
        streak = self._streaks.get(host, NO_STREAK)
        lease = _MemoryLease(self, host, self._next.get(host, earliest), self._clock() + self._ttl, streak)
        self._held[host] = lease
        return lease

    def held(self) -> frozenset[str]:
        """Hosts that somebody holds now."""
        return frozenset(host for host, lease in self._held.items() if lease.expires_at > self._clock())

    def renew(self, lease: _MemoryLease) -> bool:
        """Prolong a lease that is still its holder's."""
        if self._held.get(lease.host) is not lease or lease.expires_at <= self._clock():
            return False
        lease.expires_at = self._clock() + self._ttl
        return True

    def release(self, lease: _MemoryLease, next_allowed_at: datetime, streak: Streak) -> None:
        """Let others have it."""
        if self._held.get(lease.host) is lease:
            del self._held[lease.host]
            self._streaks[lease.host] = streak
            self._next[lease.host] = max(next_allowed_at, self._next.get(lease.host, next_allowed_at))


@dataclass(slots=True, eq=False)
class _MemoryLease:
    leases: MemoryLeases
    host: str
    next_allowed_at: datetime
    expires_at: datetime
    streak: Streak
    is_inherited: bool = False

    async def renew(self) -> bool:
        return self.leases.renew(self)

    async def release(self, next_allowed_at: datetime, streak: Streak = NO_STREAK) -> None:
        self.leases.release(self, next_allowed_at, streak)


class MemoryRobotsStore:
    """A `RobotsStore` that lasts as long as the process."""

    def __init__(self) -> None:
        self._stored: dict[str, StoredRobots] = {}

    async def get(self, host: str) -> StoredRobots | None:
        """What was put last."""
        return self._stored.get(host)

    async def put(self, host: str, stored: StoredRobots) -> None:
        """Keep it in place of what was there."""
        self._stored[host] = stored
