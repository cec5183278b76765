"""What a feed says of how often it changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from etl.discover.documents import DocumentKind, parse_document

URL = "https://post.example/feed"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rss(channel: str) -> str:
    return (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>P</title>'
        f"{channel}<item><title>a</title><link>https://post.example/a</link></item></channel></rss>"
    )


def period(of: str, frequency: str | None = None) -> str:
    count = f"<sy:updateFrequency>{frequency}</sy:updateFrequency>" if frequency is not None else ""
    return f"<sy:updatePeriod>{of}</sy:updatePeriod>{count}"


@pytest.mark.parametrize(
    ("channel", "every"),
    [
        ("<ttl>15</ttl>", HOUR / 4),
        ("<ttl> 60 </ttl>", HOUR),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>60 minutes</ttl>", None),
        ("<ttl>٦٠</ttl>", None),
        ("<ttl></ttl>", None),
        ("<ttl>99999999999</ttl>", None),
        (period("daily"), DAY),
        (period("\n\tdaily\t", "\n\t2\t"), DAY / 2),
        (period("Weekly"), 7 * DAY),
        (period("hourly", "1"), None),  # WordPress writes that for everybody
        (period("hourly"), None),
        (period("hourly", "4"), HOUR / 4),
        (period("daily", "0"), None),
        (period("daily", "often"), None),
        (period("fortnightly"), None),
        ("<ttl>15</ttl>" + period("weekly"), HOUR / 4),
        ("", None),
    ],
)
def test_ttl_and_update_period(channel: str, every: timedelta | None) -> None:
    found = parse_document(DocumentKind.FEED, rss(channel).encode(), URL, source_key="post")
    assert found.changes_every == every and len(found.candidates) == 1


def test_atom_says_where_it_goes_on() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>P</title><link rel="self" href="/feed"/>'
        '<link rel="next" href="/feed?page=2"/><entry><id>1</id><title>a</title><link href="/a"/></entry></feed>'
    )
    assert parse_document(DocumentKind.FEED, atom.encode(), URL, source_key="post").next_page == URL + "?page=2"
