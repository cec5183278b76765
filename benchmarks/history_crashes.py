"""Crashes at chosen moments: around the writes of a store, before statements, around commits.

A crash is an exception that no code catches, at a point of the code where a process may be killed. What a transaction
had not committed is rolled back then, and what was put into the lake stays.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, event

from etl.stages.resources import Resources

# Kinds of moments, with how many of them a step passes at most, about: a crash comes at one of the first so many.
POINTS = {
    "before a statement": 60,
    "before a commit": 4,
    "after a commit": 4,
    "before a write to the lake": 3,
    "after a write to the lake": 3,
}
WRITES = ("put", "put_new", "delete")


class Crash(BaseException):
    """The process ends here."""


class Crashes:
    """Decides when the attempts of a worker crash, and counts where they did."""

    def __init__(self, rng: random.Random, *, share: float) -> None:
        self._rng = rng
        self._share = share
        self._kind: str | None = None
        self._left = 0
        self.counts: Counter[str] = Counter()

    def arm(self) -> None:
        """Choose for an attempt whether it crashes, and where."""
        self._kind = self._rng.choice(list(POINTS)) if self._rng.random() < self._share else None
        self._left = self._rng.randint(1, POINTS[self._kind]) if self._kind else 0

    def disarm(self) -> None:
        """Crash no more: the attempt is over."""
        self._kind = None

    def at(self, kind: str) -> None:
        """A moment of that kind. Raises `Crash` if it is the chosen one."""
        if kind != self._kind:
            return
        self._left -= 1
        if self._left <= 0:
            self._kind = None
            self.counts[kind] += 1
            raise Crash(kind)

    @contextmanager
    def within(self, r: Resources) -> Iterator[Resources]:
        """These resources, with all their moments. They are not to be used after a crash."""
        _watch(r.engine, self)
        yield replace(r, store=_Store(r.store, self))


def _watch(engine: Engine, crashes: Crashes) -> None:
    commit = engine.dialect.do_commit

    def do_commit(connection: Any) -> None:
        crashes.at("before a commit")
        commit(connection)
        crashes.at("after a commit")

    engine.dialect.do_commit = do_commit  # type: ignore[method-assign, assignment]
    event.listen(engine, "before_cursor_execute", lambda *_: crashes.at("before a statement"))


class _Store:
    """A store whose writes are moments to crash at."""

    def __init__(self, store: Any, crashes: Crashes) -> None:
        self._store, self._crashes = store, crashes

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)
        if name not in WRITES:
            return call

        def write(*args: Any) -> Any:
            self._crashes.at("before a write to the lake")
            found = call(*args)
            self._crashes.at("after a write to the lake")
            return found

        return write
