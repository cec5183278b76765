"""Rewrites WARC files of the lake without some records, or merges several; kept records keep their bytes.

The new file is published before rows point to it, under a name with its hash, so that a repetition gives the same file. The
caller deletes the old files once no row points to them any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from etl.files import working_folder
from etl.lake import cdxj, date_limits, warc
from etl.lake.members import Damage, GzipMember, walk
from etl.lake.records import BadRecord, Record, RecordError, field, parse_head
from etl.lake.store import ObjectStore

_HEAD_BYTES = 64 << 10
_COPY = 1 << 20
# Records of an exchange; metadata and requests are kept or dropped with the record that they are concurrent to.
_BESIDE = frozenset({"request", "metadata"})  # describe a capture and are none themselves
_OF_A_PAGE = frozenset({"response", "resource", "revisit", "conversion", "request", "metadata", "continuation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHead:
    """A record's header fields, without its block."""

    type: str
    target_uri: str | None
    refers_to_uri: str | None  # of a revisit
    offset: int  # bytes, within its file
    id: str
    concurrent_to: tuple[str, ...]  # ids of records of the same exchange
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedCapture:
    """The new place of a kept capture."""

    warc: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteResult:
    """A rewritten file. `name` is None when no record of a page is left: then there is no file."""

    sources: tuple[str, ...]
    name: str | None
    moved: Mapping[tuple[str, int], MovedCapture]  # (file, offset) before: of every record that was kept
    dropped: tuple[tuple[str, int], ...]  # (file, offset) of records and damaged stretches
    captures: int = 0  # in the new file
    size: int = 0  # of the new file, in bytes


def heads(stream: BinaryIO) -> Iterator[tuple[GzipMember | Damage, RecordHead | None]]:
    """Each member of a file with its record's header; None where it holds no record."""
    for member in walk(stream, keep=_HEAD_BYTES):
        yield member, None if isinstance(member, Damage) else _head(member)


def rewrite(
    store: ObjectStore, sources: Sequence[str], *, keeps: Callable[[RecordHead], bool] | None = None
) -> RewriteResult:
    """Write these files as one, in their order, without the records that `keeps` refuses, and publish it with its CDXJ.

    Members keep their bytes. With `keeps` unreadable parts are dropped as well, since their content is unknown. Memory is
    bounded. The name is that of the first source with the hash of the new file.
    """
    moved: dict[tuple[str, int], tuple[int, int]] = {}
    dropped: list[tuple[str, int]] = []
    pages = 0
    with working_folder() as folder:
        path = folder / "new.warc.gz"
        with path.open("wb") as out:
            for source in sources:
                with store.open(source) as stream, store.open(source) as bytes_of:
                    for member, head in heads(stream):
                        if keeps is not None and (head is None or not keeps(head)):
                            dropped.append((source, member.offset))
                            continue
                        moved[source, member.offset] = (out.tell(), member.length)
                        pages += head is None or head.type in _OF_A_PAGE
                        _copy(bytes_of, member, out)
        if not pages:
            return RewriteResult(sources=tuple(sources), name=None, moved={}, dropped=tuple(dropped))
        name = _name(sources[0], _sha256(path))
        with path.open("rb") as stream:
            lines = [line for line in warc.index(stream, name) if not isinstance(line, BadRecord)]
        date_limits.carry(store, sources, name)
        size = path.stat().st_size
        store.put_new(name, path)
        store.put_new(cdxj.name_beside(name), cdxj.render(lines))
    places = {place: MovedCapture(warc=name, offset=at, length=length) for place, (at, length) in moved.items()}
    return RewriteResult(
        sources=tuple(sources), name=name, moved=places, dropped=tuple(dropped), captures=len(lines), size=size
    )


def without_exchanges(
    store: ObjectStore, name: str, leaves: Callable[[RecordHead], bool]
) -> Callable[[RecordHead], bool]:
    """Whether a record stays in a file when those that `leaves` names go, with the requests and metadata beside them.

    Records of one exchange name each other (WARC-Concurrent-To); where a writer left that out, they have the same URI
    and date. Reads the heads of the file once; memory grows with what goes.
    """
    ids: set[str] = set()
    twins: set[tuple[str | None, str]] = set()
    with store.open(name) as stream:
        for _, head in heads(stream):
            if head is not None and leaves(head):
                ids.update((head.id, *head.concurrent_to))
                twins.add((head.target_uri, head.date))

    def stays(head: RecordHead) -> bool:
        if leaves(head):
            return False
        if head.type not in _BESIDE:
            return True
        if head.concurrent_to:
            return head.id not in ids and ids.isdisjoint(head.concurrent_to)
        return head.id not in ids and (head.target_uri, head.date) not in twins

    return stays


def delete(store: ObjectStore, names: Collection[str]) -> None:
    """Delete WARC files with their indexes; the index first, so that it never names a missing file."""
    for name in sorted(names):
        store.delete(cdxj.name_beside(name))
        store.delete(name)
        store.delete(date_limits.name_beside(name))


def warcs(store: ObjectStore, prefix: str = "raw/") -> Iterator[str]:
    """The WARC files of the lake."""
    return (name for name in store.list(prefix) if name.endswith(".warc.gz"))


def uris(store: ObjectStore, name: str) -> Iterator[str]:
    """The target URIs of a file's captures, from the index beside it; from the file itself where there is none."""
    if store.exists(cdxj.name_beside(name)):
        yield from (line.url for line in warc.lines(store, name))
        return
    with store.open(name) as stream:
        yield from (head.target_uri for _, head in heads(stream) if head and head.target_uri)


def _head(member: GzipMember) -> RecordHead | None:
    try:
        record = Record(fields=parse_head(member.data)[0], block=b"")
    except RecordError:
        return None
    return RecordHead(
        type=record.type,
        target_uri=record.target_uri,
        refers_to_uri=_bare(field(record.fields, "WARC-Refers-To-Target-URI")),
        offset=member.offset,
        id=record.id,
        concurrent_to=tuple(value for name, value in record.fields if name.lower() == "warc-concurrent-to"),
        date=record.get("WARC-Date") or "",
    )


def _bare(uri: str | None) -> str | None:
    return uri[1:-1] if uri and uri.startswith("<") and uri.endswith(">") else uri or None


def _copy(stream: BinaryIO, member: GzipMember | Damage, out: BinaryIO) -> None:
    stream.seek(member.offset)
    left = member.length
    while left > 0 and (part := stream.read(min(left, _COPY))):
        out.write(part)
        left -= len(part)


def _name(source: str, sha256: str) -> str:
    """The source's name with another hash: `<time>-<hash>.warc.gz` of live segments, `<hash>.warc.gz` of others."""
    folder, _, stem = source.rpartition("/")
    time, dash, _ = stem.removesuffix(".warc.gz").rpartition("-")
    return f"{folder}/{time}{dash}{sha256[:32]}.warc.gz"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
