"""A lake, a warehouse and a home that belong together, their copies, and commands run on them in processes of their own.

A process is a fork of this one, which has everything imported and compiled already: that makes a kill cheap. It is a
process like any other: it opens its own files, connections and pools, and SIGKILL ends it. `fresh` starts Python anew.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import boto3.session
import psycopg
from sqlalchemy import make_url

from benchmarks import crash_points
from benchmarks.crash_points import Point
from benchmarks.crash_site import NOW, Sites
from benchmarks.databases import drop_database
from etl import files, paths
from etl import settings as settings_module
from etl.fetch.politeness import PaceRules
from etl.lake.stores import open_store
from etl.settings import Settings

LIMIT_S = 60.0  # a command that takes longer hangs
TEMPLATE = "crashes_migrated"
BUCKET = "crashes"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
FRESH = (
    "import sys; from pathlib import Path; from benchmarks import crash_places, crash_points; "
    "spec, log = sys.argv[1], Path(sys.argv[2]); del sys.argv[1:3]; "
    "crash_places.make_small(); crash_points.arm(spec, log); from etl.cli import main; main()"
)

# A whole run of a DAG in a real Airflow, all its tasks in one process: `airflow dags test`.
AIRFLOW = (
    "import sys, json; from pathlib import Path; spec, log, dag, conf = sys.argv[1], Path(sys.argv[2]), *sys.argv[4:6]\n"
    "from airflow.utils.db import initdb; from airflow.dag_processing.dagbag import DagBag; from etl.paths import data\n"
    "if dag == 'init': initdb(); sys.exit()\n"
    "from benchmarks import crash_places, crash_points; found = DagBag(str(data('dags'))).dags[dag]\n"
    "crash_places.make_small(); crash_points.arm(spec, log); run = found.test(run_conf=json.loads(conf))\n"
    "print('state', run.state, {t.task_id: t.state for t in run.get_task_instances()}); sys.exit(run.state != 'success')"
)

# What a process does: a command line, or a function of the settings.
Work = Sequence[str] | Callable[[Settings], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended, where it passed, and what it said or gave."""

    code: int  # negative: by that signal
    points: list[Point]
    said: str
    value: Any
    seconds: float
    cpu_s: float  # of the process and what it started

    @property
    def was_killed(self) -> bool:
        return self.code == -9

    @property
    def is_blocked(self) -> bool:
        return self.seconds >= LIMIT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What all places share: PostgreSQL, sites, and where an S3 server is."""

    url: str  # of a database whose role may create others
    sites: Sites
    folder: Path
    s3: str

    def create(self, name: str, template: str) -> str:
        """A database that is a copy of another; its URL."""
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        """Take a database away, with the sessions that killed processes have left in it."""
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            drop_database(connection, name)

    def client(self) -> Any:
        """A client of the S3 server."""
        session = boto3.session.Session("test", "test", region_name="us-east-1")
        return session.client("s3", endpoint_url=self.s3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One warehouse with its lake and home."""

    server: Server
    name: str
    is_s3: bool
    archives: tuple[str, ...] = ()

    @property
    def home(self) -> Path:
        return self.server.folder / self.name

    @property
    def temp(self) -> Path:
        """The folder of temporary files of its processes."""
        return self.home / "system-tmp"

    @property
    def sources(self) -> Path:
        return self.home / "sources.yaml"

    @property
    def database_url(self) -> str:
        return make_url(self.server.url).set(database=self.name).render_as_string(hide_password=False)

    @property
    def lake_url(self) -> str:
        return f"s3://{BUCKET}/{self.name}" if self.is_s3 else (self.home / "lake").as_uri()

    def env(self) -> dict[str, str]:
        """The settings of its commands."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("NEWS_ETL_")}
        return kept | KEYS | {
            "NEWS_ETL_HOME": str(self.home),
            "NEWS_ETL_WAREHOUSE_URL": self.database_url.replace("+psycopg", "", 1),
            "NEWS_ETL_LAKE_URL": self.lake_url,
            "NEWS_ETL_S3_ENDPOINT_URL": self.server.s3,
            "NEWS_ETL_SOURCES": str(self.sources),
            "NEWS_ETL_ARCHIVES": ",".join(self.archives),
            "NEWS_ETL_CC_NEWS_URL": self.server.sites.archive,
            "NEWS_ETL_WAYBACK_URL": self.server.sites.archive,
            "NEWS_ETL_WAYBACK_EVERY_S": "0.01",
            "TMPDIR": str(self.temp),
            "AIRFLOW_HOME": str(self.home / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(paths.data("dags")),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.home}/airflow/airflow.db",
            "COLUMNS": "200",
        }  # fmt: skip

    def settings(self) -> Settings:
        """The same, as this process reads them."""
        return settings_module.load(self.env())

    def copy(self, *, archives: tuple[str, ...] = ()) -> Place:
        """Another place with the same rows, objects and files."""
        place = replace(self, name=f"crash_{token_hex(6)}", archives=archives)
        self.server.create(place.name, self.name)
        shutil.copytree(self.home, place.home)
        if self.is_s3:
            client = self.server.client()
            for key in _keys(client, self.name):
                to = place.name + key.removeprefix(self.name)
                client.copy_object(Bucket=BUCKET, Key=to, CopySource={"Bucket": BUCKET, "Key": key})
        return place

    def destroy(self) -> None:
        """Take everything away."""
        self.server.drop(self.name)
        shutil.rmtree(self.home, ignore_errors=True)
        if self.is_s3:
            client = self.server.client()
            for key in _keys(client, self.name):
                client.delete_object(Bucket=BUCKET, Key=key)

    def run(self, work: Work, *, at: str | None = None, fresh: bool = False) -> Ended:
        """Do that in a process of its own, which ends at the point `at` if it comes there."""
        log, out, value = (self.home / name for name in ("points", "output", "value"))
        for path in (log, out, value):
            path.unlink(missing_ok=True)
        began, spent = time.monotonic(), _children_cpu_s()
        is_airflow = not callable(work) and work[0] == "airflow"
        code = _fresh(self, work, at, log, out) if fresh or is_airflow else _forked(self, work, at, log, out, value)
        seconds = time.monotonic() - began
        return Ended(
            code=code,
            points=crash_points.passed(log),
            said=out.read_text(encoding="utf-8", errors="replace"),
            value=json.loads(value.read_text()) if value.exists() else None,
            seconds=seconds,
            cpu_s=_children_cpu_s() - spent,
        )

    def litter(self) -> list[str]:
        """What killed processes have left in temporary folders and in the spool of the lake, and no sweep will take.

        What may belong to a process of another machine goes when it is a day old: here that day is over.
        """
        folders = (self.temp, self.home / "tmp", self.home / "lake" / ".spool")
        old = time.time() - 3 * files.LEFT_BEHIND_S
        for path in [path for folder in folders for path in folder.rglob("*")]:
            os.utime(path, (old, old))
        with files.working_folder(self.temp):  # as whoever works there next
            pass
        before = time.time() - files.LEFT_BEHIND_S
        files.remove_old(self.home / "tmp", "*.warc.gz*", before=before)
        open_store(self.lake_url, endpoint_url=self.server.s3).sweep(before=before)
        return [str(path.relative_to(self.home)) for folder in folders for path in sorted(folder.rglob("*"))]


@contextmanager
def empty_place(server: Server, *, is_s3: bool, sources: str) -> Iterator[Place]:
    """A migrated warehouse with nothing in it, and an empty lake."""
    place = Place(server=server, name=f"crash_{token_hex(6)}", is_s3=is_s3)
    server.create(place.name, TEMPLATE)
    place.temp.mkdir(parents=True)
    place.sources.write_text(sources, encoding="utf-8")
    try:
        yield place
    finally:
        place.destroy()


def make_small() -> None:
    """Let batches be of few pages and rests be short, so that small places have all kinds of moments."""
    from etl import stages
    from etl.stages.fill import steps
    from etl.stages.live import crawling, fetch
    from etl.stages.maintenance import retain
    from etl.stages.process import extract_load, open_work, reprocess
    from etl.warehouse.maintenance import rekey

    crawling.PACE = PaceRules(backoff_s=0.05)
    extract_load.RECORDS_PER_BATCH = 6
    open_work.MANY = 4
    open_work.LARGE = 7
    reprocess.BATCH_CAPTURES = 5
    retain.BATCH = 4
    rekey.KEYS_AT_ONCE, rekey.READ_AT_ONCE = 8, 2
    # Runs at the same time and captures of the same second, so that rows can be held against each other.
    plan = stages.plan
    setattr(stages, "plan", lambda settings, **given: plan(settings, **(given | {"now": NOW})))  # noqa: B010
    (fetch.fetch.__kwdefaults__ or {})["captured_at"] = NOW
    setattr(steps, "fetch_offered", partial(fetch.fetch_offered, captured_at=NOW))  # noqa: B010


def _forked(place: Place, work: Work, at: str | None, log: Path, out: Path, value: Path) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return _waited(pid)
    code = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(place.env())
        _open_output(out)
        import tempfile

        tempfile.tempdir = str(place.temp)
        crash_points.arm(at, log)
        if callable(work):
            value.write_text(json.dumps(work(settings_module.load())))
            code = 0
        else:
            from etl.cli import main

            sys.argv = ["news-etl", *work]
            main()
            code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _open_output(out: Path) -> None:
    """Standard input from nowhere, output and errors into a file."""
    for descriptor, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY)):
        opened = os.open("/dev/null" if descriptor == 0 else out, flags | (os.O_CREAT if descriptor else 0), 0o600)
        os.dup2(opened, descriptor)
    os.dup2(1, 2)
    # Objects that print hold the streams that they found.
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)


def _waited(pid: int) -> int:
    deadline = time.monotonic() + LIMIT_S
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.killpg(pid, 9)
            os.waitpid(pid, 0)
            return -9
        time.sleep(0.01)


def _fresh(place: Place, work: Work, at: str | None, log: Path, out: Path) -> int:
    assert not callable(work)
    with out.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-c", AIRFLOW if work[0] == "airflow" else FRESH, at or "", str(log), *work],
            env=place.env(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            check=False,
            timeout=5 * LIMIT_S,
        )
    return done.returncode


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _keys(client: Any, prefix: str) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{prefix}/")
    return [entry["Key"] for page in pages for entry in page.get("Contents", ())]


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
