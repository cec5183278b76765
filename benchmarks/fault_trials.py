"""A fault in the middle of a command, and the same command again: the row of `benchmarks.faults`."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import fault_s3
from benchmarks.fault_calls import Calls, Ended
from benchmarks.fault_postgres import Postgres, small_disk
from benchmarks.fault_world import Ground, World
from benchmarks.fill import s3 as s3_server
from etl.sample.server import running_newsroom

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


def nothing(_: str) -> None:
    """No fault of the place."""
