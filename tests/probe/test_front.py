"""What a front page says of its site."""

from __future__ import annotations

import pytest

from etl.errors import SettingError
from etl.probe import front
from etl.probe.proposing import key_of
from etl.probe.systems import recognize, systems
from etl.probe.walk import origins

URL = "https://www.harbour-post.example/"


def read(body: str, head: str = "", lang: str = "en") -> front.Front:
    page = f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'
    return front.read(page.encode(), URL, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="alternate" type="application/rss+xml" href="/feed/">',
        '<link rel=ALTERNATE type="application/atom+xml;charset=utf-8" href="feed/">',
        '<link rel="alternate" type="text/xml" href="/feed/">',
        '<link rel="alternate" href="https://www.harbour-post.example/feed/">',
        '<link rel="feed" type="application/feed+json" href="/feed/">',
        '<link rel="alternate nofollow" type="application/rss+xml" href="/feed/">',
        '<link rel="alternate feed" type="application/rss&#43;xml" href="./feed/">',
        '<link rel="alternate" type="application/rdf+xml" href="/feed/"><link rel="alternate" type="application/rss+xml" href="/feed/">',
        '<base href="https://www.harbour-post.example/feed/x"><link rel="alternate" type="application/rss+xml" href=".">',
    ],
)
def test_a_link_to_a_feed_is_read_however_it_is_written(head: str) -> None:
    assert [each.url for each in read("", head).feeds] == [URL + "feed/"]


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/7">',
        '<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed/1.0/embed?url=x">',
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="stylesheet" type="text/css" href="/feed/style.css">',
        '<link rel="alternate" media="handheld" href="http://m.harbour-post.example/">',
    ],
)
def test_what_only_looks_like_a_link_to_a_feed_is_none(head: str) -> None:
    assert read("", head).feeds == ()


@pytest.mark.parametrize(
    ("href", "is_feed"),
    [
        ("/rss/news.xml", True),
        ("/sport.rss", True),
        ("/?format=feed&type=atom", True),
        ("https://feeds.harbour-post.example/top", True),
        ("/feedback/", False),
        ("/crossfeed-plant-opens", False),
        ("/atomkraft/", False),
        ("https://feedly.com/i/subscription/feed/x", False),
        ("/login/rss", False),
        ("/share/news-feed.xml", True),
        ("/share?url=/rss", False),
    ],
)
def test_an_anchor_speaks_for_a_feed_by_its_address(href: str, is_feed: bool) -> None:
    assert bool(read(f'<a href="{href}">RSS</a>').feeds) is is_feed


def test_a_page_without_text_that_scripts_fill_is_a_shell() -> None:
    assert read('<div id="root"></div><script src="/app.js"></script>').is_shell
    assert not read(f"<p>{'A bridge opens in the morning. ' * 30}</p><script src='/app.js'></script>").is_shell


def test_sections_are_short_addresses_of_the_site_those_of_its_navigation_first() -> None:
    page = read(
        '<main><a href="/culture/">Culture</a><a href="/2026/11/24/a-bridge-opens/">A bridge opens</a></main>'
        '<nav><a href="/about">About</a><a href="/sport/">Sport</a><a href="https://other.example/x/">Other</a></nav>'
    )
    assert [each.title for each in page.sections] == ["Sport", "Culture"]


def test_a_link_header_names_feeds_as_a_head_does() -> None:
    header = '</feed.atom>; rel="alternate"; type="application/atom+xml", </style.css>; rel=preload'
    found = front.read(b"<p>here</p>", URL, "text/html", header)
    assert [each.url for each in found.feeds] == [URL + "feed.atom"]


def test_a_relative_link_is_of_the_base_and_an_absolute_one_is_not() -> None:
    page = read(
        '<a href="https://www.harbour-post.example/rss">x</a>',
        '<base href="/en/"><link rel="feed" type="application/rss+xml" href="feed">',
    )
    assert [each.url for each in page.feeds] == [URL + "en/feed", URL + "rss"]


def test_editions_in_other_languages_are_named_by_hreflang_or_by_a_link_under_their_own_name() -> None:
    page = read(
        '<a href="/fr/">Français</a> <a href="/de/">DE</a> <a href="/it/">IT news</a> <a href="/no/">No!</a>',
        '<link rel="alternate" hreflang="uk" href="/uk/"><link rel="alternate" hreflang="en" href="/">',
    )
    assert front.other_editions(page) == [URL + "uk/", URL + "fr/", URL + "de/"]


@pytest.mark.parametrize("body", ["", "\x00\x01", "<", "<html", "plain words", "<frameset><frame src=x>"])
def test_what_is_no_page_says_nothing_and_raises_nothing(body: str) -> None:
    assert front.read(body.encode(), URL, None).feeds == ()


def test_a_publishing_system_is_told_by_its_generator_before_any_mark() -> None:
    found = recognize('<link href="/wp-content/x.css">', ("Drupal 10 (https://www.drupal.org)",))
    assert found is not None and found.system.name == "Drupal"
    assert recognize("<p>nothing</p>", ()) is None


def test_every_system_of_the_table_has_a_place_for_feeds_and_sitemaps() -> None:
    assert len(systems()) >= 25
    assert all(each.feeds and each.sitemaps for each in systems())
    assert all(mark == mark.lower() for each in systems() for mark in each.marks)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("The Harbour Post", "the-harbour-post"),
        ("Głos Doliny", "glos-doliny"),
        ("Le Relais de l’Estuaire", "le-relais-de-lestuaire"),
        ("صحيفة المرفأ", "harbour-post"),
        ("みなと新報", "harbour-post"),
        ("24", "harbour-post"),
        ("x" * 90, "x" * 63),
    ],
)
def test_a_key_is_made_of_the_name_or_of_the_host(name: str, key: str) -> None:
    assert key_of(name, URL) == key


@pytest.mark.parametrize("asked", ["", "harbour", "ftp://a.example/", "http://", "a b.example", "/", "https://"])
def test_what_is_no_domain_is_refused_before_anything_is_asked_for(asked: str) -> None:
    with pytest.raises(SettingError):
        origins(asked)


def test_a_domain_is_tried_by_both_schemes_and_with_www() -> None:
    assert origins("harbour-post-example.org") == [
        "https://harbour-post-example.org/",
        "http://harbour-post-example.org/",
        "https://www.harbour-post-example.org/",
        "http://www.harbour-post-example.org/",
    ]
    assert len(origins("www.harbour-post-example.org")) == 2
    assert origins("127.0.0.11:18080")[0] == "http://127.0.0.11:18080/"
    assert origins("https://a.example/en/") == ["https://a.example/en/"]
