"""Clocks that are set inside whole commands: `python -m benchmarks.clock_jumps [COMMAND]...`

A live run and a fill, each in a process whose clock goes ahead three days, back two hours, to 2099, or a step of ten
minutes: from its start, while it fetches, and between fetch and load. A row of the table: how it ended, whether the rows
are those of an undisturbed one (articles, captures, texts, revisions, rejects by URL), whether a time that it has left
lies ahead of what can be, what `doctor` says under a right clock, and how the next command went, which must visit what
is due and wait for nothing. Exits with 1 when a row is wrong.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from benchmarks import crash_rows
from benchmarks.fault_trials import world
from benchmarks.fault_world import SITE, Scenario, World
from benchmarks.jumping_clock import MOMENTS
from etl.warehouse.engine import open_engine

JUMPS = {
    "3 days ahead": timedelta(days=3),
    "2 hours back": timedelta(hours=-2),
    "to 2099": datetime(2099, 1, 1, tzinfo=UTC) - datetime.now(UTC),
    "10 minutes ahead": timedelta(minutes=10),
}
COMMANDS = {
    "run": ("run", "--source", SITE, "--json"),
    "fill": ("fill", "--from", "2026-11-10", "--to", "2026-11-12", "--source", SITE, "--json"),
}
LIMIT_S = 400.0
# What lies ahead of what a right clock can have written, a day of difference granted.
AHEAD = """
SELECT (SELECT count(*) FROM core.capture WHERE captured_at > now() + interval '1 day') AS captures,
       (SELECT count(*) FROM ops.candidate WHERE due_at > now() + interval '8 days') AS due,
       (SELECT count(*) FROM ops.host_lease
        WHERE expires_at > now() + interval '5 minutes' OR next_allowed_at > now() + interval '1 day') AS leases
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row of the table."""

    command: str
    jump: str
    moment: str
    code: int
    said: str
    difference: crash_rows.Difference
    ahead: Mapping[str, int]
    doctor: tuple[str, ...]  # of what it says since then
    next_code: int
    next_s: float
    next_said: str
    open_work: int

    @property
    def is_right(self) -> bool:
        """Within a process nothing happens at all; a clock that was wrong from the start is said by `doctor`."""
        is_told = all(f"dates of {what}" in self.doctor for what in self._told_of)
        is_clean = not any(self.ahead.values()) or self.moment == MOMENTS[0]
        has_ended = self.code in (0, 3) and self.next_code in (0, 3) and "Traceback" not in self.said + self.next_said
        return has_ended and self.difference.is_none and is_clean and is_told and not self.open_work

    @property
    def _told_of(self) -> list[str]:
        names = {"captures": "captures", "due": "candidates", "leases": "leases"}
        return [names[what] for what, count in self.ahead.items() if count]

    def line(self) -> str:
        """As a row in Markdown."""
        d = self.difference
        rows = "the same" if d.is_none else f"{len(d.lost)} lost, {len(d.doubled)} more, {len(d.different)} other"
        ahead = ", ".join(f"{n} {what}" for what, n in self.ahead.items() if n) or "nothing"
        return (
            f"| {self.command} | {self.jump} | {self.moment} | {self.code} | {rows} | {ahead} | "
            f"{', '.join(self.doctor) or 'nothing'} | {self.next_code}, {self.next_s:.0f} s | "
            f"{'' if self.is_right else 'WRONG'} |"
        )


def main() -> int:
    names = sys.argv[1:] or list(COMMANDS)
    print("| command | clock | when | exit | rows | dated ahead | doctor says | the next one | |\n" + "|---" * 9 + "|")
    results = []
    with world() as w:
        for name in names:
            for result in tried(w, name):
                print(result.line(), flush=True)
                results.append(result)
    wrong = sum(not r.is_right for r in results)
    print(f"\n{len(results)} clocks that were set, {wrong} wrong", flush=True)
    return int(wrong > 0)


def tried(w: World, command: str, pairs: Sequence[tuple[str, str]] | None = None) -> Iterator[Result]:
    """A command under each clock, from each moment on, or in these pairs of them."""
    scenario = Scenario(name=f"{command}, live", argv=COMMANDS[command], codes=(0, 3))
    ground = w.ground(scenario)
    with w.copy(ground) as (env, database):
        assert _called(env, "0", "never", *scenario.argv).returncode in (0, 3)
        wanted, usual = _rows(w, database), _doctor(env)
        assert wanted["core.article"], "nothing was loaded"
    for jump, moment in pairs or [(jump, moment) for moment in MOMENTS for jump in JUMPS]:
        with w.copy(ground) as (env, database):
            ended = _called(env, str(JUMPS[jump].total_seconds()), moment, *scenario.argv)
            difference, ahead = crash_rows.difference(wanted, _rows(w, database)), _ahead(w, database)
            said = tuple(subject for subject in _doctor(env) if subject not in usual)
            began = time.monotonic()
            after = _called(env, "0", "never", *scenario.argv)
            yield Result(
                command=command,
                jump=jump,
                moment=moment,
                code=ended.returncode,
                said=ended.stderr,
                difference=difference,
                ahead=ahead,
                doctor=said,
                next_code=after.returncode,
                next_s=time.monotonic() - began,
                next_said=after.stderr,
                open_work=_count(w, database, "SELECT count(*) FROM ops.segment WHERE loaded_at IS NULL"),
            )


def _called(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.jumping_clock", *arguments]
    return subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=LIMIT_S)


def _doctor(env: Mapping[str, str]) -> list[str]:
    """What it finds wrong, by subject."""
    done = _called(env, "0", "never", "doctor", "--json")
    return [f["subject"] for f in json.loads(done.stdout) if f["level"] == "error"]


def _rows(w: World, database: str) -> crash_rows.Rows:
    engine = open_engine(w.postgres.direct(database))
    try:
        return crash_rows.rows(engine, by_url=True)
    finally:
        engine.dispose()


def _ahead(w: World, database: str) -> dict[str, int]:
    engine = open_engine(w.postgres.direct(database))
    try:
        with engine.connect() as connection:
            return dict(connection.execute(text(AHEAD)).one()._mapping)
    finally:
        engine.dispose()


def _count(w: World, database: str, query: str) -> int:
    engine = open_engine(w.postgres.direct(database))
    try:
        with engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())
    finally:
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
