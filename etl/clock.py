"""The time, in a process whose machine's clock may be set while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _since_boot() -> float:
    """Seconds that nobody sets, the machine's sleep included where the system can say so (Linux)."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boottime) if boottime is not None else time.monotonic()


class SteadyClock:
    """The machine's time when it was first read, and from then on what has really passed.

    A clock that is put forward a day or back an hour (an operator, NTP, a virtual machine that moves) then makes no
    process wait an hour for a host's turn, nor skip its pace, and captures stay in the order in which they were made.
    The next process goes by the machine's clock as it is.

    >>> hours = iter([5.0, 6.0])
    >>> clock = SteadyClock(wall=lambda: datetime(2026, 11, 1, tzinfo=UTC), steady=lambda: next(hours) * 3600)
    >>> clock().hour, clock().hour
    (0, 1)
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        steady: Callable[[], float] = _since_boot,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._start: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        if self._start is None:
            self._start = self._wall(), self._steady()
            return self._start[0]
        at, since = self._start
        return at + timedelta(seconds=self._steady() - since)


_steady = SteadyClock()


def clock() -> datetime:
    """The one place where the live path reads the time: for pace, robots.txt and the time of captures.

    It goes on by what has passed, whatever is done to the machine's clock meanwhile.
    """
    return _steady()
