"""Crawls over real sockets on loopback, with the real client."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from fetch_servers import NOW, Server, Visitor, answer, client, redirect, run
from memory_stores import MemoryLeases, MemoryRobotsStore

from etl.fetch.crawl import HostWork, crawl
from etl.fetch.messages import FetchRequest, FetchResult
from etl.model import Outcome

PAGE = answer(200, b"<!doctype html><p>x", "Content-Type: text/html")


def clock() -> datetime:
    return NOW + timedelta(seconds=time.monotonic())


async def crawled(works: list[HostWork], **changes: Any) -> list[FetchResult]:
    results: list[FetchResult] = []

    async def on_result(request: FetchRequest, result: FetchResult) -> None:
        results.append(result)

    leases = MemoryLeases(clock)
    async with client(clock=clock, **changes.pop("client", {})) as fetcher:
        await crawl(
            fetcher,
            works,
            leases=leases,
            robots=MemoryRobotsStore(),
            on_result=on_result,
            clock=clock,
            **({"max_hosts": 100} | changes),
        )
    assert leases.held() == frozenset()
    return results


def work(server: Server, *paths: str, delay: float = 0.05, **more: Any) -> HostWork:
    requests = [FetchRequest(url=server.url(path)) for path in paths]
    return HostWork(host=f"{server.host}:{server.port}", requests=requests, min_delay_s=delay, **more)


def test_a_sample_site_on_loopback_is_read_quickly_and_in_order() -> None:
    async def go() -> None:
        async with Server(default=PAGE) as server:
            started = time.monotonic()
            results = await crawled([work(server, *(f"/{n}" for n in range(20)))])
            took = time.monotonic() - started
            assert [result.outcome for result in results] == [None] * 20
            assert server.targets[2:] == [f"/{n}" for n in range(20)]
            assert 21 * 0.05 <= took < 60
            assert {seen.connection for seen in server.seen} == {1}

    run(go())


def test_two_hundred_hosts_are_visited_side_by_side_one_request_at_a_time_each() -> None:
    """Two hundred addresses of loopback, one server: 127.0.1.1 to 127.0.1.200."""

    async def go() -> None:
        under_way: Counter[str] = Counter()
        most = {"one host": 0, "all": 0}

        async def route(visitor: Visitor) -> None:
            assert visitor.seen is not None
            host = visitor.seen.headers["host"]
            under_way[host] += 1
            most["one host"] = max(most["one host"], under_way[host])
            most["all"] = max(most["all"], under_way.total())
            await asyncio.sleep(0.05)
            under_way[host] -= 1
            await visitor.send(answer(404) if visitor.seen.target.endswith((".txt", ".json")) else PAGE)

        async with Server(host="0.0.0.0", default=route) as server:
            hosts = [f"127.0.1.{n}:{server.port}" for n in range(1, 201)]
            works = [
                HostWork(
                    host=host, requests=[FetchRequest(url=f"http://{host}/{n}") for n in range(3)], min_delay_s=0.05
                )
                for host in hosts
            ]
            started = time.monotonic()
            results = await crawled(works, max_hosts=60)
            took = time.monotonic() - started
            assert Counter(result.outcome for result in results) == {None: 600}
            assert Counter(seen.headers["host"] for seen in server.seen) == dict.fromkeys(hosts, 5)
            assert most["one host"] == 1 and 10 < most["all"] <= 60
            assert took < 60  # one after another they would take a hundred seconds

    run(go(), limit_s=60)


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (answer(200, b"User-agent: NewsETL\nDisallow: /\n"), Outcome.ROBOTS_DENIED),
        (answer(200, b"User-agent: *\nDisallow: /\n\nUser-agent: NewsETL\nAllow: /\n"), None),
        (answer(404), None),
        (answer(403), Outcome.ROBOTS_DENIED),
        (answer(429, b"", "Retry-After: 0"), Outcome.ROBOTS_UNREACHABLE),
        (answer(500), Outcome.ROBOTS_UNREACHABLE),
        (answer(200, b"User-agent: *\nAllow: /\n", "Connection: close", length=500), None),
        (answer(200, b"User-agent: *\nDisallow: /\nAllow: /", "Connection: close", length=500), Outcome.ROBOTS_DENIED),
        (answer(200, b"User-agent: *\nAllow: /x\nDisallow: /", "Connection: close", length=500), Outcome.ROBOTS_DENIED),
        (answer(200, b"", "Connection: close", length=500), Outcome.ROBOTS_UNREACHABLE),
        (redirect("/robots.txt"), Outcome.ROBOTS_UNREACHABLE),
        (redirect("/r1"), None),
        (redirect("/r0"), Outcome.ROBOTS_UNREACHABLE),
        (redirect("file:///robots.txt"), Outcome.ROBOTS_UNREACHABLE),
        (redirect("http://10.0.0.1/robots.txt"), Outcome.ROBOTS_UNREACHABLE),
        (answer(200, b"User-agent: *\nAllow: /\n#" + b"x" * 600_000), None),
        (b"nonsense\r\n\r\n", Outcome.ROBOTS_UNREACHABLE),
    ],
)
def test_robots_txt_is_obeyed_however_it_is_served(robots: bytes, outcome: Outcome | None) -> None:
    async def robots_route(visitor: Visitor) -> None:
        await visitor.send(robots)
        visitor.close()

    async def go() -> None:
        routes: dict[str, Any] = {f"/r{n}": redirect(f"/r{n + 1}") for n in range(5)}
        routes |= {"/r5": answer(200, b"User-agent: *\nDisallow: /other"), "/robots.txt": robots_route, "/1": PAGE}
        async with Server(routes=routes) as server:
            results = await crawled([work(server, "/1", delay=0.01)])
            assert [result.outcome for result in results] == [outcome], results
            assert ("/1" in server.targets) == (outcome is None)
            assert {seen.headers["user-agent"] for seen in server.seen} == {server.seen[0].headers["user-agent"]}

    run(go())


def test_a_redirect_to_another_host_takes_its_turn_there() -> None:
    async def go() -> None:
        async with AsyncExitStack() as stack:
            second = await stack.enter_async_context(Server(host="127.0.0.2", default=PAGE))
            routes: dict[str, Any] = {f"/{n}": redirect(second.url(f"/from{n}"), 301) for n in range(3)}
            first = await stack.enter_async_context(Server(routes=routes))
            second.routes["/robots.txt"] = answer(200, b"User-agent: *\nDisallow: /from1\n")
            results = await crawled([work(first, "/0", "/1", "/2"), work(second, "/a", "/b")])
            assert Counter(result.outcome for result in results) == {None: 4, Outcome.ROBOTS_DENIED: 1}
            assert "/from1" not in second.targets and {"/from0", "/from2"} <= set(second.targets)

    run(go())


def test_a_crawl_that_is_cancelled_closes_everything() -> None:
    async def go() -> None:
        async def hang(visitor: Visitor) -> None:
            await asyncio.sleep(20)

        async with Server(default=hang) as server:
            task = asyncio.create_task(crawled([work(server, "/1", "/2")]))
            await asyncio.sleep(0.2)
            assert server.targets == ["/robots.txt"]
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(go())


def test_a_bad_site_does_not_hold_up_the_others() -> None:
    async def go() -> None:
        async def hang(visitor: Visitor) -> None:
            await asyncio.sleep(20)

        async with Server(default=PAGE) as good, Server(host="127.0.0.3", default=hang) as bad:
            works = [work(bad, "/1", "/2", "/3", "/4", "/5", "/6"), work(good, "/1", "/2")]
            results = await crawled(works, client={"read_timeout_s": 0.3}, max_hosts=2)
            found = Counter((result.url.split("/")[2].split(":")[0], result.outcome) for result in results)
            assert found == {("127.0.0.1", None): 2, ("127.0.0.3", Outcome.ROBOTS_UNREACHABLE): 6}

    run(go())


def test_without_a_contact_the_world_is_not_asked() -> None:
    async def go() -> None:
        works = [HostWork(host="8.8.8.8", requests=[FetchRequest(url="http://8.8.8.8/")], min_delay_s=0)]
        works.append(HostWork(host="news.example", requests=[FetchRequest(url="https://news.example/")], min_delay_s=0))
        results = await crawled(works)
        assert [result.outcome for result in results] == [Outcome.REFUSED_ADDRESS] * 2
        assert all("NEWS_ETL_CONTACT" in (result.error or "") for result in results)

    run(go())
