"""Faults of the places that commands write to, for `benchmarks.faults`: S3 stores, and disks of lake, output and temporary files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import fault_s3
from benchmarks.fault_postgres import Ballast, small_disk
from benchmarks.fault_trials import Result, nothing, tried_if_wanted, world
from benchmarks.fault_world import PLACE, Ground, World, named, scenarios


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
                begin=nothing,
                end=nothing,
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
            yield from tried_if_wanted(w, ground, "40 open files", begin=nothing, end=nothing, files=40)
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
