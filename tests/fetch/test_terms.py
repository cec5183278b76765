"""Documents of terms that robots.txt and pages name: fetched once, at the hosts' pace, and kept with the host's robots.txt."""

from __future__ import annotations

from typing import Any

import pytest
from fetch_fakes import Page
from test_crawl import ROBOTS, World, work

from etl.fetch.messages import RequestKind
from etl.fetch.robots_store import StoredRobots
from etl.model import Outcome
from etl.rights import evidence

TERMS = "http://a.example/license.xml"
RSL = b'<rsl><content url="/"><license><prohibits type="usage">ai-train</prohibits></license></content></rsl>'
NAMES_TERMS = Page(body=b"User-agent: *\nLicense: /license.xml\nAllow: /")
LINK = (("Link", '</license.xml>; rel="license"; type="application/rsl+xml"'),)


def crawled(pages: dict[str, Any], *paths: str, world: World | None = None) -> World:
    world = world or World()
    world.web.pages = pages
    world.crawl(work("a.example", *paths or ("/1",)), reads_terms=True)
    return world


def said(world: World) -> list[list[tuple[str, str, str | None]]]:
    """Of each page its documents of terms: address, what they prohibit or why they were not read, when they were read."""
    return [
        [(url, terms.problem or " ".join(terms.prohibits), at) for url, terms, at in evidence.terms(result.robots)]
        for _, result in world.results
    ]


def asked(world: World, url: str = TERMS) -> int:
    return sum(sent.url == url for sent in world.web.sent)


def test_terms_of_robots_txt_are_read_before_the_first_page_and_stand_with_each() -> None:
    world = crawled({ROBOTS: NAMES_TERMS, TERMS: Page(body=RSL), "http://a.example/1": Page()}, "/1", "/1")
    assert [s.url.removeprefix("http://a.example") for s in world.web.sent][:4] == [
        "/robots.txt",
        "/.well-known/tdmrep.json",
        "/license.xml",
        "/1",
    ]
    first, second = said(world)
    assert first == second and first[0][:2] == (TERMS, "ai-train")
    assert asked(world) == 1 and set(world.web.gaps("a.example")) == {2}


def test_terms_that_a_page_names_are_read_after_it_and_once() -> None:
    world = crawled({TERMS: Page(body=RSL), "http://a.example/1": Page(headers=LINK)}, "/1", "/1")
    assert [[terms[:2] for terms in page] for page in said(world)] == [[(TERMS, "ai-train")]] * 2
    assert asked(world) == 1


def test_terms_that_only_one_page_names_do_not_stand_with_another() -> None:
    pages = {TERMS: Page(body=RSL), "http://a.example/1": Page(headers=LINK), "http://a.example/2": Page()}
    assert [len(page) for page in said(crawled(pages, "/1", "/2"))] == [1, 0]


def test_terms_on_another_host_are_read_through_its_gate_and_once_for_all_hosts() -> None:
    world = World()
    terms = "http://collective.example/t.xml"
    robots = Page(body=f"User-agent: *\nLicense: {terms}".encode())
    world.web.pages = {terms: Page(body=RSL)}
    for host in ("a.example", "b.example"):
        world.web.pages |= {f"http://{host}/robots.txt": robots, f"http://{host}/1": Page()}
    world.crawl(work("a.example", "/1"), work("b.example", "/1"), reads_terms=True)
    assert [[each[:2] for each in page] for page in said(world)] == [[(terms, "ai-train")]] * 2
    assert asked(world, terms) == 1


def test_terms_are_kept_for_a_day_with_the_robots_txt() -> None:
    pages = {ROBOTS: NAMES_TERMS, TERMS: Page(body=RSL), "http://a.example/1": Page()}
    world = crawled(pages)
    again = World(store=world.store, time=world.time)
    crawled(pages, world=again)
    assert asked(again) == 0 and said(again)[0][0][:2] == (TERMS, "ai-train")


@pytest.mark.parametrize(
    ("answer", "why", "asks_again"),
    [
        (Page(status=404), "gone: 404", False),
        (Page(status=403), "http_error: 403", False),
        (Page(status=500), "http_error: 500", True),
        (Page(status=None, outcome=Outcome.TIMEOUT, error="no answer"), "timeout: no answer", True),
        (Page(body=b"<html>not found"), "no XML", False),
    ],
)
def test_terms_that_cannot_be_read_say_why_and_lose_no_page(answer: Page, why: str, asks_again: bool) -> None:
    pages = {ROBOTS: NAMES_TERMS, TERMS: answer, "http://a.example/1": Page()}
    world = crawled(pages)
    assert world.results[0][1].outcome is None
    ((_, problem, _),) = said(world)[0]
    assert problem.startswith(why)
    again = World(store=world.store, time=world.time)
    crawled(pages, world=again)
    assert asked(again) == (1 if asks_again else 0)


def test_terms_that_robots_txt_forbids_are_not_asked_for() -> None:
    robots = Page(body=b"User-agent: *\nLicense: /license.xml\nDisallow: /license")
    world = crawled({ROBOTS: robots, TERMS: Page(body=RSL), "http://a.example/1": Page()})
    assert asked(world) == 0 and said(world)[0][0][1] == "robots.txt of its host forbids it"


def test_an_address_that_is_none_of_the_web_is_not_asked_for() -> None:
    robots = Page(body=b"User-agent: *\nLicense: mailto:rights@a.example\nLicense: http://[broken\nAllow: /")
    world = crawled({ROBOTS: robots, "http://a.example/1": Page()})
    assert [each[:2] for each in said(world)[0]] == [("mailto:rights@a.example", "no address of the web")]


def test_of_many_documents_the_first_ten_are_read() -> None:
    lines = "".join(f"License: /{n}.xml\n" for n in range(40))
    world = crawled({ROBOTS: Page(body=f"User-agent: *\n{lines}Allow: /".encode()), "http://a.example/1": Page()})
    assert len(said(world)[0]) == evidence.MAX_LICENSES
    assert sum(sent.url.endswith(".xml") for sent in world.web.sent) == evidence.MAX_LICENSES


def test_two_hosts_that_name_each_others_terms_do_not_wait_for_each_other() -> None:
    world = World()
    world.web.pages = {}
    for host, other in (("a.example", "b.example"), ("b.example", "a.example")):
        world.web.pages |= {
            f"http://{host}/robots.txt": Page(body=f"User-agent: *\nLicense: http://{other}/t.xml".encode()),
            f"http://{host}/t.xml": Page(body=RSL),
            f"http://{host}/1": Page(),
        }
    assert world.crawl(work("a.example", "/1"), work("b.example", "/1"), reads_terms=True) == {None: 2}
    assert all(len(page) == 1 for page in said(world))


def test_who_does_not_ask_for_terms_gets_none() -> None:
    world = World()
    world.web.pages = {ROBOTS: NAMES_TERMS, TERMS: Page(body=RSL), "http://a.example/1": Page(headers=LINK)}
    world.crawl(work("a.example", "/1"))
    assert asked(world) == 0 and said(world) == [[]]


def test_requests_for_terms_are_heard_of_as_other_files_are() -> None:
    world = World()
    world.web.pages = {ROBOTS: NAMES_TERMS, TERMS: Page(body=RSL), "http://a.example/1": Page()}
    heard: list[RequestKind] = []

    async def on_file(request: Any, result: Any) -> None:
        heard.append(request.kind)

    world.crawl(work("a.example", "/1"), reads_terms=True, on_file=on_file)
    assert heard == [RequestKind.ROBOTS, RequestKind.WELL_KNOWN, RequestKind.TERMS]


def test_what_is_stored_of_before_is_read() -> None:
    value = {"host": "a.example", "state": "rules", "url": ROBOTS, "fetched_at": "2026-11-24T12:00:00+00:00"}
    assert StoredRobots.from_json(value).terms == ()
