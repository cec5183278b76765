"""Entries whose links lead to a relay, which counts readers and sends them on: the publisher's own address is taken."""

from __future__ import annotations

import pytest

from etl.discover import feeds

OWN = "https://www.courier.example/2026/storm"
RELAY = "http://feeds.relay.example/~r/courier/~3/aBc/"


def first(item: str, *, site: str = "https://courier.example/", more: str = "") -> str | None:
    text = (
        f'<?xml version="1.0"?><rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
        f'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:pheedo="http://www.pheedo.com/namespace/pheedo" {more}>'
        f"<channel><title>T</title><link>{site}</link><item><title>A</title>{item}</item></channel></rss>"
    )
    found = feeds.parse(text.encode(), "http://feeds.relay.example/courier", source_key="c").candidates
    return found[0].url if found else None


@pytest.mark.parametrize(
    "item",
    [
        f"<link>{RELAY}</link><feedburner:origLink>{OWN}</feedburner:origLink>",
        f"<link>{RELAY}</link><pheedo:origLink>{OWN}</pheedo:origLink>",
        f"<link>{RELAY}</link><guid isPermaLink='true'>{OWN}</guid>",
        f"<link>{RELAY}</link><guid isPermaLink='false'>{OWN}</guid>",
        f"<guid>{OWN}</guid><link>{RELAY}</link>",
        f"<link>{RELAY}</link><atom:link rel='canonical' href='{OWN}'/>",
        f"<link>{OWN}</link><guid isPermaLink='false'>https://courier.example/?p=17</guid>",
    ],
)
def test_the_publishers_address_is_taken_before_that_of_a_relay(item: str) -> None:
    assert first(item) == OWN


@pytest.mark.parametrize(
    ("item", "site", "address"),
    [
        (f"<link>{RELAY}</link><guid isPermaLink='false'>17</guid>", "https://courier.example/", RELAY),
        (f"<link>{RELAY}</link><guid>https://other.example/a</guid>", "https://courier.example/", RELAY),
        (f"<link>{RELAY}</link><guid isPermaLink='false'>{OWN}</guid>", "", RELAY),
        (
            "<link>https://partner.example/a</link><guid>x</guid>",
            "https://courier.example/",
            "https://partner.example/a",
        ),
    ],
)
def test_where_nothing_leads_to_the_site_the_link_counts(item: str, site: str, address: str) -> None:
    assert first(item, site=site) == address


def test_where_some_links_lead_to_the_site_the_others_are_links_to_others_whatever_their_guids() -> None:
    linked = (
        "<link>https://www.courier.example/a</link></item><item><title>B</title><link>https://partner.example/b</link>"
        "<guid isPermaLink='false'>https://courier.example/?p=9</guid>"
    )
    text = (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>https://courier.example/</link>'
        f"<item><title>A</title>{linked}</item></channel></rss>"
    )
    found = feeds.parse(text.encode(), "https://courier.example/feed", source_key="c").candidates
    assert [each.url for each in found] == ["https://www.courier.example/a", "https://partner.example/b"]
