"""Services that stand between a feed and its site: an entry's link leads to the service, and that redirects to the page.

They count readers or shorten links, and the address of the page is nowhere in the feed. Such a link may be offered by a feed (not
by a sitemap or front), and counts only if it is redirected to a page of the source; what the service itself answers is no page.
A service that is not listed, or one of the publisher's own, is named in the `aliases` of its source.
"""

from __future__ import annotations

from etl.errors import Quarantine
from etl.model import FoundVia, Hint
from etl.urls import host_of
from etl.urls.rules import suffixes

HOSTS = frozenset(
    {
        # Of feeds: https://support.google.com/feedburner, https://docs.feedpress.com, https://www.feedblitz.com
        *("feeds.feedburner.com", "feedproxy.google.com", "feedpress.me", "feed.press", "feeds.feedblitz.com"),
        *("feedsportal.com", "pheedo.com", "feedproxy.feedly.com", "feedcat.net"),
        "news.google.com",
        # Shorteners that publishing tools put into feeds.
        *("bit.ly", "j.mp", "trib.al", "dlvr.it", "ift.tt", "ow.ly", "ht.ly", "buff.ly", "t.co", "goo.gl", "tinyurl.com"),
        *("is.gd", "v.gd", "tiny.cc", "lnkd.in", "fb.me", "shar.es", "soc.li", "wp.me", "po.st", "rebrand.ly", "cutt.ly"),
        *("t.cn", "url.cn", "dwz.cn", "naver.me", "me2.kr", "clck.ru", "vk.cc", "tny.im", "u.to", "page.link", "shorturl.at"),
    }
)  # fmt: skip


def is_relay(url: str) -> bool:
    """Whether an address is one of a relay. False for what is no address.

    >>> is_relay("http://feedproxy.google.com/~r/harbour/~3/x1/"), is_relay("https://www.example.com/a")
    (True, False)
    """
    try:
        return not HOSTS.isdisjoint(suffixes(host_of(url).partition(":")[0]))
    except Quarantine:
        return False


def may_relay(url: str, hints: tuple[Hint, ...]) -> bool:
    """Whether a document may offer this address of another host: a feed, of a relay."""
    return any(hint.via in (FoundVia.FEED, FoundVia.JSON_FEED) for hint in hints) and is_relay(url)
