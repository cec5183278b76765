"""Commands called as the shell calls them, in the process of the test."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from etl import cli


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended. `defect` is what it would have shown a traceback of."""

    code: int
    out: str
    err: str
    defect: BaseException | None = None


class Caller:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *argv: str) -> Ended:
        self._monkeypatch.setattr("sys.argv", ["news-etl", *argv])
        self._capsys.readouterr()
        code, defect = 0, None
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        except Exception as error:
            code, defect = 1, error
        said = self._capsys.readouterr()
        return Ended(code=code, out=said.out, err=said.err, defect=defect)
