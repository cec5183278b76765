"""A pytest plugin: a test, or the session, fails when the network guard refused something, even if the error was swallowed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import network_guard
import pytest


def _path() -> Path:
    return Path(os.environ[network_guard.REPORT])


def _report_to(folder: Path, name: str) -> None:
    report = folder / f"{name}.jsonl"
    report.touch()
    report.chmod(0o666)  # root's tests start processes of other accounts
    os.environ[network_guard.REPORT] = str(report)


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="news-etl-guard-"))
    folder.chmod(0o711)
    return folder


_IS_OUTERMOST = network_guard.REPORT not in os.environ
if _IS_OUTERMOST:
    _report_to(_new_folder(), "session")
network_guard.install()


def pytest_configure(config: pytest.Config) -> None:
    """A report of its own for each process of pytest; those of xdist's workers lie beside their controller's."""
    if worker := getattr(config, "workerinput", None):
        _report_to(_path().parent, worker["workerid"])
    elif not _IS_OUTERMOST:  # a test that runs pytest
        os.environ.pop("PYTEST_CURRENT_TEST", None)
        _report_to(_new_folder(), "session")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail the test in which something was refused, in whatever process."""
    result = yield
    seen = item.config.stash.get(_SEEN, 0)
    lines = _path().read_text().splitlines()
    item.config.stash[_SEEN] = len(lines)
    if new := lines[seen:]:
        pytest.fail("the network guard refused:\n" + "\n".join(map(_said, new)), pytrace=False)
    return result


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the session by what no test was failed for: before the first test, after the last, or by a process left over."""
    if not hasattr(session.config, "workerinput") and any(_all_lines()) and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Everything that was refused, over all processes; the reports go."""
    if hasattr(config, "workerinput"):
        return
    lines = _all_lines()
    if lines:
        terminalreporter.section("refused by the network guard", red=True)
        for line in lines:
            terminalreporter.write_line(_said(line))
    for file in _path().parent.glob("*.jsonl"):
        file.unlink()
    _path().parent.rmdir()


_SEEN = pytest.StashKey[int]()


def _all_lines() -> list[str]:
    return [line for file in sorted(_path().parent.glob("*.jsonl")) for line in file.read_text().splitlines()]


def _said(line: str) -> str:
    found = json.loads(line)
    return f"{found['test']}: {found['refused']} (process {found['pid']})\n    " + "\n    ".join(found["at"])
