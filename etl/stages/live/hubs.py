"""Subscribes feeds at the hubs that they name, and makes a feed due when its hub says that it has changed.

A message is a signal, and what it holds is not read: the next run asks the feed itself, as any other that is due. So there is
one way by which entries come in, and a hub can neither invent nor change any.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from etl.clock import clock
from etl.errors import SettingError
from etl.fetch.address import Policy
from etl.fetch.agent import user_agent
from etl.fetch.posting import Poster
from etl.settings import Settings
from etl.sources.registry import Registry
from etl.stages.live.crawling import loopback_hosts
from etl.stages.resources import Resources, load_registry, open_resources
from etl.warehouse.ops import websub
from etl.websub.receiver import application, serving
from etl.websub.subscription import Subscription, form, wanted

# How often it looks for feeds with new hubs, subscriptions that end soon, and changes of the registry.
LOOK_EVERY_S = 60.0


def feeds_of(registry: Registry) -> frozenset[str]:
    """The feeds of enabled sources."""
    return frozenset(url for source in registry.enabled for url in source.feeds)


@dataclass(frozen=True, slots=True)
class WarehouseSubscriptions:
    """`SubscriptionStore` in the warehouse."""

    r: Resources
    feeds: Callable[[], frozenset[str]]

    def of_token(self, token: str) -> Subscription | None:
        """The subscription with this callback, of a feed of the registry."""
        found = websub.of_token(self.r.engine, token)
        return found if found is not None and found.url in self.feeds() else None

    def confirmed(self, subscription: Subscription, ends_at: datetime) -> None:
        """A hub has verified it."""
        websub.confirmed(self.r.engine, subscription, ends_at=ends_at)

    def denied(self, subscription: Subscription, why: str) -> None:
        """A hub has denied or ended it."""
        websub.denied(self.r.engine, subscription, why=why, at=clock())

    def pushed(self, subscription: Subscription) -> None:
        """A hub says that the feed has changed."""
        websub.pushed(self.r.engine, subscription, at=clock())


async def subscribe(r: Resources, registry: Registry, poster: Poster, *, callback: str) -> int:
    """Ask the hubs of the registry's feeds for what is due; how many requests that were."""
    now = clock()
    hubs, known = await asyncio.to_thread(lambda: (websub.hubs(r.engine, feeds_of(registry)), websub.known(r.engine)))
    due = wanted(hubs, known, now=now)
    for one in due:
        await asyncio.to_thread(websub.asked, r.engine, one)
        error = await poster.post(one.to.hub, form(one, callback))
        await asyncio.to_thread(websub.answered, r.engine, one, error=error)
    return len(due)


def serve(
    settings: Settings, *, host: str, port: int, callback: str, say: Callable[[str], None], rounds: int | None = None
) -> None:
    """Receive until it is interrupted; `callback` is the public address under which hubs reach this server.

    `rounds` bounds how often it looks for what to subscribe to, for tests.
    """
    with open_resources(settings, activate=False) as r:
        asyncio.run(_serve(r, host=host, port=port, callback=callback, say=say, rounds=rounds))


async def _serve(
    r: Resources, *, host: str, port: int, callback: str, say: Callable[[str], None], rounds: int | None
) -> None:
    registry = [r.registry]  # as it is now: operators change it while this serves
    store = WarehouseSubscriptions(r, lambda: feeds_of(registry[0]))
    policy = Policy.for_contact(r.settings.contact)
    agent = user_agent(r.settings.contact)

    async def work() -> None:
        done = 0
        while rounds is None or done < rounds:
            try:
                registry[0] = await asyncio.to_thread(load_registry, r.settings)
            except SettingError as error:  # such as one that is being written
                say(f"the registry is as it was before, since it cannot be read now: {error}")
            known_hosts = loopback_hosts(registry[0])
            async with Poster(policy=policy, user_agent=agent, loopback_hosts=known_hosts) as poster:
                asked = await subscribe(r, registry[0], poster, callback=callback)
            if asked:
                say(f"asked hubs for {asked} subscriptions")
            done += 1
            await asyncio.sleep(LOOK_EVERY_S)

    app = application(store, clock=clock)
    await serving(app, host, port, work, is_up=lambda at: say(f"receiving on {host}:{at} for {callback}"))
