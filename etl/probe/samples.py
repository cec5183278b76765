"""Articles of a site as they would be stored, or what prevents them from being read."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import zip_longest
from urllib.parse import urlsplit

from etl.discover.sections import looks_like_article
from etl.extract import publication, site
from etl.extract.page import read_page
from etl.extract.rules import SourceRules
from etl.extract.web import PageReading
from etl.fetch.messages import FetchResult
from etl.fetch.verdicts import judge as judge_answer
from etl.model import Outcome, Page, Precision
from etl.probe import front as fronts
from etl.probe.findings import USEFUL, ProbedDocument, Role, Sample, Wall
from etl.probe.zones import SeenOffset, Witness, of_clocks
from etl.urls import normal_url

_A_HEADLINE = "some headline of it"
SAMPLES = 5
_NOTICES = 3  # samples with one text
_TELLING = 120  # columns


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRead:
    """A sample, and what its page states about the site."""

    sample: Sample
    wall: Wall | None = None
    offsets: tuple[SeenOffset, ...] = ()
    country: str | None = None
    text: str = ""
    rights: dict[str, str] = field(default_factory=dict)


def choose(documents: Sequence[ProbedDocument], *, count: int = SAMPLES) -> list[str]:
    """Addresses of articles to check: from the documents in turn, the first ones, which are the newest, and one from
    the end; those that look like articles first."""
    rows = []
    rank = {Role.FEED: 0, Role.NEWS_SITEMAP: 0, Role.SITEMAP: 1, Role.SECTION: 2}
    for document in sorted((d for d in documents if d.role in USEFUL), key=lambda d: rank.get(d.role, 3)):
        urls = [entry.url for entry in document.entries]
        likely = [url for url in urls if looks_like_article(url, _A_HEADLINE)]
        others = [url for url in urls if url not in likely]
        rows.append([*likely[:1], *likely[-1:], *likely[1:-1], *others])
    found: dict[str, str] = {}
    for turn in zip_longest(*rows):
        for url in turn:
            if url is not None:
                found.setdefault(normal_url(url), url)
    return list(found.values())[:count]


def read(result: FetchResult, *, rules: SourceRules, captured_at: datetime) -> SampleRead:
    """The sample that would be stored from an answer."""
    refusal = judge_answer(result)
    rights = dict(result.robots)
    if refusal is not None:
        detail = refusal.detail
        sample = Sample(url=result.url, outcome=refusal.outcome, detail=detail)
        return SampleRead(sample=sample, wall=_wall_of_answer(result, refusal.outcome), rights=rights)
    content_type = result.header("content-type")
    found = read_page(
        result.body, url=result.final_url, captured_at=captured_at, content_type=content_type, rules=rules
    )
    page = found.page if isinstance(found, PageReading) else found
    sample = Sample(
        url=result.final_url,
        outcome=page.outcome,
        title=page.title,
        published=_published(page),
        authors=page.authors,
        language=page.language,
        text_chars=len(page.text),
        is_truncated=page.text_truncated,
        cuts=page.removed,
        flags=page.flags,
        detail=page.detail,
    )
    if not isinstance(found, PageReading):
        return SampleRead(sample=sample, wall=_wall_of_page(page, result), rights=rights)
    return SampleRead(
        sample=sample,
        wall=_wall_of_page(page, result),
        offsets=tuple(_offsets(found, captured_at, result.final_url)),
        country=site.country(found.signals),
        text=page.text,
        rights=rights,
    )


def together(read: Sequence[SampleRead]) -> list[SampleRead]:
    """The samples; several with the same text are classified as notices in place of articles.

    Of two among more the second may be the same article under another address; the first line may be a headline.
    """
    times = Counter(_body(each.text) for each in read if each.text)
    most = min(_NOTICES, max(2, len(read)))
    return [replace(each, wall=Wall.NOTICE) if each.text and times[_body(each.text)] >= most else each for each in read]


def _body(text: str) -> str:
    """A text without its first line, where enough is left to tell it from others."""
    rest = text.partition("\n")[2]
    return rest if columns(rest) >= _TELLING else text


def columns(text: str) -> int:
    """The width of a text: a letter of Chinese, Japanese or Korean says as much as two others."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def wall_of_front(result: FetchResult, *, captured_at: datetime) -> Wall | None:
    """The wall that a front page itself is: a challenge or a form that is served like a page."""
    content_type = result.header("content-type")
    found = read_page(
        result.body, url=result.final_url, captured_at=captured_at, content_type=content_type, rules=SourceRules()
    )
    page = found.page if isinstance(found, PageReading) else found
    walls = {
        Outcome.CONSENT_WALL: Wall.CONSENT,
        Outcome.BOT_CHALLENGE: Wall.CHALLENGE,
        Outcome.PAYWALL_STUB: Wall.LOGIN,
    }
    return walls.get(page.outcome)


def wall_of(result: FetchResult) -> Wall | None:
    """The wall that an answer shows; None for a page, or a missing one."""
    refusal = judge_answer(result)
    return _wall_of_answer(result, refusal.outcome) if refusal is not None else None


def _wall_of_answer(result: FetchResult, outcome: Outcome) -> Wall | None:
    walls = {
        Outcome.ROBOTS_DENIED: Wall.ROBOTS,
        Outcome.ROBOTS_UNREACHABLE: Wall.ROBOTS,
        Outcome.BOT_CHALLENGE: Wall.CHALLENGE,
        Outcome.CONSENT_WALL: Wall.CONSENT,
        Outcome.PAYWALL_STUB: Wall.LOGIN,
        Outcome.TIMEOUT: Wall.UNREACHABLE,
        Outcome.REFUSED_ADDRESS: Wall.UNREACHABLE,
    }
    if outcome in walls:
        return walls[outcome]
    if result.status in (401, 402, 403, 429, 451):
        return Wall.REFUSED
    if outcome is Outcome.HTTP_ERROR and (result.status is None or result.status >= 500):
        return Wall.UNREACHABLE
    return None


def _wall_of_page(page: Page, result: FetchResult) -> Wall | None:
    walls = {
        Outcome.CONSENT_WALL: Wall.CONSENT,
        Outcome.BOT_CHALLENGE: Wall.CHALLENGE,
        Outcome.PAYWALL_STUB: Wall.PAYWALL,
    }
    if page.outcome in walls:
        return walls[page.outcome]
    if page.outcome is Outcome.ARTICLE:
        return Wall.PAYWALL if page.text_truncated else None
    shell = fronts.read(result.body, result.final_url, result.header("content-type"))
    if shell.is_shell:
        return Wall.JAVASCRIPT
    return Wall.NO_ARTICLES


def _published(page: Page) -> str | None:
    if page.published_at is not None and page.published_precision not in (Precision.LOCAL, Precision.DAY):
        return page.published_at.isoformat()
    return page.published_on.isoformat() if page.published_on is not None else None


def _offsets(found: PageReading, captured_at: datetime, url: str) -> list[SeenOffset]:
    """Offsets of the page's own dates, and between these and the local times that it shows."""
    stamps = publication.candidates(
        found.signals, captured_at, month_first=bool(found.draft.month_first), language=found.page.language
    )
    instants = [at.stamp.instant for at in (*stamps.published, *stamps.modified) if at.stamp.instant is not None]
    seen = []
    where = urlsplit(url).path or "/"
    # A time that is written with its zone is an instant too, with an offset that readers see.
    clocks = [at.stamp for at in stamps.visible]
    if (gap := of_clocks(instants, clocks, where=where)) is not None:
        seen.append(gap)
    for clock in clocks:
        offset = clock.instant.utcoffset() if clock.instant is not None else None
        if offset:  # "14:05 CET" beside the headline
            seen.append(SeenOffset(offset=offset, at=clock.instant or captured_at, witness=Witness.CLOCK, where=where))
            break
    for instant in dict.fromkeys(instants):
        offset = instant.utcoffset()
        if offset is not None and instant.tzinfo is not UTC:
            seen.append(SeenOffset(offset=offset, at=instant, witness=Witness.PAGE, where=where))
            break
    return seen
