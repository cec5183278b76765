"""Answers why pages are, or are not, among the articles: brings together registry, warehouse and the rules of `etl.why`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from etl.errors import Quarantine
from etl.fetch.robots_store import StoredRobots
from etl.sources.registry import Registry
from etl.sources.source import Source
from etl.urls import host_of, normal_url, page_url
from etl.warehouse.ops import traces as held
from etl.why import checks as rules
from etl.why.answer import Due, OfferTrace, Standing, Step, WhyAnswer
from etl.why.checks import Check
from etl.why.due import due_of
from etl.why.pasted import address_in, other_spellings
from etl.why.standing import Case, verdict
from etl.why.traces import FrontierEntry, HostTrace, SourceTrace, Traces

# Redirects, pages that name others as their own: more than a few are a circle.
MAX_STEPS = 5


def why(
    connection: Connection | None, registry: Registry, asked: Iterable[str], *, now: datetime
) -> Iterator[WhyAnswer]:
    """One answer for each text that is asked about, in order. Reads only; nothing is sent to any site.

    `connection` None: there is no warehouse yet, and the registry alone answers.
    """
    one = _Asking(connection, registry, now)
    for text in asked:
        yield one.answer(text)


@dataclass(frozen=True, slots=True)
class _Asking:
    connection: Connection | None
    registry: Registry
    now: datetime

    def answer(self, asked: str) -> WhyAnswer:
        address = address_in(asked)
        try:
            steps = self._spelled(address)
            page = steps[-1].to_url if steps else address
            spelled = {address, page, *(s.to_url for s in steps)}
            found = self._traces(page, spelled)
            while found is not None and len(steps) < MAX_STEPS:
                step = self._led(page, found)
                if step is None or any(step.to_url in (s.from_url, s.to_url) for s in steps):
                    break
                steps, page = [*steps, step], step.to_url
                found = self._traces(page, {page})
            return self._answered(asked, page, steps, found or Traces())
        except Quarantine as error:
            says = f"it is no address of a web page: {error.detail}"
            do = "give a whole address, such as https://www.example.com/news/1"
            return WhyAnswer(asked=asked, standing=Standing.NO_ADDRESS, says=says, do=do)

    def _spelled(self, address: str) -> list[Step]:
        """The page inside a wrapper, then its form without noise."""
        steps, page = [], page_url(address)
        if page != address:
            steps.append(Step(from_url=address, to_url=page, by="wrapper"))
        source = self.registry.source_of(page)
        plain = normal_url(page, rules=source.key_rules if source else None)
        if plain != page:
            steps.append(Step(from_url=page, to_url=plain, by="spelling"))
        return steps

    def _led(self, page: str, found: Traces) -> Step | None:
        """Where an address leads that has no capture of its own: by its redirect, or by the words of another page."""
        if found.captures or found.article or found.erased:
            return None
        own = self._key(page)
        for entry in found.entries:
            if entry.url_key == own and entry.last_url and self._key(entry.last_url) != own:
                return Step(from_url=page, to_url=self._plain(entry.last_url), by="redirect")
        if found.pointers and found.is_empty:
            pointer = found.pointers[0]
            return Step(from_url=page, to_url=self._plain(pointer.url), by=pointer.kind)
        return None

    def _answered(self, asked: str, page: str, steps: list[Step], found: Traces) -> WhyAnswer:
        source, checks = self._checks(page, found)
        entry = _next(found)
        host = self._host(entry.host if entry else host_of(page))
        runs = self._runs(source)
        case = Case(traces=found, checks=checks, source=source, entry=entry, host=host, runs=runs, now=self.now)
        decided = verdict(case)
        key = self._key(page)
        leads = next((s for s in reversed(steps) if s.by != "spelling"), None)
        urls = {page, asked, *(e.url for e in found.entries), *(e.url for e in found.ends)}
        return WhyAnswer(
            asked=asked,
            standing=decided.standing,
            says=decided.says,
            do=decided.do,
            outcome=decided.outcome,
            detail=decided.detail,
            url=page,
            url_key=key.hex(),
            leads_to=page if leads else None,
            steps=tuple(steps),
            source_key=source.key if source else None,
            checks=tuple(checks),
            offers=_offers(found),
            due=self._due(entry, source),
            runs=found.ends,
            known_in_runs=found.known_in_runs,
            archives=found.listings,
            requests=held.requests(self.connection, urls) if self.connection is not None else (),
            captures=found.captures,
            rejects=found.rejects,
            open_files=found.open_files,
            article=found.article,
            erased=found.erased,
            host=host if host.host else None,
            source=runs if source else None,
            similar=self._similar(page) if found.is_empty else (),
        )

    def _checks(self, page: str, found: Traces) -> tuple[Source | None, list[Check]]:
        entry = _next(found)
        offered_by = entry.source_key if entry is not None else None
        source, of_source = rules.source_check(self.registry, page, offered_by=offered_by)
        checks = [of_source]
        if source is None:
            return None, checks
        # Asked of the address that is requested, which may be another spelling.
        requested = entry.url if entry is not None else page
        host = host_of(requested)
        stored = self._host(host).robots
        checks += [rules.enabled_check(source), rules.pattern_check(source, requested)]
        checks.append(
            rules.robots_check(
                StoredRobots.from_json(stored) if stored is not None else None, requested, host=host, now=self.now
            )
        )
        if entry is None or not entry.visits:
            checks.append(
                rules.age_check(
                    source,
                    requested,
                    entry.hints if entry else (),
                    offered_at=entry.offered_at if entry else self.now,
                    now=self.now,
                )
            )
        return source, checks

    def _due(self, entry: FrontierEntry | None, source: Source | None) -> Due | None:
        return due_of(entry, source, self.now) if entry is not None else None

    def _traces(self, page: str, spelled: set[str]) -> Traces:
        """What is held of a page. A tombstone of former rules may have the key of any of its spellings."""
        if self.connection is None:
            return Traces()
        buried = frozenset().union(*map(self.registry.keys_of, spelled))
        return held.traces(self.connection, keys=[self._key(page)], buried=buried, urls=[page])

    def _host(self, host: str) -> HostTrace:
        if self.connection is None or not host:
            return HostTrace(host=host)
        return held.host_trace(self.connection, host, self.now.date())

    def _runs(self, source: Source | None) -> SourceTrace:
        if self.connection is None or source is None:
            return SourceTrace()
        return held.source_trace(self.connection, source.key, [*source.feeds, *source.sitemaps, *source.sections])

    def _similar(self, page: str) -> tuple[str, ...]:
        if self.connection is None:
            return ()
        by_key = {self._key(each): each for each in other_spellings(page)}
        known = held.known_among(self.connection, list(by_key)) if by_key else frozenset()
        return tuple(url for key, url in by_key.items() if key in known)

    def _key(self, url: str) -> bytes:
        return self.registry.key_of(url)

    def _plain(self, url: str) -> str:
        source = self.registry.source_of(url)
        return normal_url(page_url(url), rules=source.key_rules if source else None)


def _next(found: Traces) -> FrontierEntry | None:
    """The frontier's row that is visited next, of those that lead to the page."""
    due = [e for e in found.entries if e.due_at is not None]
    return min(due, key=lambda e: (e.due_at, e.url_key), default=None) or next(iter(found.entries), None)


def _offers(found: Traces) -> tuple[OfferTrace, ...]:
    """What the frontier says; of pages that it does not have, what came with their captures, as from archives."""
    said = [(entry.url, entry.offered_at, hint) for entry in found.entries for hint in entry.hints]
    told = {(hint.via, hint.found_at) for _, _, hint in said}
    said += [(c.url, c.captured_at, h) for c, h in found.captured_hints if (h.via, h.found_at) not in told]
    return tuple(
        OfferTrace(
            via=hint.via.value,
            found_at=hint.found_at,
            source_key=hint.source_key,
            url=url,
            offered_at=at,
            title=hint.title,
            published_raw=hint.published_raw,
            modified_raw=hint.modified_raw,
        )
        for url, at, hint in said
    )
