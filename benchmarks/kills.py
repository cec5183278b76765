"""Kills `news-etl ingest` at random moments and runs it again: `python -m benchmarks.kills [TIMES] [WARC]`.

Each time: an empty warehouse and lake, a kill -9 at a random moment of the command, a second run to its end. The
fingerprint must be that of an undisturbed run every time, and also when the archive comes in five pieces in another
order. Exits with 1 when one differs. The seed is printed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.pages import write_archive

NEWS_ETL = str(Path(sys.executable).with_name("news-etl"))
PAGES = 300
SEED = 20261124
WIPE = (
    "import sys; from sqlalchemy import text; from etl import settings; from etl.warehouse import engine; from etl.warehouse.schema import migrate;"
    "e = engine.connect(settings.load()); c = e.connect();"
    "[c.execute(text(f'DROP SCHEMA IF EXISTS {s} CASCADE')) for s in ('news', 'core', 'ops')]; c.commit();"
    "migrate.upgrade(e)"
)


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory(prefix="news-etl-kills-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        whole, pieces = _archives(folder)
        env = {**os.environ, "NEWS_ETL_HOME": str(folder / "home")}
        try:
            return _compare(env, folder, whole, pieces, times)
        finally:
            subprocess.run([NEWS_ETL, "down"], env=env, check=True, stdout=subprocess.DEVNULL)


def _compare(env: dict[str, str], folder: Path, whole: Path, pieces: list[Path], times: int) -> int:
    rng = random.Random(SEED)
    _wipe(env, folder)
    started = time.monotonic()
    _ingest(env, whole)
    usual_s = time.monotonic() - started
    wanted = _fingerprint(env)
    print(f"undisturbed: {usual_s:.1f} s, fingerprint {wanted[:16]}, seed {SEED}", flush=True)
    _wipe(env, folder)
    for piece in rng.sample(pieces, len(pieces)):
        _ingest(env, piece)
    wrong = int(_fingerprint(env) != wanted)
    print(f"five pieces in another order: {'different' if wrong else 'the same'}", flush=True)
    for n in range(times):
        _wipe(env, folder)
        process = subprocess.Popen([NEWS_ETL, "ingest", "--json", str(whole)], env=env, stdout=subprocess.DEVNULL)
        moment = rng.uniform(0.05, usual_s)
        time.sleep(moment)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        _ingest(env, whole)
        is_same = _fingerprint(env) == wanted
        wrong += not is_same
        print(f"kill {n + 1:3} after {moment:5.2f} s: {'the same' if is_same else 'DIFFERENT'}", flush=True)
    print(f"{times} kills, {wrong} differ")
    return int(wrong > 0)


def _archives(folder: Path) -> tuple[Path, list[Path]]:
    """One archive, and the same captures in five."""
    if len(sys.argv) > 2:
        return _cut(Path(sys.argv[2]), folder)
    step = PAGES // 5
    ranges = [range(i, i + step) for i in range(0, PAGES, step)]
    pieces = [write_archive(folder / f"{r.start}.warc.gz", PAGES, numbers=r) for r in ranges]
    return write_archive(folder / "whole.warc.gz", PAGES), pieces


def _cut(archive: Path, folder: Path) -> tuple[Path, list[Path]]:
    """The first pages of a given archive, whole and in five pieces; each gzip member is a record."""
    from etl.lake import warc
    from etl.lake.local import LocalStore

    data = archive.read_bytes()
    ranges = warc.scan(LocalStore(archive.resolve().parent), archive.name, records=PAGES // 5)[:5]
    pieces = []
    for n, r in enumerate(ranges):
        pieces.append(folder / f"{n}.warc.gz")
        pieces[-1].write_bytes(data[r.start : r.end])
    whole = folder / "whole.warc.gz"
    whole.write_bytes(data[: ranges[-1].end])
    return whole, pieces


def _wipe(env: dict[str, str], folder: Path) -> None:
    shutil.rmtree(folder / "home" / "lake", ignore_errors=True)
    subprocess.run([sys.executable, "-c", WIPE], env=env, check=True)


def _ingest(env: dict[str, str], archive: Path) -> None:
    subprocess.run([NEWS_ETL, "ingest", "--json", str(archive)], env=env, check=True, stdout=subprocess.DEVNULL)


def _fingerprint(env: dict[str, str]) -> str:
    command = [NEWS_ETL, "status", "--fingerprint"]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
