"""Gives each tried document its role: a feed of articles, a news sitemap, or one of the many that only look like them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from etl.discover.documents import DocumentKind, Format, parse_document, sniff
from etl.discover.markup import MAX_FEED_BYTES, unpacked
from etl.discover.parsed import ParsedDocument
from etl.discover.sections import looks_like_article
from etl.fetch.messages import FetchResult
from etl.model import Candidate, FoundVia
from etl.normalize import dates
from etl.probe.addresses import key_of
from etl.probe.findings import USEFUL, Entry, ProbedDocument, Role
from etl.untrusted_text import as_line
from etl.urls import host_of

# The share of common entries from which two documents are duplicates.
SAME = 0.9
MIN_SECTION_LINKS = 3
_COMMENTS = re.compile(r"/comments?(?:/|$|\.|\?|-)|[?&]feed=comments|#comment|/kommentare?/", re.I)
_AUDIO = re.compile(rb"<enclosure\b[^<>]{0,400}\btype=[\"'](?:audio|video)/", re.I)
_A_HEADLINE = "some headline of it"  # so that only the address decides


def judge(
    result: FetchResult,
    *,
    named_by: str,
    owns: Callable[[str], bool],
    now: datetime,
    kind: DocumentKind = DocumentKind.FEED,
    articles: frozenset[str] = frozenset(),
    silent_before: datetime | None = None,
) -> ProbedDocument:
    """The role of a feed or sitemap by its answer; duplicates are found later (`apart`).

    `articles` are keys (`addresses.key_of`) of URLs that are known to be articles, since not every address shows it. A feed without anything since
    `silent_before` was left behind.
    """
    if not result.is_full:
        return _nothing(result, named_by, f"{result.outcome}: {result.error or ''}".strip(": "))
    form = sniff(result.body, result.header("content-type"))
    if form is Format.PAGE and kind is not DocumentKind.SECTION:
        return _nothing(result, named_by, "a web page")
    found = parse_document(
        kind, result.body, result.final_url, result.header("content-type"), source_key="probe", owns=owns
    )
    if found.children:
        return _index(result, found, named_by, owns)
    own = [candidate for candidate in found.candidates if owns(candidate.url)]
    if not found.candidates:
        empty = form in (Format.FEED, Format.SITEMAP)
        why = as_line("; ".join(found.problems), 120) or "no entries"
        return replace(_nothing(result, named_by, why), role=Role.EMPTY if empty else Role.NOTHING)
    document = ProbedDocument(
        url=result.final_url,
        role=Role.FEED,
        named_by=named_by,
        why="",
        entries=tuple(map(_entry, own)),
        newest=_newest(own, now),
    )
    if not own:
        hosts = Counter(urlsplit(candidate.url).netloc for candidate in found.candidates)
        host, count = hosts.most_common(1)[0]
        return replace(document, role=Role.FOREIGN, why=f"{count} of {len(found.candidates)} entries are on {host}")
    if kind is DocumentKind.SECTION:
        role = Role.SECTION if len(own) >= MIN_SECTION_LINKS else Role.NO_ARTICLES
        return replace(document, role=role, why=f"{len(own)} links that look like articles")
    if form in (Format.SITEMAP, Format.LINES):
        return _sitemap(document, own, articles)
    return _feed(document, own, result.body, silent_before)


def is_page(result: FetchResult) -> bool:
    """True if the answer is a web page, whatever was asked for."""
    return sniff(result.body, result.header("content-type")) is Format.PAGE


def is_list(result: FetchResult) -> bool:
    """True if the answer is a feed or a sitemap."""
    return result.is_full and sniff(result.body, result.header("content-type")) in (Format.FEED, Format.SITEMAP)


def main_host(result: FetchResult, kind: DocumentKind) -> str | None:
    """The host on which most of the listed pages are."""
    found = parse_document(kind, result.body, result.final_url, result.header("content-type"), source_key="probe")
    listed = [*(each.url for each in found.candidates), *(each.url for each in found.children)]
    hosts = Counter(host_of(url) for url in listed)
    return hosts.most_common(1)[0][0] if hosts else None


def apart(documents: Sequence[ProbedDocument]) -> list[ProbedDocument]:
    """The documents; those that list the same articles as another one, or some of them, become duplicates.

    Of two equal ones the first counts; a larger one counts before its parts. Sitemaps are compared with sitemaps, feeds
    with feeds, since a feed has more about an entry, and a sitemap more entries.
    """
    judged = list(documents)
    sets = [frozenset(key_of(entry.url) for entry in each.entries) or frozenset(each.children) for each in judged]
    order = sorted(range(len(judged)), key=lambda n: (-len(sets[n]) if _is_part_of_any(n, judged, sets) else -1e9, n))
    kept: list[int] = []
    for n in order:
        if judged[n].role not in USEFUL:
            continue
        for other in kept:
            if _family(judged[n]) == _family(judged[other]) and (why := _same(sets[n], sets[other])):
                judged[n] = replace(judged[n], role=Role.DUPLICATE, why=why, same_as=judged[other].url)
                break
        else:
            kept.append(n)
    return judged


def _is_part_of_any(n: int, judged: Sequence[ProbedDocument], sets: Sequence[frozenset[str]]) -> bool:
    """Whether a larger document contains all of this one, and has to be compared first."""
    return any(
        sets[n] < other or sets[n] > other
        for m, other in enumerate(sets)
        if m != n and other and sets[n] and judged[m].role in USEFUL and _family(judged[n]) == _family(judged[m])
    )


def _same(one: frozenset[str], other: frozenset[str]) -> str | None:
    if not one or not other:
        return None
    common = len(one & other)
    if common / len(one | other) >= SAME:
        return "the same entries"
    return "a part of its entries" if common == len(one) else None


def _family(document: ProbedDocument) -> Role:
    """A news sitemap is kept although a larger sitemap contains it, since live runs read news sitemaps."""
    return document.role


def _nothing(result: FetchResult, named_by: str, why: str) -> ProbedDocument:
    return ProbedDocument(url=result.url, role=Role.NOTHING, named_by=named_by, why=as_line(why, 200))


def _entry(candidate: Candidate) -> Entry:
    hint = candidate.hint
    return Entry(
        url=candidate.url,
        title=hint.title,
        summary=hint.summary,
        published_raw=hint.published_raw or hint.modified_raw,
        language=hint.language,
    )


def _index(result: FetchResult, found: ParsedDocument, named_by: str, owns: Callable[[str], bool]) -> ProbedDocument:
    own = [child for child in found.children if owns(child.url)]
    return ProbedDocument(
        url=result.final_url,
        role=Role.SITEMAP_INDEX if own else Role.FOREIGN,
        named_by=named_by,
        why=f"names {len(found.children)} sitemaps",
        children=tuple(child.url for child in own),
        modified=tuple(child.modified_raw for child in own),
    )


def _sitemap(document: ProbedDocument, own: Sequence[Candidate], known: frozenset[str]) -> ProbedDocument:
    news = sum(each.hint.via is FoundVia.NEWS_SITEMAP for each in own)
    if 2 * news >= len(own):
        return replace(document, role=Role.NEWS_SITEMAP, why=f"{len(own)} news entries")
    articles = sum(looks_like_article(each.url, _A_HEADLINE) or key_of(each.url) in known for each in own)
    if articles >= 0.2 * len(own) or articles >= 50:
        return replace(document, role=Role.SITEMAP, why=f"{len(own)} entries, {articles} with addresses of articles")
    return replace(document, role=Role.NO_ARTICLES, why=f"{len(own)} entries, {articles} with addresses of articles")


def _feed(
    document: ProbedDocument, own: Sequence[Candidate], body: bytes, silent_before: datetime | None
) -> ProbedDocument:
    comments = sum("#comment" in each.url for each in own)
    if _COMMENTS.search(urlsplit(document.url).path) or 2 * comments > len(own):
        return replace(document, role=Role.COMMENTS, why="comments of readers")
    audio = len(_AUDIO.findall(unpacked(body, MAX_FEED_BYTES)[0]))
    if 2 * audio > len(own):
        return replace(document, role=Role.AUDIO, why=f"{audio} of {len(own)} entries are recordings")
    if silent_before is not None and document.newest is not None and document.newest < silent_before:
        return replace(document, role=Role.SILENT, why=f"nothing since {document.newest:%Y-%m-%d}")
    since = f", the newest of {document.newest:%Y-%m-%d %H:%M}Z" if document.newest else ""
    return replace(document, why=f"{len(own)} entries{since}")


def _newest(own: Sequence[Candidate], now: datetime) -> datetime | None:
    found = []
    for candidate in own:
        raw = candidate.hint.published_raw or candidate.hint.modified_raw
        stamp = dates.parse(raw) if raw else None
        if stamp is not None:
            when = stamp.instant or datetime.combine(stamp.day, datetime.min.time(), tzinfo=UTC)
            if when <= now + timedelta(days=1):
                found.append(when)
    return max(found, default=None)
