"""robots.txt, tdmrep.json and documents of terms of the hosts of a crawl, each fetched once a day."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from etl import urls
from etl.fetch import rights, robots
from etl.fetch.gate import HostGate
from etl.fetch.messages import FetchRequest, FetchResult, Refusal, RequestKind
from etl.fetch.rights import SiteFiles
from etl.fetch.robots import RobotsRules, RobotsVerdict
from etl.fetch.robots_store import (
    TEMPORARY,
    RobotsState,
    RobotsStore,
    StoredFile,
    StoredRobots,
    plain_text,
    stored_from,
)
from etl.fetch.visit import Fetcher, GateOf, MayLeave, OnResult, Visit, fetch
from etl.isolation import around, put_aside
from etl.model import Outcome
from etl.rights import rsl
from etl.rights.evidence import MAX_LICENSES, ReadFile
from etl.rights.head import HtmlHead, parse_head
from etl.rights.verdict import absolute, terms_named

log = logging.getLogger(__name__)

TDMREP_PATH = "/.well-known/tdmrep.json"
# For the terms that a page names: it was read already, and is not to be lost while somebody else's server is slow.
TERMS_S = 20.0


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
        reads_terms: bool = False,
    ) -> None:
        """`on_file` hears of every request for a file of these; without `reads_terms` no document of terms is fetched."""
        self._reads_terms = reads_terms
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
        self._reading_terms: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._terms: dict[str, StoredFile] = {}

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

    async def read_signals(self, gate: HostGate, request: FetchRequest, result: FetchResult) -> dict[str, str]:
        """As `signals`, after the documents of terms that the page names were read as well."""
        site = self._sites.get(gate.host)
        head = parse_head(result.body) if request.kind is RequestKind.PAGE else HtmlHead()
        if self._reads_terms and site is not None:
            named = terms_named(result.final_url, result.headers, head)
            try:
                async with asyncio.timeout(TERMS_S):
                    await self._read_terms(gate.host, named)
            except TimeoutError:
                log.warning("terms_not_read host=%s after_s=%g", gate.host, TERMS_S)
        return self._signals(gate, result, head)

    def signals(self, gate: HostGate, request: FetchRequest, result: FetchResult) -> dict[str, str]:
        """Robots rules and rights statements of host and answer, for the capture's metadata."""
        head = parse_head(result.body) if request.kind is RequestKind.PAGE else HtmlHead()
        return self._signals(gate, result, head)

    def _signals(self, gate: HostGate, result: FetchResult, head: HtmlHead) -> dict[str, str]:
        site = self._sites.get(gate.host)
        files = _files(site, terms_named(result.final_url, result.headers, head)) if site else None
        found = rights.signals(url=result.final_url, headers=result.headers, head=head, site=files)
        found["user_agent"] = self._client.user_agent
        if site is None:
            return found
        found["robots_state"] = site.stored.state.value
        if site.stored.sha256:
            found["robots_sha256"] = site.stored.sha256
        url, verdict = self._asked.get(gate.host, ("", None))
        if verdict is None or url != result.final_url:
            verdict = site.rules.verdict(result.final_url)
        delay = site.rules.delay(gate.pace.delay_s)
        return found | dict(robots.signals(verdict, delay))

    async def _read_terms(self, host: str, named: Sequence[str]) -> None:
        """Read the documents of terms that are not known yet, and keep them with the host's robots.txt.

        One that could not be reached now is asked for again by the next crawl.
        """
        known = {each.url for each in self._sites[host].stored.terms}
        found = [await self._terms_at(url) for url in named[:MAX_LICENSES] if url not in known]
        site = self._sites[host]  # another page may have named others meanwhile
        known = {each.url for each in site.stored.terms}
        new = [each for each in found if each.url not in known][: MAX_LICENSES - len(known)]
        if not new:
            return
        terms = (*site.stored.terms, *new)
        self._sites[host] = replace(site, stored=replace(site.stored, terms=terms))
        with around():
            await self._store.put(host, replace(site.stored, terms=tuple(each for each in terms if not each.may_pass)))

    async def _terms_at(self, url: str) -> StoredFile:
        """A document of terms, fetched once in a crawl, whichever hosts name it."""
        async with self._reading_terms[url]:
            if url not in self._terms:
                self._terms[url] = await self._fetched_terms(url)
            return self._terms[url]

    async def _fetched_terms(self, url: str) -> StoredFile:
        now = self._clock()
        if not url.startswith(("http://", "https://")):
            return StoredFile(url=url, fetched_at=now, problem="no address of the web")
        try:
            known = self._sites.get(urls.host_of(url))
            if known is not None and not known.rules.verdict(url).is_allowed:
                return StoredFile(url=url, fetched_at=now, problem="robots.txt of its host forbids it")
            result = await self._fetch(FetchRequest(url=url, kind=RequestKind.TERMS), _anywhere)
        except Exception as error:
            why = put_aside(error, what="terms", which=url)
            return StoredFile(url=url, fetched_at=now, problem=why, may_pass=True)
        if not result.is_full:
            why = f"{result.outcome.value if result.outcome else 'no answer'}: {result.error or ''}".strip(": ")
            may_pass = result.status is None or not 400 <= result.status < 500 or result.status in TEMPORARY
            return StoredFile(url=url, fetched_at=result.fetched_at, problem=why, may_pass=may_pass)
        return StoredFile(url=url, fetched_at=result.fetched_at, text=plain_text(result.body))

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
        if self._reads_terms:
            await self._read_terms(gate.host, _terms_of_all(site))
        return self._sites[gate.host]

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
        return await self._with_tdmrep(stored, urljoin(url, TDMREP_PATH), rules)

    async def _with_tdmrep(self, stored: StoredRobots, url: str, rules: RobotsRules) -> StoredRobots:
        """With that file's text; without it when there is none that says anything, or it may not be read."""
        if not rules.verdict(url).is_allowed:
            return stored
        result = await self._fetch(FetchRequest(url=url, kind=RequestKind.WELL_KNOWN), _nowhere)
        # Sites that answer every URL with a page do so here too.
        if not result.is_full or plain_text(result.body).lstrip()[:1] not in ("[", "{"):
            return stored
        return replace(stored, tdmrep=plain_text(result.body), tdmrep_url=result.final_url, tdmrep_at=result.fetched_at)

    async def _fetch(self, request: FetchRequest, may_leave: MayLeave) -> FetchResult:
        visit = Visit(self._gate_of, permit=_no_question, may_leave=may_leave)
        result = await fetch(self._client, request, visit, clock=self._clock)
        if self._on_file is not None:
            with around():
                await self._on_file(request, result)
        return result


def _terms_of_all(site: Site) -> tuple[str, ...]:
    """The documents of terms that robots.txt names: they are about every page of the host."""
    return absolute(site.stored.url, [rule.value for rule in site.rules.licenses])


def _files(site: Site, named: Sequence[str]) -> SiteFiles:
    """What files of the site say: of documents of terms those that robots.txt names, and those that the page does."""
    stored = site.stored
    robots_file = ReadFile(url=stored.url, read_at=stored.fetched_at.isoformat())
    tdmrep_at = (stored.tdmrep_at or stored.fetched_at).isoformat()
    return SiteFiles(
        rules=site.rules,
        robots=robots_file,
        tdmrep=stored.tdmrep,
        tdmrep_file=ReadFile(url=stored.tdmrep_url or urljoin(stored.url, TDMREP_PATH), read_at=tdmrep_at),
        terms={
            each.url: (
                rsl.RslDocument(problem=each.problem) if each.problem else rsl.read(each.text),
                each.fetched_at.isoformat(),
            )
            for each in stored.terms
            if each.url in (*_terms_of_all(site), *named)
        },
    )


async def _no_question(gate: HostGate, url: str) -> Refusal | None:
    return None


async def _anywhere(source: str, target: str) -> Refusal | None:
    return None


async def _nowhere(source: str, target: str) -> Refusal | None:
    return Refusal(outcome=Outcome.FOREIGN_HOST, detail=f"{source} leads to another host: {target}")
