from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.http.codings import MAX_RATIO, BodyDecoder, ContentError, TooLargeError, zstd

MIB = 1 << 20
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=4),
    "zstd": zstd.compress,
}
PAGE = "<p>Überall dieselbe Geschichte, 毎日のニュース, خبر عاجل.</p>".encode() * 500


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def decoded(coding: str | None, data: bytes, *, step: int = 1000, max_bytes: int = 5 * MIB) -> bytes:
    decoder = BodyDecoder(coding, max_bytes=max_bytes)
    for start in range(0, len(data), step):
        decoder.feed(data[start : start + step])
    return decoder.finish()


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        (None, PAGE),
        ("", PAGE),
        ("identity", PAGE),
        ("gzip", gzip.compress(PAGE, mtime=0)),
        ("X-GZIP", gzip.compress(PAGE, mtime=0)),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", raw_deflate(PAGE)),
        ("gzip, gzip", gzip.compress(gzip.compress(PAGE), mtime=0)),
        ("deflate,gzip", gzip.compress(zlib.compress(PAGE), mtime=0)),
        ("gzip", gzip.compress(PAGE[:1000], mtime=0) + gzip.compress(PAGE[1000:], mtime=0)),
        ("gzip", gzip.compress(PAGE, mtime=0) + b"\x00" * 100),
        ("gzip", gzip.compress(PAGE, mtime=0) + b"\x00"),
        ("deflate", zlib.compress(PAGE) + b"trailing"),
        ("deflate", gzip.compress(PAGE, mtime=0)),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 1000, 1 << 20])
def test_every_coding_that_is_offered_comes_off_however_the_bytes_are_cut(
    coding: str | None, data: bytes, step: int
) -> None:
    assert decoded(coding, data, step=step) == PAGE


@settings(deadline=None)
@given(st.binary(max_size=3000), st.sampled_from(["gzip", "deflate"]), st.integers(1, 400))
def test_decoding_gives_back_what_was_encoded(data: bytes, coding: str, step: int) -> None:
    encoded = gzip.compress(data, mtime=0) if coding == "gzip" else zlib.compress(data)
    assert decoded(coding, encoded, step=step) == data


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "gzip, deflate"]))
def test_no_bytes_raise_anything_but_a_content_error(data: bytes, coding: str) -> None:
    with suppress(ContentError):
        decoded(coding, data, step=50)


@pytest.mark.parametrize("size", [65_536, 65_537, 131_072, 200_000])
def test_a_last_part_that_fills_the_buffer_is_not_lost(size: int) -> None:
    data = bytes(i * 7919 % 251 for i in range(size))
    assert decoded("gzip", gzip.compress(data, mtime=0), step=1 << 20) == data


@pytest.mark.parametrize("more", range(0, 800, 37))
def test_output_that_waits_inside_zlib_when_its_input_is_used_up_is_not_lost(more: int) -> None:
    data = bytes(65_536 + more)
    assert decoded("deflate", raw_deflate(data), step=1 << 20) == data


WORDS = "".join(f"{n * n} 毎日 خبر " for n in range(15_000)).encode()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "br, zstd"])
@pytest.mark.parametrize("left", [0.5, 0.9, -1])
def test_of_a_stream_that_was_cut_what_came_is_kept_and_it_is_said(coding: str, left: float) -> None:
    data = WORDS
    for name in coding.split(", "):
        data = PACKED[name](data)
    decoder = BodyDecoder(coding, max_bytes=5 * MIB)
    decoder.feed(data[: int(left * len(data)) if left > 0 else -1])
    body = decoder.finish()
    assert decoder.is_cut and body and WORDS.startswith(body)


def test_a_second_member_that_was_cut_is_said_too() -> None:
    decoder = BodyDecoder("gzip", max_bytes=5 * MIB)
    decoder.feed(gzip.compress(PAGE, mtime=0) + gzip.compress(PAGE, mtime=0)[:-10])
    assert decoder.finish().startswith(PAGE) and decoder.is_cut


@pytest.mark.parametrize("data", [gzip.compress(PAGE, mtime=0)[:5], b"\x1f", gzip.compress(PAGE, mtime=0)[:10]])
def test_a_stream_of_which_nothing_came_is_an_error(data: bytes) -> None:
    with pytest.raises(ContentError, match="too early"):
        decoded("gzip", data)


@pytest.mark.parametrize("coding", [None, "utf-8", "gzip", "deflate", "gzip, gzip"])
def test_gzip_that_nobody_named_comes_off_where_a_page_is_meant(coding: str | None) -> None:
    packed = gzip.compress(PAGE, mtime=0)
    for name in (coding or "").split(", "):
        packed = PACKED.get(name, bytes)(packed)
    for step in (1, 1000, 1 << 20):
        decoder = BodyDecoder(coding, max_bytes=5 * MIB, unwraps=coding != "gzip, gzip")
        for start in range(0, len(packed), step):
            decoder.feed(packed[start : start + step])
        assert decoder.finish() == (PAGE if coding != "gzip, gzip" else gzip.compress(PAGE, mtime=0))


def test_a_body_of_one_byte_is_a_body() -> None:
    for data in (b"", b"x", b"\x1f"):
        decoder = BodyDecoder(None, max_bytes=9, unwraps=True)
        decoder.feed(data)
        assert decoder.finish() == data and not decoder.is_cut


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("deflate", b"\x00\x01PLAIN"),
        ("gzip", zlib.compress(PAGE)),
        ("br", b"\x00\x01" * 99),
        ("zstd", b"\x00\x01" * 99),
    ],
)
def test_a_binary_body_that_is_not_in_its_coding_is_an_error(coding: str, data: bytes) -> None:
    with pytest.raises(ContentError, match=f"not {coding}"):
        decoded(coding, data)


ODD = {
    "brotli, unasked": ("br", brotli.compress(PAGE), PAGE),
    "brotli over gzip": ("gzip, br", brotli.compress(gzip.compress(PAGE, mtime=0)), PAGE),
    "zstd, unasked": ("zstd", zstd.compress(PAGE), PAGE),
    "zstd in two frames": ("zstd", zstd.compress(PAGE[:999]) + zstd.compress(PAGE[999:]), PAGE),
    "zstd and rubbish behind": ("zstd", zstd.compress(PAGE) + b"rubbish", PAGE),
    "utf-8": ("utf-8", PAGE, PAGE),
    "none": ("none", PAGE, PAGE),
    "text/html": ("text/html", PAGE, PAGE),
    "binary": ("BINARY", PAGE, PAGE),
    "gzip of plain text": ("gzip", PAGE, PAGE),
    "gzip named twice, packed once": ("gzip, gzip", gzip.compress(PAGE, mtime=0), PAGE),
    "deflate of plain text": ("deflate", PAGE, PAGE),
    "brotli of plain text": ("br", PAGE, PAGE),
    "zstd of plain text": ("zstd", PAGE, PAGE),
    "gzip and a name that is none": ("gzip, utf-8", gzip.compress(PAGE, mtime=0), PAGE),
}


@pytest.mark.parametrize("what", ODD)
def test_codings_that_servers_send_unasked_or_only_say_are_read(what: str) -> None:
    coding, data, page = ODD[what]
    assert decoded(coding, data) == page


def test_a_brotli_stream_of_which_nothing_came_is_no_page() -> None:
    with pytest.raises(ContentError, match="not br"):
        decoded("br", brotli.compress(WORDS[:20_000])[:64])


def test_brotli_unfolds_within_the_bounds_too() -> None:
    with pytest.raises(TooLargeError):
        decoded("br", brotli.compress(bytes(50 * MIB)))
    with pytest.raises(TooLargeError):
        decoded("br", brotli.compress(bytes(4 * MIB)))


def test_a_body_with_a_wrong_checksum_is_an_error_and_in_an_archive_what_came_before() -> None:
    data = bytearray(gzip.compress(PAGE, mtime=0))
    data[-5] ^= 0xFF
    with pytest.raises(ContentError, match="not gzip"):
        decoded("gzip", bytes(data))
    decoder = BodyDecoder("gzip", max_bytes=5 * MIB, is_lenient=True)
    decoder.feed(bytes(data))
    assert PAGE.startswith(decoder.finish()) and len(decoder.body) > len(PAGE) // 2 and decoder.is_cut


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_stream_that_is_damaged_in_the_middle_is_an_error(coding: str) -> None:
    data = bytearray(PACKED[coding](WORDS))
    data[len(data) // 2 : len(data) // 2 + 99] = bytes(99)
    with pytest.raises(ContentError, match=coding):
        decoded(coding, bytes(data))


def test_nothing_is_an_empty_body_in_any_coding() -> None:
    assert decoded("gzip", b"") == b""


@pytest.mark.parametrize("coding", ["compress", "quatsch", "exi"])
def test_a_binary_body_in_a_coding_that_nobody_knows_is_an_error(coding: str) -> None:
    with pytest.raises(ContentError, match="not understood"):
        decoded(coding, b"\x1f\x9d\x90\x00\x01" * 50)


def test_codings_do_not_nest_without_end() -> None:
    with pytest.raises(ContentError, match="3 content codings"):
        BodyDecoder("gzip, gzip, gzip", max_bytes=MIB)


def test_the_limit_is_exact() -> None:
    assert decoded(None, b"x" * MIB, max_bytes=MIB) == b"x" * MIB
    with pytest.raises(TooLargeError):
        decoded(None, b"x" * (MIB + 1), max_bytes=MIB)
    data = bytes(i * 7919 % 251 for i in range(200_001))
    assert decoded("gzip", gzip.compress(data, mtime=0), max_bytes=200_001) == data
    with pytest.raises(TooLargeError):
        decoded("gzip", gzip.compress(data, mtime=0), max_bytes=200_000)


def test_what_came_before_the_limit_can_be_kept() -> None:
    decoder = BodyDecoder("gzip", max_bytes=1000)
    with pytest.raises(TooLargeError):
        decoder.feed(gzip.compress(PAGE, mtime=0))
    assert bytes(decoder.body) == PAGE[:1000]


def test_a_bomb_is_given_up_at_its_ratio_long_before_the_limit() -> None:
    decoder = BodyDecoder("gzip", max_bytes=50 * MIB)
    with pytest.raises(TooLargeError, match=f"more than {MAX_RATIO} times"):
        decoder.feed(gzip.compress(bytes(40 * MIB), mtime=0))
    assert len(decoder.body) < 2 * MIB


def test_a_bomb_inside_a_bomb_is_bounded_at_every_layer() -> None:
    decoder = BodyDecoder("gzip, gzip", max_bytes=MIB)
    with pytest.raises(TooLargeError):
        decoder.feed(gzip.compress(gzip.compress(bytes(200 * MIB), 1) * 20, mtime=0))
    assert len(decoder.body) <= MIB


def test_a_small_file_of_one_letter_is_no_bomb() -> None:
    assert decoded("gzip", gzip.compress(bytes(500_000), mtime=0)) == bytes(500_000)


EMPTY = gzip.compress(b"", mtime=0)


@pytest.mark.parametrize("chunk", [1, 19, 65536])
def test_members_of_gzip_without_anything_in_them_come_to_an_end(chunk: int) -> None:
    body = EMPTY * 20_000
    decoder = BodyDecoder("gzip", max_bytes=5 << 20)
    with pytest.raises(TooLargeError, match="1000 gzip members"):
        for start in range(0, len(body), chunk):
            decoder.feed(body[start : start + chunk])
    few = BodyDecoder("gzip", max_bytes=100)
    few.feed(EMPTY * 2 + gzip.compress(b"a") + EMPTY * 2 + gzip.compress(b"b"))
    assert few.finish() == b"ab"


def test_bytes_of_the_wire_count_though_they_decode_to_nothing() -> None:
    flushes = zlib.compressobj(wbits=31)
    empty_blocks = b"".join(flushes.flush(zlib.Z_FULL_FLUSH) for _ in range(2000))
    decoder = BodyDecoder("gzip", max_bytes=1000)
    with pytest.raises(TooLargeError, match="encoded"):
        for _ in range(100):
            decoder.feed(b"\x00\x00\x00\xff\xff" * 2000 if decoder._taken else empty_blocks)
