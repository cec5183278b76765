"""Which documents a run asks, and what of their answers decides about the next time. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from etl.discover.json_list import numbered
from etl.discover.parsed import ParsedDocument
from etl.fetch.messages import FetchResult
from etl.http.lifetime import lifetime
from etl.rhythm import MOST_LIFETIME, NamedEntry, Rhythm, Turn, is_due
from etl.rhythm import without as without_news
from etl.states import Schedule
from etl.urls import join
from etl.warehouse.ops.documents import DocumentState
from etl.warehouse.ops.runs import Asking
from etl.websub.subscription import Hub

FOR_GOOD = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})


def ahead(schedule: Schedule | None) -> timedelta:
    """Of what comes due before the next run, the nearer half is asked in this one. Runs by hand have no next one."""
    return schedule.period / 2 if schedule is not None else timedelta()


def due_urls(known: Mapping[str, DocumentState], asking: Asking) -> frozenset[str]:
    """Which documents to ask: those that are due, and the indexes that name them."""
    due = {
        url
        for url, state in known.items()
        if is_due(state.turn, asking.as_of, ahead=ahead(asking.schedule), asks_all=asking.asks_all)
    }
    for url in list(due):
        seen = {url}
        while (root := known[url].root) is not None and root in known and root not in seen:
            due.add(root)
            seen.add(root)
            url = root
    return frozenset(due)


def by_registry(named: Sequence[NamedEntry], states: Mapping[str, DocumentState]) -> list[NamedEntry]:
    """Entries with the documents that named them under the addresses that the registry has for these."""
    moved = {state.moved_to: url for url, state in sorted(states.items()) if state.moved_to is not None}
    return [replace(each, by=tuple(moved.get(url, url) for url in each.by)) for each in named]


def without(lost: Mapping[str, Sequence[datetime]], turns: Mapping[str, Turn], *, now: datetime) -> dict[str, Rhythm]:
    """The rhythms of documents that lost news to another one."""
    return {
        url: without_news(turn.rhythm, times, now=now)
        for url, times in lost.items()
        if (turn := turns.get(url)) is not None and turn.rhythm is not None
    }


def moved_for_good(asked: str, result: FetchResult) -> str | None:
    """Where the permanent redirects (301, 308) lead with which an answer began; None where there are none."""
    hops = [each.url for each in result.redirects]
    permanent = 0
    while permanent < len(hops) and result.redirects[permanent].status in FOR_GOOD:
        permanent += 1
    if not permanent:
        return None
    target = [*hops, result.final_url][permanent]
    return target if target != asked else None


_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r"""\brel\s*=\s*(?:"([^"]*)"|([\w-]+))""", re.I)


def _linked(result: FetchResult, relation: str) -> str | None:
    """The first address of a relation in Link headers (RFC 8288)."""
    for address, parameters in _LINK.findall(result.header("link") or ""):
        found = _REL.search(parameters)
        if found is not None and relation in (found[1] or found[2]).lower().split():
            return join(result.final_url, address)
    return None


def hub_of(result: FetchResult, found: ParsedDocument) -> Hub | None:
    """The WebSub hub that a feed names, and its own address there: by Link headers, else by itself (section 4)."""
    hub = _linked(result, "hub") or found.hub
    topic = (_linked(result, "self") or found.topic) or result.final_url
    return Hub(hub=hub, topic=topic) if hub is not None else None


def next_page_of(url: str, result: FetchResult, found: ParsedDocument) -> str | None:
    """Where a list goes on: by what it says, a Link header (RFC 8288), or WordPress's number of pages."""
    if found.next_page is not None or not found.candidates:
        return found.next_page
    if (address := _linked(result, "next")) is not None:
        return address
    pages = result.header("x-wp-totalpages") or ""
    page = dict(parse_qsl(urlsplit(url).query)).get("page", "1")
    if re.fullmatch(r"[0-9]{1,6}", pages) and re.fullmatch(r"[0-9]{1,6}", page) and int(page) < int(pages):
        return numbered(url, int(page) + 1)
    return None


def wait_of(result: FetchResult) -> timedelta | None:
    """When a server that did not answer wants to be asked again: Retry-After, or for how long this is its answer (RFC 9111)."""
    asked = timedelta(seconds=result.retry_after_s or 0)
    lasts = min(lifetime(result.header, now=result.fetched_at) or timedelta(), MOST_LIFETIME)
    return max(asked, lasts) or None


def rests_in_words(state: DocumentState) -> str:
    """Since when a document has failed, and when it is asked next."""
    since, due_at = state.turn.failing_since, state.turn.due_at
    why = "is gone (410)" if state.status == HTTPStatus.GONE else "fails"
    return f"rests: it {why} since {since:%Y-%m-%d %H:%M}, and is asked again on {due_at:%Y-%m-%d %H:%M}"
