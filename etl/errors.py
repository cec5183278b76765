"""What can go wrong, sorted by what to do about it.

Transient
    The same call may succeed later: a lock, a time-out, a server that is busy. A scheduler retries it.
Permanent
    The same call will fail again: a setting that is wrong, a file that is not what it claims. Nobody retries it.
Quarantine
    One input cannot be processed. It is kept with its reason, counted, and the batch goes on.

Anything else is a defect and fails the task loudly. What databases, stores and disks raise becomes one of these in
`etl.faults`.
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
    """Worth another try without any change."""

    is_worth_another_try = True


class Permanent(NewsEtlError):
    """Fails again until somebody changes something; the message names it."""


class NothingKeptError(Permanent):
    """Nothing is kept of what was asked for: of a day of a schedule that is no failure."""


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
        # By its two parts: it goes from one process to another, and an error that cannot be read there ends the pool.
        return type(self), (self.reason, self.detail)


@contextmanager
def tidying_after(first: BaseException) -> Iterator[None]:
    """What fails while tidying up after an error is noted with that error and does not take its place."""
    try:
        yield
    except Exception as second:
        first.add_note(f"after that: {type(second).__name__}: {second}".splitlines()[0])
