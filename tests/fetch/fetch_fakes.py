"""Time that passes only when everybody waits, and a web that answers without sockets."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from etl.fetch.messages import FetchRequest, FetchResult, MayFollow
from etl.model import Outcome, Redirect

T = TypeVar("T")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class VirtualTime:
    """`clock` and `sleep` for a crawl. `run` moves the time on whenever nothing else can happen."""

    def __init__(self) -> None:
        self.now = NOON
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def clock(self) -> datetime:
        return self.now

    @property
    def seconds(self) -> float:
        return (self.now - NOON).total_seconds()

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.now + timedelta(seconds=seconds), next(self._numbers), future))
        await future

    def run(self, coroutine: Coroutine[Any, Any, T], *, limit: int = 100_000) -> T:
        async def drive() -> T:
            task = asyncio.ensure_future(coroutine)
            for _ in range(limit):
                for _ in range(30):
                    await asyncio.sleep(0)
                if task.done():
                    break
                while self._waiting and self._waiting[0][2].done():
                    heapq.heappop(self._waiting)
                assert self._waiting, "everybody waits for something that never comes: a deadlock"
                self.now, _, future = heapq.heappop(self._waiting)
                future.set_result(None)
            else:
                task.cancel()
            left = asyncio.all_tasks() - {asyncio.current_task(), task}
            assert not left, f"tasks left behind: {left}"
            return await task

        return asyncio.run(drive())


@dataclass(frozen=True)
class Page:
    """What a URL answers: with the next one of several, the last one for ever."""

    status: int | None = 200
    body: bytes = b"<p>x"
    headers: tuple[tuple[str, str], ...] = ()
    outcome: Outcome | None = None
    location: str | None = None
    retry_after_s: float | None = None
    error: str | None = None
    took_s: float = 0.1


@dataclass(frozen=True)
class Sent:
    """A request that a host saw."""

    host: str
    url: str
    start: float
    end: float


@dataclass
class FakeWeb:
    """A `Fetcher`. URLs that it does not know are 404."""

    time: VirtualTime
    pages: dict[str, Page | list[Page]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    under_way: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_under_way: int = 0
    before: Callable[[str], None] | None = None
    user_agent: str = "NewsETL/test"

    async def get(self, request: FetchRequest, *, may_follow: MayFollow | None = None) -> FetchResult:
        url, redirects = request.url, ()
        for _ in range(10):
            result = replace(await self._answer(request, url), redirects=redirects)
            location = result.location
            if location is None:
                return result
            refusal = await may_follow(url, location) if may_follow else None
            if refusal is not None:
                return replace(result, outcome=refusal.outcome, error=refusal.detail)
            redirects = (*redirects, Redirect(url=url, status=result.status or 0))
            url = location
        raise AssertionError("redirects without end")

    async def _answer(self, request: FetchRequest, url: str) -> FetchResult:
        host, start = urlsplit(url).netloc, self.time.seconds
        if self.before:
            self.before(url)
        self.under_way[host] += 1
        assert self.under_way[host] == 1, f"two requests at once to {host}"
        self.most_under_way = max(self.most_under_way, sum(self.under_way.values()))
        page = self._page(url)
        try:
            await self.time.sleep(page.took_s)
        finally:
            self.under_way[host] -= 1
            self.sent.append(Sent(host, url, start, self.time.seconds))
        outcome = page.outcome
        if outcome is None and page.location is None and page.status not in (200, 203):
            outcome = Outcome.GONE if page.status in (404, 410) else Outcome.HTTP_ERROR
        return FetchResult(
            url=request.url,
            final_url=url,
            fetched_at=self.time.now,
            outcome=outcome,
            status=page.status,
            headers=page.headers,
            body=page.body,
            location=page.location,
            retry_after_s=page.retry_after_s,
            error=page.error or (str(page.status) if outcome else None),
        )

    def _page(self, url: str) -> Page:
        found = self.pages.get(url, Page(status=404))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found

    def urls(self, host: str | None = None) -> list[str]:
        """What was asked for, without robots.txt and the like."""
        asked = [sent for sent in self.sent if host in (None, sent.host)]
        return [s.url for s in asked if not s.url.endswith(("/robots.txt", "/.well-known/tdmrep.json"))]

    def gaps(self, host: str) -> list[float]:
        """Seconds between the end of a request to a host and the start of the next one."""
        sent = [each for each in self.sent if each.host == host]
        return [round(after.start - before.end, 6) for before, after in itertools.pairwise(sent)]
