"""Speed of whole commands beside their baseline, in one run: `make bench`, or `python -m benchmarks.speed [WARC]`.

Baseline of `ingest`: a plain loop of `trafilatura.bare_extraction(with_metadata=True)` over the same pages, with as
many processes as `ingest` uses, started the same way. Both are timed as whole commands, start-up included; `ingest`
also stores, loads and indexes. Runs alternate, and the best of each counts, since the machine may be busy.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = 3
PAGES = 400


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="news-etl-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        archive = Path(sys.argv[1]) if len(sys.argv) > 1 else _sample(folder)
        pages = _pages(archive)
        print(f"{archive.name}: {pages} pages, {os.cpu_count()} processes, best of {REPEATS}")
        baseline, ingest, again = [], [], []
        for n in range(REPEATS):
            baseline.append(_timed([sys.executable, "-m", "benchmarks.plain_loop", str(archive)]))
            home = folder / f"home{n}"
            env = {**os.environ, "NEWS_ETL_HOME": str(home)}
            command = [str(Path(sys.executable).with_name("news-etl"))]
            subprocess.run([*command, "migrate"], env=env, check=True, stdout=subprocess.DEVNULL)
            ingest.append(_timed([*command, "ingest", "--json", str(archive)], env))
            again.append(_timed([*command, "ingest", "--json", str(archive)], env))
            subprocess.run([*command, "down"], env=env, check=True, stdout=subprocess.DEVNULL)
            shutil.rmtree(home, ignore_errors=True)
        for what, times in (("plain trafilatura loop", baseline), ("news-etl ingest", ingest), ("ingest again", again)):
            print(f"{what:24} {min(times):7.2f} s   {pages / min(times):8.1f} pages/s")
        print(f"ingest / loop            {min(baseline) / min(ingest):7.2f} times the pages/s")


def _timed(command: list[str], env: dict[str, str] | None = None) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _sample(folder: Path) -> Path:
    """A WARC of the sample newsroom's pages, repeated under other URLs."""
    from benchmarks.pages import write_archive

    return write_archive(folder / "sample.warc.gz", PAGES)


def _pages(archive: Path) -> int:
    from etl.lake import warc
    from etl.lake.local import LocalStore

    return sum(x.captures for x in warc.scan(LocalStore(archive.resolve().parent), archive.name))


if __name__ == "__main__":
    main()
