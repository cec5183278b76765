from __future__ import annotations

import io
from pathlib import Path

import pytest
from fetch_servers import NOW, Server, answer, client, redirect, run
from warcio.archiveiterator import ArchiveIterator

from etl.fetch.exchange import exchange_of
from etl.fetch.messages import FetchRequest, FetchResult
from etl.lake.segment import SegmentWriter
from etl.model import FoundVia, Hint, Outcome, Redirect, RefersTo


def fetched(page: bytes, path: str = "/s%C3%BCd?q=1") -> tuple[FetchResult, list[bytes]]:
    async def go() -> tuple[FetchResult, list[bytes]]:
        async with Server(routes={"/": redirect(path)}, default=page) as server, client() as fetcher:
            return await fetcher.get(FetchRequest(url=server.url())), [seen.head for seen in server.seen]

    return run(go())


def test_an_exchange_is_what_was_sent_and_what_came_back() -> None:
    page = answer(
        200, b"Stra\xdfe", "Content-Type: text/html", "X-Utf8: 你好".encode().decode("latin-1"), "X-Latin: \xdf"
    )
    result, heads = fetched(page)
    hint = Hint(source_key="s", via=FoundVia.FEED, found_at="http://x/feed")
    exchange = exchange_of(result, source_key="s", hints=[hint])
    assert exchange.request == heads[-1]
    assert exchange.target_uri == result.final_url and exchange.target_uri.endswith("/s%C3%BCd?q=1")
    assert (exchange.captured_at, exchange.status, exchange.ip) == (NOW, 200, "127.0.0.1")
    assert exchange.body == b"Stra\xdfe"
    assert dict(exchange.headers)["X-Utf8"] == "你好"
    assert dict(exchange.headers)["X-Latin"].encode("utf-8", "surrogateescape") == b"\xdf"
    assert exchange.meta.source_key == "s" and exchange.meta.hints == (hint,)
    assert exchange.meta.redirects == (Redirect(url=result.url, status=302),)


def test_the_lake_keeps_it_as_a_warc_that_others_read(tmp_path: Path) -> None:
    import gzip

    body = "<p>Süddeutsche Straße".encode()
    result, _ = fetched(answer(200, gzip.compress(body, mtime=0), "Content-Encoding: gzip", "X-Latin: \xdf"))
    with SegmentWriter(tmp_path, now=NOW, operator=None, user_agent="x") as writer:
        writer.write(exchange_of(result, source_key=None))
        data = writer.close().path.read_bytes()
    records = {r.rec_type: (r, r.content_stream().read()) for r in ArchiveIterator(io.BytesIO(data))}
    response, content = records["response"]
    assert content == body
    assert response.http_headers.get_header("X-Crawler-Content-Encoding") == "gzip"
    assert response.http_headers.get_header("Content-Length") == str(len(body))
    assert response.rec_headers.get_header("WARC-IP-Address") == "127.0.0.1"
    request, _ = records["request"]
    assert request.http_headers.get_header("User-Agent") and request.http_headers.protocol == "GET"


def test_a_confirmed_copy_refers_to_it() -> None:
    result = FetchResult(url="http://x/", final_url="http://x/", fetched_at=NOW, outcome=Outcome.UNCHANGED, status=304)
    earlier = RefersTo(target_uri="http://x/", captured_at=NOW, payload_digest="sha256:00", not_modified=True)
    exchange = exchange_of(result, source_key=None, refers_to=earlier)
    assert exchange.refers_to == earlier and exchange.request == b""


def test_what_never_came_cannot_be_kept() -> None:
    result = FetchResult(
        url="http://x/", final_url="http://x/", fetched_at=NOW, outcome=Outcome.TIMEOUT, error="timeout"
    )
    with pytest.raises(ValueError, match="nothing was received"):
        exchange_of(result, source_key=None)
