"""The fields of an article, declared once: they are those of `model.Page`, with the types that stand there.

How a field is stored and shown follows from its kind, in one place for each: `etl/lake/silver_schema.py` (Parquet),
`etl/warehouse/schema/tables.py` and `load/rows.py` (`core.observation`), `etl/extract/record.py` (JSON),
`etl/explain/fields.py` (for readers). So a new field is a line of `Page`, what reads it from a page, a migration, and its
column in `sql/views/20_article.sql`; docs/maintaining.md has the steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum, auto
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from etl.model import Page


class FieldKind(Enum):
    """What a value is, as every place that stores or shows it has to know."""

    TEXT = auto()
    TEXTS = auto()  # in their order
    NAME = auto()  # of a closed list
    INSTANT = auto()  # with the publisher's own offset
    DAY = auto()
    FLAG = auto()
    STRUCTS = auto()  # a list of values of one dataclass
    MAP = auto()  # text to text


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleField:
    """A field of `Page`: `name` is also its column in silver, its key in the record, and its column where it has one."""

    name: str
    kind: FieldKind
    type: Any  # of the value, or of each value of a list
    is_required: bool  # never None
    default: Any  # also of rows that were written before there was the field; MISSING: none was written without it
    is_column: bool  # of core.observation
    comment: str | None  # of that column


# What core.observation has under another name (`text`), or other tables (`outcome`, `detail`, `rights`, `amp_url`).
_NO_COLUMN = frozenset(("outcome", "detail", "amp_url", "text", "rights"))
_COMMENTS = {
    "is_accessible_for_free": "the publisher's claim",
    "text_truncated": "our verdict",
    "removed": "cuts: with the text they rebuild the extracted text",
    "evidence": "field: where its value came from",
    "may_store": "what the publisher permitted when it was taken: yes, no or unknown",
}
_KINDS = {
    str: FieldKind.TEXT,
    datetime: FieldKind.INSTANT,
    date: FieldKind.DAY,
    bool: FieldKind.FLAG,
    Mapping[str, str]: FieldKind.MAP,
}


def fields_of(page: type[Page]) -> tuple[ArticleField, ...]:
    """The fields of a page, in their order. Raises `TypeError` for a type that no column is known for."""
    hints = get_type_hints(page)
    return tuple(_field(field, hints[field.name]) for field in dataclasses.fields(page))


def _field(field: dataclasses.Field[Any], hint: Any) -> ArticleField:
    given = [part for part in get_args(hint) if part is not NoneType] if NoneType in get_args(hint) else [hint]
    kind, of = _kind(given[0]) if len(given) == 1 else (None, None)
    if kind is None:
        raise TypeError(f"Page.{field.name}: no column is known for {hint}; see etl/article_fields.py")
    default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    return ArticleField(
        name=field.name,
        kind=kind,
        type=of,
        is_required=given == [hint],
        default=default,
        is_column=field.name not in _NO_COLUMN,
        comment=_COMMENTS.get(field.name),
    )


def _kind(of: Any) -> tuple[FieldKind | None, Any]:
    """What a type is stored as, and the type of one value."""
    if get_origin(of) is tuple:
        (each, *_) = get_args(of)
        return (FieldKind.TEXTS if each is str else FieldKind.STRUCTS if dataclasses.is_dataclass(each) else None), each
    if isinstance(of, type) and issubclass(of, StrEnum):
        return FieldKind.NAME, of
    return _KINDS.get(of), of


FIELDS = fields_of(Page)
