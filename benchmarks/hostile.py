"""A run over hosts that do what they like, beside ten that behave: how each ends, what it costs, what the ten lose.

    python -m benchmarks.hostile [KEY ...]

Each behaviour is visited by itself together with the ten witnesses, by the whole pipeline (discovery, fetch, extraction,
load); then all of them at once. Time is that of the processor of this process, memory its peak above what it was.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import yaml
from sqlalchemy import text

from benchmarks import hostile_answers, hostile_contents
from benchmarks.hostile_server import Case, HostileServer, running
from etl.embedded_postgres import server
from etl.fetch import robots
from etl.fetch.client import ClientConfig
from etl.fetch.politeness import PaceRules
from etl.settings import Settings
from etl.stages.live import crawling
from etl.stages.live.run import run_once
from etl.warehouse.engine import open_engine
from etl.warehouse.schema import migrate

CASES = (*hostile_answers.CASES, *hostile_contents.CASES)
# Longer than a loaded machine takes to serve all of them at once, from the process that also asks.
TIMES = {"total_timeout_s": 20.0, "connect_timeout_s": 15.0, "read_timeout_s": 8.0}
TABLES = """
SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
WHERE schemaname IN ('core', 'ops') AND tablename <> 'schema_version'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a behaviour ended in a run."""

    case: Case
    outcome: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run: how behaviours ended, how many pages of witnesses were loaded, and what it took."""

    ended: tuple[Ended, ...]
    witness_pages: int
    witness_requests: int
    cpu_s: float
    wall_s: float
    peak_mib: float


class Place:
    """A lake, a warehouse and a server, for several runs."""

    def __init__(self, folder: Path, database_url: str, port: int, server: HostileServer) -> None:
        self._folder = folder
        self._database_url = database_url
        self._port = port
        self._server = server
        self._runs = 0
        self.engine = open_engine(database_url)

    def run(self, cases: Sequence[Case]) -> Ran:
        """One run over these behaviours and the witnesses."""
        self._runs += 1
        settings = self._settings(cases)
        self._empty()
        _forget_peak()
        before, cpu, wall = _peak_mib(), time.process_time(), time.monotonic()
        with _short_times():
            summary = run_once(settings, sources=())
        return Ran(
            ended=tuple(self._ended(summary.run_id, case) for case in cases),
            witness_pages=self._count(
                "SELECT count(*) FROM ops.run_url WHERE run_id = :run AND source_key LIKE 'witness-%' AND outcome = 'article'",
                summary.run_id,
            ),
            witness_requests=self._count(
                "SELECT count(*) FROM ops.fetch_log WHERE run_id = :run AND host LIKE '127.77.0.%'", summary.run_id
            ),
            cpu_s=time.process_time() - cpu,
            wall_s=time.monotonic() - wall,
            peak_mib=max(0.0, _peak_mib() - before),
        )

    def _empty(self) -> None:
        """Nothing was ever visited."""
        with self.engine.begin() as connection:
            tables = [row.name for row in connection.execute(text(TABLES))]
            connection.execute(text(f"TRUNCATE {', '.join(tables)} CASCADE"))

    def _settings(self, cases: Sequence[Case]) -> Settings:
        sources = self._folder / f"sources-{self._runs}.yaml"
        hosts = [(f"witness-{n}", host, "feed") for n, host in enumerate(self._server.witnesses)]
        wanted = {case.key for case in cases}
        hosts += [(c.key, host, c.about) for host, c in self._server.hosts.items() if c.key in wanted]
        sources.write_text(yaml.safe_dump({"sources": [self._source(*each) for each in hosts]}), encoding="utf-8")
        return Settings(
            home=self._folder,
            warehouse_url=self._database_url,
            lake_url=(self._folder / "lake").as_uri(),
            sources=sources,
            contact=None,
            s3_endpoint_url=None,
        )

    def _source(self, key: str, host: str, about: str) -> dict[str, object]:
        base = f"http://{host}:{self._port}"
        document = {"sitemaps": [f"{base}/sitemap.xml"]} if about == "sitemap" else {"feeds": [f"{base}/feed"]}
        return {
            "key": key,
            "name": key,
            "homepage": f"{base}/",
            "languages": ["en"],
            "min_delay_s": 0.01 if about != "robots" else 0.0,
            **document,
        }

    def _ended(self, run_id: str, case: Case) -> Ended:
        with self.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT url, outcome, detail FROM ops.run_url WHERE run_id = :run AND source_key = :key"),
                {"run": run_id, "key": case.key},
            ).all()
            state, error = connection.execute(
                text("SELECT state, error FROM ops.run_source WHERE run_id = :run AND source_key = :key"),
                {"run": run_id, "key": case.key},
            ).one()
        if case.about in ("feed", "sitemap"):
            return Ended(case=case, outcome="failed" if state == "failed" else f"offers {len(rows)}", said=error or "")
        pages = [row for row in rows if row.url.partition("?")[0].endswith("/page")]
        if not pages:
            return Ended(case=case, outcome=state, said=error or "")
        return Ended(case=case, outcome=pages[0].outcome or "undecided", said=pages[0].detail or "")

    def _count(self, query: str, run_id: str) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(text(query), {"run": run_id}).scalar_one())


@contextmanager
def _short_times() -> Iterator[None]:
    """Time-outs and rests of seconds, where a real run has minutes: what they decide is the same."""
    real = ClientConfig.for_contact

    def short(contact: str | None, **more: object) -> ClientConfig:
        import dataclasses

        return dataclasses.replace(real(contact, **more), **TIMES)  # type: ignore[arg-type]

    with (
        mock.patch.object(ClientConfig, "for_contact", short),
        mock.patch.object(robots, "CRAWL_DELAY_CAP_S", 0.5),
        mock.patch.object(crawling, "PACE", PaceRules(backoff_s=0.1, max_wait_s=5)),
    ):
        yield


def _peak_mib() -> float:
    """The most memory of this process since `_forget_peak`."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _forget_peak() -> None:
    with suppress(OSError):  # where it is no Linux, the peak is that of all runs so far
        Path("/proc/self/clear_refs").write_text("5")


@contextmanager
def _database() -> Iterator[str]:
    """The URL of a migrated database that is thrown away."""
    folder = Path(tempfile.mkdtemp(prefix="news-etl-hostile-"))
    folder.chmod(0o711)  # root's server runs as another account
    home = folder / "postgres"
    try:
        url = server.ensure(home, durable=False)
        engine = open_engine(url)
        migrate.upgrade(engine)
        engine.dispose()
        yield url
    finally:
        server.destroy(home)
        shutil.rmtree(folder)


@contextmanager
def place(database_url: str, cases: Sequence[Case] = CASES) -> Iterator[Place]:
    """A place with a server of these behaviours."""
    with tempfile.TemporaryDirectory(prefix="news-etl-hostile-") as folder, running(cases) as (port, hosts):
        here = Place(Path(folder), database_url, port, hosts)
        try:
            yield here
        finally:
            here.engine.dispose()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("keys", nargs="*", help="behaviours; all when none is named")
    parser.add_argument("--together", action="store_true", help="only all at once")
    parser.add_argument("--quick", action="store_true", help="only those that are not slow")
    given = parser.parse_args(arguments)
    cases = [
        case for case in CASES if (not given.keys or case.key in given.keys) and not (given.quick and case.is_slow)
    ]
    wrong = lost = 0
    with _database() as database_url, place(database_url) as here:
        here.run([])  # loads what is loaded once
        alone = here.run([])
        print(
            f"witnesses alone: {alone.witness_pages} pages in {alone.witness_requests} requests, {alone.wall_s:.1f} s"
        )
        print(f"{'behaviour':<46} {'outcome':<16} {'cpu s':>6} {'MiB':>6} {'lost':>4}  said")
        for case in cases if not given.together else ():
            ran = here.run([case])
            (end,) = ran.ended
            mark = "" if end.outcome == case.expected else f"  EXPECTED {case.expected}"
            wrong += bool(mark)
            lost += alone.witness_pages - ran.witness_pages
            print(
                f"{case.key:<46} {end.outcome:<16} {ran.cpu_s - alone.cpu_s:>6.2f} {ran.peak_mib:>6.1f} "
                f"{alone.witness_pages - ran.witness_pages:>4}  {end.said[:90]}{mark}",
                flush=True,
            )
        together = here.run(cases)
        for end in together.ended:
            if end.outcome != end.case.expected:
                wrong += 1
                print(f"together: {end.case.key}: {end.outcome} ({end.said[:200]}) EXPECTED {end.case.expected}")
        lost += alone.witness_pages - together.witness_pages
        print(
            f"{len(cases)} at once: {together.cpu_s:.1f} s of the processor, {together.wall_s:.1f} s, "
            f"{together.peak_mib:.0f} MiB; pages that witnesses lost: {lost}; wrong: {wrong}"
        )
    return 1 if wrong or lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
