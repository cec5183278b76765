"""Observations as rows of Arrow, and back.

One column a field of `Observation` and of its `Page` (`etl/article_fields.py`); a file that was written before there was
a field is read with what `Page` says where nothing is known; lists and structures are native nested types, which DuckDB, Spark
and pandas read as they are. An instant with the publisher's own offset is two columns: the instant in UTC, and
`..._offset_s`, seconds east of UTC.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_type_hints

import pyarrow as pa

from etl.article_fields import FIELDS, ArticleField, FieldKind
from etl.errors import Quarantine
from etl.hints import hint_of
from etl.model import CaptureMeta, Hint, Observation, Page, Place, Redirect

_TEXT = pa.string()
_TEXTS = pa.list_(pa.field("element", _TEXT, nullable=False))
_INSTANT = pa.timestamp("us", tz="UTC")
_MAP = pa.map_(_TEXT, _TEXT)
_HASH = pa.binary(32)


def _struct(**columns: pa.DataType) -> pa.DataType:
    return pa.struct(list(columns.items()))


def _structs(**columns: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("element", _struct(**columns), nullable=False))


_ARROW = {
    FieldKind.TEXT: _TEXT,
    FieldKind.TEXTS: _TEXTS,
    FieldKind.NAME: _TEXT,
    FieldKind.INSTANT: _INSTANT,
    FieldKind.DAY: pa.date32(),
    FieldKind.FLAG: pa.bool_(),
    FieldKind.MAP: _MAP,
}


def columns_of(field: ArticleField) -> list[pa.Field]:
    """The columns of a field of an article."""
    if field.kind is FieldKind.STRUCTS:
        types = get_type_hints(field.type)
        kind = _structs(**{name: pa.int64() if types[name] is int else _TEXT for name in types})
    else:
        kind = _ARROW[field.kind]
    columns = [pa.field(field.name, kind, nullable=not field.is_required)]
    if field.kind is FieldKind.INSTANT:
        columns.append(pa.field(f"{field.name}_offset_s", pa.int32()))
    return columns


SCHEMA = pa.schema(
    [
        pa.field("capture_id", _HASH, nullable=False),
        pa.field("url_key", _HASH, nullable=False),
        pa.field("target_uri", _TEXT, nullable=False),
        pa.field("source_key", _TEXT),
        pa.field("site", _TEXT, nullable=False),
        pa.field("captured_at", _INSTANT, nullable=False),
        pa.field("payload_digest", _TEXT, nullable=False),
        pa.field("status", pa.int32(), nullable=False),
        pa.field("is_revisit", pa.bool_(), nullable=False),
        pa.field("place", _struct(warc=_TEXT, offset=pa.int64(), length=pa.int64())),
        pa.field(
            "meta",
            _struct(
                source_key=_TEXT,
                hints=_structs(**{field.name: _TEXT for field in dataclasses.fields(Hint)}),
                redirects=_structs(url=_TEXT, status=pa.int32()),
                robots=_MAP,
            ),
            nullable=False,
        ),
        pa.field("rules_version", _TEXT, nullable=False),
        *(column for field in FIELDS for column in columns_of(field)),
    ]
)

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def to_row(observation: Observation) -> dict[str, Any]:
    """The row of an observation.

    Raises `Quarantine` for what no table takes: NUL, lone surrogates, times without a zone.
    """
    _check_strings(observation, "")
    page = observation.page
    row: dict[str, Any] = {}
    for field in FIELDS:
        row |= _to_columns(field, getattr(page, field.name))
    row |= {
        "capture_id": observation.capture_id,
        "url_key": observation.url_key,
        "target_uri": observation.target_uri,
        "source_key": observation.source_key,
        "site": observation.site,
        "captured_at": _instant("captured_at", observation.captured_at)[0],
        "payload_digest": observation.payload_digest,
        "status": observation.status,
        "is_revisit": observation.is_revisit,
        "place": observation.place and _fields(observation.place),
        "meta": {
            "source_key": observation.meta.source_key,
            "hints": [_fields(hint) for hint in observation.meta.hints],
            "redirects": [_fields(hop) for hop in observation.meta.redirects],
            "robots": sorted(observation.meta.robots.items()),
        },
        "rules_version": observation.rules_version,
    }
    return row


def from_row(row: Mapping[str, Any]) -> Observation:
    """The observation that `to_row` was given; times in `row` are microseconds since 1970."""
    meta, place = row["meta"], row["place"]
    return Observation(
        capture_id=row["capture_id"],
        url_key=row["url_key"],
        target_uri=row["target_uri"],
        source_key=row["source_key"],
        site=row["site"],
        captured_at=_utc(row["captured_at"]),
        payload_digest=row["payload_digest"],
        status=row["status"],
        is_revisit=row["is_revisit"],
        place=None if place is None else Place(**place),
        meta=CaptureMeta(
            source_key=meta["source_key"],
            hints=tuple(hint_of(hint) for hint in meta["hints"]),
            redirects=tuple(Redirect(**hop) for hop in meta["redirects"]),
            robots=dict(meta["robots"]),
        ),
        rules_version=row["rules_version"],
        page=Page(**{field.name: _from_columns(field, row) for field in FIELDS}),
    )


def _to_columns(field: ArticleField, value: Any) -> dict[str, Any]:
    match field.kind:
        case FieldKind.INSTANT:
            instant, offset_s = _instant(field.name, value)
            return {field.name: instant, f"{field.name}_offset_s": offset_s}
        case FieldKind.STRUCTS:
            return {field.name: [_fields(each) for each in value]}
        case FieldKind.MAP:
            return {field.name: sorted(value.items())}
    return {field.name: value}


def _from_columns(field: ArticleField, row: Mapping[str, Any]) -> Any:
    if field.name not in row and field.default is not dataclasses.MISSING:
        return field.default  # a file that was written before there was the field
    value = row[field.name]
    if value is None:
        return None
    match field.kind:
        case FieldKind.INSTANT:
            return _zoned(value, row[f"{field.name}_offset_s"])
        case FieldKind.NAME:
            return field.type(value)
        case FieldKind.TEXTS:
            return tuple(value)
        case FieldKind.STRUCTS:
            return tuple(field.type(**each) for each in value)
        case FieldKind.MAP:
            return dict(value)
    return value


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _instant(name: str, value: datetime | None) -> tuple[int | None, int | None]:
    """Microseconds since 1970 in UTC, and the offset in seconds."""
    if value is None:
        return None, None
    offset = value.utcoffset()
    if offset is None or offset.microseconds:
        raise Quarantine("bad_time", f"{name} is {value!r}: an instant needs an offset of whole seconds")
    local = (value.replace(tzinfo=None) - _EPOCH) // _MICROSECOND
    return local - offset // _MICROSECOND, int(offset.total_seconds())


def _zoned(microseconds: int | None, offset_s: int | None) -> datetime | None:
    if microseconds is None or offset_s is None:
        return None
    offset = timedelta(seconds=offset_s)
    return (_EPOCH + (timedelta(microseconds=microseconds) + offset)).replace(
        tzinfo=timezone(offset) if offset else UTC
    )


def _utc(microseconds: int) -> datetime:
    return (_EPOCH + timedelta(microseconds=microseconds)).replace(tzinfo=UTC)


def _check_strings(value: Any, path: str) -> None:
    for name, text in _strings(value, path):
        if "\0" in text or (not text.isascii() and _has_surrogate(text)):
            raise Quarantine("bad_text", f"{name} holds a NUL or a lone surrogate")


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _strings(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif value is None or isinstance(value, (bool, int, bytes, date)):
        return
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _strings(getattr(value, field.name), f"{path}.{field.name}" if path else field.name)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield path, key
            yield from _strings(item, path)
    else:
        for item in value:
            yield from _strings(item, path)
