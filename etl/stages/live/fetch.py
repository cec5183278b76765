"""Fetches the due URLs of a run into WARC segments of the lake."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

from etl.clock import clock
from etl.discover.relays import is_relay
from etl.errors import tidying_after
from etl.fetch.crawl import HostWork
from etl.fetch.exchange import exchange_of
from etl.fetch.messages import FetchRequest, FetchResult, Refusal
from etl.fetch.verdicts import has_end, judge
from etl.frontier import backlog_room
from etl.isolation import around, put_aside
from etl.lake.identity import payload_digest
from etl.lake.segment import Exchange, RecordPlace
from etl.model import Outcome, Permission, RefersTo, StageReport
from etl.rights.evidence import DOCUMENT
from etl.rights.head import parse_head
from etl.rights.statements import Use
from etl.rights.verdict import rights_of
from etl.sources.registry import Registry
from etl.stages.live.crawling import crawl_hosts, host_of, logged
from etl.stages.process.recording import SEGMENT_SECONDS, Recording, SegmentRecorder
from etl.stages.process.recovery import note_own
from etl.stages.resources import Resources
from etl.states import SourceState
from etl.warehouse.ops import erased, frontier, hosts, runs, segments, visits
from etl.warehouse.ops.frontier import DueUrl
from etl.warehouse.ops.hosts import LoggedFetch
from etl.warehouse.ops.visits import VisitResult

OnSegment = Callable[[str], None]


def _nobody_hears(warc: str) -> None:
    """What is published is taken later."""


def fetch(
    r: Resources,
    *,
    run_id: str,
    sources: Sequence[str],
    captured_at: datetime | None = None,
    limit_s: float = math.inf,
    on_segment: OnSegment = _nobody_hears,
) -> StageReport:
    """Fetch the due URLs of these sources. `uris` are the WARCs that all attempts of this batch have written.

    What is captured is counted when it is loaded, everything else here. A source that came to its end is not visited
    again by the same run, whenever that is cleared. `captured_at` stands in for the time of every
    capture, for demonstrations and tests. After `limit_s` seconds what is left is deferred. `on_segment` hears of each WARC when it is recorded, from any thread.
    """
    as_of = runs.as_of(r.engine, run_id)
    batch = runs.batch_of(r.engine, run_id, sources[0])
    note_own(r, run_id=run_id, batch=batch)
    states = runs.states(r.engine, run_id=run_id, sources=sources)
    frontier.add_revisits(
        r.engine, run_id=run_id, sources=[key for key in sources if states.get(key) is not SourceState.OK], now=as_of
    )
    one = _Fetch(
        r,
        run_id=run_id,
        batch=batch,
        as_of=as_of,
        captured_at=captured_at,
        limit_s=limit_s,
        on_segment=on_segment,
    )
    one.run(sources)
    frontier.defer(r.engine, run_id=run_id, sources=sources, why="was not reached in this run")
    runs.fetched(r.engine, run_id=run_id, sources=sources, errors=one.errors)
    return captured(r, run_id=run_id, sources=sources)


def captured(r: Resources, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """The WARCs that a batch has written so far."""
    batch = runs.batch_of(r.engine, run_id, sources[0])
    return StageReport(stage="fetch", uris=segments.named(r.engine, run_id=run_id, batch=batch))


def fetch_offered(
    r: Resources,
    *,
    run_id: str,
    sources: Sequence[str],
    is_revisited: bool,
    limit_s: float = math.inf,
    captured_at: datetime | None = None,
) -> dict[str, str]:
    """Fetch only what a fill has offered to its run, within what live runs leave of each host's budget.

    Pages are visited again as any others only if they are recent (`is_revisited`). Gives sources of which each visit
    raised, and what.
    """
    batch = runs.batch_of(r.engine, run_id, sources[0])
    as_of = runs.as_of(r.engine, run_id)
    one = _Fetch(
        r,
        run_id=run_id,
        batch=batch,
        as_of=as_of,
        captured_at=captured_at,
        is_fill=True,
        limit_s=limit_s,
        is_revisited=is_revisited,
    )
    one.run(sources)
    return one.errors


class _Fetch:
    """One attempt: results go into a segment, and with it into the warehouse in one transaction."""

    def __init__(
        self,
        r: Resources,
        *,
        run_id: str,
        batch: str,
        as_of: datetime,
        captured_at: datetime | None,
        is_fill: bool = False,
        is_revisited: bool = True,
        limit_s: float = math.inf,
        on_segment: OnSegment = _nobody_hears,
    ) -> None:
        self._r = r
        self._run_id = run_id
        self._as_of = as_of
        self._captured_at = captured_at
        self._is_fill = is_fill
        self._is_revisited = is_revisited
        self._limit_s = limit_s
        self._on_segment = on_segment
        self._due: dict[str, DueUrl] = {}
        self._ended_visits: list[tuple[VisitResult, RecordPlace | None]] = []
        self._log: list[LoggedFetch] = []
        self._erased: frozenset[bytes] = frozenset()
        self._erased_at = -math.inf
        self._recorder = SegmentRecorder(r, run_id=run_id, batch=batch)
        self._relayed: set[bytes] = set()
        self._turn = asyncio.Lock()
        self._raised: dict[str, list[str]] = defaultdict(list)
        self._ended: Counter[str] = Counter()

    @property
    def errors(self) -> dict[str, str]:
        """Sources of which each visit raised: as far as can be told, the defect is ours and not one page's."""
        return {
            key: f"each of {len(raised)} visits: {raised[0]}"
            for key, raised in self._raised.items()
            if not self._ended[key]
        }

    def run(self, sources: Sequence[str]) -> None:
        self._read_erased()
        try:
            asyncio.run(self._crawl(sources))
        except BaseException as error:
            with tidying_after(error):  # what was read before it is kept
                self._publish(self._recorder.recorded(), self._ended_visits, self._log)
            raise
        finally:
            self._recorder.discard()

    async def _crawl(self, sources: Sequence[str]) -> None:
        works = await asyncio.to_thread(self._works, sources)
        await crawl_hosts(
            self._r,
            works,
            self._on_result,
            run_id=self._run_id,
            limit_s=self._limit_s,
            may_leave_to=self._may_leave_to,
            on_terms=self._on_terms,
        )
        await self._flush()

    def _works(self, sources: Sequence[str]) -> list[HostWork]:
        wanted = frontier.undecided_hosts(self._r.engine, run_id=self._run_id, sources=sources)
        return [
            HostWork(
                host=host,
                requests=self._requests(host),
                min_delay_s=self._r.registry.sources[key].min_delay_s,
                max_requests=self._budget(host, key),
            )
            for host, key in wanted.items()
        ]

    def _budget(self, host: str, source_key: str) -> int:
        if self._is_fill:
            budget = self._r.registry.sources[source_key].daily_budget
            return hosts.left_for_fills(self._r.engine, host, clock().date(), budget=budget)
        spent = hosts.spent(self._r.engine, host, clock().date())  # of the day on which it is asked, as they are logged
        return max(0, self._r.registry.sources[source_key].daily_budget - spent)

    async def _requests(self, host: str) -> AsyncIterator[FetchRequest]:
        """The due URLs of a host, queried once its lease is held: another run may have visited it before."""
        limits = {} if self._is_fill else {s.key: s.oldest(self._as_of) for s in self._r.registry.sources.values()}
        found = await asyncio.to_thread(
            frontier.due, self._r.engine, run_id=self._run_id, host=host, now=self._as_of, oldest=limits
        )
        for due in found if self._is_fill else await asyncio.to_thread(self._within_budget, host, found):
            self._due[due.url] = due
            headers = self._r.registry.sources[due.source_key].headers
            yield FetchRequest(url=due.url, etag=due.etag, last_modified=due.last_modified, headers=headers)
        if found:
            # Recorded while the lease is still held: the next holder must see these visits.
            async with self._turn:
                await self._flush()

    def _within_budget(self, host: str, found: Sequence[DueUrl]) -> list[DueUrl]:
        """All news and revisits, and of the backlog behind them what its half of the budget allows."""
        is_backlog = [due.is_backlog(self._as_of) for due in found]
        news = [due for due, is_old in zip(found, is_backlog, strict=True) if not is_old]
        backlog = [due for due, is_old in zip(found, is_backlog, strict=True) if is_old]
        if not backlog:
            return news
        spent = hosts.spent(self._r.engine, host, clock().date())
        budget = self._r.registry.sources[backlog[0].source_key].daily_budget
        return news + backlog[: backlog_room(budget=budget, spent=spent, news=len(news))]

    async def _may_leave_to(self, request: FetchRequest, target: str) -> Refusal | None:
        """A redirect may lead to another host of the source; a relay to a page that is not visited under its own address."""
        due = self._due[request.url]
        if not is_relay(due.url):
            return foreign_host(self._r.registry, due.source_key, target)
        if is_relay(target):
            return None
        refusal = relay_refusal(self._r.registry, due.source_key, target)
        if refusal is None and not due.visits and await asyncio.to_thread(self._is_taken, target):
            return Refusal(outcome=Outcome.DUPLICATE_CANDIDATE, detail=f"leads to {target}, which is visited by itself")
        return refusal

    def _is_taken(self, url: str) -> bool:
        """Whether a page is in the frontier, or another relay has led to it in this attempt; from now on it has."""
        key = self._r.registry.key_of(url)
        if key in self._relayed:
            return True
        self._relayed.add(key)
        with self._r.engine.connect() as connection:
            return bool(frontier.known_keys(connection, [key]))

    async def _on_result(self, request: FetchRequest, result: FetchResult) -> None:
        async with self._turn:
            due = self._due[request.url]
            if result.status is not None or result.outcome is not Outcome.DEFERRED:
                self._log.append(logged(request, result))
            if self._captured_at is not None:
                result = replace(result, fetched_at=self._captured_at)
            self._ended_visits.append(self._isolated(due, result))
            if self._recorder.is_due:
                await self._flush()

    async def _on_terms(self, request: FetchRequest, result: FetchResult) -> None:
        """Keep a document of terms in the lake: what a site said is evidence, and may be gone tomorrow."""
        if not result.is_full:
            return
        async with self._turn:
            result = replace(result, robots={DOCUMENT: request.kind.value})
            at = self._captured_at or result.fetched_at
            exchange = exchange_of(replace(result, fetched_at=at), source_key=None)
            self._recorder.opened(self._captured_at or clock()).write(exchange)

    def _isolated(self, due: DueUrl, result: FetchResult) -> tuple[VisitResult, RecordPlace | None]:
        """Record how a visit ended, also where its answer makes something raise."""
        try:
            visited, written = self._visited(due, result)
        except Exception as error:
            why = put_aside(error, what="answer", which=due.url)
            visited, written = VisitResult(due=due, at=result.fetched_at, outcome=Outcome.QUARANTINED, detail=why), None
        if visited.outcome is Outcome.QUARANTINED:
            self._raised[due.source_key].append(visited.detail or "")
        elif visited.outcome is not Outcome.DEFERRED:
            self._ended[due.source_key] += 1
        return visited, written

    def _visited(self, due: DueUrl, result: FetchResult) -> tuple[VisitResult, RecordPlace | None]:
        verdict = judge(result)
        outcome = verdict.outcome if verdict else None
        if outcome is Outcome.UNCHANGED and (due.last_captured_at is None or due.last_url is None):
            # A 304 to a question that we did not ask.
            outcome = Outcome.HTTP_ERROR
        if outcome is None and result.is_short and due.last_captured_at is not None and not has_end(result.body):
            # What is there is longer: it must not lose its end to a connection that broke.
            verdict = Refusal(outcome=Outcome.HTTP_ERROR, detail="the answer ended before its stated end")
            outcome = verdict.outcome
        is_relayed = is_relay(due.url)
        if is_relayed and outcome is None and is_relay(result.final_url):
            verdict = Refusal(
                outcome=Outcome.FOREIGN_HOST, detail=f"{host_of(result.final_url)} led to no page of the source"
            )
            outcome = verdict.outcome
        if outcome not in (None, Outcome.UNCHANGED, Outcome.GONE):
            detail = verdict.detail if verdict else None
            is_final = is_relayed and outcome in (Outcome.FOREIGN_HOST, Outcome.EXCLUDED, Outcome.DUPLICATE_CANDIDATE)
            led_to = result.location if outcome is Outcome.DUPLICATE_CANDIDATE else None
            return VisitResult(
                due=due, at=result.fetched_at, outcome=outcome, detail=detail, target_uri=led_to, is_for_good=is_final
            ), None
        # The URL itself is none of the frontier's; a redirect led there.
        if self._erased and not self._erased.isdisjoint(self._r.registry.keys_of(result.final_url)):
            return VisitResult(due=due, at=result.fetched_at, outcome=Outcome.ERASED), None
        refers_to = self._refers_to(due, result)
        exchange = exchange_of(result, source_key=due.source_key, hints=due.hints, refers_to=refers_to)
        if outcome is not Outcome.GONE and (why := self._reserved(exchange)):
            return VisitResult(due=due, at=result.fetched_at, outcome=Outcome.RIGHTS_RESERVED, detail=why), None
        with around():
            writer = self._recorder.opened(self._captured_at or clock())
        with around(OSError):
            written = writer.write(exchange)
        visited = VisitResult(
            due=due,
            at=result.fetched_at,
            outcome=outcome,
            detail=verdict.detail if verdict else None,
            capture_id=written.capture_id,
            target_uri=written.target_uri,
            payload_digest=written.payload_digest,
            # Half a page is not one to ask about whether it has changed.
            etag=None if result.is_short else result.etag,
            last_modified=None if result.is_short else result.last_modified,
            led_to=self._led_to(due, result) if is_relayed and outcome is not Outcome.GONE else None,
        )
        return visited, written

    def _led_to(self, due: DueUrl, result: FetchResult) -> DueUrl | None:
        """The page that a relay led to, as it stands in the frontier from now on; None where nothing led anywhere."""
        url, registry = result.final_url, self._r.registry
        if is_relay(url):
            return None
        source = registry.source_of(url)
        return replace(
            due,
            url=url,
            url_key=registry.key_of(url),
            host=host_of(url),
            source_key=source.key if source is not None else due.source_key,
        )

    def _reserved(self, exchange: Exchange) -> str | None:
        """Why the policy keeps nothing of a page; None where something is kept. As `read_capture` decides it later."""
        source = self._r.registry.source_of(exchange.target_uri)
        policy, key = self._r.registry.rights, source.key if source else None
        if not any(policy.keeps_nothing(key, permission) for permission in Permission):
            return None
        rights = rights_of(
            url=exchange.target_uri,
            at=exchange.captured_at,
            headers=exchange.headers,
            head=parse_head(exchange.body),
            evidence=exchange.meta.robots,
        )
        return rights.reserved() if policy.keeps_nothing(key, rights.may(Use.STORE)) else None

    def _read_erased(self) -> None:
        """All erased URL keys, at most as old as a segment: pages are checked against them without a query."""
        self._erased_at = time.monotonic()
        self._erased = erased.all_keys(self._r.engine)

    def _refers_to(self, due: DueUrl, result: FetchResult) -> RefersTo | None:
        """The earlier capture of the same bytes: the server says so, or they are."""
        if due.last_url is None or due.last_digest is None or result.outcome is Outcome.GONE:
            return None
        is_304 = result.outcome is Outcome.UNCHANGED
        if not is_304 and payload_digest(result.body) != due.last_digest:
            return None
        return RefersTo(
            target_uri=due.last_url,
            captured_at=due.last_captured_at,
            payload_digest=due.last_digest,
            not_modified=is_304,
        )

    async def _flush(self) -> None:
        """Publish the segment, then record it and all its visits: lake before database."""
        segment = self._recorder.recorded()
        ended, self._ended_visits = self._ended_visits, []
        log, self._log = self._log, []
        await asyncio.to_thread(self._publish, segment, ended, log)

    def _publish(
        self,
        segment: AbstractContextManager[Recording],
        ended: Sequence[tuple[VisitResult, RecordPlace | None]],
        log: Sequence[LoggedFetch],
    ) -> None:
        with segment as recorded:
            visits.record(
                recorded.connection,
                run_id=self._run_id,
                visits=[v for v, written in ended if recorded.is_first or written is None],
                revisit_after={
                    s.key: s.revisit_after if self._is_revisited else () for s in self._r.registry.sources.values()
                },
            )
            hosts.log(recorded.connection, self._run_id, log)
        if time.monotonic() - self._erased_at > SEGMENT_SECONDS:
            self._read_erased()
        if recorded.segment is not None:
            self._on_segment(recorded.segment.name)


def foreign_host(registry: Registry, source_key: str, target: str) -> Refusal | None:
    """Why a redirect is not followed; None for a host of the source's own, or of any source in the registry."""
    source = registry.sources[source_key]
    if host_of(target) and (source.owns(target) or registry.source_at(target) is not None):
        return None
    return Refusal(outcome=Outcome.FOREIGN_HOST, detail=f"leads to another host: {target}")


def relay_refusal(registry: Registry, source_key: str, target: str) -> Refusal | None:
    """Why a relay's redirect is not followed: what a document that named the page itself would have been told."""
    source = registry.sources[source_key]
    refusal = foreign_host(registry, source_key, target)
    if refusal is None and source.owns(target) and not source.wants(target):
        pattern = source.deciding_pattern(target)[1]
        by = f"by {pattern}" if pattern else "no include pattern matches"
        refusal = Refusal(outcome=Outcome.EXCLUDED, detail=f"leads to {target}, which is left out {by}")
    return refusal
