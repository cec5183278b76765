"""The commands and DAGs that crashes are tried on: what each starts from, does, and does after it was killed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import former_keys
from benchmarks.archive_servers import record, request_record
from benchmarks.crash_places import Place, Work
from benchmarks.crash_site import NOW, PAST, page
from benchmarks.pages import write_archive
from etl import stages
from etl.errors import Permanent
from etl.frontier import Offer
from etl.settings import Settings
from etl.stages.process.adopt import adopt
from etl.stages.process.ingest import ingest
from etl.stages.resources import open_resources
from etl.warehouse.engine import open_engine
from etl.warehouse.ops import frontier
from etl.warehouse.schema import migrate

LATER = NOW + timedelta(hours=3)
NEXT_DAY = PAST + timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A process of a case: a command line, or a stage that is given what the tasks before it gave."""

    name: str
    work: Sequence[str] | Callable[[Settings, Mapping[str, Any]], Any]
    all_done: bool = False  # goes on where tasks before it have failed

    def with_values(self, values: Mapping[str, Any]) -> Work:
        """What a process is to do."""
        work = self.work
        return partial(_with, work, dict(values)) if callable(work) else work


def _with(work: Callable[[Settings, Mapping[str, Any]], Any], values: Mapping[str, Any], settings: Settings) -> Any:
    return work(settings, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command or DAG. `then` is what follows the kill: by default all of it once more.

    With `is_retried` the killed task is begun again and the others follow, as a scheduler does it; with `goes_on` the
    task has failed for good, those that go on all the same do, and then `then` comes.
    """

    name: str
    start: str  # the state that it begins with
    tasks: tuple[Task, ...]
    then: tuple[Task, ...] | None = None
    is_retried: bool = False
    goes_on: bool = False
    prepare: Callable[[Place], None] | None = None
    archives: tuple[str, ...] = ()
    edition: int = 1
    by_url: bool = False
    killable: int = 0  # so many of the first tasks are killed; 0 for all
    is_rebuilt: bool = True  # False where articles that nothing touches stay under older rules
    most: int = 1000  # kills
    s3: bool = True  # whether it is tried on S3 as well


def _said(report: Any) -> dict[str, Any]:
    return {"uris": list(report.uris), "outcomes": {o.value: n for o, n in report.outcomes.items()}}


# In news_ingest beside the batches, in news_maintain before all else.
OPEN_WORK = Task(name="open_work", work=lambda s, _: _said(stages.load_open(s, limit_s=600)))
SETTLE = Task(name="settle", work=lambda s, _: _said(stages.settle(s)))
# The command refuses days that have not come, and what was just made is of today.
COMPACT = Task(name="compact", work=lambda s, _: stages.compact(s, before=date(2099, 1, 1)))


def command(*argv: str) -> tuple[Task]:
    """One command line."""
    return (Task(name=argv[0], work=argv),)


def states(given: Path, sites: Any) -> dict[str, tuple[str, list[tuple[int, Task]]]]:
    """How each state is made: from which other one, by which tasks, each in an edition of the sites."""
    run = ("run", "--source", "harbour", "--source", "quay", "--all-documents", "--json", "--now")
    first, second = command(*run, f"{NOW:%Y-%m-%dT%H:%M:%S}"), command(*run, f"{LATER:%Y-%m-%dT%H:%M:%S}")
    ingest = command("ingest", "--json", str(given))
    return {
        "run": ("empty", [(1, *first)]),
        "loaded": ("run", [(2, *second), (2, *ingest)]),
        "airflow": ("empty", [(1, *command("airflow", "init", ""))]),
        "compacted": ("loaded", [(2, COMPACT)]),
    }


def write_given(folder: Path) -> Path:
    """Archives of several makers, in a folder: ours, one that is packed as a whole, one with a damaged record."""
    folder.mkdir()
    write_archive(folder / "ours.warc.gz", 14)
    foreign = [
        request_record("https://mill.example/1"),
        *(record(f"https://mill.example/{n}", page(20 + n, 1), f"2026-02-0{n + 1}T08:00:00Z") for n in range(3)),
    ]
    (folder / "packed.warc.gz").write_bytes(gzip.compress(b"".join(foreign), mtime=0))
    damaged = gzip.compress(record("https://mill.example/5", page(25, 1)), mtime=0)
    whole = gzip.compress(record("https://mill.example/6", page(26, 1)), mtime=0)
    (folder / "damaged.warc.gz").write_bytes(whole + damaged[:-40] + b"\0" * 40 + whole)
    former = [
        ("https://mill.example/40?CMP=rss", 40, 1),
        ("https://mill.example/40", 40, 2),
        *((f"https://mill.example/{n}?smid=tw", n, 1) for n in range(41, 46)),
        ("https://web.archive.org/web/20260304080000/https://mill.example/41", 41, 1),
        ("https://mill.example/46?id=1&amp;part=2", 46, 1),
    ]
    records = [
        record(url, page(n, edition), f"2026-03-{day + 1:02}T08:00:00Z") for day, (url, n, edition) in enumerate(former)
    ]
    (folder.parent / "former.warc.gz").write_bytes(b"".join(gzip.compress(one, mtime=0) for one in records))
    return folder


def cases(given: Path, sites: Any) -> Iterator[Case]:
    """All of them."""
    run = ("run", "--source", "harbour", "--source", "quay", "--all-documents", "--json", "--now")
    first, later = (*run, f"{NOW:%Y-%m-%dT%H:%M:%S}"), (*run, f"{LATER:%Y-%m-%dT%H:%M:%S}")
    yield Case(name="run", start="empty", tasks=command(*first))
    yield Case(
        name="run, the next one later",
        start="empty",
        tasks=command(*first) + command(*later),
        then=command(*later),
        by_url=True,
        killable=1,
        s3=False,
    )
    yield Case(name="run with revisits", start="run", tasks=command(*later), edition=2)
    yield Case(name="ingest", start="empty", tasks=command("ingest", "--json", str(given)))
    yield Case(
        name="ingest of a page",
        start="run",
        tasks=command("ingest", "--json", str(given.parent / "page.html"), "--url", "https://mill.example/9",
                      "--captured-at", "2026-03-02T08:00:00"),
        s3=False,
    )  # fmt: skip
    fill = command("fill", "--from", f"{PAST}", "--to", f"{NEXT_DAY}", "--source", "old", "--json")
    yield Case(name="fill from the site", start="empty", tasks=fill, archives=("sitemap_archive", "date_archive"))
    yield Case(name="fill from cc_news", start="empty", tasks=fill, archives=("cc_news",))
    yield Case(name="fill with wayback", start="empty", tasks=fill, archives=("sitemap_archive", "wayback"))
    span = ("--from", "2026-03-01", "--to", "2026-03-12")
    yield Case(
        name="reprocess", start="loaded", prepare=_with_rules, tasks=command("reprocess", *span, "--by", "captured")
    )
    lines = command("sources", "lines", "activate", str(given.parent / "lines.yaml"))
    again = command("reprocess", *span, "--by", "captured")
    yield Case(name="sources lines activate", start="loaded", tasks=lines + again, killable=1, s3=False)
    yield Case(name="replay", start="loaded", prepare=_with_rules, tasks=command("replay"), s3=False, is_rebuilt=False)
    yield Case(
        name="erase --url",
        start="loaded",
        tasks=command("erase", "--yes", "--url", f"{sites.harbour}/a/1", "--url", f"{sites.harbour}/a/5",
                      "--url", "https://mill.example/1", "--url", "https://gazette1.example/1"),
    )  # fmt: skip
    yield Case(name="erase --source", start="loaded", tasks=command("erase", "--yes", "--source", "quay"))
    yield Case(name="compact", start="loaded", tasks=(COMPACT,))
    yield Case(name="compact, the next time", start="compacted", tasks=(COMPACT,))
    yield Case(name="retain", start="loaded", prepare=_with_retention, tasks=command("retain"))
    yield Case(name="rebuild", start="loaded", prepare=_without_rows, tasks=command("rebuild"))
    yield Case(name="migrate", start="empty", prepare=_without_schema, tasks=command("migrate"), s3=False)
    yield Case(
        name="migrate from an older schema", start="empty", prepare=_with_old_schema, tasks=command("migrate"), s3=False
    )
    keys = (*command("migrate"), SETTLE)
    prepare = partial(_with_former_keys, given.parent / "former.warc.gz")
    yield Case(name="move to other URL keys", start="loaded", prepare=prepare, tasks=keys, killable=1)
    yield from _dags()
    for dag, conf in (
        ("news_ingest", {"sources": ["harbour", "quay"]}),
        ("news_fill", {"sources": ["old"], "day": f"{PAST}", "archives": ["sitemap_archive", "cc_news"]}),
    ):
        whole = command("airflow", dag, json.dumps(conf))
        yield Case(name=f"airflow dags test {dag}", start="airflow", tasks=whole, s3=False, most=3)


def _dags() -> Iterator[Case]:
    one, two = _ingest_tasks("news_ingest__1"), _ingest_tasks("news_ingest__2")
    yield Case(name="news_ingest, the task again", start="empty", tasks=one, is_retried=True)
    yield Case(name="news_ingest, the task failed", start="empty", tasks=one, goes_on=True, then=two, s3=False)
    yield Case(name="news_ingest, the run given up", start="empty", tasks=one, then=two)
    archives = ("sitemap_archive", "cc_news", "wayback")
    one, two = _fill_tasks("news_fill__1"), _fill_tasks("news_fill__2")
    yield Case(name="news_fill, the task again", start="empty", tasks=one, is_retried=True, archives=archives, s3=False)
    yield Case(name="news_fill, the run given up", start="empty", tasks=one, then=two, archives=archives)
    reprocess = _reprocess_tasks()
    yield Case(name="news_reprocess", start="loaded", prepare=_with_rules, tasks=reprocess, is_retried=True, s3=False)
    maintain = (
        OPEN_WORK,
        Task(name="retain", work=lambda s, _: stages.retain(s, now=LATER + timedelta(days=30))),
        COMPACT,
    )
    yield Case(name="news_maintain", start="loaded", prepare=_with_retention, tasks=maintain, is_retried=True, s3=False)
    yield Case(name="news_publish", start="loaded", prepare=_with_old_stories, tasks=(SETTLE,), s3=False)
    relate = (Task(name="relate", work=lambda s, _: _said(stages.relate(s))), SETTLE)
    yield Case(name="relate and settle", start="loaded", prepare=_without_stories, tasks=relate, s3=False)


def _ingest_tasks(run: str) -> tuple[Task, ...]:
    """The tasks of the DAG news_ingest, in its order; both batches one after the other."""
    given = {"run_id": run}
    tasks = [
        Task(
            name="plan",
            work=lambda s, _: stages.plan(
                s, run_id=run, sources=["harbour", "quay"], window_start=None, window_end=None, now=NOW
            ),
        )
    ]
    tasks.append(OPEN_WORK)
    for n in range(2):
        tasks += _batch(given, n)
    return (
        *tasks,
        Task(name="relate", work=lambda s, _: _said(stages.relate(s)), all_done=True),
        Task(name="verdict", work=lambda s, _: stages.verdict(s, **given, failed_tasks=[]), all_done=True),
    )


def _batch(given: dict[str, Any], n: int) -> list[Task]:
    """The task group of one batch of sources."""

    def discover(s: Settings, v: Mapping[str, Any]) -> Any:
        return _said(stages.discover(s, **given, sources=v["plan"][n]))

    def fetch(s: Settings, v: Mapping[str, Any]) -> Any:
        return _said(stages.fetch(s, **given, sources=v["plan"][n]))

    def extract(s: Settings, v: Mapping[str, Any]) -> Any:
        fetched = v.get(f"fetch {n}")
        warcs = fetched["uris"] if fetched else stages.captured(s, **given, sources=v["plan"][n]).uris
        return _said(stages.extract(s, warcs=warcs))

    def load(s: Settings, v: Mapping[str, Any]) -> Any:
        return _said(stages.load(s, silver=v[f"extract {n}"]["uris"]))

    return [
        Task(name=f"discover {n}", work=discover),
        Task(name=f"fetch {n}", work=fetch, all_done=True),
        Task(name=f"extract {n}", work=extract, all_done=True),
        Task(name=f"load {n}", work=load),
    ]


def _fill_tasks(run: str) -> tuple[Task, ...]:
    """The tasks of the DAG news_fill for one day."""
    given: dict[str, Any] = {"run_id": run, "sources": ["old"]}
    return (
        Task(name="plan", work=lambda s, _: stages.plan_fill(s, **given, first=PAST, last=PAST, now=datetime.now(NOW.tzinfo))),
        Task(name="files", work=lambda s, _: _said(stages.fill_files(s, **given))),
        Task(name="find", work=lambda s, _: _said(stages.fill_find(s, **given)), all_done=True),
        Task(name="fetch", work=lambda s, _: _said(stages.fill_fetch(s, **given, limit_s=600)), all_done=True),
        Task(name="load", work=lambda s, _: _said(stages.fill_load(s, **given)), all_done=True),
        Task(name="recover", work=lambda s, _: _said(stages.fill_recover(s, **given))),
        Task(name="relate", work=lambda s, _: _said(stages.relate(s)), all_done=True),
        Task(name="verdict", work=lambda s, _: _fill_ended(s, run), all_done=True),
    )  # fmt: skip


def _fill_ended(settings: Settings, run: str) -> Any:
    found = stages.fill_verdict(settings, run_id=run, failed_tasks=[], is_dry=False)
    if found["problems"]:
        raise Permanent("; ".join(found["problems"]))
    return found


def _reprocess_tasks() -> tuple[Task, ...]:
    given: dict[str, Any] = {"day": NOW.date(), "by": "captured", "sources": [], "dry_run": False}
    return (
        Task(name="plan", work=lambda s, _: stages.plan_reprocess(s, **given, rules=None, now=datetime.now(NOW.tzinfo))),
        Task(name="reprocess", work=lambda s, v: stages.reprocess(s, **given, rules=v["plan"]["rules"])),
        SETTLE,
    )  # fmt: skip


def _with_rules(place: Place) -> None:
    place.sources.write_text(place.server.sites.sources(rules=2), encoding="utf-8")


def _with_retention(place: Place) -> None:
    place.sources.write_text(place.server.sites.sources(raw_days=1), encoding="utf-8")


def _without_rows(place: Place) -> None:
    from benchmarks.crash_places import TEMPLATE

    place.server.drop(place.name)
    place.server.create(place.name, TEMPLATE)


def _without_schema(place: Place) -> None:
    place.server.drop(place.name)
    place.server.create(place.name, "template0")


def _with_old_schema(place: Place) -> None:
    from alembic import command as alembic

    _without_schema(place)
    engine = open_engine(place.database_url)
    with engine.begin() as connection:
        for schema in ("core", "ops", "news"):
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        alembic.upgrade(migrate.config(connection), "0003")
    engine.dispose()


def _with_former_keys(archive: Path, place: Place) -> None:
    """Add pages and offers under the keys of before: some move, some become one page, one is inside an archive's."""
    with former_keys.made_now(), open_resources(place.settings()) as r:
        ingest(r, warcs=adopt(r, [str(archive)], url=None, captured_at=None).uris, in_parallel=False)
        offers = [
            Offer(url=url, url_key=former_keys.former_key(url), host="mill.example", hints=())
            for url in (
                "https://mill.example/40?CMP=rss",
                "https://mill.example/40?smid=tw",
                "https://mill.example/50?ito=1",
            )
        ]
        with r.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO ops.run (run_id, kind, as_of, state) VALUES ('former', 'live', now(), 'ok')")
            )
            frontier.offer(connection, run_id="former", source_key="harbour", offers=offers, now=NOW)
            connection.execute(text("UPDATE ops.key_version SET version = 1"))


def _with_old_stories(place: Place) -> None:
    _execute(place, "UPDATE ops.story_turn SET relate_version = 'older'")


def _without_stories(place: Place) -> None:
    tables = "core.story_node, core.story_key, core.story_edge, core.story_member, core.story, core.story_alias, ops.story_due, ops.story_change"
    _execute(place, f"TRUNCATE {tables}", "INSERT INTO ops.story_due (url_key) SELECT url_key FROM core.article")


def _execute(place: Place, *statements: str) -> None:
    engine = open_engine(place.database_url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
