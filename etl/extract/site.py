"""The site's names on a page: they are cut off titles, and are no authors or tags."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from etl.extract import jsonld
from etl.extract.signals import Signals
from etl.normalize.text import folded, from_markup

_SUBDOMAINS = re.compile(r"^(?:www\d?|m|mobile|amp|edition|news|blogs?|en|de|fr|es|beta)\.")


def names(signals: Signals) -> tuple[str, ...]:
    """Every name of the site that the page gives, each once: those of `own_names`, logos, handles and publisher metas."""
    handle = signals.first("twitter:site", "twitter:creator") or ""
    publishers = [v for v, _ in signals.meta("publisher", "dc.publisher", "dcterms.publisher")]
    return _unique([*own_names(signals), *publishers, *signals.site_marks[:3], handle.lstrip("@")])


def own_names(signals: Signals) -> tuple[str, ...]:
    """The names that are surely the site's and no writer's: og:site_name, the organisation that publishes, the host."""
    found = [v for v, _ in signals.meta("og:site_name", "application-name", "apple-mobile-web-app-title")]
    for node in (signals.article or {}, *signals.nodes[:200]):
        kind = jsonld.types(node)
        if node is signals.article or "Article" in kind or "WebPage" in kind:
            found += [n for n, of in jsonld.names(node.get("publisher"), signals.nodes) if "Person" not in of]
        elif kind in ("WebSite", "NewsMediaOrganization", "Organization"):
            found += jsonld.texts(node.get("name")) + jsonld.texts(node.get("alternateName"))
    host = host_of(signals.url)
    return _unique([*found, *([host, *host_words(signals.url)] if host else [])])


def _unique(found: list[str]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for name in found:
        clean = from_markup(name)
        if clean and len(clean) <= 80:
            kept.setdefault(folded(clean), clean)
    kept.pop("", None)
    return tuple(kept.values())


def host_of(url: str) -> str:
    """The host without common prefixes, or ""."""
    try:
        host = (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""
    return "" if host.endswith(".invalid") else _SUBDOMAINS.sub("", host)


def is_front(url: str) -> bool:
    """Whether a URL is that of the site's front page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.path in ("", "/") and not parts.query


def country(signals: Signals) -> str | None:
    """The country (ISO 3166) that a page is of: its host's, else that of its declared language.

    The host comes first: systems write "en-US" all over the world.
    """
    if (place := host_country(signals.url)) is not None:
        return place
    for declared in (signals.html_lang, signals.first("og:locale"), signals.first("content-language")):
        if match := _REGION.match((declared or "").strip()):
            return match[1].upper()
    return None


def host_country(url: str) -> str | None:
    """The country (ISO 3166) whose top-level domain a host has, but for those that the world uses."""
    end = host_of(url).rpartition(".")[2]
    if len(end) != 2 or end in _NO_COUNTRY:
        return None
    return "GB" if end == "uk" else end.upper()


# Top-level domains of countries that the world uses for something else.
_NO_COUNTRY = frozenset("ai cc co eu fm gg io ly me su to tv ws".split())
_REGION = re.compile(r"[a-z]{2,3}[-_](?:[a-z]{4}[-_])?([a-z]{2})\b", re.I)


def host_words(url: str) -> tuple[str, ...]:
    """The host's name without public suffix, as titles carry it ("derstandard" of www.derstandard.at)."""
    parts = host_of(url).split(".")
    if len(parts) < 2:
        return ()
    core = parts[-2] if len(parts[-2]) > 3 or len(parts) == 2 else parts[-3]
    return (core,)
