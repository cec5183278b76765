"""CaptureMeta as the block of a WARC metadata record.

The block is one JSON object of the media type `application/vnd.news-etl.capture+json`:

    source_key   key of the source in the registry, or null
    hints        list of {source_key, via, found_at, title, published_raw, modified_raw, summary, language}
    redirects    list of {url, status}, in the order they were followed
    robots       object of strings: state, rule and rights signals at fetch time

Keys that are not known are left alone, so that older code reads what newer code wrote.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from etl.lake.records import RecordError
from etl.model import CaptureMeta, FoundVia, Hint, Redirect

MEDIA_TYPE = "application/vnd.news-etl.capture+json"
_HINT_FIELDS = tuple(field.name for field in dataclasses.fields(Hint))


def to_json(meta: CaptureMeta) -> bytes:
    """The block: keys sorted, None left out of hints, so that equal metadata gives equal bytes."""
    value = {
        "source_key": meta.source_key,
        "hints": [
            {name: text for name in _HINT_FIELDS if (text := getattr(hint, name)) is not None} for hint in meta.hints
        ],
        "redirects": [{"url": hop.url, "status": hop.status} for hop in meta.redirects],
        "robots": dict(meta.robots),
    }
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # a lone surrogate that a feed smuggled in: as \ud800 it is valid JSON
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def from_json(block: bytes) -> CaptureMeta:
    """What `to_json` was given. Raises `RecordError` with bad_metadata."""
    try:
        value = json.loads(block)
        return CaptureMeta(
            source_key=_text(value.get("source_key")),
            hints=tuple(_hint(hint) for hint in value.get("hints", ())),
            redirects=tuple(_hop(hop) for hop in value.get("redirects", ())),
            robots={str(key): str(text) for key, text in value.get("robots", {}).items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordError("bad_metadata", f"{type(error).__name__}: {error}") from error


def _hop(value: dict[str, Any]) -> Redirect:
    status = int(value["status"])
    if not 100 <= status <= 999:
        raise ValueError(f"{str(status)[:20]} is no status of HTTP")
    return Redirect(url=str(value["url"]), status=status)


def _hint(value: dict[str, Any]) -> Hint:
    return Hint(
        source_key=str(value["source_key"]),
        via=FoundVia(value["via"]),
        found_at=str(value["found_at"]),
        title=_text(value.get("title")),
        published_raw=_text(value.get("published_raw")),
        modified_raw=_text(value.get("modified_raw")),
        summary=_text(value.get("summary")),
        language=_text(value.get("language")),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
