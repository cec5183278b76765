"""Sends a form to a hub: guarded as every request of ours, without redirects, and with a bound on what is read."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
from yarl import URL

from etl import urls
from etl.fetch.address import GuardedResolver, Policy, SocketGuard, host_refusal
from etl.untrusted_text import as_line

TIMEOUT_S = 30.0
_SAID_BYTES = 500


class Poster:
    """Async context manager around the connections to hubs. `loopback_hosts` are those of the registry on this machine."""

    def __init__(self, *, policy: Policy, user_agent: str, loopback_hosts: frozenset[str]) -> None:
        self._policy, self._loopback_hosts = policy, loopback_hosts
        self._user_agent = user_agent
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Poster:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=GuardedResolver(self._policy, loopback_hosts=self._loopback_hosts),
                socket_factory=SocketGuard(self._policy, loopback_hosts=self._loopback_hosts),
            ),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            headers={"User-Agent": self._user_agent},
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, fields: Mapping[str, str]) -> str | None:
        """Send it; None when the hub has taken it, else why not, in a line. Never raises for what hubs and networks do."""
        if self._session is None:
            raise RuntimeError("used outside of its `async with`")
        try:
            refusal = host_refusal(
                URL(url).raw_host or "", self._policy, loopback_too=urls.host_of(url) in self._loopback_hosts
            )
            if refusal:
                return as_line(refusal, 200)
            async with self._session.post(url, data=dict(fields), allow_redirects=False) as answer:
                if answer.status in (200, 202, 204):
                    return None
                said = (await answer.content.read(_SAID_BYTES)).decode("utf-8", "replace")
                return as_line(f"{answer.status} {answer.reason or ''}: {said}", 200)
        except Exception as error:  # whatever a hub provokes in a library is its answer
            return as_line(f"{type(error).__name__}: {error}", 200)
