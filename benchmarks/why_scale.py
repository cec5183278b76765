"""A frontier of a million URLs: is `why` right for 10,000 addresses of every kind, how fast, and what does the frontier cost?

`python -m benchmarks.why_scale [CANDIDATES] [PAGES OF A KIND]`. The million are rows of COPY; the addresses that are asked
about are made by the pipeline's own calls (`why_kinds`). Times are of this process and of the server's process for its session,
since other work on the machine makes the time that passes mean little; that is in the last columns.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, text

from benchmarks.frontier import offers
from benchmarks.why_kinds import make
from benchmarks.why_world import NOW, RULES, Truth, World
from etl.embedded_postgres import server
from etl.stages.inspect.why import why
from etl.states import RunKind
from etl.urls import url_key
from etl.warehouse.engine import open_engine
from etl.warehouse.load.load import activate_rules
from etl.warehouse.ops import frontier, hosts, runs
from etl.warehouse.schema import indexes, migrate
from etl.why.answer import WhyAnswer

SITES = 200
OFFERED = 5000
ROUNDS = 5
WHY_INDEXES = ("ops.candidate_url_idx", "ops.run_url_kept_out_url_idx")


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor time here and in the server, and of time that passed."""

    here: float
    server: float
    passed: float

    def __str__(self) -> str:
        return f"{self.here:>9.1f}{self.server:>9.1f}{self.here + self.server:>9.1f}{self.passed:>10.1f}"


def fill(engine: Engine, count: int) -> None:
    """So many candidates of 200 sites, four out of five visited, each with two hints; with statistics."""
    with engine.connect() as connection:
        driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        columns = "url_key, url, host, source_key, hints, offered_at, due_at, visits, first_visit_at, last_outcome"
        with driver.cursor() as cursor, cursor.copy(f"COPY ops.candidate ({columns}) FROM STDIN") as copy:
            for n in range(count):
                copy.write_row(_row(n))
        driver.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE ops.candidate")


def _row(n: int) -> tuple[object, ...]:
    host = f"site-{n % SITES}.example.edu"
    url = f"https://{host}/2026/{n % 12 + 1:02}/story-of-the-day-{n}.html"
    at = NOW - timedelta(minutes=n % 40_000)
    hints = [
        {"source_key": f"s{n % SITES}", "via": via, "found_at": f"https://{host}/{via}.xml", "title": f"Story {n} of the day",
         "published_raw": at.isoformat(), "modified_raw": None, "summary": None, "language": "en"}
        for via in ("feed", "sitemap")
    ]  # fmt: skip
    is_visited = n % 5 > 0
    due_at = at + timedelta(days=7) if is_visited else at
    return (url_key(url), url, host, f"s{n % SITES}", json.dumps(hints), at, due_at, int(is_visited),
            at if is_visited else None, "captured" if is_visited else None)  # fmt: skip


@contextmanager
def measured(connection: Connection, into: list[Cost]) -> Iterator[None]:
    """Add what the block costs; all its statements go through this connection."""
    pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    server_ms, here, at = _cpu_ms(pid), time.process_time(), time.perf_counter()
    yield
    into.append(Cost((time.process_time() - here) * 1000, _cpu_ms(pid) - server_ms, (time.perf_counter() - at) * 1000))


def _cpu_ms(pid: int) -> float:
    """User and system time of a process, to a nanosecond where the kernel counts it so."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def mistake(truth: Truth, answer: WhyAnswer) -> str | None:
    """What of an answer is not as the world was made; None where all is right."""
    if (answer.standing, answer.outcome) != (truth.standing, truth.outcome):
        return f"{truth.asked}: {answer.standing} {answer.outcome} instead of {truth.standing} {truth.outcome}: {answer.says}"
    if missing := [word for word in truth.words if word not in answer.says]:
        return f"{truth.asked}: {missing} not in {answer.says!r}"
    if truth.url and (answer.url is None or url_key(answer.url) != url_key(truth.url)):
        return f"{truth.asked}: {answer.url} instead of {truth.url}"
    return None


def ask(engine: Engine, world: World) -> None:
    """Ask about every page of the world, in turns of kinds, and print mistakes and times."""
    truths = make(world)
    world.random.shuffle(truths)
    costs: list[Cost] = []
    mistakes: list[str] = []
    registry = world.registry
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for truth in truths:
            with measured(connection, costs):
                (answer,) = why(connection, registry, [truth.asked], now=NOW)
            mistakes += filter(None, [mistake(truth, answer)])
    print(f"why: {len(truths)} addresses, {len({t.standing for t in truths})} standings, {len(mistakes)} wrong")
    for said in mistakes[:20]:
        print(f"  {said}")
    _print_table(costs)


def ask_in_sql(engine: Engine, count: int) -> None:
    """Ask news.why by address."""
    costs: list[Cost] = []
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for n in range(0, count, max(1, count // 500)):
            with measured(connection, costs):
                rows = connection.execute(text("SELECT * FROM news.why WHERE url = :url"), {"url": _row(n)[1]}).all()
            assert len(rows) == 1, rows
    print(f"news.why by url: {len(costs)} addresses of the million")
    _print_table(costs)


def _print_table(costs: list[Cost]) -> None:
    print(f"  {'':14}{'here':>9}{'server':>9}{'CPU ms':>9}{'ms passed':>10}")
    for name, share in (("median", 50), ("95th", 95), ("99th", 99)):
        print(f"  {name:14}{Cost(*(_percentile(costs, share, of) for of in ('here', 'server', 'passed')))}")


def _percentile(costs: list[Cost], share: int, of: str) -> float:
    values: list[float] = [getattr(cost, of) for cost in costs]
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def frontier_costs(engine: Engine, label: str) -> None:
    """Offer 5,000 new URLs, offer them again, and take the batch of a host that is due with its lease."""
    names = ("offered anew", "offered again", "leased and due")
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for n in range(ROUNDS):
        run_id, at = f"{label}-{n}", NOW + timedelta(minutes=n)
        runs.start(engine, run_id=run_id, kind=RunKind.LIVE, batches={"0": ["s"]}, window=None, as_of=at)
        found = [_of_run(o, label, n) for o in offers(OFFERED, "T")]
        host = found[0].host

        def offer(run_id: str = run_id, at: Any = at, found: Any = found) -> Callable[[Connection], object]:
            return lambda c: frontier.offer(c, run_id=run_id, source_key="s", offers=found, now=at)

        for name in names[:2]:
            with engine.begin() as connection, measured(connection, costs[name]):
                offer()(connection)
        one = open_engine(engine.url.render_as_string(hide_password=False))
        with one.connect() as connection:  # the pool has one connection then, which the calls below take
            pass
        with one.connect() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        server_ms, here, passed = _cpu_ms(pid), time.process_time(), time.perf_counter()
        hosts.acquire(one, host, "me")
        due = frontier.due(one, run_id=run_id, host=host, now=at)
        costs[names[2]].append(
            Cost((time.process_time() - here) * 1000, _cpu_ms(pid) - server_ms, (time.perf_counter() - passed) * 1000)
        )
        one.dispose()
        assert len(due) == OFFERED
    print(f"frontier, {OFFERED} URLs, {label}, medians of {ROUNDS}")
    print(f"  {'':14}{'here':>9}{'server':>9}{'CPU ms':>9}{'ms passed':>10}")
    for name in names:
        print(
            f"  {name:14}{Cost(*(statistics.median(getattr(c, of) for c in costs[name]) for of in ('here', 'server', 'passed')))}"
        )


def _of_run(offer: Any, label: str, n: int) -> Any:
    url = offer.url.replace("news.example", f"{label.replace(' ', '-')}-{n}.example.edu")
    return type(offer)(url=url, url_key=url_key(url), host=url.split("/")[2], hints=offer.hints)


def main() -> None:
    """On a PostgreSQL of its own, which is gone at the end."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    spread = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    home = Path(tempfile.mkdtemp(prefix="why-"))
    home.chmod(0o755)
    engine = open_engine(server.ensure(home / "postgres"))
    try:
        migrate.upgrade(engine)
        activate_rules(engine, [RULES])
        at = time.perf_counter()
        fill(engine, count)
        print(f"{count} candidates in {time.perf_counter() - at:.0f} s", flush=True)
        for label in ("with indexes", "without them", "with them again"):
            with engine.begin() as connection:
                if label == "without them":
                    for name in WHY_INDEXES:
                        connection.exec_driver_sql(f"DROP INDEX {name}")
            if label == "with them again":
                indexes.build(engine)
            frontier_costs(engine, label)
            sys.stdout.flush()
        ask_in_sql(engine, count)
        sys.stdout.flush()
        ask(engine, World(engine=engine, spread=spread))
    finally:
        engine.dispose()
        server.destroy(home / "postgres")
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
