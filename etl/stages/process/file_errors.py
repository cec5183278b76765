"""Errors of single files: each stops only its file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from etl import faults
from etl.errors import NewsEtlError, SettingError, Transient
from etl.warehouse.ops import segments

log = logging.getLogger(__name__)


class FileErrors:
    """Collects errors per file: an error stops only its file, is recorded with it, and is raised when the others are done.

    Errors that do not come from a file (the database, a store that does not answer, an interrupt) are raised at once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.by_warc: dict[str, Exception] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Record an exception raised within the block as the problem of a WARC."""
        try:
            yield
        except Exception as error:
            if _is_no_files_fault(error):
                raise
            is_known = isinstance(error, NewsEtlError)
            log.warning("failed warc=%s error=%s", name, problem_of(error), exc_info=None if is_known else error)
            self.by_warc.setdefault(name, error)
            segments.note_problem(self._engine, name, problem_of(error))

    def raise_first(self) -> None:
        """Raise the first error, if there was any."""
        self._raise(list(self.by_warc.items()))

    @staticmethod
    def _raise(errors: list[tuple[str, Exception]]) -> None:
        for name, error in errors:
            error.add_note(f"while processing {name}; {len(errors)} files failed, all others are done")
            raise error

    def raise_defect(self) -> None:
        """Raise the first error that is a defect of ours; errors that are meant for the user are reported, not raised."""
        self._raise([(name, e) for name, e in self.by_warc.items() if not isinstance(e, NewsEtlError)])


def _is_no_files_fault(error: Exception) -> bool:
    if isinstance(error, NewsEtlError):
        return isinstance(error, Transient | SettingError)
    return faults.as_ours(error) is not None


def problem_of(error: Exception) -> str:
    """An error on one line: with its type, unless its message is meant for the user."""
    return str(error) if isinstance(error, NewsEtlError) else f"{type(error).__name__}: {error}"
