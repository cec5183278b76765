"""A command under a clock that is set while it runs: `python -m benchmarks.jumping_clock SECONDS MOMENT ARGUMENT...`.

What Python reads of the machine's time (`time.time`, `datetime.now` and their kin) is moved by so many seconds from a
moment on, in this process and in those that it forks; what has passed since boot is as it is, as when an operator or NTP
sets a clock. Nothing of `etl` is imported before that.
"""

from __future__ import annotations

import datetime as module
import mmap
import struct
import sys
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

# From the start; when the fourth exchange is written; when the first segment is finished, before it is loaded.
MOMENTS = ("from the start", "while it fetches", "between fetch and load")
_REAL = module.datetime
_offset = mmap.mmap(-1, 8)  # shared with forks


def set_clock(seconds: float) -> None:
    """From now on the machine's clock is so far ahead (negative: behind)."""
    _offset[:] = struct.pack("d", seconds)


def _ahead() -> float:
    return float(struct.unpack("d", _offset[:])[0])


class _Kind(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _REAL)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _REAL)


class _Moved(_REAL, metaclass=_Kind):
    """`datetime` for those who ask it for the time; its values are plain ones."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return _REAL(*args, **kwargs)

    @classmethod
    def now(cls, tz: module.tzinfo | None = None) -> Any:
        return _REAL.now(tz) + module.timedelta(seconds=_ahead())

    @classmethod
    def utcnow(cls) -> Any:
        return _REAL.now(module.UTC).replace(tzinfo=None) + module.timedelta(seconds=_ahead())

    @classmethod
    def today(cls) -> Any:
        return cls.now()


for _name in ("fromtimestamp", "utcfromtimestamp", "fromisoformat", "fromordinal", "combine", "strptime"):
    setattr(_Moved, _name, getattr(_REAL, _name))


def install() -> None:
    """Let the machine's time go through here."""
    clock, clock_ns, clock_of = time.time, time.time_ns, time.clock_gettime
    time.time = lambda: clock() + _ahead()
    time.time_ns = lambda: clock_ns() + int(_ahead() * 1e9)
    time.clock_gettime = lambda which: clock_of(which) + (_ahead() if which == time.CLOCK_REALTIME else 0.0)
    module.datetime = _Moved  # type: ignore[misc]


def _when(owner: type, name: str, count: int, then: Callable[[], None]) -> None:
    """Do something once, before the `count`-th call of a method."""
    method = getattr(owner, name)
    calls = 0

    @wraps(method)
    def called(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count:
            then()
            print(f"clock set: {_Moved.now():%Y-%m-%d %H:%M}", file=sys.stderr)
        return method(*args, **kwargs)

    setattr(owner, name, called)


def main() -> None:
    seconds, moment, *arguments = sys.argv[1:]
    install()
    if moment == MOMENTS[0]:
        set_clock(float(seconds))
    from etl.lake.segment import SegmentWriter

    if moment == MOMENTS[1]:
        _when(SegmentWriter, "write", 4, lambda: set_clock(float(seconds)))
    if moment == MOMENTS[2]:
        _when(SegmentWriter, "close", 1, lambda: set_clock(float(seconds)))
    from etl.cli import main as cli

    sys.argv = ["news-etl", *arguments]
    cli()


if __name__ == "__main__":
    main()
