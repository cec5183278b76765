"""Damaged pages by the thousand: `python -m benchmarks.mutations [--from 0] [--to 20000] [--processes 2] [--log FILE]`.

Page `n` is the same in every run: one of our own pages, or of a folder of real ones where there is one, damaged once to
three times (`benchmarks/damage.py`). Each has to give a record: no exception, no more than 10 seconds of a processor, no
more than 1 GiB. A process that is silent for a minute is ended, and its page counted as a hang. Ends with 1 when a page
broke a limit. With `--log` a run adds to the lines of earlier ones, and the summary is over all of them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import sys
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks import corpus
from benchmarks.corpus import Given

SEED = 20261124
SECONDS = 10.0
SILENT_S = 60.0  # of the wall: others work on the machine, too
MIB = 1024
CAPTURED_AT = datetime(2026, 11, 24, tzinfo=UTC)
URLS = ("", "urn:x", "http://[bad", "https://é.example/ü", "//", "http://a.example:port/")
_LARGEST = 50_000  # bytes of a real page that is taken: twenty thousand pages are to end within half an hour

_GIVEN: list[Given] = []  # read once in each process


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one page; `error` is the end of a traceback."""

    number: int
    damage: str
    outcome: str
    seconds: float
    peak_mib: int
    size: int
    error: str = ""


def read(number: int) -> Result:
    """Damage page `number` and extract it, with everything that is done to a record."""
    from benchmarks.damage import CONTENT_TYPES, mutated
    from etl.clean.engine import rebuild
    from etl.extract.page import extract_page
    from etl.extract.record import to_record

    rng = random.Random(f"{SEED} {number}")
    given = _pages()[rng.randrange(len(_pages()))]
    body, damage = mutated(given.body, rng)
    url = given.url if rng.random() < 0.9 else rng.choice(URLS)
    content_type = given.content_type if rng.random() < 0.5 else rng.choice(CONTENT_TYPES)
    error, outcome = "", "exception"
    started = time.process_time()
    try:
        page = extract_page(body, url=url, captured_at=CAPTURED_AT, content_type=content_type)
        json.dumps(to_record(page, url=url, source_file=None, rules_version="")).encode()
        whole = rebuild(page.text, page.removed)
        assert all(whole[cut.start : cut.end] == cut.text for cut in page.removed), "cuts and text do not fit"
        outcome = page.outcome.value
    except Exception:
        error = traceback.format_exc(limit=-4)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB
    return Result(
        number=number, damage=damage, outcome=outcome, seconds=seconds, peak_mib=peak, size=len(body), error=error
    )


def _pages() -> list[Given]:
    if not _GIVEN:
        _GIVEN.extend(corpus.own() + corpus.real(largest=_LARGEST))
    return _GIVEN


def work(numbers: list[int], to_parent: Connection) -> None:
    """Send a number before its page is read, so that the parent knows which one hangs, and the result after."""
    for number in numbers:
        to_parent.send(number)
        to_parent.send(read(number))
    to_parent.close()


@dataclass(slots=True)
class Worker:
    """A process, the numbers that it has before it, and the one that it works on."""

    process: BaseProcess
    results: Connection
    numbers: list[int]
    current: int | None = None
    since: float = 0.0


def run(numbers: list[int], seconds: float, *, processes: int = 2) -> list[Result]:
    """The results of these pages; after `seconds` the rest is left out."""
    ends = time.monotonic() + seconds
    workers = [_started(numbers[k::processes]) for k in range(processes)]
    found: list[Result] = []
    while workers and time.monotonic() < ends:
        ready = wait([w.results for w in workers], timeout=1.0)
        for worker in list(workers):
            if worker.results in ready:
                try:
                    message = worker.results.recv()
                except EOFError:
                    workers.remove(worker)
                    if worker.current is not None:  # it was killed, or crashed in C
                        code = worker.process.exitcode
                        found.append(_lost(worker, f"the process ended ({code})"))
                        workers.append(_started(worker.numbers))
                    continue
                if isinstance(message, Result):
                    found.append(message)
                    worker.current = None
                else:
                    worker.current, worker.since = message, time.monotonic()
                    worker.numbers.remove(message)
            elif worker.current is not None and time.monotonic() - worker.since > SILENT_S:
                worker.process.kill()
                workers.remove(worker)
                found.append(_lost(worker, "it hangs"))
                workers.append(_started(worker.numbers))
    for worker in workers:
        worker.process.kill()
    return found


def _started(numbers: list[int]) -> Worker:
    ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=work, args=(list(numbers), theirs), daemon=True)
    process.start()
    theirs.close()
    return Worker(process=process, results=ours, numbers=list(numbers))


def _lost(worker: Worker, why: str) -> Result:
    return Result(
        number=worker.current or 0,
        damage="",
        outcome="lost",
        seconds=time.monotonic() - worker.since,
        peak_mib=0,
        size=0,
        error=why,
    )


def summary(found: list[Result]) -> bool:
    """Print the figures; whether every page kept the limits."""
    outcomes = Counter(r.outcome for r in found)
    slow = [r for r in found if r.seconds > SECONDS]
    times = sorted(r.seconds for r in found) or [0.0]
    peak = max((r.peak_mib for r in found), default=0)
    print(f"{len(found)} damaged pages: " + ", ".join(f"{name} {count}" for name, count in outcomes.most_common()))
    print(
        f"seconds a page: median {times[len(times) // 2]:.3f}, 99% {times[int(0.99 * len(times))]:.2f}, "
        f"most {times[-1]:.1f}; over {SECONDS:g} s: {len(slow)}; peak of a process {peak} MiB"
    )
    for r in sorted(found, key=lambda r: -r.seconds)[:5]:
        print(f"  {r.seconds:6.2f} s  page {r.number}  {r.size} bytes  {r.damage}")
    for r in [r for r in found if r.error][:20]:
        print(f"page {r.number} ({r.damage}): {r.error}")
    return not slow and peak <= 1024 and not any(r.error for r in found)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--from", dest="first", type=int, default=0)
    options.add_argument("--to", dest="last", type=int, default=20_000)
    options.add_argument("--seconds", type=float, default=7200.0, help="stop after this time")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--log", type=Path, help="a file of results, added to; pages in it are not read again")
    given = options.parse_args()
    known = _logged(given.log)
    numbers = sorted(set(range(given.first, given.last)) - {r.number for r in known})
    found = run(numbers, given.seconds, processes=given.processes)
    if given.log:
        with given.log.open("a", encoding="utf-8") as log:
            log.writelines(json.dumps(asdict(result)) + "\n" for result in found)
    sys.exit(0 if summary(known + found) else 1)


def _logged(path: Path | None) -> list[Result]:
    if path is None or not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    main()
