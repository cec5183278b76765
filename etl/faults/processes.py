"""Faults of processes that we start."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

from etl.errors import NewsEtlError, Transient


def fault(error: BaseException) -> NewsEtlError | None:
    """The fault behind a broken pool: a worker was killed, most often by the system for lack of memory."""
    if isinstance(error, BrokenProcessPool):
        return Transient(
            "a worker process was ended from outside, most often by the system because memory ran out. What was "
            "committed is kept: run the same again; if it happens each time, give it more memory or fewer processors"
        )
    return None
