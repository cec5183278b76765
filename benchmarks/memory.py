"""Memory of a worker over many pages: `python -m benchmarks.memory [--pages 20000] [--every 2000]`.

One process makes observations of captures, as a worker of `ingest` or of a run does. No two pages are equal: they are
our own pages, and real ones where there is a folder of them, with a number in headline and text. The resident set is
read after every so many pages, beside the peak and the number of Python's own objects. Ends with 1 when the resident
set grew by more than a tenth after the first fifth, in which models, packs and caches of the libraries are filled.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psutil

from benchmarks import corpus
from benchmarks.pages import page
from etl.extract.record import to_record
from etl.model import Capture
from etl.sources.registry import Registry
from etl.stages.process.observe import observe

SEED = 20261124
START = datetime(2026, 11, 1, tzinfo=UTC)
WARM = 0.2  # share of the pages after which memory has to stand still
GROWTH = 0.1
MIB = 1 << 20
_LARGEST = 120_000  # bytes: many pages say more of a leak than large ones


def captures(count: int) -> Iterator[Capture]:
    """Captures that differ all, the same in every run."""
    rng = random.Random(SEED)
    given = corpus.own() + corpus.real(largest=_LARGEST)
    for n in range(count):
        if n % 2:
            url, body, content_type = f"https://gazette{n % 97}.example/{n}", page(n).encode(), "text/html"
        else:
            one = given[rng.randrange(len(given))]
            url, content_type = f"{one.url}#{n}", one.content_type or "text/html"
            mark = f" {n} ".encode()
            body = one.body.replace(b"</h1>", mark + b"</h1>").replace(b"</p>", mark + b"</p>", 3)
        yield Capture(
            target_uri=url,
            captured_at=START + timedelta(seconds=n),
            payload_digest="",
            status=200,
            headers=(("Content-Type", content_type),),
            body=body,
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=20_000)
    options.add_argument("--every", type=int, default=2_000)
    given = options.parse_args()
    process, registry = psutil.Process(), Registry.of([])
    started, articles, marks = time.perf_counter(), 0, []
    print("   pages   resident     peak   objects  articles  seconds")
    for n, capture in enumerate(captures(given.pages), start=1):
        seen = observe(capture, registry=registry, resolve=lambda _: None)
        to_record(seen.page, url=seen.target_uri, source_file=None, rules_version="")
        articles += seen.page.outcome.value == "article"
        if n % given.every == 0:
            gc.collect()
            resident, peak = process.memory_info().rss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            marks.append((n, resident))
            print(
                f"{n:8} {resident / MIB:6.0f} MiB {peak / MIB:4.0f} MiB {len(gc.get_objects()):9} {articles:9} "
                f"{time.perf_counter() - started:8.0f}",
                flush=True,
            )
    warm = next((resident for n, resident in marks if n >= WARM * given.pages), 0)
    growth = marks[-1][1] / warm - 1 if warm else 0.0
    print(f"after the first {WARM:.0%}: {growth:+.1%}")
    sys.exit(0 if growth <= GROWTH else 1)


if __name__ == "__main__":
    main()
