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

import signal
import sys
from collections import Counter
from collections.abc import Sequence

from benchmarks.fault_database import postgres_faults
from benchmarks.fault_places import disk_faults, s3_faults
from benchmarks.fault_trials import Result

KINDS = ("postgres", "s3", "disk")


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


if __name__ == "__main__":
    sys.exit(main())
