"""Separates errors of one input, which become its outcome, from errors of its surroundings, which stop the work.

An input is an exchange, a document, or a row. Its surroundings are the database, disks, leases, and result handlers: their
errors would hit the next input as well, so they pass through every isolation (`around`). The same holds for a machine
without disk space, file descriptors or memory, wherever that shows: a library may need a temporary file for a page.
Unexpected errors are logged with their traceback: the input is set aside, the defect stays visible.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from etl.errors import Quarantine
from etl.faults import disk
from etl.printable import log_fields, visible
from etl.untrusted_text import raised

log = logging.getLogger(__name__)


class AroundError(Exception):
    """Carries an error of the surroundings through the isolation of an input; its cause is the real error."""


@contextmanager
def around(kind: type[Exception] = Exception) -> Iterator[None]:
    """Marks calls of leases, stores and listeners while an input is processed. `Quarantine` remains the input's own.

    `kind` is for calls that also read the input's values: the kind of error that cannot come from these, such as `OSError`.
    """
    try:
        yield
    except (Quarantine, AroundError):
        raise
    except kind as error:
        raise AroundError from error


def put_aside(error: Exception, *, what: str, which: str) -> str:
    """Log an exception raised by an input; returns the text for its outcome's detail.

    Raises `AroundError` again, also for a lack of the machine's resources.
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
    """The real error, without its carrier."""
    return error.__cause__ if isinstance(error, AroundError) and error.__cause__ is not None else error
