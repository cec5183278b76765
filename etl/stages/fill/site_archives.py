"""Walks through a site's own archives, politely: with leases, robots.txt, pace, and within what live runs leave of budgets."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from etl.clock import clock
from etl.fetch.crawl import HostWork
from etl.fetch.messages import FetchRequest, FetchResult, Refusal
from etl.sources.registry import Source
from etl.stages.live.crawling import crawl_hosts, host_of, logged
from etl.stages.live.fetch import foreign_host
from etl.stages.resources import Resources
from etl.warehouse.ops import hosts

T = TypeVar("T")


def drive(r: Resources, *, run_id: str, walks: Mapping[str, Generator[FetchRequest, FetchResult, T]]) -> dict[str, T]:
    """Run walks in parallel, one per source key; what each returned. A walk requests its source's host, or one it names.

    A request that exceeds the host's budget, or is postponed for another reason, gets a deferred result.
    """
    driven = {key: _RunningWalk(r.registry.sources[key], walk) for key, walk in walks.items()}
    asyncio.run(_drive(r, run_id, list(driven.values())))
    return {key: one.returned[0] for key, one in driven.items()}


async def _drive(r: Resources, run_id: str, driven: list[_RunningWalk[T]]) -> None:
    by_request: dict[int, _RunningWalk[T]] = {}

    async def on_result(request: FetchRequest, result: FetchResult) -> None:
        await asyncio.to_thread(_log, r, run_id, request, result)
        by_request.pop(id(request)).result = result

    async def may_leave_to(request: FetchRequest, target: str) -> Refusal | None:
        return foreign_host(r.registry, by_request[id(request)].source.key, target)

    works = []
    for one in driven:
        host = host_of(one.source.homepage)
        left = hosts.left_for_fills(r.engine, host, clock().date(), budget=one.source.daily_budget)
        works.append(
            HostWork(
                host=host, requests=one.requests(by_request), min_delay_s=one.source.min_delay_s, max_requests=left
            )
        )
    await crawl_hosts(r, works, on_result, run_id=run_id, limit_s=math.inf, may_leave_to=may_leave_to)


def _log(r: Resources, run_id: str, request: FetchRequest, result: FetchResult) -> None:
    if result.status is None and result.error and result.outcome == "deferred":
        return  # nothing was sent
    with r.engine.begin() as connection:
        hosts.log(connection, run_id, [logged(request, result)])


@dataclass(slots=True)
class _RunningWalk(Generic[T]):
    """A running walk: it is asked for its next request when the last one has its result."""

    source: Source
    walk: Generator[FetchRequest, FetchResult, T]
    result: FetchResult | None = None
    returned: list[T] = field(default_factory=list)

    async def requests(self, by_request: dict[int, _RunningWalk[T]]) -> AsyncIterator[FetchRequest]:
        try:
            asked = next(self.walk)
            while True:
                request = replace(asked, headers=self.source.headers)
                by_request[id(request)] = self
                yield request
                assert self.result is not None
                asked = self.walk.send(self.result)
        except StopIteration as end:
            self.returned.append(end.value)
