"""Names of processes, with which another process can check later whether the named one still runs.

    hostname/boot/pid namespace/pid/start/nonce

A pid alone may name another process after a while, and a pid of another machine or container means nothing here. On the
same machine, in the same pid namespace, the answer is exact. For all others it is unknown, so a holder also states until
when it holds something.
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
    """Whether the process of that name has certainly ended. False for one of another machine, where that is unknown."""
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
    """When a process started, in units that do not depend on the wall clock; None when it does not run any more.

    A killed process that its parent has not reaped yet (a zombie) counts as ended.
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
