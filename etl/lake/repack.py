"""Archives that are not one gzip member a record, rewritten as WARC files that are: plain, packed as a whole, zstd, ARC."""

from __future__ import annotations

import mmap
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from etl.http.codings import zstd
from etl.lake import arc
from etl.lake.members import unfold
from etl.lake.record_writer import MemberWriter
from etl.lake.records import RecordError, parse_head, stated_length

_READ = 1 << 18
_HEAD_LIMIT = 64 << 10
_START = b"WARC/"
_LINE_ENDS = b"\r\n\0"
_ZSTD = b"\x28\xb5\x2f\xfd"
# A skippable frame in front holds the dictionary of all others:
# https://iipc.github.io/warc-specifications/specifications/warc-zstd/
_DICTIONARY = struct.pack("<I", 0x184D2A5D)
_DICTIONARY_MAGIC = struct.pack("<I", 0xEC30A437)
_MAX_DICTIONARY = 64 << 20
_RECORD = re.compile(rb"WARC/\d+\.\d+[ \t]*\r?\n")
_NEXT_RECORD = re.compile(rb"\nWARC/\d+\.\d+[ \t]*\r?\n(?=[A-Za-z-]+[ \t]*:)")


def is_gzip(path: Path) -> bool:
    """Whether the file starts as gzip does."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _is_packed(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(4)
    return start.startswith(b"\x1f\x8b") or is_zstd(start)


def is_zstd(start: bytes) -> bool:
    """Whether a file with this start is Zstandard, with a dictionary in front or without."""
    return start[:4] == _ZSTD or start[:4] == _DICTIONARY


def is_arc(path: Path) -> bool:
    """Whether the first bytes of a file, unpacked, are those of an ARC file."""
    return start_of(path)[0].startswith(arc.START)


def start_of(path: Path) -> tuple[bytes, str | None]:
    """The first bytes of a file, unpacked and without blank lines, and why it could not be unpacked that far."""
    with path.open("rb") as stream:
        unpacked = _Unpacked(stream)
        return b"".join(_until(unpacked, 64)).lstrip(b"\r\n")[:20], unpacked.problem


def repack(path: Path, target: Path) -> Path:
    """Write every record of a file, plain, gzip or zstd, as a gzip member of its own; returns `target`.

    Header and block of each keep their bytes; memory is bounded. A wrong Content-Length takes nothing from the record
    behind. Bytes between records and a truncated last record become members of their own, and so does a note where the
    source could not be unpacked further: reading the result shows them as `BadRecord`. Of an ARC file the records become
    those of a WARC. A packed file is unpacked beside `target` first.
    """
    aside = target.with_name(f"{target.name}.plain")
    problem, plain = None, path
    try:
        if _is_packed(path):
            plain = aside
            with path.open("rb") as stream, plain.open("wb") as file:
                unpacked = _Unpacked(stream)
                file.writelines(unpacked)
                problem = unpacked.problem
        with plain.open("rb") as source, target.open("wb") as file:
            out = MemberWriter(file)
            if plain.stat().st_size:
                with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    _repack(data, out)
            if problem:
                out.write(f"news-etl: {problem}\r\n".encode())
    finally:
        aside.unlink(missing_ok=True)
    return target


def _repack(data: mmap.mmap, out: MemberWriter) -> None:
    if data[:_READ].lstrip(b"\r\n").startswith(arc.START):
        for each in arc.warc_records(data):
            out.write(each)
        return
    position = 0
    while position < len(data):
        try:
            fields, head_bytes = parse_head(data[position : position + _HEAD_LIMIT])
        except RecordError:
            found = _NEXT_RECORD.search(data, position)
            end = found.start() + 1 if found else len(data)
            if not _is_blank(data, position, end):
                _write(data, position, end, out)
            position = end
            continue
        end = _behind(data, _block_end(data, position + head_bytes, stated_length(fields)))
        _write(data, position, end, out)
        position = end


def _block_end(data: mmap.mmap, block: int, length: int | None) -> int:
    """Where the block ends that starts at `block`.

    Its stated length is right if it leads to the end of the file or of a record. Otherwise the block goes on to the next
    record: before the stated end, if the length is too large, or behind it. What looks like a record within a block does
    not count if the length is right: pages quote archives, and archives contain archives.
    """
    if length is not None and block + length <= len(data) and _is_end(data, block + length):
        return block + length
    found = _NEXT_RECORD.search(data, block - 1)
    return found.start() + 1 if found else len(data)


def _is_end(data: mmap.mmap, position: int) -> bool:
    behind = data[position : position + _HEAD_LIMIT]
    rest = behind.lstrip(_LINE_ENDS)
    return (
        not rest
        or _RECORD.match(behind) is not None
        or behind.startswith(b"\r\n\r\n")
        or (len(rest) < len(behind) and rest.startswith(_START))
    )


def _behind(data: mmap.mmap, end: int) -> int:
    """The position behind the line ends of a record; two are its own, and writers put up to four bytes more."""
    behind = data[end : end + 8]
    return end + len(behind) - len(behind.lstrip(b"\r\n"))


def _is_blank(data: mmap.mmap, start: int, end: int) -> bool:
    return not any(data[at : min(at + _READ, end)].strip(_LINE_ENDS) for at in range(start, end, _READ))


def _write(data: mmap.mmap, start: int, end: int, out: MemberWriter) -> None:
    for at in range(start, end, _READ):
        out.append(data[at : min(at + _READ, end)])
    out.finish()


def _until(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    while count > 0 and (piece := next(pieces, None)) is not None:
        yield piece
        count -= len(piece)


class _Unpacked:
    """The content of a file, plain, gzip or zstd, in pieces. `problem` says where unpacking stopped before the end."""

    def __init__(self, stream: BinaryIO) -> None:
        self.problem: str | None = None
        self._pieces = self._unpack(stream)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def __next__(self) -> bytes:
        return next(self._pieces)

    def _unpack(self, stream: BinaryIO) -> Iterator[bytes]:
        data = stream.read(_READ)
        if is_zstd(data):
            yield from self._unpack_zstd(stream, data)
            return
        if not data.startswith(b"\x1f\x8b"):
            while data:
                yield data
                data = stream.read(_READ)
            return
        inflater: zlib._Decompress | None = None
        try:
            while data or (data := stream.read(_READ)):
                if inflater is None:
                    data = data.lstrip(b"\0")
                    if not data:
                        continue
                    inflater = zlib.decompressobj(31)
                yield from unfold(inflater, data)
                data = inflater.unused_data
                if inflater.eof:
                    inflater = None
        except zlib.error as error:
            self.problem = f"the source could not be unpacked further: {error}"
        else:
            self.problem = "the source ends within a gzip member" if inflater else None

    def _unpack_zstd(self, stream: BinaryIO, data: bytes) -> Iterator[bytes]:
        """Frames of Zstandard one after another. `data` is what was read of the stream."""
        dictionary = None
        try:
            if data.startswith(_DICTIONARY):
                (size,) = struct.unpack_from("<I", data, 4)
                if size > _MAX_DICTIONARY:
                    self.problem = f"its dictionary has {size} bytes"
                    return
                data += stream.read(max(0, 8 + size - len(data)))
                dictionary = _dictionary(data[8 : 8 + size])
                data = data[8 + size :]
            inflater: zstd.ZstdDecompressor | None = None
            while data or (data := stream.read(_READ)):
                if inflater is None:
                    inflater = zstd.ZstdDecompressor(dictionary)
                yield from _unfold(inflater, data)
                data = inflater.unused_data if inflater.eof else b""
                if inflater.eof:
                    inflater = None
        except zstd.ZstdError as error:
            self.problem = f"the source could not be unpacked further: {error}"
        else:
            self.problem = "the source ends within a zstd frame" if inflater else None


def _dictionary(content: bytes) -> zstd.ZstdDict:
    """The dictionary, which may itself be packed. Raises `zstd.ZstdError`."""
    if content.startswith(_ZSTD):
        inflater = zstd.ZstdDecompressor()
        content = inflater.decompress(content, _MAX_DICTIONARY)
    return zstd.ZstdDict(content, is_raw=not content.startswith(_DICTIONARY_MAGIC))


def _unfold(inflater: zstd.ZstdDecompressor, data: bytes) -> Iterator[bytes]:
    while True:
        out = inflater.decompress(data, _READ)
        if out:
            yield out
        data = b""
        if inflater.eof or inflater.needs_input:
            return
