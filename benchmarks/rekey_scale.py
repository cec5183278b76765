"""What moving a large warehouse to other URL keys costs: `python -m benchmarks.rekey_scale [ARTICLES] [PERCENT]`.

A warehouse of a million articles (`large_warehouse`), of which so many in a hundred (100) have an address whose key is
another one today; of each hundred of these one is the page of another one and folds into it. Prints seconds, CPU seconds
of this process and of its PostgreSQL, rows moved by table, keys a second, the longest transaction, the most memory that
the process held, and what the database took on disk before and after. Then once more: nothing is left to move, and that
is what looking costs.
"""

from __future__ import annotations

import resource
import sys
import time

import psutil
from sqlalchemy import Engine, create_engine, event, text

from benchmarks import large_warehouse
from benchmarks.stories_documents import RULES
from benchmarks.stories_sql import database, server_of_own
from etl.sources.registry import Registry
from etl.warehouse.maintenance import rekey

ARTICLES = 1_000_000
_FOLDS = "(n % 10000 < {percent} * 100 AND n % 100 = 1)"
_MOVES = "n % 10000 < {percent} * 100"
# An address that a tracker hangs on, and a parameter that stays, behind which aliases differ; of those that fold it is the
# one of the article before, with another tracker.
_BASE = "'https://site-' || {m} % 200 || '.example/2026/' || md5(({m})::text) || '/' || {m}"
_URL = f"""{_BASE.format(m=f"(n - CASE WHEN {_FOLDS} THEN 1 ELSE 0 END)")}
       || CASE WHEN {_FOLDS} THEN '?smid=tw&part=1' WHEN {_MOVES} THEN '?CMP=rss&part=1' ELSE '' END"""
_KEY = f"sha256(convert_to(E'1\\n' || substr({_URL}, 7), 'UTF8'))"


def main() -> int:
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else ARTICLES
    percent = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with server_of_own() as url, database(url, "large") as warehouse:
        engine = create_engine(warehouse, connect_args={"options": "-c timezone=UTC"})
        began = time.monotonic()
        large_warehouse.fill(engine, articles, key=_KEY.format(percent=percent), url=_URL.format(percent=percent))
        print(
            f"{articles:,} articles made in {time.monotonic() - began:.0f} s, {percent}% under keys of before",
            flush=True,
        )
        longest = _longest_transaction(engine)
        for name in ("move", "nothing left"):
            with engine.begin() as connection:
                connection.execute(text("UPDATE ops.key_version SET version = 1"))
            longest.clear()
            size, spilled = _disk(engine)
            began, ours, theirs = time.monotonic(), time.process_time(), _server_seconds(engine)
            moved = rekey.move(engine, Registry.of([]), say=lambda line: print("  " + line, flush=True))
            rekey.read_again(engine, moved, version_for=lambda url: RULES, again=lambda places: None)
            rekey.end(engine)
            took = time.monotonic() - began
            ours, theirs = time.process_time() - ours, _server_seconds(engine) - theirs
            now_size, now_spilled = _disk(engine)
            held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            rows = sum(moved.rows.values())
            print(
                f"{name}: {took:.0f} s, {rows:,} rows, {articles / took:,.0f} articles a second, {moved.folded:,} folded, "
                f"longest transaction {max(longest, default=0):.1f} s, {held:.0f} MiB at most"
            )
            print(
                f"  CPU {ours:,.0f} s in Python, {theirs:,.0f} s in PostgreSQL; database {size:,} MiB, then {now_size:,} MiB; "
                f"{now_spilled - spilled:,} MiB of temporary files"
            )
            print("  " + ", ".join(f"{count:,} of {table}" for table, count in sorted(moved.rows.items())), flush=True)
        engine.dispose()
    return 0


def _longest_transaction(engine: Engine) -> list[float]:
    """The seconds that each transaction took, as they end."""
    found: list[float] = []
    event.listen(engine, "begin", lambda connection: connection.info.__setitem__("began", time.monotonic()))
    event.listen(engine, "commit", lambda connection: found.append(time.monotonic() - connection.info["began"]))
    return found


def _disk(engine: Engine) -> tuple[int, int]:
    """The MiB that the database takes, and that its temporary files took since it was made."""
    with engine.connect() as connection:
        size, spilled = connection.execute(
            text("""
                SELECT pg_database_size(datname), temp_bytes FROM pg_stat_database WHERE datname = current_database()
            """)
        ).one()
    return size >> 20, spilled >> 20


def _server_seconds(engine: Engine) -> float:
    """The CPU seconds that all processes of this PostgreSQL have used."""
    with engine.connect() as connection:
        backend = psutil.Process(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    every = [backend.parent(), *backend.parent().children()]
    ended = every[0].cpu_times()
    return float(sum(sum(one.cpu_times()[:2]) for one in every) + ended.children_user + ended.children_system)


if __name__ == "__main__":
    sys.exit(main())
