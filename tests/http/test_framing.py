from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.http.framing import ChunkError, Dechunker, End, framing_of
from etl.http.head import HeadError, parse_head


def framed(*lines: str, status: str = "HTTP/1.1 200 OK") -> tuple[End, int | None, bool, bool]:
    """What ends the body, its length, whether it is the last answer, and whether something was mended."""
    found = framing_of(parse_head([line.encode("latin-1") for line in (status, *lines)]))
    return found.end, found.length, found.is_last, bool(found.mended)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["Content-Length: 5"], (End.LENGTH, 5, False, False)),
        (["content-length:5", "Connection: Keep-Alive"], (End.LENGTH, 5, False, False)),
        (["Content-Length: 5", "Connection: close"], (End.LENGTH, 5, True, False)),
        ([], (End.CLOSE, None, True, False)),
        (["Transfer-Encoding: chunked"], (End.CHUNKS, None, False, False)),
        (["Transfer-Encoding: gzip, Chunked"], (End.CHUNKS, None, False, False)),
        (["Transfer-Encoding: identity", "Content-Length: 5"], (End.LENGTH, 5, False, False)),
        (["Transfer-Encoding: cow", "Connection: close", "Content-Length: 5"], (End.CLOSE, 5, True, True)),
        (["Transfer-Encoding: cow"], (End.CLOSE, None, True, True)),
        (["Transfer-Encoding: chunked", "Content-Length: 5"], (End.CHUNKS, 5, False, True)),
        (["Content-Length: 5", "Content-Length: 5"], (End.LENGTH, 5, False, True)),
        (["Content-Length: 5, 5,5"], (End.LENGTH, 5, False, True)),
        (["Content-Length: 5", "Content-Length: 6", "Connection: close"], (End.CLOSE, None, True, True)),
        (["Content-Length: -1", "Connection: close"], (End.CLOSE, None, True, True)),
        (["Content-Length:", "Connection: close"], (End.CLOSE, None, True, True)),
        (["Content-Length: many", "connection: x, Close"], (End.CLOSE, None, True, True)),
    ],
)
def test_what_ends_a_body(lines: list[str], found: tuple[End, int | None, bool, bool]) -> None:
    assert framed(*lines) == found


@pytest.mark.parametrize("status", ["HTTP/1.1 204 No", "HTTP/1.1 304 Same", "HTTP/1.1 103 Early"])
def test_some_answers_have_no_body_whatever_they_state(status: str) -> None:
    assert framed("Content-Length: 5", status=status)[0] is End.NOTHING
    assert framed("Transfer-Encoding: chunked", status=status)[0] is End.NOTHING


def test_an_answer_of_http_1_0_is_the_last_one_unless_it_says_otherwise() -> None:
    assert framed("Content-Length: 5", status="HTTP/1.0 200 OK")[2]
    assert not framed("Content-Length: 5", "Connection: keep-alive", status="HTTP/1.0 200 OK")[2]


@pytest.mark.parametrize(
    "lines",
    [
        *(["Content-Length: 5", "Content-Length: 6"], ["Content-Length: 5, 6"], ["Content-Length: -5"]),
        *(["Content-Length: +5"], ["Content-Length: 0x5"], ["Content-Length:"], ["Content-Length: " + "9" * 30]),
    ],
)
def test_a_length_that_leaves_the_end_open_is_refused_on_a_connection_that_goes_on(lines: list[str]) -> None:
    with pytest.raises(HeadError, match="Content-Length"):
        framed(*lines)


def dechunked(data: bytes, step: int) -> tuple[bytes, Dechunker]:
    dechunker, out = Dechunker(), b""
    for start in range(0, len(data), step):
        out += b"".join(dechunker.feed(data[start : start + step]))
    return out, dechunker


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.integers(1, 50))
def test_chunks_come_off_however_the_bytes_are_cut(parts: list[bytes], step: int) -> None:
    data = b"".join(b"%X \r\n%s\r\n" % (len(part), part) for part in parts) + b"0;x=y\r\nTrailer: z\r\n\r\n"
    out, dechunker = dechunked(data, step)
    assert out == b"".join(parts) and dechunker.is_over and dechunker.has_begun and not dechunker.rest


def test_what_comes_behind_the_last_chunk_is_told_apart() -> None:
    out, dechunker = dechunked(b"2\nok\n0\n\nHTTP/1.1 200 OK", 99)
    assert (out, dechunker.rest) == (b"ok", b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "data", [b"zz\r\nab", b"-1\r\nab", b"2\r\nabc\r\n0\r\n\r\n", b"f" * 16 + b"\r\n", b"\r\n" * 3, b"5 0\r\nabcde"]
)
def test_what_are_no_chunks_is_an_error(data: bytes) -> None:
    for step in (1, 99):
        with pytest.raises(ChunkError):
            dechunked(data, step)


def test_blanks_and_a_line_end_too_many_around_a_size_are_no_part_of_a_chunk() -> None:
    for data in (b"1  \r\na\r\n2\t\r\nbc\r\n0   \r\n\r\n", b"\n1\r\na\r\n\r\n2\r\nbc\r\n\n0\r\n\r\n"):
        for step in (1, 99):
            out, dechunker = dechunked(data, step)
            assert out == b"abc" and dechunker.is_over


def test_lines_between_chunks_and_trailers_have_an_end() -> None:
    for data in (b"1" + b" " * 20_000, b"0\r\n" + b"X: y\r\n" * 20_000):
        with pytest.raises(ChunkError):
            dechunked(data, 1 << 20)


@pytest.mark.parametrize("data", [b"<p>", b"\r\n <!doctype", b'{"a": 1}', b"\xef\xbb\xbf<p>", b"\x1f\x8b"])
def test_a_document_is_no_chunk(data: bytes) -> None:
    dechunker = Dechunker()
    with pytest.raises(ChunkError):
        list(dechunker.feed(data))
    assert dechunker.is_plain and dechunker.taken == data
