"""What commands print: tables for people, JSON for machines, progress on a terminal, and exit codes."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from etl.model import OUTCOME_HELP, Outcome

# Where it is no terminal, such as a log: wide enough for a table.
NO_TERMINAL_WIDTH = 140


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=NO_TERMINAL_WIDTH)


out = _console()
err = _console(stderr=True)


class Exit(IntEnum):
    """How a command ends. The first three are usual; 75 is EX_TEMPFAIL of sysexits.h."""

    OK = 0
    DEFECT = 1  # an exception that nobody expected
    USAGE = 2  # a command, setting or file that has to be changed first
    INCOMPLETE = 3  # done, but something failed or needs a look: it is named
    TRY_AGAIN = 75  # the same command may succeed later


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=plain) + "\n")


def print_rows(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, as_json: bool, title: str | None = None
) -> None:
    """Rows as a table, or as one JSON object a line."""
    if as_json:
        for row in rows:
            print_json(dict(zip(columns, row, strict=True)))
        return
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else shown(value) for value in row))
    out.print(table)


def print_outcomes(outcomes: Mapping[Outcome, int], *, title: str) -> None:
    """One line for each outcome with its count, in the order of the list of outcomes, and their sum."""
    table = Table(title=title, title_justify="left")
    table.add_column("outcome")
    table.add_column("count", justify="right")
    table.add_column("means")
    for outcome in Outcome:
        if outcomes.get(outcome):
            table.add_row(outcome.value, str(outcomes[outcome]), OUTCOME_HELP[outcome])
    table.add_row("all", str(sum(outcomes.values())), "", style="bold")
    out.print(table)


def counts(outcomes: Counter[Outcome]) -> dict[str, int]:
    """Outcomes for JSON, in the order of the list."""
    return {o.value: outcomes[o] for o in Outcome if outcomes[o]}


def plain(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, UUID):
        return str(value)
    return str(value)


def shown(value: Any) -> str:
    """A value in a table's cell."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=plain)
    return str(plain(value)) if isinstance(value, bytes | memoryview) else str(value)


@contextmanager
def working(what: str, *, quiet: bool) -> Iterator[None]:
    """A spinner with the time, for work whose end is not known; on a terminal only."""
    columns = (SpinnerColumn(), TextColumn(what), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal, transient=True) as bar:
        bar.add_task(what, total=None)
        yield


@contextmanager
def progress_bar(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A callback (done, total) that draws a bar, on a terminal only."""
    bar = Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=quiet or not err.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
