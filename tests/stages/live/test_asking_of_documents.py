"""Documents are asked by their rhythm, at the address to which they moved, and left alone where nothing answers any more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from etl.settings import Settings
from etl.stages.live import discover as discovering
from etl.stages.live import plan as planning
from etl.stages.live.discover import Document, discover
from etl.stages.live.plan import plan
from etl.stages.resources import Resources, open_resources
from etl.states import Schedule

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Answer = tuple[int, dict[str, str], bytes]


def feed(*names: str) -> Answer:
    listed = "".join(f"<item><title>{name}</title><link>/{name}</link></item>" for name in names)
    head = {"Content-Type": "application/rss+xml"}
    return 200, head, f'<rss version="2.0"><channel><title>F</title>{listed}</channel></rss>'.encode()


def to(path: str, status: int = 301) -> Answer:
    return status, {"Location": path}, b""


def failing(status: int, **headers: str) -> Answer:
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, b""


@dataclass
class Site:
    """A server that answers as `answers` say, by path, and notes what it was asked for."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    base: str = ""

    def taken(self) -> list[str]:
        """What was asked since the last call, without robots.txt and the like."""
        asked, self.asked = self.asked, []
        return [path for path in asked if path in self.answers or path.startswith(("/feed", "/map", "/wp"))]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, headers, body = site.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    site.base = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Newsroom:
    """The stages `plan` and `discover` on a registry with one source."""

    r: Resources
    runs: int = 0

    def run(self, hours: float, **options: Any) -> tuple[str, ...]:
        self.runs += 1
        run_id, now = f"r{self.runs}", NOW + hours * HOUR
        batches = plan(self.r, run_id=run_id, sources=(), now=now, **options)
        return self.attempt(run_id, [key for batch in batches for key in batch])

    def attempt(self, run_id: str, sources: list[str]) -> tuple[str, ...]:
        return discover(self.r, run_id=run_id, sources=sources).notes

    def rows(self, query: str) -> list[Any]:
        with self.r.engine.connect() as connection:
            return list(connection.execute(text(query)))

    def offered(self) -> set[str]:
        return {row.url.rpartition("/")[2] for row in self.rows("SELECT url FROM ops.candidate")}


@pytest.fixture
def opened(database_url: str, tmp_path: Path, site: Site) -> Iterator[Callable[..., Newsroom]]:
    with ExitStack() as stack:

        def opened(**fields: Any) -> Newsroom:
            source = {
                "key": "post",
                "name": "P",
                "homepage": f"{site.base}/",
                "languages": ["en"],
                "min_delay_s": 0.001,
            }
            for name in ("feeds", "sitemaps"):
                if name in fields:
                    fields[name] = [site.base + path for path in fields[name]]
            sources = tmp_path / "sources.yaml"
            sources.write_text(yaml.safe_dump({"sources": [source | fields]}), encoding="utf-8")
            settings = Settings(
                home=tmp_path,
                warehouse_url=database_url,
                lake_url=(tmp_path / "lake").as_uri(),
                sources=sources,
                contact=None,
                s3_endpoint_url=None,
            )
            return Newsroom(stack.enter_context(open_resources(settings)))

        yield opened


@pytest.fixture
def dear_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request must be worth as much as among many busy documents."""
    monkeypatch.setattr(planning, "worth_of_a_request", lambda _: 0.05)


@pytest.mark.usefixtures("dear_requests")
def test_a_feed_that_brings_nothing_is_left_alone_and_one_with_news_is_asked_in_every_run(
    site: Site, opened: Callable[..., Newsroom]
) -> None:
    newsroom = opened(feeds=["/feed-busy", "/feed-silent"])
    asked: list[list[str]] = []
    for hour in range(18):
        busy = [f"b{n}" for n in range(10 * hour + 10)]
        site.answers = {"/feed-busy": feed(*busy), "/feed-silent": feed(*busy[:10])}
        newsroom.run(hour, schedule=Schedule.HOURLY)
        asked.append(site.taken())
    assert asked[0] == ["/feed-busy", "/feed-silent"]
    assert all("/feed-busy" in each for each in asked)
    assert sum("/feed-silent" in each for each in asked) <= 14
    assert newsroom.offered() == {f"b{n}" for n in range(180)}


def test_a_run_by_hand_can_read_all_documents(site: Site, opened: Callable[..., Newsroom]) -> None:
    newsroom = opened(feeds=["/feed"])
    site.answers = {"/feed": feed("a")}
    newsroom.run(0)
    site.answers = {"/feed": feed("a", "b")}
    newsroom.run(0.05)
    assert newsroom.offered() == {"a"}
    newsroom.run(0.06, asks_all=True)
    assert newsroom.offered() == {"a", "b"}


@pytest.mark.parametrize(
    ("hops", "remembered"),
    [
        ((301,), True),
        ((308,), True),
        ((301, 308), True),
        ((302,), False),
        ((307, 301), False),
        ((303,), False),
    ],
)
def test_a_feed_that_moved_for_good_is_asked_where_it_is_and_that_is_said(
    site: Site, opened: Callable[..., Newsroom], hops: tuple[int, ...], remembered: bool
) -> None:
    newsroom = opened(feeds=["/feed"])
    path = ["/feed", *(f"/feed-{n}" for n in range(1, len(hops) + 1))]
    site.answers = {here: to(there, status) for here, there, status in zip(path, path[1:], hops, strict=False)}
    site.answers[path[-1]] = feed("a")
    notes = newsroom.run(0)
    assert site.taken() == path
    assert any(f"/feed has moved to {site.base}{path[-1]}" in note for note in notes) == remembered
    notes = newsroom.run(20)
    assert site.taken() == ([path[-1]] if remembered else path)
    assert not any("moved" in note for note in notes)


def test_a_redirect_that_is_taken_back_is_forgotten_within_a_day(site: Site, opened: Callable[..., Newsroom]) -> None:
    newsroom = opened(feeds=["/feed"])
    site.answers = {"/feed": to("/feed-2026"), "/feed-2026": feed("a")}
    newsroom.run(0)
    site.answers["/feed"] = feed("b")  # and the other one still answers
    for hour in (20, 40, 60):
        newsroom.run(hour)
    assert site.taken() == ["/feed", "/feed-2026", "/feed-2026", "/feed", "/feed"]
    assert newsroom.offered() == {"a", "b"} and newsroom.rows("SELECT FROM ops.document WHERE moved_to <> ''") == []


@pytest.mark.parametrize("page", [b"<!doctype html><html><body>We are back soon</body></html>", b"", b"{}"])
def test_a_redirect_to_what_is_no_feed_is_not_remembered(
    site: Site, opened: Callable[..., Newsroom], page: bytes
) -> None:
    newsroom = opened(feeds=["/feed"])
    site.answers = {"/feed": to("/feed-maintenance"), "/feed-maintenance": (200, {"Content-Type": "text/html"}, page)}
    newsroom.run(0)
    site.answers["/feed"] = feed("a")
    newsroom.run(1)
    assert newsroom.offered() == {"a"}


def test_a_feed_that_is_not_where_it_moved_to_is_asked_at_its_own_address_again(
    site: Site, opened: Callable[..., Newsroom]
) -> None:
    newsroom = opened(feeds=["/feed"])
    site.answers = {"/feed": to("/feed-lost"), "/feed-lost": feed("a")}
    newsroom.run(0)
    site.answers = {"/feed": feed("b"), "/feed-lost": failing(404)}
    newsroom.run(20)
    newsroom.run(21)
    assert site.taken() == ["/feed", "/feed-lost", "/feed-lost", "/feed"]
    assert newsroom.offered() == {"a", "b"}


def test_two_feeds_that_moved_to_one_address_are_both_read(site: Site, opened: Callable[..., Newsroom]) -> None:
    newsroom = opened(feeds=["/feed-a", "/feed-b"])
    site.answers = {"/feed-a": to("/feed-c"), "/feed-b": to("/feed-c"), "/feed-c": feed("a")}
    newsroom.run(0)
    site.taken()
    newsroom.run(20)
    assert site.taken() == ["/feed-c", "/feed-b", "/feed-c"]
    assert newsroom.rows("SELECT FROM ops.document WHERE failures > 0") == []


def test_a_feed_that_is_gone_rests_is_named_and_comes_back(site: Site, opened: Callable[..., Newsroom]) -> None:
    newsroom = opened(feeds=["/feed", "/feed-gone"])
    site.answers = {"/feed": feed("a"), "/feed-gone": failing(410)}
    newsroom.run(0)
    said = [newsroom.run(hour) for hour in range(24, 24 * 7, 24)]
    assert site.taken().count("/feed-gone") == 1
    assert all(any("/feed-gone rests: it is gone (410) since 2026-11-24" in note for note in notes) for notes in said)
    site.answers["/feed-gone"] = feed("b")
    newsroom.run(24 * 7 + 1)
    assert newsroom.offered() == {"a", "b"} and newsroom.rows("SELECT FROM ops.document WHERE failures > 0") == []


def test_a_source_whose_only_feed_rests_fails_in_the_runs_that_ask_it_alone(
    site: Site, opened: Callable[..., Newsroom]
) -> None:
    newsroom = opened(feeds=["/feed"])
    site.answers = {"/feed": failing(410)}
    newsroom.run(0)
    newsroom.run(1)
    states = newsroom.rows("SELECT state FROM ops.run_source ORDER BY run_id")
    assert [row.state for row in states] == ["failed", "discovered"]


def test_a_server_that_asks_to_come_back_later_is_heard(site: Site, opened: Callable[..., Newsroom]) -> None:
    newsroom = opened(feeds=["/feed"])
    site.answers = {"/feed": failing(429, Retry_After="14400")}
    newsroom.run(0)
    newsroom.run(3, asks_all=True)
    assert site.taken() == ["/feed"]
    (document,) = newsroom.rows("SELECT not_before, due_at FROM ops.document")
    assert document.not_before == NOW + 4 * HOUR > document.due_at


def test_a_refusal_that_says_how_long_it_lasts_is_heard(site: Site, opened: Callable[..., Newsroom]) -> None:
    newsroom = opened(feeds=["/feed"])
    site.answers = {"/feed": failing(404, Cache_Control="max-age=172800")}
    newsroom.run(0)
    (document,) = newsroom.rows("SELECT not_before FROM ops.document")
    assert document.not_before == NOW + HOUR


def test_an_answer_that_says_how_long_it_is_fresh_is_not_asked_for_again_before(
    site: Site, opened: Callable[..., Newsroom]
) -> None:
    newsroom = opened(feeds=["/feed"], schedule="minutes", poll_interval=["1m", "5m"])
    site.answers = {"/feed": feed("a")}
    site.answers["/feed"][1]["Cache-Control"] = "public, max-age=240"
    for minute in (0, 3, 4.5):
        newsroom.run(minute / 60, schedule=Schedule.MINUTES)
    assert site.taken() == ["/feed", "/feed"]


@contextmanager
def killed_before(monkeypatch: pytest.MonkeyPatch, which: Callable[[Document], bool]) -> Iterator[None]:
    """A run that ends before it asks for such a document."""
    crawl = discovering._Discovery._crawl

    async def killed(self: Any, wave: Sequence[Document]) -> None:
        if any(map(which, wave)):
            raise KeyboardInterrupt
        await crawl(self, wave)

    with monkeypatch.context() as patch:
        patch.setattr(discovering._Discovery, "_crawl", killed)
        yield


def index(*names: str) -> Answer:
    listed = "".join(f"<sitemap><loc>/{name}</loc></sitemap>" for name in names)
    return (
        200,
        {},
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'.encode(),
    )


def sitemap(base: str, *names: str) -> Answer:
    listed = "".join(f"<url><loc>{base}/{name}</loc></url>" for name in names)
    return 200, {}, f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'.encode()


@pytest.mark.usefixtures("dear_requests")
def test_an_index_is_asked_when_one_of_its_sitemaps_is_due_and_each_by_its_own_rhythm(
    site: Site, opened: Callable[..., Newsroom]
) -> None:
    newsroom = opened(sitemaps=["/map"])
    for hour in range(18):
        site.answers = {
            "/map": index("map1", "map2"),
            "/map1": sitemap(site.base, *(f"n{n}" for n in range(5 * hour))),
            "/map2": sitemap(site.base, "old"),
        }
        newsroom.run(hour, schedule=Schedule.HOURLY)
    asked = site.taken()
    assert asked.count("/map") == asked.count("/map1") == 18 and asked.count("/map2") <= 14
    assert len(newsroom.offered()) == 86


def test_a_run_that_was_killed_behind_an_index_reads_its_sitemaps_the_next_time(
    site: Site, opened: Callable[..., Newsroom], monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom = opened(sitemaps=["/map"])
    site.answers = {"/map": index("map1"), "/map1": sitemap(site.base, "a")}
    with killed_before(monkeypatch, lambda d: d.step > 1), pytest.raises(KeyboardInterrupt):
        newsroom.run(0)
    assert newsroom.offered() == set()
    newsroom.run(0.1)
    assert newsroom.offered() == {"a"}
    # An index that names a sitemap no more is not asked for its sake.
    site.taken()
    site.answers["/map"] = index("map3")
    newsroom.run(30)
    newsroom.run(30.2)
    assert "/map1" not in site.taken()


def posts(base: str, *names: str) -> bytes:
    fields = [
        {"link": f"{base}/{name}", "date_gmt": "2026-11-24T09:00:00", "title": {"rendered": name}} for name in names
    ]
    return json.dumps(fields).encode()


@pytest.mark.parametrize("by_header", [True, False])
def test_a_list_of_posts_is_read_page_by_page_as_far_as_it_is_new(
    site: Site, opened: Callable[..., Newsroom], by_header: bool
) -> None:
    newsroom = opened(feeds=["/wp?per_page=2"])

    def page(number: int, *names: str) -> Answer:
        there = f"<{site.base}/wp?per_page=2&page={number + 1}>; rel=next"
        head = {"Link": f'<{site.base}/wp>; rel="self", {there}'} if by_header else {"X-WP-TotalPages": "40"}
        return 200, {"Content-Type": "application/json", **head}, posts(site.base, *names)

    def publish(*names: str) -> None:
        site.answers = {"/wp?per_page=2": page(1, *names[:2])}
        for number in range(2, 9):
            site.answers[f"/wp?per_page=2&page={number}"] = page(number, *names[2 * number - 2 : 2 * number])

    publish("a", "b", "z")
    newsroom.run(0)
    assert newsroom.offered() == {"a", "b"}  # at first sight its past is for fills
    publish("c", "d", "e", "f", "g", "a", "b")
    newsroom.run(30)
    assert newsroom.offered() == set("abcdefg")
    site.taken()
    publish("c", "d", "e", "f", "g", "a", "b")
    newsroom.run(60)
    assert site.taken() == ["/wp?per_page=2"]


def test_a_run_that_was_killed_between_two_pages_reads_the_second_the_next_time_also_when_the_first_is_the_same(
    site: Site, opened: Callable[..., Newsroom], monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom = opened(feeds=["/wp"])

    def page(*names: str, etag: str) -> Answer:
        head = {"Content-Type": "application/json", "X-WP-TotalPages": "9", "ETag": etag}
        return 200, head, posts(site.base, *names)

    site.answers = {"/wp": page("a", etag='"1"')}
    newsroom.run(0)
    site.answers = {"/wp": page("b", "c", etag='"2"'), "/wp?page=2": page("d", "a", etag='"3"')}
    with killed_before(monkeypatch, lambda d: d.is_page), pytest.raises(KeyboardInterrupt):
        newsroom.run(20)
    assert newsroom.offered() == {"a", "b", "c"}
    site.answers["/wp"] = 304, {}, b""
    newsroom.run(20.1)
    assert newsroom.offered() == {"a", "b", "c", "d"}
    site.taken()
    newsroom.run(20.2)
    assert site.taken() == []


def test_what_stays_on_top_of_a_list_does_not_hide_its_further_pages_and_their_end_is_no_trouble(
    site: Site, opened: Callable[..., Newsroom]
) -> None:
    newsroom = opened(feeds=["/wp"])

    def publish(*pages: tuple[str, ...]) -> None:
        for number, names in enumerate(pages, start=1):
            path = "/wp" if number == 1 else f"/wp?page={number}"
            head = {"Content-Type": "application/json", "X-WP-TotalPages": "9"}
            site.answers[path] = 200, head, posts(site.base, *names)

    publish(("pinned", "a", "b"))
    site.answers["/wp?page=3"] = failing(400)
    newsroom.run(0)
    publish(("pinned", "c", "d"), ("e", "f", "g"))
    newsroom.run(30)
    assert newsroom.offered() == {"pinned", *"abcdefg"}
    assert site.taken() == ["/wp", "/wp", "/wp?page=2", "/wp?page=3"]
    newsroom.run(30.5)
    assert site.taken() in ([], ["/wp"])


def test_a_class_of_sources_has_runs_of_its_own(site: Site, opened: Callable[..., Newsroom]) -> None:
    newsroom = opened(feeds=["/feed"], schedule="minutes")
    site.answers = {"/feed": feed("a")}
    for schedule in (Schedule.HOURLY, Schedule.DAILY):
        assert plan(newsroom.r, run_id=schedule, sources=(), now=NOW, schedule=schedule) == []
    assert plan(newsroom.r, run_id="m", sources=(), now=NOW, schedule=Schedule.MINUTES) == [["post"]]
    assert plan(newsroom.r, run_id="n", sources=["post"], now=NOW, schedule=Schedule.HOURLY) == [["post"]]
    newsroom.run(0, schedule=Schedule.MINUTES)
    with newsroom.r.engine.begin() as connection:
        connection.execute(text("UPDATE ops.candidate SET due_at = NULL"))
    soon = NOW + timedelta(minutes=3)
    assert plan(newsroom.r, run_id="o", sources=(), now=soon, schedule=Schedule.MINUTES) == []
    assert plan(newsroom.r, run_id="p", sources=(), now=NOW + DAY, schedule=Schedule.MINUTES) == [["post"]]
