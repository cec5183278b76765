"""Verification of an erasure: searches everything that is stored for words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import Quarantine
from etl.lake import warc
from etl.lake.members import Damage, GzipMember, walk
from etl.model import Capture
from etl.stages.resources import Resources
from etl.warehouse.maintenance import word_search

# Pages are stored in the encoding that they came in.
ENCODINGS = (
    "utf-8 utf-16-le utf-16-be cp1252 iso8859-2 cp1250 cp1251 koi8-r cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 "
    "tis-620 shift_jis euc-jp iso2022-jp gb18030 big5 euc-kr"
).split()

NAMED = 5  # URLs of one place
_TARGET = re.compile(rb"(?i)^WARC-Target-URI:[ \t]*<?([^\s>]{1,2000})", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """How much was searched, and where the words were found."""

    warcs: int
    parquets: int
    objects: int  # all others
    tables: int
    rows: int
    found: tuple[str, ...]  # the places, each with the URLs of the pages there where it has some


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
            if in_rows := _in_parquet(r, name, needles):
                found.append(_named(r.store.url(name), in_rows))
        else:
            counts["objects"] += 1
            data = r.store.read(name)
            if any(part in data for part in encoded):
                found.append(r.store.url(name))
    for table, rows, hits, urls in word_search.search(r.engine, needles, most=NAMED + 1):
        counts["tables"] += 1
        counts["rows"] += rows
        if hits:
            found.append(_named(f"{table}: {hits} rows", urls))
    return SearchReport(found=tuple(found), **counts)


def _named(place: str, urls: Iterable[str | None]) -> str:
    known = list(dict.fromkeys(url for url in urls if url))
    more = " and more" if len(known) > NAMED else ""
    return f"{place}: {', '.join(known[:NAMED])}{more}" if known else place


def _in_warc(r: Resources, name: str, encoded: list[bytes]) -> Iterator[str]:
    """Records as they are stored, and bodies decoded: archives of others keep them compressed and chunked."""
    hits: dict[int, str | None] = {}
    with r.store.open(name) as stream:
        for member in walk(stream):
            data = _bytes_of(r, name, member)
            if any(part in data for part in encoded):
                uri = _TARGET.search(data)
                hits[member.offset] = uri[1].decode("utf-8", "replace") if uri else None
    try:
        for capture in warc.read(r.store, name):
            if isinstance(capture, Capture) and capture.place and any(part in capture.body for part in encoded):
                hits[capture.place.offset] = capture.target_uri
    except Quarantine:
        pass  # a body that cannot be decoded has been searched in its stored form
    return (_named(f"{r.store.url(name)} at {offset}", [uri]) for offset, uri in sorted(hits.items()))


def _bytes_of(r: Resources, name: str, member: GzipMember | Damage) -> bytes:
    return r.store.read_range(name, member.offset, member.length) if isinstance(member, Damage) else member.data


def _in_parquet(r: Resources, name: str, needles: Sequence[str]) -> list[str | None]:
    """The URLs of rows that hold one of the words, None of a row that names none; nothing where no row does."""
    found: list[str | None] = []
    file = pq.ParquetFile(io.BytesIO(r.store.read(name)))
    for batch in file.iter_batches(batch_size=64):
        if any(needle in value for column in batch.columns for value in _strings(column) for needle in needles):
            for number in range(len(batch)):
                row = batch.slice(number, 1)
                if any(needle in value for column in row.columns for value in _strings(column) for needle in needles):
                    found.append(row.column("target_uri")[0].as_py() if "target_uri" in row.schema.names else None)
    return found


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
