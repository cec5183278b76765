"""OPML as programs write it: attributes of any case, folders, and what is no list."""

from __future__ import annotations

import pytest

from etl.errors import SettingError
from etl.sources import opml
from etl.sources.source import Source


def of(body: str) -> list[opml.ListedFeed]:
    return list(opml.read(f'<?xml version="1.0"?><opml version="2.0"><head/><body>{body}</body></opml>'.encode()).feeds)


@pytest.mark.parametrize("name", ["xmlUrl", "xmlurl", "xmlURL", "XMLURL"])
def test_a_feed_is_known_whatever_the_case_of_its_attribute(name: str) -> None:
    (feed,) = of(f'<outline text="A" {name}="https://a.example/feed" htmlUrl="https://a.example/"/>')
    assert (feed.url, feed.title, feed.site) == ("https://a.example/feed", "A", "https://a.example/")


def test_folders_within_folders_are_read_in_order_and_a_feed_counts_once() -> None:
    feeds = of(
        '<outline text="News"><outline text="North"><outline xmlUrl="https://a.example/1"/></outline>'
        '<outline xmlUrl="https://a.example/2"/></outline><outline xmlUrl="https://a.example/1"/>'
    )
    assert [(feed.url[-1], feed.folders) for feed in feeds] == [("1", ("News", "North")), ("2", ("News",))]


def test_an_outline_may_be_a_feed_and_a_folder() -> None:
    assert len(of('<outline xmlUrl="https://a.example/1"><outline xmlUrl="https://a.example/2"/></outline>')) == 2


def test_an_ampersand_that_is_not_escaped_and_a_missing_end_lose_no_other_feed() -> None:
    body = b'<opml><body><outline xmlUrl="https://a.example/?a=1&b=2"/><outline xmlUrl="https://b.example/"/>'
    feeds = opml.read(body).feeds
    assert feeds[-1].url == "https://b.example/"


@pytest.mark.parametrize(
    "outline",
    [
        '<outline xmlUrl="https://a.example/feed"></outline>',  # neither text nor type
        '<outline type="rss" title="folder"><outline type="rss" title="t" xmlUrl="https://a.example/feed"/></outline>',
        '<outline text="one in a folder"><outline text="t" xmlUrl="https://a.example/feed"/></outline>',
        '<outline text="t" htmlUrl="https://a.example?x=1&partner=rss" xmlUrl="https://a.example/feed"/>',
        ',<outline text="t" xmlUrl="https://a.example/feed"/>,',
    ],
)
def test_what_programs_write_in_the_place_of_opml_is_read_all_the_same(outline: str) -> None:
    assert [feed.url for feed in of(outline)] == ["https://a.example/feed"]


def test_what_is_no_address_is_named_with_its_line() -> None:
    listed = opml.read(b'<opml><body>\n<outline xmlUrl="javascript:alert(1)"/></body></opml>')
    assert not listed.feeds and "line 2" in listed.problems[0]


def test_the_scheme_of_feed_readers_is_understood() -> None:
    assert [
        feed.url for feed in of('<outline xmlUrl="feed://a.example/f"/><outline xmlUrl="feed:https://b.example/f"/>')
    ] == [
        "https://a.example/f",
        "https://b.example/f",
    ]


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"{}", b"\x00\x01", b"<?xml version='1.0'?>"])
def test_what_is_no_opml_is_refused(body: bytes) -> None:
    with pytest.raises(SettingError, match="no OPML"):
        opml.read(body)


def test_entities_that_a_list_declares_are_not_resolved() -> None:
    body = b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]><opml><body><outline text="&x;" xmlUrl="https://a.example/"/></body></opml>'
    assert opml.read(body).feeds[0].title in (None, "&x;")


def test_what_is_written_is_read_again_whatever_its_letters() -> None:
    sources = [
        Source(
            key="a",
            name='Ä "&" <B>',
            homepage="https://a.example/",
            languages=("de",),
            feeds=("https://a.example/?x=1&y=2",),
        ),
        Source(
            key="b",
            name="みなと",
            homepage="https://b.example/",
            languages=("ja", "en"),
            feeds=("https://b.example/1", "https://b.example/2"),
        ),
        Source(key="c", name="none", homepage="https://c.example/", languages=("en",)),
    ]
    listed = opml.read(opml.write(sources, title="all & none").encode())
    assert [feed.url for feed in listed.feeds] == [
        "https://a.example/?x=1&y=2",
        "https://b.example/1",
        "https://b.example/2",
    ]
    assert listed.feeds[0].folders == ('Ä "&" <B>',) and listed.is_whole
