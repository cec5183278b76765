"""What the frontier costs for 1,000 URLs, in statements and processor time: `python -m benchmarks.frontier [COUNT]`.

Processor time is that of this process; what PostgreSQL takes beside it is in the last column, as time that passed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, event

from etl.embedded_postgres import server
from etl.frontier import Offer
from etl.model import FoundVia, Hint
from etl.states import RunKind
from etl.urls import host_of, url_key
from etl.warehouse.engine import open_engine
from etl.warehouse.ops import frontier, runs, visits
from etl.warehouse.ops.visits import VisitResult
from etl.warehouse.schema import migrate

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def offers(count: int, title: str) -> list[Offer]:
    """What one document names."""
    hint = Hint(source_key="s", via=FoundVia.FEED, found_at="https://news.example/rss", title=title)
    urls = [f"https://news.example/{n}" for n in range(count)]
    return [Offer(url=url, url_key=url_key(url), host=host_of(url), hints=(hint,)) for url in urls]


def measured(engine: Engine, name: str, do: Callable[[], object]) -> None:
    """Do it, and print what it took."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    at, cpu = time.perf_counter(), time.process_time()
    do()
    cpu_ms, passed_ms = (time.process_time() - cpu) * 1000, (time.perf_counter() - at) * 1000
    event.remove(engine, "before_cursor_execute", note)
    print(f"{name:32}{len(sent):>8}{cpu_ms:>12.0f}{passed_ms:>12.0f}")


def measure(engine: Engine, count: int) -> None:
    """Print the table."""

    def offer(run_id: str, title: str, now: datetime) -> None:
        with engine.begin() as connection:
            frontier.offer(connection, run_id=run_id, source_key="s", offers=offers(count, title), now=now)

    def visit(run_id: str, due: list[frontier.DueUrl]) -> None:
        ended = [VisitResult(due=d, at=NOW, outcome=None, capture_id=d.url_key) for d in due]
        with engine.begin() as connection:
            visits.record(connection, run_id=run_id, visits=ended, revisit_after={"s": (HOUR,)})

    print(f"{f'{count} URLs':32}{'statements':>8}{'CPU ms':>10}{'ms':>12}")
    for run_id in "1", "2":
        runs.start(engine, run_id=run_id, kind=RunKind.LIVE, batches={"0": ["s"]}, window=None, as_of=NOW)
    measured(engine, "offered for the first time", lambda: offer("1", "T", NOW))
    due = frontier.due(engine, run_id="1", host="news.example", now=NOW)
    measured(engine, "visited", lambda: visit("1", due))
    measured(engine, "offered again, words changed", lambda: offer("2", "Corrected", NOW + HOUR / 2))
    runs.start(engine, run_id="3", kind=RunKind.LIVE, batches={"0": ["s"]}, window=None, as_of=NOW)
    measured(
        engine,
        "revisits of a later run",
        lambda: frontier.add_revisits(engine, run_id="3", sources=["s"], now=NOW + HOUR),
    )


def main() -> None:
    """On a PostgreSQL of its own, which is gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="frontier-"))
    home.chmod(0o755)
    engine = open_engine(server.ensure(home / "postgres"))
    try:
        migrate.upgrade(engine)
        measure(engine, int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
    finally:
        engine.dispose()
        server.destroy(home / "postgres")


if __name__ == "__main__":
    main()
