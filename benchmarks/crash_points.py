"""The write points of a process, and a kill -9 at one of them. Nothing of it is in `etl/`: it is put around it.

A point is the moment before or after a write that outlives the process: a commit of PostgreSQL, a file of the lake that
gets its name or goes, a request to S3 that stores or deletes, a file of the local spool. Points are numbered by process:
`main:12` is the twelfth of the command itself, `worker:3` the third of a process of its pool. Each is noted in a log, so
that a run without a kill says which there are, and a killed one where it ended.
"""

from __future__ import annotations

import os
import re
import signal
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.client
import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from etl.lake.segment import SegmentWriter

MAIN, WORKER = "main", "worker"
# Where files are that count, as patterns of their paths; the first that fits names the place.
PLACES = (
    (re.compile(r"\.cdxj$"), "index"),
    (re.compile(r"/?silver/kept/"), "kept silver"),
    (re.compile(r"/?silver/"), "silver"),
    (re.compile(r"/?erased/"), "tombstone"),
    (re.compile(r"/?raw/"), "warc"),
    (re.compile(r"/site_lines/"), "site lines"),
    (re.compile(r"/\.spool/"), "spool of the lake"),
    (re.compile(r"\.warc\.gz(\.open)?$"), "segment on disk"),
)
WRITES = re.compile(
    r"\b(?:INSERT INTO|UPDATE(?! SKIP)|DELETE FROM|TRUNCATE|CREATE (?:UNIQUE )?(?:TABLE|INDEX|SCHEMA|VIEW)|ALTER TABLE)"
    r"(?: CONCURRENTLY)?(?: IF NOT EXISTS)? (\w+(?:\.\w+)?)",
    re.I,
)
STORING = {
    "PutObject": "put",
    "DeleteObject": "delete",
    "CreateMultipartUpload": "multipart",
    "UploadPart": "part",
    "CompleteMultipartUpload": "complete",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A write point that was passed: the number within its process, and what it is in words."""

    role: str
    number: int
    label: str

    @property
    def spec(self) -> str:
        """As `arm` takes it."""
        return f"{self.role}:{self.number}"


class _Points:
    """Counts the points of this process."""

    def __init__(self, spec: str | None, log: Path) -> None:
        role, _, number = (spec or ":0").partition(":")
        self._role, self._number = role, int(number)
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._mine = MAIN
        self._count = 0
        os.register_at_fork(after_in_child=self._in_child)

    def _in_child(self) -> None:
        self._mine, self._count = WORKER, 0

    def at(self, label: str) -> None:
        self._count += 1
        os.write(self._log, f"{self._mine}\t{self._count}\t{label}\n".encode())
        if self._mine == self._role and self._count == self._number:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(spec: str | None, log: Path) -> None:
    """Watch the points of this process and of those that it forks; end at the one of `spec`, at none without one."""
    points = _Points(spec, log)
    _watch_commits(points)
    _watch_files(points)
    _watch_s3(points)


def passed(log: Path) -> list[Point]:
    """The points of a log, in the order in which they were passed."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [Point(role, int(number), label) for role, number, label in (line.split("\t") for line in lines)]


def _watch_commits(points: _Points) -> None:
    commit: Any = DefaultDialect.do_commit
    written: dict[int, str] = {}  # by connection: the table that its transaction wrote to first

    def do_commit(self: DefaultDialect, connection: Any) -> None:
        if not isinstance(connection.dbapi_connection, psycopg.Connection):  # a database of Airflow's own
            commit(self, connection)
            return
        what = written.pop(id(connection.dbapi_connection), "nothing")
        points.at(f"before a commit: {what}")
        commit(self, connection)
        points.at(f"after a commit: {what}")

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]

    def before(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        driver = connection.connection.dbapi_connection
        found = WRITES.search(statement)
        if found is None or not isinstance(driver, psycopg.Connection):
            return
        if driver.autocommit:  # what commits by itself is a commit
            points.at(f"before a commit: {found[1]}")
        else:
            written.setdefault(id(driver), found[1])

    def after(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        driver = connection.connection.dbapi_connection
        found = WRITES.search(statement) if isinstance(driver, psycopg.Connection) and driver.autocommit else None
        if found is not None:
            points.at(f"after a commit: {found[1]}")

    def rolled_back(connection: Any) -> None:
        written.pop(id(connection.connection.dbapi_connection), None)

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    event.listen(Engine, "rollback", rolled_back)


def _watch_files(points: _Points) -> None:
    def around(name: str, what: str, which: int) -> None:
        call = getattr(os, name)

        def watched(*args: Any, **more: Any) -> Any:
            place = _place(args[which]) if len(args) > which and not more.get("dir_fd") else None
            if place is None or (name == "unlink" and place == "spool of the lake"):
                return call(*args, **more)
            points.at(f"before {what}: {place}")
            found = call(*args, **more)
            points.at(f"after {what}: {place}")
            return found

        setattr(os, name, watched)

    around("link", "a file gets its name", 1)
    around("replace", "a file gets its name", 1)
    around("unlink", "a file goes", 0)
    fsync = os.fsync

    def synced(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and (
            place := _place(Path(f"/proc/self/fd/{descriptor}").readlink())
        ):
            points.at(f"a file half written: {place}")
        fsync(descriptor)

    os.fsync = synced  # type: ignore[assignment]
    write = SegmentWriter.write

    def written(self: SegmentWriter, exchange: Any) -> Any:
        found = write(self, exchange)
        points.at("a capture written: segment on disk")
        return found

    SegmentWriter.write = written  # type: ignore[method-assign]


def _watch_s3(points: _Points) -> None:
    client: Any = botocore.client.BaseClient
    call = client._make_api_call

    def watched(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        what = STORING.get(operation)
        if what is None:
            return call(self, operation, parameters)
        place = _place(str(parameters.get("Key", ""))) or "object"
        points.at(f"before S3 {what}: {place}")
        found = call(self, operation, parameters)
        points.at(f"after S3 {what}: {place}")
        return found

    client._make_api_call = watched


def _place(path: Any) -> str | None:
    name = os.fspath(path)
    if isinstance(name, bytes):
        return None
    return next((place for pattern, place in PLACES if pattern.search(str(name))), None)


def sample(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many of these points: one of each kind (of its label), or evenly of the kinds; then evenly of the rest."""
    if len(points) <= most:
        return list(points)
    first: dict[str, int] = {}
    for n, point in enumerate(points):
        first.setdefault(f"{point.role} {point.label}", n)
    chosen = set(_evenly(list(first.values()), most))
    chosen |= set(_evenly([n for n in range(len(points)) if n not in chosen], most - len(chosen)))
    return [points[n] for n in sorted(chosen)]


def _evenly(numbers: Sequence[int], most: int) -> list[int]:
    if len(numbers) <= most:
        return list(numbers)
    return [numbers[(2 * i + 1) * len(numbers) // (2 * most)] for i in range(most)]
