"""Serves the newsroom over HTTP on addresses of 127.0.0.0/8, all on one port.

    with running_newsroom(day=1) as newsroom:
        ...                       # newsroom.url("harbour-post", "/feed/")
        newsroom.set_day(2)
        newsroom.log()            # tuple of LoggedRequest

A newsroom in its own process (`run`) is controlled over HTTP at 127.0.0.10: GET or PUT /day, PUT /wait, GET /log.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode

from aiohttp import hdrs, web

from etl.errors import Permanent
from etl.sample import answers
from etl.sample.answers import SampleAnswer, Validators
from etl.sample.content import DAYS, DEFAULT_PORT, SampleSite, load_sites
from etl.sample.request_log import LoggedRequest, RequestLog

CONTROL_HOST = "127.0.0.10"

# No answer of the newsroom takes longer, whatever it was asked for.
MAX_WAIT_S = 20.0

_CHUNK = 64 * 1024
_PORT_TRIES = 50


class Newsroom:
    """The newsroom's answers, its request log, and the day that it plays."""

    def __init__(self, port: int, *, day: int = 1, wait_s: float = 0.0, log: Path | None = None) -> None:
        self.port = port
        self.sites: Mapping[str, SampleSite] = load_sites()
        self._answers = {each: answers.build(each, port) for each in DAYS}
        self._by_host = {host: site for site in self.sites.values() for host in (site.host, *site.alias_hosts)}
        self._not_found = {site.key: answers.not_found(site, port) for site in self.sites.values()}
        self._log = RequestLog(log)
        self.set_day(day)
        self.set_wait(wait_s)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The addresses that it serves, the control address left out."""
        return tuple(self._by_host)

    @property
    def day(self) -> int:
        """The day that it plays."""
        return self._day

    def url(self, source: str, path: str = "/") -> str:
        """The URL of a path on a source's host."""
        return f"{self.sites[source].base(self.port)}{path}"

    def set_day(self, day: int) -> None:
        """Play the first or the second day from now on."""
        if day not in DAYS:
            raise Permanent(f"the newsroom knows day 1 and day 2, not {day}")
        self._day = day

    def set_wait(self, wait_s: float) -> None:
        """Let the slow page wait so many seconds from now on; 0 switches it off."""
        self._wait_s = min(max(wait_s, 0.0), MAX_WAIT_S)

    def log(self) -> tuple[LoggedRequest, ...]:
        """The requests so far; those at the control address are not among them."""
        return self._log.requests()

    def close(self) -> None:
        """Close the log file."""
        self._log.close()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request of any host."""
        host = _asked_address(request)
        if host == CONTROL_HOST:
            return await self._control(request)
        started = time.monotonic()
        recorder = _Recorder(request, host, started, self._log)
        answer = self._answer(host, request)
        try:
            if answer.may_wait:
                await asyncio.sleep(self._wait_of(request))
            if answer.endless_to and request.method != hdrs.METH_HEAD:
                return await _stream(request, answer, recorder)
        except (asyncio.CancelledError, ConnectionError):
            recorder.record(answer.status, 0, aborted=True)
            raise
        response = _response(request, answer)
        body = response.body if isinstance(response.body, bytes) and request.method != hdrs.METH_HEAD else b""
        recorder.record(response.status, len(body))
        return response

    def _answer(self, host: str, request: web.BaseRequest) -> SampleAnswer:
        known = self._answers[self._day]
        site = self._by_host[host]
        path, _, query = request.raw_path.partition("?")
        path = unquote(path)
        found = known.get((host, f"{path}?{query}" if query else path)) or known.get((host, path))
        if found is None and query:  # a page that is told apart by its query, asked for with something more
            kept = urlencode([pair for pair in parse_qsl(query, keep_blank_values=True) if not _is_tracking(pair[0])])
            found = known.get((host, f"{path}?{kept}")) or known.get((host, f"{path}?{kept.removesuffix('=')}"))
        return found or self._not_found[site.key]

    def _wait_of(self, request: web.BaseRequest) -> float:
        try:
            wait_s = float(request.query.get("wait", self._wait_s))
        except ValueError:
            wait_s = 0.0
        return min(max(wait_s, 0.0), MAX_WAIT_S)

    async def _control(self, request: web.BaseRequest) -> web.Response:
        try:
            match request.method, request.path:
                case "GET", "/day":
                    return web.Response(text=f"{self.day}\n")
                case "PUT", "/day":
                    self.set_day(int(await request.text()))
                    return web.Response(text=f"{self.day}\n")
                case "PUT", "/wait":
                    self.set_wait(float(await request.text()))
                    return web.Response(text=f"{self._wait_s}\n")
                case "GET", "/log":
                    lines = "".join(json.dumps(asdict(logged), ensure_ascii=False) + "\n" for logged in self.log())
                    return web.Response(text=lines, content_type="application/jsonl")
        except (ValueError, Permanent) as error:
            return web.Response(status=400, text=f"{error}\n")
        return web.Response(status=404, text="GET or PUT /day, PUT /wait, GET /log\n")


class _Recorder:
    """Writes the one record of a request."""

    def __init__(self, request: web.BaseRequest, host: str, started: float, log: RequestLog) -> None:
        self._request, self._host, self._started, self._log = request, host, started, log

    def record(self, status: int, bytes_sent: int, *, aborted: bool = False) -> None:
        request = self._request
        peer = request.transport.get_extra_info("peername") if request.transport else None
        self._log.add(
            LoggedRequest(
                time=datetime.now(UTC).isoformat(timespec="milliseconds"),
                client=f"{peer[0]}:{peer[1]}" if peer else "",
                host=self._host,
                method=request.method,
                path=request.raw_path,
                status=status,
                start=self._started,
                end=time.monotonic(),
                bytes_sent=bytes_sent,
                aborted=aborted,
                user_agent=request.headers.get("User-Agent", ""),
                conditional="If-None-Match" in request.headers or "If-Modified-Since" in request.headers,
            )
        )


def _response(request: web.BaseRequest, answer: SampleAnswer) -> web.Response:
    headers: list[tuple[str, str]] = list(answer.headers)
    if answer.validators:
        etag, last_modified = answer.validators
        headers += [("ETag", etag), ("Last-Modified", last_modified), ("Cache-Control", "max-age=0")]
    if answer.coding:
        headers.append(("Vary", "Accept-Encoding"))
    if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
        return web.Response(status=405, headers={"Allow": "GET, HEAD"})
    if answer.validators and _is_current(request, answer.validators):
        return web.Response(status=304, headers=headers)
    body = answer.body
    if answer.coding and answer.coding in _accepted(request):
        headers.append(("Content-Encoding", answer.coding))
        body = answer.coded
    headers.append(("Content-Type", answer.content_type))
    return web.Response(status=answer.status, body=body, headers=headers)


async def _stream(request: web.BaseRequest, answer: SampleAnswer, recorder: _Recorder) -> web.StreamResponse:
    """The body again and again, in chunks and without a length, until the client leaves or the end is reached."""
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    sent = 0
    try:
        await response.prepare(request)
        piece = (answer.body * (_CHUNK // len(answer.body) + 1))[:_CHUNK]
        while sent < answer.endless_to:
            await response.write(piece)
            sent += len(piece)
            await asyncio.sleep(0)
    except (asyncio.CancelledError, ConnectionError):
        recorder.record(answer.status, sent, aborted=True)
        return response
    recorder.record(answer.status, sent)
    await response.write_eof()
    return response


def _is_current(request: web.BaseRequest, now: Validators) -> bool:
    """Whether the client's copy is the present one; If-None-Match decides if it is there (RFC 9110, 13.2.2)."""
    if (tags := request.headers.get("If-None-Match")) is not None:
        listed = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in listed or now.etag in listed
    since = request.headers.get("If-Modified-Since")
    if since is None or request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
        return False
    try:
        return parsedate_to_datetime(now.last_modified) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def _accepted(request: web.BaseRequest) -> set[str]:
    accepted = set()
    for each in request.headers.get("Accept-Encoding", "").split(","):
        name, _, weight = each.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip().lower())
    return accepted


def _is_tracking(name: str) -> bool:
    return name.startswith("utm_") or name == "fbclid"


def _asked_address(request: web.BaseRequest) -> str:
    """The address that the connection was made to; the Host header is ignored."""
    own = request.transport.get_extra_info("sockname") if request.transport else None
    return str(own[0]) if own else CONTROL_HOST


def listen(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """One listening socket for each address, all on one port; port 0 takes a free one.

    Raises `Permanent` when an address or the port cannot be had.
    """
    for _ in range(_PORT_TRIES if port == 0 else 1):
        sockets: list[socket.socket] = []
        chosen = port
        try:
            for host in hosts:
                each = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                sockets.append(each)
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                each.bind((host, chosen))
                each.listen(128)
                chosen = each.getsockname()[1]
            return sockets
        except OSError as error:
            for each in sockets:
                each.close()
            if port != 0:
                raise Permanent(
                    f"the sample newsroom cannot listen on {host}:{chosen} ({error.strerror}): choose another port; "
                    "on macOS give the addresses first, `sudo ifconfig lo0 alias <address>`"
                ) from error
            reason = error
    raise Permanent(f"the sample newsroom found no port that is free on all of {', '.join(hosts)}: {reason}")


async def _serve(
    newsroom: Newsroom, sockets: Sequence[socket.socket], ready: Callable[[], None], stop: asyncio.Event
) -> None:
    # A client that leaves ends its handler, so that the log shows when it left.
    runner = web.ServerRunner(
        web.Server(newsroom.handle, access_log=None, keepalive_timeout=15, handler_cancellation=True)
    )
    await runner.setup()
    try:
        for each in sockets:
            await web.SockSite(runner, each, backlog=128).start()
        ready()
        await stop.wait()
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def running_newsroom(
    *, day: int = 1, port: int = 0, wait_s: float = 0.0, log: Path | None = None
) -> Iterator[Newsroom]:
    """A newsroom in a thread of this process, for as long as the block lasts. Port 0 takes a free one.

    `wait_s` is how long the slow page waits. `log` is a file for the request log.
    """
    hosts = _all_hosts()
    sockets = listen(hosts, port)
    try:
        newsroom = Newsroom(sockets[0].getsockname()[1], day=day, wait_s=wait_s, log=log)
    except BaseException:
        for each in sockets:
            each.close()
        raise
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    started = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            loop.run_until_complete(_serve(newsroom, sockets, started.set, stop))
        except BaseException as error:
            failures.append(error)
        finally:
            loop.close()
            started.set()

    thread = threading.Thread(target=work, name="sample-newsroom", daemon=True)
    thread.start()
    started.wait()
    if failures:
        raise failures[0]
    try:
        yield newsroom
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=MAX_WAIT_S + 10)
        newsroom.close()


def run(
    port: int = DEFAULT_PORT,
    *,
    day: int = 1,
    log: Path | None = None,
    wait_s: float = 0.0,
    for_s: float | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve until SIGINT or SIGTERM, or for `for_s` seconds. What the command line calls."""
    sockets = listen(_all_hosts(), port)
    newsroom = Newsroom(sockets[0].getsockname()[1], day=day, wait_s=wait_s, log=log)

    def ready() -> None:
        for site in newsroom.sites.values():
            say(f"{site.base(newsroom.port)}/  {site.name} ({site.language})")
        say(f"day {day}; for the other: curl -X PUT -d 2 http://{CONTROL_HOST}:{newsroom.port}/day")

    async def work() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if for_s is not None:
            loop.call_later(for_s, stop.set)
        await _serve(newsroom, sockets, ready, stop)

    try:
        asyncio.run(work())
    finally:
        newsroom.close()


def _all_hosts() -> tuple[str, ...]:
    return (CONTROL_HOST, *(host for site in load_sites().values() for host in (site.host, *site.alias_hosts)))
