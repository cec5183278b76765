"""An S3 server that is troubled: a proxy in front of it that answers, breaks off or mangles from the n-th request on."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FOR_EVER = 1 << 30
ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>as asked for</Message>'
    "<RequestId>1</RequestId></Error>"
)
HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Fault:
    """What happens to requests: `kind` to those of `methods`, from the n-th of them on, `times` times."""

    name: str
    kind: str  # status, reset, after, stored, short, cut, lagging, slow, etag
    methods: str = "GET PUT HEAD POST DELETE"
    status: int = 0
    code: str = ""
    times: int = FOR_EVER


FAULTS = (
    S3Fault(name="500 once", kind="status", status=500, code="InternalError", times=1),
    S3Fault(name="500", kind="status", status=500, code="InternalError"),
    S3Fault(name="503 SlowDown", kind="status", status=503, code="SlowDown"),
    S3Fault(name="503 SlowDown thrice", kind="status", status=503, code="SlowDown", times=3),
    S3Fault(name="403", kind="status", status=403, code="AccessDenied"),
    S3Fault(name="403 on writes", kind="status", status=403, code="AccessDenied", methods="PUT POST DELETE"),
    S3Fault(name="507 full", kind="status", status=507, code="XMinioStorageFull", methods="PUT POST"),
    S3Fault(name="reset", kind="reset"),
    S3Fault(name="reset once", kind="reset", times=1),
    S3Fault(name="reset after it arrived", kind="after", methods="PUT POST DELETE", times=2),
    S3Fault(name="stored but 500, once", kind="stored", methods="PUT", times=1),
    S3Fault(name="stored but 500", kind="stored", methods="PUT"),
    S3Fault(name="short body", kind="short", methods="GET", times=1),
    S3Fault(name="short body, always", kind="short", methods="GET"),
    S3Fault(name="truncated, said to be whole", kind="cut", methods="GET"),
    S3Fault(name="lagging list", kind="lagging"),
    S3Fault(name="slow answers", kind="slow", times=4),
    S3Fault(name="wrong ETag", kind="etag"),
)


class S3Proxy:
    """A proxy in front of an S3 server; `endpoint` is what commands get."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.requests = 0
        self._fault: S3Fault | None = None
        self._at = 0
        self._left = 0
        self.created: set[str] = set()
        self._lock = threading.Lock()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def arm(self, fault: S3Fault | None, at: int = 0) -> None:
        """Count from nothing; from the `at`-th request that it concerns on there is this fault."""
        with self._lock:
            self.requests, self._fault, self._at, self._left = 0, fault, at, fault.times if fault else 0
            self.created.clear()

    def fault_for(self, method: str) -> S3Fault | None:
        with self._lock:
            fault = self._fault
            if fault is not None and method not in fault.methods.split():
                return None
            self.requests += 1
            if fault is None or self.requests < self._at or self._left <= 0:
                return None
            self._left -= 1
            return fault

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: S3Proxy

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def _serve(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            pass  # sent by the base class before
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        if body is None and self.headers.get("Transfer-Encoding"):
            body = self._chunks()
        fault = self.owner.fault_for(self.command)
        kind = fault.kind if fault else ""
        if fault and kind == "reset":
            self._reset()
            return
        if fault and kind == "status":
            self._answer(fault.status, [("Content-Type", "application/xml")], ERROR.format(code=fault.code).encode())
            return
        if kind == "slow":
            time.sleep(1.5)
        status, headers, answer = self._ask(body)
        path = urlsplit(self.path)
        if self.command == "PUT" and status < 300:
            self.owner.created.add(path.path)
        if kind == "after":
            self._reset()
        elif kind == "stored":
            self._answer(500, [("Content-Type", "application/xml")], ERROR.format(code="InternalError").encode())
        elif kind in ("short", "cut") and len(answer) > 1 and status in (200, 206) and "list-type" not in path.query:
            if kind == "cut":
                self._answer(status, headers, answer[: len(answer) // 2])
            else:
                self._answer(status, headers, answer[: len(answer) // 2], length=len(answer))
                self.close_connection = True
        elif kind == "lagging" and "list-type=2" in path.query:
            self._answer(status, headers, self._without_new(answer))
        elif kind == "etag":
            changed = [(n, '"00000000000000000000000000000000"' if n.lower() == "etag" else v) for n, v in headers]
            self._answer(status, changed, answer)
        else:
            self._answer(status, headers, answer)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _serve  # noqa: N815

    def _ask(self, body: bytes | None) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = self.owner.upstream
        connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=60)
        try:
            headers = {n: v for n, v in self.headers.items() if n.lower() not in HOP and n.lower() != "expect"}
            connection.request(self.command, self.path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, length: int | None = None) -> None:
        self.send_response_only(status)
        said = next((v for n, v in headers if n.lower() == "content-length"), None)
        for name, value in headers:
            if name.lower() not in HOP:
                self.send_header(name, value)
        if self.command == "HEAD":
            self.send_header("Content-Length", said or "0")
        else:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.close_connection = True
        self.connection.close()

    def _without_new(self, listing: bytes) -> bytes:
        def keep(match: re.Match[bytes]) -> bytes:
            key = re.search(rb"<Key>(.*?)</Key>", match[0])
            return b"" if key and any(p.endswith("/" + key[1].decode()) for p in self.owner.created) else match[0]

        return re.sub(rb"<Contents>.*?</Contents>", keep, listing, flags=re.DOTALL)

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)
