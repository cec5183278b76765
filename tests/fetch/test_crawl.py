from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fetch_fakes import NOON, FakeWeb, Page, VirtualTime
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_stores import MemoryLeases, MemoryRobotsStore

from etl.errors import Quarantine
from etl.fetch import robots
from etl.fetch.crawl import HostWork, Limits, crawl
from etl.fetch.messages import FetchRequest, FetchResult, Refusal, RequestKind
from etl.fetch.politeness import Lease, PaceRules
from etl.fetch.robots import RobotsRules
from etl.fetch.robots_store import RobotsState, StoredRobots
from etl.model import Outcome
from etl.rights import evidence

ROBOTS = "http://a.example/robots.txt"


@dataclass
class World:
    """A crawl with all that it needs."""

    time: VirtualTime = field(default_factory=VirtualTime)
    store: MemoryRobotsStore = field(default_factory=MemoryRobotsStore)
    results: list[tuple[FetchRequest, FetchResult]] = field(default_factory=list)
    leases: Any = None
    web: FakeWeb = field(init=False)

    def __post_init__(self) -> None:
        self.web = FakeWeb(self.time)
        self.leases = self.leases or MemoryLeases(self.time.clock)

    async def on_result(self, request: FetchRequest, result: FetchResult) -> None:
        self.results.append((request, result))

    def start(self, *works: HostWork, **changes: Any) -> Any:
        values: dict[str, Any] = {"max_hosts": 10, "on_result": self.on_result}
        return crawl(
            self.web,
            works,
            leases=self.leases,
            robots=self.store,
            clock=self.time.clock,
            sleep=self.time.sleep,
            **(values | changes),
        )

    def crawl(self, *works: HostWork, **changes: Any) -> Counter[Outcome | None]:
        self.time.run(self.start(*works, **changes))
        assert self.leases.held() == frozenset()
        return Counter(result.outcome for _, result in self.results)

    def errors(self) -> set[str | None]:
        return {result.error for _, result in self.results}


def work(host: str, *paths: str, delay: float = 2, **more: Any) -> HostWork:
    return HostWork(
        host=host, requests=[FetchRequest(url=f"http://{host}{p}") for p in paths], min_delay_s=delay, **more
    )


def pages(*urls: str, page: Page | None = None) -> dict[str, Any]:
    return {url: page or Page() for url in urls}


# Pace


def test_requests_to_a_host_follow_one_another_at_its_delay() -> None:
    world = World()
    world.web.pages = pages("http://a.example/1", "http://a.example/2")
    assert world.crawl(work("a.example", "/1", "/2", "/3")) == {None: 2, Outcome.GONE: 1}
    assert [s.url.removeprefix("http://a.example") for s in world.web.sent] == [
        "/robots.txt",
        "/.well-known/tdmrep.json",
        "/1",
        "/2",
        "/3",
    ]
    assert world.web.gaps("a.example") == [2, 2, 2, 2]


def test_a_crawl_delay_that_is_longer_counts_as_soon_as_it_is_known() -> None:
    world = World()
    world.web.pages = {ROBOTS: Page(body=b"User-agent: *\nCrawl-delay: 7")}
    world.crawl(work("a.example", "/1", "/2"))
    assert world.web.gaps("a.example") == [7, 7, 7]


def test_a_slow_server_gets_its_rest_after_the_answer() -> None:
    world = World()
    world.web.pages = pages("http://a.example/1", page=Page(took_s=9))
    world.crawl(work("a.example", "/1", "/2"))
    assert world.web.gaps("a.example") == [2, 2, 2]


def test_hosts_are_visited_side_by_side_and_no_more_than_allowed() -> None:
    world = World()
    hosts = [f"h{n}.example" for n in range(200)]
    world.crawl(*(work(host, "/1", "/2") for host in hosts), max_hosts=50)
    assert Counter(result.outcome for _, result in world.results) == {Outcome.GONE: 400}
    assert world.web.most_under_way == 50
    one_host = 4 * 0.1 + 3 * 2
    assert world.time.seconds == pytest.approx(4 * one_host, rel=0.2)


def test_a_rest_that_a_host_asks_for_is_kept() -> None:
    world = World()
    world.web.pages = {"http://a.example/1": Page(status=429, retry_after_s=100), "http://a.example/2": Page()}
    assert world.crawl(work("a.example", "/1", "/2")) == {None: 1, Outcome.HTTP_ERROR: 1}
    assert world.web.gaps("a.example") == [2, 2, 100]


def test_a_host_that_fails_three_times_in_a_row_is_left_alone() -> None:
    world = World()
    world.web.pages = pages(*(f"http://a.example/{n}" for n in range(9)), page=Page(status=503))
    found = world.crawl(work("a.example", *(f"/{n}" for n in range(9))), work("b.example", "/1"))
    assert found == {Outcome.HTTP_ERROR: 3, Outcome.DEFERRED: 6, Outcome.GONE: 1}
    assert len(world.web.urls("a.example")) == 3
    assert any("3 failures in a row" in (error or "") for error in world.errors())


def test_a_host_that_wants_an_hours_rest_gets_it_from_the_next_run_too() -> None:
    world = World()
    world.web.pages = {"http://a.example/1": Page(status=503, retry_after_s=3600)}
    assert world.crawl(work("a.example", "/1", "/2")) == {Outcome.HTTP_ERROR: 1, Outcome.DEFERRED: 1}
    ended = world.time.seconds
    world.results.clear()
    assert world.crawl(work("a.example", "/2")) == {Outcome.DEFERRED: 1}
    assert world.time.seconds == ended and len(world.web.urls()) == 1


def test_the_pace_goes_on_where_the_last_run_left_off() -> None:
    world = World()
    for _ in range(2):
        world.crawl(work("a.example", "/1"))
    assert world.web.gaps("a.example") == [2, 2, 2]


# Budgets


def test_what_a_budget_leaves_over_is_deferred() -> None:
    world = World()
    world.web.pages = {
        "http://a.example/1": Page(status=301, location="http://a.example/1b"),
        "http://a.example/1b": Page(),
        "http://a.example/2": Page(),
    }
    found = world.crawl(work("a.example", "/1", "/2", "/3", "/4", max_requests=3))
    assert found == {None: 2, Outcome.DEFERRED: 2}
    assert len(world.web.urls()) == 3


def test_nothing_starts_after_the_deadline() -> None:
    world = World()
    found = world.crawl(
        work("a.example", "/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9"), deadline=NOON + timedelta(seconds=10)
    )
    assert found[Outcome.DEFERRED] > 0 and sum(found.values()) == 9
    assert max(sent.start for sent in world.web.sent) < 10
    assert world.time.seconds < 12


def test_nobody_waits_for_what_the_deadline_will_refuse() -> None:
    world = World()
    world.web.pages = {ROBOTS: Page(body=b"User-agent: *\nCrawl-delay: 100")}
    assert world.crawl(work("a.example", "/1", "/2"), deadline=NOON + timedelta(seconds=50)) == {Outcome.DEFERRED: 2}
    assert world.time.seconds < 1


def test_a_slow_host_has_its_share_and_nine_others_come_to_their_end() -> None:
    world = World()
    works = [work(f"h{n}.example", "/1", "/2", "/3", delay=1) for n in range(9)]
    slow = work("slow.example", *(f"/{n}" for n in range(200)), delay=60)
    limits = Limits(run_s=2400, host_s=1200, timer=lambda: world.time.seconds)
    found = world.crawl(*works, slow, limits=limits)
    assert 27 + 18 <= found[Outcome.GONE] <= 27 + 20 and sum(found.values()) == 227
    assert {request.url for request, result in world.results if result.outcome is Outcome.DEFERRED} <= {
        f"http://slow.example/{n}" for n in range(18, 200)
    }
    assert world.time.seconds <= 1200 + 60
    assert "share of this run's time (1200 s)" in str(world.results[-1])


def test_hosts_that_wait_for_a_slot_get_one_when_the_slow_ones_have_had_their_share() -> None:
    world = World()
    slow = [work(f"slow{n}.example", *(f"/{k}" for k in range(100)), delay=60) for n in range(2)]
    limits = Limits(run_s=2000, host_s=600, timer=lambda: world.time.seconds)
    world.crawl(*slow, work("quick.example", "/1", "/2", delay=1), limits=limits, max_hosts=2)
    assert len([sent for sent in world.web.urls() if "quick" in sent and "robots" not in sent]) == 2


def test_an_exchange_that_would_hold_for_hours_is_broken_off_when_its_hosts_share_is_used_up() -> None:
    class Dripping:
        user_agent = "test"

        async def get(self, request: FetchRequest, *, may_follow: Any = None) -> FetchResult:
            if request.url == "http://drip.example/1":
                await asyncio.sleep(3 * 3600)
            return FetchResult(
                url=request.url, final_url=request.url, fetched_at=NOON, status=404, outcome=Outcome.GONE
            )

    found: list[tuple[str, str]] = []

    async def on_result(request: FetchRequest, result: FetchResult) -> None:
        found.append((request.url, str(result.outcome)))

    leases = MemoryLeases(lambda: datetime.now(UTC))
    asyncio.run(
        crawl(
            Dripping(),
            [work("drip.example", "/1", "/2", delay=0), work("a.example", "/1", delay=0)],
            leases=leases,
            robots=MemoryRobotsStore(),
            on_result=on_result,
            max_hosts=2,
            clock=lambda: datetime.now(UTC),
            limits=Limits(run_s=5, host_s=0.5),
        )
    )
    # Deferred, the slow page would come first in every run, and the other one never.
    assert sorted(found) == [
        ("http://a.example/1", "gone"),
        ("http://drip.example/1", "timeout"),
        ("http://drip.example/2", "deferred"),
    ]
    assert leases.held() == frozenset()


def test_of_two_works_for_a_host_the_longer_delay_counts_for_both() -> None:
    world = World()
    world.crawl(work("a.example", "/1", "/2", delay=1), work("a.example", "/3", "/4", delay=5))
    assert min(world.web.gaps("a.example")) == 5 and len(world.results) == 4


def test_requests_may_come_from_an_async_source_one_by_one() -> None:
    world = World()
    asked = []

    async def source() -> AsyncIterator[FetchRequest]:
        for n in range(3):
            asked.append((n, len(world.results)))
            yield FetchRequest(url=f"http://a.example/{n}")

    world.crawl(HostWork(host="a.example", requests=source(), min_delay_s=1))
    assert asked == [(0, 0), (1, 1), (2, 2)]


def test_no_work_is_done_at_once() -> None:
    assert World().crawl() == {}


# robots.txt


def test_what_robots_txt_forbids_is_not_fetched() -> None:
    world = World()
    world.web.pages = {ROBOTS: Page(body=b"User-agent: *\nDisallow: /private"), "http://a.example/open": Page()}
    assert world.crawl(work("a.example", "/private/1", "/open")) == {Outcome.ROBOTS_DENIED: 1, None: 1}
    assert world.web.urls() == ["http://a.example/open"]
    assert "robots.txt line 2: Disallow: /private" in world.errors()


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (Page(status=404), None),
        (Page(status=410), None),
        (Page(status=401), Outcome.ROBOTS_DENIED),
        (Page(status=403), Outcome.ROBOTS_DENIED),
        (Page(status=429), Outcome.ROBOTS_UNREACHABLE),
        (Page(status=500), Outcome.ROBOTS_UNREACHABLE),
        (Page(status=503), Outcome.ROBOTS_UNREACHABLE),
        (Page(status=None, outcome=Outcome.TIMEOUT), Outcome.ROBOTS_UNREACHABLE),
        (Page(status=None, outcome=Outcome.HTTP_ERROR), Outcome.ROBOTS_UNREACHABLE),
        (Page(status=None, outcome=Outcome.REFUSED_ADDRESS), Outcome.REFUSED_ADDRESS),
    ],
)
def test_how_robots_txt_was_answered_decides_for_the_host(page: Page, outcome: Outcome | None) -> None:
    world = World()
    world.web.pages = {ROBOTS: page, **pages("http://a.example/1", "http://a.example/2")}
    assert world.crawl(work("a.example", "/1", "/2")) == {outcome: 2}
    assert len(world.web.urls()) == (2 if outcome is None else 0)
    assert [sent.url for sent in world.web.sent].count(ROBOTS) == 1


def test_robots_txt_is_read_once_a_day_and_after_an_error_soon_again() -> None:
    world = World()
    world.web.pages = {ROBOTS: [Page(status=503), Page(body=b"")], "http://a.example/1": Page()}
    world.crawl(work("a.example", "/1"))
    world.time.now += timedelta(minutes=11)
    world.crawl(work("a.example", "/1"))
    world.time.now += timedelta(hours=23)
    world.crawl(work("a.example", "/1"))
    assert [sent.url for sent in world.web.sent].count(ROBOTS) == 2
    world.time.now += timedelta(hours=2)
    world.crawl(work("a.example", "/1"))
    assert [sent.url for sent in world.web.sent].count(ROBOTS) == 3
    assert [result.outcome for _, result in world.results] == [Outcome.ROBOTS_UNREACHABLE, None, None, None]


def test_the_files_of_a_site_are_told_of_too() -> None:
    world = World()
    heard: list[tuple[str, Outcome | None]] = []

    async def on_file(request: FetchRequest, result: FetchResult) -> None:
        heard.append((request.url, result.outcome))

    world.web.pages = {ROBOTS: Page(body=b"")}
    world.crawl(work("a.example", "/1"), on_file=on_file)
    assert heard == [(ROBOTS, None), ("http://a.example/.well-known/tdmrep.json", Outcome.GONE)]
    assert len(world.results) == 1


def test_a_copy_in_the_store_is_used() -> None:
    world = World()
    stored = StoredRobots(
        host="a.example", state=RobotsState.RULES, url=ROBOTS, fetched_at=NOON, text="User-agent: *\nDisallow: /no"
    )
    asyncio.run(world.store.put("a.example", stored))
    assert world.crawl(work("a.example", "/no", "/yes")) == {Outcome.ROBOTS_DENIED: 1, Outcome.GONE: 1}
    assert ROBOTS not in {sent.url for sent in world.web.sent}


def test_a_robots_txt_on_another_host_is_fetched_through_that_hosts_gate() -> None:
    world = World()
    world.web.pages = {
        ROBOTS: Page(status=301, location="http://b.example/robots.txt"),
        "http://b.example/robots.txt": Page(body=b"User-agent: *\nDisallow: /a"),
    }
    found = world.crawl(work("a.example", "/a", "/c", delay=1), work("b.example", "/c", "/d", delay=3))
    assert found == {Outcome.ROBOTS_DENIED: 1, Outcome.GONE: 3}
    assert min(world.web.gaps("b.example")) >= 3 and min(world.web.gaps("a.example")) >= 1


def test_a_robots_txt_behind_a_busy_host_defers_and_is_not_asked_for_again_and_again() -> None:
    world = World()
    asyncio.run(world.leases.acquire("b.example", 0))
    world.web.pages = {ROBOTS: Page(status=301, location="http://b.example/robots.txt")}
    world.time.run(world.start(work("a.example", "/1", "/2", "/3")))
    assert [result.outcome for _, result in world.results] == [Outcome.DEFERRED] * 3
    assert [sent.url for sent in world.web.sent] == [ROBOTS]
    assert asyncio.run(world.store.get("a.example")) is None


def test_the_tdm_file_of_a_site_is_read_with_its_robots_txt_if_that_allows_it() -> None:
    world = World()
    tdmrep = "http://a.example/.well-known/tdmrep.json"
    world.web.pages = {tdmrep: Page(body=b'[{"location": "/", "tdm-reservation": 1}]'), "http://a.example/1": Page()}
    world.crawl(work("a.example", "/1"))
    assert world.results[0][1].robots["tdm_reservation"] == "1"
    other = World()
    other.web.pages = {ROBOTS: Page(body=b"User-agent: *\nDisallow: /.well-known"), "http://a.example/1": Page()}
    other.crawl(work("a.example", "/1"))
    assert tdmrep not in {sent.url for sent in other.web.sent}


def test_a_result_carries_what_was_said_about_robots_and_rights() -> None:
    world = World()
    world.web.pages = {
        ROBOTS: Page(body=b"User-agent: *\nCrawl-delay: 3\nAllow: /1\nContent-Signal: ai-train=no\n"),
        "http://a.example/1": Page(body=b"<meta name=robots content=noarchive>", headers=(("TDM-Reservation", "1"),)),
    }
    world.crawl(work("a.example", "/1"))
    robots = dict(world.results[0][1].robots)
    assert len(robots.pop("robots_sha256")) == 64 and robots.pop("robots_fetched_at").startswith("2026-11-24T12:00:00")
    assert robots == {
        "norms": evidence.NORMS,
        "robots_url": ROBOTS,
        "robots.txt:4": "Content-Signal: ai-train=no",
        "robots_state": "rules",
        "robots_rule": "3: Allow: /1",
        "crawl_delay_s": "3",
        "content_signal": "ai-train=no",
        "content_signal_raw": "ai-train=no",
        "tdm_reservation": "1",
        "tdm_found_in": "header",
        "meta_robots": "noarchive",
        "robots_flags": "noarchive",
        "user_agent": "NewsETL/test",
    }


# Redirects


def test_a_redirect_to_another_host_goes_through_its_gate() -> None:
    world = World()
    world.web.pages = {
        **{f"http://a.example/{n}": Page(status=302, location=f"http://b.example/{n}") for n in range(4)},
        **pages(*(f"http://b.example/{n}" for n in range(9))),
    }
    found = world.crawl(
        work("a.example", "/0", "/1", "/2", "/3", delay=1), work("b.example", "/5", "/6", "/7", delay=3)
    )
    assert found == {None: 7}
    assert min(world.web.gaps("a.example")) >= 1 and min(world.web.gaps("b.example")) >= 3
    assert [sent.url for sent in world.web.sent].count("http://b.example/robots.txt") == 1
    moved = [result for request, result in world.results if "a.example" in request.url]
    assert {len(result.redirects) for result in moved} == {1}


def test_a_host_that_nobody_knew_has_its_robots_txt_asked_and_a_careful_delay() -> None:
    world = World()
    world.web.pages = {
        "http://a.example/1": Page(status=302, location="http://new.example/no"),
        "http://a.example/2": Page(status=302, location="http://new.example/yes"),
        "http://new.example/robots.txt": Page(body=b"User-agent: *\nDisallow: /no"),
        "http://new.example/yes": Page(),
    }
    found = world.crawl(work("a.example", "/1", "/2", delay=0.1), default_delay_s=5)
    assert found == {Outcome.ROBOTS_DENIED: 1, None: 1}
    assert world.web.urls("new.example") == ["http://new.example/yes"]
    assert min(world.web.gaps("new.example")) >= 5


def test_a_redirect_within_a_host_waits_its_turn_and_asks_robots_txt() -> None:
    world = World()
    world.web.pages = {
        ROBOTS: Page(body=b"User-agent: *\nDisallow: /no"),
        "http://a.example/1": Page(status=302, location="http://a.example/2"),
        "http://a.example/2": Page(status=302, location="http://a.example/no"),
    }
    assert world.crawl(work("a.example", "/1")) == {Outcome.ROBOTS_DENIED: 1}
    assert world.web.urls() == ["http://a.example/1", "http://a.example/2"]
    assert world.web.gaps("a.example") == [2, 2, 2]


def test_a_redirect_to_a_host_that_is_not_the_sources_ends_there() -> None:
    world = World()
    world.web.pages = {"http://a.example/1": Page(status=302, location="http://evil.example/1")}
    asked = []

    async def may_leave_to(request: FetchRequest, target: str) -> Refusal | None:
        asked.append((request.url, target))
        return Refusal(outcome=Outcome.FOREIGN_HOST, detail="leads to another host")

    assert world.crawl(work("a.example", "/1"), may_leave_to=may_leave_to) == {Outcome.FOREIGN_HOST: 1}
    assert asked == [("http://a.example/1", "http://evil.example/1")]
    assert {sent.host for sent in world.web.sent} == {"a.example"}


def test_hosts_that_send_visitors_to_each_other_do_not_block_each_other() -> None:
    world = World()
    hosts = ["a.example", "b.example", "c.example"]
    for n, host in enumerate(hosts):
        other = hosts[(n + 1) % 3]
        for k in range(10):
            world.web.pages[f"http://{host}/{k}"] = Page(status=302, location=f"http://{other}/x{k}")
            world.web.pages[f"http://{other}/x{k}"] = Page()
        world.web.pages[f"http://{host}/robots.txt"] = Page(status=302, location=f"http://{other}/r")
        world.web.pages[f"http://{other}/r"] = Page(body=b"")
    found = world.crawl(*(work(host, *(f"/{k}" for k in range(10)), delay=1) for host in hosts))
    assert found == {None: 30}
    assert all(min(world.web.gaps(host)) >= 1 for host in hosts)


# Leases


def test_a_host_that_another_process_visits_is_deferred() -> None:
    world = World()
    asyncio.run(world.leases.acquire("a.example", 0))
    world.time.run(world.start(work("a.example", "/1", "/2"), work("b.example", "/1")))
    assert Counter(r.outcome for _, r in world.results) == {Outcome.DEFERRED: 2, Outcome.GONE: 1}
    assert {sent.host for sent in world.web.sent} == {"b.example"}
    assert world.leases.held() == {"a.example"}


def test_two_crawls_never_visit_a_host_at_the_same_time() -> None:
    world = World()

    async def both() -> None:
        works = [work("a.example", "/1", "/2"), work("b.example", "/1", "/2")]
        await asyncio.gather(world.start(*works), world.start(*reversed(works)))

    world.time.run(both())  # FakeWeb fails on two at once
    found = Counter(result.outcome for _, result in world.results)
    assert sum(found.values()) == 8 and found[Outcome.GONE] >= 4
    assert min(world.web.gaps("a.example") + world.web.gaps("b.example")) >= 2


def test_a_lease_is_renewed_while_it_is_held() -> None:
    world = World(leases=None)
    world.leases = MemoryLeases(world.time.clock, ttl_s=60)
    world.web.pages = {ROBOTS: Page(body=b"User-agent: *\nCrawl-delay: 100")}
    assert world.crawl(work("a.example", "/1", "/2", "/3", "/4", "/5"), renew_every_s=20) == {Outcome.GONE: 5}


class Losing(MemoryLeases):
    """Leases that are lost at the n-th renewal."""

    def __init__(self, clock: Any, at: int) -> None:
        super().__init__(clock)
        self.left = at

    def renew(self, lease: Any) -> bool:
        self.left -= 1
        if self.left < 0:
            self._held.pop(lease.host, None)
            return False
        return super().renew(lease)


def test_when_a_lease_is_lost_nothing_more_goes_to_the_host() -> None:
    world = World()
    world.leases = Losing(world.time.clock, 1)
    found = world.crawl(work("a.example", *(f"/{n}" for n in range(60)), delay=1), renew_every_s=10)
    assert sum(found.values()) == 60 and found[Outcome.DEFERRED] > 30
    assert max(sent.start for sent in world.web.sent) <= 21
    assert any("was lost" in (error or "") for error in world.errors())


def test_leases_of_hosts_that_a_redirect_led_to_are_given_back_too() -> None:
    world = World()
    world.web.pages = {"http://a.example/1": Page(status=302, location="http://b.example/1")}
    seen: list[frozenset[str]] = []
    world.web.before = lambda url: seen.append(world.leases.held())
    world.crawl(work("a.example", "/1", "/2"))
    assert {"a.example", "b.example"} in seen and seen[-1] == {"a.example"}


def test_a_lease_is_given_back_as_soon_as_its_work_is_done() -> None:
    world = World()
    world.web.pages = {"http://a.example/1": Page(status=302, location="http://b.example/1")}
    seen: dict[str, frozenset[str]] = {}
    world.web.before = lambda url: seen.update({url: world.leases.held()})
    world.crawl(work("a.example", "/1"), work("c.example", "/1", "/2", "/3", "/4", "/5", "/6", "/7"))
    assert seen["http://b.example/1"] == {"a.example", "b.example", "c.example"}
    assert seen["http://c.example/7"] == {"c.example"}


class SlowToRelease(MemoryLeases):
    """Renewing and giving back the lease of a.example takes a while, in which much can happen."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__(time.clock)
        self.time = time

    async def acquire(self, host: str, wait_s: float) -> Any:
        lease = await super().acquire(host, wait_s)
        return SlowLease(self.time, lease) if lease and host == "a.example" else lease


@dataclass
class SlowLease:
    time: VirtualTime
    lease: Lease
    is_inherited: bool = False

    @property
    def next_allowed_at(self) -> Any:
        return self.lease.next_allowed_at

    async def renew(self) -> bool:
        await self.time.sleep(2)
        return await self.lease.renew()

    @property
    def streak(self) -> Any:
        return self.lease.streak

    async def release(self, next_allowed_at: Any, streak: Any) -> None:
        await self.time.sleep(2)
        await self.lease.release(next_allowed_at, streak)
        await self.time.sleep(2)


def test_a_release_that_an_error_broke_off_is_done_again() -> None:
    world = World()
    world.leases = SlowToRelease(world.time)

    async def fail(request: FetchRequest, result: FetchResult) -> None:
        if "b.example" in request.url:
            assert world.leases.held() == {"a.example", "b.example"}  # a is on its way out
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        works = work("a.example", "/1", delay=1), work("b.example", "/1", delay=1.5)
        world.time.run(world.start(*works, on_result=fail))
    assert world.leases.held() == frozenset()


def test_a_lease_that_is_given_back_while_it_is_renewed_is_not_lost() -> None:
    world = World()
    world.leases = SlowToRelease(world.time)
    works = [work("a.example", "/1"), work("b.example", "/1", "/2", "/3"), work("a.example", "/2")]
    assert world.crawl(*works, max_hosts=2, renew_every_s=0.5) == {Outcome.GONE: 5}


# Ends


def test_a_cancelled_crawl_leaves_no_task_and_no_lease_behind() -> None:
    world = World()
    world.web.pages = pages(*(f"http://h{n}.example/1" for n in range(20)), page=Page(took_s=1000))

    async def go() -> None:
        task = asyncio.ensure_future(world.start(*(work(f"h{n}.example", "/1", "/2") for n in range(20))))
        await world.time.sleep(20)
        assert len(world.leases.held()) == 10
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    world.time.run(go())
    assert world.leases.held() == frozenset() and sum(world.web.under_way.values()) == 0


@pytest.mark.parametrize("where", ["on_result", "on_file", "store", "leases", "source"])
def test_an_error_of_ours_ends_the_crawl_as_itself(where: str) -> None:
    world = World()

    class BrokenError(Exception):
        pass

    async def fail(*_: object) -> Any:
        raise BrokenError

    async def source() -> AsyncIterator[FetchRequest]:
        yield FetchRequest(url="http://a.example/1")
        raise BrokenError

    changes: dict[str, Any] = {}
    works = [work("b.example", "/1", "/2", "/3", "/4", "/5", "/6"), work("a.example", "/1")]
    if where in ("on_result", "on_file"):
        changes[where] = fail
    elif where == "store":
        world.store.put = fail  # type: ignore[method-assign]
    elif where == "leases":
        world.leases.acquire = fail
    else:
        works[1] = HostWork(host="a.example", requests=source(), min_delay_s=1)
    with pytest.raises(BrokenError):
        world.time.run(world.start(*works, **changes))
    assert world.leases.held() == frozenset()


def test_what_one_exchange_raises_is_its_own_outcome(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.web.pages = pages(*(f"http://{host}.example/{n}" for host in "ab" for n in range(5)))
    raised: dict[str, Exception] = {
        "http://a.example/0": ValueError("Invalid IPv6 URL"),
        "http://a.example/1": KeyError("a header\nof two lines"),
        "http://a.example/2": UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
        "http://a.example/3": RecursionError("too deep"),
        "http://b.example/0": Quarantine("bad_url", "x\x00y"),
    }

    def before(url: str) -> None:
        if url in raised:
            raise raised[url]

    world.web.before = before
    paths = [f"/{n}" for n in range(5)]
    found = world.crawl(work("a.example", *paths), work("b.example", *paths))
    assert found == {Outcome.QUARANTINED: 5, None: 5}
    errors = {result.url: result.error for _, result in world.results if result.outcome}
    assert errors.keys() == raised.keys()
    assert errors["http://a.example/0"] == "raised ValueError: Invalid IPv6 URL"
    assert errors["http://a.example/1"] == "raised KeyError: 'a header\\nof two lines'"
    assert errors["http://b.example/0"] == "raised Quarantine: bad_url: x\ufffdy"
    assert caplog.text.count("Traceback (most recent call last)") == 5


@pytest.mark.parametrize(
    "tdmrep",
    [
        b'[{"location": "/", "tdm-reservation": 1, "tdm-policy": "http://[x"}]',
        b'[{"location": "/", "tdm-reservation": 1, "tdm-policy": "\\u0000\\ud800"}]',
        b'[{"location": "\\ud800*", "tdm-policy": "/p"}, {"location": "/", "tdm-reservation": "1"}]',
        b'[{"location": "/", "tdm-reservation": 1' + b"0" * 5000 + b"}]",
        b"[" * 100_000,
        b'[{"location": "/\\u0000", "tdm-reservation": {"a": []}}, 7, null, {"location": 3}]',
        b'{"location": "/"}',
    ],
)
def test_a_tdmrep_file_of_any_content_leaves_its_pages_alone(tdmrep: bytes) -> None:
    world = World()
    world.web.pages = pages("http://a.example/1", "http://a.example/2", "http://b.example/1") | {
        ROBOTS: Page(body=b"User-agent: *\nAllow: /"),
        "http://a.example/.well-known/tdmrep.json": Page(body=tdmrep),
    }
    assert world.crawl(work("a.example", "/1", "/2"), work("b.example", "/1")) == {None: 3}
    for _, result in world.results:
        json.dumps(dict(result.robots), ensure_ascii=False).encode()
        assert not any("\x00" in value for value in result.robots.values())


def test_a_robots_file_that_makes_something_raise_is_read_once_and_stops_its_host_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def parse(text: str) -> RobotsRules:
        if "boom" in text:
            raise IndexError("of our parser")
        return real(text)

    real = robots.parse
    monkeypatch.setattr(robots, "parse", parse)
    world = World()
    world.web.pages = pages("http://a.example/1", "http://a.example/2", "http://b.example/1") | {
        ROBOTS: Page(body=b"boom")
    }
    assert world.crawl(work("a.example", "/1", "/2"), work("b.example", "/1")) == {Outcome.QUARANTINED: 2, None: 1}
    assert [sent.url for sent in world.web.sent].count(ROBOTS) == 1
    assert world.errors() == {None, "robots.txt: raised IndexError: of our parser"}


def test_a_url_that_is_none_has_a_result_too() -> None:
    world = World()
    requests = [FetchRequest(url=url) for url in ("nonsense", "ftp://a.example/", "http://a.example/1")]
    found = world.crawl(HostWork(host="a.example", requests=requests, min_delay_s=1))
    assert found == {Outcome.HTTP_ERROR: 2, Outcome.GONE: 1}


STATUSES = st.sampled_from([200, 200, 404, 403, 429, 500, 503, None, 302])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(STATUSES, max_size=6), max_size=5),
    st.lists(STATUSES, min_size=5, max_size=5),
    st.integers(1, 4),
    st.none() | st.integers(0, 60),
    st.none() | st.integers(0, 4),
)
def test_every_request_has_exactly_one_result_whatever_the_hosts_do(
    hosts: list[list[int | None]], robots: list[int | None], max_hosts: int, deadline: int | None, budget: int | None
) -> None:
    world = World()
    works = []
    for n, statuses in enumerate(hosts):
        for k, status in enumerate(statuses):
            location = f"http://h{(n + k) % 5}.example/{k + 1}" if status == 302 else None
            outcome = Outcome.TIMEOUT if status is None else None
            world.web.pages[f"http://h{n}.example/{k}"] = Page(status=status, location=location, outcome=outcome)
        location = f"http://h{(n + 1) % 5}.example/r" if robots[n] == 302 else None
        outcome = Outcome.TIMEOUT if robots[n] is None else None
        world.web.pages[f"http://h{n}.example/robots.txt"] = Page(status=robots[n], location=location, outcome=outcome)
        works.append(work(f"h{n}.example", *(f"/{k}" for k in range(len(statuses))), max_requests=budget))
    limit = NOON + timedelta(seconds=deadline) if deadline is not None else None
    world.crawl(*works, max_hosts=max_hosts, deadline=limit, rules=PaceRules(backoff_s=1))
    wanted = [request.url for each in works for request in each.requests]  # type: ignore[union-attr]
    assert sorted(request.url for request, _ in world.results) == sorted(wanted)
    for host in {sent.host for sent in world.web.sent}:
        assert min(world.web.gaps(host), default=2) >= 2


def test_kinds_go_along() -> None:
    world = World()
    request = FetchRequest(url="http://a.example/feed", kind=RequestKind.FEED, etag='"x"')
    world.web.pages = {"http://a.example/feed": Page(status=304, outcome=Outcome.UNCHANGED)}
    world.crawl(HostWork(host="a.example", requests=[request], min_delay_s=1))
    assert world.results[0][0] is request and world.results[0][1].robots["robots_state"] == "no_file"


def test_a_lease_is_what_the_protocol_says() -> None:
    lease: Lease | None = asyncio.run(MemoryLeases(lambda: NOON).acquire("a", 0))
    assert lease is not None and lease.next_allowed_at < NOON


# Over all visits


@pytest.mark.parametrize(("status", "first"), [(403, 10), (402, 10), (451, 10), (429, 3), (503, 3), (500, 3)])
def test_what_a_host_refuses_is_counted_over_all_runs(status: int, first: int) -> None:
    """The next process asks once, and not ten times more."""
    world = World()
    world.web.pages = pages(*(f"http://a.example/{n}" for n in range(90)), page=Page(status=status))
    asked = []
    for run_number in range(4):
        world.time.now += timedelta(seconds=600)
        before = len(world.web.urls("a.example"))
        found = world.crawl(work("a.example", *(f"/{run_number * 20 + n}" for n in range(20))))
        assert sum(found.values()) == 20
        world.results.clear()
        asked.append(len(world.web.urls("a.example")) - before)
    assert asked == [first, 1, 1, 1]


def test_a_page_that_is_given_ends_the_row_and_a_feed_does_not() -> None:
    world = World()
    world.web.pages = pages(*(f"http://a.example/{n}" for n in range(20)), page=Page(status=403))
    world.web.pages |= {"http://a.example/feed": Page(), "http://a.example/page": Page()}
    for _ in range(2):
        feed = FetchRequest(url="http://a.example/feed", kind=RequestKind.FEED)
        world.crawl(HostWork(host="a.example", requests=[feed], min_delay_s=2))
        world.crawl(work("a.example", *(f"/{n}" for n in range(20))))
    assert len([url for url in world.web.urls("a.example") if not url.endswith("feed")]) == 10 + 1
    world.crawl(work("a.example", "/page"))
    world.results.clear()
    world.crawl(work("a.example", *(f"/{n}" for n in range(20))))
    assert len([url for url in world.web.urls("a.example") if not url.endswith(("feed", "page"))]) == 10 + 1 + 10
