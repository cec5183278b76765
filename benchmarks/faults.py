"""Faults of PostgreSQL, S3 and disks in the middle of every command: `python -m benchmarks.faults [KIND]... [COMMAND]...`

KIND is postgres, s3 or disk. Each command is started on a copy of what it has to do; in the middle of it the fault comes.
A row of the table: how the command ended and what it said; then the fault is over, and the same command is started
again: how that ended, whether the rows are those of an undisturbed run (one hash over all tables, and counts of articles,
captures, rejects and tombstones), and which temporary files are left. Exits with 1 when a row is wrong: a traceback, a
hang, an exit that README does not promise, other rows, files left behind. Disks that are full need the right to mount.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import fault_s3
from benchmarks.fault_calls import Calls, Ended
from benchmarks.fault_postgres import RESTARTS, Ballast, Postgres, small_disk
from benchmarks.fault_world import Ground, Scenario, World, named, scenarios
from benchmarks.fill import s3 as s3_server
from etl.sample.server import running_newsroom

KINDS = ("postgres", "s3", "disk")
MOMENTS = (0.3, 0.8)  # of what an undisturbed run asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row of the table."""

    command: str
    fault: str
    first: Ended
    again: Ended
    is_same: bool
    left: tuple[str, ...]
    may_be: tuple[int, ...]
    when_done: tuple[int, ...] = ()

    @property
    def is_right(self) -> bool:
        has_ended_well = self.first.code in self.may_be and "Traceback" not in self.first.err
        return has_ended_well and self.is_same and not self.left and self.again.code in (*self.may_be, *self.when_done)

    def line(self) -> str:
        """As a row in Markdown."""
        message = self.first.message if self.first.code not in (0, 3) else ""
        message = re.sub(r"\S{40,}", lambda m: m[0][:12] + "…", message)[:140]
        rows = "the same" if self.is_same else "OTHER ROWS"
        left = f", {len(self.left)} files left" if self.left else ""
        return (
            f"| {self.command} | {self.fault} | {self.first.code} | {message} | {self.again.code} | {rows}{left} "
            f"| {'' if self.is_right else 'WRONG'} |"
        )


def main() -> int:
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that its servers end with it
    kinds = [a for a in sys.argv[1:] if a in KINDS] or list(KINDS)
    names = [a for a in sys.argv[1:] if a not in KINDS]
    print("| command | fault | exit | message | exit of the same again | rows | |\n|---|---|---|---|---|---|---|")
    results = []
    for kind in kinds:
        for result in {"postgres": postgres_faults, "s3": s3_faults, "disk": disk_faults}[kind](names):
            print(result.line(), flush=True)
            results.append(result)
    wrong = sum(not r.is_right for r in results)
    print(f"\n{len(results)} faults, {wrong} wrong", flush=True)
    return int(wrong > 0)


@contextmanager
def world(*, on_s3: bool = False, disk_mib: int | None = None) -> Iterator[World]:
    """A PostgreSQL (on a small disk of its own, if asked for), a lake, the newsroom, and processes that wait."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="news-etl-faults-")))
        folder.chmod(0o755)
        calls = stack.enter_context(Calls(folder))
        home = folder / "server"
        if disk_mib:
            home = stack.enter_context(small_disk(home, disk_mib)) / "postgres"
        newsroom = stack.enter_context(running_newsroom())
        proxy = None
        if on_s3:
            proxy = fault_s3.S3Proxy(stack.enter_context(s3_server(folder)))
            stack.callback(proxy.close)
        postgres = Postgres(home)
        stack.callback(postgres.destroy)
        yield World(folder, postgres, calls, newsroom.port, proxy)


def tried(
    w: World,
    ground: Ground,
    fault: str,
    *,
    begin: Callable[[str], None],
    end: Callable[[str], None],
    may_be: tuple[int, ...] = (75,),
    may_override: bool = True,
    files: int | None = None,
) -> Result:
    """A command with a fault in it, and again without."""
    scenario = ground.scenario
    with w.copy(ground) as (env, database):
        try:
            begin(database)
            first = w.calls(scenario.argv, env, may_override=may_override, files=files)
        finally:
            end(database)
        again = w.again(ground, env)
        return Result(
            command=scenario.name,
            fault=fault,
            first=first,
            again=again,
            is_same=w.rows(database) == ground.rows,
            left=tuple(w.left_behind(env)),
            may_be=(*scenario.codes, *may_be),
            when_done=scenario.when_done,
        )


def postgres_faults(names: list[str]) -> Iterator[Result]:
    """Restarts, cuts, and a database that turns full or read-only."""
    with world() as w:
        for scenario in named(scenarios(w.inputs), names):
            yield from _postgres_faults(w, w.ground(scenario))
    try:
        with world(disk_mib=400) as w:
            for scenario in named(scenarios(w.inputs), names):
                yield _full_database(w, w.ground(scenario))
    except PermissionError as error:
        print(f"left out: a full disk of the database ({error})", flush=True)


def _postgres_faults(w: World, ground: Ground) -> Iterator[Result]:
    wire, postgres = w.postgres.wire, w.postgres
    for moment in MOMENTS:
        at = max(1, int(ground.steps["postgres"] * moment))
        for name, number in RESTARTS.items():
            yield tried(
                w,
                ground,
                f"{name} at {moment:.0%}",
                begin=lambda _, at=at, number=number: wire.arm(at, lambda: postgres.restart(number)),  # type: ignore[misc]
                end=lambda _: (wire.arm(None, None), postgres.start())[1],  # type: ignore[func-returns-value]
            )
        yield tried(
            w,
            ground,
            f"away from {moment:.0%} on",
            begin=lambda _, at=at: wire.arm(at, lambda: wire.cut(stays=True)),  # type: ignore[misc]
            end=lambda _: wire.arm(None, None),
        )
    at = max(1, int(ground.steps["postgres"] * 0.5))

    def turned(change: str) -> Callable[[str], None]:
        def begin(database: str) -> None:
            def turn() -> None:
                postgres.execute(f'ALTER DATABASE "{database}" {change}')
                postgres.end_sessions(database)

            wire.arm(at, turn)

        return begin

    def back(change: str) -> Callable[[str], None]:
        def end(database: str) -> None:
            wire.arm(None, None)
            postgres.execute(f'ALTER DATABASE "{database}" {change}')

        return end

    yield tried(
        w, ground, "no connection left at 50%", begin=turned("CONNECTION LIMIT 0"), end=back("CONNECTION LIMIT -1")
    )
    yield tried(
        w,
        ground,
        "read-only from 50% on",
        begin=turned("SET default_transaction_read_only = on"),
        end=back("RESET default_transaction_read_only"),
        may_be=(75, 2),
    )
    yield tried(
        w,
        ground,
        "statement_timeout from 50% on",
        begin=turned("SET statement_timeout = '2ms'"),
        end=back("RESET statement_timeout"),
    )


def _full_database(w: World, ground: Ground) -> Result:
    ballast = Ballast(w.postgres.home.parent)
    at = max(1, int(ground.steps["postgres"] * 0.3))

    def end(_: str) -> None:
        w.postgres.wire.arm(None, None)
        ballast.remove()
        w.postgres.start()

    return tried(
        w, ground, "database's disk full at 30%", begin=lambda _: w.postgres.wire.arm(at, ballast.fill), end=end
    )


def s3_faults(names: list[str]) -> Iterator[Result]:
    """What stores do, from a third of the requests on."""
    with world(on_s3=True) as w:
        s3 = w.s3
        assert s3 is not None
        for scenario in named(scenarios(w.inputs), names):
            ground = w.ground(scenario)
            if not ground.steps["s3"]:
                continue
            for fault in fault_s3.FAULTS:
                few = fault.methods != "GET PUT HEAD POST DELETE" or fault.kind == "lagging"
                at = 1 if few else max(1, ground.steps["s3"] // 3)
                yield tried(
                    w,
                    ground,
                    f"S3: {fault.name}",
                    begin=lambda _, fault=fault, at=at: s3.arm(fault, at),  # type: ignore[misc]
                    end=lambda _: s3.arm(None),
                    may_be=(75, 2) if fault.code == "AccessDenied" else (75,),
                )


def disk_faults(names: list[str]) -> Iterator[Result]:
    """Disks of lake and temporary files that are full, read-only, or not ours to write; few open files."""
    with world() as w:
        for scenario in named(scenarios(w.inputs), names):
            ground = w.ground(scenario)
            yield tried(w, ground, "40 open files", begin=_nothing, end=_nothing, files=40)
            for what in ("lake", "tmp"):
                try:
                    yield from _disk_faults(w, ground, what)
                except PermissionError as error:
                    print(f"left out: disk of {what} ({error})", flush=True)
            yield _closed_lake(w, ground)


def _disk_faults(w: World, ground: Ground, what: str) -> Iterator[Result]:
    for fault, leaving in (("full", 0), ("nearly full", 16 << 10)):
        with _on_a_disk(w, what) as (begin, disk):
            ballast = Ballast(disk)
            yield tried(
                w,
                ground,
                f"disk of {what} {fault}",
                begin=lambda d, b=begin, ballast=ballast, n=leaving: (b(d), ballast.fill(n))[1],  # type: ignore[misc]
                end=lambda _, ballast=ballast: ballast.remove(),  # type: ignore[misc]
            )
    with _on_a_disk(w, what) as (begin, disk):
        yield tried(
            w,
            ground,
            f"disk of {what} read-only",
            begin=lambda d, b=begin, disk=disk: (b(d), _remount(disk, "ro"))[1],  # type: ignore[misc,func-returns-value]
            end=lambda _, disk=disk: _remount(disk, "rw"),  # type: ignore[misc]
            may_be=(2,),
        )


@contextmanager
def _on_a_disk(w: World, what: str) -> Iterator[tuple[Callable[[str], None], Path]]:
    """A way to move the lake (or the temporary files) of a copy to a disk of its own; the disk."""
    with small_disk(w.folder / "disk", 300) as disk:

        def begin(database: str) -> None:
            for name in ("lake",) if what == "lake" else ("tmp", "home"):
                place = w.folder / database / name
                shutil.copytree(place, disk / name)
                shutil.rmtree(place)
                place.symlink_to(disk / name)

        yield begin, disk


def _closed_lake(w: World, ground: Ground) -> Result:
    def change(database: str, mode: int) -> None:
        lake = w.folder / database / "lake"
        for folder in (lake, *(p for p in lake.rglob("*") if p.is_dir())):
            folder.chmod(mode)

    return tried(
        w,
        ground,
        "lake not writable",
        begin=lambda d: change(d, 0o555),
        end=lambda d: change(d, 0o755),
        may_be=(2,),
        may_override=False,
    )


def _remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def _nothing(_: str) -> None:
    """No fault of the place."""


if __name__ == "__main__":
    sys.exit(main())


__all__ = ["Result", "Scenario", "disk_faults", "postgres_faults", "s3_faults", "tried", "world"]
