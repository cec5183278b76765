"""Converts observations to rows: pure, one function per table. Column names come from `tables`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from etl.article_fields import FIELDS, ArticleField, FieldKind
from etl.hints import values_of
from etl.model import LOADED, Observation, Permission, RightsStatement
from etl.untrusted_text import to_json
from etl.urls import is_web_url, normal_url, page_url, url_key

Row = dict[str, Any]


def text_digest(value: str) -> bytes:
    """sha256 of a text in UTF-8: equal digests are equal texts."""
    return hashlib.sha256(value.encode()).digest()


def is_capture(observation: Observation) -> bool:
    """Whether there is a capture behind it, and not only a record that could not be read."""
    return observation.status != 0


def is_loaded(observation: Observation) -> bool:
    """Whether it becomes a row of `core.observation`."""
    return observation.page.outcome in LOADED


def capture(o: Observation) -> Row:
    return {
        "capture_id": o.capture_id,
        "url_key": o.url_key,
        "url": o.target_uri,
        "captured_at": o.captured_at,
        "payload_digest": o.payload_digest,
        "status": o.status,
        "is_revisit": o.is_revisit,
        "redirects": to_json([[hop.url, hop.status] for hop in o.meta.redirects]),
        "rights": to_json(dict(o.meta.robots)),
        "warc": o.place.warc if o.place else None,
        "warc_offset": o.place.offset if o.place else None,
        "warc_length": o.place.length if o.place else None,
        "raw_expired_at": None,
    }


def hints(o: Observation) -> Iterable[Row]:
    for hint in o.meta.hints:
        values = values_of(hint)
        yield {"capture_id": o.capture_id, "hint_digest": json_digest(values), **values}


def aliases(o: Observation) -> Iterable[Row]:
    """Other URLs that the page, where it is an article, or the way to it named, without its own."""
    named = [("canonical", o.page.canonical_url), ("amp", o.page.amp_url)] if is_loaded(o) else []
    return aliases_of(o.url_key, [*named, *(("redirect", hop.url) for hop in o.meta.redirects)])


def aliases_of(key: bytes, named: Iterable[tuple[str, str | None]]) -> Iterable[Row]:
    """The rows of other URLs, each with its kind, that were named for a URL key; those that are no other URL are left."""
    for kind, url in named:
        if url and is_web_url(url) and (other := url_key(url)) != key:
            yield {"url_key": key, "kind": kind, "alias_key": other, "alias_url": url}


def body(o: Observation) -> Row:
    return {"text_digest": text_digest(o.page.text), "text": o.page.text}


def shown_url(target_uri: str) -> str:
    """The address that consumers see: that of the page, without tracking parameters."""
    return normal_url(page_url(target_uri))


def observation(o: Observation) -> Row:
    p = o.page
    return {
        "capture_id": o.capture_id,
        "rules_version": o.rules_version,
        "url_key": o.url_key,
        "url": shown_url(o.target_uri),
        "source_key": o.source_key,
        "site": o.site,
        "captured_at": o.captured_at,
        "payload_digest": o.payload_digest,
        **{field.name: _value(field, getattr(p, field.name)) for field in FIELDS if field.is_column},
        "published_utc_offset_min": _offset_min(p.published_at),
        "text_digest": text_digest(p.text),
        "text_chars": len(p.text),
    }


def processed(o: Observation) -> Row:
    return {
        "capture_id": o.capture_id,
        "rules_version": o.rules_version,
        "outcome": o.page.outcome.value,
        "page_type": o.page.page_type.value,
        "detail": o.page.detail or None,
        "may_store": o.page.may_store.value,
        "may_show": o.page.may_show.value,
        "may_export": o.page.may_export.value,
        "may_train": o.page.may_train.value,
        "rights": to_json([_said(statement) for statement in o.page.rights]),
    }


def strictness(may_store: str, may_show: str, may_export: str, may_train: str) -> tuple[int, ...]:
    """The order of what two archives know of one capture: the greater counts, so that no refusal is lost."""
    return tuple(Permission(each).rank for each in (may_store, may_show, may_export, may_train))


def _said(statement: RightsStatement) -> dict[str, Any]:
    return {name: value for name, value in asdict(statement).items() if value}


def reject(o: Observation) -> Row:
    """The row of an observation that is no article. Its id is the capture's, so a replay finds and replaces it."""
    return {
        "reject_id": o.capture_id,
        "capture_id": o.capture_id if is_capture(o) else None,
        "url": o.target_uri or None,
        "warc": o.place.warc if o.place else None,
        "warc_offset": o.place.offset if o.place else None,
        "stage": "extract" if is_capture(o) else "read",
        "reason": o.page.outcome.value,
        "detail": o.page.detail or None,
        "rules_version": o.rules_version,
    }


def json_digest(value: object) -> bytes:
    """sha256 of the canonical JSON of a value."""
    return hashlib.sha256(to_json(value).encode()).digest()


def _value(field: ArticleField, value: Any) -> Any:
    if value is None:
        return None
    match field.kind:
        case FieldKind.NAME:
            return value.value
        case FieldKind.TEXTS:
            return list(value)
        case FieldKind.STRUCTS:
            return to_json([asdict(each) for each in value])
        case FieldKind.MAP:
            return to_json(dict(value))
    return value


def _offset_min(value: datetime | None) -> int | None:
    offset = value.utcoffset() if value else None
    return None if offset is None else int(offset.total_seconds() // 60)
