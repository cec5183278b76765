"""Values that PostgreSQL has and Python lacks: queries return them as text, as PostgreSQL writes them.

These are `infinity`, years after 9999 and before 1 (BC), 24:00:00, and intervals of more days than a `timedelta` can hold.
One such value must not make a whole query fail.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.abc import Buffer, Loader
from psycopg.adapt import Loader as TextLoader
from psycopg.types import datetime as known

_KINDS: dict[str, type[Any]] = {
    "date": known.DateLoader,
    "time": known.TimeLoader,
    "timetz": known.TimetzLoader,
    "timestamp": known.TimestampLoader,
    "timestamptz": known.TimestamptzLoader,
}


def keep_unknown_as_text(cursor: psycopg.Cursor[Any]) -> None:
    """Make a cursor return text for times that Python cannot represent, and for intervals, which it writes differently."""
    for name, kind in _KINDS.items():
        cursor.adapters.register_loader(name, _or_text(kind))
    cursor.adapters.register_loader("interval", _AsWritten)


class _AsWritten(TextLoader):
    """The text of a value as the database writes it."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode()


def _or_text(kind: type[Any]) -> type[Loader]:
    class OrText(TextLoader):
        """What `kind` makes of a value, else its text."""

        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._known = kind(oid, context)

        def load(self, data: Buffer) -> Any:
            try:
                return self._known.load(data)
            except (psycopg.DataError, OverflowError, ValueError):
                return bytes(data).decode()

    return OrText
