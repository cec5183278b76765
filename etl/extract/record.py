"""A page as one JSON record: every value of it that the warehouse has a column for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from etl.model import Page, Precision


def to_record(page: Page, *, url: str, source_file: str | None, rules_version: str) -> dict[str, Any]:
    """The record of a page, ready for `json.dumps`.

    `published_at` is ISO 8601 as exactly as the page gives it: with offset when it is an instant, else the mere day;
    `published_precision` says which.
    """
    return {
        "url": url,
        "source_file": source_file,
        "outcome": page.outcome.value,
        "page_type": page.page_type.value,
        "title": page.title,
        "description": page.description,
        "authors": list(page.authors),
        "published_at": _published(page),
        "published_on": page.published_on.isoformat() if page.published_on else None,
        "published_precision": page.published_precision.value if page.published_precision else None,
        "published_raw": page.published_raw,
        "modified_at": _iso(page.modified_at),
        "language": page.language,
        "section": page.section,
        "tags": list(page.tags),
        "text": page.text,
        "images": [{"url": i.url, "caption": i.caption, "credit": i.credit} for i in page.images],
        "agencies": list(page.agencies),
        "credit_line": page.credit_line,
        "rights_line": page.rights_line,
        "dateline": page.dateline,
        "correction_note": page.correction_note,
        "canonical_url": page.canonical_url,
        "amp_url": page.amp_url,
        "is_accessible_for_free": page.is_accessible_for_free,
        "text_truncated": page.text_truncated,
        "flags": list(page.flags),
        "removed": [
            {"rule": c.rule, "zone": c.zone, "start": c.start, "end": c.end, "text": c.text} for c in page.removed
        ],
        "evidence": dict(page.evidence),
        "detail": page.detail,
        "rules_version": rules_version,
    }


def _iso(when: datetime | None) -> str | None:
    return when.isoformat() if when is not None else None


def _published(page: Page) -> str | None:
    if page.published_at is not None and page.published_precision not in (Precision.LOCAL, Precision.DAY):
        return page.published_at.isoformat()
    return page.published_on.isoformat() if page.published_on is not None else None
