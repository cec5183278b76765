"""The walk of a probe. Pure: it yields requests, is sent answers, and returns a proposal.

Its limits share `MAX_REQUESTS` so that the next step always has its part: feeds leave enough for sitemaps, sitemaps for
samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from etl import urls
from etl.archives.sitemaps import names_news
from etl.discover.documents import DocumentKind
from etl.discover.hosts import robots_sitemaps
from etl.discover.indexes import choose as choose_children
from etl.discover.parsed import ChildSitemap
from etl.errors import SettingError
from etl.extract.rules import SourceRules
from etl.fetch import robots
from etl.fetch.address import is_loopback_host
from etl.fetch.messages import FetchResult, RequestKind
from etl.probe import archive, judging, languages, proposing, samples, systems
from etl.probe import front as fronts
from etl.probe.addresses import host_of, key_of
from etl.probe.asking import Asking, Budget, get, rules_of
from etl.probe.findings import USEFUL, ProbedDocument, Proposal, Role, Wall
from etl.probe.front import Named, same_site
from etl.probe.seen import Seen
from etl.sources.source import Source

MAX_REQUESTS = 40
MAX_ROBOTS_SITEMAPS = 6
# Requests that the steps of feeds and of sitemaps leave for later steps; a share of them where the limit is small.
_FOR_FEEDS = 16
_FOR_SAMPLES = samples.SAMPLES + 2
_FIRST_GUESSES = 10
# Seconds that a probe may wait for a host with a long crawl delay, and the requests that it makes in any case.
PATIENCE_S = 900.0
_FEWEST = 16
_MAX_EDITIONS = 3
_MAX_DEPTH = 2  # indexes within indexes
_REFRESH = re.compile(r"<meta[^<>]{0,200}http-equiv=[\"']?refresh[\"']?[^<>]{0,200}url=([^\"'<>\s]{1,500})", re.I)


def walk(asked: str, *, now: datetime, homepage: str | None = None) -> Asking[Proposal]:
    """From a domain, or the address of a front page, to a proposal.

    Raises `SettingError` for what is neither, before anything is asked for.
    """
    starts = [homepage] if homepage else origins(asked)
    return _ProbeWalk(asked, starts, now).run()


def recheck(source: Source, *, now: datetime) -> Asking[Proposal]:
    """Check a source of the registry: its own documents, and five of their articles.

    The proposal's documents are those of the source; do not copy its other fields into the registry.
    """
    return _ProbeWalk(source.homepage, [source.homepage], now).run_again(source)


def origins(asked: str) -> list[str]:
    """The addresses under which the front page of a domain may be, in the order in which they are tried.

    >>> origins("harbour-post.example")[:2]
    ['https://harbour-post.example/', 'http://harbour-post.example/']
    """
    text = asked.strip()
    if "://" in text:
        if not urls.is_web_url(text):
            raise SettingError(f"{asked!r} is no web address: give a domain, such as harbour-post.example")
        return [text]
    base = text.lstrip("/")
    if not base or not urls.is_web_url(f"https://{base}") or ("." not in base and not is_loopback_host(base)):
        raise SettingError(
            f"{asked!r} is no domain: give one such as harbour-post.example, or the address of a front page"
        )
    if "/" not in base:
        base += "/"
    host = host_of(f"https://{base}")
    if is_loopback_host(host):
        return [f"http://{base}", f"https://{base}"]
    found = [f"https://{base}", f"http://{base}"]
    if urls.registrable_domain(f"https://{base}") == host:
        found += [f"https://www.{base}", f"http://www.{base}"]
    return found


class _ProbeWalk:
    def __init__(self, asked: str, starts: list[str], now: datetime) -> None:
        self._starts = starts
        self._seen = Seen(asked=asked, now=now)
        self._budget = Budget(left=MAX_REQUESTS, hosts=set())
        self._tried: set[str] = set()
        self._given: list[FetchResult] = []  # what was asked for, where that is a feed
        self._for_feeds, self._for_samples = _FOR_FEEDS, _FOR_SAMPLES

    def run(self) -> Asking[Proposal]:
        seen = self._seen
        result = yield from self._find_front()
        if result is None:
            return proposing.propose(seen)
        seen.robots = yield from rules_of(host_of(seen.homepage))
        seen.system = systems.recognize(seen.front.markup, seen.front.generators)
        self._be_patient()
        self._learn_aliases()
        for given in self._given:
            seen.feeds.append(self._judged(given, Named(url=given.url, how="asked"), DocumentKind.FEED))
        yield from self._read_feeds()
        yield from self._read_sitemaps()
        yield from self._guess_on()
        seen.feeds, seen.sitemaps = judging.apart(seen.feeds), judging.apart(seen.sitemaps)
        if not any(each.role in USEFUL for each in (*seen.feeds, *seen.sitemaps)):
            yield from self._read_sections(result)
            seen.front_wall = samples.wall_of_front(result, captured_at=seen.now)
        yield from self._read_samples()
        seen.read = samples.together(seen.read)
        yield from self._try_date_archive()
        return proposing.propose(seen)

    def run_again(self, source: Source) -> Asking[Proposal]:
        seen = self._seen
        seen.homepage = source.homepage
        seen.front = replace(seen.front, url=source.homepage, name=source.name)
        seen.aliases = dict.fromkeys(source.hosts, "named by the registry")
        for url in source.feeds:
            yield from self._try_feeds([Named(url=url, how="registry")])
        for url in source.sitemaps:
            yield from self._try_sitemap(Named(url=url, how="registry"))
        for url in source.sections:
            if self._budget.left > self._for_samples:
                answer = yield from self._get(url, RequestKind.PAGE)
                named = Named(url=url, how="registry")
                seen.sections.append(self._judged(answer, named, DocumentKind.SECTION))
        seen.robots = yield from rules_of(host_of(source.homepage))
        yield from self._read_samples()
        seen.read = samples.together(seen.read)
        return proposing.propose(seen)

    def _get(self, url: str, kind: RequestKind) -> Asking[FetchResult]:
        result = yield from get(url, kind)
        self._tried.add(key_of(url))
        self._tried.add(key_of(result.final_url))
        self._budget.spend(result, [host_of(url), host_of(result.final_url)])
        return result

    # --- the front page

    def _find_front(self) -> Asking[FetchResult | None]:
        seen = self._seen
        for start in self._starts:
            result = yield from self._get(start, RequestKind.PAGE)
            page = yield from self._followed(result)
            if judging.is_list(page):  # the address of a feed, as people copy it: the site is where it lies
                self._given.append(page)
                page = yield from self._get(urls.join(page.final_url, "/") or start, RequestKind.PAGE)
            wall = samples.wall_of(page)
            if page.is_full and wall is None:
                self._take_front(page)
                return page
            said = f"{page.final_url}: {page.outcome or wall}{f' ({page.error})' if page.error else ''}"
            seen.walls.append((wall or Wall.UNREACHABLE, said))
            if wall not in (None, Wall.UNREACHABLE) and "unreachable" not in (page.outcome or ""):
                break  # the host refuses: do not ask it again under another name
        return None

    def _followed(self, result: FetchResult, kind: RequestKind = RequestKind.PAGE) -> Asking[FetchResult]:
        """Follow a redirect in the page's head, as pages for choosing a language and moved feeds have. One step."""
        if not result.is_full or len(result.body) > 20_000:
            return result
        found = _REFRESH.search(result.body.decode("utf-8", "replace"))
        target = urls.join(result.final_url, found[1]) if found else None
        if target is None or key_of(target) == key_of(result.final_url):
            return result
        return (yield from self._get(target, kind))

    def _take_front(self, page: FetchResult) -> None:
        seen = self._seen
        parts = urlsplit(page.final_url)
        seen.homepage = urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "", ""))
        seen.front = fronts.read(page.body, page.final_url, page.header("content-type"), page.header("link"))
        seen.rights = dict(page.robots)
        seen.hops = [hop.url for hop in page.redirects]

    def _learn_aliases(self) -> None:
        """Other hosts that are certainly the site's: it redirects from there, or links its own pages there."""
        seen = self._seen
        moved = [self._starts[0], *seen.hops]
        for url in moved:
            if not same_site(url, seen.homepage):
                seen.aliases.setdefault(host_of(url).removeprefix("www."), f"{url} leads to {seen.homepage}")
        for host in seen.front.hosts:
            url = f"https://{host}/"
            is_edition = any(host_of(edition) == host for _, edition in seen.front.editions)
            if host and not same_site(url, seen.homepage) and not is_edition and not host.endswith("ampproject.org"):
                seen.aliases.setdefault(host.removeprefix("www."), "the front page names its own pages there")

    def _be_patient(self) -> None:
        """Send fewer requests where robots.txt asks for a long delay, so that a probe does not take an hour."""
        stored = self._seen.robots
        delay_s = robots.parse(stored.text).delay(0.0).seconds if stored is not None else 0.0
        if delay_s > 0:
            self._budget.left = min(self._budget.left, max(_FEWEST, int(PATIENCE_S / delay_s)))
        if self._budget.left < _FOR_FEEDS + 8:
            self._for_feeds, self._for_samples = 7, 3

    # --- feeds

    def _read_feeds(self) -> Asking[None]:
        seen = self._seen
        yield from self._try_feeds(seen.front.feeds)
        yield from self._read_editions()
        pages = [each for each in seen.front.feed_pages if key_of(each.url) not in self._tried]
        if not any(named.how == "link" for named in seen.front.feeds) or not self._has_feed():
            for page in pages[:1]:
                if self._budget.left > self._for_feeds:
                    yield from self._read_feed_page(page)
        if seen.system is not None:
            main = seen.system.system.feeds
            guesses = _at_root(seen.homepage, main if not self._has_feed() else main[:1])
            yield from self._try_feeds(guesses, until_found=True)
        if not self._has_feed():
            yield from self._try_feeds(_at_root(seen.homepage, systems.USUAL_FEEDS[:_FIRST_GUESSES]), until_found=True)

    def _guess_on(self) -> Asking[None]:
        """Try the remaining usual addresses of feeds, with the requests that sitemaps have left."""
        for guess in _at_root(self._seen.homepage, systems.USUAL_FEEDS):
            if self._has_feed() or self._budget.left <= self._for_samples:
                return
            yield from self._try_feeds([guess], until_found=True, leave=self._for_samples)

    def _read_editions(self) -> Asking[None]:
        """Read the fronts of editions in other languages for feeds of their own; else try the usual address of a feed there."""
        seen = self._seen
        for url in fronts.other_editions(seen.front)[:_MAX_EDITIONS]:
            if self._budget.left <= self._for_feeds + 1 or key_of(url) in self._tried:
                continue
            result = yield from self._get(url, RequestKind.PAGE)
            if not result.is_full or not same_site(result.final_url, seen.homepage):
                continue
            edition = fronts.read(result.body, result.final_url, result.header("content-type"))
            before = len(seen.feeds)
            yield from self._try_feeds(edition.feeds)
            if not any(each.role in USEFUL for each in seen.feeds[before:]) and seen.system is not None:
                paths = [path.lstrip("/") for path in seen.system.system.feeds[:1]]
                yield from self._try_feeds(_at_root(result.final_url, paths), until_found=True)

    def _try_feeds(
        self, named: Iterable[Named], *, until_found: bool = False, leave: int | None = None
    ) -> Asking[None]:
        for each in named:
            if key_of(each.url) in self._tried:
                continue
            if self._budget.left <= (self._for_feeds if leave is None else leave):
                self._seen.untried += not until_found
                continue
            result = yield from self._get(each.url, RequestKind.FEED)
            if result.is_full and each.how != "guess" and judging.is_page(result):
                result = yield from self._followed(result, RequestKind.FEED)
            if result.is_full and each.how in ("anchor", "link") and judging.is_page(result):
                yield from self._feeds_of(result)
                continue
            document = self._judged(result, each, DocumentKind.FEED)
            self._seen.feeds.append(document)
            if until_found and document.role in USEFUL:
                return

    def _judged(self, result: FetchResult, named: Named, kind: DocumentKind) -> ProbedDocument:
        seen = self._seen
        known = frozenset(key_of(entry.url) for each in seen.feeds for entry in each.entries)

        def judged() -> ProbedDocument:
            return judging.judge(
                result,
                named_by=_how(named),
                owns=seen.owns,
                now=seen.now,
                kind=kind,
                articles=known,
                silent_before=seen.silent_before,
            )

        document = judged()
        if document.role is Role.FOREIGN and named.how != "guess":
            # The site names a document whose pages are on another domain of its name: harbour-post.example and .com
            host = judging.main_host(result, kind)
            if host and _brand(f"https://{host}/") and _brand(f"https://{host}/") == _brand(seen.homepage):
                seen.aliases.setdefault(host.removeprefix("www."), f"{document.url} lists its pages there")
                document = judged()
        asked = named.url if named.how == "registry" else ""
        document = replace(document, asked=asked, status=result.status)
        return replace(document, url=lasting(result)) if result.is_full else document

    def _read_feed_page(self, page: Named) -> Asking[None]:
        result = yield from self._get(page.url, RequestKind.FEED)
        if result.is_full and judging.is_page(result):
            yield from self._feeds_of(result)
        elif result.is_full:  # a feed under an address that does not show it
            self._seen.feeds.append(self._judged(result, page, DocumentKind.FEED))

    def _feeds_of(self, result: FetchResult) -> Asking[None]:
        """The feeds that a page of feeds names; only one such page is read."""
        if "feed page" in self._tried:
            return
        self._tried.add("feed page")
        found = fronts.read(result.body, result.final_url, result.header("content-type"))
        yield from self._try_feeds([replace(each, how="feed page") for each in found.feeds])

    def _has_feed(self) -> bool:
        return any(each.role in USEFUL for each in self._seen.feeds)

    # --- sitemaps

    def _read_sitemaps(self) -> Asking[None]:
        seen = self._seen
        named = [*self._robots_sitemaps(), *seen.front.sitemaps]
        for each in self._likeliest(named)[:MAX_ROBOTS_SITEMAPS]:
            yield from self._try_sitemap(each)
        known = seen.system.system.sitemaps if seen.system else ()
        for paths, is_enough in (
            ([path for path in known if names_news(path)], self._has_news_sitemap),
            ([path for path in known if not names_news(path)], self._has_sitemap),
            (systems.USUAL_SITEMAPS, self._has_sitemap),
            (systems.USUAL_NEWS_SITEMAPS, self._has_news_sitemap),
        ):
            for guess in _at_root(seen.homepage, paths):
                if not is_enough():
                    yield from self._try_sitemap(guess)

    def _likeliest(self, named: list[Named]) -> list[Named]:
        """News sitemaps first; among many, such as one for each month, the newest first."""
        if len(named) > MAX_ROBOTS_SITEMAPS:
            by_url = {each.url: each for each in reversed(named)}
            listed = [ChildSitemap(url=url) for url in dict.fromkeys(each.url for each in named)]
            ranked = choose_children(listed, owns=lambda _: True, limit=len(listed), now=self._seen.now)
            named = [by_url[child.url] for child in ranked]
        return sorted(named, key=lambda each: not names_news(each.url))

    def _robots_sitemaps(self) -> Iterator[Named]:
        stored = self._seen.robots
        if stored is not None:
            for url in robots_sitemaps(stored.text.encode(), stored.url):
                yield Named(url=url, how="robots.txt")

    def _try_sitemap(self, named: Named, *, depth: int = 0) -> Asking[None]:
        seen = self._seen
        if key_of(named.url) in self._tried or self._budget.left <= self._for_samples:
            return
        result = yield from self._get(named.url, RequestKind.SITEMAP)
        document = self._judged(result, named, DocumentKind.SITEMAP)
        if document.role is Role.FEED:  # some name their feed as a sitemap, which is allowed
            seen.feeds.append(document)
            return
        place = len(seen.sitemaps)
        seen.sitemaps.append(document)
        if document.role is not Role.SITEMAP_INDEX:
            return
        children = self._children(document)
        for child in children:
            before = len(seen.sitemaps)
            if depth < _MAX_DEPTH:
                yield from self._try_sitemap(Named(url=child, how="index"), depth=depth + 1)
            if any(each.role in USEFUL for each in seen.sitemaps[before:]):
                return
        looked_at = {key_of(child) for child in children}
        has_articles = any(each.role in USEFUL for each in seen.sitemaps if key_of(each.url) in looked_at)
        if looked_at <= self._tried and not has_articles:
            seen.sitemaps[place] = replace(document, role=Role.NO_ARTICLES, why=f"{document.why}, none of articles")

    def _children(self, index: ProbedDocument) -> list[str]:
        """Read files of an index: the news sitemap, and the most likely others until one has articles."""
        seen = self._seen
        news = [child for child in index.children if names_news(child)]
        listed = [
            ChildSitemap(url=url, modified_raw=modified)
            for url, modified in zip(index.children, index.modified, strict=True)
        ]
        likely = choose_children(listed, owns=lambda _: True, limit=2, now=seen.now)
        return list(dict.fromkeys([*news[:1], *(child.url for child in likely)]))

    def _has_news_sitemap(self) -> bool:
        return any(each.role is Role.NEWS_SITEMAP for each in self._seen.sitemaps)

    def _has_sitemap(self) -> bool:
        return any(each.role in (Role.SITEMAP, Role.SITEMAP_INDEX) for each in self._seen.sitemaps)

    # --- sections

    def _read_sections(self, result: FetchResult) -> Asking[None]:
        seen = self._seen
        front = Named(url=seen.homepage, how="front page")
        seen.sections.append(replace(self._judged(result, front, DocumentKind.SECTION), url=seen.homepage))
        for each in seen.front.sections:
            if len(seen.sections) > 2 or self._budget.left <= self._for_samples:
                break
            answer = yield from self._get(each.url, RequestKind.PAGE)
            if answer.is_full and samples.wall_of(answer) is None:
                seen.sections.append(self._judged(answer, each, DocumentKind.SECTION))

    # --- articles

    def _read_samples(self) -> Asking[None]:
        seen = self._seen
        documents = [*seen.feeds, *seen.sitemaps, *seen.sections]
        spoken = languages.find(documents, (), seen.front.lang).languages
        rules = SourceRules(
            site_names=(seen.front.name,) if seen.front.name else (),
            language=spoken[0] if len(spoken) == 1 else None,
        )
        for url in samples.choose(documents):
            if self._budget.left <= 0:
                break
            result = yield from self._get(url, RequestKind.PAGE)
            seen.read.append(samples.read(result, rules=rules, captured_at=seen.now))

    def _try_date_archive(self) -> Asking[None]:
        """Find pages of past days, where no sitemap names them and articles have their day in the path."""
        seen = self._seen
        if any(each.role is Role.SITEMAP_INDEX for each in seen.sitemaps) or self._budget.left <= 0:
            return
        guess = archive.pattern_of([read.sample.url for read in seen.read])
        if guess is None:
            return
        result = yield from self._get(guess.example, RequestKind.PAGE)
        if archive.shows_day(result, guess, owns=seen.owns):
            seen.date_archive = guess.pattern


def _at_root(homepage: str, paths: Iterable[str]) -> list[Named]:
    found = (urls.join(homepage, path) for path in paths)
    return [Named(url=url, how="guess") for url in found if url is not None]


def _how(named: Named) -> str:
    return {
        "link": "a link in the head of the front page",
        "anchor": "a link on the front page",
        "feed page": "the site's page of feeds",
        "robots.txt": "robots.txt",
        "index": "a sitemap index",
        "guess": "the usual place",
        "front page": "the front page",
        "asked": "the address that was asked for",
        "registry": "the registry",
    }[named.how]


def lasting(result: FetchResult) -> str:
    """The address to store: the target of a permanent redirect (301, 308), else the one that was requested."""
    is_moved = all(hop.status in (301, 308) for hop in result.redirects)
    return result.final_url if is_moved else result.url


def _brand(url: str) -> str | None:
    """The first label of the registrable domain: a publisher's name under every suffix."""
    domain = urls.registrable_domain(url)
    return domain.partition(".")[0] if domain else None
