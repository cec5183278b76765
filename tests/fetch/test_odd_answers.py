"""Answers that strict readers refuse: what is there is read, what is missing is said, and no connection is trusted."""

from __future__ import annotations

import asyncio
import gzip

import brotli
import pytest
from fetch_servers import Route, Server, Visitor, answer, client, run

from etl.fetch.messages import FetchRequest, FetchResult, RequestKind
from etl.http.codings import zstd
from etl.model import Outcome

PAGE = ("<!doctype html><p>" + "Der Bürgermeister 市長は رئيس البلدية eröffnete die Brücke. " * 40 + "</html>").encode()
HALF = PAGE[: len(PAGE) // 2]


def then_close(data: bytes) -> Route:
    async def route(visitor: Visitor) -> None:
        await visitor.send(data)
        visitor.close()

    return route


def then_reset(data: bytes) -> Route:
    async def route(visitor: Visitor) -> None:
        await visitor.send(data)
        await asyncio.sleep(0.05)
        visitor.reset()

    return route


def then_wait(data: bytes) -> Route:
    async def route(visitor: Visitor) -> None:
        await visitor.send(data)
        await asyncio.sleep(5)

    return route


def fetched(route: Route, *, kind: RequestKind = RequestKind.PAGE, more: dict[str, Route] | None = None) -> FetchResult:
    async def go() -> FetchResult:
        async with Server(routes={"/": route, **(more or {})}) as server, client(read_timeout_s=0.5) as fetcher:
            return await fetcher.get(FetchRequest(url=server.url(), kind=kind))

    return run(go())


def head(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK", end: bytes = b"\r\n") -> bytes:
    return end.join([status, *lines, b"", b""])


def chunks(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


LENGTH = b"Content-Length: %d" % len(PAGE)
PACKED = gzip.compress(PAGE, mtime=0)

WHOLE: dict[str, bytes] = {
    "a blank before a colon": head(b"P3P : CP=x", b"Content-Length : %d" % len(PAGE)) + PAGE,
    "a blank in a name": head(b"X Own Name: a", LENGTH) + PAGE,
    "NUL in a name": head(b"X\x00Y: a", LENGTH) + PAGE,
    "NUL in a value": head(b"X-A: b\x00c", LENGTH) + PAGE,
    "CR in a value": head(b"X-A: b\rc", LENGTH) + PAGE,
    "Latin-1 in a name": head(b"X-\xe9t\xe9: b", LENGTH) + PAGE,
    "a line without a colon": head(b"no field", LENGTH) + PAGE,
    "a folded line": head(b"X-A: b", b"\tc", LENGTH) + PAGE,
    "a folded first line": head(b" x", LENGTH) + PAGE,
    "line feeds alone": head(b"X-A: b", LENGTH, end=b"\n") + PAGE,
    "a value broken by a line feed": head(b"X-Policy: a;\nimg *;\nb", LENGTH) + PAGE,
    "line ends of both kinds": b"HTTP/1.0 200 OK\nServer: x\r\nPragma: y\nSet-Cookie: a=1;\n\n" + PAGE,
    "no reason": head(LENGTH, status=b"HTTP/1.1 200") + PAGE,
    "small letters": head(LENGTH, status=b"http/1.1 200 ok") + PAGE,
    "empty lines first": b"\r\n\n" + head(LENGTH) + PAGE,
    "one length twice": head(LENGTH, LENGTH) + PAGE,
    "one length in a list": head(b"Content-Length: %d, %d" % (len(PAGE), len(PAGE))) + PAGE,
    "a length beside chunks": head(b"Content-Length: 7", b"Transfer-Encoding: chunked") + chunks(PAGE),
    "chunks that are none": head(LENGTH, b"Transfer-Encoding: chunked") + PAGE,
    "chunks that are none and no length": head(b"Transfer-Encoding: chunked") + PAGE,
    "chunks with blanks around their size": head(b"Transfer-Encoding: chunked")
    + chunks(end=b" %x \r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE)),
    "no length that can be read": head(b"Content-Length: -1", b"Connection: close") + PAGE,
    "two lengths, and an end": head(b"Content-Length: 5", b"Content-Length: 9", b"Connection: close") + PAGE,
    "a length that is too small": head(b"Content-Length: 99", b"Connection: close") + PAGE,
    "a length that is too small, before another answer": answer(200, PAGE) + answer(200, b"other"),
    "brotli": head(b"Content-Encoding: br") + brotli.compress(PAGE),
    "zstd": head(b"Content-Encoding: zstd") + zstd.compress(PAGE),
    "gzip of plain text": head(b"Content-Encoding: gzip", LENGTH) + PAGE,
    "gzip named twice": head(b"Content-Encoding: gzip", b"Content-Encoding: gzip") + PACKED,
    "gzip twice, named once": head(b"Content-Encoding: gzip") + gzip.compress(PACKED, mtime=0),
    "gzip that nobody named": head(b"Content-Length: %d" % len(PACKED)) + PACKED,
    "gzip as a transfer coding": head(b"Transfer-Encoding: gzip, chunked") + chunks(PACKED),
    "a coding that is none": head(b"Content-Encoding: utf-8", LENGTH) + PAGE,
    "the length of what was unpacked": head(b"Content-Encoding: gzip", LENGTH)[:-2]
    + b"X: %s\r\n\r\n" % (b"y" * 9)
    + PACKED,
}


@pytest.mark.parametrize("what", WHOLE)
def test_what_a_strict_reader_refuses_is_a_whole_page(what: str) -> None:
    result = fetched(then_close(WHOLE[what]))
    assert (result.outcome, result.status, result.is_short) == (None, 200, False), result.error
    assert result.body == PAGE


def test_a_length_of_the_unpacked_body_ends_with_the_packing_though_the_connection_stays_open() -> None:
    result = fetched(then_wait(head(b"Content-Encoding: gzip", LENGTH) + gzip.compress(PAGE, mtime=0)))
    assert (result.outcome, result.body, result.is_short) == (None, PAGE, False)


SHORT: dict[str, tuple[bytes, bytes]] = {
    "a length that is too large": (head(b"Content-Length: %d" % (len(PAGE) + 9)) + PAGE, PAGE),
    "half of its length": (head(LENGTH) + HALF, HALF),
    "no last chunk": (head(b"Transfer-Encoding: chunked") + chunks(PAGE, end=b""), PAGE),
    "half a chunk": (head(b"Transfer-Encoding: chunked") + b"fff\r\n" + HALF, HALF),
    "half a trailer": (head(b"Transfer-Encoding: chunked") + chunks(PAGE, end=b"0\r\nX: "), PAGE),
    "gzip without its end": (head(b"Content-Encoding: gzip") + PACKED[:-4], PAGE),
    "gzip in chunks without an end": (
        head(b"Content-Encoding: gzip", b"Transfer-Encoding: chunked") + chunks(PACKED[:-8], end=b""),
        PAGE,
    ),
}


@pytest.mark.parametrize("what", SHORT)
def test_an_answer_that_ends_too_early_is_kept_and_it_is_said(what: str) -> None:
    data, body = SHORT[what]
    result = fetched(then_close(data))
    assert (result.outcome, result.status, result.is_short) == (None, 200, True), result.error
    assert result.body == body


BROKEN: dict[str, Route] = {
    "a reset within the body": then_reset(head(LENGTH) + HALF),
    "a reset within a chunk": then_reset(head(b"Transfer-Encoding: chunked") + b"fff\r\n" + HALF),
    "nothing of the body": then_close(head(LENGTH)),
    "a chunk longer than its size": then_close(head(b"Transfer-Encoding: chunked") + b"5\r\nabcdefgh\r\n0\r\n\r\n"),
    "a size that is none": then_close(head(b"Transfer-Encoding: chunked") + b"zz\r\nabc\r\n0\r\n\r\n"),
    "another protocol": then_close(head(b"Upgrade: h2c", status=b"HTTP/1.1 101 Switching")),
    "half a head": then_close(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_broke_on_the_way_is_asked_for_again_and_no_page(what: str) -> None:
    result = fetched(BROKEN[what])
    assert result.outcome is Outcome.HTTP_ERROR and result.body == b"" and result.error


def test_a_redirect_that_is_cut_behind_its_location_is_followed() -> None:
    more: dict[str, Route] = {"/b": answer(200, PAGE)}
    cut = b"HTTP/1.1 301 Moved\r\nLocation: /b\r\n"
    for data in (cut, cut + b"X-Half", cut.replace(b"\r", b"")):
        result = fetched(then_close(data), more=more)
        assert (result.outcome, result.body, len(result.redirects)) == (None, PAGE, 1), result.error
    assert fetched(then_close(cut[:-2]), more=more).outcome is Outcome.HTTP_ERROR  # it may go on


@pytest.mark.parametrize("name", ["/gr\xfcn", "/\xe4\xbd\xa0", "/a b"])
def test_bytes_of_a_location_are_escaped_as_they_stand(name: str) -> None:
    data = b"HTTP/1.1 302 Found\r\nLocation: " + name.encode("latin-1") + b"\r\nContent-Length: 0\r\n\r\n"
    escaped = "".join(c if c.isascii() and c != " " else f"%{ord(c):02X}" for c in name)
    result = fetched(data, more={escaped: answer(200, PAGE)})
    assert result.is_full and result.final_url.endswith(escaped)


@pytest.mark.parametrize(
    "kind", [RequestKind.PAGE, RequestKind.FEED, RequestKind.SITEMAP, RequestKind.ROBOTS, RequestKind.WELL_KNOWN]
)
def test_every_kind_of_document_is_read_by_the_same_reader(kind: RequestKind) -> None:
    result = fetched(then_close(head(b"X Y: z", b"Content-Length: %d" % (len(PAGE) + 9)) + PAGE), kind=kind)
    assert (result.outcome, result.body, result.is_short) == (None, PAGE, True)


SMUGGLED = answer(200, b"smuggled")
FIRST: dict[str, bytes] = {
    "an answer too many": answer(200, PAGE),
    "a blank before a colon": head(b"X : y", LENGTH) + PAGE,
    "NUL in a value": head(b"X: \x00", LENGTH) + PAGE,
    "a folded line": head(b"X: y", b" z", LENGTH) + PAGE,
    "one length twice": head(LENGTH, LENGTH) + PAGE,
    "a length beside chunks": head(LENGTH, b"Transfer-Encoding: chunked") + chunks(PAGE),
    "chunks that are none": head(LENGTH, b"Transfer-Encoding: chunked") + PAGE,
    "a length that is too small": head(b"Content-Length: 9") + PAGE,
    "no body, and one": head(status=b"HTTP/1.1 204 No") + PAGE,
    "rubbish behind": answer(200, PAGE) + b"\r\n",
}


@pytest.mark.parametrize("what", FIRST)
@pytest.mark.parametrize("pause_s", [0, 0.05])
def test_nothing_that_comes_behind_an_answer_is_taken_for_the_next_one(what: str, pause_s: float) -> None:
    async def route(visitor: Visitor) -> None:
        await visitor.send(FIRST[what])
        await asyncio.sleep(pause_s)
        await visitor.send(SMUGGLED)

    async def go() -> None:
        async with Server(routes={"/": route, "/next": answer(200, b"good")}) as server, client() as fetcher:
            await fetcher.get(FetchRequest(url=server.url()))
            await asyncio.sleep(2 * pause_s)
            assert (await fetcher.get(FetchRequest(url=server.url("/next")))).body == b"good"
            assert [seen.connection for seen in server.seen] == [1, 2]

    run(go())


@pytest.mark.parametrize("what", [name for name in FIRST if name not in ("an answer too many", "rubbish behind")])
def test_a_connection_is_not_used_again_behind_a_head_that_was_mended(what: str) -> None:
    async def go() -> None:
        async with Server(routes={"/": FIRST[what], "/next": answer(200, b"good")}) as server, client() as fetcher:
            await fetcher.get(FetchRequest(url=server.url()))
            assert (await fetcher.get(FetchRequest(url=server.url("/next")))).body == b"good"
            assert [seen.connection for seen in server.seen] == [1, 2]

    run(go())


def test_a_cookie_cannot_write_a_line_of_a_request() -> None:
    async def go() -> None:
        first = b"HTTP/1.1 302 X\r\nLocation: /b\r\nSet-Cookie: a=b\rX-Own: 1\r\nContent-Length: 0\r\n\r\n"
        async with Server(routes={"/": first, "/b": answer(200, PAGE)}) as server, client() as fetcher:
            assert (await fetcher.get(FetchRequest(url=server.url()))).is_full
            assert "x-own" not in server.seen[1].headers and b"\rX-Own" not in server.seen[1].head

    run(go())
