"""Verification of an erasure: searches everything that is stored for words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import Quarantine
from etl.lake import warc
from etl.lake.members import Damage, walk
from etl.model import Capture
from etl.stages.resources import Resources
from etl.warehouse.maintenance import word_search

# Pages are stored in the encoding that they came in.
ENCODINGS = (
    "utf-8 utf-16-le utf-16-be cp1252 iso8859-2 cp1250 cp1251 koi8-r cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 "
    "tis-620 shift_jis euc-jp iso2022-jp gb18030 big5 euc-kr"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """How much was searched, and where the words were found."""

    warcs: int
    parquets: int
    objects: int  # all others
    tables: int
    rows: int
    found: tuple[str, ...]


def search(r: Resources, words: Iterable[str]) -> SearchReport:
    """Search for words, such as a sentence or a URL, in every object of the lake and every row of the database.

    WARC records are decompressed and their bodies decoded, in all encodings that pages use. Parquet files are searched
    by value, rows of all tables by their text. Of words with quotes, backslashes or line breaks the longest part without
    these is searched.
    """
    needles = sorted({_longest_part(each) for each in words})
    found: list[str] = []
    counts = {"warcs": 0, "parquets": 0, "objects": 0, "tables": 0, "rows": 0}
    encoded = sorted({data for needle in needles for data in _encoded(needle)})
    for name in r.store.list():
        if name.endswith(".warc.gz"):
            counts["warcs"] += 1
            found += _in_warc(r, name, encoded)
        elif name.endswith(".parquet"):
            counts["parquets"] += 1
            if any(needle in value for value in _values(r, name) for needle in needles):
                found.append(r.store.url(name))
        else:
            counts["objects"] += 1
            data = r.store.read(name)
            if any(part in data for part in encoded):
                found.append(r.store.url(name))
    for table, rows, hits in word_search.search(r.engine, needles):
        counts["tables"] += 1
        counts["rows"] += rows
        if hits:
            found.append(f"{table}: {hits} rows")
    return SearchReport(found=tuple(found), **counts)


def _in_warc(r: Resources, name: str, encoded: list[bytes]) -> Iterator[str]:
    """Records as they are stored, and bodies decoded: archives of others keep them compressed and chunked."""
    hits = set()
    with r.store.open(name) as stream:
        for member in walk(stream):
            if isinstance(member, Damage):
                stream_data = r.store.read_range(name, member.offset, member.length)
                if any(part in stream_data for part in encoded):
                    hits.add(member.offset)
            elif any(part in member.data for part in encoded):
                hits.add(member.offset)
    try:
        for capture in warc.read(r.store, name):
            if isinstance(capture, Capture) and capture.place and any(part in capture.body for part in encoded):
                hits.add(capture.place.offset)
    except Quarantine:
        pass  # a body that cannot be decoded has been searched in its stored form
    return (f"{r.store.url(name)} at {offset}" for offset in sorted(hits))


def _values(r: Resources, name: str) -> Iterator[str]:
    file = pq.ParquetFile(io.BytesIO(r.store.read(name)))
    for batch in file.iter_batches(batch_size=64):
        for column in batch.columns:
            yield from _strings(column)


def _strings(column: pa.Array) -> Iterator[str]:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        yield from (value for value in column.to_pylist() if value)
    elif pa.types.is_struct(column.type):
        for part in column.flatten():
            yield from _strings(part)
    elif pa.types.is_map(column.type):
        yield from _strings(column.keys)
        yield from _strings(column.items)
    elif pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        yield from _strings(column.flatten())


def _longest_part(words: str) -> str:
    return max(re.split(r'["\\\n\r\t]', words), key=len).strip()


def _encoded(needle: str) -> Iterator[bytes]:
    for encoding in ENCODINGS:
        try:
            yield needle.encode(encoding)
        except UnicodeEncodeError:
            continue
