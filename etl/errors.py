"""What can go wrong, sorted by what to do about it.

Transient
    The same call may succeed later: a lock, a time-out, a server that is busy. A scheduler retries it.
Permanent
    The same call will fail again: a setting that is wrong, a file that is not what it claims. Nobody retries it.
Quarantine
    One input cannot be processed. It is kept with its reason, counted, and the batch goes on.

Anything else is a defect and fails the task loudly.
"""


class NewsEtlError(Exception):
    """Base of the errors that this package raises on purpose.

    The message says what happened, to what, and what to do next.
    """


class Transient(NewsEtlError):
    """Worth another try without any change."""


class Permanent(NewsEtlError):
    """Fails again until somebody changes something; the message names it."""


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
