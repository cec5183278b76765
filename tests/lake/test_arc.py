"""ARC files whose stated lengths are wrong: every record is still read whole, and none is taken in by another one."""

from __future__ import annotations

import pytest

from etl.lake import arc

PAGE = b"<p>one\n\nline\n</p>" + b"word\n" * 20


def record(number: int, body: bytes, *, wrong_by: int = 0, states_length: bool = False) -> bytes:
    length = b"Content-Length: %d\r\n" % len(body) if states_length else b""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + length + b"\r\n" + body
    head = b"http://a.example/%d 192.0.2.1 20261130080000 text/html %d\n" % (number, len(block) + wrong_by)
    return head + block + b"\n"


def archive(*records: bytes) -> bytes:
    said = b"1 0 test\nURL IP-address Archive-date Content-type Archive-length\n"
    return b"filedesc://a.arc 0.0.0.0 20261130080000 text/plain %d\n" % len(said) + said + b"\n" + b"".join(records)


def bodies(data: bytes) -> list[bytes]:
    """The bodies of the records that are responses."""
    found = [each for each in arc.warc_records(data) if each.startswith(b"WARC/")]
    return [each.split(b"\r\n\r\n", 2)[2].strip() for each in found]


@pytest.mark.parametrize("states_length", [False, True], ids=["", "exchanges with Content-Length"])
@pytest.mark.parametrize("records_too_many", [0, 1, 2])
@pytest.mark.parametrize("wrong_by", [-20, -5, -1, 0, 1, 5, 20, 30, 150, 10**6])
def test_a_wrong_length_takes_nothing_from_the_records_behind(
    wrong_by: int, records_too_many: int, states_length: bool
) -> None:
    others = [record(number, PAGE, states_length=states_length) for number in (2, 3)]
    wrong = wrong_by + sum(map(len, others[:records_too_many]))
    first = record(1, PAGE, wrong_by=wrong, states_length=states_length)
    assert bodies(archive(first, *others)) == [PAGE.strip()] * 3


def test_a_page_that_quotes_the_head_of_a_record_stays_whole() -> None:
    quoting = b"<pre>\nhttp://a.example/9 192.0.2.1 20261130080000 text/html 12\nhello\n</pre>"
    assert bodies(archive(record(1, quoting), record(2, PAGE))) == [quoting, PAGE.strip()]


def test_an_archive_that_an_archive_holds_stays_whole() -> None:
    inner = archive(record(1, PAGE), record(2, PAGE))
    assert bodies(archive(record(1, inner), record(2, PAGE)))[1:] == [PAGE.strip()]
