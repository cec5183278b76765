"""Kills commands and DAGs at every write, and compares the rows with those of an undisturbed run.

    python -m benchmarks.crashes [COMMAND...] [--kills N | --each N] [--s3 SHARE] [--list] [--verbose]

A case (`crash_cases`) is a command or a DAG on two small sites, archives on loopback, a lake in a folder or in S3, and a
PostgreSQL. First it is done undisturbed, which tells its write points (`crash_points`) and its rows. Then for each point,
or for as many as its share of `--kills` allows: the same start, a real process killed there with SIGKILL, what follows
(the same command again, the task's next attempt, the next run), and the rows must be the undisturbed ones. Each capture
that lies in the lake must be loaded, rejected or erased; a rebuild of every n-th lake must have the fingerprint of its
warehouse; nothing may be left in temporary folders, no lease may block, no run may be running.

Prints a table by command and place of the kill. Exits with 1 when anything is not as it should be, and names it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.crash_campaign import Campaign, Failed, Killed, Undisturbed, campaign
from benchmarks.crash_cases import Case
from benchmarks.crash_points import Point, sample

COLUMNS = ("kills", "lost", "doubled", "different", "lake", "troubles", "litter")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", nargs="*", help="only cases whose name begins so")
    parser.add_argument("--kills", type=int, default=500, help="in all")
    parser.add_argument("--each", type=int, help="so many kills of each case instead")
    parser.add_argument("--s3", type=float, default=0.25, help="share of the kills that are on a lake in S3")
    parser.add_argument("--fresh", type=int, default=25, help="every so manieth kill is of a Python started anew")
    parser.add_argument("--rebuild", type=int, default=8, help="after every so manieth kill the lake is rebuilt")
    parser.add_argument("--twice", type=int, default=9, help="what follows every so manieth kill is killed as well")
    parser.add_argument("--no-airflow", dest="airflow", action="store_false", help="leave out what starts an Airflow")
    parser.add_argument("--list", action="store_true", help="only print the points of each case")
    parser.add_argument("--verbose", action="store_true", help="print each kill, not only those that went wrong")
    parser.add_argument("--json", type=Path, help="a file for what became of each kill")
    given = parser.parse_args()
    began = time.monotonic()
    told: list[Killed] = []
    with campaign() as c:
        for n, one in enumerate(_kills(c, given), 1):
            told.append(one)
            if given.verbose or not one.is_right:
                _print_kill(n, one)
    if given.json:
        given.json.write_text(json.dumps([one.as_json() for one in told]), encoding="utf-8")
    if given.list:
        return 0
    _print_table(told)
    wrong = sum(not one.is_right for one in told)
    print(f"{sum(one.was_killed for one in told)} kills in {time.monotonic() - began:.0f} s, {wrong} wrong; "
          f"{sum(one.asked_again for one in told)} pages asked for once more than undisturbed")  # fmt: skip
    return int(wrong > 0)


def _kills(c: Campaign, given: Any) -> Iterator[Killed]:
    chosen = [case for case in c.cases() if not given.commands or case.name.startswith(tuple(given.commands))]
    chosen = [case for case in chosen if given.airflow or case.start != "airflow"]
    pairs = [(case, False) for case in chosen] + [(case, True) for case in chosen if case.s3 and given.s3 > 0]
    known = []
    for case, is_s3 in pairs:
        try:
            plain = c.undisturbed(case, is_s3=is_s3)
        except Failed as error:
            point = Point("main", 0, "none")
            yield Killed(case=case.name, lake="s3" if is_s3 else "folder", task="", point=point, troubles=[str(error)])
            continue
        known.append((case, is_s3, plain))
        if given.list:
            _print_points(case, plain, is_s3=is_s3)
    points = sum(len(plain.points) for *_, plain in known)
    print(f"{len(known)} cases undisturbed, {points} write points", flush=True)
    if given.list:
        return
    n = 0
    for (case, is_s3, plain), most in zip(known, _shares(known, given), strict=True):
        for task, point in _sampled(plain, most):
            n += 1
            yield c.kill(
                case,
                plain,
                task,
                point,
                is_s3=is_s3,
                fresh=n % given.fresh == 0,
                rebuild=n % given.rebuild == 0,
                again_at=f"main:{1 + 7 * n % len(plain.points)}" if n % given.twice == 0 else None,
            )


def _shares(known: Sequence[tuple[Case, bool, Undisturbed]], given: Any) -> list[int]:
    """How many kills each case gets: the same, and what short ones leave goes to the others."""
    sizes = [min(len(plain.points), case.most) for case, _, plain in known]
    if given.each:
        return [min(size, given.each) for size in sizes]
    shares = [0] * len(known)
    for is_s3 in (False, True):
        mine = [n for n, (_, of_s3, _) in enumerate(known) if of_s3 is is_s3]
        left = round(given.kills * (given.s3 if is_s3 else 1 - given.s3))
        while left > 0 and (open_ := [n for n in mine if shares[n] < sizes[n]]):
            for n in open_[:left]:
                shares[n] += 1
                left -= 1
    return shares


def _sampled(plain: Undisturbed, most: int) -> list[tuple[int, Point]]:
    task_of = {id(point): task for task, point in plain.points}
    return [(task_of[id(point)], point) for point in sample([point for _, point in plain.points], most)]


def _print_points(case: Case, plain: Undisturbed, *, is_s3: bool) -> None:
    print(f"{case.name}, {'S3' if is_s3 else 'folder'}: {len(plain.points)} points, {plain.seconds:.1f} s", flush=True)
    for (role, label), n in Counter((p.role, p.label) for _, p in plain.points).items():
        print(f"    {n:4} {role} {label}")


def _print_kill(n: int, one: Killed) -> None:
    state = "right" if one.is_right else "WRONG"
    place = f"{one.case} ({one.lake}), {one.task} {one.point.spec} {one.point.label}"
    print(f"{n:4} {place}: {state}, {one.seconds:.1f} s", flush=True)
    for what, said in one.said().items():
        if said:
            tables = Counter(line.split(" ")[0] for line in said)
            print(f"       {what} {len(said)}: {dict(tables) if what in ('lost', 'doubled') else ''}")
            for line in said[:3]:
                print(f"         {line[:700]}", flush=True)


def _print_table(told: Sequence[Killed]) -> None:
    rows: dict[tuple[str, str, str], list[Killed]] = defaultdict(list)
    for one in told:
        rows[one.case, one.lake, one.point.label + (" (pool)" if one.point.role != "main" else "")].append(one)
    width = max((len(place) for _, _, place in rows), default=10)
    before = None
    for (case, lake, place), found in rows.items():
        if (case, lake) != before:
            print(f"\n{case} ({lake})\n  {'place of the kill':{width}} " + " ".join(f"{c:>9}" for c in (*COLUMNS, "s")))
            before = (case, lake)
        values = [
            sum(one.was_killed for one in found),
            *(sum(len(v) for v in c) for c in zip(*_values(found), strict=True)),
        ]
        seconds = sum(one.seconds for one in found) / len(found)
        print(f"  {place:{width}} " + " ".join(f"{v:>9}" for v in values) + f" {seconds:>9.1f}")
    print()


def _values(found: Sequence[Killed]) -> list[list[list[str]]]:
    return [list(one.said().values()) for one in found]


if __name__ == "__main__":
    sys.exit(main())
