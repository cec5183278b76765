"""The errors of this package, by what to do about them.

Transient
    The same call may succeed later: a lock, a time-out, a busy server. The scheduler retries it.
Permanent
    The same call will fail again: a wrong setting, a file that is not what it claims. It is not retried.
Quarantine
    One input cannot be processed. It is kept with its reason and counted, and the batch continues.

Any other exception is a defect and fails the task. `etl.faults` maps errors of databases, stores and disks to these.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class NewsEtlError(Exception):
    """Base of the errors that this package raises on purpose.

    The message says what happened, to what, and what to do next.
    """

    is_worth_another_try = False


class Transient(NewsEtlError):
    """May succeed when tried again without any change."""

    is_worth_another_try = True


class Permanent(NewsEtlError):
    """Fails again until an operator changes something; the message names it."""


class NothingKeptError(Permanent):
    """No capture is kept of the requested days. For a scheduled day that is no failure."""


class SettingError(Permanent):
    """A setting is missing or not usable; the message names the variable."""


class Quarantine(NewsEtlError):
    """One input that cannot be processed: kept, counted, shown, and open to replay.

    `reason` is a short code for `ops.reject.reason`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[Quarantine], tuple[str, str]]:
        # Pickled by its two parts: an error that another process cannot unpickle breaks the pool.
        return type(self), (self.reason, self.detail)


@contextmanager
def tidying_after(first: BaseException) -> Iterator[None]:
    """Within the block, an exception during cleanup is added as a note to `error` instead of replacing it."""
    try:
        yield
    except Exception as second:
        first.add_note(f"after that: {type(second).__name__}: {second}".splitlines()[0])
