"""One request and its answer over a socket, within bounds of time and size. Redirects are the client's matter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.cookies import SimpleCookie
from types import SimpleNamespace, TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from yarl import URL

from etl import urls
from etl.fetch.address import GuardedResolver, Policy, RefusedAddressError, SocketGuard, ThreadedResolver, host_refusal
from etl.fetch.decode import BodyDecoder, TooLargeError
from etl.fetch.failures import BrokenConnectionError, outcome_of
from etl.fetch.messages import Refusal
from etl.fetch.proxy import proxy_for

# Publishers' content security policies and preload links run to kilobytes a field; browsers take 256 KiB in all.
MAX_FIELD_BYTES = 32 << 10
MAX_FIELDS = 200

DNS_CACHE_S = 60

FULL = frozenset({200, 203})  # 203: a proxy changed something on the way, the page is whole
PART = 206


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much of a body is taken, decoded. `cut`: the first part will do, instead of giving up.

    `as_stored`: content codings stay on, since the file itself is meant and not what it says.
    """

    max_bytes: int
    cut: bool = False
    as_stored: bool = False


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
    """What came back. `status` None: nothing that is HTTP. `failure`: the answer is not complete."""

    url: str
    fetched_at: datetime
    status: int | None = None
    reason: str = ""
    http_version: str | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    cookies: SimpleCookie = field(default_factory=SimpleCookie)
    body: bytes = b""
    is_cut: bool = False
    request_headers: tuple[tuple[str, str], ...] = ()
    ip: str | None = None
    failure: Refusal | None = None

    def values(self, name: bytes) -> list[bytes]:
        """The values of a header, one for each line."""
        return [value for key, value in self.headers if key.lower() == name]


class Transport:
    """Async context manager around the connections."""

    def __init__(
        self, config: TransportConfig, *, clock: Callable[[], datetime], resolver: AbstractResolver | None = None
    ) -> None:
        self._config = config
        self._clock = clock
        self._inner = resolver
        self._resolvers: list[AbstractResolver] = []
        self._direct: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        config = self._config
        guarded = GuardedResolver(config.policy, loopback_hosts=config.loopback_hosts, inner=self._inner)
        self._direct = self._session(guarded, SocketGuard(config.policy, loopback_hosts=config.loopback_hosts))
        if config.proxies:
            # Connects to the proxy only, which may well have a private address.
            self._proxied = self._session(ThreadedResolver(), None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._direct, self._proxied):
            if session is not None:
                await session.close()
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
        reading = _Reading(Answer(url=url, fetched_at=fetched_at))
        try:
            async with asyncio.timeout(self._config.total_timeout_s):
                await self._exchange(reading, headers, limit)
        except TimeoutError as error:
            text = str(error) or f"no complete answer within {self._config.total_timeout_s:g} s"
            return reading.failed(TimeoutError(text))
        except Exception as error:
            # Whatever a server can make aiohttp raise must not end a run over thousands of hosts.
            return reading.failed(error)
        return reading.answer()

    async def _exchange(self, reading: _Reading, headers: Mapping[str, str], limit: Limit) -> None:
        proxy = self._proxy(reading.url)
        session = self._proxied if proxy else self._direct
        if session is None:
            raise RuntimeError("the client is used outside of its `async with`")
        wire = _Wire()
        async with session.get(
            URL(reading.url, encoded=True),
            headers=headers,
            allow_redirects=False,
            proxy=proxy,
            trace_request_ctx=wire,
            middlewares=(wire.without_resending,),
        ) as response:
            reading.started(response, is_direct=proxy is None)
            await reading.read(response, limit if response.status in FULL or response.status == PART else OTHER_LIMIT)

    def _proxy(self, url: str) -> str | None:
        return None if urls.host_of(url) in self._config.loopback_hosts else proxy_for(url, self._config.proxies)

    def _session(self, resolver: AbstractResolver, guard: SocketGuard | None) -> aiohttp.ClientSession:
        self._resolvers.append(resolver)
        trace = aiohttp.TraceConfig()
        trace.on_connection_reuseconn.append(_mark_reused)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=resolver,
                socket_factory=guard,
                ttl_dns_cache=DNS_CACHE_S,
                limit=0,  # how many hosts are visited at once is decided by crawl
            ),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self._config.connect_timeout_s, sock_read=self._config.read_timeout_s
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,  # it would also send the passwords of ~/.netrc
            response_class=_Response,
            trace_configs=[trace],
            max_line_size=MAX_FIELD_BYTES,
            max_field_size=MAX_FIELD_BYTES,
            max_headers=MAX_FIELDS,
        )


class _Reading:
    """An answer as it comes in, so that a failure keeps what was there before."""

    def __init__(self, answer: Answer) -> None:
        self._fields: dict[str, object] = {"url": answer.url, "fetched_at": answer.fetched_at}
        self.url = answer.url

    def started(self, response: aiohttp.ClientResponse, *, is_direct: bool) -> None:
        version = response.version
        self._fields |= {
            "status": response.status,
            "reason": (response.reason or "").encode("utf-8", "surrogateescape").decode("latin-1"),
            "http_version": f"HTTP/{version.major}.{version.minor}" if version else None,
            "headers": tuple(response.raw_headers),
            "cookies": response.cookies,
            "request_headers": tuple(response.request_info.headers.items()),
            "ip": response.peer if is_direct and isinstance(response, _Response) else None,
        }

    async def read(self, response: aiohttp.ClientResponse, limit: Limit) -> None:
        declared = response.content_length
        if declared is not None and declared > limit.max_bytes and not limit.cut:
            raise TooLargeError(f"Content-Length is {declared}, more than {limit.max_bytes} bytes")
        coding = b", ".join(v for k, v in response.raw_headers if k.lower() == b"content-encoding").decode("latin-1")
        decoder = BodyDecoder("" if limit.as_stored else coding, max_bytes=limit.max_bytes)
        try:
            async for chunk in response.content.iter_any():
                decoder.feed(chunk)
        except TooLargeError:
            if not limit.cut:
                raise
            self._fields |= {"body": bytes(decoder.body), "is_cut": True}
            return
        self._fields["body"] = decoder.finish()

    def answer(self) -> Answer:
        return Answer(**self._fields)  # type: ignore[arg-type]

    def failed(self, error: Exception) -> Answer:
        return Answer(**self._fields, failure=outcome_of(error))  # type: ignore[arg-type]


class _Response(aiohttp.ClientResponse):
    """Remembers the peer: a short answer has given its connection back before anyone can ask."""

    peer: str | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        name = connection.transport.get_extra_info("peername") if connection.transport else None
        self.peer = str(name[0]) if name else None
        return await super().start(connection)


class _Wire:
    """Allows a request to be sent twice only if the first time went into a connection that had been kept open."""

    def __init__(self) -> None:
        self.is_reused = False

    async def without_resending(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        self.is_reused = False
        try:
            return await handler(request)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            if self.is_reused:
                raise  # aiohttp sends it once more, over a new connection
            raise BrokenConnectionError(str(error) or "closed without an answer") from error


async def _mark_reused(
    session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceConnectionReuseconnParams
) -> None:
    context.trace_request_ctx.is_reused = True
