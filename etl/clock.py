"""The time, in a process whose machine's clock may be set while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _since_boot() -> float:
    """Monotonic seconds; on Linux they include the time that the machine sleeps."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boottime) if boottime is not None else time.monotonic()


class SteadyClock:
    """A clock that reads the machine's time once, and from then on adds the time that has really passed.

    So a change of the machine's clock (by an operator, NTP, a virtual machine that moves) makes no process wait an hour for
    a host or ignore its pace, and captures stay in the order in which they were made. The next process starts with the
    machine's clock as it is then.

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
    """The time of this process: for pace, robots.txt and the time of captures. All live code reads the time here.

    It is not affected by changes of the machine's clock (`SteadyClock`).
    """
    return _steady()
