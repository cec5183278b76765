"""Are the stories of the warehouse the same in any order? `python -m benchmarks.stories_sql [DOCUMENTS.parquet] [1-20]`.

5,000 documents (columns url, site, title, text, published_at; without a file, generated ones), some of them with a later
text, some erased, 400 with a paragraph in common, are loaded in random orders and batch sizes, related now and then,
repeated, and settled. Two of the orders are loaded by four processes at once that are killed again and again. The
stories must be those of the definition each time: components of the edges between current members under the bucket
rule, computed without a database, and those of `news-etl cluster` on a file of the current texts. Exits with 1 when one differs. The seed is printed.
"""

from __future__ import annotations

import os
import pickle
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Engine, make_url, text

from benchmarks.databases import drop_database
from benchmarks.stories_definition import Story, stories_by_definition
from benchmarks.stories_documents import RULES, generated, observation
from etl.embedded_postgres import server
from etl.model import Observation
from etl.relate.cluster import cluster
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import parts
from etl.warehouse.load.load import load_batch
from etl.warehouse.schema import migrate
from etl.warehouse.stories import relate
from etl.warehouse.stories.write_keys import driver

DOCUMENTS = 5000
ORDERS = 20
LOADERS = 4
KILLS = 12
SEED = 20261124
SPAN = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A batch to load and then perhaps to relate, or URLs to erase."""

    name: str
    observations: tuple[Observation, ...] = ()
    erased: tuple[bytes, ...] = ()
    relates: bool = False


def main() -> int:
    if len(sys.argv) == 4 and sys.argv[1] == "steps":
        return _work(sys.argv[2], Path(sys.argv[3]))
    given = next((Path(a) for a in sys.argv[1:] if not SPAN.fullmatch(a)), None)
    span = next((SPAN.fullmatch(a) for a in sys.argv[1:] if SPAN.fullmatch(a)), None)
    orders = range(int(span[1]) - 1, int(span[2])) if span else range(ORDERS)
    if given is not None and not given.exists():
        print(f"{given} is not there: generated documents instead")
        given = None
    rng = random.Random(SEED)
    first, later, erased = _documents(given, rng)
    started = time.monotonic()
    wanted = expected([*first, *later], erased)
    print(
        f"{len(first)} documents, {len(later)} of them with a later text, {len(erased)} erased; seed {SEED}; by the "
        f"definition {len(wanted)} stories of {sum(map(len, wanted))} articles ({time.monotonic() - started:.1f} s)",
        flush=True,
    )
    wrong, fingerprints = int(not _agrees([*first, *later], erased, wanted)), set()
    with server_of_own() as url:
        for n in orders:
            is_killed = n >= ORDERS - 2
            with database(url, "orders") as warehouse:
                started = time.monotonic()
                rng = random.Random(SEED + n)
                loaders = LOADERS if is_killed else 1
                kills = _run(warehouse, _steps(first, later, erased, rng, loaders), rng, KILLS if is_killed else 0)
                engine = open_engine(warehouse)
                relate.settle(engine)
                found, fingerprint = stories_of(engine), parts(engine)["story"]
                engine.dispose()
            wrong += found != wanted
            fingerprints.add(fingerprint)
            print(
                f"order {n + 1:2}: {'the same' if found == wanted else 'DIFFERENT'}, stories {len(found)}, fingerprint "
                f"{fingerprint.split()[-1][:12]}, {loaders} loader(s), {kills} kills, {time.monotonic() - started:.1f} s",
                flush=True,
            )
    print(f"{len(orders)} orders, {wrong} differ from the definition, {len(fingerprints)} fingerprint(s)")
    return int(wrong > 0 or len(fingerprints) > 1)


def expected(observations: Sequence[Observation], erased: Sequence[bytes]) -> set[Story]:
    """The stories by the definition alone."""
    current = {o.url_key: o for o in sorted(observations, key=lambda o: o.captured_at)}
    return stories_by_definition(o for key, o in current.items() if key not in set(erased))


def _agrees(observations: Sequence[Observation], erased: Sequence[bytes], wanted: set[Story]) -> bool:
    """Whether `news-etl cluster` finds the same stories in a file of the current texts."""
    current = {o.url_key: o for o in sorted(observations, key=lambda o: o.captured_at) if o.url_key not in set(erased)}
    rows = [
        {
            "doc_id": n,
            "url": o.target_uri,
            "site": o.site,
            "title": o.page.title,
            "text": o.page.text,
            "published_at": o.page.published_on,
        }
        for n, o in enumerate(current.values())
    ]
    with tempfile.TemporaryDirectory(prefix="news-etl-stories-") as name:
        folder = Path(name)
        pq.write_table(pa.Table.from_pylist(rows), folder / "in.parquet")
        cluster(folder / "in.parquet", folder / "out.parquet", folder=folder, site_lines={})
        labels = pq.read_table(folder / "out.parquet").sort_by("doc_id")["cluster"].to_pylist()
    members: dict[str, list[bytes]] = {}
    for key, label in zip(current, labels, strict=True):
        members.setdefault(label, []).append(key)
    found = {tuple(sorted(keys)) for keys in members.values() if len(keys) > 1}
    differ = len(found ^ wanted)
    print(f"news-etl cluster on the same texts: {len(found)} stories, {differ} differ", flush=True)
    return differ == 0


def stories_of(engine: Engine) -> set[Story]:
    """The stories that the warehouse has, as their members."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT array_agg(url_key ORDER BY url_key) FROM core.story_member GROUP BY story_id")
        )
        return {tuple(bytes(key) for key in row[0]) for row in found}


def _documents(given: Path | None, rng: random.Random) -> tuple[list[Observation], list[Observation], list[bytes]]:
    """The first texts, the later ones, and the URL keys that are to be erased."""
    rows = (
        pq.read_table(given).slice(0, DOCUMENTS).to_pylist() if given is not None else list(generated(DOCUMENTS, SEED))
    )
    shared = " ".join(rows[-1]["text"].split()[:60])
    for row in rng.sample(rows, 400):
        row["text"] = f"{row['text']}\n{shared}"
    first = [_first(row, rng) for row in rows]
    later = []
    for o in rng.sample(first, DOCUMENTS // 20):
        other = rng.choice(first).page.text if rng.random() < 0.5 else o.page.text[: len(o.page.text) * 2 // 3]
        later.append(
            observation(
                o.target_uri,
                site=o.site,
                title=o.page.title or "",
                body=other,
                published_at=o.page.published_at,
                hours=900,
            )
        )
    return first, later, [o.url_key for o in rng.sample(first, DOCUMENTS // 50)]


def _first(row: dict[str, Any], rng: random.Random) -> Observation:
    at = row["published_at"]
    return observation(
        row["url"],
        site=row["site"],
        title=row["title"],
        body=row["text"],
        published_at=at.replace(tzinfo=UTC) if at else None,
        hours=rng.randrange(800),
    )


def _steps(
    first: Sequence[Observation],
    later: Sequence[Observation],
    erased: Sequence[bytes],
    rng: random.Random,
    loaders: int,
) -> list[list[Step]]:
    """The same events in a random order, for each loader those of its own URLs."""
    events: list[Observation | bytes] = [*first, *later, *erased, *rng.sample(list(first), 300)]
    rng.shuffle(events)
    found: list[list[Step]] = []
    for loader in range(loaders):
        mine = [e for e in events if (e if isinstance(e, bytes) else e.url_key)[0] % loaders == loader]
        steps: list[Step] = []
        while mine:
            part, mine = _cut(mine, rng.choice([20, 150, 600, 2500]))
            name = f"{loader}/{len(steps)}"
            batch = tuple(e for e in part if not isinstance(e, bytes))
            gone = tuple(e for e in part if isinstance(e, bytes))
            steps.append(Step(name=name, observations=batch, erased=gone, relates=rng.random() < 0.7))
        found.append(steps)
    return found


def _cut(events: list[Observation | bytes], size: int) -> tuple[list[Observation | bytes], list[Observation | bytes]]:
    return events[:size], events[size:]


def _run(url: str, steps: list[list[Step]], rng: random.Random, kills: int) -> int:
    """Do the steps, by a process a list where there are several; returns how often one was killed."""
    engine = open_engine(url)
    if len(steps) == 1:
        for step in steps[0]:
            _do(engine, step)
        engine.dispose()
        return 0
    engine.dispose()
    done = 0
    with tempfile.TemporaryDirectory(prefix="news-etl-stories-") as folder:
        files = [Path(folder) / f"{n}.pickle" for n in range(len(steps))]
        for file, mine in zip(files, steps, strict=True):
            file.write_bytes(pickle.dumps(mine))
        running = {file: _start(url, file) for file in files}
        until = time.monotonic() + 600
        while running:
            time.sleep(rng.uniform(0.5, 4))
            for file, process in list(running.items()):
                if process.poll() == 0:
                    del running[file]
                elif process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"a loader ended with {process.poll()}")
            if done < kills and running:
                file = rng.choice(sorted(running))
                os.kill(running[file].pid, signal.SIGKILL)
                running[file].wait()
                running[file] = _start(url, file)
                done += 1
    return done


def _start(url: str, file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "benchmarks.stories_sql", "steps", url, str(file)])


def _work(url: str, file: Path) -> int:
    """A loader: all its steps from the beginning; what was done before its death is known."""
    engine = open_engine(url)
    for step in pickle.loads(file.read_bytes()):
        _do(engine, step)
    engine.dispose()
    return 0


def _do(engine: Engine, step: Step) -> None:
    if step.observations:
        load_batch(engine, step.observations, batch_key=step.name, sha256="s", rules_version=RULES)
    if step.erased:
        with engine.begin() as connection:
            for key in sorted(step.erased):
                _erase(connection, key)
            relate.forget(connection, sorted(step.erased))
    if step.relates:
        relate.relate(engine, most=1000)


def _erase(connection: Connection, key: bytes) -> None:
    connection.execute(text("SELECT FROM core.url WHERE url_key = :k FOR UPDATE"), {"k": key})
    connection.execute(
        text("INSERT INTO core.tombstone VALUES (:k, 'bench', now()) ON CONFLICT DO NOTHING"), {"k": key}
    )
    for table in ("core.revision", "core.article", "core.alias", "core.observation"):
        connection.execute(text(f"DELETE FROM {table} WHERE url_key = :k"), {"k": key})


@contextmanager
def server_of_own() -> Iterator[str]:
    """The URL of a server of this benchmark's own, which goes with it."""
    with tempfile.TemporaryDirectory(prefix="news-etl-stories-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        try:
            yield server.ensure(folder / "postgres", durable=False)
        finally:
            server.destroy(folder / "postgres")


@contextmanager
def database(url: str, name: str) -> Iterator[str]:
    """A database of that name with our schema, dropped again."""
    admin = open_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        drop_database(driver(connection), name)
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    found = make_url(url).set(database=name).render_as_string(hide_password=False)
    engine = open_engine(found)
    migrate.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO ops.rules (rules_version, activated_no, is_current) VALUES (:v, 1, true)"), {"v": RULES}
        )
    engine.dispose()
    try:
        yield found
    finally:
        with admin.connect() as connection:
            drop_database(driver(connection), name)
        admin.dispose()


if __name__ == "__main__":
    sys.exit(main())
