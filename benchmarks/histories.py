"""Random histories that must all come to the same rows: `python -m benchmarks.histories [COUNT] [--from SEED]`.

A seed makes up a newsroom (`history_newsroom`) and a history (`history_player`): live runs, fills, files of others,
reprocessing and changes of rules mixed, by two workers, with crashes and with messages that come twice. Its fingerprint
must be that of a warehouse that took everything at once, and that of a rebuild from the lake that the history left.

Printed: each seed with its crashes, and in the end where crashes were and how long it took. Exits with 1, naming seeds
and the tables that differ, when one does. `--processes 2` plays two histories at a time; `--keep FOLDER` leaves the
lakes of those that failed there.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import psycopg
from sqlalchemy import make_url

from benchmarks.databases import drop_database
from benchmarks.history_crashes import POINTS
from benchmarks.history_newsroom import newsroom
from benchmarks.history_player import Player, plan, remembered_extraction
from etl.embedded_postgres import server
from etl.stages.process.pool import process_pool
from etl.warehouse.engine import open_engine
from etl.warehouse.schema import migrate

TEMPLATE = "histories"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a history: tables whose fingerprint is another one than that of the undisturbed warehouse."""

    seed: int
    crashes: Counter[str]
    kinds: Counter[str]  # of its steps
    transient: int
    captures: int
    differing: tuple[str, ...]
    differing_rebuilt: tuple[str, ...]
    seconds: float

    @property
    def is_right(self) -> bool:
        return not (self.differing or self.differing_rebuilt)


def tell(seed: int, server_url: str, folder: Path, *, share: float = 0.5) -> Told:
    """Play the history of a seed on a server that has the template; the lakes lie in `folder`."""
    began = time.monotonic()
    made = newsroom(seed)
    history = plan(seed, made)
    names = ("undisturbed", "played", "rebuilt")
    with (
        remembered_extraction(),
        database(server_url) as one,
        database(server_url) as two,
        database(server_url) as three,
    ):
        places = dict(zip(names, (one, two, three), strict=True))
        plain = Player(folder / "undisturbed", places["undisturbed"], made).undisturbed(history.registry)
        player = Player(folder / "played", places["played"], made)
        played = player.play(history, seed, share=share)
        found = player.finish(history.registry)
        rebuilt = player.into(places["rebuilt"]).rebuilt(history.registry)
    return Told(
        seed=seed,
        crashes=played.crashes,
        kinds=Counter(step.kind.value for workers in history.phases for steps in workers for step in steps),
        transient=played.transient,
        captures=len(made.deliveries),
        differing=_differing(plain, found),
        differing_rebuilt=_differing(plain, rebuilt),
        seconds=time.monotonic() - began,
    )


def _differing(wanted: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{part}: {wanted[part][:24]} / {found[part][:24]}" for part in wanted if wanted[part] != found[part])


def make_template(server_url: str) -> None:
    """The migrated database that each warehouse is a copy of."""
    with psycopg.connect(_plain(server_url), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{TEMPLATE}" TEMPLATE template0')
    engine = open_engine(_of(server_url, TEMPLATE))
    try:
        migrate.upgrade(engine)
    finally:
        engine.dispose()


def drop_template(server_url: str) -> None:
    """Take the template away again."""
    with psycopg.connect(_plain(server_url), autocommit=True) as connection:
        drop_database(connection, TEMPLATE)


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """The URL of a fresh copy of the template."""
    name = f"history_{token_hex(6)}"
    with psycopg.connect(_plain(server_url), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    try:
        yield _of(server_url, name)
    finally:
        with psycopg.connect(_plain(server_url), autocommit=True) as connection:
            drop_database(connection, name)


def _of(server_url: str, database: str) -> str:
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


def _plain(server_url: str) -> str:
    return make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=300)
    parser.add_argument("--from", dest="first", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.count)
    began = time.monotonic()
    crashes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    transient, wrong = 0, []
    with tempfile.TemporaryDirectory(prefix="news-etl-histories-") as name:
        home = Path(name) / "postgres"
        home.parent.chmod(0o711)  # root's server runs as another account
        url = server.ensure(home, durable=False)
        try:
            make_template(url)
            for told in _tell_all(seeds, url, given.processes, given.keep):
                print(_line(told), flush=True)
                if isinstance(told, Failed) or not told.is_right:
                    wrong.append(told.seed)
                if isinstance(told, Told):
                    crashes += told.crashes
                    kinds += told.kinds
                    transient += told.transient
        finally:
            server.destroy(home)
    never = [point for point in POINTS if not crashes[point]]
    print(f"{len(seeds)} histories (seeds {seeds.start} to {seeds.stop - 1}) in {time.monotonic() - began:.0f} s")
    print(f"steps: {dict(sorted(kinds.items()))}; asked to try again by the database: {transient}")
    print(f"crashes: {dict(sorted(crashes.items()))}; never crashed: {', '.join(never) or 'nowhere'}")
    print(f"wrong: {', '.join(map(str, wrong)) or 'none'}")
    return int(bool(wrong))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A history that did not come to its end."""

    seed: int
    error: str


def _tell_all(seeds: range, url: str, processes: int, keep: Path | None) -> Iterator[Told | Failed]:
    if processes < 2:
        yield from (_told(seed, url, keep) for seed in seeds)
        return
    with process_pool(processes) as pool:
        for future in [pool.submit(_told, seed, url, keep) for seed in seeds]:
            yield future.result()


def _told(seed: int, url: str, keep: Path | None) -> Told | Failed:
    folder = Path(tempfile.mkdtemp(prefix=f"news-etl-history-{seed}-"))
    told: Told | Failed
    try:
        told = tell(seed, url, folder)
    except Exception as error:
        told = Failed(seed=seed, error=f"{type(error).__name__}: {error}")
    if keep is not None and not (isinstance(told, Told) and told.is_right):
        shutil.move(folder, keep / str(seed))
    shutil.rmtree(folder, ignore_errors=True)
    return told


def _line(told: Told | Failed) -> str:
    if isinstance(told, Failed):
        return f"seed {told.seed}: FAILED {told.error}"
    if told.is_right:
        return (
            f"seed {told.seed}: {told.captures} captures, {sum(told.kinds.values())} steps, "
            f"{told.crashes.total()} crashes, {told.seconds:.1f} s"
        )
    played = "; ".join(told.differing) or "the same"
    return f"seed {told.seed}: DIFFERS. History: {played}. Rebuilt: {'; '.join(told.differing_rebuilt) or 'the same'}"


if __name__ == "__main__":
    sys.exit(main())
