"""One request and its answer over a socket, within limits of time and size. The client handles redirects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from etl import urls
from etl.fetch.address import GuardedResolver, Policy, RefusedAddressError, SocketGuard, ThreadedResolver, host_refusal
from etl.fetch.connections import Connections, Wire
from etl.fetch.failures import BrokenConnectionError, outcome_of
from etl.fetch.messages import Refusal
from etl.fetch.proxy import proxy_for
from etl.fetch.response_reader import BodyReader, Limit, framing, read_head
from etl.http.head import Fields, Head, values_of

DNS_CACHE_S = 60

FULL = frozenset({200, 203})  # 203: a proxy changed something on the way, the page is whole
PART = 206

# The body of an error is read for what it says of challenges and consent; that stands in its beginning.
OTHER_LIMIT = Limit(max_bytes=512 << 10, cut=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportConfig:
    """Bounds and addresses. Seconds."""

    policy: Policy
    total_timeout_s: float
    connect_timeout_s: float
    read_timeout_s: float
    loopback_hosts: frozenset[str]
    proxies: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `status` None: nothing that is HTTP. `failure`: the answer is not complete.

    `is_cut`: the body is the first part, since more was not wanted; `is_short`: it ended before what the answer states.
    """

    url: str
    fetched_at: datetime
    status: int | None = None
    reason: str = ""
    http_version: str | None = None
    headers: Fields = ()
    body: bytes = b""
    is_cut: bool = False
    is_short: bool = False
    request_headers: tuple[tuple[str, str], ...] = ()
    ip: str | None = None
    failure: Refusal | None = None

    def values(self, name: bytes) -> list[bytes]:
        """The values of a header, one for each line."""
        return values_of(self.headers, name)


class Transport:
    """Async context manager around the connections."""

    def __init__(
        self, config: TransportConfig, *, clock: Callable[[], datetime], resolver: AbstractResolver | None = None
    ) -> None:
        self._config = config
        self._clock = clock
        self._inner = resolver
        self._resolvers: list[AbstractResolver] = []
        self._direct: Connections | None = None
        self._proxied: Connections | None = None

    async def __aenter__(self) -> Self:
        config = self._config
        guarded = GuardedResolver(config.policy, loopback_hosts=config.loopback_hosts, inner=self._inner)
        self._direct = self._connections(guarded, SocketGuard(config.policy, loopback_hosts=config.loopback_hosts))
        if config.proxies:
            # Connects to the proxy only, which may well have a private address.
            self._proxied = self._connections(ThreadedResolver(), None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connections in (self._direct, self._proxied):
            if connections is not None:
                await connections.close()
        for resolver in self._resolvers:
            await resolver.close()

    async def get(self, url: str, headers: Mapping[str, str], limit: Limit) -> Answer:
        """Send one GET for a URL in wire form and read the answer. Never raises for what others do."""
        fetched_at = self._clock()
        host = urls.host_of(url)
        refusal = host_refusal(
            URL(url, encoded=True).raw_host or "",
            self._config.policy,
            loopback_too=host in self._config.loopback_hosts,
        )
        if refusal:
            return Answer(url=url, fetched_at=fetched_at, failure=outcome_of(RefusedAddressError(refusal)))
        reading = _ResponseReader(Answer(url=url, fetched_at=fetched_at))
        try:
            async with asyncio.timeout(self._config.total_timeout_s):
                await self._exchange(reading, headers, limit)
        except TimeoutError as error:
            text = str(error) or f"no complete answer within {self._config.total_timeout_s:g} s"
            return reading.failed(TimeoutError(text))
        except Exception as error:
            # An exception that a server can provoke in a library must not end a run over thousands of hosts.
            return reading.failed(error)
        return reading.answer()

    async def _exchange(self, reading: _ResponseReader, headers: Mapping[str, str], limit: Limit) -> None:
        """A request is sent a second time only when a kept connection turned out to be closed."""
        proxy = self._proxy(reading.url)
        connections = self._proxied if proxy else self._direct
        if connections is None:
            raise RuntimeError("the client is used outside of its `async with`")
        url = URL(reading.url, encoded=True)
        while True:
            with await connections.send(url, headers, proxy=proxy) as wire:
                try:
                    await self._read(reading, wire, limit)
                    return
                except (OSError, BrokenConnectionError) as error:
                    if isinstance(error, TimeoutError) or not wire.is_reused or reading.has_begun:
                        raise

    async def _read(self, reading: _ResponseReader, wire: Wire, limit: Limit) -> None:
        within_s = self._config.read_timeout_s
        head = await read_head(wire.inbox, within_s)
        framed = framing(head)
        reading.started(head, wire)
        body = BodyReader(
            wire.inbox,
            head,
            framed,
            limit if head.status in FULL or head.status == PART else OTHER_LIMIT,
            within_s=within_s,
        )
        found = await body.read()
        reading.read(found.content, is_cut=found.is_cut, is_short=found.is_short)
        if body.is_clean and not (head.mended or framed.mended or framed.is_last):
            wire.keep()

    def _proxy(self, url: str) -> str | None:
        return None if urls.host_of(url) in self._config.loopback_hosts else proxy_for(url, self._config.proxies)

    def _connections(self, resolver: AbstractResolver, guard: SocketGuard | None) -> Connections:
        self._resolvers.append(resolver)
        connector = aiohttp.TCPConnector(
            resolver=resolver,
            socket_factory=guard,
            ttl_dns_cache=DNS_CACHE_S,
            limit=0,  # how many hosts are visited at once is decided by crawl
        )
        return Connections(connector, connect_timeout_s=self._config.connect_timeout_s)


class _ResponseReader:
    """An answer as it comes in, so that a failure keeps what was there before."""

    def __init__(self, answer: Answer) -> None:
        self._fields: dict[str, object] = {"url": answer.url, "fetched_at": answer.fetched_at}
        self.url = answer.url
        self.has_begun = False

    def started(self, head: Head, wire: Wire) -> None:
        self.has_begun = True
        self._fields |= {
            "status": head.status,
            "reason": head.reason.decode("latin-1"),
            "http_version": f"HTTP/{head.version}",
            "headers": head.fields,
            "request_headers": wire.request_headers,
            "ip": wire.peer,
        }

    def read(self, body: bytes, *, is_cut: bool, is_short: bool) -> None:
        self._fields |= {"body": body, "is_cut": is_cut, "is_short": is_short}

    def answer(self) -> Answer:
        return Answer(**self._fields)  # type: ignore[arg-type]

    def failed(self, error: Exception) -> Answer:
        return Answer(**self._fields, failure=outcome_of(error))  # type: ignore[arg-type]
