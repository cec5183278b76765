"""Stories of a Parquet file, without a database: the same rules and functions as the warehouse, out of core.

    url, site, title, text ─────→ URL keys, which give ranks; texts in NFC, spilled (`etl.relate.spill`)
    texts of a sample ──────────→ lines that a site prints on its pages
    texts ─without them→ keys ──→ spilled to files
    keys, a part at a time ─────→ which texts share any
    texts of those ─────────────→ signatures, in a file that is mapped
    buckets ─verify→ components → doc_id, cluster

Texts are read batch by batch and never held together. What is held in memory of a document is its URL key, its place and
some keys of a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from etl.clean.site_lines import SAMPLE
from etl.relate import rules
from etl.relate.candidates import pairs_of_ranked
from etl.relate.components import Edge, digests, label, split_component
from etl.relate.keys import keys_of_pieces
from etl.relate.signatures import FACTS, PARTS, Signatures, signatures_of_pieces
from etl.relate.spill import Part, Texts, file_of, parts_of, spill_texts, texts_of
from etl.relate.template_lines import SiteLines, Template, learnt, template, without_lines
from etl.relate.union import link, unite
from etl.relate.verify import EDGE, HOLDS, IS_HELD, WEAK, compare_pairs

KEYS_AT_ONCE = 16_000_000  # rows of (key, text) sorted together: 200 MB
SAMPLE_AT_ONCE = 100_000  # texts of samples held together: some 400 MB

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]


class Each(Protocol):
    """Calls a function for each item, in order, perhaps in other processes: `map`, or a pool's."""

    def __call__(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterReport:
    """What came out."""

    documents: int
    stories: int  # of two or more documents
    largest: int
    compared: int  # pairs
    split: int  # components that were too loose, and were split
    flagged: int  # stories that need a review


def cluster(
    source: Path, target: Path, *, folder: Path, site_lines: SiteLines | None = None, each: Each = map, workers: int = 1
) -> ClusterReport:
    """Write `doc_id, cluster` for every row of `source` (doc_id, url, title, text, published_at, site), in its order.

    `folder` is for spill files and may be deleted afterwards. Without `site_lines` they are first learnt from the whole
    file. A cluster's label is a function of its URL keys. Raises Permanent if the file does not have the expected form.
    """
    parts = parts_of(source, workers)
    found = list(each(partial(spill_texts, source, folder), parts))
    rows = np.concatenate([x[0] for x in found] or [np.zeros(0, np.int64)])
    url_keys = np.concatenate([x[1] for x in found] or [np.zeros((0, 32), np.uint8)])[np.argsort(rows)]
    sites = np.concatenate([x[2] for x in found] or [np.zeros(0, np.uint64)])[np.argsort(rows)]
    count = len(url_keys)
    words = url_keys.view(">u8")
    order = np.lexsort((words[:, 3], words[:, 2], words[:, 1], words[:, 0])) if count else np.zeros(0, np.int64)
    ranks = np.empty(count, np.int64)
    ranks[order] = np.arange(count)

    lines = site_lines if site_lines is not None else _learn(folder, parts, url_keys, order, sites, each, workers)
    spilled = list(each(partial(_spill_keys, folder, lines), parts))
    parents = np.arange(count, dtype=np.int64)
    _unite_same_key(parents, words[order])
    total = sum(spilled)
    pieces = max(1, -(-total // KEYS_AT_ONCE))

    needed = np.zeros(count, np.bool_)
    for piece in range(pieces):
        keys, at = _keys_of_piece(folder, parts, piece, pieces)
        order_of_keys = np.argsort(keys, kind="stable")
        keys = keys[order_of_keys]
        shared = np.zeros(len(keys), np.bool_)
        same = keys[1:] == keys[:-1]
        shared[1:] |= same
        shared[:-1] |= same
        needed[at[order_of_keys][shared]] = True
    signatures, row_of = _signatures(folder, lines, parts, needed, ranks, each)
    compared = 0
    held = [np.zeros((0, 3), np.int64)]
    for piece in range(pieces):
        keys, at = _keys_of_piece(folder, parts, piece, pieces)
        keep = needed[at]
        count_of_piece, held_in_piece = link(keys[keep], ranks[at[keep]].astype(np.uint32), parents, row_of, signatures)
        compared += count_of_piece
        held.append(held_in_piece)
    doubtful = np.unique(np.concatenate(held), axis=0)
    nobodys = _unite_doubtful(parents, doubtful, sites[order], partial(_keys_of_ranks, folder, parts, ranks))

    groups = _groups(parents)
    labels, split, flagged = _labels(
        groups, url_keys[order], partial(_edges_within, folder, parts, ranks, row_of, signatures, nobodys)
    )
    _write(source, target, labels[ranks])
    sizes = np.unique(labels, return_counts=True)[1]
    return ClusterReport(
        documents=count,
        stories=int((sizes > 1).sum()),
        largest=int(sizes.max(initial=0)),
        compared=compared,
        split=split,
        flagged=flagged,
    )


def _learn(
    folder: Path, parts: Sequence[Part], url_keys: U8, order: I64, sites: NDArray[np.uint64], each: Each, workers: int
) -> SiteLines:
    """Learn the lines of every site from its 200 articles with the lowest URL keys."""
    by_site = order[np.argsort(sites[order], kind="stable")]  # sites together, each in the order of URL keys
    site_of = sites[by_site]
    starts = np.flatnonzero(np.append(True, site_of[1:] != site_of[:-1])) if len(by_site) else np.zeros(0, np.int64)
    place = np.arange(len(by_site)) - np.repeat(starts, np.diff(np.append(starts, len(by_site))))
    chosen = by_site[(place < SAMPLE) & (site_of != 0)]
    sampled = np.zeros(len(sites), np.bool_)
    sampled[chosen] = True
    groups = max(workers, -(-len(chosen) // SAMPLE_AT_ONCE))
    group_of = np.where(sampled, (sites % np.uint64(groups)).astype(np.int64), -1)
    learn_group = partial(_learn_group, folder, parts, url_keys, group_of)
    return {site: lines for part in each(learn_group, range(groups)) for site, lines in part.items()}


def _learn_group(folder: Path, parts: Sequence[Part], url_keys: U8, group_of: I64, group: int) -> dict[str, Template]:
    articles: dict[str, list[tuple[bytes, bytes, U64]]] = {}
    for part in parts:
        for some in texts_of(folder, part, lambda rows: group_of[rows] == group):
            for i, (row, site, text) in enumerate(zip(some.rows.tolist(), some.sites, some.texts, strict=True)):
                lines = some.lines[some.starts[i] : some.starts[i + 1]]
                articles.setdefault(site, []).append((url_keys[row].tobytes(), text, lines))
    found = {site: learnt(texts) for site, texts in articles.items()}
    return {site: template(lines) for site, lines in found.items() if lines}


def _kept(some: Texts, lines: SiteLines) -> list[bytes]:
    return without_lines(some.texts, some.sites, lines, some.lines, some.starts)


def _spill_keys(folder: Path, lines: SiteLines, part: Part) -> int:
    """Write (key, row) of a part to files; return how many keys."""
    keys, owners = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for some in texts_of(folder, part):
        texts = _kept(some, lines)
        offsets, found = keys_of_pieces(texts)
        sizes = np.diff(offsets)
        keys.append(found)
        owners.append(np.repeat(some.rows, sizes))
    np.save(file_of(folder, part, "keys.npy"), np.concatenate(keys))
    np.save(file_of(folder, part, "rows.npy"), np.concatenate(owners).astype(np.uint32))
    return sum(map(len, keys))


def _keys_of_piece(folder: Path, parts: Sequence[Part], piece: int, pieces: int) -> tuple[I64, I64]:
    """Return the (key, row) of a share of all keys; all rows of a key are in one piece."""
    keys, rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for part in parts:
        found = np.load(file_of(folder, part, "keys.npy"), mmap_mode="r")
        mine = slice(None) if pieces == 1 else np.flatnonzero(found % pieces == piece)
        keys.append(np.asarray(found[mine]))
        rows.append(np.load(file_of(folder, part, "rows.npy"), mmap_mode="r")[mine].astype(np.int64))
    return np.concatenate(keys), np.concatenate(rows)


def _unite_same_key(parents: I64, words: NDArray[np.uint64]) -> None:
    """Join rows of one URL key."""
    for index in np.flatnonzero((words[1:] == words[:-1]).all(axis=1)).tolist():
        unite(parents, index, index + 1)


def _unite_doubtful(
    parents: I64, doubtful: I64, site_of: NDArray[np.uint64], keys_of: Callable[[I64], Callable[[int], Iterable[int]]]
) -> set[int]:
    """Join what depends on which texts are digests; return the digests."""
    found = doubtful[:, 2]
    held = np.concatenate([doubtful[found & HOLDS > 0, :2], doubtful[found & IS_HELD > 0, 1::-1]])
    none = digests(map(tuple, held.tolist()), lambda rank: int(site_of[rank]) or None, keys_of(np.unique(held[:, 1])))
    is_none = np.isin(doubtful[:, :2], list(none)).any(axis=1)
    for a, b in doubtful[(found & EDGE > 0) & ~(is_none & (found & WEAK > 0)), :2].tolist():
        unite(parents, a, b)
    return none


def _keys_of_ranks(folder: Path, parts: Sequence[Part], ranks: I64, wanted: I64) -> Callable[[int], list[int]]:
    """Return a function that gives the keys of some ranks; only these are held in memory."""
    keys, rows = _keys_of_piece(folder, parts, 0, 1)
    owners = ranks[rows]
    mine = np.flatnonzero(np.isin(owners, wanted))
    mine = mine[np.argsort(owners[mine], kind="stable")]
    starts = np.searchsorted(owners[mine], wanted)
    ends = np.searchsorted(owners[mine], wanted, side="right")
    found = dict(zip(wanted.tolist(), zip(starts.tolist(), ends.tolist(), strict=True), strict=True))

    def keys_of(rank: int) -> list[int]:
        start, end = found[rank]
        return keys[mine[start:end]].tolist()  # type: ignore[no-any-return]

    return keys_of


def _signatures(
    folder: Path,
    lines: SiteLines,
    parts: Sequence[Part],
    needed: NDArray[np.bool_],
    ranks: I64,
    each: Each,
) -> tuple[Signatures, I64]:
    """Sign the needed texts into one mapped file; return them, and the signature's row by rank."""
    ats, facts = [np.zeros((0, PARTS), np.int64)], [np.zeros((0, FACTS), np.int64)]
    row_of = np.full(len(ranks), -1, np.int64)
    count = length = 0
    path = folder / "signatures"
    with path.open("wb") as out:
        for part, (rows, at, known) in zip(parts, each(partial(_sign, folder, lines, needed), parts), strict=True):
            spilled = file_of(folder, part, "signatures")
            with spilled.open("rb") as one:
                while chunk := one.read(1 << 20):
                    out.write(chunk)
            spilled.unlink()
            row_of[ranks[rows]] = np.arange(count, count + len(rows))
            ats.append(at + length)
            facts.append(known)
            count += len(rows)
            length = out.tell() // 4
    data = np.memmap(path, np.uint32, "r") if length else np.zeros(0, np.uint32)
    return Signatures(data=np.asarray(data), at=np.concatenate(ats), facts=np.concatenate(facts)), row_of


def _sign(folder: Path, lines: SiteLines, needed: NDArray[np.bool_], part: Part) -> tuple[I64, I64, I64]:
    """Write the signatures of a part's needed texts to a file; return their rows and what the file does not hold."""
    rows, ats, facts = [np.zeros(0, np.int64)], [np.zeros((0, PARTS), np.int64)], [np.zeros((0, FACTS), np.int64)]
    length = 0
    with file_of(folder, part, "signatures").open("wb") as out:
        for some in texts_of(folder, part, lambda rows: needed[rows]):
            signed = signatures_of_pieces(_kept(some, lines), some.titles, some.facts)
            out.write(signed.data.tobytes())
            rows.append(some.rows)
            ats.append(signed.at + length)
            facts.append(signed.facts)
            length += len(signed.data)
    return np.concatenate(rows), np.concatenate(ats), np.concatenate(facts)


def _groups(parents: I64) -> I64:
    """Return the representative of every node."""
    while True:
        shorter = parents[parents]
        if (shorter == parents).all():
            return shorter
        parents = shorter


def _edges_within(
    folder: Path,
    parts: Sequence[Part],
    ranks: I64,
    row_of: I64,
    signatures: Signatures,
    nobodys: set[int],
    members: I64,
) -> Iterator[tuple[int, int, float, float, float]]:
    """Yield all edges among members (ranks): what `split_component` looks at. Compared in full; few components are so large."""
    inside = np.zeros(len(ranks), np.bool_)
    inside[members] = True
    keys, rows = _keys_of_piece(folder, parts, 0, 1)
    mine = inside[ranks[rows]]
    left, right = pairs_of_ranked(keys[mine], ranks[rows[mine]].astype(np.uint32))
    scores = compare_pairs(signatures, row_of[left], row_of[right])
    for i in np.flatnonzero(scores.is_edge).tolist():
        if scores.found[i] & WEAK and (int(left[i]) in nobodys or int(right[i]) in nobodys):
            continue
        yield (
            int(left[i]),
            int(right[i]),
            float(scores.containment[i]),
            float(scores.anchors[i]),
            float(scores.jaccard[i]),
        )


def _labels(
    groups: I64, url_keys: U8, edges_within: Callable[[I64], Iterable[tuple[int, int, float, float, float]]]
) -> tuple[NDArray[Any], int, int]:
    """Return the label of every rank, and how many components were split and stories flagged."""
    labels = np.empty(len(groups), "U36")
    split = flagged = 0
    for least in np.unique(groups).tolist():
        labels[least] = str(label([url_keys[least].tobytes()]))
    labels = labels[groups]
    found, sizes = np.unique(groups, return_counts=True)
    for least in found[sizes > rules.SUSPICIOUS].tolist():
        members = np.flatnonzero(groups == least)
        names = [url_keys[rank].tobytes() for rank in members.tolist()]
        rank_of = dict(zip(names, members.tolist(), strict=True))
        edges = [
            Edge(a=url_keys[a].tobytes(), b=url_keys[b].tobytes(), containment=c, anchors=x, jaccard=j)
            for a, b, c, x, j in edges_within(members)
        ]
        stories = split_component(names, edges)
        split += len(stories) > 1
        flagged += sum(story.is_flagged for story in stories)
        for story in stories:
            labels[[rank_of[name] for name in story.members]] = str(label(story.members))
    return labels, split, flagged


def _write(source: Path, target: Path, labels: NDArray[Any]) -> None:
    """Write the labels beside the documents' ids, in the order of the input."""
    file = pq.ParquetFile(source)
    schema = pa.schema([file.schema_arrow.field("doc_id"), pa.field("cluster", pa.string())])
    row = 0
    with pq.ParquetWriter(target, schema) as writer:
        for batch in file.iter_batches(1 << 16, columns=["doc_id"]):
            names = pa.array(labels[row : row + batch.num_rows].tolist(), pa.string())
            writer.write_batch(pa.record_batch([batch.column(0), names], schema=schema))
            row += batch.num_rows
