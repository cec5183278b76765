"""A page that is larger than any real one is counted and named, and takes no worker's memory."""

from datetime import UTC, datetime

import pytest

from etl.model import Capture, Outcome
from etl.sources.registry import Registry
from etl.stages.process.page_reading import MAX_PAGE_BYTES, read_capture


@pytest.mark.parametrize(("size", "outcome"), [(MAX_PAGE_BYTES + 1, Outcome.TOO_LARGE), (4000, Outcome.ARTICLE)])
def test_a_page_larger_than_what_is_fetched_is_not_read(size: int, outcome: Outcome) -> None:
    line = b"<p>The ferry to Sulina stays in port until Monday, since the wind does not turn before then.</p>"
    body = (b"<html><title>Ferry stays</title><body><article>" + line * (1 + size // len(line)))[:size]
    capture = Capture(
        target_uri="https://a.example/ferry",
        captured_at=datetime(2026, 11, 24, tzinfo=UTC),
        payload_digest="sha256:00",
        status=200,
        headers=(("Content-Type", "text/html"),),
        body=body,
    )
    page = read_capture(capture, registry=Registry.of([]), resolve=lambda _: None).page
    assert page.outcome is outcome
    assert outcome is Outcome.ARTICLE or page.detail == f"{size} bytes; pages of up to {MAX_PAGE_BYTES} are read"
