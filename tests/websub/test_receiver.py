"""A feed that names a hub is subscribed there, and due as soon as the hub says that it changed; nobody else can make it so."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from sqlalchemy import text

from etl.errors import Permanent
from etl.settings import Settings
from etl.stages.live import hubs
from etl.stages.live.discover import discover
from etl.stages.live.plan import plan
from etl.stages.resources import Resources, open_resources
from etl.websub.receiver import serving

NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Web:
    """A site with a feed, and the hub that it names, on one loopback server."""

    base: str = ""
    names: list[str] = field(default_factory=lambda: ["a"])
    feed_headers: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    forms: list[dict[str, str]] = field(default_factory=list)
    refuses: bool = False

    def application(self) -> web.Application:
        async def feed(_: web.Request) -> web.Response:
            self.asked += 1
            items = "".join(f"<item><title>{n}</title><link>{self.base}/{n}</link></item>" for n in self.names)
            links = f'<atom:link rel="hub" href="{self.base}/hub"/><atom:link rel="self" href="{self.base}/feed"/>'
            body = (
                '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>F</title>'
                f"{links}{items}</channel></rss>"
            )
            return web.Response(text=body, content_type="application/rss+xml", headers=self.feed_headers)

        async def hub(request: web.Request) -> web.Response:
            self.forms.append({name: str(value) for name, value in (await request.post()).items()})
            return web.Response(status=400, text="no such topic\n") if self.refuses else web.Response(status=202)

        app = web.Application()
        app.router.add_get("/feed", feed)
        app.router.add_post("/hub", hub)
        return app


@dataclass
class Newsroom:
    r: Resources
    settings: Settings
    web: Web
    runs: int = 0

    def run(self, minutes: float) -> None:
        self.runs += 1
        now = NOW + minutes * MINUTE
        batches = plan(self.r, run_id=f"r{self.runs}", sources=(), now=now)
        discover(self.r, run_id=f"r{self.runs}", sources=batches[0])

    def rows(self, query: str) -> list[Any]:
        with self.r.engine.connect() as connection:
            return list(connection.execute(text(query)))

    async def received(self, then: Callable[[str], Awaitable[None]]) -> list[str]:
        """Serve, and when the hubs were asked, do this with the receiver's address."""
        said: list[str] = []
        task = asyncio.ensure_future(
            hubs._serve(self.r, host="127.0.0.1", port=0, callback="https://us.example/w", say=said.append, rounds=None)
        )
        try:
            async with asyncio.timeout(30):
                while not any("asked hubs" in line for line in said):
                    assert not task.done(), task.result()
                    await asyncio.sleep(0.02)
            await then("http://" + said[0].split()[2])
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return said


@pytest.fixture
def opened(database_url: str, tmp_path: Path) -> Iterator[Callable[[Web], Newsroom]]:
    with ExitStack() as stack:

        def opened(site: Web) -> Newsroom:
            source = {"key": "post", "name": "P", "homepage": f"{site.base}/", "languages": ["en"]}
            sources = tmp_path / "sources.yaml"
            listed = {**source, "min_delay_s": 0.001, "feeds": [f"{site.base}/feed"]}
            sources.write_text(yaml.safe_dump({"sources": [listed]}), encoding="utf-8")
            settings = Settings(
                home=tmp_path,
                warehouse_url=database_url,
                lake_url=(tmp_path / "lake").as_uri(),
                sources=sources,
                contact=None,
                s3_endpoint_url=None,
            )
            return Newsroom(stack.enter_context(open_resources(settings)), settings, site)

        yield opened


def play(site: Web, opened: Callable[[Web], Newsroom], scene: Callable[[Newsroom], Awaitable[None]]) -> None:
    async def work() -> None:
        newsroom = await asyncio.to_thread(opened, site)
        await scene(newsroom)

    async def served() -> None:
        def is_up(port: int) -> None:
            site.base = f"http://127.0.0.1:{port}"

        await serving(site.application(), "127.0.0.1", 0, work, is_up=is_up)

    asyncio.run(served())


def test_a_push_makes_its_feed_due_and_a_forged_one_does_not(opened: Callable[[Web], Newsroom]) -> None:
    site = Web(feed_headers={"Cache-Control": "max-age=3600"})

    async def scene(newsroom: Newsroom) -> None:
        await asyncio.to_thread(newsroom.run, 0)
        assert [tuple(r) for r in newsroom.rows("SELECT hub, topic FROM ops.document")] == [
            (site.base + "/hub", site.base + "/feed")
        ]

        async def hub(receiver: str) -> None:
            (asked,) = site.forms
            assert asked["hub.topic"] == site.base + "/feed" and asked["hub.mode"] == "subscribe"
            here = receiver + "/" + asked["hub.callback"].rpartition("/")[2]
            verify = {"hub.mode": "subscribe", "hub.topic": asked["hub.topic"], "hub.challenge": "xyz"}
            async with aiohttp.ClientSession() as session:

                async def push(body: bytes, signature: str | None, address: str = here) -> int:
                    headers = {"X-Hub-Signature": signature} if signature else {}
                    async with session.post(address, data=body, headers=headers) as answer:
                        return answer.status

                async with session.get(here, params={**verify, "hub.topic": "https://evil.example/"}) as answer:
                    assert answer.status == 404
                async with session.get(receiver + "/guess", params=verify) as answer:
                    assert answer.status == 404
                async with session.get(here, params=verify) as answer:
                    assert (answer.status, await answer.text()) == (200, "xyz")
                    assert answer.content_type == "text/plain"
                assert await push(b"x", None) == 202  # acknowledged, and ignored
                assert await push(b"x", "sha256=" + "0" * 64) == 202
                assert await push(b"x", None, receiver + "/guess") == 410
                (document,) = newsroom.rows("SELECT due_at, not_before FROM ops.document")
                assert document.due_at is not None and document.not_before is not None
                digest = hmac.new(asked["hub.secret"].encode(), b"<feed/>", hashlib.sha256).hexdigest()
                assert await push(b"<feed/>", f"sha256={digest}") == 202

        await newsroom.received(hub)
        (row,) = newsroom.rows("SELECT ends_at, pushes, error FROM ops.websub")
        assert row.pushes == 1 and row.error is None and row.ends_at - NOW > timedelta(days=9)
        site.names.append("b")
        await asyncio.to_thread(newsroom.run, 1)
        urls = newsroom.rows("SELECT url FROM ops.candidate ORDER BY url")
        assert [r.url for r in urls] == [f"{site.base}/a", f"{site.base}/b"] and site.asked == 2

    play(site, opened, scene)


def test_a_port_that_is_taken_is_named(opened: Callable[[Web], Newsroom]) -> None:
    async def never() -> None:
        raise AssertionError

    async def scene(newsroom: Newsroom) -> None:
        port = int(newsroom.web.base.rpartition(":")[2])
        with pytest.raises(Permanent, match=rf"cannot listen on 127\.0\.0\.1:{port} "):
            await serving(web.Application(), "127.0.0.1", port, never, is_up=lambda _: None)

    play(Web(), opened, scene)


def test_a_registry_that_is_broken_for_a_while_does_not_end_it(opened: Callable[[Web], Newsroom]) -> None:
    site = Web()

    async def scene(newsroom: Newsroom) -> None:
        await asyncio.to_thread(newsroom.run, 0)
        newsroom.settings.sources.write_text("sources: [", encoding="utf-8")

        async def nothing(_: str) -> None:
            pass

        said = await newsroom.received(nothing)
        assert any("cannot be read now" in line for line in said) and len(site.forms) == 1

    play(site, opened, scene)


def test_a_hub_that_refuses_or_denies_is_named_and_the_feed_is_asked_by_its_rhythm(
    opened: Callable[[Web], Newsroom],
) -> None:
    site = Web(refuses=True)

    async def scene(newsroom: Newsroom) -> None:
        await asyncio.to_thread(newsroom.run, 0)

        async def nothing(_: str) -> None:
            pass

        async def denied(receiver: str) -> None:
            here = receiver + "/" + site.forms[-1]["hub.callback"].rpartition("/")[2]
            query = {"hub.mode": "denied", "hub.topic": site.base + "/feed", "hub.reason": "not\nyou"}
            async with aiohttp.ClientSession() as session, session.get(here, params=query) as answer:
                assert answer.status == 200

        await newsroom.received(nothing)
        (row,) = newsroom.rows("SELECT error, failing_since FROM ops.websub")
        assert "400" in row.error and "no such topic" in row.error and row.failing_since is not None
        site.refuses = False
        with newsroom.r.engine.begin() as connection:
            connection.execute(text("UPDATE ops.websub SET asked_at = asked_at - interval '2 days'"))
        await newsroom.received(denied)
        (row,) = newsroom.rows("SELECT error, ends_at FROM ops.websub")
        assert row.error == "denied: not you" and row.ends_at is None
        assert newsroom.rows("SELECT FROM ops.document WHERE due_at IS NULL") == []

    play(site, opened, scene)
