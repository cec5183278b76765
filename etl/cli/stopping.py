"""SIGTERM (`kill`, `docker stop`, a shutdown) ends a command as Ctrl-C does: after cleaning up, with exit code 130."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from etl.cli import output


@contextmanager
def tidily(kept: str) -> Iterator[None]:
    """Make SIGTERM act as Ctrl-C: leases are released, what was fetched is published, the rest is left as open work.

    `kept` is printed on interruption: what of the work is kept, and which command resumes it.
    """
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        output.note(kept, label="interrupted")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
