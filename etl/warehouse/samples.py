"""Texts of a source to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

# Of each article the last text of the range, with the article's rules version. In key order, so that the sample is the
# lowest keys whatever was loaded first.
TEXTS = """
WITH sample AS (
    SELECT DISTINCT ON (o.url_key) o.url_key, o.url, o.text_digest
    FROM core.observation o JOIN core.article a USING (url_key, rules_version)
    WHERE o.source_key = :key AND o.captured_at >= :start AND o.captured_at < :end
    ORDER BY o.url_key, o.captured_at DESC, o.payload_digest DESC, o.capture_id DESC
    LIMIT :size
)
SELECT s.url_key, s.url, b.text FROM sample s JOIN core.body b USING (text_digest) ORDER BY s.url_key
"""
SPAN = """
SELECT min(o.captured_at), max(o.captured_at) FROM core.observation o JOIN core.article a USING (url_key, rules_version)
WHERE o.source_key = :key
"""


def span_of(engine: Engine, source_key: str) -> tuple[datetime, datetime] | None:
    """When articles of a source were captured first and last; None without any."""
    with engine.connect() as connection:
        first, last = connection.execute(text(SPAN), {"key": source_key}).one()
        return (first, last) if first else None


def texts_of(engine: Engine, source_key: str, *, start: datetime, end: datetime, size: int) -> Sequence[Any]:
    """Texts of articles that were captured from `start` to `end` (excluded): those with the `size` lowest URL keys."""
    with engine.connect() as connection:
        return connection.execute(text(TEXTS), {"key": source_key, "size": size, "start": start, "end": end}).all()
