from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.http.head import HeadError, parse_fields, parse_head

LINE = b"HTTP/1.1 200 OK"


def test_a_head_as_the_standard_has_it_is_not_mended() -> None:
    head = parse_head([LINE, b"Content-Type: text/html", b"X-Empty:", b"Set-Cookie: a=b", b"set-cookie: c=d"])
    assert (head.status, head.reason, head.version, head.mended) == (200, b"OK", "1.1", ())
    assert head.values(b"set-cookie") == [b"a=b", b"c=d"] and head.values(b"x-empty") == [b""]


@pytest.mark.parametrize(
    ("line", "status", "reason", "version"),
    [
        (b"HTTP/1.1 200", 200, b"", "1.1"),
        (b"HTTP/1.1 200 ", 200, b"", "1.1"),
        (b"HTTP/1.0 404 Not Found", 404, b"Not Found", "1.0"),
        (b"http/1.1 200 ok", 200, b"ok", "1.1"),
        (b"HTTP/1.1  301\tMoved  ", 301, b"Moved", "1.1"),
        (b"HTTP/2 200", 200, b"", "2"),
        ("HTTP/1.1 200 всё хорошо 好".encode(), 200, "всё хорошо 好".encode(), "1.1"),
        (b"HTTP/1.1 500 \xff\x00\x1b", 500, b"\xff\x00\x1b", "1.1"),
    ],
)
def test_status_lines_as_servers_write_them(line: bytes, status: int, reason: bytes, version: str) -> None:
    head = parse_head([line])
    assert (head.status, head.reason, head.version) == (status, reason, version)


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"<html>", b"SSH-2.0-x", b"HTTP/1.1 20", b"HTTP/1.1 2000 OK", b"HTTP/1.1 -20 OK", b"HTTP/1.1 099 OK"),
        *(b"HTTP/1.1 OK", "HTTP/1.1 ٢٠٠ OK".encode(), b"ICY 200 OK", b"HTTP/11.1 200 OK", b"x HTTP/1.1 200 OK"),
    ],
)
def test_what_is_no_status_line_is_no_head(line: bytes) -> None:
    with pytest.raises(HeadError):
        parse_head([line])


@pytest.mark.parametrize(
    ("lines", "fields", "said"),
    [
        ([b"P3P : CP=x"], ((b"P3P", b"CP=x"),), "a blank before a colon"),
        ([b"Content-Length\t: 5"], ((b"Content-Length", b"5"),), "a blank before a colon"),
        ([b"X Own Name: a"], ((b"X Own Name", b"a"),), "a name that is none"),
        ([b"X\x00A: b"], ((b"X\x00A", b"b"),), "a name that is none"),
        ([b"X-\xe9: b"], ((b"X-\xe9", b"b"),), "a name that is none"),
        ([b"X-A: b\x00c"], ((b"X-A", b"b\x00c"),), "NUL or CR within a line"),
        ([b"X-A: b\rX-B: c"], ((b"X-A", b"b\rX-B: c"),), "NUL or CR within a line"),
        ([b"no colon here", b"A: b"], ((b"A", b"b"),), "a line that is no field"),
        ([b": b", b"A: b"], ((b"A", b"b"),), "a line that is no field"),
        ([b"A: b", b"  c", b"\td ", b" "], ((b"A", b"b c d"),), "a folded line"),
        ([b" folded first", b"A: b"], ((b"A", b"b"),), "a folded line"),
    ],
)
def test_what_a_strict_reader_refuses_is_read_and_said(
    lines: list[bytes], fields: tuple[tuple[bytes, bytes], ...], said: str
) -> None:
    found, mended = parse_fields(lines)
    assert found == fields and said in mended
    assert parse_head([LINE, *lines]).mended == mended


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_no_lines_raise_anything_but_a_head_error(lines: list[bytes]) -> None:
    parse_fields(lines)
    for head in (lines, [LINE, *lines]):
        try:
            parse_head(head)
        except HeadError:
            assert head is lines
