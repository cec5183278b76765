"""Hosts and sites of an address as it is written, without regard to an address inside it."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import SplitResult

from tld.utils import MozillaTLDSourceParser, process_url

from etl.urls.parts import URN, authority_of, split


@lru_cache(maxsize=512)  # of one page a fetch asks some ten times
def host_of(url: str) -> str:
    """`host` or `host:port` (default port dropped), lower case, ASCII; "" for a URN. Raises as `normal_url`."""
    if URN.fullmatch(url):
        return ""
    scheme, authority, _, _ = split(url)
    return authority_of(scheme, authority, url)


def site_of(url: str) -> str:
    """The registrable domain by the public suffix list, private suffixes included; the host if it has none.

    "" for a URN. Raises as `normal_url`.

    >>> site_of("https://edition.news.co.uk/x"), site_of("http://127.0.0.1:8000/"), site_of("http://one.blogspot.com/")
    ('news.co.uk', '127.0.0.1', 'one.blogspot.com')
    """
    host = host_of(url)
    return registrable(host) or (host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0])


def registrable_domain(url: str) -> str | None:
    """The same as `site_of`, but None for addresses, names without a public suffix and public suffixes themselves."""
    return registrable(host_of(url))


def registrable(host: str) -> str | None:
    """The registrable domain of a host as `host_of` writes it."""
    labels = host.partition(":")[0].split(".")
    # The list spells its names in Unicode below the top level (公司.cn).
    name = ".".join(_unicode_label(label) for label in labels)
    parts, first, _ = process_url(
        SplitResult("https", name, "/", "", ""), fail_silently=True, parser_class=_ShippedSuffixes
    )
    return ".".join(labels[first - 1 :]) if parts and first and first > 0 else None


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


class _ShippedSuffixes(MozillaTLDSourceParser):
    """The list inside the `tld` wheel. Without this class a list that cannot be read would be fetched from the web."""

    uid = "news-etl-shipped"

    @classmethod
    def update_tld_names(cls, fail_silently: bool = False) -> bool:
        raise RuntimeError("the public suffix list is missing from the tld package: install it again")
