"""Maps faults of databases, stores and disks to our own errors, around every command and task.

Libraries raise some sixty kinds of exceptions for "the server was restarted" or "the disk is full". Here they become
`Transient` (the same may succeed later), `SettingError` or `Permanent` (an operator has to change something first), with a
message that says what happened, to what, and what to do next. All other exceptions are defects of ours and stay as they
are: SQL with a missing table, a row that violates a constraint, a file that we forgot to create.

It is applied in three places, so that no stage has to do it: where the warehouse is opened (`etl.warehouse.engine`, and so
around every stage, from the command line and from Airflow's tasks alike), in the processes of a pool, and around the whole
command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from etl.errors import NewsEtlError
from etl.faults.words import without_secrets

__all__ = ["as_ours", "told"]

WAREHOUSE = "the warehouse"


@contextmanager
def told(warehouse: str = WAREHOUSE) -> Iterator[None]:
    """Raise faults of libraries within the block as our errors; all other exceptions pass unchanged.

    `warehouse` names the database in messages; it must not hold a password.
    """
    try:
        yield
    except NewsEtlError:
        raise
    except Exception as error:
        ours = as_ours(error, warehouse)
        if ours is None:
            raise
        for note in getattr(error, "__notes__", ()):
            ours.add_note(note)
        raise ours from error


def as_ours(error: BaseException, warehouse: str = WAREHOUSE) -> NewsEtlError | None:
    """Our error for a library's exception; None for a defect, which must not be hidden.

    An exception group with a defect is a defect; otherwise a permanent error in it comes before transient ones.
    """
    if isinstance(error, NewsEtlError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return _of_several(error, warehouse)
    # Imported when something went wrong: most commands never need them.
    from etl.isolation import cause_of

    error = cause_of(error)
    from etl.faults import database, disk, objects, processes

    found = (
        database.fault(error, warehouse)
        or objects.fault(error, "the object store")
        or processes.fault(error)
        or (disk.fault(error) if isinstance(error, OSError) else None)
    )
    return type(found)(without_secrets(str(found))) if found else None


def _of_several(group: BaseExceptionGroup[BaseException], warehouse: str) -> NewsEtlError | None:
    found = [as_ours(each, warehouse) for each in group.exceptions]
    named = [each for each in found if each is not None]
    if len(named) < len(found):
        return None
    return min(named, key=lambda each: each.is_worth_another_try)
