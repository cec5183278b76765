"""One PostgreSQL server process: start it, find it again, stop it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from etl.embedded_postgres.files import ENVIRONMENT, Account, Binaries, identity
from etl.errors import Permanent, Transient

HOST = "127.0.0.1"
START_S = 180.0  # a crash recovery of 2 GB of log takes about a minute on a laptop
STOP_S = 60.0
POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmaster:
    """The running server of a data folder."""

    pid: int
    port: int
    is_ready: bool


class PortTakenError(Exception):
    """Another program listens on the port."""


def find(data: Path) -> Postmaster | None:
    """The server that runs on `data`, or None.

    `postmaster.pid` alone proves nothing: after a kill -9 or a crash of the machine it may name a process that is gone, an
    unreaped zombie (in containers), or another program with the same pid. So the process itself is examined.
    """
    lines = _pid_file(data)
    pid = _number(lines, 0)
    port = _number(lines, 3)
    if pid is None or port is None or not _serves(pid, data):
        return None
    return Postmaster(pid=pid, port=port, is_ready=len(lines) > 7 and lines[7].strip() == "ready")


def start(
    binaries: Binaries, data: Path, account: Account | None, *, port: int, log: Path, durable: bool
) -> Postmaster:
    """Start a server that outlives us and wait until it takes connections.

    What it says before its own log begins goes to `log`. Raises PortTakenError; Transient when it takes too long;
    Permanent with the end of its log when it refuses.
    """
    deadline = time.monotonic() + START_S
    while True:
        if not is_free(port):
            raise PortTakenError
        pid = _launch(binaries, data, account, port=port, log=log, durable=durable)
        started = _wait(pid, data, deadline)
        if started is not None:
            return started
        if not is_free(port):
            raise PortTakenError
        said = _tail(log)
        if "shared memory block" not in said:
            said = said or _tail_of_own_log(data)
            raise Permanent(f"the embedded PostgreSQL did not start on {data}; it said:\n{said}")
        # Workers of a server that was killed hold its shared memory until their query ends.
        if time.monotonic() > deadline:
            raise Transient(f"queries of a server that was killed still run on {data}: try again when they have ended")
        time.sleep(0.2)


def stop(server: Postmaster, data: Path) -> None:
    """End a server: connections are closed, data are written; a server that does not listen is ended hard.

    Raises Transient when it is still there after that.
    """
    for number, limit_s in ((signal.SIGINT, STOP_S), (signal.SIGQUIT, 10.0)):
        try:
            os.kill(server.pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if not _serves(server.pid, data):
                return
            time.sleep(POLL_S)
    raise Transient(f"the embedded PostgreSQL (pid {server.pid}) does not end; its log is in {data / 'log'}")


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of the loopback address."""
    with socket.socket() as probe:
        # As PostgreSQL does: connections that are still closing (TIME_WAIT) do not hinder.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _launch(binaries: Binaries, data: Path, account: Account | None, *, port: int, log: Path, durable: bool) -> int:
    options = {
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": "",  # no socket file: its path would be limited to about 100 bytes
        "fsync": "on" if durable else "off",
    }
    command = [str(binaries.program("postgres")), "-D", str(data)]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    stale = _number(_pid_file(data), 0)
    # We know by now that this process is no server of these data. PostgreSQL would refuse to start if it lives (as a
    # zombie, or as a program that got the number); a grandparent's number it takes for stale. Its second guard stays in
    # force: the shared memory that workers of a killed server hold.
    environment = {**ENVIRONMENT, **({"PG_GRANDPARENT_PID": str(stale)} if stale else {})}
    log.unlink(missing_ok=True)
    with log.open("xb") as output:
        # The shell exits at once, so that the server is re-parented and leaves no zombie here.
        shell = subprocess.run(
            ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            cwd="/",
            env=environment,
            start_new_session=True,
            check=True,
            **identity(account),
        )
    return int(shell.stdout)


def _wait(pid: int, data: Path, deadline: float) -> Postmaster | None:
    """The server once it is ready; None when it has ended."""
    while time.monotonic() < deadline:
        server = find(data)
        if server is not None and server.pid == pid and server.is_ready:
            return server
        if not _lives(pid):
            return None
        time.sleep(POLL_S)
    raise Transient(f"the embedded PostgreSQL on {data} is still starting after {START_S:.0f} s: try again later")


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _serves(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        command = process.cmdline()
        if not command or "postgres" not in Path(command[0]).name:
            return False
        try:
            return Path(process.cwd()).samefile(data)
        except (psutil.AccessDenied, FileNotFoundError):
            return str(data) in command  # containers deny root the look at the working folder of other users' processes
    except psutil.Error:
        return False


def _pid_file(data: Path) -> list[str]:
    """Lines: pid, data folder, start time, port, socket folder, address, shared memory, status (miscadmin.h)."""
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def _number(lines: list[str], index: int) -> int | None:
    return int(lines[index]) if len(lines) > index and lines[index].strip().isdecimal() else None


def _tail(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()
    except FileNotFoundError:
        return ""


def _tail_of_own_log(data: Path) -> str:
    logs = sorted((data / "log").glob("*.log"), key=lambda log: log.stat().st_mtime)
    return _tail(logs[-1]) if logs else "(nothing)"
