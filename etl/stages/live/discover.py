"""Reads the sources' feeds, sitemaps and section pages with conditional requests."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from etl import urls
from etl.clock import clock
from etl.discover import indexes
from etl.discover.documents import DocumentKind, parse_document
from etl.discover.hosts import may_offer
from etl.discover.parsed import ParsedDocument
from etl.discover.relays import may_relay
from etl.errors import Quarantine
from etl.fetch.crawl import HostWork
from etl.fetch.messages import FetchRequest, FetchResult, Refusal, RequestKind
from etl.frontier import Offer
from etl.isolation import around, put_aside
from etl.model import Candidate, Outcome, StageReport
from etl.sources.registry import Source
from etl.stages.live.crawling import crawl_hosts, host_of, logged
from etl.stages.live.fetch import foreign_host
from etl.stages.resources import Resources
from etl.states import SourceState
from etl.warehouse.load.refusals import refused_as_quarantine
from etl.warehouse.ops import documents, frontier, hosts, runs
from etl.warehouse.ops.documents import NO_VALIDATORS, VALIDATORS_LIE, DocumentState, DocumentValidators

# Of a sitemap index, as many of its newest sitemaps are read in a run. A news site's last days are in the first few;
# older ones are for fills, not for live runs.
MAX_CHILDREN = 5
MAX_DEPTH = 3

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


def discover(r: Resources, *, run_id: str, sources: Sequence[str], limit_s: float = math.inf) -> StageReport:
    """Read the documents of these sources and put what they offer into the run.

    A source fails when none of its documents could be read; the others continue. A document that did not change since it
    was read last offers nothing new. Documents that an earlier attempt has read are not read again, since a run that is
    cleared long after its time would offer their present content. What is not read after `limit_s` seconds is left to the
    next run.
    """
    states = runs.states(r.engine, run_id=run_id, sources=sources)
    wanted = [key for key in sources if states.get(key) in (SourceState.PLANNED, SourceState.FAILED)]
    one = _Discovery(r, run_id, ends_at=time.monotonic() + limit_s)
    asyncio.run(one.run([r.registry.sources[key] for key in wanted]))
    notes = []
    for key in wanted:
        error = one.error_of(key)
        runs.discovered(r.engine, run_id=run_id, source_key=key, error=error)
        notes += [f"{key}: {said}" for said in (error, one.note_of(key)) if said]
    return StageReport(stage="discover", notes=tuple(notes))


class _Discovery:
    def __init__(self, r: Resources, run_id: str, *, ends_at: float) -> None:
        self._r = r
        self._ends_at = ends_at
        self._run_id = run_id
        self._as_of = runs.as_of(r.engine, run_id)
        self._read: dict[str, int] = defaultdict(int)
        self._errors: dict[str, list[str]] = defaultdict(list)
        self._left_out: dict[str, list[str]] = defaultdict(list)
        self._next: list[Document] = []
        self._known: dict[str, DocumentState] = {}

    async def run(self, sources: Sequence[Source]) -> None:
        wave = [d for source in sources for d in _documents(source)]
        seen: set[str] = set()
        for _ in range(MAX_DEPTH):
            wave = [d for d in wave if d.url not in seen and not seen.add(d.url)]  # type: ignore[func-returns-value]
            if wave:
                await self._crawl(wave)
            wave, self._next = self._next, []

    def error_of(self, source_key: str) -> str | None:
        """Why a source failed; None when it did not."""
        errors = self._errors[source_key]
        return "; ".join(errors) if errors and not self._read[source_key] else None

    def note_of(self, source_key: str) -> str | None:
        """What of a source was not read, since half of its host's budget is for pages."""
        left_out = self._left_out[source_key]
        if not left_out:
            return None
        return (
            f"{len(left_out)} documents were left to another day, the daily budget of their host is used: {left_out[0]}"
        )

    async def _crawl(self, wave: Sequence[Document]) -> None:
        by_url = {d.url: d for d in wave}
        works = await asyncio.to_thread(self._works, by_url)

        async def on_result(request: FetchRequest, result: FetchResult) -> None:
            await asyncio.to_thread(self._take, by_url[request.url], request, result)

        async def may_leave_to(request: FetchRequest, target: str) -> Refusal | None:
            return foreign_host(self._r.registry, by_url[request.url].source.key, target)

        left_s = max(0.0, self._ends_at - time.monotonic())
        await crawl_hosts(self._r, works, on_result, run_id=self._run_id, limit_s=left_s, may_leave_to=may_leave_to)

    def _works(self, by_url: Mapping[str, Document]) -> list[HostWork]:
        self._known |= documents.known(self._r.engine, list(by_url))
        requests: dict[str, list[FetchRequest]] = defaultdict(list)
        for d in by_url.values():
            state = self._known.get(d.url)
            before = state.conditions(self._as_of) if state else NO_VALIDATORS
            requests[host_of(d.url)].append(
                FetchRequest(
                    url=d.url,
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
        if result.outcome is None:
            # An index that did not change says nothing of its sitemaps: it is always read.
            may_ask = not found.children and not result.is_short
            said = DocumentValidators(etag=result.etag, last_modified=result.last_modified)
            digest = hashlib.sha256(result.body).digest()
            state = self._known.get(d.url)
            if state is not None and state.contradicts(digest, said):
                is_doubted = True
                problems = (*problems, VALIDATORS_LIE)
            validators = said if may_ask and not is_doubted else NO_VALIDATORS
        offers = _offers(found.candidates, d.source)
        with around(), refused_as_quarantine(), self._r.engine.begin() as connection:
            hosts.log(connection, self._run_id, [logged(request, result)])
            frontier.offer(
                connection,
                run_id=self._run_id,
                source_key=key,
                offers=offers,
                now=self._as_of,
                oldest=d.source.oldest(self._as_of),
            )
            documents.succeeded(
                connection,
                url=d.url,
                source_key=key,
                at=self._as_of,
                validators=validators,
                status=result.status,
                digest=digest,
                is_doubted=is_doubted,
                problems=problems,
            )
        self._read[key] += 1
        self._next += [
            Document(source=d.source, kind=DocumentKind.SITEMAP, url=child.url)
            for child in indexes.choose(
                found.children, owns=partial(may_offer, d.source), limit=MAX_CHILDREN, now=self._as_of
            )
        ]

    def _fail(self, d: Document, request: FetchRequest, result: FetchResult, why: str) -> None:
        error = f"{d.url}: {why}".strip()
        self._errors[d.source.key].append(error)
        try:
            with around(), refused_as_quarantine(), self._r.engine.begin() as connection:
                hosts.log(connection, self._run_id, [logged(request, result)])
                documents.failed(
                    connection, url=d.url, source_key=d.source.key, at=self._as_of, status=result.status, error=error
                )
        except Quarantine as refusal:
            put_aside(refusal, what="document", which=d.url)  # the run's error has it


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
