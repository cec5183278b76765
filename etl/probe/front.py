"""Reads a front page: the documents that it names, languages, hosts, sections, and the publishing system."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, urlsplit

from babel import Locale
from lxml import etree
from lxml import html as lxml_html

from etl.discover.markup import MAX_PAGE_BYTES, decoded, plain, unpacked
from etl.discover.sections import looks_like_article
from etl.extract import page_signals, site
from etl.normalize import language
from etl.rights.link import link_headers
from etl.urls import host_of, is_web_url, join, normal_url, registrable_domain

FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/rss+xml"}
)
# Types that are not only for feeds: the address has to look like a feed's.
LOOSE_TYPES = frozenset({"application/xml", "text/xml", "application/json", "application/x-rss+xml", "text/rss", ""})
MAX_SECTIONS = 12
_FEED_PATH = re.compile(
    r"(?:^|[/._?&=-])(?:rss2?|feeds?|atom|rdf|backend)(?=$|[/._?&=-])|\.(?:rss|rdf|atom)$|/index\.xml$|[?&]type=(?:9818|100)\b",
    re.I,
)
_FEED_HOST = re.compile(r"^(?:feeds?|rss|feedproxy)\.", re.I)
_FEED_WORDS = frozenset({"rss", "atom", "feed", "rss feed", "rss feeds", "rss-feed", "rss-feeds", "feeds", "rss 2.0"})
_NOT_FEEDS = re.compile(
    r"/wp-json/|/oembed|[?&]_format=|/xmlrpc|\.(?:png|jpe?g|svg|gif|css|js)$|/(?:sharer?\?|sharer\b|login\b)", re.I
)
_FOREIGN_READERS = re.compile(
    r"(?:^|\.)(?:feedly|inoreader|netvibes|newsblur|bloglovin|flipboard|yahoo|google)\.com$", re.I
)
_SECTION_SKIPPED = re.compile(
    r"(?:about|contact|privacy|terms|impressum|imprint|login|signin|register|subscribe|abo|newsletter|jobs|careers|"
    r"cookies?|advertis\w*|shop|search|account|rss|feeds?|sitemap|help|faq|tags?|authors?)",
    re.I,
)
_SHELL_IDS = ("root", "app", "__next", "__nuxt", "main-app", "react-root", "svelte", "ember-app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An address that a page names, and how: `link`, `anchor` or `site map`; `title` is what it is called."""

    url: str
    how: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What a page states about its site."""

    url: str
    markup: str = ""
    name: str | None = None
    feeds: tuple[Named, ...] = ()
    feed_pages: tuple[Named, ...] = ()  # anchors that may lead to a page of feeds
    sitemaps: tuple[Named, ...] = ()
    sections: tuple[Named, ...] = ()
    articles: int = 0  # links that look like articles
    generators: tuple[str, ...] = ()
    lang: str | None = None  # primary subtag
    country: str | None = None
    countries_told: tuple[tuple[str, str], ...] = ()  # (country, where): addresses of publishers, geo metas
    editions: tuple[tuple[str, str], ...] = ()  # (hreflang, url), and links that are named after a language
    hosts: tuple[str, ...] = ()  # of amphtml, handheld, canonical and editions
    canonical: str | None = None
    text_chars: int = 0
    scripts: int = 0
    is_shell: bool = False  # scripts that will fill the page


def read(body: bytes, url: str, content_type: str | None, link_header: str | None = None) -> Front:
    """Read a page and its Link header (RFC 8288), whose links count like those in the page's head.

    Never raises; the result is empty where the body is no page.
    """
    text = decoded(unpacked(body, MAX_PAGE_BYTES)[0], content_type)
    if not text:
        return Front(url=url)
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8"), parser=parser)
        said = page_signals.collect(root, url)
    except (etree.LxmlError, ValueError, RecursionError):
        return Front(url=url, markup=text)
    base = next((join(url, href) for each in root.iter("base") if (href := each.get("href"))), None) or url
    links = [*_links(root, base), *_links_of_header(link_header, url)]
    anchors = list(_anchors(root, base))
    visible = _visible(root)
    scripts = sum(1 for _ in root.iter("script"))
    editions = tuple(
        (each.hreflang, each.url)
        for each in links
        if "alternate" in each.rel and each.hreflang and not each.type and each.hreflang.lower() != "x-default"
    )
    editions += tuple(_language_links(anchors, url, {normal_url(u) for _, u in editions}))
    other = [each.url for each in links if "amphtml" in each.rel or ("alternate" in each.rel and each.media)]
    canonical = next((each.url for each in links if "canonical" in each.rel), None)
    names = [name for name in site.own_names(said) if name not in (site.host_of(url), *site.host_words(url))]
    lang = language.tag(said.html_lang) or language.tag(said.first("og:locale", "content-language", "dc.language"))
    return Front(
        url=url,
        markup=text,
        name=names[0] if names else _name_of_title(said.title_tag),
        feeds=tuple(_feeds(links, anchors)),
        feed_pages=tuple(_feed_pages(anchors, url)),
        sitemaps=tuple(_sitemaps(links, anchors)),
        sections=tuple(_sections(anchors, url)),
        articles=len(
            {normal_url(a.url) for a in anchors if same_site(a.url, url) and looks_like_article(a.url, a.text)}
        ),
        generators=tuple(said.metas.get("generator", ())),
        lang=lang,
        country=site.country(said),
        countries_told=tuple(_countries(said.nodes, said.metas)),
        editions=editions,
        hosts=tuple(dict.fromkeys(host_of(each) for each in (*other, canonical or url, *(u for _, u in editions)))),
        canonical=canonical,
        text_chars=visible,
        scripts=scripts,
        is_shell=visible < 400 and scripts > 0 and _has_shell(root),
    )


def other_editions(page: Front) -> list[str]:
    """Fronts of the same site that it names for languages, each language once, without the page itself.

    The page's own declared language is not used: templates say "en".
    """
    found: dict[str, str] = {}
    for name, url in page.editions:
        tag = language.tag(name)
        if tag is not None and same_site(url, page.url) and normal_url(url) != normal_url(page.url):
            found.setdefault(tag, url)
    return list(found.values())


def same_site(url: str, other: str) -> bool:
    """True for URLs of one registrable domain, or of one host where there is none."""
    if not (is_web_url(url) and is_web_url(other)):
        return False
    site_of = registrable_domain(other)
    return registrable_domain(url) == site_of if site_of else host_of(url) == host_of(other)


def looks_like_feed(url: str) -> bool:
    """True if an address looks like a feed's.

    >>> [looks_like_feed(f"https://a.example{path}") for path in ("/feed/", "/arts/rss.xml", "/?format=rss", "/feedback")]
    [True, True, True, False]
    """
    parts = urlsplit(url)
    path = unquote(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return not _NOT_FEEDS.search(path) and bool(_FEED_PATH.search(path) or _FEED_HOST.search(parts.netloc))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    url: str
    rel: frozenset[str]
    type: str
    title: str | None
    hreflang: str | None
    media: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchor:
    url: str
    text: str
    in_nav: bool


def _links(root: lxml_html.HtmlElement, base: str) -> Iterator[_Link]:
    for each in root.iter("link"):
        address = join(base, each.get("href") or "") if each.get("href") else None
        if address is not None:
            yield _Link(
                url=address,
                rel=frozenset((each.get("rel") or "").lower().split()),
                type=(each.get("type") or "").partition(";")[0].strip().lower(),
                title=plain(each.get("title")),
                hreflang=each.get("hreflang"),
                media=each.get("media"),
            )


def _links_of_header(header: str | None, url: str) -> Iterator[_Link]:
    for target, rel, kind in link_headers([header or ""]):
        if (address := join(url, target)) is not None:
            media_type = kind.partition(";")[0].strip().lower()
            names = frozenset(rel.lower().split())
            yield _Link(url=address, rel=names, type=media_type, title=None, hreflang=None, media=None)


def _anchors(root: lxml_html.HtmlElement, base: str) -> Iterator[_Anchor]:
    for each in root.iter("a"):
        href = each.get("href")
        address = join(base, href) if href and not href.lstrip().startswith("#") else None
        if address is not None:
            words = " ".join(str(piece) for piece in each.itertext())
            text = plain(words, is_markup=False) or plain(each.get("title") or each.get("aria-label")) or ""
            yield _Anchor(url=address, text=text, in_nav=any(a.tag in ("nav", "header") for a in each.iterancestors()))


def _language_links(anchors: list[_Anchor], url: str, known: set[str]) -> Iterator[tuple[str, str]]:
    """Links of a chooser of languages: a folder or host that is a language's code, under its code or its own name."""
    for anchor in anchors:
        if (
            not anchor.text
            or len(anchor.text) > 20
            or not same_site(anchor.url, url)
            or normal_url(anchor.url) in known
        ):
            continue
        parts = urlsplit(anchor.url)
        segments = [part for part in parts.path.split("/") if part]
        code = segments[0] if len(segments) == 1 else (parts.hostname or "").partition(".")[0] if not segments else ""
        tag = language.tag(code) if len(code) in (2, 5) else None
        if tag in language.NEWS_LANGUAGES and anchor.text.strip().casefold() in _names_of(str(tag)):
            yield str(tag), anchor.url


@cache
def _names_of(tag: str) -> frozenset[str]:
    own = Locale.parse(tag).get_language_name(tag) or tag
    english = Locale("en").languages.get(tag, tag)
    return frozenset({tag, own.casefold(), english.casefold()})


def _feeds(links: list[_Link], anchors: list[_Anchor]) -> Iterator[Named]:
    seen: set[str] = set()
    for link in links:
        is_typed = link.type in FEED_TYPES or (link.type in LOOSE_TYPES and looks_like_feed(link.url))
        is_related = "feed" in link.rel or ("alternate" in link.rel and link.type in FEED_TYPES | LOOSE_TYPES)
        if is_typed and is_related and not _NOT_FEEDS.search(link.url) and normal_url(link.url) not in seen:
            seen.add(normal_url(link.url))
            yield Named(url=link.url, how="link", title=link.title)
    for anchor in anchors:
        host = urlsplit(anchor.url).hostname or ""
        if looks_like_feed(anchor.url) and not _FOREIGN_READERS.search(host) and normal_url(anchor.url) not in seen:
            seen.add(normal_url(anchor.url))
            yield Named(url=anchor.url, how="anchor", title=anchor.text or None)


def _feed_pages(anchors: list[_Anchor], url: str) -> Iterator[Named]:
    for anchor in anchors:
        if anchor.text.strip().lower() in _FEED_WORDS and same_site(anchor.url, url):
            yield Named(url=anchor.url, how="anchor", title=anchor.text)


def _sitemaps(links: list[_Link], anchors: list[_Anchor]) -> Iterator[Named]:
    for link in links:
        if "sitemap" in link.rel:
            yield Named(url=link.url, how="link", title=link.title)
    for anchor in anchors:
        path = urlsplit(anchor.url).path.lower()
        if "sitemap" in path and path.endswith((".xml", ".xml.gz")):
            yield Named(url=anchor.url, how="anchor", title=anchor.text or None)


def _sections(anchors: list[_Anchor], url: str) -> Iterator[Named]:
    """Section fronts: short addresses of the site, those of its navigation first."""
    seen = {normal_url(url)}
    found = 0
    for anchor in sorted(anchors, key=lambda each: not each.in_nav):
        parts = urlsplit(anchor.url)
        segments = [unquote(part) for part in parts.path.split("/") if part]
        if parts.query or not 1 <= len(segments) <= 2 or not same_site(anchor.url, url):
            continue
        if any(_SECTION_SKIPPED.fullmatch(part) for part in segments) or len(anchor.text) > 30 or not anchor.text:
            continue
        if any(any(map(str.isdigit, part)) or part.count("-") > 2 for part in segments):
            continue
        key = normal_url(anchor.url)
        if key not in seen and found < MAX_SECTIONS:
            seen.add(key)
            found += 1
            yield Named(url=anchor.url, how="anchor", title=anchor.text)


def _countries(nodes: list[dict[str, object]], metas: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for value in (*metas.get("geo.country", ()), *metas.get("geo.region", ())):
        code = value.strip()[:2].upper()
        if len(code) == 2 and code.isalpha() and value.strip()[2:3] in ("", "-"):
            yield code, "geo meta"
    for node in nodes[:200]:
        value = node.get("addressCountry")
        name = value.get("name") if isinstance(value, dict) else value
        if isinstance(name, str) and len(name.strip()) == 2 and name.strip().isalpha():
            yield name.strip().upper(), "the publisher's address"
        address = node.get("address")
        if isinstance(address, dict):
            yield from _countries([address], {})


def _name_of_title(title: str | None) -> str | None:
    """The name of a site by its front page's title: its shortest part that is no word for a front page."""
    parts = [part.strip() for part in re.split(r" [|–—·:-] ", title or "") if part.strip()]
    kept = [part for part in parts if part.lower() not in ("home", "homepage", "startseite", "accueil", "inicio")]
    return min(kept, key=len)[:80] if kept else None


def _visible(root: lxml_html.HtmlElement) -> int:
    """Characters that a reader without scripts sees."""
    total = 0
    for element in root.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "noscript", "template", "title"):
            continue
        total += len((element.text or "").strip())
        total += sum(len((child.tail or "").strip()) for child in element)
    return total


def _has_shell(root: lxml_html.HtmlElement) -> bool:
    """True for an empty element that scripts fill, or a notice for browsers without scripts."""
    for element in root.iter("div", "main", "section"):
        if (element.get("id") or "").lower() in _SHELL_IDS and len(" ".join(element.itertext()).strip()) < 200:
            return True
    return any(True for _ in root.iter("noscript")) or any(element.get("src") for element in root.iter("script"))
