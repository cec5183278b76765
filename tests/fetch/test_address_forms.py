"""Every form of an address by every way on which a stranger can hand it to us: nothing is ever connected to."""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from address_forms import LOOPBACK, NAMES, PRIVATE, forms
from fetch_servers import NOW, FakeResolver, Server, answer, client, run
from memory_stores import MemoryLeases, MemoryRobotsStore
from test_crawl_sockets import clock

from etl.archives import ranges, wayback
from etl.discover.documents import DocumentKind, parse_document
from etl.errors import Permanent, SettingError
from etl.fetch.address import Policy
from etl.fetch.client import Client
from etl.fetch.crawl import HostWork, crawl
from etl.fetch.messages import FetchRequest, FetchResult, RequestKind
from etl.fetch.robots import parse as parse_robots
from etl.stages.live import crawling
from etl.urls import join

FORMS = forms()
_connects: list[tuple[Any, ...]] = []


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        _connects.append(tuple(args[1][:2]))


sys.addaudithook(_listen)


@contextmanager
def nothing_but(*servers: Server) -> Iterator[None]:
    """Fails if anything was connected to, or asked a question, beside these servers."""
    _connects.clear()
    yield
    allowed = {(server.host, server.port) for server in servers}
    assert [each for each in _connects if each not in allowed] == []


class Names(FakeResolver):
    """Resolves the names of the table, and `good.example` nowhere."""

    def __init__(self) -> None:
        super().__init__([])

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[Any]:
        self.answers = [NAMES.get(host.rstrip("."), [])]
        found = await super().resolve(host, port, family)
        if not found:
            raise OSError("no such name")
        return found


Way = Callable[[Server, int], Awaitable[list[FetchResult]]]


def guarded(*ours: Server, **changes: Any) -> Client:
    """A client with a contact, to which the registry gives our servers on loopback."""
    hosts = frozenset(f"{server.host}:{server.port}" for server in ours)
    return client(policy=Policy.GLOBAL_ONLY, loopback_hosts=hosts, resolver=Names(), **changes)


def urls_for(port: int) -> list[str]:
    return [form.replace("{port}", str(port)) for form in FORMS]


def test_the_table_has_its_forms() -> None:
    assert len(set(FORMS)) == len(FORMS) >= 84
    assert len(LOOPBACK) + len(PRIVATE) + len(NAMES) >= 84


async def _ask_all(fetcher: Client, asked: Sequence[str], kind: RequestKind = RequestKind.PAGE) -> list[FetchResult]:
    return [await fetcher.get(FetchRequest(url=url, kind=kind)) for url in asked]


@pytest.mark.parametrize(
    "kind",
    [
        RequestKind.PAGE,
        RequestKind.FEED,
        RequestKind.SITEMAP,
        RequestKind.ROBOTS,
        RequestKind.WELL_KNOWN,
        RequestKind.ARCHIVE,
    ],
)
def test_as_the_url_of_a_request(kind: RequestKind) -> None:
    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as trap, guarded() as fetcher:
            with nothing_but():
                results = await _ask_all(fetcher, urls_for(trap.port), kind)
            assert trap.seen == [] and all(r.outcome is not None and r.status is None for r in results)

    run(go())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", [RequestKind.PAGE, RequestKind.ROBOTS, RequestKind.ARCHIVE])
def test_as_the_target_of_a_redirect(status: int, kind: RequestKind) -> None:
    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as trap, Server(default=answer(404)) as site:
            for n, url in enumerate(urls_for(trap.port)):
                location = url.replace("\r", "").replace("\n", "").encode("utf-8")
                site.routes[f"/{n}"] = answer(status, b"moved").replace(
                    b"\r\n\r\n", b"\r\nLocation: " + location + b"\r\n\r\n"
                )
            async with guarded(site) as fetcher:
                with nothing_but(site):
                    results = await _ask_all(fetcher, [site.url(f"/{n}") for n in range(len(FORMS))], kind)
            assert trap.seen == [] and not [r for r in results if r.is_full]

    run(go())


def test_as_what_an_answer_says_beside_a_redirect() -> None:
    """Refresh, meta refresh, Content-Location, Link, Alt-Svc, a base, and a Location where there is no redirect."""

    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as trap, Server() as site:
            for n, url in enumerate(urls_for(trap.port)):
                said = url.replace("\r", "").replace("\n", "").encode("utf-8").decode("latin-1")
                quoted = html.escape(url)
                page = (
                    f'<!doctype html><meta http-equiv="refresh" content="0;url={quoted}"><base href="{quoted}">'
                    f'<link rel="canonical" href="{quoted}"><link rel="amphtml" href="{quoted}"><p>x'
                )
                site.routes[f"/{n}"] = answer(
                    *(200, page.encode(), f"Refresh: 0;url={said}", f"Content-Location: {said}", f"Location: {said}"),
                    *(f'Link: <{said}>; rel="license preload canonical"', f'Alt-Svc: h2="{said}"'),
                )
            async with guarded(site) as fetcher:
                with nothing_but(site):
                    results = await _ask_all(fetcher, [site.url(f"/{n}") for n in range(len(FORMS))])
            assert trap.seen == [] and {r.status for r in results} == {200}

    run(go())


def documents(port: int) -> dict[str, tuple[DocumentKind, str]]:
    found = [html.escape(url) for url in urls_for(port)]
    items = "".join(
        f"<item><title>Harbour opens after storm</title><link>{u}</link><guid>{u}</guid></item>" for u in found
    )
    entries = "".join(f'<entry><title>T</title><link href="{u}"/><id>{u}</id></entry>' for u in found)
    return {
        "rss": (DocumentKind.FEED, f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'),
        "atom": (DocumentKind.FEED, f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>{entries}</feed>'),
        "json": (
            DocumentKind.FEED,
            json.dumps(
                {
                    "version": "https://jsonfeed.org/version/1.1",
                    "title": "F",
                    "items": [{"id": u, "url": u, "external_url": u} for u in urls_for(port)],
                }
            ),
        ),
        "sitemap": (
            DocumentKind.SITEMAP,
            "<urlset>" + "".join(f"<url><loc>{u}</loc></url>" for u in found) + "</urlset>",
        ),
        "index": (
            DocumentKind.SITEMAP,
            "<sitemapindex>" + "".join(f"<sitemap><loc>{u}</loc></sitemap>" for u in found) + "</sitemapindex>",
        ),
        "lines": (DocumentKind.SITEMAP, "http://good.example/1\n" + "\n".join(u.strip() for u in urls_for(port))),
        "section": (
            DocumentKind.SECTION,
            "<!doctype html><body>"
            + "".join(f'<a href="{u}">The harbour opens again after the storm of the year</a>' for u in found),
        ),
        "base": (
            DocumentKind.SECTION,
            f'<!doctype html><base href="http://127.0.0.1:{port}/"><a href="2026/11/24/harbour-opens">The harbour opens again</a>',
        ),
    }


@pytest.mark.parametrize("name", sorted(documents(1)))
def test_as_an_entry_of_a_document(name: str) -> None:
    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as trap, guarded() as fetcher:
            kind, text = documents(trap.port)[name]
            with nothing_but():
                found = parse_document(
                    kind, text.encode(), "http://good.example/", None, source_key="s", owns=lambda url: True
                )
                asked = [each.url for each in (*found.candidates, *found.children)]
                results = await _ask_all(fetcher, asked)
            assert asked and trap.seen == [] and not [r for r in results if r.status is not None]

    run(go())


async def _crawled(site: Server, robots: bytes, tdmrep: bytes) -> tuple[list[FetchResult], list[FetchResult]]:
    site.routes |= {
        "/robots.txt": robots,
        "/.well-known/tdmrep.json": tdmrep,
        "/page": answer(200, b"<!doctype html><p>x"),
    }
    pages: list[FetchResult] = []
    files: list[FetchResult] = []

    async def on_result(request: FetchRequest, result: FetchResult) -> None:
        pages.append(result)

    async def on_file(request: FetchRequest, result: FetchResult) -> None:
        files.append(result)

    host = f"{site.host}:{site.port}"
    async with guarded(site) as fetcher:
        await crawl(
            fetcher,
            [HostWork(host=host, requests=[FetchRequest(url=site.url("/page"))], min_delay_s=0)],
            leases=MemoryLeases(clock),
            robots=MemoryRobotsStore(),
            on_result=on_result,
            on_file=on_file,
            max_hosts=1,
            clock=clock,
            default_delay_s=0,
        )
    return pages, files


def test_as_the_target_of_robots_txt_and_of_tdmrep() -> None:
    async def go() -> None:
        async with Server(default=answer(200, b"User-agent: *\nDisallow:\n")) as trap, Server() as site:
            with nothing_but(site):
                for url in urls_for(trap.port):
                    location = url.replace("\r", "").replace("\n", "").encode("utf-8").decode("latin-1")
                    moved = answer(302, b"moved").replace(
                        b"\r\n\r\n", f"\r\nLocation: {location}\r\n\r\n".encode("latin-1")
                    )
                    said = json.dumps([{"location": url, "tdm-reservation": 1, "tdm-policy": url}]).encode()
                    pages, _files = await _crawled(site, moved, answer(200, said))
                    assert len(pages) == 1
                    pages, _files = await _crawled(
                        site, answer(200, f"Sitemap: {url}\nLicense: {url}\n".encode()), moved
                    )
                    assert pages[0].is_full, pages
            assert trap.seen == []

    run(go(), limit_s=120)


def test_as_a_sitemap_that_robots_txt_lists() -> None:
    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as trap, guarded() as fetcher:
            text = "\n".join(f"Sitemap: {' '.join(url.split())}" for url in urls_for(trap.port))
            asked = [found for each in parse_robots(text).sitemaps if (found := join("http://good.example/", each))]
            with nothing_but():
                results = await _ask_all(fetcher, asked, RequestKind.SITEMAP)
            assert len(asked) > 100 and trap.seen == [] and not [r for r in results if r.status is not None]

    run(go())


@pytest.mark.parametrize("path", ["", "/web/20220224100000id_/http://good.example/"])
def test_as_the_address_of_an_archive(path: str) -> None:
    """What an operator configures may lie on this machine; nothing else may, and nothing in a private network."""
    for form in FORMS:
        url = form.replace("{port}", "9") + path
        with nothing_but(Server(host="127.0.0.1", port=9)):
            try:
                files = ranges.open_files(
                    url, contact="https://example.org/bot", clock=lambda: NOW, sleep=lambda s: None
                )
            except (SettingError, Permanent, ValueError):
                continue
            if isinstance(files, ranges.HttpFiles):
                hosts = files._config.loopback_hosts
                assert all(crawling.is_loopback_host(host) for host in hosts)


def test_as_a_capture_of_the_wayback_machine() -> None:
    """The address that is asked is always the archive's own, whatever the capture is said to be of."""

    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as trap, Server(default=answer(404)) as archive:
            async with guarded(archive) as fetcher:
                rows = [wayback.Row(at=NOW, url=url, digest="x") for url in urls_for(trap.port)]
                lines = [
                    ["timestamp", "original", "digest"],
                    *([f"{r.at:%Y%m%d%H%M%S}", r.url, r.digest] for r in rows),
                ]
                archive.routes["/cdx"] = answer(200, json.dumps(lines).encode())
                with nothing_but(archive):
                    found, _, problem = wayback.parse(await fetcher.get(FetchRequest(url=archive.url("/cdx"))))
                    assert problem is None and len(found) == len(FORMS)
                    results = await _ask_all(
                        fetcher, [wayback.memento_url(archive.url("").rstrip("/"), row) for row in found]
                    )
            assert trap.seen == [] and not [r for r in results if r.is_full]

    run(go())


NO_PROXY = (
    "",
    "*",
    "127.0.0.1",
    "localhost",
    ".example",
    "example",
    "good.example:80",
    "169.254.169.254",
    "10.0.0.0/8",
)


@pytest.mark.parametrize("listed", NO_PROXY)
def test_behind_a_proxy_and_past_it(listed: str) -> None:
    """With a proxy a name is its business; an address is ours, and what NO_PROXY lets past it is guarded as ever."""

    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as trap, Server(default=answer(404)) as proxy:
            proxies = {"http": proxy.url(), "https": proxy.url(), "no": listed}
            async with guarded(proxies=proxies) as fetcher:
                with nothing_but(proxy):
                    results = await _ask_all(fetcher, urls_for(trap.port))
            assert trap.seen == [] and not [r for r in results if r.is_full]
            asked = {seen.target.partition("://")[2].partition("/")[0].rpartition(":")[0] for seen in proxy.seen}
            asked |= {seen.target.rpartition(":")[0] for seen in proxy.seen if seen.head.startswith(b"CONNECT")}
            assert not {host for host in asked if host and host.rstrip(".") not in NAMES and "good.example" not in host}

    run(go())


def test_a_name_that_is_rebound_between_two_requests_is_judged_by_each_answer() -> None:
    """One look-up for a connection, and a connection to what was looked up: there is no second answer to slip in."""

    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as trap:
            resolver = FakeResolver(["192.0.2.1"], ["127.0.0.1"], ["127.0.0.1"])
            async with client(policy=Policy.GLOBAL_ONLY, resolver=resolver) as fetcher:
                with nothing_but():
                    for _ in range(3):
                        result = await fetcher.get(FetchRequest(url=f"http://rebound.example:{trap.port}/"))
                        assert "not a global address" in (result.error or "")
            assert trap.seen == []

    run(go())


def test_hosts_of_the_registry_are_on_loopback_by_their_address_and_not_by_how_they_begin(monkeypatch: Any) -> None:
    class Source:
        def __init__(self, homepage: str) -> None:
            self.homepage, self.feeds, self.sitemaps, self.sections, self.aliases = homepage, (), (), (), ()

    class Registry:
        enabled = tuple(
            Source(f"http://{host}/")
            for host in (
                *("127.evil.example", "localhost.evil.example", "localhostevil.example", "127.0.0.1.nip.example"),
                *("127.0.0.1:8000", "0x7f.1:8001", "[::1]:8002", "localhost:8003", "a.localhost"),
            )
        )

    found = crawling.loopback_hosts(Registry())  # type: ignore[arg-type]
    assert found == {"127.0.0.1:8000", "127.0.0.1:8001", "[::1]:8002", "localhost:8003", "a.localhost"}
