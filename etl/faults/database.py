"""Faults of PostgreSQL, by SQLSTATE (PostgreSQL's documentation, appendix A), and for connections by their messages.

libpq gives no SQLSTATE for a connection that was refused (pgsql-hackers, "SQLSTATE for connection failures"), only the
server's message, which may be in any language. An unknown message counts as an unreachable server: that is retried, and
our message quotes the server's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from etl.errors import NewsEtlError, Permanent, SettingError, Transient
from etl.faults.words import said

SETTING = "NEWS_ETL_WAREHOUSE_URL (in Airflow the connection news_warehouse)"
AGAIN = "What was committed is kept: run the same again"


@dataclass(frozen=True, slots=True)
class _Fault:
    kind: type[NewsEtlError]
    what: str
    do: str


_AWAY = _Fault(Transient, "cannot be reached", f"{AGAIN} when it is back; if it is elsewhere by now, correct {SETTING}")
_LOST = _Fault(Transient, "ended the connection", f"{AGAIN} when it is back")
_STARTING = _Fault(Transient, "takes no connections at the moment", f"{AGAIN} in a minute")
_CROWDED = _Fault(
    Transient,
    "has no connection left",
    f"{AGAIN} when others have ended, or raise its max_connections or the role's limit",
)
_FULL = _Fault(Transient, "has no room left on its disk", f"Make room there; {AGAIN[0].lower()}{AGAIN[1:]}")
_LACKS = _Fault(Transient, "lacks resources", f"{AGAIN} when it has less to do; its log says more")
_BUSY = _Fault(Transient, "is busy with the same rows or tables", f"{AGAIN}")
_CANCELLED = _Fault(
    Transient, "cancelled a statement", f"{AGAIN}; if it stays so, raise the limit that it names for this role"
)
_BROKEN_DISK = _Fault(Transient, "cannot read or write its files", f"Look into its log; {AGAIN[0].lower()}{AGAIN[1:]}")
_LOGIN = _Fault(SettingError, "refuses the login", f"Correct {SETTING}")
_NO_DATABASE = _Fault(SettingError, "has no such database", f"Create it, or correct {SETTING}")
_FORBIDDEN = _Fault(SettingError, "does not allow this", f"Grant it to the role, or give another role in {SETTING}")
_READ_ONLY = _Fault(
    SettingError,
    "takes no writes",
    f"Name the primary in {SETTING}: target_session_attrs=read-write finds it; or end default_transaction_read_only",
)
_BAD_URL = _Fault(SettingError, "cannot be connected to as set", f"Correct {SETTING}")
_LIMIT = _Fault(Permanent, "has a limit that is too low for this", "Raise the limit that it names")
_DAMAGED = _Fault(
    Permanent,
    "says that its data are damaged",
    "Restore it from a backup, or make a new one from the lake: news-etl rebuild --into URL",
)

# A whole code before its class (the first two characters). What is in neither is a defect of ours: syntax (42),
# constraints (23), data (22).
SQLSTATES: Mapping[str, _Fault] = {
    "08": _LOST,
    "25006": _READ_ONLY,
    "25P03": _CANCELLED,  # idle_in_transaction_session_timeout
    "25P04": _CANCELLED,  # transaction_timeout
    "28": _LOGIN,
    "3D000": _NO_DATABASE,
    "40001": _BUSY,
    "40003": _LOST,  # statement completion unknown
    "40P01": _BUSY,
    "42501": _FORBIDDEN,
    "53": _LACKS,
    "53100": _FULL,
    "53300": _CROWDED,
    "53400": _LIMIT,
    "55006": _BUSY,
    "55P03": _BUSY,
    "57014": _CANCELLED,
    "57P01": _LOST,
    "57P02": _LOST,
    "57P03": _STARTING,
    "57P04": _NO_DATABASE,
    "57P05": _LOST,
    "58": _BROKEN_DISK,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}

# What PostgreSQL, libpq and PgBouncer say of a connection that they refuse.
_REFUSALS: tuple[tuple[re.Pattern[str], _Fault], ...] = (
    (
        re.compile(r"starting up|shutting down|in recovery mode|not (?:yet |currently )?accepting connections"),
        _STARTING,
    ),
    (re.compile(r"too many (?:clients|connections)|connection slots|no more connections allowed"), _CROWDED),
    (re.compile(r'database "[^"]*" does not exist|no such database'), _NO_DATABASE),
    (
        re.compile(
            r'authentication failed|no password supplied|pg_hba\.conf|role "[^"]*" does not exist|no such user'
            r"|not permitted to log in|SASL|password is required"
        ),
        _LOGIN,
    ),
    (re.compile(r"permission denied"), _FORBIDDEN),
    (
        re.compile(r"invalid (?:connection option|\w+ value|port|integer)|SSL was required|certificate|SSL.*not"),
        _BAD_URL,
    ),
)


# Of a connection that was there.
_ENDED = re.compile(r"\b(?:closed|lost|EOF detected)\b")


def fault(error: BaseException, warehouse: str) -> NewsEtlError | None:
    """The database fault behind an exception of psycopg or SQLAlchemy; None for others and for defects."""
    found = _found(error)
    if found is None:
        return None
    cause = getattr(error, "orig", None) or error
    return found.kind(f"{warehouse} {found.what}: {said(cause)}. {found.do}")


def _found(error: BaseException) -> _Fault | None:
    import psycopg
    import sqlalchemy.exc

    if isinstance(error, sqlalchemy.exc.DBAPIError):
        if isinstance(error.orig, psycopg.Error) and (found := _found(error.orig)) is not None:
            return found
        return _LOST if error.connection_invalidated else None
    if isinstance(error, sqlalchemy.exc.PendingRollbackError):
        return _LOST  # what is said to a connection that was lost before
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return _LACKS  # all connections of this process are in use, none for half a minute
    if not isinstance(error, psycopg.Error):
        return None
    if code := error.sqlstate:
        return SQLSTATES.get(code) or SQLSTATES.get(code[:2])
    text = str(error)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        is_connecting = getattr(error, "pgconn", None) is not None or "connection" in text or "resolve host" in text
        refusal = next((found for pattern, found in _REFUSALS if pattern.search(text)), None)
        return (refusal or _AWAY) if is_connecting and not _ENDED.search(text) else _LOST
    is_bad_option = isinstance(error, psycopg.ProgrammingError) and "connection option" in text
    return _BAD_URL if is_bad_option else None
