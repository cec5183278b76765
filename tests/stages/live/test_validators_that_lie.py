"""A feed that answers 304 for ever is read whole once a day, and when it has changed under its validator, always."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from sqlalchemy import text

from benchmarks.hostile_server import article
from etl.settings import Settings
from etl.stages.live.run import run_once
from etl.warehouse.engine import open_engine
from etl.warehouse.ops.documents import WHOLE_EVERY, DocumentState, DocumentValidators

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def state(**changes: object) -> DocumentState:
    given: dict[str, object] = {
        "validators": DocumentValidators(etag='"1"', last_modified=None),
        "read_at": NOW,
        "digest": b"a",
        "is_doubted": False,
    }
    return DocumentState(**(given | changes))  # type: ignore[arg-type]


def test_a_document_is_asked_for_without_conditions_once_a_day_and_when_it_is_doubted() -> None:
    assert state().conditions(NOW + HOUR).etag == '"1"'
    for one, now in (
        (state(), NOW + WHOLE_EVERY),
        (state(), NOW - HOUR),  # a clock that was put back
        (state(read_at=None), NOW),
        (state(is_doubted=True), NOW + HOUR),
    ):
        assert one.conditions(now) == DocumentValidators(etag=None, last_modified=None)


def test_other_bytes_under_the_same_validator_contradict_it() -> None:
    def validators(etag: str | None, last_modified: str | None) -> DocumentValidators:
        return DocumentValidators(etag=etag, last_modified=last_modified)

    dated = state(validators=validators(None, "Tue"))
    assert state().contradicts(b"b", validators('"1"', "x"))
    assert dated.contradicts(b"b", validators(None, "Tue"))
    assert not state().contradicts(b"a", validators('"1"', None))
    assert not state().contradicts(b"b", validators('"2"', None))
    assert not dated.contradicts(b"b", validators(None, "Wed"))
    assert not state(digest=None).contradicts(b"b", validators('"1"', None))
    assert not state(validators=validators(None, None)).contradicts(b"b", validators(None, None))


@pytest.fixture
def lying_feed() -> Iterator[tuple[str, list[int]]]:
    """A server whose feed names one story more each hour that passes in `hours`, and says 304 to every condition."""
    hours = [0]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, kind = 404, b"", "text/plain"
            if self.path == "/feed":
                base = f"http://{self.headers['Host']}"
                named = "".join(f"<item><title>S</title><link>{base}/s{n}</link></item>" for n in range(hours[0] + 1))
                status, kind = 200, "application/rss+xml"
                body = (
                    f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{named}</channel></rss>'.encode()
                )
                if self.headers["If-None-Match"]:
                    status, body = 304, b""
            elif self.path.startswith("/s"):
                status, body, kind = 200, article(self.path), "text/html"
            self.send_response(status)
            if self.path == "/feed":
                self.send_header("ETag", '"always"')
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", hours
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.e2e
def test_news_of_a_feed_that_says_304_for_ever_is_seen_within_a_day_and_from_then_on_at_once(
    database_url: str, tmp_path: Path, lying_feed: tuple[str, list[int]]
) -> None:
    base, hours = lying_feed
    sources = tmp_path / "sources.yaml"
    source = {"key": "liar", "name": "L", "homepage": f"{base}/", "languages": ["en"], "feeds": [f"{base}/feed"]}
    sources.write_text(yaml.safe_dump({"sources": [{**source, "min_delay_s": 0.01}]}), encoding="utf-8")
    settings = Settings(
        home=tmp_path,
        warehouse_url=database_url,
        lake_url=(tmp_path / "lake").as_uri(),
        sources=sources,
        contact=None,
        s3_endpoint_url=None,
    )
    engine = open_engine(database_url)
    seen, said = {}, {}
    for hour in (0, 1, 25, 26):
        hours[0] = hour
        run_once(settings, sources=(), now=NOW + hour * HOUR)
        with engine.connect() as connection:
            seen[hour] = connection.execute(text("SELECT count(*) FROM ops.candidate")).scalar_one()
            said[hour] = connection.execute(text("SELECT error FROM ops.document")).scalar_one()
    engine.dispose()
    assert seen == {0: 1, 1: 1, 25: 26, 26: 27}
    assert said[1] is None and "validators_lie" in str(said[25])
