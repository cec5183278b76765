"""A page as one JSON record: every field of it (`etl/article_fields.py`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from etl.article_fields import FIELDS, ArticleField, FieldKind
from etl.model import Page, Precision


def to_record(page: Page, *, url: str, source_file: str | None, rules_version: str) -> dict[str, Any]:
    """The record of a page, ready for `json.dumps`.

    `published_at` is ISO 8601 as exactly as the page gives it: with offset when it is an instant, else the mere day;
    `published_precision` says which.
    """
    said = {field.name: _json(field, getattr(page, field.name)) for field in FIELDS}
    said["published_at"] = _published(page)
    return {"url": url, "source_file": source_file, **said, "rules_version": rules_version}


def _json(field: ArticleField, value: Any) -> Any:
    if value is None:
        return None
    match field.kind:
        case FieldKind.NAME:
            return value.value
        case FieldKind.TEXTS:
            return list(value)
        case FieldKind.INSTANT | FieldKind.DAY:
            return value.isoformat()
        case FieldKind.STRUCTS:
            return [asdict(each) for each in value]
        case FieldKind.MAP:
            return dict(value)
    return value


def _published(page: Page) -> str | None:
    if page.published_at is not None and page.published_precision not in (Precision.LOCAL, Precision.DAY):
        return page.published_at.isoformat()
    return page.published_on.isoformat() if page.published_on is not None else None
