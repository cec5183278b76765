"""How well `news-etl sources probe` does on simulated sites, over real connections on loopback.

    python -m benchmarks.probe_sites [--sites 300] [--first 0] [--list]

Prints recall and precision of feeds and sitemaps, how often languages and time zone are right, requests, and verdicts;
`--list` names each miss. Ends with 1 where a site that would bring no articles was called ready, or a probe asked for
more than 40 documents.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from benchmarks.probe_world import NOW, SimulatedSite, build
from etl.fetch.address import Policy
from etl.fetch.client import Client, ClientConfig
from etl.fetch.explore import explore
from etl.fetch.politeness import NO_STREAK, Streak
from etl.fetch.robots_store import StoredRobots
from etl.probe.findings import Proposal, Verdict
from etl.probe.walk import MAX_REQUESTS, walk
from etl.urls import normal_url

CLOSED_PORT = 1  # nobody answers there, as at port 443 of a site without TLS


@dataclass(slots=True)
class Score:
    """Counts over all sites. `misses` says which."""

    feeds_found: int = 0
    feeds_missed: int = 0
    feeds_wrong: int = 0
    sitemaps_found: int = 0
    sitemaps_missed: int = 0
    sitemaps_wrong: int = 0
    zones: list[bool] = field(default_factory=list)
    languages: list[bool] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    verdicts: dict[str, int] = field(default_factory=dict)
    wrong_ready: int = 0
    misses: list[str] = field(default_factory=list)


class Clock:
    """A clock that only waiting puts forward, so that politeness takes no time here."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        self.now += timedelta(seconds=max(seconds, 0.001))


class OneHost(AbstractResolver):
    """Every name of a site is the server of this process; by https nobody answers."""

    def __init__(self, port: int, hosts: Iterable[str]) -> None:
        self._port = port
        self._hosts = frozenset(hosts)

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """The address of a known name. Raises OSError for others."""
        if host not in self._hosts:
            raise OSError(f"no address for {host}")
        there = self._port if port == 80 else CLOSED_PORT
        return [ResolveResult(hostname=host, host="127.0.0.1", port=there, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing to close."""


class Leases:
    """Leases of a process that is alone."""

    async def acquire(self, host: str, wait_s: float) -> Lease:
        """At once."""
        return Lease()


class Lease:
    """A lease that nobody else wants."""

    next_allowed_at = datetime.min.replace(tzinfo=UTC)
    is_inherited = False
    streak = NO_STREAK

    async def renew(self) -> bool:
        """Always."""
        return True

    async def release(self, next_allowed_at: datetime, streak: Streak = NO_STREAK) -> None:
        """Nothing to give back."""


class Robots:
    """What was read of hosts, for one probe."""

    def __init__(self) -> None:
        self._stored: dict[str, StoredRobots] = {}

    async def get(self, host: str) -> StoredRobots | None:
        """What was put last."""
        return self._stored.get(host)

    async def put(self, host: str, stored: StoredRobots) -> None:
        """Keep it."""
        self._stored[host] = stored


async def probe_all(sites: Iterable[SimulatedSite]) -> list[tuple[SimulatedSite, Proposal]]:
    """Probe sites one after the other, over connections to a server of this process."""
    by_host: dict[str, SimulatedSite] = {}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        host = request.headers["Host"].partition(":")[0]
        reply = by_host[host].reply(host, request.raw_path) if host in by_host else None
        if reply is None:
            return web.Response(status=421)
        headers = {"Content-Type": reply.type, **dict(reply.headers)}
        return web.Response(body=reply.body, status=reply.status, headers=headers)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site_runner = web.TCPSite(runner, "127.0.0.1", 0)
    await site_runner.start()
    port = site_runner._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    found = []
    try:
        for site in sites:
            hosts = {host for host, _ in site.replies}
            by_host.clear()
            by_host.update(dict.fromkeys(hosts, site))
            found.append((site, await _probe(site, hosts, port)))
    finally:
        await runner.cleanup()
    return found


async def _probe(site: SimulatedSite, hosts: set[str], port: int) -> Proposal:
    config = ClientConfig(
        user_agent="NewsETL/0 (+https://example.org/bot)",
        policy=Policy.GLOBAL_ONLY,
        total_timeout_s=10,
        loopback_hosts=frozenset({*hosts, f"127.0.0.1:{port}", f"127.0.0.1:{CLOSED_PORT}"}),
    )
    clock = Clock()
    async with Client(config, clock=clock, resolver=OneHost(port, hosts)) as client:
        explored = await explore(
            client,
            walk(site.asked, now=NOW),
            leases=Leases(),
            robots=Robots(),
            clock=clock,
            sleep=clock.sleep,
            delay_s=2.0,
            max_requests=MAX_REQUESTS,
        )
    return replace(explored.returned, requests=explored.requests)


def score(results: Iterable[tuple[SimulatedSite, Proposal]]) -> Score:
    """How the proposals compare with what the sites are."""
    total = Score()
    for site, proposal in results:
        name = f"{site.number} {site.asked} [{' '.join(site.traits)}]"
        total.requests.append(proposal.requests)
        total.verdicts[proposal.verdict.value] = total.verdicts.get(proposal.verdict.value, 0) + 1
        if proposal.verdict is Verdict.READY and not site.may_be_ready:
            total.wrong_ready += 1
            total.misses.append(f"{name}: wrongly ready")
        if proposal.verdict is not Verdict.READY and site.may_be_ready:
            total.misses.append(f"{name}: {proposal.verdict}: {[w.message for w in proposal.warnings][:3]}")
        if site.feeds is not None:
            found, wrong, missed = _compare(proposal.feeds, site.feeds)
            total.feeds_found, total.feeds_wrong = total.feeds_found + found, total.feeds_wrong + len(wrong)
            total.feeds_missed += len(missed)
            if wrong or missed:
                total.misses.append(f"{name}: feeds: missed {sorted(missed)}, wrong {sorted(wrong)}")
        if site.sitemaps is not None:
            found, wrong, missed = _compare(proposal.sitemaps, site.sitemaps)
            total.sitemaps_found, total.sitemaps_wrong = total.sitemaps_found + found, total.sitemaps_wrong + len(wrong)
            total.sitemaps_missed += len(missed)
            if wrong or missed:
                total.misses.append(f"{name}: sitemaps: missed {sorted(missed)}, wrong {sorted(wrong)}")
        if site.timezone is not None:
            total.zones.append(_is_clock(proposal.timezone, site))
            if not total.zones[-1]:
                said = "; ".join(proposal.evidence.get("timezone", ()))
                total.misses.append(f"{name}: zone {proposal.timezone} for {site.timezone}: {said}")
        if site.languages is not None:
            total.languages.append(set(proposal.languages) == site.languages)
            if not total.languages[-1]:
                total.misses.append(
                    f"{name}: languages {proposal.languages} for {sorted(site.languages)}: {proposal.evidence.get('languages')}"
                )
    return total


def _is_clock(proposed: str | None, site: SimulatedSite) -> bool:
    """The zone itself; under a domain of no country one with the same clock will do, since nothing tells them apart."""
    if proposed == site.timezone:
        return True
    if proposed is None or site.timezone is None or site.has_country:
        return False
    seasons = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
    return all(
        at.astimezone(ZoneInfo(proposed)).utcoffset() == at.astimezone(ZoneInfo(site.timezone)).utcoffset()
        for at in seasons
    )


def _compare(proposed: Iterable[str], true: frozenset[str]) -> tuple[int, set[str], set[str]]:
    there, given = {_key(url) for url in true}, {_key(url) for url in proposed}
    return len(there & given), given - there, there - given


def _key(url: str) -> str:
    return normal_url(url).partition("://")[2].removeprefix("www.")


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="name each miss")
    given = parser.parse_args()
    total = score(asyncio.run(probe_all(build(n) for n in range(given.first, given.first + given.sites))))
    for what, found, missed, wrong in (
        ("feeds", total.feeds_found, total.feeds_missed, total.feeds_wrong),
        ("sitemaps", total.sitemaps_found, total.sitemaps_missed, total.sitemaps_wrong),
    ):
        print(f"{what:10} recall {_share(found, missed)}, precision {_share(found, wrong)} ({found + missed} there)")
    print(
        f"{'languages':10} right {_share(sum(total.languages), total.languages.count(False))} of {len(total.languages)}"
    )
    print(f"{'time zone':10} right {_share(sum(total.zones), total.zones.count(False))} of {len(total.zones)}")
    print(f"{'requests':10} median {statistics.median(total.requests):g}, at most {max(total.requests)}")
    print(f"{'verdicts':10} {total.verdicts}, wrongly ready {total.wrong_ready}")
    if given.list:
        print(*total.misses, sep="\n")
    return int(total.wrong_ready > 0 or max(total.requests) > MAX_REQUESTS)


def _share(good: int, bad: int) -> str:
    return f"{good / (good + bad):.3f}" if good + bad else "-"


if __name__ == "__main__":
    sys.exit(main())
