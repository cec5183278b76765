"""A walk whose next request depends on the last answer: every request is counted, none is impolite."""

from __future__ import annotations

from collections.abc import Generator

from fetch_fakes import VirtualTime
from fetch_servers import Server, answer, client, redirect, run
from memory_stores import MemoryLeases, MemoryRobotsStore

from etl.fetch.explore import Answer, Ask, Explored, HostRules, explore
from etl.fetch.messages import FetchRequest, FetchResult, RequestKind
from etl.fetch.robots_store import StoredRobots
from etl.model import Outcome

Walk = Generator[Ask, Answer, list[FetchResult]]


def ask_all(urls: list[str]) -> Walk:
    found = []
    for url in urls:
        result = yield FetchRequest(url=url, kind=RequestKind.PAGE)
        assert isinstance(result, FetchResult)
        found.append(result)
    return found


async def explored(walk: Walk, *, limit: int = 40) -> Explored[list[FetchResult]]:
    clock = VirtualTime().clock
    async with client(clock=clock) as one:
        return await explore(
            one,
            walk,
            leases=MemoryLeases(clock),
            robots=MemoryRobotsStore(),
            clock=clock,
            delay_s=0.0,
            max_requests=limit,
        )


def test_robots_and_redirects_are_counted_and_no_request_goes_out_beyond_the_limit() -> None:
    async def go() -> None:
        async with Server({"/a": redirect("/b"), "/b": redirect("/c"), "/c": answer(200, b"<p>c")}) as server:
            found = await explored(ask_all([server.url("/a")] * 4), limit=7)
            assert found.requests == 7 == len(server.seen)
            outcomes = [each.outcome for each in found.returned]
            assert outcomes == [None, Outcome.DEFERRED, Outcome.DEFERRED, Outcome.DEFERRED]
            assert "all 7 requests are used up" in (found.returned[-1].error or "")

    run(go())


def test_what_robots_forbids_is_not_asked_for() -> None:
    async def go() -> None:
        async with Server(
            {"/robots.txt": answer(200, b"User-agent: *\nDisallow: /a"), "/b": answer(200, b"x")}
        ) as server:
            found = await explored(ask_all([server.url("/a"), server.url("/b")]))
            assert [each.outcome for each in found.returned] == [Outcome.ROBOTS_DENIED, None]
            assert "/a" not in server.targets

    run(go())


def test_a_walk_may_ask_what_robots_said_and_nothing_is_sent_for_it() -> None:
    def walk(host: str) -> Generator[Ask, Answer, str]:
        before = yield HostRules(host=host)
        yield FetchRequest(url=f"http://{host}/", kind=RequestKind.PAGE)
        after = yield HostRules(host=host)
        assert before is None and isinstance(after, StoredRobots)
        return after.text

    async def go() -> None:
        async with Server({"/robots.txt": answer(200, b"Sitemap: /s.xml\n"), "/": answer(200, b"x")}) as server:
            found = await explored(walk(f"127.0.0.1:{server.port}"))  # type: ignore[arg-type]
            assert found.returned == "Sitemap: /s.xml\n"

    run(go())


def test_a_host_that_has_no_https_is_asked_by_http() -> None:
    async def go() -> None:
        async with Server({"/": answer(200, b"<p>here")}) as server:
            host = f"127.0.0.1:{server.port}"
            found = await explored(ask_all([f"https://{host}/", f"http://{host}/"]))
            assert [each.outcome for each in found.returned] == [Outcome.ROBOTS_UNREACHABLE, None]

    run(go())


def test_leases_are_given_back_also_when_a_walk_raises() -> None:
    def walk(url: str) -> Walk:
        yield FetchRequest(url=url, kind=RequestKind.PAGE)
        raise RuntimeError("of the walk")

    async def go() -> None:
        clock = VirtualTime().clock
        leases = MemoryLeases(clock)
        async with Server({"/": answer(200, b"x")}) as server, client(clock=clock) as one:
            try:
                await explore(
                    one,
                    walk(server.url("/")),
                    leases=leases,
                    robots=MemoryRobotsStore(),
                    clock=clock,
                    delay_s=0.0,
                    max_requests=9,
                )
            except RuntimeError as error:
                assert str(error) == "of the walk"
            assert leases.held() == frozenset()

    run(go())
