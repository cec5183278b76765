"""Politeness towards a host: its pace (pure), and the leases that give one process the right to visit it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from etl.fetch.messages import FetchResult
from etl.fetch.wire import MAX_RETRY_AFTER_S
from etl.model import Outcome

# Some front pages link several paywalled pages in a row, but ten refusals in a row mean that the site does not want us.
REFUSING = frozenset({401, 402, 403, 451})
OVERLOADED = frozenset({429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceRules:
    """When a host gets a rest, in seconds."""

    max_failures: int = 3  # in a row: time-outs, broken connections, 429, 5xx
    max_refusals: int = 10  # in a row: 401, 402, 403, 451
    backoff_s: float = 30  # after a 429 or 503 without Retry-After; doubled with each further one
    max_wait_s: float = 300  # a host that needs a longer rest is left to the next run


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """Counts of consecutive failures and refusals of a host, over all visits of all processes."""

    failures: int = 0
    refusals: int = 0


NO_STREAK = Streak()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPace:
    """The pace of a host. Immutable: each answer gives the next state.

    `delay_s` is between the end of one answer and the start of the next request, so that a slow server gets more rest.
    `stopped` says why nothing more is sent in this run.
    """

    delay_s: float
    rules: PaceRules
    next_at: datetime  # no request before
    failures: int = 0
    refusals: int = 0
    stopped: str | None = None

    def wait_s(self, now: datetime) -> float:
        """Seconds until the next request may start."""
        return max(0.0, (self.next_at - now).total_seconds())

    def slower(self, delay_s: float) -> HostPace:
        """At least this delay, from the last answer on."""
        longer = max(0.0, delay_s - self.delay_s)
        return replace(self, delay_s=self.delay_s + longer, next_at=self.next_at + timedelta(seconds=longer))

    @property
    def streak(self) -> Streak:
        """The counts that the next visit starts with."""
        return Streak(failures=self.failures, refusals=self.refusals)

    def going_on(self, streak: Streak) -> HostPace:
        """Start with the counts of the visit before: one more of the same kind stops the host, another answer resets them."""
        return replace(self, failures=streak.failures, refusals=streak.refusals)

    def not_before(self, at: datetime, now: datetime) -> HostPace:
        """A rest that an earlier holder of the lease has recorded."""
        return replace(self, next_at=max(self.next_at, at))._stopped_if_long(now, "asked for a rest by an earlier run")

    def after(self, result: FetchResult, now: datetime, *, is_page: bool = True) -> HostPace:
        """The pace after an answer, or the lack of one, that ended now.

        A delivered feed or robots.txt does not end a series of refused pages.
        """
        if result.outcome is Outcome.REFUSED_ADDRESS:  # nothing was sent
            return self
        if _is_failure(result):
            failures = self.failures + 1
            paced = replace(self, failures=failures, next_at=now + timedelta(seconds=self._backoff_s(result, failures)))
            if failures >= self.rules.max_failures:
                return replace(paced, stopped=f"{failures} failures in a row, the last one: {result.error}")
            return paced._stopped_if_long(now, f"asked for a rest: {result.error}")
        if result.status not in REFUSING:
            return self.answered(now) if is_page else replace(self.answered(now), refusals=self.refusals)
        refusals = self.refusals + 1
        paced = replace(self.answered(now), refusals=refusals)
        if refusals >= self.rules.max_refusals:
            return replace(paced, stopped=f"{refusals} refusals in a row, the last one: {result.error}")
        return paced

    def answered(self, now: datetime) -> HostPace:
        """The pace after an ordinary answer, such as a redirect."""
        return replace(self, failures=0, refusals=0, next_at=now + timedelta(seconds=self.delay_s))

    def _backoff_s(self, result: FetchResult, failures: int) -> float:
        asked = min(result.retry_after_s or 0.0, MAX_RETRY_AFTER_S)
        # A host's Retry-After is used once; if that did not help, our own longer rest is used.
        is_overloaded = result.status in OVERLOADED and (result.retry_after_s is None or failures > 1)
        base = self.rules.backoff_s if is_overloaded else self.delay_s
        return max(asked, self.delay_s, base * 2.0 ** min(failures - 1, 10, self.rules.max_failures))

    def _stopped_if_long(self, now: datetime, why: str) -> HostPace:
        wait_s = self.wait_s(now)
        return replace(self, stopped=f"{why} ({wait_s:.0f} s)") if wait_s > self.rules.max_wait_s else self


def _is_failure(result: FetchResult) -> bool:
    status = result.status
    return result.outcome is Outcome.TIMEOUT or status is None or status == 429 or status >= 500


class Lease(Protocol):
    """The right to visit a host, for as long as it is renewed."""

    @property
    def next_allowed_at(self) -> datetime:
        """When the next request is polite, as the holder before recorded it."""

    @property
    def is_inherited(self) -> bool:
        """Whether the holder before ended without releasing it: its last request may be very recent."""

    async def renew(self) -> bool:
        """Renew it; False when another process has it by now."""

    @property
    def streak(self) -> Streak:
        """The host's counts of consecutive failures and refusals when it was released last."""

    async def release(self, next_allowed_at: datetime, streak: Streak = NO_STREAK) -> None:
        """Release it and record when the next request is polite. Harmless after it was lost."""


class HostLeases(Protocol):
    """Leases of hosts (`host[:port]`), shared by every process that fetches."""

    async def acquire(self, host: str, wait_s: float) -> Lease | None:
        """The lease; None if another holds it for longer than `wait_s`."""
