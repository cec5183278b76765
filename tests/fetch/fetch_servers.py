"""A server on loopback that says exactly the bytes it is told to, well-behaved or not, and clients for it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from aiohttp.abc import AbstractResolver, ResolveResult

from etl.fetch.address import Policy
from etl.fetch.client import Client, ClientConfig

T = TypeVar("T")

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AGENT = "NewsETL/9.9 (+https://example.org/bot)"


def run(coroutine: Coroutine[Any, Any, T], *, limit_s: float = 30) -> T:
    """Run to the end, or fail; and fail if tasks are left behind."""

    async def bounded() -> T:
        result = await asyncio.wait_for(coroutine, limit_s)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks left behind: {left}"
        return result

    return asyncio.run(bounded())


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived."""

    target: str
    headers: Mapping[str, str]
    connection: int
    head: bytes


@dataclass
class Visitor:
    """One connection: what a route may do with it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seen: Seen | None = None
    is_over: bool = False

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def close(self) -> None:
        self.is_over = True

    def reset(self) -> None:
        """End with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        self.is_over = True


Route = bytes | Callable[[Visitor], Awaitable[None]]


@dataclass
class Server:
    """Async context manager. A route is the bytes of an answer, or a coroutine that does what it likes."""

    routes: dict[str, Route] = field(default_factory=dict)
    host: str = "127.0.0.1"
    default: Route | None = None
    seen: list[Seen] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _connections: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"http://{host or self.host}:{self.port}{path}"

    @property
    def targets(self) -> list[str]:
        return [seen.target for seen in self.seen]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections += 1
        visitor, number = Visitor(reader, writer), self._connections
        try:
            while not visitor.is_over:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
                visitor.seen = Seen(lines[0].split(" ")[1], headers, number, head)
                self.seen.append(visitor.seen)
                path = visitor.seen.target.partition("?")[0]
                route = self.routes.get(visitor.seen.target) or self.routes.get(path) or self.default or answer(404)
                if isinstance(route, bytes):
                    await visitor.send(route)
                else:
                    await route(visitor)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            with suppress(Exception):
                writer.close()


def answer(
    status: int = 200,
    body: bytes = b"",
    *headers: str,
    length: int | None = None,
    version: str = "1.1",
    reason: str = "X",
) -> bytes:
    """A response with a Content-Length that may lie."""
    lines = [
        f"HTTP/{version} {status} {reason}",
        *headers,
        f"Content-Length: {len(body) if length is None else length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(location: str, status: int = 302, *headers: str) -> bytes:
    return answer(status, b"moved", f"Location: {location}", *headers)


def client(**changes: Any) -> Client:
    """A client for loopback with short time-outs."""
    resolver, clock = changes.pop("resolver", None), changes.pop("clock", lambda: NOW)
    settings: dict[str, Any] = {
        "user_agent": AGENT,
        "policy": Policy.LOOPBACK_ONLY,
        "total_timeout_s": 5,
        "connect_timeout_s": 2,
        "read_timeout_s": 2,
    }
    return Client(ClientConfig(**(settings | changes)), clock=clock, resolver=resolver)


class FakeResolver(AbstractResolver):
    """Answers from a list, in order; the last answer is given again and again."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass
