"""Faults of PostgreSQL, S3 and disks in every command: `python -m benchmarks.faults [few] [KIND]... [COMMAND]...`

With `few` one or two faults of each kind are tried, and not all. KIND is postgres, s3 or disk. Each command is started on a copy of what it has to do; the fault is there from its start,
or comes in the middle of it. A row of the table: how the command ended and what it said; then the fault is over, and the
same command is started again: how that ended, whether the rows are those of an undisturbed run (one hash over all tables,
counts of articles, captures, rejects and tombstones, the files that it writes, what it prints where that is its result),
and which temporary files are left. Exits with 1 when a row is wrong: a traceback, a hang, an exit that README does not
promise, other rows, files left behind. At the end a table of the exits by command and kind of fault. Disks that are full
need the right to mount.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from benchmarks import fault_s3
from benchmarks.fault_calls import Calls, Ended
from benchmarks.fault_postgres import RESTARTS, Ballast, Postgres, small_disk
from benchmarks.fault_world import PLACE, Ground, Scenario, World, named, scenarios
from benchmarks.fill import s3 as s3_server
from etl.sample.server import running_newsroom

KINDS = ("postgres", "s3", "disk")
MOMENTS = (0.3, 0.8)  # of what an undisturbed run asks
# One or two of each kind, for when the whole would take too long: `few` among the arguments.
FEW = {
    "away at the start",
    "wrong password",
    "too many connections",
    "restarted, fast at 30%",
    "killed -9 at 80%",
    "a COMMIT whose answer is lost (the last)",
    "read-only from 50% on",
    "database's disk full at a COMMIT",
    "S3: 500",
    "S3: 503 SlowDown",
    "S3: 403",
    "S3: reset after it arrived",
    "S3: stored but 500",
    "S3: short body, always",
    "S3: lagging list",
    "disk of lake full",
    "disk of tmp nearly full",
    "disk of out full",
    "disk of standard output full",
    "lake not writable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row of the table."""

    command: str
    kind: str  # of the fault: a column of the table at the end
    fault: str
    first: Ended
    again: Ended
    is_same: bool
    left: tuple[str, ...]
    may_be: tuple[int, ...]

    @property
    def is_right(self) -> bool:
        has_ended_well = self.first.code in self.may_be and "Traceback" not in self.first.err
        return has_ended_well and self.is_same and not self.left and self.again.code in self.may_be

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
    names = [a for a in sys.argv[1:] if a not in (*KINDS, "few")]
    print("| command | fault | exit | message | exit of the same again | rows | |\n|---|---|---|---|---|---|---|")
    results: list[Result] = []
    for kind in kinds:
        for result in {"postgres": postgres_faults, "s3": s3_faults, "disk": disk_faults}[kind](names):
            print(result.line(), flush=True)
            results.append(result)
    print("\n" + by_command(results))
    wrong = sum(not r.is_right for r in results)
    print(f"\n{len(results)} faults, {wrong} wrong", flush=True)
    return int(wrong > 0)


def by_command(results: Sequence[Result]) -> str:
    """A table in Markdown: a row a command, a column a kind of fault with the exits that were seen, how many are right."""
    kinds = list(dict.fromkeys(r.kind for r in results))
    lines = ["| command | " + " | ".join(kinds) + " | right |", "|---" * (len(kinds) + 2) + "|"]
    for command in dict.fromkeys(r.command for r in results):
        own = [r for r in results if r.command == command]
        cells = []
        for kind in kinds:
            seen = Counter(r.first.code for r in own if r.kind == kind)
            cells.append(", ".join(f"{code} ×{n}" for code, n in sorted(seen.items())))
        right = sum(r.is_right for r in own)
        lines.append(f"| {command} | " + " | ".join(cells) + f" | {right} of {len(own)} |")
    return "\n".join(lines)


@contextmanager
def world(*, on_s3: bool = False, disk_mib: int | None = None, is_warm: bool = True) -> Iterator[World]:
    """A PostgreSQL (on a small disk of its own, if asked for), a lake, the newsroom, and processes that wait."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="news-etl-faults-")))
        folder.chmod(0o755)
        calls = stack.enter_context(Calls(folder, is_warm=is_warm))
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


def tried_if_wanted(w: World, ground: Ground, fault: str, **how: Any) -> Iterator[Result]:
    """`tried`, unless only a few faults are to be."""
    if "few" not in sys.argv or fault in FEW:
        yield tried(w, ground, fault, **how)


def tried(
    w: World,
    ground: Ground,
    fault: str,
    *,
    kind: str = "",
    begin: Callable[[str], None],
    end: Callable[[str], None],
    may_be: tuple[int, ...] = (75,),
    may_override: bool = True,
    files: int | None = None,
    env_of: Callable[[str], Mapping[str, str]] | None = None,
    prints_to: str | None = None,
) -> Result:
    """A command with a fault in it, and again without. `env_of` gives other settings for the first time."""
    scenario = ground.scenario
    with w.copy(ground) as (env, database):
        try:
            begin(database)
            other = dict(env_of(database)) if env_of else {}
            out = w.folder / database / prints_to if prints_to else None
            first = w.call(scenario, env | other, may_override=may_override, files=files, out=out)
        finally:
            end(database)
        again = w.again(ground, env)
        return Result(
            command=scenario.name,
            kind=kind or fault,
            fault=fault,
            first=first,
            again=again,
            is_same=w.rows(database) == ground.rows and not (scenario.prints and again.out != ground.out),
            left=tuple(w.left_behind(env)),
            may_be=(*scenario.codes, *may_be),
        )


def postgres_faults(names: list[str]) -> Iterator[Result]:
    """Refused from the start; restarts, cuts and lost answers; a database that turns full or read-only."""
    with world() as w:
        for scenario in named(scenarios(w.inputs), names):
            ground = w.ground(scenario)
            if not ground.steps["postgres"]:
                continue  # it knows of no database
            yield from _refused(w, ground)
            yield from _interrupted(w, ground)
            yield from _turned(w, ground)
    try:
        with world(disk_mib=400) as w:
            for scenario in named(scenarios(w.inputs), names):
                ground = w.ground(scenario)
                if ground.steps["postgres"]:
                    yield from full_database(w, ground)
    except PermissionError as error:
        print(f"left out: a full disk of the database ({error})", flush=True)


def _refused(w: World, ground: Ground) -> Iterator[Result]:
    """From the start on no connection is to be had."""

    def other(**parts: str | int) -> Callable[[str], Mapping[str, str]]:
        def env_of(database: str) -> Mapping[str, str]:
            url = make_url(w.postgres.through_wire(database)).set(**parts)  # type: ignore[arg-type]
            return {"NEWS_ETL_WAREHOUSE_URL": url.render_as_string(hide_password=False)}

        return env_of

    finds = 3 if ground.scenario.name.startswith("doctor") else None  # it names what is wrong, of whatever kind
    for fault, kind, env_of, code in (
        ("away at the start", "away", other(port=1), 75),
        ("wrong password", "refused", other(password="geheim"), 2),
        ("no such database", "refused", other(database="nowhere"), 2),
    ):
        yield from tried_if_wanted(
            w, ground, fault, kind=kind, begin=_nothing, end=_nothing, env_of=env_of, may_be=_only(finds or code)
        )
    for fault, change, back in (
        ("too many connections", "CONNECTION LIMIT 0", "CONNECTION LIMIT -1"),
        ("takes no connections", "ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true"),
    ):
        yield from tried_if_wanted(
            w,
            ground,
            fault,
            kind="no connection left",
            begin=lambda d, change=change: w.postgres.execute(f'ALTER DATABASE "{d}" {change}'),
            end=lambda d, back=back: w.postgres.execute(f'ALTER DATABASE "{d}" {back}'),
            may_be=_only(finds or 75),
        )


def _only(code: int) -> tuple[int, ...]:
    return (code,)


def _interrupted(w: World, ground: Ground) -> Iterator[Result]:
    """Restarts in the middle, and lost answers to COMMIT, after which its success is unknown."""
    wire, postgres = w.postgres.wire, w.postgres

    def over(_: str) -> None:
        wire.arm(None, None)
        postgres.start()

    for moment in MOMENTS:
        at = max(1, int(ground.steps["postgres"] * moment))
        for name, number in RESTARTS.items():
            yield from tried_if_wanted(
                w,
                ground,
                f"{name} at {moment:.0%}",
                kind="restarted within",
                begin=lambda _, at=at, number=number: wire.arm(at, lambda: postgres.restart(number)),
                end=over,
            )
        yield from tried_if_wanted(
            w,
            ground,
            f"away from {moment:.0%} on",
            kind="away",
            begin=lambda _, at=at: wire.arm(at, lambda: wire.cut(stays=True)),
            end=over,
        )
    commits = ground.steps["commits"]
    moments = {1: "the first", max(1, commits // 2): "in the middle", commits: "the last"}
    for n, which in moments.items() if commits else ():
        for name, after in (("a COMMIT that does not arrive", False), ("a COMMIT whose answer is lost", True)):
            yield from tried_if_wanted(
                w,
                ground,
                f"{name} ({which})",
                kind="COMMIT lost",
                begin=lambda _, n=n, after=after: wire.arm(
                    n, lambda: wire.cut(stays=False), at_commit=True, after=after
                ),
                end=over,
            )


def _turned(w: World, ground: Ground) -> Iterator[Result]:
    """In the middle the database gets another setting, and all sessions end."""
    wire, postgres = w.postgres.wire, w.postgres
    at = max(1, int(ground.steps["postgres"] * 0.5))
    for fault, kind, change, back, may_be in (
        ("no connection left at 50%", "no connection left", "CONNECTION LIMIT 0", "CONNECTION LIMIT -1", (75,)),
        (
            "read-only from 50% on",
            "read-only",
            "SET default_transaction_read_only = on",
            "RESET default_transaction_read_only",
            (75, 2),
        ),
        (
            "statement_timeout from 50% on",
            "statement_timeout",
            "SET statement_timeout = '2ms'",
            "RESET statement_timeout",
            (75,),
        ),
    ):

        def begin(database: str, change: str = change) -> None:
            def turn() -> None:
                postgres.execute(f'ALTER DATABASE "{database}" {change}')
                postgres.end_sessions(database)

            wire.arm(at, turn)

        def end(database: str, back: str = back) -> None:
            wire.arm(None, None)
            postgres.execute(f'ALTER DATABASE "{database}" {back}')

        yield from tried_if_wanted(w, ground, fault, kind=kind, begin=begin, end=end, may_be=may_be)


def full_database(w: World, ground: Ground) -> Iterator[Result]:
    """The disk of the database is full in the middle of statements, and when a COMMIT comes."""
    ballast = Ballast(w.postgres.home.parent)
    wire = w.postgres.wire

    def end(_: str) -> None:
        wire.arm(None, None)
        ballast.remove()
        w.postgres.start()

    at = max(1, int(ground.steps["postgres"] * 0.3))
    for fault, step, at_commit in (("at 30%", at, False), ("at a COMMIT", 1, True)):
        if at_commit and not ground.steps["commits"]:
            continue
        yield from tried_if_wanted(
            w,
            ground,
            f"database's disk full {fault}",
            kind="database's disk full",
            begin=lambda _, step=step, at_commit=at_commit: wire.arm(step, ballast.fill, at_commit=at_commit),
            end=end,
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
            yield from tried_if_wanted(
                w,
                ground,
                "S3: away at the start",
                kind="S3 away",
                begin=_nothing,
                end=_nothing,
                env_of=lambda _: {"NEWS_ETL_S3_ENDPOINT_URL": "http://127.0.0.1:1"},
            )
            for fault in fault_s3.FAULTS:
                few = fault.methods != "GET PUT HEAD POST DELETE" or fault.kind == "lagging"
                at = 1 if few else max(1, ground.steps["s3"] // 3)
                yield from tried_if_wanted(
                    w,
                    ground,
                    f"S3: {fault.name}",
                    kind=_s3_kind(fault),
                    begin=lambda _, fault=fault, at=at: s3.arm(fault, at),
                    end=lambda _: s3.arm(None),
                    may_be=(75, 2) if fault.code == "AccessDenied" else (75,),
                )


def _s3_kind(fault: fault_s3.S3Fault) -> str:
    if fault.code == "AccessDenied":
        return "S3 403"
    if fault.kind == "status":
        return f"S3 {fault.status}"
    return {
        "reset": "S3 reset",
        "after": "S3 reset",
        "stored": "S3 stored but 500",
        "short": "S3 short body",
        "cut": "S3 short body",
        "lagging": "S3 lagging list",
    }.get(fault.kind, "S3 slow, wrong ETag")


def disk_faults(names: list[str]) -> Iterator[Result]:
    """Disks of lake and temporary files that are full, read-only, or not ours to write; few open files."""
    with world(is_warm=False) as w:
        for scenario in named(scenarios(w.inputs), names):
            ground = w.ground(scenario)
            yield from tried_if_wanted(w, ground, "40 open files", begin=_nothing, end=_nothing, files=40)
            written = ["out"] if PLACE in " ".join(scenario.argv) else []
            knows_lake = scenario.before or ground.steps["postgres"]
            for what in (*(("lake", "tmp") if knows_lake else ()), *written):
                try:
                    yield from full_disks(w, ground, what)
                except PermissionError as error:
                    print(f"left out: disk of {what} ({error})", flush=True)
            if scenario.prints:
                try:
                    yield from _full_output(w, ground)
                except PermissionError as error:
                    print(f"left out: disk of the output ({error})", flush=True)
            if knows_lake:
                yield from closed_lake(w, ground)


def _full_output(w: World, ground: Ground) -> Iterator[Result]:
    """The disk is full on which what it prints is kept (`news-etl extract ... > FILE`)."""
    with _on_a_disk(w, "out") as (begin, disk):
        ballast = Ballast(disk)
        yield from tried_if_wanted(
            w,
            ground,
            "disk of standard output full",
            kind="disk full",
            begin=lambda d: (begin(d), ballast.fill())[1],  # type: ignore[func-returns-value]
            end=lambda _: ballast.remove(),
            prints_to="out/stdout",
        )


def full_disks(w: World, ground: Ground, what: str) -> Iterator[Result]:
    for fault, leaving in (("full", 0), ("nearly full", 16 << 10)):
        with _on_a_disk(w, what) as (begin, disk):
            ballast = Ballast(disk)
            yield from tried_if_wanted(
                w,
                ground,
                f"disk of {what} {fault}",
                kind="disk full",
                begin=lambda d, b=begin, ballast=ballast, n=leaving: (b(d), ballast.fill(n))[1],
                end=lambda _, ballast=ballast: ballast.remove(),
            )
    with _on_a_disk(w, what) as (begin, disk):
        yield from tried_if_wanted(
            w,
            ground,
            f"disk of {what} read-only",
            kind="disk not writable",
            begin=lambda d, b=begin, disk=disk: (b(d), _remount(disk, "ro"))[1],  # type: ignore[func-returns-value]
            end=lambda _, disk=disk: _remount(disk, "rw"),
            may_be=(2,),
        )


@contextmanager
def _on_a_disk(w: World, what: str) -> Iterator[tuple[Callable[[str], None], Path]]:
    """A way to move the lake (or the temporary files) of a copy to a disk of its own; the disk."""
    with small_disk(w.folder / "disk", 300) as disk:

        def begin(database: str) -> None:
            for name in {"lake": ("lake",), "tmp": ("tmp", "home"), "out": ("out",)}[what]:
                place = w.folder / database / name
                shutil.copytree(place, disk / name)
                shutil.rmtree(place)
                place.symlink_to(disk / name)

        yield begin, disk


def closed_lake(w: World, ground: Ground) -> Iterator[Result]:
    def change(database: str, mode: int) -> None:
        lake = w.folder / database / "lake"
        for folder in (lake, *(p for p in lake.rglob("*") if p.is_dir())):
            folder.chmod(mode)

    yield from tried_if_wanted(
        w,
        ground,
        "lake not writable",
        kind="disk not writable",
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


__all__ = ["Result", "Scenario", "disk_faults", "full_database", "postgres_faults", "s3_faults", "tried", "world"]
