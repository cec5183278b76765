"""Which hosts' URLs a source may offer.

A site may offer URLs of its own hosts only; without this rule any sitemap could send us anywhere
(https://www.sitemaps.org/protocol.html#location, https://github.com/commoncrawl/news-crawl/issues/32).
"""

from __future__ import annotations

from etl.fetch.robots_store import plain_text
from etl.sources.source import Source
from etl.urls import join


def may_offer(source: Source, url: str) -> bool:
    """True if a document of that source may offer the URL: own host, own registrable domain, or an alias.

    The host of the document itself does not matter: a feed may be served by another host, and a robots.txt may name a
    sitemap elsewhere (sitemaps.org, "Sitemaps & Cross Submits"); the URLs that it lists must still be the source's own.
    """
    return source.owns(url)


def robots_sitemaps(body: bytes, url: str) -> tuple[str, ...]:
    """The sitemaps that a robots.txt names, for all agents alike, as absolute URLs without repeats.

    They may be on other hosts. Relative ones are not allowed, and common; they are joined to `url`.
    """
    found: dict[str, None] = {}
    for line in plain_text(body).splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        if colon and name.strip().lower() in ("sitemap", "site-map") and value.strip():
            address = join(url, value)
            if address is not None:
                found[address] = None
    return tuple(found)
