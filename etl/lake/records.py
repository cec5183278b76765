"""One WARC record: its header fields and its block (ISO 28500, WARC 1.0 and 1.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from etl.model import BODY_SHORT, LENGTH_WRONG

# Some writers put the line ends of a record before it.
_VERSION = re.compile(rb"[\r\n]{0,64}WARC/\d+\.\d+[ \t]*\r?\n")
_NEXT = re.compile(rb"\nWARC/\d+\.\d+[ \t]*\r?\n")
_END = re.compile(rb"(?:\r?\n){1,2}\Z")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
# Behind a block stand two line ends; some writers put more.
_RECORD_END = b"\r\n\r\n"
_LINE_ENDS = 64
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """A record that cannot be read: counted and reported, never skipped silently.

    `reason` is one of truncated, damaged, no_record, several_records, too_large, bad_header, bad_http, bad_metadata,
    digest_mismatch, segmented, dated_ahead, raised.
    """

    warc: str
    offset: int
    length: int | None
    reason: str
    detail: str
    target_uri: str | None = None  # where the header could be read
    capture_id: bytes | None = None  # of a capture that was read but whose date is not accepted


class RecordError(Exception):
    """The bytes are not one whole WARC record; `reason` as in `BadRecord`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A whole record: its fields in the order of the file, and its block."""

    fields: tuple[tuple[str, str], ...]
    block: bytes
    flaws: tuple[str, ...] = ()

    def get(self, name: str) -> str | None:
        """The first field of that name, of whatever case."""
        return field(self.fields, name)

    @property
    def type(self) -> str:
        return (self.get("WARC-Type") or "").lower()

    @property
    def id(self) -> str:
        return self.get("WARC-Record-ID") or ""

    @property
    def media_type(self) -> str:
        """Content-Type without parameters, lowered."""
        return (self.get("Content-Type") or "").partition(";")[0].strip().lower()

    @property
    def target_uri(self) -> str | None:
        """The URI, without the angle brackets that writers took from the grammar of WARC 1.0."""
        uri = self.get("WARC-Target-URI")
        return uri[1:-1] if uri and uri.startswith("<") and uri.endswith(">") else uri or None


def field(fields: tuple[tuple[str, str], ...], name: str) -> str | None:
    """The value of the first field of that name, of whatever case; None when there is none."""
    wanted = name.lower()
    return next((value for key, value in fields if key.lower() == wanted), None)


def parse_record(data: bytes, size: int | None = None) -> Record:
    """The one record that `data` holds, exactly. Raises `RecordError`.

    `size` is the number of bytes of the whole member, where `data` is only its first part. A Content-Length that does not
    agree with the member is corrected if the member itself shows where the record ends: it ends as a record does, and
    holds no other record. `flaws` then says so.
    """
    fields, start = parse_head(data)
    total = len(data) if size is None else size
    stated = stated_length(fields)
    end = total if stated is None else start + stated
    if end > total:
        block_end = total - len(_RECORD_END)
        if len(data) < total or block_end < start or not data.endswith(_RECORD_END):
            raise RecordError("truncated", f"Content-Length says {end - start}, {total - start} bytes are there")
        return Record(fields=fields, block=data[start:block_end], flaws=(BODY_SHORT,))
    if stated is None or total - end > _LINE_ENDS or data[end:].strip(b"\r\n"):
        if total > len(data) or _NEXT.search(data, start if stated is None else max(start, end - 1)):
            raise RecordError("several_records", "more than one record in a gzip member")
        ending = _END.search(data, max(start, total - _LINE_ENDS))
        return Record(fields=fields, block=data[start : ending.start() if ending else total], flaws=(LENGTH_WRONG,))
    if end > len(data):
        raise RecordError("too_large", f"{size} bytes")
    return Record(fields=fields, block=data[start:end])


def parse_head(data: bytes) -> tuple[tuple[tuple[str, str], ...], int]:
    """The header fields of the record at the start of `data`, and where its block starts. Raises `RecordError`."""
    version = _VERSION.match(data)
    if version is None:
        raise RecordError("no_record", f"no WARC record starts with {data[:80]!r}")
    end = _HEAD_END.search(data, version.end() - 1)
    if end is None:
        raise RecordError("truncated", "the header of the record has no end")
    return parse_fields(data[version.end() : end.start()]), end.end()


def content_length(fields: tuple[tuple[str, str], ...]) -> int:
    """The length of the block in bytes. Raises `RecordError`."""
    length = stated_length(fields)
    if length is None:
        raise RecordError("bad_header", f"Content-Length is {(field(fields, 'Content-Length') or '')[:80]!r}")
    return length


def stated_length(fields: tuple[tuple[str, str], ...]) -> int | None:
    """The length of the block in bytes; None if there is none or it is no number."""
    text = field(fields, "Content-Length") or ""
    # A file has no more bytes than an off_t holds.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def parse_fields(head: bytes) -> tuple[tuple[str, str], ...]:
    """`Name: value` lines of WARC, folded lines joined, lines without a colon left out."""
    fields = []
    for line in _FOLD.sub(b" ", head).split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon and name.strip():
            fields.append((text_of(name), text_of(value)))
    return tuple(fields)


def text_of(value: bytes) -> str:
    """A name or value of a field: UTF-8, or Latin-1 where it is not valid as such. Control characters become a space."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return _UNPRINTABLE.sub(" ", text).strip(" ")
