"""Public archives on loopback that behave like the real ones: ranges, listings, paging, rate limits, broken answers."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(slots=True)
class Archive:
    """`files` by path for Common Crawl, `captures` (time, URL, body) for the Wayback Machine.

    `trouble` is used up from its front, one entry a request: "429 1" answers so with that Retry-After, "503", "cut"
    breaks the connection within the body, "nonsense" gives what is no JSON.
    """

    base: str
    files: dict[str, bytes] = field(default_factory=dict)
    captures: list[tuple[datetime, str, bytes]] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    ranges: list[tuple[str, str]] = field(default_factory=list)
    rows: int = 3  # of the CDX API to an answer, whatever is asked for

    def news(self, at: str, records: list[bytes]) -> str:
        """A file of the news crawl and its line in the month's listing."""
        name = f"crawl-data/CC-NEWS/{at[:4]}/{at[4:6]}/CC-NEWS-{at}-00001.warc.gz"
        self.files[f"/{name}"] = b"".join(gzip.compress(r, 6, mtime=0) for r in records)
        listing = f"/crawl-data/CC-NEWS/{at[:4]}/{at[4:6]}/warc.paths.gz"
        before = gzip.decompress(self.files[listing]) if listing in self.files else b""
        self.files[listing] = gzip.compress(before + name.encode() + b"\n", mtime=0)
        return name


def record(
    url: str, body: str | bytes, at: str = "2022-02-24T10:00:00Z", *, status: int = 200, more: str = ""
) -> bytes:
    """A response as Common Crawl writes it: WARC 1.0, SHA-1 digests, the original headers of an encoded body renamed."""
    data = body.encode() if isinstance(body, str) else body
    http = (
        f"HTTP/1.1 {status} OK\r\nContent-Type: text/html; charset=utf-8\r\nX-Crawler-Content-Encoding: gzip\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    ).encode() + data
    digest = b32encode(hashlib.sha1(data).digest()).decode()
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: {at}\r\nWARC-Record-ID: <urn:uuid:{hashlib.md5(url.encode()).hexdigest()}>\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-IP-Address: 192.0.2.7\r\nWARC-Payload-Digest: sha1:{digest}\r\n{more}"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    ).encode()
    return head + http + b"\r\n\r\n"


def request_record(url: str) -> bytes:
    block = f"GET {urlsplit(url).path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n\r\n".encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: request\r\nWARC-Date: 2022-02-24T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:0>\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=request\r\nContent-Length: {len(block)}\r\n\r\n"
    ).encode()
    return head + block + b"\r\n\r\n"


@contextmanager
def running(address: str = "127.0.0.41") -> Iterator[Archive]:
    """The archives, served until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            archive.seen.append(self.path)
            trouble = archive.trouble.pop(0) if archive.trouble else ""
            if trouble[:3].isdigit():
                status, _, after = trouble.partition(" ")
                self.answer(int(status), b"slow down", {"Retry-After": after} if after else {})
            elif self.path in archive.files:
                self.file(archive.files[self.path], trouble)
            elif self.path.startswith("/cdx/search/cdx?"):
                body = b"<html>oops" if trouble == "nonsense" else cdx(archive, self.path)
                self.answer(200, body, {"Content-Type": "application/json"}, is_cut=trouble == "cut")
            elif self.path.startswith("/web/"):
                self.replay(trouble)
            else:
                self.answer(404, b"nothing here", {})

        def file(self, data: bytes, trouble: str) -> None:
            etag = f'"{hashlib.md5(data).hexdigest()}"'
            asked = self.headers.get("Range")
            if asked is None:
                self.answer(200, data, {"ETag": etag}, is_cut=trouble == "cut")
                return
            archive.ranges.append((self.path, asked))
            first, last = (int(x) for x in asked.removeprefix("bytes=").split("-"))
            if first >= len(data):
                self.answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
                return
            part = data[first : last + 1]
            said = {"ETag": etag, "Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(data)}"}
            self.answer(206, part, said, is_cut=trouble == "cut")

        def replay(self, trouble: str) -> None:
            stamp, _, url = self.path.removeprefix("/web/").partition("/")
            raw = stamp.endswith("id_")
            same = [c for c in archive.captures if c[1] == url]
            if not same:
                self.answer(404, b"not archived", {})
                return
            wanted = datetime.strptime(stamp.removesuffix("id_"), "%Y%m%d%H%M%S").replace(tzinfo=same[0][0].tzinfo)
            at, _, body = min(same, key=lambda c: abs(c[0] - wanted))
            if at != wanted:
                self.answer(302, b"", {"Location": f"/web/{at:%Y%m%d%H%M%S}{'id_' if raw else ''}/{url}"})
                return
            if not raw:
                body = b"<div id=wm-ipp>toolbar</div>" + body
            said = {"Content-Type": "text/html; charset=utf-8", "X-Archive-Orig-Server": "nginx"}
            said |= {"Memento-Datetime": "x", "X-Archive-Orig-Content-Length": "7"}
            self.answer(200, body, said, is_cut=trouble == "cut")

        def answer(self, status: int, body: bytes, headers: dict[str, str], *, is_cut: bool = False) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if is_cut else body)
            self.close_connection = is_cut

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer((address, 0), Handler)
    archive = Archive(base=f"http://{address}:{server.server_port}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield archive
    finally:
        server.shutdown()
        server.server_close()


def cdx(archive: Archive, path: str) -> bytes:
    """The CDX API: matches of host and time in the order of (URL, time), some a page, and a key to go on with."""
    asked = parse_qs(urlsplit(path).query)
    host, low, high = asked["url"][0], asked["from"][0], asked["to"][0]
    found = sorted(
        (url, f"{at:%Y%m%d%H%M%S}", b32encode(hashlib.sha1(body).digest()).decode())
        for at, url, body in archive.captures
        if urlsplit(url).netloc == host and low <= f"{at:%Y%m%d}" <= high
    )
    start = int(asked.get("resumeKey", ["0"])[0])
    size = min(archive.rows, int(asked["limit"][0]))
    page = found[start : start + size]
    lines: list[list[str]] = [["timestamp", "original", "digest"], *([at, url, digest] for url, at, digest in page)]
    if not found:
        return b"[]"
    if start + size < len(found):
        lines += [[], [str(start + size)]]
    return json.dumps(lines).encode()
