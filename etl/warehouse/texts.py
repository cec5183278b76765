"""Makes every text that is sent to PostgreSQL storable, in all sessions."""

from __future__ import annotations

from typing import Any

from psycopg.abc import Buffer
from psycopg.types import string
from sqlalchemy import Engine, event

from etl.untrusted_text import storable


class _Storable:
    """A dumper of psycopg that makes text storable first."""

    def dump(self, obj: str) -> Buffer | None:
        found: Buffer | None = super().dump(storable(obj))  # type: ignore[misc]
        return found


class _Binary(_Storable, string.StrBinaryDumper):
    pass


class _Text(_Storable, string.StrDumper):
    pass


class _Unknown(_Storable, string.StrDumperUnknown):
    pass


def make_storable(engine: Engine) -> None:
    """Make each session of the engine send text without NUL and lone surrogates, in parameters, arrays and COPY alike."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:
        for dumper in (_Binary, _Text, _Unknown):  # the last one is the default, as in psycopg
            connection.adapters.register_dumper(str, dumper)
