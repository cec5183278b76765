"""Whose error it is. What the values of one input raise is that input's outcome; what is around it stops the work.

An input is an exchange, a document, or a row. Around it are the database, disks, leases, and whoever is told of
results: what they raise would hit the next input as well, so it goes through every isolation (`around`). So does a
machine that has no room, files or memory left, wherever it shows: a library may need a temporary file for a page. Unforeseen
errors are logged with their traceback: the input is put aside, the defect is not.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from etl.errors import Quarantine
from etl.faults import disk
from etl.foreign import raised
from etl.printable import log_fields, visible

log = logging.getLogger(__name__)


class AroundError(Exception):
    """Carries what was raised around an input past the isolation of that input; the cause is what counts."""


@contextmanager
def around(kind: type[Exception] = Exception) -> Iterator[None]:
    """Marks what leases, stores and listeners do while an input is under way. `Quarantine` stays the input's own.

    `kind`: where a call also reads the input's values, what of its errors is not of these, such as `OSError`.
    """
    try:
        yield
    except (Quarantine, AroundError):
        raise
    except kind as error:
        raise AroundError from error


def put_aside(error: Exception, *, what: str, which: str) -> str:
    """Say in the log what an input raised; gives what its outcome says.

    `AroundError` is raised again, and what the machine lacks becomes one.
    """
    if isinstance(error, AroundError):
        raise error
    if disk.is_of_the_machine(error):
        raise AroundError from error
    said = raised(error)
    trace = "".join(traceback.format_exception(error))
    log.error("raised %s\n%s", log_fields(what=what, which=which, error=said), visible(trace))
    return said


def cause_of(error: BaseException) -> BaseException:
    """What was raised around an input, without its carrier."""
    return error.__cause__ if isinstance(error, AroundError) and error.__cause__ is not None else error
