"""The HTTP server that hubs call: it confirms subscriptions that are ours, and hears that feeds have changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from aiohttp import web

from etl.errors import Permanent
from etl.printable import log_fields
from etl.untrusted_text import as_line
from etl.websub import subscription as subscriptions
from etl.websub.subscription import Subscription

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 10 << 20  # as a feed may have

PLAIN = {"X-Content-Type-Options": "nosniff"}


class SubscriptionStore(Protocol):
    """Where subscriptions are kept. Its calls block."""

    def of_token(self, token: str) -> Subscription | None:
        """The subscription with this callback, of a feed that is still wanted."""

    def confirmed(self, subscription: Subscription, ends_at: datetime) -> None:
        """A hub has verified it."""

    def denied(self, subscription: Subscription, why: str) -> None:
        """A hub has denied or ended it."""

    def pushed(self, subscription: Subscription) -> None:
        """A hub says that the feed has changed."""


def application(store: SubscriptionStore, *, clock: Callable[[], datetime]) -> web.Application:
    """Answers `GET /TOKEN` (a hub verifies or denies) and `POST /TOKEN` (a feed has changed).

    A callback that nobody has is 404 to whoever verifies and 410 to whoever sends, which ends a subscription. A message with
    a wrong signature is acknowledged and ignored, as the standard has it (section 8).
    """

    async def found(request: web.Request) -> Subscription | None:
        return await asyncio.to_thread(store.of_token, request.match_info["token"])

    async def verify(request: web.Request) -> web.Response:
        one = await found(request)
        if one is None:
            return web.Response(status=404, headers=PLAIN)
        query = {name: request.query[name] for name in request.query}
        if query.get("hub.mode") == "denied" and query.get("hub.topic") == one.to.topic:
            why = as_line(query.get("hub.reason") or "the hub gives no reason", 200)
            await asyncio.to_thread(store.denied, one, f"denied: {why}")
            return web.Response(headers=PLAIN)
        answer = subscriptions.confirmed(one, query, now=clock())
        if answer is None:
            log.warning("websub_not_confirmed %s", log_fields(url=one.url, hub=one.to.hub, mode=query.get("hub.mode")))
            return web.Response(status=404, headers=PLAIN)
        challenge, ends_at = answer
        await asyncio.to_thread(store.confirmed, one, ends_at)
        log.info("websub_confirmed %s", log_fields(url=one.url, hub=one.to.hub, until=ends_at.isoformat()))
        return web.Response(text=challenge, headers=PLAIN)

    async def hear(request: web.Request) -> web.Response:
        one = await found(request)
        if one is None:
            return web.Response(status=410, headers=PLAIN)
        body = await request.read()
        if subscriptions.is_authentic(one.secret, request.headers.get("X-Hub-Signature"), body):
            await asyncio.to_thread(store.pushed, one)
            log.info("websub_pushed %s", log_fields(url=one.url, bytes=len(body)))
        else:
            log.warning("websub_forged %s", log_fields(url=one.url, hub=one.to.hub, bytes=len(body)))
        return web.Response(status=202, headers=PLAIN)

    served = web.Application(client_max_size=MAX_BODY_BYTES, handler_args={"auto_decompress": False})
    served.router.add_get("/{token}", verify, allow_head=False)
    served.router.add_post("/{token}", hear)
    return served


async def serving(
    app: web.Application, host: str, port: int, work: Callable[[], Awaitable[None]], *, is_up: Callable[[int], None]
) -> None:
    """Serve until `work` ends or is cancelled; `is_up` hears of the port. Raises `Permanent` where it cannot listen."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise Permanent(f"cannot listen on {host}:{port} ({error.strerror or error}): choose others") from error
        is_up(runner.addresses[0][1])
        await work()
    finally:
        await runner.cleanup()
