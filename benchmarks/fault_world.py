"""Commands with something to do, each with the rows that it ends with when nothing troubles it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

import boto3.session
import psycopg
import yaml
from sqlalchemy import make_url, text

from benchmarks.databases import drop_database
from benchmarks.fault_calls import Calls, Ended
from benchmarks.fault_postgres import Postgres
from benchmarks.fault_s3 import S3Proxy
from benchmarks.faulty_commands import CAPTURED, DAY, LINES, SOURCES, URL, write_pages, write_stories
from etl.sample.sources import sources_yaml
from etl.warehouse import fingerprint
from etl.warehouse.engine import open_engine
from etl.warehouse.schema import migrate

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
# A newsroom's site with feed, sitemaps and redirects, and the time at which it is visited.
SITE = "harbour-post"
NOW = "2026-11-12T12:00:00"
PAGES = 26
PLACE = "{place}"
QUERY = "SELECT url, title, published_at, text_chars FROM news.article ORDER BY url"
# As by an operator's mistake: rows are deleted, and the entries about them stay.
LOSE = "TRUNCATE core.url, core.body CASCADE"
COUNTS = """
SELECT (SELECT count(*) FROM core.article), (SELECT count(*) FROM core.capture), (SELECT count(*) FROM ops.reject),
       (SELECT count(*) FROM core.tombstone)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A command, and what was done before it. `changed` is a registry under which kept pages are read otherwise.

    In `argv` PLACE is the folder of a copy: what is written to PLACE/out and beside the registry is held like rows.
    """

    name: str
    argv: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    sql: tuple[str, ...] = ()  # done to the database after that
    changed: bool = False
    empties_database: bool = False
    codes: tuple[int, ...] = (0,)  # as which it may end, undisturbed
    prints: bool = False  # what it prints is held like rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a warehouse holds: the fingerprint, and articles, captures, rejects and tombstones; and files written."""

    mark: str
    counts: tuple[int, ...]
    files: tuple[tuple[str, str], ...] = ()  # name, hash


@dataclass(slots=True, kw_only=True)
class Ground:
    """A scenario prepared: its lake and database to copy from, and how it ends undisturbed."""

    scenario: Scenario
    lake: Path  # or the folder with the same name in the bucket
    database: str
    rows: Rows | None = None
    out: str = ""
    steps: dict[str, int] = field(default_factory=dict)


def scenarios(inputs: Path) -> list[Scenario]:
    """All commands that change something, and those that only look."""
    ingest = ("ingest", str(inputs / "pages.warc.gz"))
    run = ("run", "--source", SITE, "--now", NOW)
    fill = ("fill", "--from", "2026-11-10", "--to", "2026-11-12", "--source", SITE)
    again = ("reprocess", "--from", DAY, "--to", DAY, "--by", "captured")
    urls = tuple(part for n in (1, 4, 7) for part in ("--url", URL.rpartition("/")[0] + f"/{n}"))
    pages, stories = str(inputs / "pages.warc.gz"), str(inputs / "stories.parquet")
    return [
        Scenario(name="ingest", argv=ingest),
        Scenario(name="run", argv=run, codes=(0, 3)),
        Scenario(name="fill", argv=fill, codes=(0, 3)),
        Scenario(
            name="fill --missing",
            argv=("fill", "--missing", "--source", SITE),
            before=((*fill, "--dry-run"),),
            codes=(0, 3),
        ),
        Scenario(name="fill --dry-run", argv=(*fill, "--dry-run"), codes=(0, 3)),
        Scenario(name="reprocess", argv=again, before=(ingest,), changed=True),
        Scenario(name="reprocess --dry-run", argv=(*again, "--dry-run"), before=(ingest,), changed=True),
        Scenario(name="replay", argv=("replay",), before=(ingest,), changed=True),
        Scenario(name="replay --lost", argv=("replay", "--lost"), before=(ingest,), sql=(LOSE,)),
        Scenario(name="erase", argv=("erase", *urls, "--yes"), before=(ingest,)),
        Scenario(name="erase --source", argv=("erase", "--source", "gazette", "--yes"), before=(ingest,)),
        Scenario(name="compact", argv=("compact",), before=(run, ("run", "--source", "morgenkurier", "--now", NOW))),
        Scenario(name="retain", argv=("retain",), before=(ingest,), changed=True),
        Scenario(name="retain --dry-run", argv=("retain", "--dry-run"), before=(ingest,), changed=True),
        Scenario(name="rebuild", argv=("rebuild",), before=(ingest,), empties_database=True),
        Scenario(name="migrate", argv=("migrate",), empties_database=True),
        Scenario(name="query", argv=("query", QUERY, "--json"), before=(ingest,), prints=True),
        Scenario(name="status", argv=("status",), before=(ingest,)),
        Scenario(name="fingerprint", argv=("status", "--fingerprint"), before=(ingest,)),
        Scenario(name="why", argv=("why", URL, "--json"), before=(ingest,)),
        Scenario(name="doctor", argv=("doctor",), before=(ingest,), codes=(0, 3)),
        Scenario(name="erase --verify", argv=("erase", "--url", URL, "--verify"), before=(ingest,), codes=(3,)),
        Scenario(name="doctor --lake", argv=("doctor", "--lake"), before=(ingest,), codes=(0, 3)),
        Scenario(
            name="lines propose -o",
            argv=("sources", "lines", "propose", "gazette", "-o", f"{PLACE}/out/lines.yaml"),
            before=(ingest,),
        ),
        Scenario(
            name="lines activate", argv=("sources", "lines", "activate", str(inputs / "lines.yaml")), before=(ingest,)
        ),
        Scenario(name="check --captures", argv=("sources", "check", "--captures", "5"), before=(ingest,), codes=(0, 3)),
        # These know of no database and no lake.
        Scenario(name="sources check", argv=("sources", "check"), codes=(0, 3), prints=True),
        Scenario(name="sources list", argv=("sources", "list"), prints=True),
        Scenario(name="lines list", argv=("sources", "lines", "list"), prints=True),
        Scenario(name="extract", argv=("extract", pages), prints=True),
        Scenario(name="extract --explain -o", argv=("extract", "--explain", pages, "-o", f"{PLACE}/out/page.html")),
        Scenario(name="cluster -o", argv=("cluster", stories, "-o", f"{PLACE}/out/clusters.parquet")),
    ]


class World:
    """A PostgreSQL and a lake that can be troubled, and the commands on them."""

    def __init__(self, folder: Path, postgres: Postgres, calls: Calls, newsroom_port: int, s3: S3Proxy | None) -> None:
        self.folder = folder
        self.postgres = postgres
        self.calls = calls
        self.s3 = s3
        self.bucket = f"lake-{token_hex(4)}"
        self.inputs = folder / "inputs"
        self.inputs.mkdir()
        write_pages(self.inputs / "pages.warc.gz", PAGES)
        write_stories(self.inputs / "stories.parquet")
        (self.inputs / "lines.yaml").write_text(LINES, encoding="utf-8")
        self._registry("sources.yaml", newsroom_port, {})
        self._registry("changed.yaml", newsroom_port, {"name": "The Gazette", "retention": {"raw_days": 2}})
        self._grounds: dict[str, Ground] = {}
        if s3 is not None:
            self._client().create_bucket(Bucket=self.bucket)

    def _registry(self, name: str, newsroom_port: int, change: dict[str, Any]) -> None:
        """The newsroom's sources and ours, with a change of ours."""
        entries = yaml.safe_load(sources_yaml(newsroom_port))["sources"]
        entries += [entry | change for entry in yaml.safe_load(SOURCES)["sources"]]
        (self.inputs / name).write_text(yaml.safe_dump({"sources": entries}, allow_unicode=True), encoding="utf-8")

    def ground(self, scenario: Scenario) -> Ground:
        """The scenario prepared, and done once without any trouble."""
        if found := self._grounds.get(scenario.name):
            return found
        name = f"base_{token_hex(4)}"
        ground = Ground(scenario=scenario, lake=self.folder / name / "lake", database=name)
        ground.lake.mkdir(parents=True)
        self._create(name)
        for argv in scenario.before:
            ended = self.calls(argv, self.env(ground.database, name, changed=False))
            assert ended.code in (0, 3), (argv, ended)
        for statement in scenario.sql:
            self.postgres.execute(statement, name)
        if scenario.empties_database:
            self._drop(name)
            self._create(name, migrated=False)
        self._grounds[scenario.name] = ground
        with self.copy(ground) as (env, database):
            self.postgres.wire.arm(None, None)
            if self.s3:
                self.s3.arm(None)
            ended = self.call(scenario, env)
            wire = self.postgres.wire
            s3_requests = self.s3.requests if self.s3 else 0
            ground.steps = {"postgres": wire.steps, "commits": wire.commits, "s3": s3_requests}
            assert ended.code in scenario.codes, (scenario.name, ended)
            ground.rows, ground.out = self.rows(database), ended.out
        return ground

    def call(self, scenario: Scenario, env: dict[str, str], **how: Any) -> Ended:
        """The command in a copy."""
        place = str(Path(env["TMPDIR"]).parent)
        return self.calls([part.replace(PLACE, place) for part in scenario.argv], env, **how)

    @contextmanager
    def copy(self, ground: Ground) -> Iterator[tuple[dict[str, str], str]]:
        """A copy of what a scenario starts from: the environment of its command, and its database."""
        name = f"copy_{token_hex(4)}"
        self.postgres.start()
        self._create(name, template=ground.database)
        if self.s3:
            self._copy_objects(ground.database, name)
        else:
            shutil.copytree(ground.lake, self.folder / name / "lake")
        try:
            yield self.env(name, name, changed=ground.scenario.changed), name
        finally:
            self._drop(name)
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def env(self, database: str, lake: str, *, changed: bool) -> dict[str, str]:
        """The environment of a command; nothing of ours, everything in one folder."""
        home, temporary, out, registry = (self.folder / lake / n for n in ("home", "tmp", "out", "registry"))
        for each in (home, temporary, out, registry):
            each.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.inputs / ("changed.yaml" if changed else "sources.yaml"), registry / "sources.yaml")
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("NEWS_ETL", "AWS_")) and "PROXY" not in n}
        where = f"s3://{self.bucket}/{lake}" if self.s3 else str(self.folder / lake / "lake")
        return kept | {
            "NEWS_ETL_HOME": str(home),
            "TMPDIR": str(temporary),
            "NEWS_ETL_WAREHOUSE_URL": self.postgres.through_wire(database),
            "NEWS_ETL_LAKE_URL": where,
            "NEWS_ETL_SOURCES": str(registry / "sources.yaml"),
            **(KEYS | {"NEWS_ETL_S3_ENDPOINT_URL": self.s3.endpoint} if self.s3 else {}),
        }

    def rows(self, database: str) -> Rows:
        """What is in a warehouse."""
        engine = open_engine(self.postgres.direct(database))
        try:
            with engine.connect() as connection:
                if migrate.current(connection) is None:
                    return Rows(mark="no schema", counts=(), files=self._files(database))
                counts = tuple(connection.execute(text(COUNTS)).one())
            return Rows(mark=fingerprint.fingerprint(engine), counts=counts, files=self._files(database))
        finally:
            engine.dispose()

    def _files(self, name: str) -> tuple[tuple[str, str], ...]:
        folders = [self.folder / name / each for each in ("out", "registry")]
        found = sorted(p for folder in folders for p in folder.rglob("*") if p.is_file())
        return tuple((p.name, sha256(p.read_bytes()).hexdigest()) for p in found if "stdout" not in p.name)

    def left_behind(self, env: dict[str, str]) -> list[str]:
        """Temporary files that a command has left: in its home, its folder for temporary files, the spool, the bucket."""
        places = [Path(env["NEWS_ETL_HOME"]) / "tmp", Path(env["TMPDIR"])]
        if self.s3:
            prefix = env["NEWS_ETL_LAKE_URL"].split("/", 3)[3]
            uploads = self._client().list_multipart_uploads(Bucket=self.bucket, Prefix=prefix).get("Uploads", [])
            found = [u["Key"] for u in uploads]
        else:
            places.append(Path(env["NEWS_ETL_LAKE_URL"]) / ".spool")
            found = []
        return found + [str(p) for place in places if place.is_dir() for p in place.rglob("*") if p.is_file()]

    def again(self, ground: Ground, env: dict[str, str], most: int = 3) -> Ended:
        """The same command again after the trouble, as its message asks; some commands go on in a third start."""
        ended = self.call(ground.scenario, env)
        for _ in range(most):
            if ended.code != 75:
                break
            ended = self.call(ground.scenario, env)
        return ended

    def _create(self, name: str, *, template: str | None = None, migrated: bool = True) -> None:
        if template is None and migrated and name != "migrated":
            template = self._migrated()
        if template:
            self.postgres.end_sessions(template)
        self.postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}"')

    def _migrated(self) -> str:
        plain = self.postgres.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'migrated'").fetchone()
        if not there:
            self.postgres.execute('CREATE DATABASE "migrated" TEMPLATE template0')
            engine = open_engine(self.postgres.direct("migrated"))
            migrate.upgrade(engine)
            engine.dispose()
        return "migrated"

    def _drop(self, name: str) -> None:
        self.postgres.start()
        plain = make_url(self.postgres.direct("postgres")).set(drivername="postgresql")
        with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
            drop_database(connection, name)

    def _client(self) -> Any:
        assert self.s3
        session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
        return session.client("s3", endpoint_url=self.s3.upstream.geturl())

    def _copy_objects(self, source: str, target: str) -> None:
        client = self._client()
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{source}/"):
            for entry in page.get("Contents", ()):
                key = entry["Key"]
                body = client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
                client.put_object(Bucket=self.bucket, Key=target + key[len(source) :], Body=body)


def named(found: Sequence[Scenario], names: Sequence[str]) -> list[Scenario]:
    """Those of these names; all when none are given."""
    return [s for s in found if not names or s.name in names]


__all__ = ["CAPTURED", "Ground", "Rows", "Scenario", "World", "named", "scenarios"]
