"""Drives a probe: sends the walk's requests with the leases and the stored robots.txt that all processes share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from etl.clock import clock
from etl.errors import SettingError
from etl.fetch.address import NO_CONTACT, is_loopback_host
from etl.fetch.client import Client, ClientConfig
from etl.fetch.explore import explore
from etl.fetch.robots_store import StoredRobots
from etl.probe import rechecking
from etl.probe.asking import Asking
from etl.probe.findings import Proposal
from etl.probe.walk import MAX_REQUESTS, origins, walk
from etl.probe.walk import recheck as again
from etl.settings import Settings
from etl.sources.check import RegistryFinding
from etl.sources.source import Source
from etl.stages.live.crawling import WarehouseLeases, WarehouseRobots, host_of
from etl.stages.resources import open_warehouse

# Between two requests to a host; its robots.txt may ask for more. A probe is forty requests, once.
DELAY_S = 2.0
# A host that takes longer for one answer is too slow for hourly runs.
TIMEOUT_S = 20.0


def probe(settings: Settings, asked: str) -> Proposal:
    """Probe a domain, or the address of a front page. Raises `SettingError` for what is neither, and for
    a site of others while no contact is set.

    There is no pause between requests to this machine's own hosts.
    """
    return _explored(settings, walk(asked, now=clock()), hosts=map(host_of, origins(asked)), delay_s=DELAY_S)


def recheck(settings: Settings, source: Source) -> Proposal:
    """Check a source of the registry: its documents, and five articles, in at most `MAX_REQUESTS` requests."""
    hosts = {host_of(url) for url in (source.homepage, *source.feeds, *source.sitemaps, *source.sections)}
    return _explored(settings, again(source, now=clock()), hosts={*hosts, *source.aliases}, delay_s=source.min_delay_s)


def check_live(settings: Settings, source: Source) -> list[RegistryFinding]:
    """What a recheck shows to be wrong with a source, its host's robots.txt compared with what was stored before."""
    before = _stored_robots(settings, source)
    proposal = recheck(settings, source)
    return list(rechecking.findings(source, proposal, before=before, after=_stored_robots(settings, source)))


def _stored_robots(settings: Settings, source: Source) -> StoredRobots | None:
    with open_warehouse(settings) as engine:
        return asyncio.run(WarehouseRobots(engine).get(host_of(source.homepage)))


def _explored(settings: Settings, way: Asking[Proposal], *, hosts: Iterable[str], delay_s: float) -> Proposal:
    own = frozenset(filter(is_loopback_host, hosts))
    if settings.contact is None and not own:
        raise SettingError(NO_CONTACT)
    config = replace(
        ClientConfig.for_contact(settings.contact, loopback_hosts=own),
        total_timeout_s=TIMEOUT_S,
        connect_timeout_s=TIMEOUT_S / 2,
        read_timeout_s=TIMEOUT_S,
    )

    async def run() -> Proposal:
        async with Client(config, clock=clock) as client:
            explored = await explore(
                client,
                way,
                leases=WarehouseLeases(engine),
                robots=WarehouseRobots(engine),
                clock=clock,
                delay_s=0.0 if own else delay_s,
                max_requests=MAX_REQUESTS,
            )
        return replace(explored.returned, requests=explored.requests)

    with open_warehouse(settings) as engine:
        return asyncio.run(run())
