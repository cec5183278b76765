"""The baseline: trafilatura over the pages of a WARC, as a user would write it, on all cores. Prints nothing."""

from __future__ import annotations

import os
import sys
from multiprocessing import get_context
from pathlib import Path

CHUNK = 50


def work(bodies: list[bytes]) -> int:
    import trafilatura

    return sum(trafilatura.bare_extraction(body, with_metadata=True) is not None for body in bodies)


def main() -> None:
    from fastwarc import ArchiveIterator, WarcRecordType

    with Path(sys.argv[1]).open("rb") as file:
        bodies = [record.reader.read() for record in ArchiveIterator(file, record_types=WarcRecordType.response)]
    chunks = [bodies[i : i + CHUNK] for i in range(0, len(bodies), CHUNK)]
    with get_context("fork").Pool(os.cpu_count()) as pool:
        sum(pool.imap_unordered(work, chunks))


if __name__ == "__main__":
    main()
