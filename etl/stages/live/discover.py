"""Reads those of the sources' feeds, sitemaps and section pages that are due, with conditional requests."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from etl import rhythm, urls
from etl.clock import clock
from etl.discover import indexes
from etl.discover.documents import DocumentKind, parse_document
from etl.discover.hosts import may_offer
from etl.discover.parsed import ChildSitemap, ParsedDocument
from etl.discover.relays import may_relay
from etl.errors import Quarantine
from etl.fetch.crawl import HostWork
from etl.fetch.messages import FetchRequest, FetchResult, Refusal, RequestKind
from etl.frontier import Offer
from etl.http.lifetime import lifetime
from etl.isolation import around, put_aside
from etl.model import GONE_STATUSES, Candidate, Outcome, StageReport
from etl.sources.registry import Source
from etl.stages.live.crawling import crawl_hosts, host_of, logged
from etl.stages.live.fetch import foreign_host
from etl.stages.live.turns import (
    by_registry,
    due_urls,
    hub_of,
    moved_for_good,
    next_page_of,
    rests_in_words,
    wait_of,
    without,
)
from etl.stages.resources import Resources
from etl.states import SourceState
from etl.warehouse.load.refusals import refused_as_quarantine
from etl.warehouse.ops import documents, frontier, hosts, runs
from etl.warehouse.ops.documents import NO_VALIDATORS, VALIDATORS_LIE, DocumentState, DocumentValidators

# Of a sitemap index, as many of its newest sitemaps are read in a run. A news site's last days are in the first few;
# older ones are for fills, not for live runs.
MAX_CHILDREN = 5
MAX_DEPTH = 3
# Answers to a further page of a list that would be the same another time.
LASTING = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, *GONE_STATUSES})
# Of a list in pages, the next one is read while most of what it names is new, up to this many.
MAX_PAGES = 5

REQUEST_KINDS = {
    DocumentKind.FEED: RequestKind.FEED,
    DocumentKind.SITEMAP: RequestKind.SITEMAP,
    DocumentKind.SECTION: RequestKind.PAGE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed, sitemap or section page of a source."""

    source: Source
    kind: DocumentKind
    url: str
    step: int = 1  # of those that led to it, itself included
    is_page: bool = False  # a further one of a list that goes on at other addresses


def discover(r: Resources, *, run_id: str, sources: Sequence[str], limit_s: float = math.inf) -> StageReport:
    """Read the documents of these sources and put what they offer into the run.

    Documents are asked when they are due by their rhythm (`etl.rhythm`). A source fails when none of those that were asked
    could be read, and none of the others either the last time; the other sources continue. A document that did not change
    since it was read last offers nothing new. Documents that an earlier attempt has read are not read again, since a run
    that is cleared long after its time would offer their present content. What is not read after `limit_s` seconds is left
    to the next run.
    """
    states = runs.states(r.engine, run_id=run_id, sources=sources)
    wanted = [key for key in sources if states.get(key) in (SourceState.PLANNED, SourceState.FAILED)]
    one = _Discovery(r, run_id, [r.registry.sources[key] for key in wanted], ends_at=time.monotonic() + limit_s)
    asyncio.run(one.run())
    notes = []
    for key in wanted:
        error = one.error_of(key)
        runs.discovered(r.engine, run_id=run_id, source_key=key, error=error)
        notes += [f"{key}: {said}" for said in (error, *one.notes_of(key)) if said]
    return StageReport(stage="discover", notes=tuple(notes))


class _Discovery:
    def __init__(self, r: Resources, run_id: str, sources: Sequence[Source], *, ends_at: float) -> None:
        self._r = r
        self._sources = sources
        self._ends_at = ends_at
        self._run_id = run_id
        self._asking = runs.asking(r.engine, run_id)
        self._as_of = self._asking.as_of
        self._read: dict[str, int] = defaultdict(int)
        self._errors: dict[str, list[str]] = defaultdict(list)
        self._notes: dict[str, list[str]] = defaultdict(list)
        self._left_out: dict[str, list[str]] = defaultdict(list)
        self._next: list[Document] = []
        self._known = documents.of_sources(r.engine, [source.key for source in sources])

    async def run(self) -> None:
        wave = [d for source in self._sources for d in _documents(source)]
        self._note_rested(wave)
        seen: set[str] = set()
        due = due_urls(self._known, self._asking)
        for _ in range(max(MAX_DEPTH, MAX_PAGES)):
            wave = [d for d in wave if d.url not in seen and not seen.add(d.url)]  # type: ignore[func-returns-value]
            wave = [d for d in wave if d.url in due or d.url not in self._known or d.is_page]
            if wave:
                await self._crawl(wave)
            wave, self._next = self._next, []

    def error_of(self, source_key: str) -> str | None:
        """Why a source failed; None when it did not."""
        errors = self._errors[source_key]
        return "; ".join(errors) if errors and not self._read[source_key] else None

    def notes_of(self, source_key: str) -> list[str]:
        """What of a source was not read, and why; and what became of its documents."""
        notes = self._notes[source_key]
        if left_out := self._left_out[source_key]:
            what = "documents were left to another day, the daily budget of their host is used"
            notes = [*notes, f"{len(left_out)} {what}: {left_out[0]}"]
        return notes

    def _note_rested(self, wave: Sequence[Document]) -> None:
        """Documents that rest count as neither read nor failed; others that answered the last time count as read."""
        due = due_urls(self._known, self._asking)
        for d in wave:
            state = self._known.get(d.url)
            if state is None or d.url in due:
                continue
            if state.turn.failing_since is None:
                self._read[d.source.key] += 1
            elif rhythm.rests(state.turn):
                self._notes[d.source.key].append(f"{d.url} {rests_in_words(state)}")

    async def _crawl(self, wave: Sequence[Document]) -> None:
        by_url = self._by_address(wave)
        works = await asyncio.to_thread(self._works, by_url)

        async def on_result(request: FetchRequest, result: FetchResult) -> None:
            await asyncio.to_thread(self._take, by_url[request.url], request, result)

        async def may_leave_to(request: FetchRequest, target: str) -> Refusal | None:
            return foreign_host(self._r.registry, by_url[request.url].source.key, target)

        left_s = max(0.0, self._ends_at - time.monotonic())
        await crawl_hosts(self._r, works, on_result, run_id=self._run_id, limit_s=left_s, may_leave_to=may_leave_to)

    def _by_address(self, wave: Sequence[Document]) -> dict[str, Document]:
        """The documents by the address at which they are asked: where they moved to, unless that is another document's.

        Once a day they are asked at their own, or a redirect that was taken back would be remembered for ever.
        """
        by_url = {d.url: d for d in wave}
        found: dict[str, Document] = {}
        for d in wave:
            state = self._known.get(d.url)
            moved_to = state.moved_lately(self._as_of) if state is not None else None
            is_free = moved_to is not None and moved_to not in by_url and moved_to not in found
            found[moved_to if moved_to is not None and is_free else d.url] = d
        return found

    def _works(self, by_url: Mapping[str, Document]) -> list[HostWork]:
        requests: dict[str, list[FetchRequest]] = defaultdict(list)
        for url, d in by_url.items():
            state = self._known.get(d.url)
            before = state.conditions(self._as_of) if state else NO_VALIDATORS
            requests[host_of(url)].append(
                FetchRequest(
                    url=url,
                    kind=REQUEST_KINDS[d.kind],
                    etag=before.etag,
                    last_modified=before.last_modified,
                    headers=d.source.headers,
                )
            )
        works = []
        for host, wanted in sorted(requests.items()):
            sources = [by_url[q.url].source for q in wanted]
            left = hosts.left_for_discovery(
                self._r.engine,
                host,
                clock().date(),
                budget=max(source.daily_budget for source in sources),
            )
            for request in wanted[left:]:
                self._left_out[by_url[request.url].source.key].append(request.url)
            if left:
                delay_s = max(source.min_delay_s for source in sources)
                works.append(HostWork(host=host, requests=wanted[:left], min_delay_s=delay_s, max_requests=left))
        return works

    def _take(self, d: Document, request: FetchRequest, result: FetchResult) -> None:
        """Store what a document offers; an exception, or a refusal by the database, fails that document alone."""
        try:
            self._read_one(d, request, result)
        except Exception as error:
            self._fail(d, request, result, put_aside(error, what="document", which=d.url))

    def _read_one(self, d: Document, request: FetchRequest, result: FetchResult) -> None:
        """Store the offers in one transaction with the record that the document was read."""
        key = d.source.key
        if result.outcome not in (None, Outcome.UNCHANGED):
            self._fail(d, request, result, f"{result.outcome} {result.error or ''}")
            return
        found = ParsedDocument()
        if result.outcome is None:
            found = parse_document(
                d.kind,
                result.body,
                result.final_url,
                result.header("content-type"),
                source_key=key,
                owns=d.source.owns,
            )
        if found.problems and not found.candidates and not found.children:
            self._fail(d, request, result, ", ".join(found.problems))
            return
        problems = (*found.problems, *(("short: the answer ended before its stated end",) if result.is_short else ()))
        validators = digest = None
        is_doubted = False
        state = self._known.get(d.url)
        if result.outcome is None:
            # An index that did not change says nothing of its sitemaps: it is always read.
            may_ask = not found.children and not result.is_short
            said = DocumentValidators(etag=result.etag, last_modified=result.last_modified)
            digest = hashlib.sha256(result.body).digest()
            if state is not None and state.contradicts(digest, said):
                is_doubted = True
                problems = (*problems, VALIDATORS_LIE)
            validators = said if may_ask and not is_doubted else NO_VALIDATORS
        offers = _offers(found.candidates, d.source)
        children = indexes.choose(
            found.children, owns=partial(may_offer, d.source), limit=MAX_CHILDREN, now=self._as_of
        )
        led_to = moved_for_good(request.url, result)
        moved_to = led_to or (request.url if request.url != d.url else None)
        if moved_to is not None and (state is None or state.moved_to != moved_to):
            self._notes[key].append(f"{d.url} has moved to {moved_to}: write that into the registry")
        with around(), refused_as_quarantine(), self._r.engine.begin() as connection:
            hosts.log(connection, self._run_id, [logged(request, result)])
            states = documents.locked(connection, key)
            turns = {url: each.turn for url, each in states.items()}
            named = frontier.offer(
                connection,
                run_id=self._run_id,
                source_key=key,
                offers=offers,
                now=self._as_of,
                oldest=d.source.oldest(self._as_of),
            )
            news, lost = rhythm.shared_out(d.url, by_registry(named, states), turns)
            turn = rhythm.after_answer(
                turns.get(d.url),
                news,
                now=self._as_of,
                bounds=d.source.polling,
                worth_h=self._asking.worth_h,
                said=rhythm.Answered(
                    fresh_for=lifetime(result.header, now=result.fetched_at), changes_every=found.changes_every
                ),
            )
            documents.succeeded(
                connection,
                url=d.url,
                source_key=key,
                turn=turn,
                validators=validators,
                status=result.status,
                digest=digest,
                is_doubted=is_doubted,
                moved_to=moved_to,
                is_led_there=led_to is not None,
                has_news=bool(news),
                problems=problems,
            )
            documents.keep_rhythms(connection, without(lost, turns, now=self._as_of))
            following = self._following(d, states, children, next_page_of(request.url, result, found))
            if result.outcome is None:
                # What was read before and brings little but news may have brought more since. On top may stand what always does.
                is_new = 2 * len(named) > sum(o.outcome is None for o in offers)
                goes_on = is_new and (d.is_page or (d.url in turns and turns[d.url].rhythm is not None))
                following = [each for each in following if goes_on or not each.is_page or _is_pending(each, d, states)]
                documents.named(connection, root=d.url, source_key=key, children=[each.url for each in following])
            if d.is_page:
                documents.is_read(connection, d.url)
            if d.kind is DocumentKind.FEED and result.outcome is None and not d.is_page:
                documents.names_hub(connection, d.url, hub_of(result, found))
        self._read[key] += 1
        self._next += following

    def _following(
        self, d: Document, states: Mapping[str, DocumentState], children: Sequence[ChildSitemap], next_page: str | None
    ) -> list[Document]:
        """What a document leads to: the sitemaps of an index, the next page of a list; also one that a killed run left over."""
        found = []
        if d.step < MAX_DEPTH:
            found = [Document(source=d.source, kind=DocumentKind.SITEMAP, url=c.url, step=d.step + 1) for c in children]
        if d.step < MAX_PAGES and d.kind is not DocumentKind.SITEMAP:
            pages = {url for url, state in states.items() if state.root == d.url}
            if next_page is not None and may_offer(d.source, next_page):
                pages.add(next_page)
            found += [
                Document(source=d.source, kind=d.kind, url=url, step=d.step + 1, is_page=True) for url in sorted(pages)
            ]
        return found

    def _fail(self, d: Document, request: FetchRequest, result: FetchResult, why: str) -> None:
        error = f"{d.url}: {why}".strip()
        self._errors[d.source.key].append(error)
        state = self._known.get(d.url)
        turn = rhythm.after_failure(
            state.turn if state else None,
            now=self._as_of,
            is_gone=result.status == HTTPStatus.GONE,
            wait=wait_of(result),
        )
        try:
            with around(), refused_as_quarantine(), self._r.engine.begin() as connection:
                hosts.log(connection, self._run_id, [logged(request, result)])
                if result.outcome is not Outcome.DEFERRED:  # it was not asked, and is still due
                    documents.failed(
                        connection, url=d.url, source_key=d.source.key, turn=turn, status=result.status, error=error
                    )
                    if d.is_page and result.status in LASTING:
                        documents.is_read(connection, d.url)
        except Quarantine as refusal:
            put_aside(refusal, what="document", which=d.url)  # the run's error has it


def _is_pending(page: Document, of: Document, states: Mapping[str, DocumentState]) -> bool:
    return page.url in states and states[page.url].root == of.url


def _documents(source: Source) -> list[Document]:
    return [
        Document(source=source, kind=kind, url=url)
        for kind, found in (
            (DocumentKind.FEED, source.feeds),
            (DocumentKind.SITEMAP, source.sitemaps),
            (DocumentKind.SECTION, source.sections),
        )
        for url in found
    ]


def _own_page(url: str, source: Source) -> str:
    """The source's own page inside the address of a cache or redirect that a document names; else the address as it is."""
    if may_offer(source, url):
        return url
    page = urls.page_url(url)
    return page if page != url and may_offer(source, page) else url


def _offers(candidates: Sequence[Candidate], source: Source) -> list[Offer]:
    """What a document offered, each URL text once, judged where that needs no visit."""
    by_url: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_url[_own_page(candidate.url, source)].append(candidate)
    offers = []
    for url, same in by_url.items():
        hints = tuple(c.hint for c in same)
        try:
            key = urls.url_key(url, rules=source.key_rules)
            host = urls.host_of(url)
        except Quarantine as error:
            offers.append(
                Offer(url=url, url_key=None, host="", hints=hints, outcome=Outcome.QUARANTINED, detail=str(error))
            )
            continue
        outcome, detail = None, None
        if may_relay(url, hints) and not may_offer(source, url):
            pass  # whose page it is, and whether a pattern leaves that out, is known when it has redirected there
        elif not may_offer(source, url):
            outcome, detail = Outcome.FOREIGN_HOST, f"offered by {source.key}"
        elif not source.wants(url):
            pattern = source.deciding_pattern(url)[1]
            outcome, detail = Outcome.EXCLUDED, f"by {pattern}" if pattern else "no include pattern matches"
        offers.append(
            Offer(
                url=url,
                url_key=key,
                host=host,
                hints=hints,
                outcome=outcome,
                detail=detail,
            )
        )
    return offers
