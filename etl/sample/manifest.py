"""The expected result of a pipeline for every page of the newsroom, for end-to-end tests.

It is derived from the pages' source, never from an extractor's output. `expected.yaml` has the same for people and other
tools; a test keeps the two equal.

How to read it: `first_sentence` and `last_sentence` are in the clean text, with nothing before and after them but what
is named beside them (description, dateline, correction note, credit line). No string of `never` is in the clean text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

from etl.errors import Permanent
from etl.model import Outcome, PageType, Precision
from etl.sample import answers, listings, themes
from etl.sample.content import DAYS, DEFAULT_PORT, SamplePage, SampleSite, load_pages, load_sites, sentences
from etl.urls import url_key

# Shorter words of a site's boilerplate ("Home", "By") may well occur in an article.
_NEVER_BYTES = 16

# Where a theme states these so that it is no matter of guessing; breadcrumbs and lists of links are.
_SECTION = ('"article:section"', 'itemprop="articleSection"')
_TAGS = ("${tag_metas}", '"keywords"', 'rel="tag"')

_HEAD = """\
# What a pipeline should make of every page of the sample newsroom. Made from the pages by `python -m etl.sample`;
# see README.md for how to read it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOffer:
    """One place that offers a page: the URL as it is written there, and the feed, sitemap or section that holds it."""

    url: str
    found_at: str
    source: str
    kind: str  # rss, atom, json, urlset, news, section


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedValues:
    """What an article's record should say. `None` means that the page does not say it, or that it is not judged."""

    title: str
    authors: tuple[str, ...]
    published_at: datetime | None
    published_on: date | None
    published_precision: Precision | None
    modified_at: datetime | None
    language: str
    section: str | None
    tags: tuple[str, ...] | None
    description: str | None
    first_sentence: str
    last_sentence: str
    text_chars: int
    text: str
    dateline: str | None
    correction_note: str | None
    credit_line: str | None
    caption: str | None
    is_accessible_for_free: bool | None
    canonical_url: str | None
    amp_url: str | None
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDay:
    """One page on one day: its answer, its outcome in a fresh fetch, and the documents that offer it."""

    status: int | None  # None: nothing listens at that address
    outcome: Outcome
    final_url: str | None  # where redirects lead
    offers: tuple[SampleOffer, ...]
    article: ExpectedValues | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPage:
    """One page of the newsroom on both days. `day1` is `None` for what appears on the second day."""

    url: str
    source: str
    difficulty: str
    note: str
    page_type: PageType
    change: str  # none, new, changed, gone, moved or recovered
    same_text: str | None
    rights: Mapping[str, str]
    day1: ExpectedDay | None
    day2: ExpectedDay

    def on(self, day: int) -> ExpectedDay | None:
        """The page on that day."""
        return self.day1 if day == 1 else self.day2


def expected(port: int = DEFAULT_PORT) -> tuple[ExpectedPage, ...]:
    """Every page of the newsroom on that port, by site and name."""
    sites = load_sites()
    by_day = {day: load_pages(day) for day in DAYS}
    offers = {day: _by_key(offers_of(day, port)) for day in DAYS}
    first = {(page.site, page.slug): page for page in by_day[1]}
    found = []
    for page in by_day[2]:
        site = sites[page.site]
        before = first.get((page.site, page.slug))
        others = answers.neighbours(site, by_day[1])
        found.append(
            ExpectedPage(
                url=_url(page, site, port),
                source=page.site,
                difficulty=page.difficulty,
                note=page.note,
                page_type=page.page_type,
                change=_change(before, page),
                same_text=page.same_text,
                rights=page.rights,
                day1=_day(before, site, by_day[1], others, offers[1], port) if before else None,
                day2=_day(page, site, by_day[2], others, offers[2], port),
            )
        )
    return tuple(found)


def offers_of(day: int, port: int = DEFAULT_PORT) -> tuple[SampleOffer, ...]:
    """Everything that the sources' feeds, sitemaps and sections offer on that day, repeats included."""
    pages = load_pages(day)
    return tuple(
        SampleOffer(url=url, found_at=f"{site.base(port)}{feed.path}", source=site.key, kind=feed.kind)
        for site in load_sites().values()
        if site.is_source
        for feed in (*site.feeds, *site.sitemaps, *site.sections)
        for _, url in listings.offered(feed, site, pages, port)
    )


def first_run(day: int, port: int = DEFAULT_PORT) -> Counter[Outcome]:
    """The outcomes of a run into an empty warehouse on that day: one for each offer, repeats of a URL key included."""
    return _first_run(day, expected(port), port)


def _first_run(day: int, pages: Sequence[ExpectedPage], port: int) -> Counter[Outcome]:
    outcomes = {url_key(page.url): page.on(day) for page in pages}
    seen: set[bytes] = set()
    counts: Counter[Outcome] = Counter()
    for offer in offers_of(day, port):
        key = url_key(offer.url)
        found = outcomes.get(key)
        if found is None:
            raise Permanent(f"{offer.found_at} offers {offer.url}, which no page of the newsroom explains")
        counts[Outcome.DUPLICATE_CANDIDATE if key in seen else found.outcome] += 1
        seen.add(key)
    return counts


def expected_yaml(port: int = DEFAULT_PORT) -> str:
    """The manifest as YAML; day two stands there only where it differs."""
    pages = expected(port)
    document = {
        "first_run": {f"day{day}": _plain(_first_run(day, pages, port)) for day in DAYS},
        "pages": [_entry(page) for page in pages],
    }
    return _HEAD + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def _by_key(offers: Sequence[SampleOffer]) -> dict[bytes, list[SampleOffer]]:
    found: dict[bytes, list[SampleOffer]] = {}
    for offer in offers:
        found.setdefault(url_key(offer.url), []).append(offer)
    return found


def _day(
    page: SamplePage,
    site: SampleSite,
    pages: Sequence[SamplePage],
    others: Sequence[SamplePage],
    offers: Mapping[bytes, Sequence[SampleOffer]],
    port: int,
) -> ExpectedDay:
    final = _final(page, site, pages, port)
    told = next((each for each in pages if each.site == page.site and each.path == final), page) if final else page
    served = (page.host or site.host) in (site.host, *site.alias_hosts)
    return ExpectedDay(
        status=page.status if served else None,
        outcome=page.outcome,
        final_url=f"{site.base(port)}{final}" if final and final.startswith("/") else final,
        offers=tuple(offers.get(url_key(_url(page, site, port)), ())),
        article=_values(told, site, others, port) if page.outcome is Outcome.ARTICLE and told.status == 200 else None,
    )


def _final(page: SamplePage, site: SampleSite, pages: Sequence[SamplePage], port: int) -> str | None:
    """The path, or the URL on another host, at the end of a page's redirects."""
    location = page.location
    for _ in range(10):
        if location is None:
            return None
        after = next((each.location for each in pages if each.site == page.site and each.path == location), None)
        if after is None:
            return location.replace("{port}", str(port))
        location = after
    raise Permanent(f"{page.site}/{page.slug}: redirects without end")


def _values(page: SamplePage, site: SampleSite, others: Sequence[SamplePage], port: int) -> ExpectedValues:
    theme = themes.load(page.theme or site.theme)
    precision = (page.precision or Precision(theme.precision)) if page.published else None
    instant = page.published_at if precision in (Precision.SECOND, Precision.MINUTE) else None
    day = page.published_on or (page.published or "")[:10]
    # What a machine can read of the page, beside what readers see; a plain text has none of it.
    markup = "" if page.behaviour == "text" else "\n".join(theme.parts)
    prose = [block.text for block in page.blocks if block.kind != "h2" and block.text in page.text]
    if page.dateline:
        prose[0] = page.text.splitlines()[0]
    lines = [line for line in prose if line not in (page.title, page.correction_note, page.credit_line)]
    base = site.base(port)
    return ExpectedValues(
        title=page.title,
        authors=page.authors if markup else (),
        published_at=instant,
        published_on=date.fromisoformat(day) if day else None,
        published_precision=precision,
        modified_at=datetime.fromisoformat(page.modified) if page.modified and _says(markup, "${modified}") else None,
        language=site.language,
        section=page.section if _says(markup, *_SECTION) else None,
        tags=page.tags if page.tags and _says(markup, *_TAGS) else None,
        description=page.description if _says(markup, "${description}") else None,
        first_sentence=sentences(lines[0])[0],
        last_sentence=sentences(lines[-1])[-1],
        text_chars=len(page.text),
        text=page.text,
        dateline=page.dateline,
        correction_note=page.correction_note,
        credit_line=page.credit_line,
        caption=page.caption or None,
        is_accessible_for_free=page.free,
        canonical_url=f"{base}{page.canonical or page.path}" if 'rel="canonical"' in markup else None,
        amp_url=f"{base}{page.amp}" if page.amp else None,
        never=_never(page, site, others),
    )


def _says(markup: str, *marks: str) -> bool:
    return any(mark in markup for mark in ("${json_ld", *marks))


def _never(page: SamplePage, site: SampleSite, others: Sequence[SamplePage]) -> tuple[str, ...]:
    """Strings of the page's boilerplate; none of them is in its text."""
    if page.behaviour == "text":
        return ()
    words = [word for word in themes.labels_of(page, site) if len(word.encode()) >= _NEVER_BYTES]
    words += [page.caption, page.credit, *(each["text"] for each in page.comments)]
    words += [*themes.related_titles(page, site, others), *page.never]
    found = tuple(dict.fromkeys(word for word in words if word))
    if inside := [word for word in found if word in page.text]:
        raise Permanent(f"{page.site}/{page.slug}: its own text holds boilerplate: {inside}")
    return found


def _change(before: SamplePage | None, after: SamplePage) -> str:
    if before is None:
        return "new"
    if after.status in (404, 410) and before.status == 200:
        return "gone"
    if after.location is not None and before.location is None:
        return "moved"
    if before.status != 200 and after.status == 200:
        return "recovered"
    return "none" if before.blocks == after.blocks and before.title == after.title else "changed"


def _url(page: SamplePage, site: SampleSite, port: int) -> str:
    return f"http://{page.host or site.host}:{port}{quote(page.path, safe='/?=&')}"


def _entry(page: ExpectedPage) -> dict[str, Any]:
    entry = {
        name: _plain(getattr(page, name)) for name in ("url", "source", "difficulty", "note", "page_type", "change")
    }
    entry |= {name: _plain(getattr(page, name)) for name in ("same_text", "rights") if getattr(page, name)}
    for name, day in (("day1", page.day1), ("day2", page.day2)):
        if day is None or (name == "day2" and day == page.day1):
            continue
        told: dict[str, Any] = {key: _plain(getattr(day, key)) for key in ("status", "outcome")}
        if day.final_url:
            told["final_url"] = day.final_url
        told["offered"] = [{"url": offer.url, "by": urlsplit(offer.found_at).path} for offer in day.offers]
        if day.article and not (name == "day2" and page.day1 and page.day1.article == day.article):
            values = {key: _plain(value) for key, value in asdict(day.article).items() if key != "text"}
            told["article"] = {key: value for key, value in values.items() if value not in (None, [])}
        entry[name] = told
    return {key: value for key, value in entry.items() if value != ""}


def _plain(value: Any) -> Any:
    """A value as YAML holds it."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (Outcome, PageType, Precision)):
        return value.value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {_plain(key): _plain(each) for key, each in sorted(value.items())}
    return value
