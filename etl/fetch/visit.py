"""One request with its redirects, passing through the gates of all hosts that it touches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from etl import urls
from etl.fetch.gate import HostGate
from etl.fetch.messages import FetchRequest, FetchResult, MayFollow, Refusal, RequestKind
from etl.fetch.wire import BadUrlError, wire_url
from etl.model import Outcome

GateOf = Callable[[str], HostGate]
# Asked inside a gate but before its turn, with a URL of its host in wire form: robots.txt.
Permit = Callable[[HostGate, str], Awaitable[Refusal | None]]
# Asked before a redirect is followed to another host, with the URL that answered and the one it points to.
MayLeave = Callable[[str, str], Awaitable[Refusal | None]]


OnResult = Callable[[FetchRequest, FetchResult], Awaitable[None]]


class Fetcher(Protocol):
    """What sends requests: `client.Client`."""

    @property
    def user_agent(self) -> str:
        """The User-Agent of every request."""

    async def get(self, request: FetchRequest, *, may_follow: MayFollow | None = None) -> FetchResult:
        """Fetch a URL. Never raises for what servers or the network do."""


class Visit:
    """The state of a request: inside at most one gate, with or without its turn."""

    def __init__(self, gate_of: GateOf, *, permit: Permit, may_leave: MayLeave) -> None:
        self.requests = 0  # sent, redirects included
        self._gate_of = gate_of
        self._permit = permit
        self._may_leave = may_leave
        self._gate: HostGate | None = None
        self._has_turn = False

    async def open(self, url: str) -> Refusal | None:
        """Enter the gate of a URL's host and wait for the turn there."""
        gate = self._gate_of(urls.host_of(url))
        refusal = await gate.join()
        if refusal is not None:
            return refusal
        self._gate = gate
        return await self._ask_and_wait(gate, url)

    async def move(self, source: str, target: str) -> Refusal | None:
        """Follow a redirect: end the turn where it came from, then wait for one where it leads. A `MayFollow`."""
        gate = self._gate
        if gate is None or not self._has_turn:
            raise RuntimeError("a redirect outside of a visit")
        self._end_turn(None)
        if urls.host_of(target) == gate.host:
            return await self._ask_and_wait(gate, target)
        refusal = await self._may_leave(source, target)
        if refusal is not None:
            return refusal
        self._gate = None
        await gate.part()
        return await self.open(target)

    async def close(self, result: FetchResult | None, *, is_page: bool) -> None:
        """Leave the gate; the result updates the host's pace."""
        if self._has_turn:
            self._end_turn(result, is_page=is_page)
        gate, self._gate = self._gate, None
        if gate is not None:
            await gate.part()

    async def _ask_and_wait(self, gate: HostGate, url: str) -> Refusal | None:
        refusal = await self._permit(gate, url) or await gate.take_turn()
        if refusal is None:
            self._has_turn = True
            self.requests += 1
        return refusal

    def _end_turn(self, result: FetchResult | None, *, is_page: bool = True) -> None:
        if self._gate is not None:
            self._gate.end_turn(result, is_page=is_page)
        self._has_turn = False


async def fetch(client: Fetcher, request: FetchRequest, visit: Visit, *, clock: Callable[[], datetime]) -> FetchResult:
    """Send a request within a visit. A request that is not sent has a result as well."""
    try:
        url = wire_url(request.url)
    except BadUrlError as error:
        return unsent(request, clock(), Refusal(outcome=Outcome.HTTP_ERROR, detail=f"url: {error}"))
    result = None
    try:
        refusal = await visit.open(url)
        if refusal is None:
            result = await client.get(request, may_follow=visit.move)
        else:
            result = unsent(request, clock(), refusal)
        return result
    finally:
        await visit.close(result, is_page=request.kind is RequestKind.PAGE)


def unsent(request: FetchRequest, now: datetime, refusal: Refusal) -> FetchResult:
    """The result of a request that was never sent."""
    return FetchResult(
        url=request.url, final_url=request.url, fetched_at=now, outcome=refusal.outcome, error=refusal.detail
    )
