"""Behaviours of a server below and in HTTP: status lines, headers, lengths, chunks, codings, redirects, ends."""

from __future__ import annotations

import gzip
import zlib

import brotli

from benchmarks.hostile_server import Act, Case, Route, Wire, article, chunked, http, parts
from etl.http.codings import zstd

GOOD = article("page")
HEAD, BODY = http(GOOD).split(b"\r\n\r\n", 1)


def _page(key: str, route: Route, expected: str, *, slow: bool = False, more: dict[str, Route] | None = None) -> Case:
    return Case(key=f"page-{key}", about="page", route=route, expected=expected, is_slow=slow, more=more or {})


def _line(line: bytes, *, end: bytes = b"\r\n") -> Act:
    """An answer whose status line is this."""
    return parts(line + end + HEAD.partition(b"\r\n")[2] + b"\r\n\r\n" + BODY, "close")


def _with(*headers: str | bytes) -> bytes:
    return http(GOOD, *headers)


def _flood_after(head: bytes, piece: bytes) -> Act:
    async def act(wire: Wire) -> None:
        await wire.send(head)
        await wire.flood(piece)

    return act


def _drip_after(head: bytes, rest: bytes) -> Act:
    async def act(wire: Wire) -> None:
        await wire.send(head)
        await wire.drip(rest)

    return act


def _redirect(location: str | bytes, status: str = "302 Found", *more: str) -> bytes:
    place = location if isinstance(location, bytes) else location.encode("latin-1")
    return http(b"moved", b"Location: " + place, *more, status=status)


def _to_self(path: str, status: str = "302 Found") -> Act:
    async def act(wire: Wire) -> None:
        await wire.send(_redirect(wire.base + path, status))

    return act


STATUS_LINES = (
    _page("nul-in-reason", _line(b"HTTP/1.1 200 O\x00K"), "article"),
    _page("nul-in-reason-of-404", http(b"x", status=b"404 Not\x00Found"), "gone"),
    _page("escape-in-reason-of-500", http(b"x", status=b"500 \x1b[2J\x1b[31mred"), "http_error"),
    _page("no-reason", _line(b"HTTP/1.1 200"), "article"),
    _page("blank-reason", _line(b"HTTP/1.1 200 "), "article"),
    _page("reason-of-20-kb", _line(b"HTTP/1.1 200 " + b"O" * 20_000), "article"),
    _page("reason-of-100-kb", _line(b"HTTP/1.1 200 " + b"O" * 100_000), "http_error"),
    _page("reason-in-utf-8", _line("HTTP/1.1 200 всё хорошо 好".encode()), "article"),
    _page("reason-in-bytes", _line(b"HTTP/1.1 200 \xff\xfe\x80"), "article"),
    _page("status-000", _line(b"HTTP/1.1 000 OK"), "http_error"),
    _page("status-099", _line(b"HTTP/1.1 099 OK"), "http_error"),
    _page("status-299", _line(b"HTTP/1.1 299 Own"), "http_error"),
    _page("status-999", _line(b"HTTP/1.1 999 Denied"), "http_error"),
    _page("status-1000", _line(b"HTTP/1.1 1000 OK"), "http_error"),
    _page("status-negative", _line(b"HTTP/1.1 -200 OK"), "http_error"),
    _page("status-in-letters", _line(b"HTTP/1.1 OK OK"), "http_error"),
    _page("status-in-arabic-digits", _line("HTTP/1.1 ٢٠٠ OK".encode()), "http_error"),
    _page("http-0-9", parts(GOOD, "close"), "http_error"),
    _page("http-1-0", _line(b"HTTP/1.0 200 OK"), "article"),
    _page("http-1-9", _line(b"HTTP/1.9 200 OK"), "article"),
    _page("http-2-0", _line(b"HTTP/2.0 200 OK"), "article"),
    _page("http-99999999999", _line(b"HTTP/99999999999.1 200 OK"), "http_error"),
    _page("http-in-small-letters", _line(b"http/1.1 200 OK"), "article"),
    _page("icy", _line(b"ICY 200 OK"), "http_error"),
    _page("two-blanks-in-status-line", _line(b"HTTP/1.1  200  OK"), "article"),
    _page("tab-in-status-line", _line(b"HTTP/1.1\t200\tOK"), "article"),
    _page("line-feeds-only", parts(http(GOOD).partition(b"<")[0].replace(b"\r", b"") + BODY, "close"), "article"),
    _page("carriage-returns-only", parts(HEAD.replace(b"\n", b"") + b"\r\r" + BODY, "close"), "http_error"),
    _page("blank-lines-first", parts(b"\r\n\r\n" + http(GOOD), "close"), "article"),
    _page("garbage-first", parts(b"garbage\r\n" + http(GOOD), "close"), "http_error"),
    _page("bom-first", parts(b"\xef\xbb\xbf" + http(GOOD), "close"), "http_error"),
    _page("tls-alert", parts(b"\x15\x03\x01\x00\x02\x02\x28", "close"), "http_error"),
    _page("ssh-banner", parts(b"SSH-2.0-OpenSSH_9.7\r\n", "close"), "http_error"),
    _page("smtp-banner", parts(b"220 mail ESMTP\r\n250 OK\r\n", "close"), "http_error"),
    _page("status-line-without-end", _flood_after(b"HTTP/1.1 200 ", b"O"), "http_error"),
    _page("half-a-status-line", parts(b"HTTP/1.1 20", "close"), "http_error"),
)

INTERIM = (
    _page("100-first", parts(b"HTTP/1.1 100 Continue\r\n\r\n" + http(GOOD), "close"), "article"),
    _page("103-first", parts(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http(GOOD), "close"), "article"),
    _page("100-a-hundred-times", parts(b"HTTP/1.1 100 C\r\n\r\n" * 100 + http(GOOD), "close"), "article"),
    _page("100-without-end", _flood_after(b"", b"HTTP/1.1 100 C\r\n\r\n"), "timeout", slow=True),
    _page(
        "101-unasked", parts(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" + GOOD, "close"), "http_error"
    ),
)

HEADERS = (
    _page("header-without-colon", _with("no colon here"), "article"),
    _page("blank-before-colon", _with("X-A : b"), "article"),
    _page("blank-in-header-name", _with("X A: b"), "article"),
    _page("nul-in-header-value", _with(b"X-A: b\x00c"), "article"),
    _page("nul-in-header-name", _with(b"X\x00A: b"), "article"),
    _page("escape-in-header-value", _with(b"X-A: \x1b[31m"), "article"),
    _page("folded-header", _with("X-A: b\r\n  c"), "article"),
    _page("empty-header-name", _with(": b"), "article"),
    _page("bytes-in-header-value", _with(b"X-A: \xff\xfe\x80 \xc3\xa9"), "article"),
    _page("bytes-in-header-name", _with(b"X-\xff: b"), "article"),
    _page("carriage-return-in-header", _with(b"X-A: b\rX-B: c"), "article"),
    _page("1000-headers", _with(*(f"X-{n}: {n}" for n in range(1000))), "http_error"),
    _page("18000-headers", _with(*(f"X-{n}: {n}" for n in range(18_000))), "http_error"),
    _page("header-of-100-kb", _with("X-A: " + "b" * 100_000), "http_error"),
    _page("header-of-30-kb", _with("X-A: " + "b" * 30_000), "article"),
    _page("150-headers-of-30-kb", _with(*(f"X-{n}: " + "b" * 30_000 for n in range(150))), "article"),
    _page("headers-without-end", _flood_after(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), "http_error"),
    _page("header-name-without-end", _flood_after(b"HTTP/1.1 200 OK\r\n", b"X"), "http_error"),
    _page("two-content-types", _with("Content-Type: application/pdf"), "article"),
    _page("content-type-of-20-kb", http(GOOD, kind="text/html; x=" + "y" * 20_000), "article"),
    _page("content-type-of-semicolons", http(GOOD, kind="text/html" + ";" * 20_000), "article"),
    _page("content-type-of-controls", http(GOOD, kind="text/\x01\x02html"), "article"),
    _page("etag-of-bytes", _with(b'ETag: "\xff\xfe"', b"Last-Modified: \xff"), "article"),
    _page("etag-of-20-kb", _with('ETag: "' + "e" * 20_000 + '"'), "article"),
    _page("500-cookies", _with(*(f"Set-Cookie: c{n}={n}; Path=/; Domain=.example" for n in range(100))), "article"),
    _page(
        "broken-cookies",
        _with("Set-Cookie: =;=;;", b"Set-Cookie: a\xff=\x80; expires=never", "Set-Cookie: a=b; Max-Age=x"),
        "article",
    ),
    _page("link-header-of-brackets", _with("Link: " + "<" * 30_000), "article"),
    _page("link-header-of-parameters", _with("Link: <a>" + '; a="b' * 4_000), "article"),
    _page("link-header-of-blanks", _with("Link: <a>;" + " " * 30_000 + "x"), "article"),
    _page("robots-tag-of-commas", _with("X-Robots-Tag: " + "a:," * 10_000), "article"),
    _page("content-usage-of-commas", _with("Content-Usage: " + "a=n," * 7_000), "article"),
    _page("tdm-policy-with-a-bracket", _with("TDM-Reservation: 1", "TDM-Policy: http://[x"), "article"),
    _page("tdm-policy-of-bytes", _with(b"TDM-Policy: \xff\xed\xa0\x80"), "article"),
    _page("license-link-with-a-bracket", _with("Link: <http://[x>; rel=license"), "article"),
    _page("retry-after-of-a-billion", http(b"x", "Retry-After: 1000000000", status="503 Busy"), "http_error"),
    _page(
        "retry-after-in-9999", http(b"x", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", status="429 Slow"), "http_error"
    ),
    _page("retry-after-of-digits", http(b"x", "Retry-After: " + "9" * 5_000, status="503 Busy"), "http_error"),
    _page("date-of-nonsense", _with("Date: \u00ff", "Age: -1", "Expires: 0", "Warning: x"), "article"),
)

LENGTHS = (
    _page("length-too-short", http(GOOD, length=700), "article"),
    _page("length-too-long", parts(http(GOOD, length=len(GOOD) + 10), "close"), "article"),
    _page("length-twice-the-same", http(GOOD, f"Content-Length: {len(GOOD)}"), "article"),
    _page("length-twice-another", http(GOOD, "Content-Length: 5"), "http_error"),
    _page("length-negative", http(GOOD, length="-1"), "http_error"),
    _page("length-with-plus", http(GOOD, length=f"+{len(GOOD)}"), "http_error"),
    _page("length-in-hex", http(GOOD, length=hex(len(GOOD))), "http_error"),
    _page("length-of-30-digits", http(GOOD, length="9" * 30), "http_error"),
    _page("length-over-64-bits", http(GOOD, length=str(2**64 + len(GOOD))), "http_error"),
    _page("length-listed", http(GOOD, length=f"{len(GOOD)}, {len(GOOD)}"), "article"),
    _page("length-empty", http(GOOD, length=""), "http_error"),
    _page("length-in-arabic-digits", http(GOOD, "Content-Length: ٥".encode(), length=None), "http_error"),
    _page("length-of-100-mb", parts(http(b"", length=100 << 20) + GOOD, "close"), "too_large"),
    _page("length-negative-then-closed", parts(http(GOOD, "Connection: close", length="-1"), "close"), "article"),
    _page("length-empty-then-closed", parts(http(GOOD, "Connection: close", length=""), "close"), "article"),
    _page("length-twice-then-closed", parts(_with("Connection: close", "Content-Length: 5"), "close"), "article"),
    _page("length-too-short-then-an-answer", parts(http(GOOD, length=700), http(b"other"), "close"), "article"),
    _page("length-of-10-mb-of-robots", parts(http(b"", length=4 << 20) + GOOD, "close"), "article"),
    _page("length-zero", http(b""), "empty_text"),
    _page("204-with-body", http(GOOD, status="204 No Content"), "http_error"),
    _page("no-length", parts(http(GOOD, length=None), "close"), "article"),
    _page("6-mb", http(GOOD + b" " * (6 << 20)), "too_large"),
    _page("body-without-end", _flood_after(http(b"", length=None), b"<p>and so on "), "too_large"),
    _page("answer-twice", http(GOOD) + http(b"a second answer"), "article"),
)

_GZIP = gzip.compress(GOOD)
_WIDE = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 25})
_DEFLATE = zlib.compressobj(wbits=-15)


def _coded(body: bytes, coding: str) -> bytes:
    return http(body, f"Content-Encoding: {coding}")


def _zeros(mib: int, start: bytes = b"", piece: bytes = b"\0") -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = piece * ((1 << 20) // len(piece))
    return b"".join([packer.compress(start), *(packer.compress(block) for _ in range(mib)), packer.flush()])


CHUNKS = (
    _page("chunks", chunked(GOOD[:100], GOOD[100:]), "article"),
    _page("chunks-of-one-byte", chunked(*(GOOD[n : n + 1] for n in range(len(GOOD)))), "article"),
    _page("chunks-without-the-last", parts(chunked(GOOD, end=b""), "close"), "article"),
    _page("chunk-size-of-letters", parts(chunked(end=b"zz\r\nxx\r\n0\r\n\r\n"), "close"), "http_error"),
    _page("chunk-size-negative", parts(chunked(end=b"-5\r\nxx\r\n0\r\n\r\n"), "close"), "http_error"),
    _page("chunk-size-of-64-bits", parts(chunked(end=b"ffffffffffffffff\r\nxx\r\n"), "close"), "http_error"),
    _page("chunk-size-of-a-megabyte", _flood_after(chunked(end=b""), b"0"), "http_error"),
    _page("chunk-with-extension-of-10-kb", chunked(GOOD, end=b"0;x=" + b"y" * 10_000 + b"\r\n\r\n"), "article"),
    _page("chunk-with-blanks-around", parts(chunked(end=b" 5 \r\nabcde\r\n0\r\n\r\n"), "close"), "article"),
    _page("chunk-without-its-end", parts(chunked(end=b"5\r\nabcdefgh\r\n0\r\n\r\n"), "close"), "http_error"),
    _page("chunks-without-end", _flood_after(chunked(end=b""), b"8\r\n<p>more \r\n"), "too_large"),
    _page("chunks-of-nothing-but-trailers", chunked(GOOD, end=b"0\r\n" + b"X: y\r\n" * 100 + b"\r\n"), "article"),
    _page("trailers-without-end", _flood_after(chunked(GOOD, end=b"0\r\n"), b"X: y\r\n"), "http_error"),
    _page(
        "chunked-twice",
        http(b"", "Transfer-Encoding: chunked, chunked", length=None) + chunked(GOOD).partition(b"\r\n\r\n")[2],
        "article",
    ),
    _page("chunked-that-is-plain", parts(_with("Transfer-Encoding: chunked"), "close"), "article"),
    _page("chunked-of-a-bomb-in-gzip", chunked(_zeros(1024), head=("Content-Encoding: gzip",)), "too_large"),
    _page("chunked-and-length", chunked(GOOD, head=("Content-Length: 5",)), "article"),
    _page("transfer-coding-unknown", parts(http(GOOD, "Transfer-Encoding: cow", length=None), "close"), "article"),
    _page("transfer-coding-identity", parts(http(GOOD, "Transfer-Encoding: identity"), "close"), "article"),
)

CODINGS = (
    _page("gzip", _coded(_GZIP, "gzip"), "article"),
    _page("x-gzip", _coded(_GZIP, "x-gzip"), "article"),
    _page("deflate", _coded(zlib.compress(GOOD), "deflate"), "article"),
    _page("deflate-bare", _coded(_DEFLATE.compress(GOOD) + _DEFLATE.flush(), "deflate"), "article"),
    _page("br-unasked", _coded(b"\x0b\x02\x80abc\x03", "br"), "broken_page"),
    _page("zstd-unasked", _coded(b"\x28\xb5\x2f\xfd\x00", "zstd"), "broken_page"),
    _page("br", _coded(brotli.compress(GOOD, quality=1), "br"), "article"),
    _page("br-bomb", _coded(brotli.compress(bytes(64 << 20), quality=1), "br"), "too_large"),
    _page("zstd", _coded(zstd.compress(GOOD), "zstd"), "article"),
    _page("zstd-bomb", _coded(zstd.compress(bytes(256 << 20)), "zstd"), "too_large"),
    _page("zstd-of-a-window-of-32-mb", _coded(_WIDE.compress(GOOD) + _WIDE.flush(), "zstd"), "broken_page"),
    _page("coding-unknown", _coded(GOOD, "cow\x7f"), "article"),
    _page("coding-identity", _coded(GOOD, "identity"), "article"),
    _page("coding-none", _coded(GOOD, "none"), "article"),
    _page("coding-utf-8", _coded(GOOD, "utf-8"), "article"),
    _page("coding-of-5000-names", _coded(_GZIP, ", ".join(["gzip"] * 5000)), "broken_page"),
    _page("gzip-that-is-plain", _coded(GOOD, "gzip"), "article"),
    _page("gzip-cut", _coded(_GZIP[:-20], "gzip"), "article"),
    _page("gzip-with-a-wrong-sum", _coded(_GZIP[:-8] + b"\0" * 8, "gzip"), "broken_page"),
    _page("gzip-with-rubbish-behind", _coded(_GZIP + b"rubbish", "gzip"), "article"),
    _page("gzip-in-two-members", _coded(gzip.compress(GOOD[:500]) + gzip.compress(GOOD[500:]), "gzip"), "article"),
    _page("gzip-twice", _coded(gzip.compress(_GZIP), "gzip, gzip"), "article"),
    _page("gzip-three-times", _coded(gzip.compress(gzip.compress(_GZIP)), "gzip, gzip, gzip"), "broken_page"),
    _page("gzip-of-nothing", _coded(b"", "gzip"), "empty_text"),
    _page("gzip-bomb", _coded(_zeros(1024), "gzip"), "too_large"),
    _page("gzip-bomb-of-markup", _coded(_zeros(256, GOOD, b"<p> </p> "), "gzip"), "too_large"),
    _page("gzip-bomb-in-gzip", _coded(gzip.compress(_zeros(1024)), "gzip, gzip"), "too_large"),
    _page("gzip-of-300000-empty-members", _coded(gzip.compress(b"") * 300_000, "gzip"), "too_large"),
    _page("gzip-magic-only", _coded(b"\x1f\x8b", "gzip"), "broken_page"),
    _page(
        "gzip-with-a-name-of-100-kb",
        _coded(b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"n" * 100_000 + b"\0" + _GZIP[10:], "gzip"),
        "article",
    ),
)

REDIRECTS = (
    _page(
        "redirect-cut-behind-location",
        parts(b"HTTP/1.1 301 Moved\r\nLocation: /b\r\n", "close"),
        "article",
        more={"/b": http(GOOD)},
    ),
    _page("redirect-cut-within-location", parts(b"HTTP/1.1 301 Moved\r\nLocation: /b", "close"), "http_error"),
    _page("redirect-to-itself", _to_self("/page"), "http_error"),
    _page("redirect-in-a-circle", _to_self("/b"), "http_error", more={"/b": _to_self("/page")}),
    _page("redirect-once", _to_self("/b"), "article", more={"/b": http(GOOD)}),
    _page(
        "redirect-thirty-times",
        _to_self("/r0"),
        "http_error",
        more={f"/r{n}": _to_self(f"/r{n + 1}") for n in range(30)},
    ),
    _page(
        "redirect-that-grows",
        _to_self("/page?" + "x" * 50),
        "http_error",
        more={"/page?" + "x" * 50: _to_self("/page?" + "x" * 9000)},
    ),
    _page("redirect-without-location", http(b"x", status="302 Found"), "http_error"),
    _page("redirect-to-nothing", _redirect(""), "http_error"),
    _page("redirect-to-two-places", _redirect("/a", "302 Found", "Location: /b"), "http_error"),
    _page("redirect-to-a-bracket", _redirect("http://[x"), "http_error"),
    _page("redirect-to-a-nul", _redirect(b"/a\x00b"), "gone"),
    _page("redirect-to-bytes", _redirect(b"/\xff\xfe\xed\xa0\x80"), "gone"),
    _page("redirect-to-javascript", _redirect("javascript:alert(1)"), "http_error"),
    _page("redirect-to-data", _redirect("data:text/html,<p>x"), "http_error"),
    _page("redirect-to-a-file", _redirect("file:///etc/passwd"), "http_error"),
    _page("redirect-to-ftp", _redirect("ftp://127.0.0.1/x"), "http_error"),
    _page("redirect-to-a-private-address", _redirect("http://10.0.0.1/x"), "foreign_host"),
    _page("redirect-to-the-metadata-service", _redirect("http://169.254.169.254/latest/"), "foreign_host"),
    _page("redirect-to-loopback-in-hex", _redirect("http://0x7f000001/x"), "foreign_host"),
    _page("redirect-to-another-host", _redirect("//foreign.example/x"), "foreign_host"),
    _page("redirect-of-100-kb", _redirect("/" + "x" * 100_000), "http_error"),
    _page("redirect-of-20-kb", _redirect("/" + "x" * 20_000), "http_error"),
    _page("redirect-to-port-99999", _redirect("http://127.0.0.1:99999/"), "http_error"),
    _page("redirect-with-a-password", _redirect("http://u:p@127.0.0.1/"), "foreign_host"),
    _page("redirect-with-injected-header", _redirect(b"/a%0d%0aX-A:%20b"), "gone"),
    _page("redirect-with-fragment", _redirect("/b#\x01" + "f" * 100), "article", more={"/b": http(GOOD)}),
    _page("redirect-300", _redirect("/b", "300 Multiple Choices"), "http_error", more={"/b": http(GOOD)}),
    _page("redirect-305", _redirect("http://127.0.0.1:1/", "305 Use Proxy"), "http_error"),
    _page("304-unasked", http(b"", status="304 Not Modified", length=None), "http_error"),
    _page(
        "redirect-with-a-body-without-end",
        _flood_after(http(b"", "Location: /b", status="302 Found", length=None), b"x"),
        "article",
        more={"/b": http(GOOD)},
    ),
    _page("redirect-to-the-front", _redirect("/"), "moved_to_front", more={"/": http(GOOD)}),
    _page("redirect-by-refresh", http(b"<p>x", "Refresh: 0; url=/b"), "empty_text"),
    _page(
        "redirect-with-a-cookie",
        _redirect("/b", "302 Found", "Set-Cookie: a=\x7f\x80; Path=/", "Set-Cookie: b=" + "c" * 5000),
        "article",
        more={"/b": http(GOOD)},
    ),
)

ENDS = (
    _page("closed-at-once", parts("close"), "http_error"),
    _page("reset-at-once", parts("reset"), "http_error"),
    _page("reset-in-the-status-line", parts(b"HTTP/1.", "reset"), "http_error"),
    _page("reset-in-headers", parts(HEAD[:60], "reset"), "http_error"),
    _page("reset-before-the-body", parts(HEAD + b"\r\n\r\n", "reset"), "http_error"),
    _page("reset-in-the-body", parts(http(GOOD)[:-50], "reset"), "http_error"),
    _page("closed-in-headers", parts(HEAD[:60], "close"), "http_error"),
    _page("closed-in-the-body", parts(http(GOOD)[:-50], "close"), "article"),
    _page("reset-in-a-chunk", parts(chunked(GOOD)[:-60], "reset"), "http_error"),
    _page("silence", parts("stall"), "timeout", slow=True),
    _page("silence-in-the-status-line", parts(b"HTTP/1.1 2", "stall"), "timeout", slow=True),
    _page("silence-in-headers", parts(HEAD[:60], "stall"), "timeout", slow=True),
    _page("silence-before-the-body", parts(HEAD + b"\r\n\r\n", "stall"), "timeout", slow=True),
    _page("silence-in-the-body", parts(http(GOOD)[:-50], "stall"), "timeout", slow=True),
    _page("silence-in-a-chunk", parts(chunked(GOOD)[:-60], "stall"), "timeout", slow=True),
    _page("silence-after-a-length-too-long", parts(http(GOOD, length=len(GOOD) + 5), "stall"), "timeout", slow=True),
    _page("drip-from-the-start", _drip_after(b"", http(GOOD)), "timeout", slow=True),
    _page("drip-of-headers", _drip_after(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 200), "timeout", slow=True),
    _page("drip-of-the-body", _drip_after(HEAD + b"\r\n\r\n", BODY), "timeout", slow=True),
    _page("drip-of-chunks", _drip_after(chunked(end=b""), b"1\r\nx\r\n" * 200), "timeout", slow=True),
    _page("drip-of-gzip", _drip_after(http(b"", "Content-Encoding: gzip", length=None), _GZIP), "timeout", slow=True),
)

CASES = (*STATUS_LINES, *INTERIM, *HEADERS, *LENGTHS, *CHUNKS, *CODINGS, *REDIRECTS, *ENDS)
