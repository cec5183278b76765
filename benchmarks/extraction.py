"""Speed of extraction in one process beside trafilatura's: `python -m benchmarks.extraction [WARC] [--profile]`.

Baseline: `trafilatura.bare_extraction(with_metadata=True)` over the same pages. Ours is `extract_page` with all that it
does: decoding, metadata, text, cleaning, language, outcome. Both take turns at pieces of the pages, and of each piece
the best of several turns counts, in seconds of the processor, since the machine may be busy. `--profile` prints where
our time goes instead.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import corpus
from benchmarks.corpus import Given

TURNS = 3
PIECE = 50
WARM = 20  # pages read before the clock runs: models and packs are loaded with the first ones
CAPTURED_AT = datetime(2026, 11, 24, tzinfo=UTC)


def ours(given: Given) -> bool:
    from etl.extract.page import extract_page

    page = extract_page(given.body, url=given.url, captured_at=CAPTURED_AT, content_type=given.content_type)
    return bool(page.text)


def plain(given: Given) -> bool:
    import trafilatura

    return trafilatura.bare_extraction(given.body, with_metadata=True) is not None


def seconds(read: Callable[[Given], bool], piece: list[Given]) -> float:
    gc.collect()
    started = time.process_time()
    for given in piece:
        read(given)
    return time.process_time() - started


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("warc", nargs="?", type=Path, help="pages to read; else those of the sample newsroom")
    options.add_argument("--pages", type=int, default=1_000, help="read no more than the first ones")
    options.add_argument("--turns", type=int, default=TURNS)
    options.add_argument("--profile", action="store_true")
    given = options.parse_args()
    pages = (corpus.of_warc(given.warc) if given.warc else corpus.own())[: given.pages]
    for page in pages[:WARM]:
        ours(page), plain(page)
    if given.profile:
        profile = cProfile.Profile()
        profile.runcall(seconds, ours, pages)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(60)
        return
    pieces = [pages[at : at + PIECE] for at in range(0, len(pages), PIECE)]
    best = [[float("inf")] * len(pieces) for _ in range(2)]
    for _ in range(given.turns):
        for n, piece in enumerate(pieces):
            for which, read in enumerate((plain, ours)):
                best[which][n] = min(best[which][n], seconds(read, piece))
    loop, extraction = (sum(one) for one in best)
    print(f"{len(pages)} pages, one process, best of {given.turns}")
    for what, spent in (("trafilatura with metadata", loop), ("extract_page", extraction)):
        print(f"{what:26} {spent:7.2f} s   {len(pages) / spent:7.1f} pages/s")
    print(f"{'extract_page / trafilatura':26} {loop / extraction:7.2f} times the pages/s")


if __name__ == "__main__":
    main()
