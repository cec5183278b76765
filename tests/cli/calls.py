"""Calls of `news-etl` as a shell makes them, within this process: `main` with its own arguments, folder, settings and streams."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from etl import cli


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything that it printed, on one line as a reader would join it."""
        return " ".join(f"{self.out}\n{self.err}".split())


class _Stream(io.TextIOWrapper):
    """A stream that is no terminal, and no process's own."""

    def __init__(self, content: bytes = b"") -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8", write_through=True)

    def text(self) -> str:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


def call(command: Sequence[str], *, folder: Path, env: Mapping[str, str], typed: str = "") -> Ended:
    """Call a command in a folder, with these settings alone; `typed` is what standard input has."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("NEWS_ETL_")}
    out, err, given = _Stream(), _Stream(), _Stream(typed.encode())
    code: object = 0
    with (
        mock.patch.dict(os.environ, {**others, **env}, clear=True),
        mock.patch.multiple(sys, argv=["news-etl", *command], stdin=given, stdout=out, stderr=err),
        chdir(folder),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
    return Ended(code if isinstance(code, int) else int(code is not None), out.text(), err.text())
