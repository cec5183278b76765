"""Commands of `news-etl`, each in a process of its own that begins with everything imported: a fork of one that waits.

The waiting process is `python -m benchmarks.fault_calls`; what it is asked and answers are lines of JSON. Hundreds of
commands take a tenth of the time that way, and each still ends as it would from a shell. boto3's pauses between tries
are cut short there: what is looked at is how calls end, not when.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LIMIT_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended: its exit code (negative: the signal), what it printed, seconds."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def message(self) -> str:
        """The line that says why it did not go well."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        said = [line for line in lines if line.startswith("news-etl: ")][:1]
        return (said or lines or [""])[-1].removeprefix("news-etl: ")


class Calls:
    """The waiting process, seen from outside."""

    def __init__(self, folder: Path, *, is_warm: bool = True) -> None:
        """`is_warm`: also what a process makes at its first page, and may want temporary files for, is there already."""
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.fault_calls", *(["warm"] if is_warm else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._turn = threading.Lock()

    def __call__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        may_override: bool = True,
        files: int | None = None,
        out: Path | None = None,
    ) -> Ended:
        """Run a command to its end. Without `may_override` root too may write only where modes allow it; `files`: so few
        open files; `out`: where its standard output goes."""
        assert self._process.stdin and self._process.stdout
        paths = [out or self._folder / "out", self._folder / "err"]
        asked = {
            "argv": list(argv),
            "env": dict(env),
            "to": [str(p) for p in paths],
            "may_override": may_override,
            "files": files,
        }
        started = time.monotonic()
        with self._turn:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            printed, err = (p.read_text(encoding="utf-8", errors="replace") for p in paths)
        return Ended(code=code, out=printed, err=err, seconds=time.monotonic() - started)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=LIMIT_S)


def main() -> None:
    """Wait for commands on standard input; answer each with its exit code."""
    _prepare()
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(asked)
        print(_wait(pid), flush=True)


def _prepare() -> None:
    import botocore.endpoint

    import etl.cli
    import etl.stages.fill.run
    import etl.stages.live.run
    import etl.stages.maintenance.rebuild
    import etl.stages.process.replay  # noqa: F401
    from etl.relate.union import warm_up
    from etl.stages.fill import steps

    warm_up()
    # Captures of the same second in every fill, so that rows can be held against each other.
    captured_at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    vars(steps)["fetch_offered"] = partial(vars(steps)["fetch_offered"], captured_at=captured_at)
    if "warm" in sys.argv:
        _read_a_page()
    pause = time.sleep
    vars(botocore.endpoint)["time"] = _Quicker(pause)


def _read_a_page() -> None:
    """What each process makes once, when it comes to its first page: a second."""
    from tempfile import TemporaryDirectory

    from benchmarks.pages import page
    from etl.settings import load
    from etl.stages.inspect.records import records

    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(page(1), encoding="utf-8")
        list(records(load(), [path], url=None, captured_at=None, say=lambda _: None))


class _Quicker:
    """The module `time` as botocore sees it."""

    def __init__(self, pause: Any) -> None:
        self._pause = pause

    def sleep(self, seconds: float) -> None:
        self._pause(seconds / 50)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def _become(asked: Mapping[str, Any]) -> None:
    from etl import cli

    try:
        for number, path in zip((1, 2), asked["to"], strict=True):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.clear()
        os.environ.update(asked["env"])
        os.setpgid(0, 0)
        if asked["files"]:
            resource.setrlimit(resource.RLIMIT_NOFILE, (asked["files"], asked["files"]))
        if not asked["may_override"]:
            _obey_modes()
        import tempfile

        tempfile.tempdir = None
        sys.argv = ["news-etl", *asked["argv"]]
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def _obey_modes() -> None:
    """Give up the right of root to read and write whatever modes say (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, of 32 capabilities each
    if libc.capget(header, sets):
        raise OSError(ctypes.get_errno(), "capget")
    sets[0] &= ~0b110
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")


def _wait(pid: int) -> int:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGALRM  # it hung


if __name__ == "__main__":
    main()
