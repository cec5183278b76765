"""What a newsroom's sites offer: RSS 2.0, Atom, JSON Feed, sitemaps, section fronts. Pages in, bytes out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

from etl.errors import Permanent
from etl.sample import themes
from etl.sample.content import Feed, SamplePage, SampleSite

TYPES = {
    "rss": "application/rss+xml; charset=UTF-8",
    "atom": "application/atom+xml; charset=UTF-8",
    "json": "application/feed+json",
    "urlset": "application/xml",
    "news": "text/xml; charset=UTF-8",
    "index": "text/xml; charset=UTF-8",
    "section": "text/html; charset=UTF-8",
}
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_IN_PATH = "/?=&%;,:@"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def content_type(feed: Feed) -> str:
    """The Content-Type that the site gives it."""
    return "application/x-gzip" if feed.path.endswith(".gz") else TYPES[feed.kind]


def offered(
    feed: Feed, site: SampleSite, pages: Sequence[SamplePage], port: int
) -> tuple[tuple[SamplePage | None, str], ...]:
    """Every URL that this list offers, as it is written there and in its order, with the page when the site has it.

    Newest first; pages without a date last.
    """
    chosen = [
        page
        for page in pages
        if page.site == site.key
        and feed.pages in page.offered
        and (feed.section is None or page.section == feed.section)
        and feed.kind != "index"
    ]
    chosen.sort(key=lambda page: (-_instant(page).timestamp(), page.path))
    # Sitemaps must be percent-encoded (sitemaps.org); feeds in the wild often are not.
    written = {
        page.slug: quote(page.path, safe=_IN_PATH) if feed.kind in ("urlset", "news") else page.path for page in chosen
    }
    own = [(page, f"{_base(page, site, port)}{_tracked(written[page.slug], feed.tracking)}") for page in chosen]
    extra = [(None, url.replace("{base}", site.base(port)).replace("{port}", str(port))) for url in feed.extra]
    return (*own, *extra)


def render(feed: Feed, site: SampleSite, pages: Sequence[SamplePage], port: int) -> bytes:
    """The bytes of a feed, sitemap or section front."""
    entries = offered(feed, site, pages, port)
    if feed.kind == "section":
        return _section(feed, site, entries, port).encode()
    match feed.kind:
        case "rss":
            text = _rss(feed, site, entries, port)
        case "atom":
            text = _atom(feed, site, entries, port)
        case "json":
            text = _json_feed(feed, site, entries, port)
        case "urlset":
            text = _urlset(entries)
        case "news":
            text = _news_sitemap(site, entries)
        case "index":
            text = _index(feed, site, port)
        case other:
            raise Permanent(f"{site.key}: {feed.path} has kind {other!r}, which nothing renders")
    body = text.encode()
    return gzip.compress(body, mtime=0) if feed.path.endswith(".gz") else body


def _rss(feed: Feed, site: SampleSite, entries: Sequence[tuple[SamplePage | None, str]], port: int) -> str:
    base = site.base(port)
    items = "".join(
        "<item>"
        f"<title>{escape(_title(page))}</title><link>{escape(url)}</link>"
        f'<guid isPermaLink="false">{base}/?p={_number(page)}</guid>'
        f"<pubDate>{format_datetime(_instant(page))}</pubDate>"
        + "".join(f"<dc:creator><![CDATA[{name}]]></dc:creator>" for name in page.authors)
        + "".join(f"<category><![CDATA[{name}]]></category>" for name in (page.section, *page.tags) if name)
        + f"<description><![CDATA[<p>{page.description}</p>{_appeared_first(page, url, site)}]]></description>"
        "</item>\n"
        for page, url in entries
        if page
    )
    newest = max((_changed(page) for page, _ in entries if page), default=datetime(2026, 1, 1, tzinfo=UTC))
    return (
        f'{_XML}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">\n'
        f"<channel><title>{escape(site.name)}</title><link>{base}/</link><description>{escape(site.name)}</description>"
        f'<atom:link href="{escape(base + feed.path)}" rel="self" type="application/rss+xml"/>'
        f"<lastBuildDate>{format_datetime(newest)}</lastBuildDate><language>{site.locale}</language>\n"
        f"{items}</channel></rss>\n"
    )


def _appeared_first(page: SamplePage, url: str, site: SampleSite) -> str:
    words = site.labels.get("appeared_first", "")
    link = f'<a href="{escape(url)}">{escape(page.title)}</a>'
    home = f'<a href="/">{escape(site.name)}</a>'
    return f"<p>{words.replace('{title}', link).replace('{site}', home)}</p>" if words else ""


def _atom(feed: Feed, site: SampleSite, entries: Sequence[tuple[SamplePage | None, str]], port: int) -> str:
    base = site.base(port)
    items = "".join(
        f'<entry><title type="html">{escape(escape(_title(page)))}</title>'
        f'<link rel="alternate" type="text/html" href="{escape(url)}"/><id>{base}/node/{_number(page)}</id>'
        f"<published>{_instant(page).isoformat()}</published><updated>{_changed(page).isoformat()}</updated>"
        + "".join(f"<author><name>{escape(name)}</name></author>" for name in page.authors)
        + "".join(f'<category term="{escape(name)}"/>' for name in page.tags)
        + f"<summary>{escape(page.description)}</summary></entry>\n"
        for page, url in entries
        if page
    )
    newest = max((_changed(page) for page, _ in entries if page), default=datetime(2026, 1, 1, tzinfo=UTC))
    return (
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{site.locale}"><title>{escape(site.name)}</title>'
        f'<link rel="self" href="{escape(base + feed.path)}"/><link href="{base}/"/><id>{base}/</id>'
        f"<updated>{newest.isoformat()}</updated>\n{items}</feed>\n"
    )


def _json_feed(feed: Feed, site: SampleSite, entries: Sequence[tuple[SamplePage | None, str]], port: int) -> str:
    base = site.base(port)
    items = [
        {
            "id": f"{site.key}-{_number(page)}",
            "url": url,
            "title": _title(page),
            "summary": page.description,
            "content_text": page.description,
            "date_published": _instant(page).isoformat(),
            "date_modified": _changed(page).isoformat(),
            "authors": [{"name": name} for name in page.authors],
            "tags": list(page.tags),
            "language": site.locale,
        }
        for page, url in entries
        if page
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.name,
        "home_page_url": f"{base}/",
        "feed_url": f"{base}{feed.path}",
        "language": site.locale,
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _urlset(entries: Sequence[tuple[SamplePage | None, str]]) -> str:
    rows = "".join(
        f"<url><loc>{escape(url)}</loc>{f'<lastmod>{_changed(page).isoformat()}</lastmod>' if page else ''}</url>\n"
        for page, url in entries
    )
    return f'{_XML}<urlset xmlns="{_SITEMAP}">\n{rows}</urlset>\n'


def _news_sitemap(site: SampleSite, entries: Sequence[tuple[SamplePage | None, str]]) -> str:
    rows = "".join(
        f"<url><loc>{escape(url)}</loc><news:news><news:publication><news:name>{escape(site.name)}</news:name>"
        f"<news:language>{site.language}</news:language></news:publication>"
        f"<news:publication_date>{_instant(page).isoformat()}</news:publication_date>"
        f"<news:title>{escape(_title(page))}</news:title></news:news></url>\n"
        for page, url in entries
        if page
    )
    return f'{_XML}<urlset xmlns="{_SITEMAP}" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{rows}</urlset>\n'


def _index(feed: Feed, site: SampleSite, port: int) -> str:
    rows = "".join(f"<sitemap><loc>{site.base(port)}{path}</loc></sitemap>\n" for path in feed.children)
    return f'{_XML}<sitemapindex xmlns="{_SITEMAP}">\n{rows}</sitemapindex>\n'


def _section(feed: Feed, site: SampleSite, entries: Sequence[tuple[SamplePage | None, str]], port: int) -> str:
    return themes.front(site, feed.section or site.name, [(page, url) for page, url in entries if page], port)


def _title(page: SamplePage) -> str:
    return page.offered_title or page.title


def _instant(page: SamplePage) -> datetime:
    """The page's own date; pages that have none are as old as the newsroom."""
    return page.published_at or datetime(2026, 1, 1, tzinfo=UTC)


def _changed(page: SamplePage) -> datetime:
    return datetime.fromisoformat(page.modified) if page.modified else _instant(page)


def _number(page: SamplePage) -> int:
    """A stable number such as a database would give."""
    return 1000 + sum(map(ord, page.site + page.slug)) % 90000


def _base(page: SamplePage, site: SampleSite, port: int) -> str:
    return f"http://{page.host or site.host}:{port}"


def _tracked(path: str, tracking: str) -> str:
    if not tracking:
        return path
    return f"{path}{'&' if '?' in path else '?'}{tracking}"
