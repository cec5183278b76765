"""Silver: observations as Parquet, one file per range of a WARC file and rules version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import Permanent
from etl.files import working_folder
from etl.lake.silver_schema import SCHEMA, from_row, to_row
from etl.lake.store import ObjectStore
from etl.model import Observation
from etl.urls import KEY_VERSION

# A row group is what a reader and this writer hold at once. A news page has some 4 kB of text.
GROUP_ROWS = 2000
GROUP_CHARS = 16 << 20
_BATCH_ROWS = 64
_INSTANTS = tuple(field.name for field in SCHEMA if pa.types.is_timestamp(field.type))


def name_for(
    warc: str, rules_version: str, start: int = 0, end: int | None = None, *, until: datetime | None = None
) -> str:
    """The name of the file for that range of that WARC with that rules version; the same arguments give the same name.

    `until` is the limit for dates, given where dates of the range exceed it.
    """
    question = f"{warc}\n{start}\n{'' if end is None else end}\n{rules_version}\nkeys {KEY_VERSION}"
    if until is not None:
        question += f"\nuntil {until.isoformat()}"
    return f"silver/{rules_version}/{hashlib.sha256(question.encode()).hexdigest()[:32]}.parquet"


def check(observation: Observation) -> None:
    """Raise `Quarantine` for an observation that `write` would not take: NUL, lone surrogate, a time without zone."""
    to_row(observation)


def write(store: ObjectStore, observations: Iterable[Observation], *, name: str) -> str:
    """Write the observations, in their order, as one Parquet file (zstd); gives its name.

    Memory holds one row group. The same observations give the same bytes; a file of that name that is already there
    stays. Raises `Quarantine` for an observation that cannot be a row, and then writes nothing: `check` first.
    """
    with working_folder() as folder:
        store.put_new(name, _written(observations, folder))
    return name


def replace(store: ObjectStore, observations: Iterable[Observation], *, name: str) -> str:
    """As `write`, replacing the file of that name: some of its observations were erased, or have another place now."""
    with working_folder() as folder:
        store.put(name, _written(observations, folder))
    return name


def concerns(store: ObjectStore, name: str, *, is_meant: Callable[[str], bool], warcs: Collection[str]) -> bool:
    """Whether a file has an observation of a target URI that is meant, or of a capture in one of these WARC files.

    By URI, not by the key that stands there: that may be of an earlier version.
    """
    with store.open(name) as stream:
        file = pq.ParquetFile(stream)
        for batch in file.iter_batches(columns=["target_uri", "place"]):
            uris, places = (column.to_pylist() for column in batch.columns)
            if any(map(is_meant, uris)) or any(place and place["warc"] in warcs for place in places):
                return True
    return False


def _written(observations: Iterable[Observation], folder: Path) -> Path:
    path = folder / "silver.parquet"
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", compression_level=3) as writer:
        for rows in _groups(observations):
            writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), row_group_size=GROUP_ROWS)
    return path


def read(store: ObjectStore, name: str) -> Iterator[Observation]:
    """The observations of a file, exactly as they were written, a few dozen in memory at a time."""
    with store.open(name) as stream:
        try:
            file = pq.ParquetFile(stream)
        except (pa.ArrowInvalid, ValueError) as error:
            raise Permanent(f"{store.url(name)} is no Parquet file: {error}") from error
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            # As numbers: Arrow would give datetimes of whatever zone library is installed.
            columns = [
                (batch.column(at).cast(pa.int64()) if column in _INSTANTS else batch.column(at)).to_pylist()
                for at, column in enumerate(batch.schema.names)
            ]
            for values in zip(*columns, strict=True):
                yield from_row(dict(zip(batch.schema.names, values, strict=True)))


def _groups(observations: Iterable[Observation]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    chars = 0
    for observation in observations:
        rows.append(to_row(observation))
        chars += len(observation.page.text) + sum(len(cut.text) for cut in observation.page.removed)
        if len(rows) >= GROUP_ROWS or chars >= GROUP_CHARS:
            yield rows
            rows, chars = [], 0
    if rows:
        yield rows
