"""A PostgreSQL that is troubled in the middle of a command: a wire in front of it counts what is asked of it."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.databases import END_SESSIONS
from etl.embedded_postgres import server

HOST = "127.0.0.1"
Action = Callable[[], None]


class Wire:
    """A TCP proxy. `steps` counts what clients sent; when the `at`-th thing comes, `then` happens before it goes on.

    With `at_commit` the `at`-th COMMIT is meant; `commits` counts those. With `after` it goes on first, and its answer
    is never seen.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self.steps = self.commits = 0
        self._at_commit = self._after = False
        self._at: int | None = None
        self._then: Action | None = None
        self._is_open = True
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.RLock()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, at: int | None, then: Action | None, *, at_commit: bool = False, after: bool = False) -> None:
        """Count from nothing; at this step do this."""
        with self._lock:
            self.steps = self.commits = 0
            self._at, self._then, self._is_open = at, then, True
            self._at_commit, self._after = at_commit, after

    def cut(self, *, stays: bool) -> None:
        """Break all connections; new ones as well, if it stays so."""
        with self._lock:
            self._is_open = not stays
            for pair in list(self._pairs):
                for each in pair:
                    with suppress(OSError):
                        each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()
        self.cut(stays=True)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self._is_open:
                client.close()
                continue
            try:
                upstream = socket.create_connection((HOST, self._target), timeout=5)
            except OSError:
                client.close()
                continue
            upstream.settimeout(None)
            pair = (client, upstream)
            self._pairs.add(pair)
            threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, client: socket.socket, upstream: socket.socket) -> None:
        pair = (client, upstream)
        try:
            while True:
                for source in select.select(pair, [], [])[0]:
                    data = source.recv(1 << 16)
                    if not data:
                        return
                    then = self._step(data) if source is client else None
                    if then is not None and not self._after:
                        then()
                    (upstream if source is client else client).sendall(data)
                    if then is not None and self._after:
                        time.sleep(0.1)  # the server has done it, and has answered
                        then()
                        return
        except (OSError, ValueError):
            return
        finally:
            self._pairs.discard(pair)
            client.close()
            upstream.close()

    def _step(self, data: bytes) -> Action | None:
        with self._lock:
            self.steps += 1
            self.commits += (is_commit := b"COMMIT" in data)
            count = self.commits if self._at_commit else self.steps
            if self._at is None or count < self._at or (self._at_commit and not is_commit):
                return None
            then, self._at, self._then = self._then, None, None
            return then


class Postgres:
    """The embedded server in a home of its own, behind a wire."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.url = make_url(server.ensure(home, durable=False))
        assert self.url.port
        self.wire = Wire(self.url.port)

    def through_wire(self, database: str) -> str:
        """The URL that commands get."""
        return self.url.set(database=database, port=self.wire.port).render_as_string(hide_password=False)

    def direct(self, database: str) -> str:
        return self.url.set(database=database).render_as_string(hide_password=False)

    def execute(self, statement: str, database: str = "postgres") -> None:
        plain = self.url.set(drivername="postgresql", database=database).render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement.encode())

    def end_sessions(self, database: str) -> None:
        plain = self.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(END_SESSIONS, [database])

    def signal(self, number: int) -> None:
        """Send a signal to the server's first process and wait until it is gone."""
        found = server.status(self.home)
        if found.pid is None:
            return
        os.kill(found.pid, number)
        deadline = time.monotonic() + 30
        while server.status(self.home).pid is not None and time.monotonic() < deadline:
            time.sleep(0.02)

    def start(self) -> None:
        """Start it again, where it does not run; crash recovery included."""
        server.ensure(self.home, durable=False)

    def restart(self, number: int) -> None:
        """End it by a signal (SIGINT: fast, SIGQUIT: immediate, SIGKILL), then start it again."""
        self.signal(number)
        self.start()

    def destroy(self) -> None:
        self.wire.close()
        server.destroy(self.home)


RESTARTS = {"restarted, fast": signal.SIGINT, "restarted, immediate": signal.SIGQUIT, "killed -9": signal.SIGKILL}


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """A disk of so many MiB, mounted at a folder; raises `PermissionError` where this process may not mount."""
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0755", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if made.returncode:
        raise PermissionError(f"no disk could be mounted: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class Ballast:
    """A file that leaves nothing of a disk, or so many bytes."""

    def __init__(self, disk: Path) -> None:
        self._path = disk / ".ballast"

    def fill(self, leaving: int = 0) -> None:
        free = os.statvfs(self._path.parent)
        size = free.f_bavail * free.f_frsize - leaving
        if size > 0:
            with self._path.open("ab") as file, suppress(OSError):
                os.posix_fallocate(file.fileno(), self._path.stat().st_size, size)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
