"""Files by which processes on one machine agree: locks, and values that only their owner reads."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.errors import Transient

POLL_S = 0.05


@contextmanager
def locked(path: Path, *, limit_s: float) -> Iterator[None]:
    """Hold the lock file `path`, which ends with the process that holds it; programs we start do not inherit it.

    Raises Transient when another process holds it for longer than `limit_s`.
    """
    deadline = time.monotonic() + limit_s
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Transient(f"another process has held {path} for {limit_s:.0f} s: try again later") from None
                time.sleep(POLL_S)
        yield
    finally:
        os.close(file)


def read(path: Path) -> str | None:
    """The text of a small file without its line end; None when there is no file, or nothing in it."""
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_private(path: Path, value: str) -> None:
    """Write a file that only its owner reads, complete or not at all."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{value}\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
