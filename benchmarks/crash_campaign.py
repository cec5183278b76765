"""Kills and what became of them: an undisturbed run of each case, the same with a kill and what follows, the difference."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import psycopg
from sqlalchemy import make_url, text

from benchmarks import crash_rows, crash_site
from benchmarks.crash_cases import OPEN_WORK, SETTLE, Case, Task, cases, states, write_given
from benchmarks.crash_places import BUCKET, KEYS, TEMPLATE, Ended, Place, Server, empty_place, make_small
from benchmarks.crash_points import Point
from benchmarks.crash_rows import Difference, Rows
from benchmarks.history_player import remembered_extraction
from etl.embedded_postgres import server
from etl.lake import rewriting
from etl.sources import site_lines
from etl.sources.site_lines import SiteLine, SiteLines
from etl.stages.process.extract_load import observe_file
from etl.stages.process.lake_audit import audit
from etl.stages.resources import Resources, open_resources
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import parts
from etl.warehouse.schema import migrate

SLOWER_S = 15.0  # than the undisturbed one: something was waited for
SCHEMA = """
SELECT table_schema || '.' || table_name || '.' || column_name, data_type || is_nullable FROM information_schema.columns
WHERE table_schema IN ('core', 'ops', 'news')
UNION ALL SELECT schemaname || '.' || viewname, definition FROM pg_views WHERE schemaname = 'news'
UNION ALL SELECT schemaname || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname IN ('core', 'ops')
"""


class Failed(Exception):
    """A case that goes wrong without any kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """A case without a kill: its rows, its points by task, and how its tasks ended."""

    rows: Rows
    points: list[tuple[int, Point]]
    asked: Counter[str]  # pages of the live sites
    seconds: float


@dataclass(slots=True, kw_only=True)
class Killed:
    """What became of one kill."""

    case: str
    lake: str
    task: str
    point: Point
    was_killed: bool = False
    difference: Difference = field(default_factory=Difference)
    unaccounted: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)  # a rerun that failed, blocked, a run still running, a rebuild
    litter: list[str] = field(default_factory=list)
    asked_again: int = 0  # pages that the undisturbed run asked for less often
    seconds: float = 0.0

    @property
    def is_right(self) -> bool:
        return self.was_killed and not any(self.said().values())

    def said(self) -> dict[str, list[str]]:
        """What is not as it should be, by kind."""
        return {
            "lost": self.difference.lost,
            "doubled": self.difference.doubled,
            "different": self.difference.different,
            "lake": self.unaccounted,
            "troubles": self.troubles,
            "litter": self.litter,
        }

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        place = {"case": self.case, "lake": self.lake, "task": self.task, "place": self.point.label}
        return {**place, "was_killed": self.was_killed, "said": {k: v for k, v in self.said().items() if v}}


class Campaign:
    """The states that cases start from, made when they are asked for, and the kills."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.given = write_given(folder / "given")
        (folder / "page.html").write_text(crash_site.page(30, 1), encoding="utf-8")
        lines = SiteLines(source="harbour", lines=(SiteLine(line="The mayor thanked everybody who had come"),))
        (folder / "lines.yaml").write_text(site_lines.to_yaml(lines, is_proposal=False), encoding="utf-8")
        self._states: dict[tuple[str, bool], Place] = {}
        self._stack = ExitStack()
        self._made = states(self.given, server.sites)

    def __enter__(self) -> Campaign:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def cases(self) -> list[Case]:
        """All cases."""
        return list(cases(self.given, self.server.sites))

    def state(self, name: str, *, is_s3: bool) -> Place:
        """The place that is in this state; it is copied, never changed."""
        if (name, is_s3) not in self._states:
            if name == "empty":
                made = empty_place(self.server, is_s3=is_s3, sources=self.server.sites.sources())
                place = self._stack.enter_context(made)
            else:
                before, tasks = self._made[name]
                place = self.state(before, is_s3=is_s3).copy()
                self._stack.callback(place.destroy)
                for edition, task in tasks:
                    self.server.sites.publish(edition)
                    ended = place.run(task.with_values({}))
                    if ended.code not in (0, 3):
                        raise Failed(f"{task.name} of state {name} ended with {ended.code}: {ended.said[-3000:]}")
            self._states[name, is_s3] = place
        return self._states[name, is_s3]

    @contextmanager
    def _start(self, case: Case, *, is_s3: bool) -> Iterator[Place]:
        place = self.state(case.start, is_s3=is_s3).copy(archives=case.archives)
        try:
            self.server.sites.publish(case.edition)
            if case.prepare:
                case.prepare(place)
            yield place
        finally:
            place.destroy()

    def undisturbed(self, case: Case, *, is_s3: bool) -> Undisturbed:
        """Do a case from its start to its end."""
        with self._start(case, is_s3=is_s3) as place:
            began = time.monotonic()
            ended = _all(place, case.tasks)
            seconds = time.monotonic() - began
            if bad := [e for e in ended if e.code not in (0, 3)]:
                raise Failed(f"{case.name} ended with {bad[0].code} undisturbed: {bad[0].said[-3000:]}")
            said = [] if case.name.startswith("migrate") else _unaccounted(place, is_remembered=True)
            if said or place.litter():
                raise Failed(f"{case.name}, undisturbed: {said} {place.litter()}")
            killable = case.killable or len(case.tasks)
            return Undisturbed(
                rows=_rows(place, case),
                points=[(n, point) for n, e in enumerate(ended[:killable]) for point in e.points],
                asked=self.server.sites.asked(),
                seconds=seconds,
            )

    def kill(
        self,
        case: Case,
        plain: Undisturbed,
        task: int,
        point: Point,
        *,
        is_s3: bool,
        fresh: bool = False,
        rebuild: bool = False,
        again_at: str | None = None,
    ) -> Killed:
        """Do a case with a kill, and what follows it; that is killed as well, at the point `again_at`, and follows again.

        `fresh` starts Python anew for what is killed, `rebuild` holds a warehouse made from the lake against this one.
        """
        began = time.monotonic()
        told = Killed(
            case=case.name, lake="s3" if is_s3 else "folder", task=case.tasks[task].name, point=point, was_killed=True
        )
        with self._start(case, is_s3=is_s3) as place:
            ended: list[Ended] = []
            values: dict[str, object] = {}
            for n, each in enumerate(case.tasks[: task + 1]):
                at = point.spec if n == task else None
                ended.append(place.run(each.with_values(values), at=at, fresh=fresh and not callable(each.work)))
                values[each.name] = ended[-1].value
            last = ended[-1]
            told.was_killed = last.was_killed or (point.role == "worker" and last.code != 0)
            passed = [p for p in last.points if p.role == point.role]
            told.point = passed[-1] if last.was_killed and passed else point  # threads may have come in another order
            if not told.was_killed and last.code not in (0, 3):
                told.troubles.append(f"ended with {last.code} before the kill: {last.said[-600:]}")
            if again_at is not None:
                follows = case.tasks[task] if case.is_retried else (case.then or case.tasks)[0]
                place.run(follows.with_values(values if case.is_retried else {}), at=again_at)
            after = list(self._after(case, place, task, values))
            for e in after:
                if e.code not in (0, 3):
                    told.troubles.append(f"ended with {e.code} after the kill: {e.said[-600:]}")
                if e.seconds > plain.seconds + SLOWER_S:
                    told.troubles.append(f"took {e.seconds:.0f} s after the kill")
            told.asked_again = (self.server.sites.asked() - plain.asked).total()
            told.difference = crash_rows.difference(plain.rows, _rows(place, case))
            if not case.name.startswith("migrate"):
                told.unaccounted = _unaccounted(place)
                told.troubles += _running(place)
                if rebuild and case.is_rebuilt:
                    told.troubles += _rebuilt(place)
            told.litter = place.litter()
        told.seconds = time.monotonic() - began
        return told

    def _after(self, case: Case, place: Place, task: int, values: dict[str, object]) -> Iterator[Ended]:
        """What follows a kill; of a DAG also what its next run begins with."""
        yield from self._at_once(case, place, task, values)
        if callable(case.tasks[task].work):
            yield from _all(place, (OPEN_WORK, SETTLE))

    def _at_once(self, case: Case, place: Place, task: int, values: dict[str, object]) -> Iterator[Ended]:
        if case.is_retried:
            for each in case.tasks[task:]:
                ended = place.run(each.with_values(values))
                values[each.name] = ended.value
                yield ended
            return
        if case.goes_on:
            values.pop(case.tasks[task].name, None)
            failed = True
            for each in case.tasks[task + 1 :]:
                if failed and not each.all_done:
                    continue
                ended = place.run(each.with_values(values))
                values[each.name] = ended.value
                failed = failed and each.name.startswith("discover")
        if not isinstance(case.tasks[task].work, tuple) or case.start == "airflow":
            _let_time_pass(place)
        yield from _all(place, case.then or case.tasks)


def _all(place: Place, tasks: Sequence[Task]) -> list[Ended]:
    ended: list[Ended] = []
    values: dict[str, object] = {}
    for task in tasks:
        ended.append(place.run(task.with_values(values)))
        values[task.name] = ended[-1].value
        if ended[-1].code not in (0, 3):
            break
    return ended


def _rows(place: Place, case: Case) -> Rows:
    engine = open_engine(place.database_url)
    try:
        if case.name.startswith("migrate"):
            with engine.connect() as connection:
                return {"schema": {k: Counter([v]) for k, v in connection.execute(text(SCHEMA))}}
        return crash_rows.rows(engine, by_url=case.by_url)
    finally:
        engine.dispose()


def _unaccounted(place: Place, *, is_remembered: bool = False) -> list[str]:
    with open_resources(place.settings(), activate=False) as r:
        if is_remembered:
            _remember(r)
        found = audit(r)
        said = [f"audit: {m.url} in {m.warc}: {m.lacks}" for m in found.missing]
        said += [f"audit: not in the lake: {name}" for name in found.absent]
        said += [f"audit: not known: {name}" for name in found.unknown]
        said += [f"audit: {found.open} captures are open work"] if found.open else []
        return said + crash_rows.unaccounted(r)


def _running(place: Place) -> list[str]:
    engine = open_engine(place.database_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT run_id FROM ops.run WHERE state = 'running'")).scalars().all()
    engine.dispose()
    return [f"run {run} is running" for run in found]


def _let_time_pass(place: Place) -> None:
    """Let the time of a run of several machines be over: only then is it known to be abandoned."""
    engine = open_engine(place.database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE ops.run SET over_at = now() - interval '1 hour' WHERE state = 'running'"))
    engine.dispose()


def _rebuilt(place: Place) -> list[str]:
    """Tables whose fingerprint is another one in a warehouse that is made from the lake."""
    name = f"{place.name}_rebuilt"
    url = place.server.create(name, TEMPLATE)
    try:
        ended = place.run(("rebuild", "--into", url.replace("+psycopg", "", 1), "--json"))
        if ended.code != 0:
            return [f"rebuild ended with {ended.code}: {ended.said[-600:]}"]
        one, two = open_engine(place.database_url), open_engine(url)
        wanted, found = parts(one), parts(two)
        one.dispose()
        two.dispose()
        return [f"rebuilt: {t} {wanted[t][:20]} / {found[t][:20]}" for t in wanted if wanted[t] != found[t]]
    finally:
        place.server.drop(name)


@contextmanager
def campaign() -> Iterator[Campaign]:
    """Servers, a template, and all that kills need; ended with the block."""
    with ExitStack() as stack:
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as ^C: servers end with us
        stack.callback(signal.signal, signal.SIGTERM, before)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="news-etl-crashes-")))
        folder.chmod(0o711)  # root's server runs as another account
        (folder / "sites").mkdir()
        sites = stack.enter_context(crash_site.running(folder / "sites"))
        s3 = stack.enter_context(crash_site.running_s3(folder / "sites"))
        home = folder / "postgres"
        url = server.ensure(home, durable=False)
        stack.callback(server.destroy, home)
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{TEMPLATE}" TEMPLATE template0')
        engine = open_engine(make_url(url).set(database=TEMPLATE).render_as_string(hide_password=False))
        migrate.upgrade(engine)
        engine.dispose()
        stack.enter_context(mock.patch.dict(os.environ, KEYS))
        make_small()
        stack.enter_context(remembered_extraction())
        _warm_up()
        shared = Server(url=url, sites=sites, folder=folder, s3=s3)
        shared.client().create_bucket(Bucket=BUCKET)
        yield stack.enter_context(Campaign(shared, folder))


def _warm_up() -> None:
    """Import and compile what commands need, once for all that are forked."""
    import importlib
    import pkgutil

    import typer._adapters
    import typer.main

    import etl
    from etl.cli import app

    for module in pkgutil.walk_packages(etl.__path__, "etl."):
        if module.name not in ("etl.sample.__main__", "etl.airflow_checks"):
            importlib.import_module(module.name)
    from etl import relate, urls
    from etl.extract.page import extract_page

    typer.main.get_command(app)
    texts = [crash_site.page(n, 1, shared=n > 2) for n in range(4)]
    for text_ in texts:
        extract_page(text_.encode(), url="https://a.example/1", captured_at=crash_site.NOW, content_type="text/html")
    urls.registrable_domain("https://a.example.co.uk/")
    words = ["one two three four five six seven " * 20] * 2
    relate.keys_of_many(words)
    relate.compare(relate.signature(words[0]), relate.signature(words[1]))
    signed = relate.signatures_of_many(words, ["title"] * 2, ["a.example", "b.example"])
    relate.compare_pairs(signed, np.array([0]), np.array([1]))


def _remember(r: Resources) -> None:
    """Read the pages of a lake in this process, whose forks then need not (`remembered_extraction`)."""
    for name in rewriting.warcs(r.store):
        for _ in observe_file(r, name):
            pass
