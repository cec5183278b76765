"""Whole answers as archives hold them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.http.codings import TooLargeError, zstd
from etl.http.head import HeadError
from etl.http.message import DecodedBody, body_of, parse_answer

HTML = "<p>Aðalfundur félagsins var haldinn á þriðjudag. 市議会は予算を可決した。</p>".encode()


def http(headers: bytes, body: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return status + b"\r\n" + headers + b"\r\n" + body


def body(payload: bytes, *fields: tuple[str, str], limit: int = 1 << 20) -> DecodedBody:
    return body_of(payload, tuple((name.encode(), value.encode()) for name, value in fields), limit=limit)


def decoded(payload: bytes, coding: str, name: str = "Content-Encoding") -> bytes:
    return body(payload, (name, coding)).content


@pytest.mark.parametrize(
    ("status_line", "status"),
    [
        (b"HTTP/1.1 200 OK", 200),
        (b"HTTP/1.1 404", 404),
        (b"HTTP/2 200", 200),
        (b"http/1.0  301  Moved ", 301),
        (b"HTTP/1.1 999 No", 999),
        (b"\r\n\r\nHTTP/1.1 200 OK", 200),
    ],
)
def test_status_lines_of_the_wild_are_read(status_line: bytes, status: int) -> None:
    found = parse_answer(http(b"Content-Type: text/html\r\n", HTML, status_line))
    assert (found.status, found.body.content, found.fields) == (status, HTML, ((b"Content-Type", b"text/html"),))


def test_an_answer_may_have_no_body_or_no_end_of_its_head() -> None:
    assert parse_answer(b"HTTP/1.1 304 Not Modified\r\nETag: 1").fields == ((b"ETag", b"1"),)
    assert parse_answer(b"HTTP/1.1 200 OK\n\n" + HTML).body.content == HTML
    assert parse_answer(b"HTTP/1.1 200 OK\r\n\r\n\r\n\r\n" + HTML).body.content == b"\r\n\r\n" + HTML


@given(st.binary(max_size=200))
@example(b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n")
@settings(deadline=None)
def test_no_bytes_break_the_reader_of_answers(data: bytes) -> None:
    for block in (data, b"HTTP/1.1 200 OK\r\n" + data):
        try:
            parse_answer(block)
        except HeadError as error:
            assert str(error)


def chunked(data: bytes, size: int = 7, end: bytes = b"0\r\n\r\n") -> bytes:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in parts) + end


def raw_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@given(st.binary(max_size=3000), st.sampled_from(["", *ENCODERS]), st.booleans())
@settings(deadline=None)
def test_encoded_bodies_are_decoded(data: bytes, coding: str, is_chunked: bool) -> None:
    payload = ENCODERS.get(coding, bytes)(data)
    fields = [("Content-Encoding", coding.upper())] if coding else []
    if is_chunked:
        payload = chunked(payload)
        fields.append(("transfer-encoding", "Chunked"))
    found = body(payload, *fields)
    if not coding or not data.startswith(b"\x1f\x8b"):  # gzip within is taken off as well
        assert (found.content, found.is_cut) == (data, False)


def test_codings_one_upon_another_are_taken_off_in_turn() -> None:
    twice = gzip.compress(gzip.compress(HTML, mtime=0), mtime=0)
    assert decoded(brotli.compress(gzip.compress(HTML, mtime=0)), "gzip, br") == HTML
    assert body(twice, ("Content-Encoding", "gzip"), ("Vary", "x"), ("content-encoding", "gzip")).content == HTML
    assert decoded(twice, "gzip") == HTML
    assert decoded(gzip.compress(HTML, mtime=0), "gzip, gzip") == HTML
    assert decoded(raw_deflate(HTML), "deflate") == HTML
    assert decoded(gzip.compress(HTML, mtime=0) * 2 + b"\0\0", "gzip") == HTML * 2
    assert decoded(HTML, "identity") == decoded(HTML, "zip") == HTML
    assert decoded(chunked(gzip.compress(HTML, mtime=0)), "gzip, chunked", "Transfer-Encoding") == HTML


@pytest.mark.parametrize("coding", [*ENCODERS])
def test_a_coding_that_the_bytes_do_not_have_is_passed_by(coding: str) -> None:
    for data in (HTML, b"", b"{}", "市議会".encode("shift_jis"), b"0123456789" * 50, bytes(99), b"\x1f"):
        assert decoded(data, coding) == data
        assert decoded(data, "chunked", "Transfer-Encoding") == data


def test_of_a_body_cut_short_what_can_be_had_is_kept_and_it_is_said() -> None:
    text = HTML * 300
    for payload in (gzip.compress(text, 0, mtime=0), gzip.compress(text, mtime=0)[:-6]):
        found = body(payload[:-3], ("Content-Encoding", "gzip"))
        assert found.is_cut and len(found.content) > len(text) // 2 and text.startswith(found.content)
    for payload in (b"5\r\nhello\r\n5\r\nwor", b"5\r\nhello\r\n3\r\nwor\r\n"):
        assert body(payload, ("Transfer-Encoding", "chunked")) == DecodedBody(
            entity=b"hellowor", content=b"hellowor", is_cut=True
        )
    assert body(HTML, ("Content-Length", str(len(HTML) + 1))).is_cut
    assert not body(HTML, ("Content-Length", str(len(HTML)))).is_cut


def test_a_length_says_nothing_where_a_coding_tells_the_end_or_was_taken_off_before() -> None:
    packed = gzip.compress(HTML, mtime=0)
    for payload in (packed, HTML):
        assert not body(payload, ("Content-Encoding", "gzip"), ("Content-Length", "99999")).is_cut
    assert not body(HTML, ("Content-Length", "many")).is_cut
    assert not body(HTML, ("Content-Length", "1")).is_cut
    assert not body(b"", ("Content-Length", "99")).is_cut  # a crawler that keeps no body


@pytest.mark.parametrize("coding", [*ENCODERS])
def test_a_body_that_unfolds_without_end_is_too_large(coding: str) -> None:
    bomb = ENCODERS[coding](bytes(3 << 20))
    assert len(bomb) < 10_000
    with pytest.raises(TooLargeError):
        body(bomb, ("Content-Encoding", coding), limit=1 << 20)
    assert len(body(bomb, ("Content-Encoding", coding), limit=3 << 20).content) == 3 << 20
    with pytest.raises(TooLargeError):
        body(bytes(99), limit=98)
