"""A server on loopback that says any bytes it is told to: each behaviour on an address of its own, beside good hosts.

A behaviour is the bytes of an answer, or a coroutine that does with the connection what it likes. Nothing is without
end: what drips or streams stops by itself after `MAX_STREAM_BYTES` or `MAX_STALL_S`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

MAX_STREAM_BYTES = 96 << 20
MAX_STALL_S = 20.0
WITNESSES = 10
WITNESS_PAGES = 3
WITNESS_NET = "127.77.0"


@dataclass
class Wire:
    """One connection, and what was asked on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    target: str = ""
    base: str = ""  # http://host:port of the host that was asked
    is_over: bool = False

    async def send(self, data: bytes) -> None:
        """Send, and wait until the other side takes it."""
        self.writer.write(data)
        await self.writer.drain()

    def close(self) -> None:
        """End with FIN."""
        self.is_over = True

    def reset(self) -> None:
        """End with RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        self.is_over = True

    async def stall(self) -> None:
        """Say nothing more, as long as the other side waits."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.reader.read(), MAX_STALL_S)
        self.close()

    async def drip(self, data: bytes, pause_s: float = 0.5) -> None:
        """Send byte after byte."""
        for n in range(min(len(data), int(MAX_STALL_S / pause_s))):
            await self.send(data[n : n + 1])
            await asyncio.sleep(pause_s)
        self.close()

    async def flood(self, piece: bytes) -> None:
        """Send the piece over and over."""
        piece *= max(1, 65536 // len(piece))
        for _ in range(MAX_STREAM_BYTES // len(piece)):
            await self.send(piece)
        self.close()


Act = Callable[[Wire], Awaitable[None]]
Route = bytes | Act


@dataclass(frozen=True, kw_only=True)
class Case:
    """One behaviour: of which file of a host, and how what it names ends.

    `about`: page, feed, sitemap, robots, tdmrep. `expected`: the outcome of the host's page; of a document, how many
    URLs it offers ("offers 2") or "failed".
    """

    key: str
    about: str
    route: Route
    expected: str
    more: dict[str, Route] = field(default_factory=dict)  # further paths of the host
    is_slow: bool = False  # ends by a time-out of ours, or has tens of thousands of entries

    @property
    def path(self) -> str:
        return {
            "page": "/page",
            "feed": "/feed",
            "sitemap": "/sitemap.xml",
            "robots": "/robots.txt",
            "tdmrep": "/.well-known/tdmrep.json",
        }[self.about]

    def routes(self) -> dict[str, Route]:
        usual: dict[str, Route] = {"/feed": feed_of("/page"), "/page": http(article(self.key))}
        if self.about in ("feed", "sitemap"):
            del usual["/page"]
        return usual | self.more | {self.path: self.route}


def http(
    body: bytes = b"",
    *headers: str | bytes,
    status: str | bytes = "200 OK",
    length: int | str | None = -1,
    version: str = "HTTP/1.1",
    kind: str | None = "text/html; charset=utf-8",
) -> bytes:
    """An answer; `length` -1 is right, None leaves it out."""
    line = version.encode() + b" " + (status if isinstance(status, bytes) else status.encode("latin-1"))
    lines = [line]
    lines += [f"Content-Type: {kind}".encode("latin-1")] if kind is not None else []
    lines += [each if isinstance(each, bytes) else each.encode("latin-1") for each in headers]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length == -1 else length}".encode())
    return b"\r\n".join([*lines, b"", b""]) + body


def parts(*pieces: bytes | float | str) -> Act:
    """Bytes are sent, numbers are seconds; "close", "reset" and "stall" end it."""

    async def act(wire: Wire) -> None:
        for piece in pieces:
            if isinstance(piece, bytes):
                await wire.send(piece)
            elif isinstance(piece, float):
                await asyncio.sleep(piece)
            elif piece == "stall":
                await wire.stall()
            elif piece == "reset":
                await asyncio.sleep(0.05)
                wire.reset()
            else:
                wire.close()

    return act


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", head: Sequence[str] = ()) -> bytes:
    """An answer in chunks."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return http(b"", "Transfer-Encoding: chunked", *head, length=None) + body


def feed_of(*links: str, base: str | None = None) -> Act:
    """A good feed that names these paths of its host."""

    async def act(wire: Wire) -> None:
        items = "".join(f"<item><title>Story</title><link>{base or wire.base}{link}</link></item>" for link in links)
        text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>'
        await wire.send(http(text.encode(), kind="application/rss+xml"))

    return act


_SENTENCES = (
    "The council of the harbour town decided on Tuesday to repair the old bridge before the winter storms arrive.",
    "Engineers had warned for years that its northern pillars were losing their footing in the shifting sand below.",
    "Residents who cross the river every morning welcomed the vote, though many doubted that the money would suffice.",
    "Work is to begin in March and should last for about eighteen months, said the head of the building department.",
    "Until then heavy lorries have to take the long way round, past the lighthouse and through the northern villages.",
)


def article(name: str) -> bytes:
    """A page with a story that is told apart by its name."""
    text = "".join(
        f"<p>{sentence} This is what {name} reports in part {n}.</p>" for n, sentence in enumerate(_SENTENCES * 2)
    )
    return (
        f'<!doctype html><html lang="en"><head><title>Bridge of {name} to be repaired</title></head><body><article>'
        f"<h1>Bridge of {name} to be repaired</h1><time datetime='2026-11-24T08:00:00Z'></time>{text}</article></body></html>"
    ).encode()


class HostileServer:
    """Serves cases and witnesses on addresses of 127/8, all on one port."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.hosts = {f"127.66.{n // 250}.{n % 250 + 1}": case for n, case in enumerate(cases)}
        self._routes = {host: case.routes() for host, case in self.hosts.items()}
        self.witnesses = [f"{WITNESS_NET}.{n + 1}" for n in range(WITNESSES)]
        self._rounds = dict.fromkeys(self.witnesses, 0)
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, port: int, ready: Callable[[int], None], until: Callable[[], Awaitable[None]]) -> None:
        """Serve on a port (0: any) until told to stop."""
        servers = []
        for host in [*self.witnesses, *self.hosts]:
            server = await asyncio.start_server(self._accept, host, port, limit=1 << 20, backlog=64)
            port = server.sockets[0].getsockname()[1]
            servers.append(server)
        ready(port)
        await until()
        for server in servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        host, port = writer.get_extra_info("sockname")[:2]
        wire = Wire(reader, writer, base=f"http://{host}:{port}")
        try:
            while not wire.is_over:
                head = await reader.readuntil(b"\r\n\r\n")
                wire.target = head.split(b" ", 2)[1].decode("latin-1")
                route = self._route(host, wire)
                if isinstance(route, bytes):
                    await wire.send(route)
                    if b"Content-Length" not in route.partition(b"\r\n\r\n")[0] and b"chunked" not in route[:2000]:
                        wire.close()
                else:
                    await route(wire)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            with suppress(Exception):
                writer.close()

    def _route(self, host: str, wire: Wire) -> Route:
        path = wire.target.partition("?")[0]
        if host in self._rounds:
            if path == "/feed":
                self._rounds[host] += 1
                return feed_of(*(f"/story-{self._rounds[host]}-{n}" for n in range(WITNESS_PAGES)))
            if path.startswith("/story-"):
                return http(article(f"{host}{path}"))
        routes = self._routes.get(host, {})
        return routes.get(wire.target) or routes.get(path) or http(b"nothing here", status="404 Not Found")


def _serve(cases: Sequence[Case], pipe: Connection) -> None:
    async def until() -> None:
        await asyncio.get_running_loop().run_in_executor(None, _wait, pipe)

    asyncio.run(HostileServer(cases).serve(0, pipe.send, until))


def _wait(pipe: Connection) -> None:
    with suppress(EOFError, OSError):
        pipe.recv()


@contextmanager
def running(cases: Sequence[Case]) -> Iterator[tuple[int, HostileServer]]:
    """A server in its own process, so that its work is not measured as ours. It ends with its parent."""
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(cases, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(60):
            raise TimeoutError("the hostile server did not start")
        yield ours.recv(), HostileServer(cases)
    finally:
        ours.close()
        process.join(10)
        if process.is_alive():
            process.kill()
            process.join()


if __name__ == "__main__":
    sys.exit("python -m benchmarks.hostile")
