"""Simulated sites for `benchmarks.probe_sites`: what each answers, and what a probe should find out about it.

A site is a number: its publishing system, its place, and what is odd about it follow from the number alone. Texts are
those of the golden stories.
"""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import yaml

from etl.normalize import language

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HERE = Path(__file__).parent
STORIES = HERE.parent / "tests" / "golden" / "stories"
ARTICLES = 16
IN_FEED = 10
IN_NEWS = 8

LINKINGS = tuple(
    "links links links loose_type anchors feed_page unlinked relative dead_first twice moved wrong_title page_link".split()
)
ROBOTS = tuple(
    "lines lines no_lines dead_line relative foreign_line html odd_case no_file children_too many_lines slow utf16".split()
)
HOSTS = tuple(
    "www apex www moved language_folder refresh feeds_host twin_domain both phone_host soft_404 to_front".split()
)
DATES = tuple("offset clock feed utc machine clock named half_day".split())
EXTRAS = ("comments", "audio", "empty", "silent", "foreign", "part")
BODIES = tuple("utf8 utf8 utf8 bom legacy relative_links tracking nothing".split())
# Encodings of before Unicode, by language.
LEGACY = {
    **dict.fromkeys(("de", "en", "fr", "es", "it", "nl", "pt", "da", "sv", "nb", "fi"), "windows-1252"),
    **dict.fromkeys(("ru", "uk", "bg", "sr"), "windows-1251"),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "hr"), "windows-1250"),
    "el": "windows-1253", "tr": "windows-1254", "he": "windows-1255", "ar": "windows-1256", "th": "cp874",
    "ja": "shift_jis", "ko": "euc-kr", "zh-Hans": "gb18030", "zh-Hant": "big5",
}  # fmt: skip
WALLS = (
    *("consent", "challenge", "challenge_articles", "javascript", "paywall", "login", "robots_all", "robots_articles"),
    *("robots_down", "forbidden", "down", "consent_page", "javascript_articles", "paywall_stub", "nobody"),
    *("titled_notice", "teasers", "asleep"),
)
# Walls behind which the front page and what it names can still be read.
BEHIND_FRONT = frozenset(
    {"challenge_articles", "paywall", "login", "robots_articles", "consent_page", "javascript_articles", "paywall_stub"}
    | {"titled_notice", "teasers"}
)
# Countries in which dates in UTC leave open which of their clocks a paper goes by.
MANY_CLOCKS = frozenset({"US", "CA", "AU", "BR", "MX", "RU", "ID"})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    body: bytes = b""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class SimulatedSite:
    """A site and the truth about it. None of a set: not to be judged."""

    number: int
    asked: str
    traits: tuple[str, ...]
    replies: dict[tuple[str, str], Reply] = field(default_factory=dict)  # (host, path with query)
    feeds: frozenset[str] | None = frozenset()
    sitemaps: frozenset[str] | None = frozenset()
    languages: frozenset[str] | None = frozenset()
    timezone: str | None = None
    has_country: bool = True  # the domain names one
    may_be_ready: bool = True

    def reply(self, host: str, path: str) -> Reply | None:
        """What the site answers; None for a host that is not its."""
        if not any(known == host for known, _ in self.replies):
            return None
        path = path.partition("?utm_")[0]
        return self.replies.get((host, path)) or self.replies.get((host, "*")) or Reply(b"<h1>404</h1>", 404)


@dataclass(frozen=True, slots=True)
class _Article:
    url: str
    title: str
    text: str
    author: str
    at: datetime
    language: str
    section: str


@cache
def templates() -> Any:
    """Systems, places and pairs of the data file."""
    return yaml.safe_load((HERE / "probe_systems.yaml").read_text(encoding="utf-8"))


@cache
def stories(name: str) -> Any:
    """The golden stories of a language."""
    return yaml.safe_load((STORIES / f"{name}.yaml").read_text(encoding="utf-8"))


def build(number: int) -> SimulatedSite:
    """The site of that number."""
    return _Builder(number).site()


class _Builder:
    def __init__(self, number: int) -> None:
        self.number = number
        self.random = random.Random(number)
        data = templates()
        self.system = data["systems"][number % len(data["systems"])]
        self.wall = WALLS[(number // 4) % len(WALLS)] if number % 4 == 3 else None
        is_pair = number % 8 == 5
        if is_pair:
            first, second, tld, self.country, self.zone = data["pairs"][(number // 8) % len(data["pairs"])]
            self.files = [first, second]
            self.declared = self.random.choice([stories(first)["language"], "en"])
        else:
            place = data["places"][self.random.randrange(len(data["places"]))]
            file, tld, self.country, self.zone, self.declared = place
            self.files = [file]
            if self.random.random() < 0.1:
                self.declared = "en-US"  # a template that nobody has translated
        self.day = "2024-12-20" if self.wall == "asleep" else "2026-11-23"
        self.linking = self.random.choice(LINKINGS)
        if is_pair and self.linking == "unlinked":
            self.linking = "links"
        self.robots = self.random.choice(ROBOTS)
        self.hosting = self.random.choice(HOSTS)
        self.dates = self.random.choice(DATES)
        self.bodies = self.random.choice(BODIES)
        if is_pair and self.random.random() < 0.3:
            self.linking = "edition_front"
        self.extras = tuple(self.random.sample(EXTRAS, self.random.choice((0, 1, 2, 3))))
        self.mixed = is_pair and self.random.random() < 0.4  # both languages in one feed
        self.domain = f"{self.system['name'].replace('_', '-')}-{number}-example.{tld}"
        self.host = f"www.{self.domain}" if self.hosting in ("www", "both", "feeds_host", "phone_host") else self.domain
        self.base = f"http://{self.host}"
        self.home = "/"
        self.tz = ZoneInfo(self.zone)
        self.name = stories(self.files[0])["site"]
        if self.system["name"] == "own_old":
            self.robots = "lines"  # nobody would look for its sitemap
        if self.bodies == "nothing":
            self.robots, self.extras, self.mixed = "no_file", (), False
            self.linking = "unlinked" if not is_pair else "links"
        traits = (
            self.system["name"],
            self.country,
            self.bodies,
            self.linking,
            self.robots,
            self.hosting,
            self.dates,
            *self.extras,
        )
        self.made = SimulatedSite(
            number=number,
            asked=self.domain,
            traits=(*traits, self.wall or "open"),
            has_country=not tld.endswith("com") or "." in tld,
        )

    def site(self) -> SimulatedSite:
        self.articles = [article for n, _ in enumerate(self.files) for article in self._articles(n)]
        self.articles.sort(key=lambda each: each.at, reverse=True)
        self.listed: list[tuple[str, str]] = []  # (address, title) of feeds that the front page names
        self._feeds()
        self._sitemaps()
        self._front()
        for article in self.articles:
            self._put(article.url, self._page(article))
        self._hosts()
        self._walls()
        self._truth()
        return self.made

    # --- articles

    def _articles(self, n: int) -> list[_Article]:
        data = stories(self.files[n])
        found = []
        for k in range(ARTICLES):
            story = data["stories"][k % len(data["stories"])]
            title = story["title"] if k < len(data["stories"]) else data["others"][k % len(data["others"])]
            number = 510_000 + self.number * 100 + n * 40 + k
            age = timedelta(days=700 if self.wall == "asleep" else 0)
            at = (NOW - age - timedelta(hours=2 + 5 * k + n, minutes=7 * k % 60)).replace(second=0)
            section = data["words"]["sections"][k % 3]
            slug = story["slug"] if k == 0 else quote("-".join(title.lower().split()).replace("?", ""))
            local = at.astimezone(self.tz)
            path = self.system["article"].format(
                slug=f"{slug}-{k}" if k >= len(data["stories"]) + 4 else slug,
                id=number,
                section=quote(section.lower().replace(" ", "-")),
                yyyy=f"{local:%Y}",
                mm=f"{local:%m}",
                dd=f"{local:%d}",
            )
            prefix = f"/{data['language'].partition('-')[0]}" if n else ""
            lines = [line.replace("[[", "").replace("]]", "") for line in story["text"].strip().split("\n")]
            turn = k % len(lines)
            extra = f"{data['others'][k % 4]}. {data['others'][(k // 4) % 4]}. ({k})"
            text = "\n".join([*lines[turn:], *lines[:turn], extra])
            found.append(
                _Article(
                    url=f"{self.base}{prefix}{path}",
                    title=title,
                    text=text,
                    author=story["authors"][0],
                    at=at,
                    language=data["language"],
                    section=section,
                )
            )
        return found

    def _page(self, article: _Article) -> Reply:
        local = article.at.astimezone(self.tz)
        stated = {
            "offset": local.isoformat(),
            "clock": article.at.isoformat().replace("+00:00", "Z"),
            "feed": f"{local:%Y-%m-%d}",
            "utc": article.at.isoformat().replace("+00:00", "Z"),
        }.get(self.dates, article.at.isoformat().replace("+00:00", "Z"))
        offset = f"{local:%z}"
        shown = {
            "offset": f"{local:%d.%m.%Y}",
            "feed": f"{local:%d.%m.%Y}",
            "utc": f"{local:%d.%m.%Y}",
            "named": f"{local:%Y-%m-%d %H:%M} GMT{offset[:3]}:{offset[3:]}",
            "half_day": f"{local:%Y-%m-%d} {int(f'{local:%I}')}:{local:%M} {'am' if local.hour < 12 else 'pm'}",
        }.get(self.dates, f"{local:%Y-%m-%d %H:%M}")
        node = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.title,
            "datePublished": stated,
            "author": {"@type": "Person", "name": article.author},
            "publisher": {"@type": "Organization", "name": self.name},
            "inLanguage": article.language,
        }
        body = "".join(f"<p>{escape(line)}</p>\n" for line in article.text.split("\n"))
        amp = ""
        if self.hosting == "phone_host":
            amp = f'<link rel="amphtml" href="http://m.{self.domain}/amp/{self.articles.index(article)}">'
        return _html(
            f"""<!doctype html><html lang="{self.declared}"><head><meta charset="utf-8"><title>{escape(article.title)} - {escape(self.name)}</title>
{self.system["head"]}<meta property="og:site_name" content="{escape(self.name)}"><meta property="og:type" content="article">{amp}
<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script></head><body><header><nav>{self._nav()}</nav></header>
<main><article><h1>{escape(article.title)}</h1><div class="meta"><span class="author">{escape(article.author)}</span>
<span class="date">{shown}</span></div>
{body}</article></main><footer><p>{escape(self.name)}</p></footer></body></html>"""
        )

    def _nav(self) -> str:
        sections = stories(self.files[0])["words"]["sections"]
        links = "".join(f'<a href="/{quote(each.lower().replace(" ", "-"))}/">{escape(each)}</a> ' for each in sections)
        return f'<a href="{self.home}">{escape(self.name)}</a> {links}'

    # --- feeds

    def _feeds(self) -> None:
        kept: dict[str, list[_Article]] = {}
        main = self.base + self.system["feed"]
        feed_base = f"http://feeds.{self.domain}" if self.hosting == "feeds_host" else self.base
        main = feed_base + self.system["feed"]
        groups = [self.articles] if self.mixed else [self._of(file) for file in self.files]
        for n, group in enumerate(groups):
            edition = stories(self.files[n])["language"].partition("-")[0]
            address = main if n == 0 else f"{feed_base}/{edition}{self.system['feed']}"
            kept[address] = group[: IN_FEED * (2 if self.mixed else 1)]
            self._feed(address, kept[address], self.system["format"])
            self.listed.append((address, self.name))
        if "section_feed" in self.system and self.linking != "unlinked" and len(self.files) == 1:
            sections = stories(self.files[0])["words"]["sections"]
            for section in sections[: self.random.choice((0, 1, 2, 3))]:
                address = self.base + self.system["section_feed"].format(
                    section=quote(section.lower().replace(" ", "-"))
                )
                older = [each for each in self.articles[IN_FEED:] if each.section == section]
                kept[address] = [each for each in self.articles if each.section == section][:2] + older
                self._feed(address, kept[address], self.system["format"])
                self.listed.append((address, section))
        if "twin" in self.system and self.random.random() < 0.6:
            self._feed(self.base + self.system["twin"], kept[main], self.system["twin_format"])
            self.listed.append((self.base + self.system["twin"], "Atom"))
        self._extra_feeds()
        self.made.feeds = frozenset(kept) if self.bodies != "nothing" else frozenset()

    def _extra_feeds(self) -> None:
        others = {
            "comments": self.system.get("comments", "/comments/feed/"),
            "audio": "/podcast/rss.xml",
            "empty": "/events/rss.xml",
            "silent": "/blog-alt/rss.xml",
            "foreign": "/partner/rss.xml",
            "part": "/top/rss.xml",
        }
        for kind in self.extras:
            address = self.base + others[kind]
            entries = self.articles[:6]
            if kind == "foreign":
                self._feed(address, [_moved(each, "http://partner-of-all-example.org") for each in entries], "rss")
            elif kind == "silent":
                self._feed(address, [_aged(each) for each in self.articles[-4:]], "rss")
            elif kind == "comments":
                self._feed(address, [_with(each, "#comment-71") for each in entries], "rss")
            elif kind == "empty":
                self._feed(address, [], "rss")
            elif kind == "part":
                self._feed(address, self._of(self.files[0])[:4], "rss")
            else:
                self._feed(address, entries, "audio")
            self.listed.append((address, kind))

    def _of(self, file: str) -> list[_Article]:
        return [each for each in self.articles if each.language == stories(file)["language"]]

    def _feed(self, address: str, entries: list[_Article], form: str) -> None:
        if self.bodies == "nothing":
            return
        if self.bodies == "relative_links" and form not in ("json", "rdf") and not address.startswith("http://feeds."):
            entries = [replace(each, url=each.url.removeprefix(self.base)) for each in entries]
        if self.bodies == "tracking" and "?" not in self.system["article"]:
            entries = [replace(each, url=f"{each.url}?utm_source={form}&utm_medium=feed") for each in entries]
        shown = {
            "offset": self.tz,
            "feed": self.tz,
            "clock": UTC,
            "utc": UTC,
            "machine": ZoneInfo("Etc/GMT+6"),
        }.get(self.dates, UTC)
        if form == "json":
            items = [
                {
                    "id": e.url,
                    "url": e.url,
                    "title": e.title,
                    "summary": e.text[:160],
                    "date_published": e.at.astimezone(shown).isoformat(),
                }
                for e in entries
            ]
            feed = {"version": "https://jsonfeed.org/version/1.1", "title": self.name, "items": items}
            self._put(address, Reply(json.dumps(feed, ensure_ascii=False).encode(), type="application/feed+json"))
            return
        if form == "atom":
            listed = "".join(
                f'<entry><title>{escape(e.title)}</title><link href="{escape(e.url)}"/><id>{escape(e.url)}</id>'
                f"<published>{e.at.astimezone(shown).isoformat()}</published><summary>{escape(e.text[:160])}</summary></entry>"
                for e in entries
            )
            text = f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(self.name)}</title>{listed}</feed>'
            self._put(address, Reply(text.encode(), type="application/atom+xml"))
            return
        if form == "rdf":
            listed = "".join(
                f'<item rdf:about="{escape(e.url)}"><title>{escape(e.title)}</title><link>{escape(e.url)}</link>'
                f"<dc:date>{e.at.astimezone(shown).isoformat()}</dc:date><description>{escape(e.text[:160])}</description></item>"
                for e in entries
            )
            text = (
                '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
                'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
                f"<channel><title>{escape(self.name)}</title></channel>{listed}</rdf:RDF>"
            )
            self._put(address, Reply(text.encode(), type="application/xml"))
            return
        audio = (
            '<enclosure url="http://cdn.example.org/a.mp3" length="1" type="audio/mpeg"/>' if form == "audio" else ""
        )
        cdata = form == "rss_cdata"
        listed = "".join(
            f"<item><title>{f'<![CDATA[{e.title}]]>' if cdata else escape(e.title)}</title><link>{escape(e.url)}</link>"
            f'<guid isPermaLink="false">{number}</guid><pubDate>{format_datetime(e.at.astimezone(shown))}</pubDate>'
            f"<description>{f'<![CDATA[<p>{e.text[:160]}</p>]]>' if cdata else escape(e.text[:160])}</description>{audio}</item>"
            for number, e in enumerate(entries)
        )
        text = f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{escape(self.name)}</title><link>{self.base}</link>{listed}</channel></rss>'
        self._put(
            address, Reply(text.encode(), type=self.random.choice(("application/rss+xml", "text/xml", "text/html")))
        )

    # --- sitemaps

    def _sitemaps(self) -> None:
        layout = self.system["sitemaps"]
        month = {"yyyy": f"{NOW:%Y}", "mm": f"{NOW:%m}"}
        kept, self.named, self.children = set(), [], []
        if self.bodies == "nothing":
            return
        if "news" in layout:
            news = self.base + layout["news"]
            self._put(
                news,
                Reply(
                    _news(self.articles[:IN_NEWS], self.name, self.tz if self.dates == "offset" else UTC),
                    type="text/xml",
                ),
            )
            kept.add(news)
            if "index" not in layout or layout.get("news_apart"):
                self.named.append(news)
        if "root" in layout:
            root = self.base + layout["root"]
            urls = [each.url for each in self.articles]
            if root.endswith(".txt"):
                self._put(root, Reply("\n".join(urls).encode(), type="text/plain"))
            elif root.endswith(".gz"):
                self._put(root, Reply(gzip.compress(_urlset(urls, self.day), mtime=0), type="application/gzip"))
            else:
                pages = [f"{self.base}/about/", f"{self.base}/contact/"]
                self._put(root, Reply(_urlset([*pages, *urls], self.day), type="application/xml"))
            kept.add(root)
            self.named.append(root)
        if "index" in layout:
            index = self.base + layout["index"]
            self.children = [self.base + layout["articles"].format(**month)]
            self._put(self.children[0], Reply(_urlset([each.url for each in self.articles], self.day), type="text/xml"))
            if layout.get("dated"):
                for back in range(1, 6):
                    before = (NOW.replace(day=1) - timedelta(days=30 * back)).replace(day=1)
                    old = self.base + layout["articles"].format(yyyy=f"{before:%Y}", mm=f"{before:%m}")
                    urls = [f"{each.url}-{back}" for each in self.articles[:5]]
                    self._put(old, Reply(_urlset(urls, self.day), type="text/xml"))
                    self.children.append(old)
            for path in layout.get("pages", ()):
                urls = [f"{self.base}/{name}/" for name in ("about", "contact", "privacy", "team")]
                self._put(self.base + path, Reply(_urlset(urls, self.day), type="text/xml"))
                self.children.append(self.base + path)
            listed = list(self.children)
            if "news" in layout and not layout.get("news_apart"):
                listed.append(self.base + layout["news"])
            if self.random.random() < 0.5:
                listed.reverse()
            self._put(index, Reply(_index(listed), type="text/xml"))
            kept.add(index)
            self.named.append(index)
        self.made.sitemaps = frozenset(kept)

    def _robots_txt(self) -> Reply:
        head = "User-agent: *\nDisallow: /search/private/\nDisallow: /wp-admin/\n"
        named = list(self.named)
        match self.robots:
            case "no_file":
                return Reply(b"not here", 404)
            case "html":
                return Reply(b"<!doctype html><html><body><h1>Welcome</h1></body></html>")
            case "no_lines":
                named = []
            case "dead_line":
                named.insert(0, f"{self.base}/old-sitemap.xml")
            case "relative":
                named = [each.removeprefix(self.base) for each in named]
            case "foreign_line":
                named.insert(0, "http://staging-of-somebody-example.net/sitemap.xml")
            case "slow":
                head += "Crawl-delay: 45\n"
            case "many_lines":
                months = [f"{self.base}/archive/sitemap-{2000 + n // 12}-{n % 12 + 1:02}.xml" for n in range(300)]
                named = [*months[:150], *named, *months[150:]]
            case "children_too":
                named += self.children[:1]
        word = "SITEMAP " if self.robots == "odd_case" else "Sitemap"
        lines = "".join(f"{word}: {each}\n" for each in named)
        encoding = "utf-16" if self.robots == "utf16" else "utf-8"
        return Reply((head + lines).encode(encoding), type="text/plain")

    # --- the front page

    def _front(self) -> None:
        links, anchors, second_links = [], [], []
        types = {
            "rss": "application/rss+xml",
            "rss_cdata": "application/rss+xml",
            "atom": "application/atom+xml",
            "rdf": "application/rdf+xml",
            "json": "application/feed+json",
        }
        for address, title in self.listed:
            form = types[self.system["format"]] if title != "Atom" else "application/atom+xml"
            shown = address
            match self.linking:
                case "loose_type":
                    form = "text/xml" if form != "application/feed+json" else "application/json"
                case "relative":
                    shown = address.removeprefix(self.base)
                case "wrong_title":
                    title = "undefined"
                case "moved":
                    shown = (
                        address.replace(self.base, f"{self.base}/legacy", 1)
                        if address.startswith(self.base)
                        else address
                    )
                    if shown != address:
                        self._put(shown, Reply(status=301, headers=(("Location", address),)))
            is_second = len(self.files) == 2 and address != self.listed[0][0]
            if self.linking == "edition_front" and is_second and title == self.name:
                second_links.append(f'<link rel="alternate" type="{form}" href="{escape(address)}">')
            elif self.linking in ("anchors", "feed_page", "unlinked", "page_link"):
                anchors.append(f'<li><a href="{escape(shown)}">RSS {escape(title)}</a></li>')
            else:
                links.append(f'<link rel="alternate" type="{form}" title="{escape(title)}" href="{escape(shown)}">')
                if self.linking == "twice":
                    links.append(
                        f'<link rel="alternate" type="{form}" href="{escape(shown.replace("http://www.", "http://"))}">'
                    )
        if self.linking == "dead_first":
            links.insert(
                0, f'<link rel="alternate" type="application/rss+xml" href="{self.base}/old/feed-is-gone.xml">'
            )
        footer = ""
        if self.linking == "anchors":
            footer = f"<ul>{''.join(anchors)}</ul>"
        elif self.linking in ("feed_page", "page_link"):
            footer = '<a href="/service/rss-feeds/">RSS</a>'
            if self.linking == "page_link":
                footer = ""
                kind = "application/rss+xml"
                links.append(f'<link rel="alternate" type="{kind}" title="RSS" href="/service/rss-feeds/">')
            page = f'<!doctype html><html lang="{self.declared}"><body><h1>RSS</h1><ul>{"".join(anchors)}</ul></body></html>'
            self._put(f"{self.base}/service/rss-feeds/", _html(page))
        if len(self.files) == 2:
            second = stories(self.files[1])["language"].partition("-")[0]
            links.append(f'<link rel="alternate" hreflang="{second}" href="{self.base}/{second}/">')
        if self.hosting == "phone_host":
            links.append(
                f'<link rel="alternate" media="only screen and (max-width: 640px)" href="http://m.{self.domain}/">'
            )
        teasers = "".join(
            f'<article><h2><a href="{escape(each.url)}">{escape(each.title)}</a></h2><p>{escape(each.text[:120])}</p></article>'
            for each in self.articles[:8]
        )
        body = f"""<!doctype html><html lang="{self.declared}"><head><meta charset="utf-8"><title>{escape(self.name)}</title>
{self.system["head"]}<meta property="og:site_name" content="{escape(self.name)}">{"".join(links)}</head>
<body><header><nav>{self._nav()}</nav></header><main>{teasers}</main><footer>{footer}<a href="/about/">About</a></footer></body></html>"""
        self.front = _html(body)
        if len(self.files) == 2:
            code = stories(self.files[1])["language"].partition("-")[0]
            self._put(f"{self.base}/{code}/", _html(body.replace("</head>", "".join(second_links) + "</head>")))
        self._put(f"{self.base}/", self.front)
        for section in stories(self.files[0])["words"]["sections"]:
            self._put(f"{self.base}/{quote(section.lower().replace(' ', '-'))}/", self.front)

    # --- hosts and walls

    def _hosts(self) -> None:
        other = self.domain if self.host.startswith("www.") else f"www.{self.domain}"
        self._put(f"{self.base}/robots.txt", self._robots_txt())
        if self.hosting in ("www", "apex", "feeds_host", "phone_host"):
            self.made.replies[other, "*"] = Reply(status=301, headers=(("Location", f"{self.base}/"),))
        if self.hosting == "both":
            for (host, path), reply in list(self.made.replies.items()):
                if host == self.host:
                    self.made.replies[other, path] = reply
        if self.hosting == "moved":
            old = f"old-{self.domain}"
            self.made.replies[old, "*"] = Reply(status=301, headers=(("Location", f"{self.base}/"),))
            self.made.asked = old
        if self.hosting == "soft_404":
            self.made.replies[self.host, "*"] = _html(
                "<!doctype html><html><body><h1>Oops</h1><p>Nothing here.</p></body></html>"
            )
        if self.hosting == "to_front":
            self.made.replies[self.host, "*"] = Reply(status=302, headers=(("Location", f"{self.base}/"),))
        if self.hosting == "language_folder":
            self._put(f"{self.base}/front/", self.front)
            self._put(f"{self.base}/", Reply(status=302, headers=(("Location", "/front/"),)))
        if self.hosting == "refresh":
            self._put(f"{self.base}/start.html", self.front)
            page = b'<html><head><meta http-equiv="refresh" content="0; url=/start.html"></head><body></body></html>'
            self._put(f"{self.base}/", Reply(page))
        if self.hosting == "feeds_host":
            self._put(f"http://feeds.{self.domain}/robots.txt", Reply(b"", 404))
        if self.hosting == "twin_domain":
            # It answers under one suffix, and its articles lie under the other.
            twin = f"{self.domain.partition('.')[0]}.net"
            self.made.replies[twin, "*"] = Reply(status=302, headers=(("Location", f"{self.base}/"),))
            self.made.asked = twin

    def _walls(self) -> None:
        wall = self.wall
        if wall is None:
            return
        replies = self.made.replies
        pages = {_place(each.url) for each in self.articles}
        everything = [place for place in replies if not place[1].endswith("/robots.txt")]
        html = [
            place
            for place in everything
            if replies[place].type.startswith("text/html")
            and replies[place].status == 200
            and b"<rss" not in replies[place].body
        ]
        challenge = Reply(b"<html><body>Checking</body></html>", 403, headers=(("cf-mitigated", "challenge"),))
        shell = _html(
            '<!doctype html><html><head><title>x</title><script src="/app.js"></script></head><body><div id="root"></div><noscript>JavaScript</noscript></body></html>'
        )
        match wall:
            case "consent":
                for place in html:
                    replies[place] = Reply(
                        status=302, headers=(("Location", f"{self.base}/consent/?return={quote(place[1])}"),)
                    )
                replies[self.host, "*"] = _html(
                    f"<html><body><h1>Cookies</h1><p>{escape(stories(self.files[0])['words']['cookies'])}</p></body></html>"
                )
            case "challenge":
                for place in everything:
                    replies[place] = challenge
                replies[self.host, "*"] = challenge
            case "challenge_articles":
                for place in pages:
                    replies[place] = challenge
            case "javascript":
                for place in html:
                    replies[place] = shell
            case "javascript_articles":
                for place in pages:
                    replies[place] = shell
            case "paywall" | "paywall_stub":
                for article in self.articles:
                    replies[_place(article.url)] = self._paid(article, wall == "paywall_stub")
            case "login":
                for place in pages:
                    replies[place] = Reply(status=302, headers=(("Location", f"{self.base}/login?next=x"),))
                replies[self.host, "/login?next=x"] = _html("<html><body><form><input name=user></form></body></html>")
            case "robots_all":
                replies[self.host, "/robots.txt"] = Reply(b"User-agent: *\nDisallow: /\n", type="text/plain")
            case "robots_articles":
                paths = sorted({f"Disallow: {path}" for _, path in pages})
                lines = "\n".join(["User-agent: *", *paths])
                replies[self.host, "/robots.txt"] = Reply(lines.encode(), type="text/plain")
                self.made.sitemaps = None
            case "robots_down":
                replies[self.host, "/robots.txt"] = Reply(b"", 503)
            case "forbidden" | "down":
                for place in [*replies]:
                    if place[0] == self.host:
                        replies[place] = Reply(b"no", 403 if wall == "forbidden" else 500)
                replies[self.host, "*"] = Reply(b"no", 403 if wall == "forbidden" else 500)
            case "consent_page":
                text = escape(stories(self.files[0])["words"]["cookies"])
                for place in pages:
                    replies[place] = _html(
                        f'<html lang="{self.declared}"><head><title>Consent</title></head><body><div id="consent-wall" class="cmp"><h1>Cookies</h1><p>{text}</p><button>OK</button></div></body></html>'
                    )
            case "titled_notice":
                text = escape(" ".join(line for line in self.articles[0].text.split("\n")[:3]))
                for article in self.articles:
                    title = escape(article.title)
                    page = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{title}</p><p>{text}</p></article></body></html>"
                    replies[_place(article.url)] = _html(page)
            case "teasers":
                for article in self.articles:
                    first = article.text.split("\n")[0][:150]
                    page = replies[_place(article.url)].body.decode()
                    start, end = page.index("</div>", page.index("<article>")), page.index("</article>")
                    replies[_place(article.url)] = _html(f"{page[:start]}</div><p>{escape(first)}...</p>{page[end:]}")
            case "nobody":
                replies.clear()
        self.made.may_be_ready = False
        if wall not in BEHIND_FRONT:
            self.made.feeds = self.made.sitemaps = None

    def _paid(self, article: _Article, is_stub: bool) -> Reply:
        said = stories(self.files[0])["words"].get("subscribers_only", "Subscribe to read on")
        text = article.text.split("\n")[0][: 60 if is_stub else 400]
        node = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.title,
            "isAccessibleForFree": False,
            "datePublished": article.at.isoformat(),
            "hasPart": {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"},
        }
        return _html(
            f"""<!doctype html><html lang="{self.declared}"><head><title>{escape(article.title)}</title>
<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script></head><body><article><h1>{escape(article.title)}</h1>
<p>{escape(text)}</p><div class="paywall"><p>{escape(said)}</p></div></article></body></html>"""
        )

    def _truth(self) -> None:
        if self.wall is None or self.wall in BEHIND_FRONT:
            self.made.languages = frozenset(str(language.tag(stories(file)["language"])) for file in self.files)
            blind = self.dates == "utc" or (self.wall is not None and self.dates != "feed")
            is_zero = NOW.astimezone(self.tz).utcoffset() == timedelta() and self.dates in ("offset", "feed", "named")
            if not self.made.has_country and is_zero:
                blind = True  # every system writes +00:00
            if not (blind and (self.country in MANY_CLOCKS or not self.made.has_country)):
                self.made.timezone = self.zone
        else:
            self.made.languages = None

    def _put(self, url: str, reply: Reply) -> None:
        self.made.replies[_place(url)] = reply


def _place(url: str) -> tuple[str, str]:
    host, _, path = url.partition("://")[2].partition("/")
    return host, f"/{path}"


def _html(text: str) -> Reply:
    return Reply(text.encode())


def _moved(article: _Article, base: str) -> _Article:
    return replace(article, url=base + _place(article.url)[1])


def _with(article: _Article, ending: str) -> _Article:
    return replace(article, url=article.url + ending)


def _aged(article: _Article) -> _Article:
    return replace(article, url=f"{article.url}?y=2024", at=article.at - timedelta(days=500))


def _urlset(urls: list[str], day: str = "2026-11-23") -> bytes:
    listed = "".join(f"<url><loc>{escape(url)}</loc><lastmod>{day}T08:00:00Z</lastmod></url>" for url in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'.encode()


def _index(urls: list[str]) -> bytes:
    listed = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>" for url in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'.encode()


def _news(articles: list[_Article], name: str, zone: Any) -> bytes:
    listed = "".join(
        f"<url><loc>{escape(e.url)}</loc><news:news><news:publication><news:name>{escape(name)}</news:name>"
        f"<news:language>{e.language.partition('-')[0]}</news:language></news:publication>"
        f"<news:publication_date>{e.at.astimezone(zone).isoformat()}</news:publication_date>"
        f"<news:title>{escape(e.title)}</news:title></news:news></url>"
        for e in articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{listed}</urlset>'
    ).encode()
