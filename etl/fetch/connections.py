"""Connections to servers: aiohttp's connector makes, checks and keeps them, what goes over them is ours.

aiohttp's own reading of answers is a strict reader's, as a server's must be. Ours is in `etl.http`, and a connection whose
answer was not read to a certain end is never used again.
"""

from __future__ import annotations

import asyncio
import re
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from etl.fetch.failures import BrokenConnectionError

_ENDS_A_LINE = re.compile(r"[\r\n\0]")

# What waits to be read of an answer; then the server is made to wait.
_READ_AHEAD = 1 << 18


class Inbox(asyncio.Protocol):
    """What comes in on a connection. `is_over`: nothing more will; `error`: why, if not by its regular end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.buffer = bytearray()
        self.is_over = False
        self.error: Exception | None = None
        self._transport = transport
        self._is_paused = False
        self._news = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > _READ_AHEAD and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> bool:
        self.is_over = True
        self._news.set()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over = True
        self.error = self.error or exc
        self._news.set()

    async def more(self, within_s: float) -> bool:
        """Wait for more than the buffer has; False at the end of the connection. Raises `TimeoutError`."""
        had = len(self.buffer)
        async with asyncio.timeout(within_s):
            while len(self.buffer) == had and not self.is_over:
                if self._is_paused:
                    self._is_paused = False
                    self._transport.resume_reading()
                self._news.clear()
                await self._news.wait()
        return len(self.buffer) > had

    def take(self, count: int) -> bytes:
        """The first bytes of the buffer, which no longer has them."""
        part = bytes(self.buffer[:count])
        del self.buffer[:count]
        return part


@dataclass(slots=True)
class Wire:
    """A connection with one request on it. As a context manager it closes, unless it was `kept`."""

    connection: Connection
    inbox: Inbox
    request_headers: tuple[tuple[str, str], ...]
    is_reused: bool
    peer: str | None
    is_kept: bool = False

    def keep(self) -> None:
        """Let another request use it: its answer was read to a certain end, and nothing came behind that."""
        self.is_kept = not self.inbox.buffer and not self.inbox.is_over

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        transport, protocol = self.connection.transport, self.connection.protocol
        if self.is_kept and error is None and transport is not None and protocol is not None:
            transport.set_protocol(protocol)
            self.connection.release()
        else:
            self.connection.close()


class Connections:
    """Those that go one way: straight to servers, or through proxies."""

    def __init__(self, connector: aiohttp.TCPConnector, *, connect_timeout_s: float) -> None:
        self._connector = connector
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout_s)
        self._kept: weakref.WeakSet[Any] = weakref.WeakSet()

    async def close(self) -> None:
        """Close all of them."""
        await self._connector.close()

    async def send(self, url: URL, headers: Mapping[str, str], *, proxy: str | None) -> Wire:
        """Send a GET over a connection, a kept one if there is one. Raises what the network does."""
        request = aiohttp.ClientRequest(
            "GET", url, headers=dict(headers), proxy=URL(proxy) if proxy else None, loop=asyncio.get_running_loop()
        )
        while True:
            connection = await self._connector.connect(request, [], self._timeout)
            protocol, transport = connection.protocol, connection.transport
            is_reused = protocol in self._kept
            if protocol is not None and transport is not None and not protocol.should_close:
                break
            connection.close()  # it was kept, and something came on it meanwhile
            if not is_reused:
                raise BrokenConnectionError("closed before anything was asked")
        self._kept.add(protocol)
        inbox = Inbox(transport)
        transport.set_protocol(inbox)
        peer = transport.get_extra_info("peername")
        target = str(url.with_fragment(None)) if proxy and url.scheme == "http" else url.raw_path_qs
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items())]
        if any(_ENDS_A_LINE.search(line) for line in lines):  # none of ours does
            connection.close()
            raise ValueError(f"a line of the request would be two: {lines!r}")
        transport.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode("utf-8", "surrogateescape"))
        return Wire(
            connection=connection,
            inbox=inbox,
            request_headers=tuple((k, v) for k, v in request.headers.items() if k.lower() != "proxy-authorization"),
            is_reused=is_reused,
            peer=str(peer[0]) if peer and not proxy else None,
        )
