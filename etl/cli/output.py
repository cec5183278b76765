"""What commands print: tables for people, JSON for machines, progress on a terminal, and exit codes.

Everything that commands print goes through here, and nothing of it is ever read as markup: titles, URLs, error messages
and names in files are untrusted text. Terminal control characters are shown as escapes (`etl/printable.py`).
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any, TextIO
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from etl.errors import SettingError
from etl.model import OUTCOME_HELP, Outcome
from etl.printable import json_line, one_line, visible

# Where it is no terminal, such as a log: wide enough for a table.
NO_TERMINAL_WIDTH = 140
# There long work says how far it is this often.
TELL_EVERY_S = 30.0


class OutputClosedError(Exception):
    """The reader of standard output closed it (`news-etl extract ... | head`). Not a `BrokenPipeError`: click exits with 1."""


class _Console(Console):
    """Rich's own console exits with 1 on a closed pipe. Here closed results end the command; closed notes do not."""

    def on_broken_pipe(self) -> None:
        if not self.stderr:
            raise OutputClosedError
        silence(sys.stderr)


class _Results(io.TextIOWrapper):
    """Standard output for help as well, where click ends with 1 when a pipe is closed."""

    def write(self, text: str) -> int:
        with _read():
            return super().write(text)

    def flush(self) -> None:
        with _read():
            super().flush()


def silence(stream: TextIO) -> None:
    """Discard everything that is still written to a stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _console(*, stderr: bool = False) -> Console:
    is_terminal = (sys.stderr if stderr else sys.stdout).isatty()  # to rich FORCE_COLOR is a terminal as well
    width, height = (NO_TERMINAL_WIDTH, 100) if not is_terminal else (None, None)
    if is_terminal and os.environ.get("TERM") in ("dumb", "unknown"):  # rich would take any width for 80
        width, height = shutil.get_terminal_size()
    return _Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=width, height=height)


_out = _console()
_err = _console(stderr=True)


class Exit(IntEnum):
    """How a command ends. The first three are usual; 75 is EX_TEMPFAIL of sysexits.h."""

    OK = 0
    DEFECT = 1  # an unexpected exception
    USAGE = 2  # a command, setting or file that has to be changed first
    INCOMPLETE = 3  # done, but something failed or needs a look: it is named
    TRY_AGAIN = 75  # the same command may succeed later


def say(text: str, *, label: str = "") -> None:
    """A result on standard output: further lines are indented, so that none can pass for another result."""
    _out.print(_lines(text, label, "bold"), soft_wrap=True)


def note(text: str, *, label: str = "", is_error: bool = False) -> None:
    """A note for the user on standard error, beside the result; `label` names what it is about."""
    _err.print(_lines(text, label, "bold red" if is_error else "bold"), soft_wrap=True)


def confirm(question: str, *, else_said: str) -> None:
    """Ask on standard error, and go on after a yes. Else `SettingError`: what was not done, and that --yes does not ask."""
    try:
        is_agreed = typer.confirm(visible(question), err=True)
    except typer.Abort as error:
        if isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        _err.print()
        raise SettingError(f"{else_said}: nobody answered. In a script give --yes") from None
    if not is_agreed:
        raise SettingError(f"{else_said}, as you said")


def note_quarantined(count: int) -> None:
    """Say what to do about pages that could not be processed; nothing where there are none."""
    if count:
        note(
            f"{count} could not be processed. See which and why: "
            "news-etl query \"SELECT url, detail FROM ops.reject WHERE reason = 'quarantined' ORDER BY loaded_at DESC\", "
            "and of visits: \"SELECT url, detail FROM ops.run_url WHERE outcome = 'quarantined'\". "
            "After a change of rules: news-etl replay --reason quarantined. URLs of failed visits are fetched again when due",
            label="quarantined",
        )


def document(text: str) -> None:
    """A whole document of ours, such as HTML or YAML, on standard output, as it is and in UTF-8."""
    with _read():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()


def prepare() -> None:
    """Write letters that an output's encoding lacks as escapes, instead of raising an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if type(sys.stdout) is io.TextIOWrapper:  # a process's own, not one that takes its place in a program
        encoding, is_line_buffered = sys.stdout.encoding, sys.stdout.line_buffering
        sys.stdout = _Results(
            sys.stdout.detach(), encoding=encoding, errors="backslashreplace", line_buffering=is_line_buffered
        )


def print_defect(error: BaseException) -> None:
    """Print the traceback of an unexpected exception; text that it quotes is untrusted."""
    sys.stderr.write(visible("".join(traceback.format_exception(error))))


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    print_json_line(json_line(value, default=plain))


def print_json_line(text: str) -> None:
    """A JSON document that is text already, on standard output; in escapes where its encoding lacks a letter."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text))
    _write(f"{text}\n")


def print_rows(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, as_json: bool, title: str | None = None
) -> None:
    """Rows as a table, or as one JSON object a line; there a name that comes again gets a number, as in `id`, `id_2`."""
    if as_json:
        names = _apart(columns)
        for row in rows:
            print_json(dict(zip(names, row, strict=True)))
        return
    table = _table(title)
    for column in columns:
        table.add_column(_cell(column), overflow="fold")
    for row in rows:
        table.add_row(*(_cell("" if value is None else shown(value)) for value in row))
    _out.print(table)


def _apart(columns: Sequence[str]) -> list[str]:
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names or (number > 1 and name in columns):
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names


def print_outcomes(outcomes: Mapping[Outcome, int], *, title: str) -> None:
    """One line for each outcome with its count, in the order of the list of outcomes, and their sum."""
    table = _table(title)
    table.add_column("outcome")
    table.add_column("count", justify="right")
    table.add_column("means")
    for outcome in Outcome:
        if outcomes.get(outcome):
            table.add_row(outcome.value, str(outcomes[outcome]), OUTCOME_HELP[outcome])
    table.add_row("all", str(sum(outcomes.values())), "", style="bold")
    _out.print(table)


def _table(title: str | None) -> Table:
    return Table(title=Text(one_line(title)) if title else None, title_justify="left")


def _cell(text: str) -> Text:
    return Text(visible(text))


def _lines(text: str, label: str, style: str) -> Text:
    first, *others = visible(text).split("\n")
    body = "\n".join((first, *(f"  {line}" if line else "" for line in others)))
    return Text.assemble((f"{one_line(label)}: ", style), body) if label else Text(body)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


@contextmanager
def _read() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise OutputClosedError from None


def counts(outcomes: Counter[Outcome]) -> dict[str, int]:
    """Outcomes for JSON, in the order of the list."""
    return {o.value: outcomes[o] for o in Outcome if outcomes[o]}


def plain(value: Any) -> Any:
    """JSON's form of types that it lacks."""
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
        return json_line(value, default=plain)
    return str(plain(value)) if isinstance(value, bytes | memoryview) else str(value)


@contextmanager
def working(what: str, *, quiet: bool) -> Iterator[None]:
    """A spinner with the time, for work whose end is not known; where it is no terminal, a line now and then."""
    if not _err.is_terminal and not quiet:
        ended = threading.Event()
        threading.Thread(target=_tell, args=(what, ended), daemon=True).start()
        try:
            yield
        finally:
            ended.set()
        return
    columns = (SpinnerColumn(), _description(), TimeElapsedColumn())
    with Progress(*columns, console=_err, disable=quiet, transient=True) as bar:
        bar.add_task(one_line(what), total=None)
        yield


def _tell(what: str, ended: threading.Event) -> None:
    began = time.monotonic()
    while not ended.wait(TELL_EVERY_S):
        note(f"still {what}, since {_duration(time.monotonic() - began)}")


@contextmanager
def progress_bar(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A callback (done, total) that draws a bar; where it is no terminal, it writes a line now and then."""
    if not _err.is_terminal and not quiet:
        yield _lines_of_progress(what)
        return
    bar = Progress(_description(), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=_err, disable=quiet)
    with bar:
        task = bar.add_task(one_line(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines_of_progress(what: str) -> Callable[[int, int], None]:
    began = time.monotonic()
    told = began

    def tell(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= TELL_EVERY_S:
            told = now
            note(f"{what}: {done} of {total}, after {_duration(now - began)}")

    return tell


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=int(seconds)))


def _description() -> TextColumn:
    return TextColumn("{task.description}", markup=False)
