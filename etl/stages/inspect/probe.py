"""Drives a probe: the walk's requests go out politely, with the leases and robots.txt that all processes share."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from etl.clock import clock
from etl.errors import SettingError
from etl.fetch.address import NO_CONTACT, is_loopback_host
from etl.fetch.client import Client, ClientConfig
from etl.fetch.explore import explore
from etl.probe.findings import Proposal
from etl.probe.walk import MAX_REQUESTS, origins, walk
from etl.settings import Settings
from etl.stages.live.crawling import WarehouseLeases, WarehouseRobots, host_of
from etl.stages.resources import open_warehouse

# Between two requests to a host; its robots.txt may ask for more. A probe is forty requests, once.
DELAY_S = 2.0
# A host that takes longer for one answer is no host to visit every hour.
TIMEOUT_S = 20.0


def probe(settings: Settings, asked: str) -> Proposal:
    """Probe a domain, or the address of a front page. Raises `SettingError` for what is neither, and for
    a site of others while no contact is set.

    On this machine's own hosts there is no pause between requests: nobody is kept from anything.
    """
    starts = origins(asked)
    hosts = frozenset(filter(is_loopback_host, map(host_of, starts)))
    if settings.contact is None and not hosts:
        raise SettingError(NO_CONTACT)
    config = replace(
        ClientConfig.for_contact(settings.contact, loopback_hosts=hosts),
        total_timeout_s=TIMEOUT_S,
        connect_timeout_s=TIMEOUT_S / 2,
        read_timeout_s=TIMEOUT_S,
    )

    async def run() -> Proposal:
        async with Client(config, clock=clock) as client:
            explored = await explore(
                client,
                walk(asked, now=clock()),
                leases=WarehouseLeases(engine),
                robots=WarehouseRobots(engine),
                clock=clock,
                delay_s=0.0 if hosts else DELAY_S,
                max_requests=MAX_REQUESTS,
            )
        return replace(explored.returned, requests=explored.requests)

    with open_warehouse(settings) as engine:
        return asyncio.run(run())
