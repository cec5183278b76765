"""Feeds whose links lead to a relay: each page is fetched once, stored under its own address, and visited there from then on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from sqlalchemy import text

from benchmarks.hostile_server import article
from etl.discover import relays
from etl.model import Candidate, FoundVia, Hint
from etl.settings import Settings
from etl.sources.registry import load
from etl.sources.source import Source
from etl.stages.inspect.why import why
from etl.stages.live.discover import _offers
from etl.stages.live.run import run_once
from etl.warehouse.engine import open_engine

pytestmark = pytest.mark.e2e
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SITE, RELAY, OTHER_RELAY, ELSEWHERE = "127.31.0.1", "127.31.0.2", "127.31.0.3", "127.31.0.4"


class Web:
    """A site, two relays and a host of somebody else's, on one port; `asked` counts requests by host and path."""

    def __init__(self, stack: ExitStack) -> None:
        self.asked: Counter[str] = Counter()
        self.title = "First"
        self.port = 0
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host = self.server.server_address[0]
                web.asked[f"{host}{self.path}"] += 1
                status, body, location = web.answer(str(host), self.path)
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "text/html" if not self.path.endswith(".xml") else "application/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        for host in (SITE, RELAY, OTHER_RELAY, ELSEWHERE):
            server = ThreadingHTTPServer((host, self.port), Handler)
            self.port = server.server_port
            thread = Thread(target=server.serve_forever)
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join)
            stack.callback(server.shutdown)

    def at(self, host: str, path: str) -> str:
        return f"http://{host}:{self.port}{path}"

    def answer(self, host: str, path: str) -> tuple[int, bytes, str | None]:
        redirects = {
            f"{RELAY}/~r/1": self.at(SITE, "/s1?utm_source=feedburner"),
            f"{RELAY}/~r/1-again": self.at(SITE, "/s1"),
            f"{RELAY}/~r/2": self.at(OTHER_RELAY, "/x"),
            f"{OTHER_RELAY}/x": self.at(SITE, "/s2"),
            f"{RELAY}/~r/3": self.at(ELSEWHERE, "/s3"),
            f"{RELAY}/~r/5": self.at(SITE, "/video/s5"),
            f"{RELAY}/~r/6": self.at(SITE, "/s6"),
        }
        if location := redirects.get(f"{host}{path}"):
            return 301, b"", location
        if path == "/feed.xml":
            links = "".join(
                f"<item><title>{self.title} {n}</title><link>{self.at(RELAY, f'/~r/{n}')}</link></item>"
                for n in ("1", "1-again", "2", "3", "4", "5", "6")
            )
            return (
                200,
                f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{links}</channel></rss>'.encode(),
                None,
            )
        if path == "/sitemap.xml":
            named = f"<url><loc>{self.at(SITE, '/s6')}</loc><lastmod>2026-11-24</lastmod></url>"
            return 200, f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{named}</urlset>'.encode(), None
        if "s" in path or host == RELAY:  # the relay's /~r/4 is a page of its own, as with scripts that lead on
            return 200, article(path), None
        return 404, b"", None

    def pages(self) -> dict[str, int]:
        """Requests for pages of the site."""
        return {key.removeprefix(SITE): n for key, n in self.asked.items() if key.startswith(f"{SITE}/") and "/s" in key
                and not key.endswith(".xml")}  # fmt: skip


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(relays, "HOSTS", frozenset({RELAY, OTHER_RELAY}))
    with ExitStack() as stack:
        yield Web(stack)


@pytest.fixture
def settings(web: Web, database_url: str, tmp_path: Path) -> Settings:
    sources = tmp_path / "sources.yaml"
    source = {"key": "s", "name": "S", "homepage": web.at(SITE, "/"), "languages": ["en"], "min_delay_s": 0.0,
              "feeds": [web.at(SITE, "/feed.xml")], "sitemaps": [web.at(SITE, "/sitemap.xml")], "exclude": ["/video/"]}  # fmt: skip
    sources.write_text(yaml.safe_dump({"sources": [source]}), encoding="utf-8")
    return Settings(home=tmp_path, warehouse_url=database_url, lake_url=(tmp_path / "lake").as_uri(), sources=sources,
                    contact=None, s3_endpoint_url=None)  # fmt: skip


def test_each_page_behind_a_relay_is_fetched_once_and_visited_again_under_its_own_address(
    web: Web, settings: Settings
) -> None:
    run_id = run_once(settings, sources=(), now=NOW).run_id
    assert sum(n for key, n in web.pages().items() if key.startswith("/s1")) == 1
    assert (web.pages()["/s2"], web.pages()["/s6"]) == (1, 1)
    assert "/video/s5" not in web.pages() and not any(key.startswith(ELSEWHERE) for key in web.asked)
    engine = open_engine(settings.warehouse_url or "")
    with engine.connect() as connection:
        urls = connection.execute(text("SELECT url FROM news.article ORDER BY url")).scalars().all()
        assert urls == [web.at(SITE, path) for path in ("/s1", "/s2", "/s6")]
        ended = dict(
            connection.execute(text("SELECT url, outcome FROM ops.run_url WHERE run_id = :r"), {"r": run_id}).all()
        )
        by_relay = {url.rpartition("/")[2]: outcome for url, outcome in ended.items() if RELAY in url}
        assert sorted([by_relay.pop("1"), by_relay.pop("1-again")]) == ["article", "duplicate_candidate"]
        six = (by_relay.pop("6"), ended[web.at(SITE, "/s6")])
        assert six in (("duplicate_candidate", "article"), ("article", "known"))
        assert by_relay == {"2": "article", "3": "foreign_host", "4": "foreign_host", "5": "excluded"}
        named = text("SELECT kinds FROM news.article_url WHERE url = :url")
        assert connection.execute(named, {"url": web.at(RELAY, "/~r/2")}).scalar() == ["redirect"]
        answers = why(connection, load(settings.sources), [web.at(RELAY, f"/~r/{n}") for n in ("1", "1-again", "2", "6", "5", "3")],
                      now=NOW)  # fmt: skip
        assert [(a.standing.value, a.leads_to) for a in answers] == [
            ("article", web.at(SITE, "/s1")),
            ("article", web.at(SITE, "/s1")),
            ("article", web.at(SITE, "/s2")),
            ("article", web.at(SITE, "/s6")),
            ("excluded", None),
            ("given_up", None),
        ]
    web.asked.clear()
    run_once(settings, sources=(), now=NOW + HOUR)
    assert {key for key, n in web.pages().items() if n != 1} == set() and len(web.pages()) == 3
    assert [key for key in web.asked if key.startswith((RELAY, OTHER_RELAY)) and key[-1] != "t"] == []
    engine.dispose()


def test_a_feed_that_says_that_a_page_changed_has_it_visited_by_its_relay(web: Web, settings: Settings) -> None:
    run_once(settings, sources=(), now=NOW)
    web.asked.clear()
    web.title = "Corrected"
    run_once(settings, sources=(), now=NOW + HOUR / 2, asks_all=True)
    assert sum(n for key, n in web.pages().items() if key.startswith("/s2")) == 1
    engine = open_engine(settings.warehouse_url or "")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM news.article")).scalar() == 3
    engine.dispose()


def test_only_feeds_may_offer_relays_and_only_listed_hosts_are_some() -> None:
    assert relays.is_relay("https://feeds.feedburner.com/~r/a/~3/b/") and relays.is_relay(
        "http://rss.feedsportal.com/c/1"
    )
    assert not any(
        map(
            relays.is_relay, ("https://notbit.ly/x", "https://bit.ly.example.com/x", "https://google.com/x", "nonsense")
        )
    )


@pytest.mark.parametrize(
    ("linked", "offered", "outcome"),
    [
        ("http://www.bing.com/news/apiclick.aspx?ref=FexRss&tid=1&url=https%3a%2f%2fexample.com%2fa%2f1&c=2", "https://example.com/a/1", None),
        ("https://www.google.com/url?rct=j&sa=t&url=https://example.com/новости/2&ct=ga", "https://example.com/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/2", None),
        ("https://cdn.ampproject.org/c/s/example.com/a/3", "https://example.com/a/3", None),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2Fa%2F4&h=AT0", "https://example.com/a/4", None),
        ("https://www.google.com/url?url=https://evil.example.org/a", "https://www.google.com/url?url=https://evil.example.org/a", "foreign_host"),
        ("https://example.com/go?url=https://example.com/a/5", "https://example.com/go?url=https://example.com/a/5", None),
        ("http://feedproxy.google.com/~r/x/~3/y/", "http://feedproxy.google.com/~r/x/~3/y/", None),
    ],
)  # fmt: skip
def test_a_page_inside_a_redirect_or_cache_is_offered_under_its_own_address(
    linked: str, offered: str, outcome: str | None
) -> None:
    source = Source(key="s", name="S", homepage="https://example.com/", languages=("en",))
    hint = Hint(source_key="s", via=FoundVia.FEED, found_at="https://example.com/feed")
    (found,) = _offers([Candidate(url=linked, hint=hint)], source)
    assert (found.url, found.outcome) == (offered, outcome)


def test_a_sitemap_may_offer_no_relay() -> None:
    source = Source(key="s", name="S", homepage="https://example.com/", languages=("en",))
    hint = Hint(source_key="s", via=FoundVia.SITEMAP, found_at="https://example.com/sitemap.xml")
    (found,) = _offers([Candidate(url="https://bit.ly/x", hint=hint)], source)
    assert found.outcome == "foreign_host"
