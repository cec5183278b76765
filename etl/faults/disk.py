"""Faults of disks and of a process's limits, by errno."""

from __future__ import annotations

import errno
import tempfile

from etl.errors import NewsEtlError, SettingError, Transient
from etl.faults.words import said

_FULL = "make room there, then run the same again"
_LATER = "run the same again"
# Faults that another try may solve, and what to do before it.
TRANSIENT = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "make room there or raise the quota, then run the same again",
    errno.EMFILE: "allow this process more open files (ulimit -n), then run the same again",
    errno.ENFILE: "wait until other programs have closed files, then run the same again",
    errno.ENOMEM: "wait until there is memory again, then run the same again",
    errno.EIO: "look after the disk, then run the same again",
    **dict.fromkeys((errno.EINTR, errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT, errno.ESTALE, errno.ETXTBSY), _LATER),
}
# Faults that waiting does not solve.
PERMANENT = {
    errno.EACCES: "let this user read and write there, or name another place in the settings",
    errno.EPERM: "let this user read and write there, or name another place in the settings",
    errno.EROFS: "make it writable, or name another place in the settings",
    errno.ENOTDIR: "name another place in the settings, or move the file away that has the folder's name",
    errno.ELOOP: "mend the links there, or name another place in the settings",
    errno.ENAMETOOLONG: "name a place with a shorter path in the settings",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f), or name another place in the settings",
}
# Faults that no input can cause, whatever is in it: the next one would hit the same.
_OF_THE_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EROFS, errno.ESTALE}
)
# The error of `tempfile` (as a missing file) when it can write in none of the places that it tries.
_NO_TEMPORARY_FOLDER = "No usable temporary directory"
# Errors of connections for which no library has a class of its own.
_CONNECTION = (ConnectionError, TimeoutError)


def fault(error: OSError, place: str | None = None) -> NewsEtlError | None:
    """The fault of a disk or a limit behind an `OSError`; None for others, such as a missing file.

    `place` says what was being read or written, for errors that name no file.
    """
    if isinstance(error, _CONNECTION) and error.errno not in TRANSIENT:
        # A broken pipe is our reader's: `news-etl extract ... | head` is no fault.
        return None if isinstance(error, BrokenPipeError) else Transient(f"{_at(error, place)}{said(error)}; {_LATER}")
    number = error.errno
    if _NO_TEMPORARY_FOLDER in str(error):
        return Transient(
            f"{said(error.strerror or error)}; make room in one of them or name another by TMPDIR, then {_LATER}"
        )
    if number in TRANSIENT:
        return Transient(f"{_at(error, place)}{said(error.strerror or error)}; {TRANSIENT[number]}")
    if number in PERMANENT:
        return SettingError(f"{_at(error, place)}{said(error.strerror or error)}; {PERMANENT[number]}")
    return None


def is_of_the_machine(error: BaseException) -> bool:
    """Whether an error is a lack of the machine's resources, which no input has caused."""
    return isinstance(error, OSError) and (error.errno in _OF_THE_MACHINE or _NO_TEMPORARY_FOLDER in str(error))


def passing(error: OSError, place: str) -> NewsEtlError | None:
    """The fault, if another try may solve it: for callers that handle all others themselves."""
    return fault(error, place) if error.errno in TRANSIENT else None


def _at(error: OSError, place: str | None) -> str:
    named = place or (str(error.filename) if error.filename is not None else None)
    if named is None and error.errno in (errno.ENOSPC, errno.EDQUOT):
        named = (
            f"a file in NEWS_ETL_HOME, the lake or the folder of temporary files ({_temporary()}), or standard output"
        )
    return f"{named}: " if named else ""


def _temporary() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return "TMPDIR"
