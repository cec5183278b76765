"""What databases, stores and disks do to us, said as one of our own errors: at the border of every command and task.

Libraries raise some sixty kinds of exceptions for "the server was restarted" or "the disk is full". Here they become
`Transient` (the same may succeed later), `SettingError` or `Permanent` (somebody has to change something first), with a
sentence that says what happened, to what, and what to do next. What is none of these is a defect of ours and stays as
it is: SQL that names a table that is not there, a row that breaks a constraint, a file that we forgot to make.

Used in three places, so that no stage needs to think of it: where the warehouse is opened (`etl.warehouse.engine`, and
with it every stage, from the command line and from Airflow's tasks alike), in the processes of a pool, and around the
whole command line.
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
    """Raise faults from outside as our errors; everything else goes through as it is.

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
    """The error that an exception from outside means; None for a defect, which is to be loud.

    Of several at once (an exception group) one defect makes it a defect; else what nobody can wait out comes first.
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
