"""Texts of a Parquet file, read and brought to NFC once, then kept in files that are read again batch by batch.

    row groups of the source ─→ a share of the batches for each call (`Part`)
    url, site, title, text ───→ URL keys and numbers of sites, held in memory
                           └──→ rows, sites, titles, texts in NFC and hashes of their lines, in an Arrow file

Decompressing a text and normalizing it to NFC takes longer than signing it, and a job needs texts three times: for learning
site lines, for keys, and for comparing. The files take as much space as the texts uncompressed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from etl.errors import Permanent, Quarantine
from etl.relate.signatures import DAY, PAGE, SITE, facts_of
from etl.relate.template_lines import line_hashes
from etl.relate.utf8 import nfc_pieces
from etl.urls import url_key

COLUMNS = ("doc_id", "url", "title", "text", "published_at", "site")
BATCH = 2048  # texts at once

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("site", pa.string()),
        ("day", pa.int64()),
        ("page", pa.int64()),
        ("title", pa.large_binary()),
        ("text", pa.large_binary()),
        ("lines", pa.list_(pa.uint64())),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The input of one call: a share of the batches of one row group."""

    row_group: int
    first_row: int
    share: int
    shares: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Some texts of a part."""

    rows: I64  # of the source
    sites: list[str]
    facts: I64  # `etl.relate.signatures.facts_of`
    titles: list[bytes]  # NFC in UTF-8, as are texts
    texts: list[bytes]
    lines: U64  # a hash of each line (`etl.relate.template_lines.line_hashes`);
    starts: I64  # those of text i are lines[starts[i]:starts[i + 1]]


def parts_of(source: Path, workers: int) -> list[Part]:
    """Return parts for all rows of a file, at least as many as workers. Raises Permanent if it is not what is expected."""
    if not source.is_file():
        raise Permanent(f"{source}: {'is a folder' if source.is_dir() else 'no such file'}; give a Parquet file")
    try:
        file = pq.ParquetFile(source)
    except (OSError, pa.ArrowException) as error:
        raise Permanent(f"{source} cannot be read as a Parquet file: {error}") from error
    missing = [name for name in COLUMNS if name != "published_at" and name not in file.schema_arrow.names]
    if missing:
        raise Permanent(f"{source} has no column {', '.join(missing)}; needed are {', '.join(COLUMNS)}")
    for name in COLUMNS:
        kind = file.schema_arrow.field(name).type if name in file.schema_arrow.names else pa.null()
        if name not in ("doc_id", "published_at") and not _is_text(kind):
            raise Permanent(f"{source}: the column {name} is of type {kind}; text is needed")
    groups = file.metadata.num_row_groups
    shares = max(1, -(-workers // max(1, groups)))
    parts = []
    first = 0
    for group in range(groups):
        parts += [Part(row_group=group, first_row=first, share=i, shares=shares) for i in range(shares)]
        first += file.metadata.row_group(group).num_rows
    return parts


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    types = pa.types
    return any((types.is_null(kind), types.is_string(kind), types.is_large_string(kind), types.is_string_view(kind)))


def file_of(folder: Path, part: Part, what: str) -> Path:
    """Return the path of what is spilled of a part."""
    return folder / f"{part.row_group}-{part.share}.{what}"


def spill_texts(source: Path, folder: Path, part: Part) -> tuple[I64, U8, U64]:
    """Write the texts of a part to its file; return row numbers, URL keys and numbers of sites."""
    rows, keys, sites = [np.zeros(0, np.int64)], [b""], [np.zeros(0, np.uint64)]
    with (
        pa.OSFile(str(file_of(folder, part, "texts")), "wb") as out,
        pa.ipc.new_file(out, _SCHEMA) as writer,
    ):
        for row, batch in _batches(source, part):
            names = _strings(batch, "site")
            urls = _strings(batch, "url")
            facts = facts_of(names, _days(batch), urls)
            texts = _nfc(batch, "text")
            hashes, starts = line_hashes(texts)
            numbers = np.arange(row, row + batch.num_rows)
            columns = [
                pa.array(numbers),
                pa.array(names, pa.string()),
                pa.array(facts[:, DAY]),
                pa.array(facts[:, PAGE]),
                pa.array(_nfc(batch, "title"), pa.large_binary()),
                pa.array(texts, pa.large_binary()),
                pa.ListArray.from_arrays(pa.array(starts, pa.int32()), pa.array(hashes)),
            ]
            writer.write_batch(pa.record_batch(columns, schema=_SCHEMA))
            rows.append(numbers)
            keys.extend(map(_key, urls))
            sites.append(facts[:, SITE].view(np.uint64))
    return np.concatenate(rows), np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 32), np.concatenate(sites)


def texts_of(folder: Path, part: Part, choose: Callable[[I64], NDArray[np.bool_]] | None = None) -> Iterator[Texts]:
    """Yield what was spilled of a part, batch by batch; with `choose` only rows for which it says so."""
    with pa.OSFile(str(file_of(folder, part, "texts")), "rb") as file, pa.ipc.open_file(file) as reader:
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            if choose:
                mine = np.flatnonzero(choose(batch.column("row").to_numpy()))
                if not len(mine):
                    continue
                batch = batch.take(pa.array(mine))
            lines = batch.column("lines")
            names = batch.column("site").to_pylist()
            facts = facts_of(names, [None] * len(names), [None] * len(names))
            facts[:, DAY], facts[:, PAGE] = batch.column("day").to_numpy(), batch.column("page").to_numpy()
            yield Texts(
                rows=batch.column("row").to_numpy(),
                sites=names,
                facts=facts,
                titles=batch.column("title").to_pylist(),
                texts=batch.column("text").to_pylist(),
                lines=lines.flatten().to_numpy(),
                starts=np.append(0, np.cumsum(lines.value_lengths().to_numpy())),
            )


def _batches(source: Path, part: Part) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield the batches of a part with the number of their first row."""
    row = part.first_row
    file = pq.ParquetFile(source)
    columns = [name for name in COLUMNS if name != "doc_id" and name in file.schema_arrow.names]
    batches = file.iter_batches(BATCH, row_groups=[part.row_group], columns=columns)
    for number, batch in enumerate(batches):
        if number % part.shares == part.share:
            yield row, batch
        row += batch.num_rows


def _strings(batch: pa.RecordBatch, name: str) -> list[str]:
    return [value or "" for value in batch.column(name).to_pylist()]


def _days(batch: pa.RecordBatch) -> list[date | None]:
    """Return the days of publication, as UTC has them; None where there is no time."""
    if "published_at" not in batch.schema.names or not pa.types.is_temporal(batch.schema.field("published_at").type):
        return [None] * batch.num_rows
    days: list[date | None] = batch.column("published_at").cast(pa.date32(), safe=False).to_pylist()
    return days


def _nfc(batch: pa.RecordBatch, name: str) -> Sequence[bytes]:
    return nfc_pieces([value or b"" for value in batch.column(name).cast(pa.binary()).to_pylist()])


def _key(url: str) -> bytes:
    try:
        return url_key(url)
    except Quarantine:
        return hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()
