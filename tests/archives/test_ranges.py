"""Files of archives over HTTP: where their redirects may lead, and how much and how long is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from etl.archives import ranges
from etl.archives.ranges import Files, open_files
from etl.errors import Permanent, SettingError, Transient
from etl.lake.store import ObjectMissing

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CONTACT = "https://example.org/bot"
Route = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    routes: dict[str, Route]
    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("Range")))
        self.routes.get(self.path, lambda h: h.say(404, b"nothing"))(self)

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Place:
    """A server on loopback with routes."""

    def __init__(self, **routes: Route) -> None:
        self.seen: list[tuple[str, str | None]] = []
        handler = type("H", (Handler,), {"routes": {f"/{k}": r for k, r in routes.items()}, "seen": self.seen})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self.port = self._server.server_port

    def __enter__(self) -> Place:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Place]]:
    with ExitStack() as stack:
        yield lambda **routes: stack.enter_context(Place(**routes))


def files(place: Place, *, contact: str | None = CONTACT, slept: list[float] | None = None) -> Files:
    rests = slept if slept is not None else []
    return open_files(place.base, contact=contact, clock=lambda: NOW, sleep=rests.append)


def sends_to(location: str, status: int = 302) -> Route:
    return lambda handler: handler.say(status, Location=location)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "[::ffff:127.0.0.1]", "２１３０７０６４３３"])
def test_an_archives_redirect_into_a_private_network_is_not_followed(serve, status, host):
    trap = serve(x=lambda h: h.say(206, b"secret", Content_Range="bytes 0-5/6"))
    archive = serve(x=sends_to(f"http://{host}:{trap.port}/x".encode().decode("latin-1"), status))
    with pytest.raises(Permanent, match=r"not a global address|name for loopback"):
        files(archive).open("x").read(3)
    with pytest.raises(Permanent):
        files(archive).read("x")
    assert trap.seen == []


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "gopher://127.0.0.1:70/x", "http://[x", "//"]
)
def test_an_archives_redirect_to_what_is_no_web_address_is_an_error(serve, location):
    with pytest.raises(Permanent):
        files(serve(x=sends_to(location))).read("x")


def test_a_redirect_within_the_archive_is_followed_and_keeps_its_range(serve):
    def part(handler: Handler) -> None:
        handler.say(206, b"cde", Content_Range="bytes 2-4/5")

    archive = serve(x=sends_to("/y"), y=part)
    stream = files(archive).open("x")
    raw = stream.raw  # type: ignore[attr-defined]
    raw.seek(2)
    assert raw.read(3) == b"cde"
    assert archive.seen == [("/x", "bytes=2-4"), ("/y", "bytes=2-4")]


def test_redirects_have_an_end(serve):
    with pytest.raises(Permanent, match="circle"):
        files(serve(x=sends_to("/y"), y=sends_to("/x"))).read("x")


def endless(handler: Handler) -> None:
    """More than was asked for, until nobody listens."""
    handler.send_response(206)
    handler.send_header("Content-Range", "bytes 0-9/10")
    handler.send_header("Connection", "close")
    handler.end_headers()
    try:
        for _ in range(4096):
            handler.wfile.write(b"x" * 65536)
        raise AssertionError("256 MiB were taken of 10 bytes")
    except OSError:
        handler.close_connection = True


def test_no_more_is_read_than_was_asked_for(serve):
    with pytest.raises(Permanent, match="bytes"):
        files(serve(x=endless)).open("x").raw.read(10)


def test_a_small_file_is_read_up_to_a_bound(serve, monkeypatch):
    monkeypatch.setattr(ranges, "MAX_FILE_BYTES", 1000)
    with pytest.raises(Permanent, match="1000 bytes"):
        files(serve(x=lambda h: h.say(200, b"y" * 1001))).read("x")
    assert files(serve(x=lambda h: h.say(200, b"y" * 1000))).read("x") == b"y" * 1000


def test_an_answer_that_never_ends_is_given_up_after_a_time(serve, monkeypatch):
    stop = threading.Event()

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            while not stop.wait(0.05):
                handler.wfile.write(b"x")
        except OSError:
            handler.close_connection = True

    monkeypatch.setattr(ranges, "TOTAL_TIMEOUT_S", 0.3)
    monkeypatch.setattr(ranges, "TRIES", 2)
    slept: list[float] = []
    try:
        with pytest.raises(Transient, match="2 times"):
            files(serve(x=drip), slept=slept).read("x")
    finally:
        stop.set()
    assert len(slept) == 1


@pytest.mark.parametrize("length", ["nonsense", "-1", "9" * 30, "5, 6"])
def test_a_content_length_that_lies_ends_in_an_error_that_is_ours(serve, length):
    def lie(handler: Handler) -> None:
        handler.say(200, b"body", Content_Length=length)
        handler.close_connection = True

    with pytest.raises((Permanent, Transient)):
        files(serve(x=lie)).read("x")


def test_a_part_of_another_place_than_was_asked_for_is_refused(serve):
    raw = files(serve(x=lambda h: h.say(206, b"abc", Content_Range="bytes 7-9/10"))).open("x").raw
    with pytest.raises(Permanent, match="bytes 7-9/10"):
        raw.read(3)


def test_a_rest_that_the_archive_asks_for_is_kept_up_to_a_bound(serve):
    slept: list[float] = []
    with pytest.raises(Transient, match="503"):
        files(serve(x=lambda h: h.say(503, Retry_After="9" * 40)), slept=slept).read("x")
    assert slept == [ranges.MAX_PAUSE_S] * (ranges.TRIES - 1)


def test_what_is_not_there_is_said(serve):
    with pytest.raises(ObjectMissing):
        files(serve()).read("x")


@pytest.mark.parametrize("host", ["127.evil.example", "localhost.evil.example", "127.0.0.1.evil.example"])
def test_a_name_that_begins_like_loopback_is_no_loopback(host):
    with pytest.raises(SettingError, match="NEWS_ETL_CONTACT"):
        open_files(f"http://{host}/", contact=None, clock=lambda: NOW)
