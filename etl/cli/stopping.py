"""A command that is asked to end (SIGTERM: `kill`, `docker stop`, a shutdown) ends as one that is interrupted: tidily."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def tidily() -> Iterator[None]:
    """Within it SIGTERM does what Ctrl-C does: leases are given back, what was read is published, the rest is open work."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
