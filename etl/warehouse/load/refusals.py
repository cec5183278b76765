"""Handles values that the database refuses: they concern one row, unless the database itself fails.

Text is made storable for every session (`texts`); what is left are values that are too large for a type or an index, and
violations of constraints. The other rows are written all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, StatementError

from etl.errors import Quarantine
from etl.isolation import put_aside

T = TypeVar("T")

# Data exceptions, integrity constraints, and limits such as that of an index row
# (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_CLASSES = ("22", "23", "54")


def is_refusal(error: Exception) -> bool:
    """Whether the values were refused, and not the whole database failed (unreachable, full, locked)."""
    cause = error.orig if isinstance(error, StatementError) else error
    if isinstance(cause, psycopg.Error) and cause.sqlstate is not None:
        return cause.sqlstate.startswith(_CLASSES)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return False
    return isinstance(cause, psycopg.DataError | ValueError | OverflowError)  # refused before anything was sent


@contextmanager
def refused_as_quarantine() -> Iterator[None]:
    """Raise a refusal of values within the block as `Quarantine` of their input."""
    try:
        yield
    except (StatementError, psycopg.Error) as error:
        if not is_refusal(error):
            raise
        raise Quarantine("refused_by_database", _said(error)) from error


def write_each(
    connection: Connection,
    items: Sequence[T],
    write: Callable[[Sequence[T]], None],
    *,
    refused: Callable[[T, str], None],
    name: Callable[[T], str],
) -> None:
    """Write all items, within the transaction that is open; `refused` is told of each whose values are refused, and why.

    All at once where nothing is refused, else one by one, which costs a savepoint each. What it does to rows is the same.
    """
    try:
        with connection.begin_nested(), refused_as_quarantine():
            write(items)
        return
    except Quarantine:
        pass
    for item in items:
        try:
            with connection.begin_nested(), refused_as_quarantine():
                write([item])
        except Quarantine as error:
            put_aside(error, what="row", which=name(item))
            refused(item, error.detail)


def _said(error: Exception) -> str:
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    return f"{type(cause).__name__}: {str(cause).splitlines()[0] if str(cause) else ''}"
