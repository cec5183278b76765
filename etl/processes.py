"""Names of processes that can be asked for later: is the one that held this still there?

    hostname/boot/pid namespace/pid/start/nonce

A pid alone names another process after a while, and a pid of another machine or container names nobody here. On the same
machine, in the same pid namespace, the answer is exact; of all others only time can tell, so whoever holds something
says until when.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

import psutil

_PROC = Path("/proc")


def name_of_this(nonce: str = "") -> str:
    """The name of this process; with a `nonce` that of one of several that work in it. Not to be kept over a fork."""
    pid = os.getpid()
    return "/".join((*_machine(), str(pid), _start_of(pid) or "", nonce))


def is_gone(name: str | None) -> bool:
    """Whether the process of that name has ended for certain. False for one of another machine: nobody here can know."""
    parts = name.rsplit("/", 5) if name else []
    if len(parts) != 6 or tuple(parts[:3]) != _machine() or not parts[3].isdecimal():
        return False
    return _start_of(int(parts[3])) != parts[4]


@cache
def _machine() -> tuple[str, str, str]:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = (_PROC / "self/ns/pid").readlink().name.removeprefix("pid:").strip("[]")
    except OSError:
        boot, namespace = f"{psutil.boot_time():.0f}", ""
    return socket.gethostname(), boot, namespace


def _start_of(pid: int) -> str | None:
    """When a process started, in a measure that no change of the clock touches; None when it is not there any more.

    One that was killed and that its parent has not asked for yet (a zombie) is not there.
    """
    if not (_PROC / "self/stat").exists():  # such as on macOS
        return _start_elsewhere(pid)
    try:
        told = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # After the name in parentheses, which may hold anything: state is field 3, start (ticks since boot) field 22.
    state, *rest = told.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]


def _start_elsewhere(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.6f}"
    except psutil.NoSuchProcess:
        return None
