"""Observations made by hand, for tests of the warehouse."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from etl import urls
from etl.model import CaptureMeta, Observation, Outcome, Page, PageType, Place

START = datetime(2026, 11, 1, tzinfo=UTC)


def observation(
    url: str = "https://news.example/story",
    *,
    hours: float = 0,
    text: str = "Первое предложение. 第二句。",
    outcome: Outcome = Outcome.ARTICLE,
    rules: str = "r1",
    status: int = 200,
    meta: CaptureMeta | None = None,
    is_revisit: bool = False,
    **page: Any,
) -> Observation:
    captured_at = START + timedelta(hours=hours)
    digest = "sha256:" + hashlib.sha256(f"{status} {text}".encode()).hexdigest()
    capture_id = hashlib.sha256(f"{url} {captured_at.isoformat()} {digest}".encode()).digest()
    return Observation(
        capture_id=capture_id,
        url_key=urls.url_key(url),
        target_uri=url,
        source_key=None,
        site=urls.site_of(url),
        captured_at=captured_at,
        payload_digest=digest,
        status=status,
        is_revisit=is_revisit,
        place=Place(warc="raw/a.warc.gz", offset=int(hours * 1000), length=10),
        meta=meta or CaptureMeta(),
        rules_version=rules,
        page=Page(
            outcome=outcome,
            page_type=PageType.ARTICLE if outcome is Outcome.ARTICLE else PageType.EMPTY,
            text=text if outcome is Outcome.ARTICLE else "",
            **page,
        ),
    )
