"""Checks of settings, lake, warehouse and Airflow: what is misconfigured, and what to do about it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Engine

from etl import airflow_checks, airflow_local, paths
from etl.errors import NewsEtlError, SettingError
from etl.extract import rules_lock
from etl.extract.rules import rules_version
from etl.frontier import longest_pause
from etl.lake.stores import open_store
from etl.settings import Settings
from etl.sources import registry
from etl.warehouse import engine as warehouse
from etl.warehouse.ops import clocks, documents, runs, segments
from etl.warehouse.ops.lost_rows import lost_rows
from etl.warehouse.schema import indexes, migrate

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
LEAST_FREE_BYTES = 2 << 30


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check."""

    level: Level
    subject: str
    found: str
    do: str = ""


def examine(settings: Settings, env: Mapping[str, str] = os.environ, *, reads_lake: bool = False) -> list[Finding]:
    """Look at settings, registry, lake, warehouse, and Airflow where it is installed. Changes nothing.

    With `reads_lake` it also reads the whole lake and checks that every capture is in the warehouse.
    """
    return [
        *_contact(settings),
        *_proxy(env),
        *_registry(settings),
        *_rules(),
        *_lake(settings),
        *_modes(settings),
        *_warehouse(settings),
        *(_lake_against_rows(settings) if reads_lake else ()),
        *_airflow(settings, env),
    ]


def _contact(settings: Settings) -> Iterator[Finding]:
    if settings.contact:
        yield Finding(level=Level.OK, subject="NEWS_ETL_CONTACT", found=settings.contact)
    else:
        yield Finding(
            level=Level.NOTE,
            subject="NEWS_ETL_CONTACT",
            found="not set: only loopback addresses are fetched",
            do="give the URL of a page about your crawler, or a mail address",
        )


def _proxy(env: Mapping[str, str]) -> Iterator[Finding]:
    used = sorted({name.upper() for name in PROXY_VARIABLES if env.get(name)})
    if used:
        yield Finding(
            level=Level.NOTE,
            subject=", ".join(used),
            found="a proxy resolves names, so it decides about private targets; literal private addresses are refused",
            do="make sure that the proxy refuses private targets",
        )


def _registry(settings: Settings) -> Iterator[Finding]:
    try:
        found = registry.load(settings.sources)
    except NewsEtlError as error:
        yield Finding(level=Level.ERROR, subject="NEWS_ETL_SOURCES", found=str(error), do="mend the file")
        return
    enabled = sum(s.enabled for s in found.sources.values())
    yield Finding(
        level=Level.OK if enabled else Level.NOTE,
        subject="NEWS_ETL_SOURCES",
        found=f"{settings.sources}: {len(found.sources)} sources, {enabled} enabled",
        do="" if enabled else "enable some, or a run has nothing to do",
    )


def _rules() -> Iterator[Finding]:
    if found := rules_lock.changed():
        named = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        yield Finding(
            level=Level.ERROR,
            subject="rules",
            found=f"{named}: differs from the rules lock, so rows of one rules version may have been made by different code",
            do="install the package again; in a checkout where they are meant, `make rules-lock`",
        )
    else:
        yield Finding(
            level=Level.OK, subject="rules", found=f"version {rules_version()} of pages that no source claims"
        )


def _lake(settings: Settings) -> Iterator[Finding]:
    subject = "NEWS_ETL_LAKE_URL"
    try:
        store = open_store(settings.lake_url, endpoint_url=settings.s3_endpoint_url)
        next(iter(store.list("raw/")), None)
    except NewsEtlError as error:
        yield Finding(level=Level.ERROR, subject=subject, found=str(error), do="check address and credentials")
        return
    except OSError as error:
        yield Finding(level=Level.ERROR, subject=subject, found=str(error), do="check the folder and its owner")
        return
    yield Finding(level=Level.OK, subject=subject, found=settings.lake_url)
    if settings.lake_url.startswith("file:"):
        folder = unquote(urlsplit(settings.lake_url).path)
        while not os.path.exists(folder):  # noqa: PTH110
            folder = os.path.dirname(folder)  # noqa: PTH120
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE_BYTES:
            yield Finding(
                level=Level.ERROR, subject=subject, found=f"{free >> 20} MB free", do="make room, or move the lake"
            )


def _modes(settings: Settings) -> Iterator[Finding]:
    """Folders that other accounts of the machine can read. Older versions created them with the umask's mode."""
    lake = [unquote(urlsplit(settings.lake_url).path)] if settings.lake_url.startswith("file:") else []
    looked_at = [(Path(each), 0o007, "chmod -R go-rwx {}") for each in (*lake, str(settings.home / "tmp"))]
    # May be passed through: PostgreSQL may run as another account.
    for folder, forbidden, do in (*looked_at, (settings.home, 0o066, "chmod go-rw {}")):
        if folder.is_dir() and (mode := folder.stat().st_mode & 0o777) & forbidden:
            yield Finding(
                level=Level.NOTE,
                subject="modes",
                found=f"{folder} (mode {mode:o}) can be read by other accounts of this machine",
                do=do.format(folder),
            )


def _warehouse(settings: Settings) -> Iterator[Finding]:
    subject = "NEWS_ETL_WAREHOUSE_URL"
    try:
        with warehouse.opened(settings) as engine, engine.connect() as connection:
            if not settings.warehouse_url and migrate.current(connection) is None:
                found = f"{warehouse.address(engine)}: empty, nothing was loaded yet"
                yield Finding(
                    level=Level.NOTE, subject=subject, found=found, do="nothing: the first command that loads makes it"
                )
                return
            migrate.require_current(connection)
            found = warehouse.address(engine)
            clocks_found = list(_clocks(engine, settings))
            documents_found = list(_documents(connection))
            unbuilt = [str(index.name) for index in indexes.missing(connection)]
    except NewsEtlError as error:
        do = "as it says" if error.is_worth_another_try or isinstance(error, SettingError) else "news-etl migrate"
        yield Finding(level=Level.ERROR, subject=subject, found=str(error), do=do)
        return
    yield Finding(level=Level.OK, subject=subject, found=found)
    yield from clocks_found
    yield from documents_found
    yield from _open_work(settings)
    if unbuilt:
        found = f"indexes are not built: {', '.join(unbuilt)}"
        yield Finding(level=Level.ERROR, subject="indexes", found=found, do="news-etl migrate")
    if settings.warehouse_url and not settings.reader_url:
        found = "`news-etl query` uses the warehouse's login, in read-only transactions"
        do = "name a login that can only read: see README, SQL"
        yield Finding(level=Level.NOTE, subject="NEWS_ETL_READER_URL", found=found, do=do)


def _clocks(engine: Engine, settings: Settings) -> Iterator[Finding]:
    """Rows that a run with a wrong clock left behind, and whether this machine's clock is wrong now."""
    if span := clocks.apart(engine, datetime.now(UTC)):
        yield Finding(
            level=Level.ERROR,
            subject="clock",
            found=f"this machine's clock is {abs(span)} {'ahead of' if span > timedelta() else 'behind'} the database's",
            do="set the clock (NTP) before the next run: captures made now would keep the wrong time for ever",
        )
    try:
        sources = registry.load(settings.sources).sources.values()
    except NewsEtlError:
        sources = {}.values()
    for ahead in clocks.ahead_of_time(engine, {s.key: longest_pause(s.revisit_after) for s in sources}):
        yield Finding(
            level=Level.ERROR,
            subject=f"dates of {ahead.what}",
            found=f"{ahead.count} lie ahead of what can be, up to {ahead.latest:%Y-%m-%dT%H:%M:%SZ}, such as {ahead.one}: "
            "a run wrote them under a clock that was ahead",
            do=AHEAD_OF_TIME[ahead.what],
        )


def _documents(connection: Connection) -> Iterator[Finding]:
    """Feeds, sitemaps and sections of which the registry should say something else."""
    found = documents.troubled(connection)
    for what, urls, do in (
        (
            "rest, since nothing answers there any more",
            found.resting,
            "find where they are now (news-etl sources probe), or take them out of the registry",
        ),
        ("have moved for good", found.moved, "write the new addresses into the registry: `news-etl status` shows them"),
    ):
        if urls:
            named = ", ".join(urls[:3]) + (f" and {len(urls) - 3} more" if len(urls) > 3 else "")
            yield Finding(level=Level.NOTE, subject="feeds and sitemaps", found=f"{len(urls)} {what}: {named}", do=do)


# Live runs ignore times in the future that cannot be, and repair these by themselves.
AHEAD_OF_TIME = {
    "captures": "until then they win over later captures of their pages. Set the clock; then take their WARC files "
    "(core.capture.warc) out of the lake and make the warehouse anew with news-etl rebuild, or news-etl erase --url",
    "candidates": "set the clock; the next run of their source visits them",
    "leases": "set the clock; the next run takes their hosts",
    "robots.txt": "set the clock; the next run reads them again",
    "listed days": "set the clock; the next fill of these days asks their archives again",
    "turns of archives": "set the clock; the next fill asks them",
}


def _open_work(settings: Settings) -> Iterator[Finding]:
    """Segments that are published but not loaded, and rows that `ops` says were loaded but that are missing."""
    try:
        with warehouse.opened(settings) as engine:
            work, lost, killed = segments.open_work(engine), lost_rows(engine), runs.given_up(engine)
    except NewsEtlError as error:  # went away since it was looked at, or takes too long to count
        yield Finding(level=Level.ERROR, subject="open work", found=str(error), do="as it says")
        return
    for run_id in killed:
        yield Finding(
            level=Level.NOTE,
            subject=f"run {run_id}",
            found="its process ended without recording an outcome: it was killed, or the machine stopped",
            do="the next run loads what it had fetched, fetches the rest, and records the outcome of this one",
        )
    if work.segments:
        yield Finding(
            level=Level.NOTE,
            subject="open work",
            found=f"{work.records} captures in {work.segments} files are in the lake and not loaded, the oldest since "
            f"{work.oldest:%Y-%m-%d %H:%M}",
            do="the next run loads them; at once: news-etl replay",
        )
    for name, problem in work.problems:
        yield Finding(
            level=Level.ERROR, subject=f"open work {name}", found=problem, do="as it says, then news-etl replay"
        )
    if lost.total:
        yield Finding(
            level=Level.ERROR,
            subject="lost rows",
            found=f"rows are missing that were loaded: {lost.captures} captures, {lost.observations} observations, "
            f"{lost.articles} articles; of {lost.unprocessed} captures nothing says what was done. Fewer rows than "
            f"when they were loaded have: {', '.join(lost.suspects[:5]) or 'no file'}"
            + (f" and {len(lost.suspects) - 5} more" if len(lost.suspects) > 5 else ""),
            do="news-etl replay --lost",
        )


def _lake_against_rows(settings: Settings) -> Iterator[Finding]:
    """Every capture of every file of the lake."""
    from etl.stages.process.lake_audit import audit
    from etl.stages.resources import open_resources

    try:
        with open_resources(settings, activate=False) as r:
            found = audit(r)
    except NewsEtlError as error:
        yield Finding(level=Level.ERROR, subject="lake against warehouse", found=str(error), do="as it says")
        return
    by_warc = found.by_warc
    told = f"{found.captures} captures in {found.warcs} files: {found.open} are open work, {len(found.missing)} are missing"
    named = "".join(f"; {count} of {name}" for name, count in list(by_warc.items())[:5])
    yield Finding(
        level=Level.ERROR if by_warc else Level.OK,
        subject="lake against warehouse",
        found=told + named + (f" and more in {len(by_warc) - 5} files" if len(by_warc) > 5 else ""),
        do="news-etl replay --lost" if by_warc else "",
    )
    if found.absent:
        yield Finding(
            level=Level.ERROR,
            subject="lake against warehouse",
            found=f"{len(found.absent)} files that rows point to are not in the lake: {', '.join(found.absent[:5])}",
            do="put them back; what is open work may be given up: news-etl replay --give-up NAME",
        )


def _airflow(settings: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """Pools and connections of the Airflow that the environment names, else of the local one; of none, nothing."""
    if not airflow_checks.is_installed():
        return
    if not any(name.startswith("AIRFLOW_") for name in env):
        if not airflow_local.is_prepared(settings):
            yield Finding(level=Level.NOTE, subject="Airflow", found="not asked: AIRFLOW_HOME is not set")
            return
        env = airflow_local.env(settings)
    found = airflow_checks.look(env)
    if found.problem:
        yield Finding(level=Level.ERROR, subject="Airflow", found=found.problem, do="mend Airflow's own configuration")
        return
    if found.missing_pools:
        yield Finding(
            level=Level.ERROR,
            subject="Airflow pools",
            found=f"missing: {', '.join(found.missing_pools)}",
            do=f"airflow pools import {paths.data('dags') / 'pools.json'}",
        )
    if found.missing_connections:
        yield Finding(
            level=Level.NOTE,
            subject="Airflow connections",
            found=f"missing: {', '.join(found.missing_connections)}",
            do="the NEWS_ETL_ variables count in their place; to use connections, see dags/news_support.py",
        )
    if not found.missing_pools and not found.missing_connections:
        yield Finding(level=Level.OK, subject="Airflow", found="pools and connections are there")
