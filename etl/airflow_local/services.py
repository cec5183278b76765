"""Processes that outlive the one that started them, found again by a mark in their environment.

There are no pid files: a number in a file may mean another program by now. Every process that a service starts inherits
the mark, so that they are found when the service itself has crashed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from etl.errors import Transient

MARK = "NEWS_ETL_SERVICE"  # <home>:<name>
# The launcher exits at once, so that the service is re-parented and leaves no zombie here. A shell's `&` would do the
# same but makes the service and its children ignore SIGINT, with which Airflow ends tasks.
LAUNCHER = """
import os, sys
reading, writing = os.pipe()
if os.fork():
    os.close(writing)
    os.read(reading, 1)
    os._exit(0)
os.setsid()
os.write(writing, b".")
os.execv(sys.argv[1], sys.argv[1:])
"""
POLL_S = 0.1


def start(home: Path, name: str, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
    """Start a service in a session of its own. What it says goes to `log`; that of the last time is kept beside it."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("xb") as output:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            # The mark must stay readable where programs change their title (setproctitle writes over the environment).
            env={**env, MARK: f"{home}:{name}", "SPT_NOENV": "1"},
            check=True,
        )


def find(home: Path) -> dict[str, list[psutil.Process]]:
    """The live processes of each service, the oldest first."""
    found: dict[str, list[psutil.Process]] = {}
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            mark = process.environ().get(MARK, "")
        except (psutil.Error, OSError):
            continue  # ended meanwhile, or another user's
        its_home, _, name = mark.rpartition(":")
        if its_home == str(home):
            found.setdefault(name, []).append(process)
    return {name: sorted(processes, key=lambda p: p.create_time()) for name, processes in found.items()}


def leaders(home: Path) -> dict[str, psutil.Process]:
    """The process of each service that leads its session: without it a service has crashed."""
    led = {}
    for name, processes in find(home).items():
        for process in processes:
            try:
                if os.getsid(process.pid) == process.pid:
                    led[name] = process
            except ProcessLookupError:
                continue
    return led


def stop(home: Path, names: Sequence[str], *, grace_s: float) -> None:
    """End services: ask each (where it has crashed: what it left), wait `grace_s`, ask all that are left, then kill.

    Raises Transient when processes are left after that.
    """
    led = leaders(home)
    found = {name: processes for name, processes in find(home).items() if name in names}
    for name, processes in found.items():
        _signal([led[name]] if name in led else processes, signal.SIGTERM)
    for number, limit_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 3.0), (None, 10.0)):
        deadline = time.monotonic() + limit_s
        while left := [p for name, processes in find(home).items() if name in names for p in processes]:
            if time.monotonic() > deadline:
                break
            time.sleep(POLL_S)
        else:
            return
        if number is not None:
            _signal(left, number)
    raise Transient(f"processes that do not end: {', '.join(str(p.pid) for p in left)}")


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)  # looks first whether the number still means this process
        except psutil.NoSuchProcess:
            continue
