"""The HTTP client: one GET with its redirects, whose result is always a value, whatever server and network do.

- Certificates are always verified; there are no logins and no Referer.
- Cookies are kept for one fetch and its redirects only; a `<meta refresh>` is not followed.
- A request is sent a second time only when a kept connection turned out to be closed.
- Every wait and every size is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from etl import urls
from etl.fetch.address import Policy
from etl.fetch.agent import user_agent
from etl.fetch.messages import MAX_DETAIL, FetchRequest, FetchResult, MayFollow, Refusal, RequestKind
from etl.fetch.proxy import environment_proxies
from etl.fetch.response_reader import Limit
from etl.fetch.transport import FULL, PART, Answer, Transport, TransportConfig
from etl.fetch.wire import BadUrlError, redirect_target, retry_after_s, wire_url
from etl.http.codings import OFFERED
from etl.model import GONE_STATUSES, PAYMENT_REQUIRED, Outcome, Redirect
from etl.rights import payment
from etl.untrusted_text import as_line

MIB = 1 << 20

LIMITS: Mapping[RequestKind, Limit] = {
    # Of 710 pages of 600 publishers the median has 117 KiB, the 99th percentile 980 KiB, the largest 1.6 MB.
    RequestKind.PAGE: Limit(max_bytes=5 * MIB, unwraps=True),
    RequestKind.FEED: Limit(max_bytes=10 * MIB),
    RequestKind.SITEMAP: Limit(max_bytes=50 * MIB),  # the protocol's own limit, https://www.sitemaps.org/protocol.html
    RequestKind.ROBOTS: Limit(max_bytes=500 << 10, cut=True, unwraps=True),  # RFC 9309 section 2.5
    RequestKind.WELL_KNOWN: Limit(max_bytes=1 * MIB, unwraps=True),
    RequestKind.TERMS: Limit(max_bytes=256 << 10, unwraps=True),  # a site's terms are a page or two
    RequestKind.ARCHIVE: Limit(max_bytes=64 * MIB, as_stored=True),  # listings; what is larger is read by ranges
}

ACCEPT: Mapping[RequestKind, str] = {
    RequestKind.PAGE: "text/html,application/xhtml+xml,text/plain;q=0.8,*/*;q=0.1",
    RequestKind.FEED: "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.5",
    RequestKind.SITEMAP: "application/xml,text/xml,text/plain;q=0.8,*/*;q=0.5",
    RequestKind.ROBOTS: "text/plain,*/*;q=0.5",
    RequestKind.WELL_KNOWN: "application/json,*/*;q=0.5",
    RequestKind.TERMS: "application/rsl+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5",
    RequestKind.ARCHIVE: "*/*",
}

_CONTROL = re.compile(r"[\x00-\x1f]")

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """Limits and identity of a client, in seconds and bytes; each time is for one request, and redirects count separately.

    `loopback_hosts` (`host[:port]`) are the hosts of the source registry on this machine: with a contact set they stay
    reachable, as the only non-global addresses.
    """

    user_agent: str
    policy: Policy
    total_timeout_s: float = 60
    connect_timeout_s: float = 15
    read_timeout_s: float = 30  # without a single byte
    max_redirects: int = 5
    limits: Mapping[RequestKind, Limit] = field(default_factory=lambda: LIMITS)
    loopback_hosts: frozenset[str] = frozenset()
    proxies: Mapping[str, str] = field(default_factory=dict)  # http, https and no, as urllib names them

    @classmethod
    def for_contact(cls, contact: str | None, *, loopback_hosts: frozenset[str] = frozenset()) -> ClientConfig:
        """The configuration from settings; proxies from HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

        Without a contact no proxy is used: loopback would then mean the proxy's machine. Raises `SettingError`.
        """
        policy = Policy.for_contact(contact)
        return cls(
            user_agent=user_agent(contact),
            policy=policy,
            loopback_hosts=loopback_hosts,
            proxies={} if policy is Policy.LOOPBACK_ONLY else environment_proxies(),
        )


class Client:
    """Async context manager. One client serves a whole run; its only state is open connections."""

    def __init__(
        self, config: ClientConfig, *, clock: Callable[[], datetime], resolver: AbstractResolver | None = None
    ) -> None:
        self._config = config
        self._clock = clock
        self._transport = Transport(
            TransportConfig(
                policy=config.policy,
                total_timeout_s=config.total_timeout_s,
                connect_timeout_s=config.connect_timeout_s,
                read_timeout_s=config.read_timeout_s,
                loopback_hosts=config.loopback_hosts,
                proxies=config.proxies,
            ),
            clock=clock,
            resolver=resolver,
        )

    @property
    def user_agent(self) -> str:
        """The User-Agent of every request."""
        return self._config.user_agent

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def get(self, request: FetchRequest, *, may_follow: MayFollow | None = None) -> FetchResult:
        """Fetch a URL, following redirects that `may_follow` allows. Never raises for what servers or the network do.

        Conditional headers (ETag, date) are sent to the request's own host only: elsewhere they mean another page. A
        redirect that is not followed is the result, with its `location` and the outcome of the refusal.
        """
        try:
            url = wire_url(request.url)
        except BadUrlError as error:
            nothing = Answer(url=request.url, fetched_at=self._clock())
            return self._result(request, nothing, (), Refusal(outcome=Outcome.HTTP_ERROR, detail=f"url: {error}"))
        first_host, first_site = urls.host_of(url), urls.site_of(url)
        jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
        redirects: tuple[Redirect, ...] = ()
        seen: set[tuple[str, str]] = set()
        while True:
            headers = self._headers(request, is_conditional=urls.host_of(url) == first_host)
            if urls.site_of(url) == first_site:
                headers = _with(headers, request.headers)
            if cookie := _cookie_header(jar, url):
                headers["Cookie"] = cookie
            seen.add((url, cookie))
            answer = await self._transport.get(url, headers, self._limit(request))
            if answer.status not in REDIRECTS:
                refusal = _verdict(answer, is_part=request.byte_range is not None)
                if refusal is None and request.whole_only and answer.is_short:
                    refusal = Refusal(outcome=Outcome.HTTP_ERROR, detail="body: the answer ended before its stated end")
                    answer = replace(answer, body=b"")
                return self._result(request, answer, redirects, refusal)
            if cookies := [value.decode("utf-8", "surrogateescape") for value in answer.values(b"set-cookie")]:
                jar.update_cookies_from_headers(cookies, URL(url, encoded=True))
            try:
                target = redirect_target(url, answer.values(b"location"))
            except BadUrlError as error:
                return self._result(request, answer, redirects, Refusal(outcome=Outcome.HTTP_ERROR, detail=str(error)))
            refusal = self._hop_refusal((target, _cookie_header(jar, target)), seen, len(redirects))
            if refusal is None and may_follow is not None:
                refusal = await may_follow(url, target)
            if refusal is not None:
                return replace(self._result(request, answer, redirects, refusal), location=target)
            redirects += (Redirect(url=url, status=answer.status or 0),)
            url = target

    def _limit(self, request: FetchRequest) -> Limit:
        limit = self._config.limits[request.kind]
        if request.byte_range is None:
            return limit
        first, last = request.byte_range
        return replace(limit, max_bytes=last - first + 1)

    def _hop_refusal(self, hop: tuple[str, str], seen: set[tuple[str, str]], followed: int) -> Refusal | None:
        """Detects redirect loops by URL and cookies: some sites set a cookie and redirect back to the same URL."""
        if hop in seen:
            return Refusal(outcome=Outcome.HTTP_ERROR, detail=f"redirects in a circle: {hop[0]}")
        if followed >= self._config.max_redirects:
            return Refusal(outcome=Outcome.HTTP_ERROR, detail=f"more than {self._config.max_redirects} redirects")
        return None

    def _headers(self, request: FetchRequest, *, is_conditional: bool) -> dict[str, str]:
        headers = {
            "User-Agent": self._config.user_agent,
            "Accept": ACCEPT[request.kind],
            "Accept-Encoding": "identity" if request.kind is RequestKind.ARCHIVE else OFFERED,
        }
        if request.byte_range is not None:
            headers["Range"] = f"bytes={request.byte_range[0]}-{request.byte_range[1]}"
        if is_conditional and (etag := _validator(request.etag)):
            headers["If-None-Match"] = etag
        if is_conditional and (last_modified := _validator(request.last_modified)):
            headers["If-Modified-Since"] = last_modified
        return headers

    def _result(
        self, request: FetchRequest, answer: Answer, redirects: tuple[Redirect, ...], refusal: Refusal | None
    ) -> FetchResult:
        result = FetchResult(
            url=request.url,
            final_url=answer.url,
            fetched_at=answer.fetched_at,
            outcome=refusal.outcome if refusal else None,
            status=answer.status,
            reason=answer.reason,
            http_version=answer.http_version,
            headers=tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in answer.headers),
            body=answer.body,
            is_cut=answer.is_cut,
            is_short=answer.is_short,
            request_headers=answer.request_headers,
            redirects=redirects,
            ip=answer.ip,
            error=(refusal.detail or None) if refusal else None,
        )
        if result.status == PAYMENT_REQUIRED:
            result = _priced(result)
        return replace(
            result,
            etag=_validator(result.header("ETag")),
            last_modified=_validator(result.header("Last-Modified")),
            retry_after_s=retry_after_s(result.header("Retry-After"), self._clock()),
        )


def _verdict(answer: Answer, *, is_part: bool) -> Refusal | None:
    """The outcome of an answer that is no redirect; None for a full one. A status counts before a broken body."""
    status = answer.status
    is_wanted = status == PART if is_part else status in FULL
    if status is None or (is_wanted and answer.failure is not None):
        return answer.failure
    if is_wanted:
        return None
    broken = f"({answer.failure.detail})" if answer.failure else ""
    line = " ".join(part for part in (str(status), answer.reason[:100], broken) if part)
    if status == 304:
        asked = {name.lower() for name, _ in answer.request_headers} & {"if-none-match", "if-modified-since"}
        if asked:
            return Refusal(outcome=Outcome.UNCHANGED, detail="")
        return Refusal(outcome=Outcome.HTTP_ERROR, detail=f"{line}, though nothing was asked that allows it")
    if status in GONE_STATUSES:
        return Refusal(outcome=Outcome.GONE, detail=line)
    if status == PAYMENT_REQUIRED:
        return Refusal(outcome=Outcome.PAYMENT_REQUIRED, detail=line)
    return Refusal(outcome=Outcome.HTTP_ERROR, detail=line)


def _priced(result: FetchResult) -> FetchResult:
    """An answer 402 with the price that it names."""
    price, problem = payment.price(result.headers, result.body), payment.problem(result.headers)
    asked = f"asks {price}" if price else "names no price"
    error = as_line("; ".join(part for part in (result.error, asked, problem) if part), MAX_DETAIL)
    return replace(result, price=price, error=error)


def _with(headers: dict[str, str], more: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Our headers with those that a source asks for: by name, whatever the case."""
    given = {name.lower() for name, _ in more}
    return {name: value for name, value in headers.items() if name.lower() not in given} | dict(more)


def _cookie_header(jar: aiohttp.CookieJar, url: str) -> str:
    cookies = jar.filter_cookies(URL(url, encoded=True)) if len(jar) else {}
    pairs = (f"{cookie.key}={cookie.value}" for cookie in cookies.values())
    return "; ".join(pair for pair in pairs if not _CONTROL.search(pair))


def _validator(value: str | None) -> str | None:
    """A validator that is valid in a header, sent back exactly as the server sent it; None for others."""
    return value if value and value.isascii() and value.isprintable() and len(value) <= 1024 else None
