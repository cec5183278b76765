"""robots.txt and tdmrep.json of the hosts of a crawl, each fetched once a day."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from etl.fetch import rights, robots
from etl.fetch.gate import HostGate
from etl.fetch.head import HtmlHead, parse_head
from etl.fetch.messages import FetchRequest, FetchResult, Refusal, RequestKind
from etl.fetch.robots import RobotsRules, RobotsVerdict
from etl.fetch.robots_store import RobotsState, RobotsStore, StoredRobots, plain_text, stored_from
from etl.fetch.visit import Fetcher, GateOf, MayLeave, OnResult, Visit, fetch
from etl.isolation import around, put_aside
from etl.model import Outcome

log = logging.getLogger(__name__)

TDMREP_PATH = "/.well-known/tdmrep.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One host: its stored robots.txt, and the parsed rules."""

    stored: StoredRobots
    rules: RobotsRules


class Sites:
    """The hosts that a crawl has visited so far."""

    def __init__(
        self,
        client: Fetcher,
        gate_of: GateOf,
        store: RobotsStore,
        *,
        clock: Callable[[], datetime],
        on_file: OnResult | None = None,
    ) -> None:
        self._client = client
        self._gate_of = gate_of
        self._store = store
        self._clock = clock
        self._on_file = on_file
        self._sites: dict[str, Site] = {}
        self._refusals: dict[str, Refusal] = {}
        self._asked: dict[
            str, tuple[str, RobotsVerdict]
        ] = {}  # of each host the last URL: asked before and after its visit
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def permit(self, gate: HostGate, url: str) -> Refusal | None:
        """Whether robots.txt lets us fetch a URL of the host; read first if it is not known. A `Permit`."""
        async with self._reading[gate.host]:
            site = await self._site(gate, url)
        if isinstance(site, Refusal):
            return site
        match site.stored.state:
            case RobotsState.UNREACHABLE:
                return Refusal(outcome=Outcome.ROBOTS_UNREACHABLE, detail=f"robots.txt: {site.stored.error}")
            case RobotsState.DENIED:
                return Refusal(outcome=Outcome.ROBOTS_DENIED, detail=f"robots.txt: {site.stored.error}")
        verdict = site.rules.verdict(url)
        self._asked[gate.host] = (url, verdict)
        if verdict.is_allowed:
            return None
        return Refusal(outcome=Outcome.ROBOTS_DENIED, detail=f"robots.txt line {verdict.rule or '?'}")

    def signals(self, gate: HostGate, request: FetchRequest, result: FetchResult) -> dict[str, str]:
        """Robots rules and rights statements of host and answer, for the capture's metadata."""
        site = self._sites.get(gate.host)
        head = parse_head(result.body) if request.kind is RequestKind.PAGE else HtmlHead()
        found = rights.signals(
            url=result.final_url,
            headers=result.headers,
            head=head,
            robots=site.rules if site else None,
            tdmrep=site.stored.tdmrep if site else None,
        )
        found["user_agent"] = self._client.user_agent
        if site is None:
            return found
        found["robots_state"] = site.stored.state.value
        found["robots_fetched_at"] = site.stored.fetched_at.isoformat()
        if site.stored.sha256:
            found["robots_sha256"] = site.stored.sha256
        url, verdict = self._asked.get(gate.host, ("", None))
        if verdict is None or url != result.final_url:
            verdict = site.rules.verdict(result.final_url)
        delay = site.rules.delay(gate.pace.delay_s)
        return found | dict(robots.signals(verdict, delay))

    async def _site(self, gate: HostGate, url: str) -> Site | Refusal:
        site = self._sites.get(gate.host)
        if site is not None and site.stored.is_fresh(self._clock()):
            return site
        if gate.host in self._refusals:
            return self._refusals[gate.host]
        with around():
            stored = await self._store.get(gate.host)
        if stored is None or not stored.is_fresh(self._clock()):
            try:
                read = await self._read(gate, url)
            except Exception as error:
                why = put_aside(error, what="robots.txt", which=gate.host)
                read = Refusal(outcome=Outcome.QUARANTINED, detail=f"robots.txt: {why}")
            if isinstance(read, Refusal):
                self._refusals[gate.host] = read  # not asked again in this crawl, or every request would ask
                return read
            stored = read
            with around():
                await self._store.put(gate.host, stored)
        site = Site(stored=stored, rules=robots.parse(stored.text))
        delay = site.rules.delay(gate.pace.delay_s)
        if delay.is_capped:
            log.warning("crawl_delay_capped host=%s asked_s=%g kept_s=%g", gate.host, delay.asked_s, delay.seconds)
        gate.slow_down(delay.seconds)
        self._sites[gate.host] = site
        return site

    async def _read(self, gate: HostGate, url: str) -> StoredRobots | Refusal:
        """Fetch the file. Redirects may lead to other hosts (RFC 9309 section 2.3.1.2), through their gates."""
        request = FetchRequest(url=urljoin(url, "/robots.txt"), kind=RequestKind.ROBOTS)
        result = await self._fetch(request, _anywhere)
        if result.outcome is Outcome.DEFERRED:
            return Refusal(outcome=Outcome.DEFERRED, detail=f"robots.txt: {result.error}")
        if result.outcome is Outcome.REFUSED_ADDRESS and not result.redirects:
            return Refusal(outcome=result.outcome, detail=result.error or "")
        stored = stored_from(gate.host, result)
        if stored.state not in (RobotsState.RULES, RobotsState.NO_FILE):
            return stored
        rules = robots.parse(stored.text)
        gate.slow_down(rules.delay(gate.pace.delay_s).seconds)
        return replace(stored, tdmrep=await self._tdmrep(urljoin(url, TDMREP_PATH), rules))

    async def _tdmrep(self, url: str, rules: RobotsRules) -> str | None:
        """The file's text; None when there is none that says anything, or it may not be read."""
        if not rules.verdict(url).is_allowed:
            return None
        result = await self._fetch(FetchRequest(url=url, kind=RequestKind.WELL_KNOWN), _nowhere)
        # Sites that answer every URL with a page do so here too.
        return plain_text(result.body) if result.is_full and result.body.lstrip()[:1] in (b"[", b"{") else None

    async def _fetch(self, request: FetchRequest, may_leave: MayLeave) -> FetchResult:
        visit = Visit(self._gate_of, permit=_no_question, may_leave=may_leave)
        result = await fetch(self._client, request, visit, clock=self._clock)
        if self._on_file is not None:
            with around():
                await self._on_file(request, result)
        return result


async def _no_question(gate: HostGate, url: str) -> Refusal | None:
    return None


async def _anywhere(source: str, target: str) -> Refusal | None:
    return None


async def _nowhere(source: str, target: str) -> Refusal | None:
    return Refusal(outcome=Outcome.FOREIGN_HOST, detail=f"{source} leads to another host: {target}")
