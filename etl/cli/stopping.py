"""A command that is asked to end (SIGTERM: `kill`, `docker stop`, a shutdown) ends as one that is interrupted: tidily.

Its exit code is 130 either way, as for a program that Ctrl-C ended.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from etl.cli import output


@contextmanager
def tidily(kept: str) -> Iterator[None]:
    """Within it SIGTERM does what Ctrl-C does: leases are given back, what was read is published, the rest is open work.

    `kept` says to whoever interrupted it what of the work stands and what goes on with it.
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
