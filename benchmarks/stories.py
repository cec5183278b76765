"""How well and how fast stories are found: `python -m benchmarks.stories [FOLDER] [--grow N]`.

FOLDER holds `wire_*.parquet` (doc_id, url, title, text, published_at, site) and `wire_*.truth.parquet` (doc_id,
true_cluster); without it a set of our own is made, which is easy and only shows that everything runs. Printed for each
set: the scores of `news-etl cluster` and of MinHash bands (datasketch, 128 permutations, word-5 shingles, thresholds .5
and .7); CPU seconds, time and peak memory of the whole job. Then the speed of keys on texts of 3.8 kB beside xxh3 of the
text, and beside the signatures of datasketch and rensa. `--grow` repeats the job on so many documents, made of the words
of the set in other orders.

A job runs in a process of its own with `--workers` processes below it. Kernels are loaded before the clock starts, CPU
seconds are of all of them, and the peak is the greatest of one process.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray
from rensa import RMinHash

from etl.relate import components, keys_of_many
from etl.relate.cluster import ClusterReport, cluster
from etl.relate.union import warm_up
from etl.stages.process.pool import process_pool

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "eval" / "dedup"
_WORD = re.compile(r"\w+")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, nargs="?", default=DEFAULT)
    arguments.add_argument("--grow", type=int, default=0, help="documents made by recombining")
    arguments.add_argument("--no-bands", action="store_true", help="leave out MinHash bands, which take minutes")
    arguments.add_argument("--no-sets", action="store_true", help="leave the sets out: speed of keys and growth only")
    arguments.add_argument("--workers", type=int, default=1, help="processes of a job")
    arguments.add_argument("--temporary", type=Path, help="folder for what is made, about 6 kB a document")
    given = arguments.parse_args()
    started = time.perf_counter()
    warm_up()
    print(f"kernels loaded or compiled in {time.perf_counter() - started:.1f} s", flush=True)
    with tempfile.TemporaryDirectory(prefix="news-etl-bench-", dir=given.temporary) as name:
        folder = Path(name)
        sets = sorted(p for p in given.folder.glob("wire_*.parquet") if ".truth" not in p.name)
        if not sets:
            print(f"no wire_*.parquet in {given.folder}: a set of our own is measured instead")
            sets = [made(folder / "wire_made.parquet", 4000)]
        for path in () if given.no_sets else sets:
            print(f"\n{path.name}")
            quality(path, folder, given.workers, bands=not given.no_bands)
        speed(pq.read_table(sets[0], columns=["text"])["text"].to_pylist())
        if given.grow:
            print(f"\n{given.grow} documents made by recombining")
            job(recombined(sets[0], folder / "grown.parquet", given.grow), folder, given.workers)


def quality(path: Path, folder: Path, workers: int, *, bands: bool) -> None:
    """Print the scores of our clusters and of MinHash bands on one set."""
    truth = pq.read_table(path.with_suffix(".truth.parquet")).sort_by("doc_id")["true_cluster"].to_numpy()
    found = (
        pq.read_table(job(path, folder, workers))
        .sort_by("doc_id")["cluster"]
        .to_numpy(zero_copy_only=False)
        .astype(str)
    )
    print(f"{'news-etl cluster':28} {scores(truth, found)}")
    if bands:
        texts = pq.read_table(path).sort_by("doc_id")["text"].to_pylist()
        sketches = [datasketch_signature(text) for text in texts]
        for threshold in (0.5, 0.7):
            print(f"{f'MinHash bands, t = {threshold}':28} {scores(truth, banded(sketches, threshold))}")


def job(path: Path, folder: Path, workers: int) -> Path:
    """Run the whole job in processes of its own, print what it took, and return where the clusters are."""
    target = folder / f"out-{path.name}"
    with process_pool(1) as pool:
        pool.submit(warm_up).result()
        done, cpu, wall, peak, spilled = pool.submit(_job, path, target, folder, workers).result()
    print(
        f"{done.documents} documents, {done.stories} stories, largest {done.largest}, {done.compared} pairs compared: "
        f"{cpu:.2f} CPU s ({done.documents / cpu:.0f}/s), {wall:.2f} s with {workers} processes, "
        f"peak of one process {peak:.0f} MB, files {spilled:.0f} MB",
        flush=True,
    )
    return target


def _job(path: Path, target: Path, folder: Path, workers: int) -> tuple[ClusterReport, float, float, float, float]:
    with tempfile.TemporaryDirectory(dir=folder) as spill:
        cpu, wall = _cpu_seconds(), time.perf_counter()
        if workers == 1:
            done = cluster(path, target, folder=Path(spill))
        else:
            with process_pool(workers) as pool:
                done = cluster(path, target, folder=Path(spill), each=pool.map, workers=workers)
        cpu, wall = _cpu_seconds() - cpu, time.perf_counter() - wall
        spilled = sum(file.stat().st_size for file in Path(spill).iterdir()) / 2**20
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    return done, cpu, wall, peak, spilled


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def scores(truth: NDArray[Any], found: NDArray[Any]) -> str:
    """Pair precision and recall and the adjusted Rand index."""
    a, b = (np.unique(x, return_inverse=True)[1].ravel() for x in (truth, found))
    cells = np.unique(np.stack([a, b], 1), axis=0, return_counts=True)[1]

    def pairs(sizes: NDArray[Any]) -> float:
        return float((sizes * (sizes - 1) // 2).sum())

    both, ours, theirs = pairs(cells), pairs(np.bincount(b)), pairs(np.bincount(a))
    chance = ours * theirs / pairs(np.array([len(a)]))
    rand = (both - chance) / max((ours + theirs) / 2 - chance, 1e-9)
    return f"pairs P {both / max(ours, 1):.4f} R {both / max(theirs, 1):.4f}  ARI {rand:.4f}  largest {np.bincount(b).max()}"


def shingles(text: str) -> set[str]:
    words = _WORD.findall(text.casefold())
    return {" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))}


def datasketch_signature(text: str) -> MinHash:
    sketch = MinHash(num_perm=128)
    sketch.update_batch([s.encode() for s in shingles(text)])
    return sketch


def banded(sketches: Sequence[MinHash], threshold: float) -> NDArray[Any]:
    """Connected components over all pairs that share a band."""
    index = MinHashLSH(threshold=threshold, num_perm=128)
    edges = []
    for number, sketch in enumerate(sketches):
        edges += [(number.to_bytes(4, "big"), int(other).to_bytes(4, "big")) for other in index.query(sketch)]
        index.insert(str(number), sketch)
    labels = np.zeros(len(sketches), np.int64)
    for story in components((n.to_bytes(4, "big") for n in range(len(sketches))), edges):
        for node in story:
            labels[int.from_bytes(node, "big")] = int.from_bytes(story[0], "big")
    return labels


def rensa_signature(text: str) -> object:
    sketch = RMinHash(num_perm=128, seed=42)
    sketch.update(list(shingles(text)))
    return sketch.digest()


def speed(texts: Sequence[str]) -> None:
    """Print texts of 3.8 kB a second on one core; the best of three."""
    sample = [
        (text * (3800 // max(1, len(text.encode())) + 1)).encode()[:3800].decode("utf-8", "ignore") for text in texts
    ]
    print(f"\ntexts of 3.8 kB a second of CPU ({len(sample)} texts; baselines on 1,000)")

    def timed(what: str, run: Callable[[Sequence[str]], object], some: Sequence[str]) -> None:
        best = 1e9
        for _ in range(3):
            cpu = time.process_time()
            run(some)
            best = min(best, time.process_time() - cpu)
        print(f"{what:28} {len(some) / best:10.0f}")

    timed("xxh3 of the text", lambda some: [xxhash.xxh3_64_intdigest(text.encode()) for text in some], sample)
    timed("keys (etl.relate)", keys_of_many, sample)
    timed("rensa, 128 permutations", lambda some: [rensa_signature(text) for text in some], sample[:1000])
    timed("datasketch, 128", lambda some: [datasketch_signature(text) for text in some], sample[:1000])


def made(path: Path, count: int) -> Path:
    """Write a set of our own: stories of random words, each with up to eight copies cut or with a dateline."""
    draw = random.Random(1)
    vocabulary = ["".join(draw.choices("abcdefghijklmnoprstuvw", k=draw.randrange(3, 10))) for _ in range(4000)]
    rows: list[tuple[Any, ...]] = []
    truth = []
    story = 0
    while len(rows) < count:
        paragraphs = [" ".join(draw.choices(vocabulary, k=50)).capitalize() + f" {n}." for n in range(10)]
        for copy in range(draw.choice((1, 1, 2, 4, 8))):
            kept = paragraphs[: draw.randrange(5, 11)]
            lead = ["PARIS (AFP) — report."] * draw.randrange(2)
            number = len(rows)
            site = f"s{draw.randrange(200)}.example"
            rows.append((number, f"https://{site}/{number}", f"Story {story}", "\n".join([*lead, *kept]), None, site))
            truth.append((number, story, copy))
        story += 1
    _write(rows, path)
    pq.write_table(
        pa.table({"doc_id": [t[0] for t in truth], "true_cluster": [t[1] for t in truth]}),
        path.with_suffix(".truth.parquet"),
    )
    return path


def recombined(source: Path, path: Path, count: int) -> Path:
    """Write documents of the words of a set in random order, in stories of one to six copies, cut more and more."""
    draw = random.Random(2)
    texts = [t.split("\n") for t in pq.read_table(source, columns=["text"])["text"].to_pylist()]
    writer = None
    number = 0
    while number < count:
        rows: list[tuple[Any, ...]] = []
        while len(rows) < 20_000 and number < count:
            lines = draw.choice(texts)
            words = " ".join(lines).split()
            draw.shuffle(words)
            body = "\n".join(" ".join(words[i : i + 45]) for i in range(0, len(words), 45))
            for copy in range(draw.choice((1, 1, 1, 3, 6))):
                site = f"s{draw.randrange(max(400, count // 50))}.example"
                cut = body[: len(body) - copy * len(body) // 12]
                rows.append((number, f"https://{site}/{number}", f"Title {number}", cut, None, site))
                number += 1
        table = _table(rows)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()
    return path


def _table(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    names = ("doc_id", "url", "title", "text", "published_at", "site")
    types = (pa.int64(), pa.string(), pa.string(), pa.string(), pa.timestamp("us"), pa.string())
    return pa.table({n: pa.array([r[i] for r in rows], t) for i, (n, t) in enumerate(zip(names, types, strict=True))})


def _write(rows: Sequence[tuple[Any, ...]], path: Path) -> None:
    pq.write_table(_table(rows), path)


if __name__ == "__main__":
    main()
