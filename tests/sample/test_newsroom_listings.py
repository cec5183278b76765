"""What the newsroom's sites offer: feeds, sitemaps, fronts and robots.txt, read by other people's parsers."""

import gzip
import json
from urllib.robotparser import RobotFileParser

import feedparser
import pytest
import yaml
from lxml import etree, html

from etl.sample.content import load_pages, load_sites
from etl.sample.listings import offered
from etl.sample.sources import sources_yaml

SITES = load_sites()
FEEDS = [(key, feed) for key, site in SITES.items() for feed in site.feeds]
SITEMAPS = [(key, each) for key, site in SITES.items() for each in site.sitemaps]
SECTIONS = [(key, each) for key, site in SITES.items() for each in site.sections]
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "n": "http://www.google.com/schemas/sitemap-news/0.9"}


def _ids(value: object) -> str | None:
    return getattr(value, "path", None)


@pytest.mark.parametrize("day", [1, 2])
@pytest.mark.parametrize(("key", "feed"), [each for each in FEEDS if each[1].kind != "json"], ids=_ids)
def test_a_feed_parses_and_offers_its_pages_with_their_dates(newsroom, fetch, key, feed, day) -> None:
    newsroom.set_day(day)
    reply = fetch(newsroom.url(key, feed.path))
    newsroom.set_day(1)
    parsed = feedparser.parse(reply.body, response_headers={"content-type": reply.headers["Content-Type"]})
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == {"rss": "rss20", "atom": "atom10"}[feed.kind]
    want = offered(feed, SITES[key], load_pages(day), newsroom.port)
    assert [entry.link for entry in parsed.entries] == [url for _, url in want]
    assert [entry.title for entry in parsed.entries] == [page.offered_title or page.title for page, _ in want if page]
    for entry, (page, _) in zip(parsed.entries, want, strict=True):
        at = page.published_at.utctimetuple()
        assert tuple(entry.published_parsed)[:6] == tuple(at)[:6]


def test_the_json_feed_holds_what_its_standard_asks_for(newsroom, fetch) -> None:
    reply = fetch(newsroom.url("mercantile-daily", "/feed.json"))
    feed = json.loads(reply.body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert len(feed["items"]) == 5
    assert len({item["id"] for item in feed["items"]}) == 5
    assert all(item["url"].endswith("?utm_campaign=jsonfeed") for item in feed["items"])


@pytest.mark.parametrize(("key", "sitemap"), SITEMAPS, ids=_ids)
def test_a_sitemap_is_valid_and_offers_its_pages(newsroom, fetch, key, sitemap) -> None:
    reply = fetch(newsroom.url(key, sitemap.path))
    body = gzip.decompress(reply.body) if sitemap.path.endswith(".gz") else reply.body
    root = etree.fromstring(body)
    assert root.tag == f"{{{NAMES['s']}}}{'sitemapindex' if sitemap.kind == 'index' else 'urlset'}"
    found = root.xpath("//s:loc/text()", namespaces=NAMES)
    if sitemap.kind == "index":
        assert found == [newsroom.url(key, path) for path in sitemap.children]
        assert all(fetch(url).status == 200 for url in found)
    else:
        assert found == [url for _, url in offered(sitemap, SITES[key], load_pages(1), newsroom.port)]
        assert found
    if sitemap.kind == "news":
        assert len(root.xpath("//n:publication_date", namespaces=NAMES)) == len(found)
        assert set(root.xpath("//n:language/text()", namespaces=NAMES)) == {SITES[key].language}


def test_the_packed_sitemap_is_a_gzip_file_and_not_a_gzip_coding(newsroom, fetch) -> None:
    reply = fetch(newsroom.url("harbour-post", "/post-sitemap2.xml.gz"), Accept_Encoding="gzip")
    assert reply.body[:2] == b"\x1f\x8b"
    assert "Content-Encoding" not in reply.headers


@pytest.mark.parametrize(("key", "section"), SECTIONS, ids=_ids)
def test_a_section_front_links_to_its_pages(newsroom, fetch, key, section) -> None:
    document = html.fromstring(fetch(newsroom.url(key, section.path)).body.decode())
    links = document.xpath("//main//a/@href")
    assert links == [url for _, url in offered(section, SITES[key], load_pages(1), newsroom.port)]
    assert len(links) >= 3


@pytest.mark.parametrize("key", SITES)
def test_every_site_has_a_front_and_a_robots_file(newsroom, fetch, key) -> None:
    site = SITES[key]
    assert fetch(newsroom.url(key, "/")).status == 200
    robots = fetch(newsroom.url(key, "/robots.txt"))
    assert robots.status == site.robots_status
    if robots.status == 200:
        assert robots.headers["Content-Type"].startswith("text/plain")
        assert "{base}" not in robots.body.decode()


def test_robots_files_forbid_what_the_manifest_says_and_delay_little(newsroom, fetch) -> None:
    for key, site in SITES.items():
        if site.robots_status != 200:
            continue
        lines = fetch(newsroom.url(key, "/robots.txt")).body.decode().splitlines()
        delays = [float(line.split(":")[1]) for line in lines if line.startswith("Crawl-delay")]
        assert all(0 < delay <= 0.5 for delay in delays)
        rules = RobotFileParser()
        rules.parse(lines)
        for page in load_pages(2):
            if page.site == key:
                assert rules.can_fetch("NewsETL", page.path) is (page.outcome != "robots_denied"), page.path
    assert any(site.robots.count("Crawl-delay") for site in SITES.values())


def test_the_sources_file_is_what_the_sites_say_and_follows_the_port() -> None:
    from etl.sample.content import root

    assert (root() / "sources.yaml").read_text(encoding="utf-8") == sources_yaml()
    moved = yaml.safe_load(sources_yaml(4321))["sources"]
    assert "18080" not in str(moved)
    assert {each["key"] for each in moved} == set(SITES) - {"stranger"}
    assert [each["languages"][0] for each in moved].count("en") == 5
    assert len({each["languages"][0] for each in moved}) == 10


def test_every_list_that_a_source_names_is_there(newsroom, fetch) -> None:
    for source in yaml.safe_load(sources_yaml(newsroom.port))["sources"]:
        for url in (source["homepage"], *source["feeds"], *source["sitemaps"], *source["sections"]):
            assert fetch(url).status == 200, url
