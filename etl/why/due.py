"""When a page is visited next, and why then, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from etl.frontier import BACKLOG, FIRST_RETRY, MAX_FAILURES, age_of, backlog_room, visit_order
from etl.model import Outcome
from etl.sources.source import Source
from etl.why.answer import Due
from etl.why.traces import FrontierEntry, HostTrace, RunEnd, SourceTrace


def due_of(entry: FrontierEntry, source: Source | None, now: datetime) -> Due:
    """When an entry of the frontier is visited next."""
    says = _why_then(entry, source, now)
    if source is not None and not source.enabled:
        says += f"; but {source.key} is disabled, and nothing of it is visited"
    return Due(at=entry.due_at, says=f"{when(entry, now)}: {says}", visits=entry.visits, failures=entry.failures)


def when(entry: FrontierEntry, now: datetime) -> str:
    """The time of the next visit in words."""
    if entry.due_at is None:
        return "at no set time"
    return f"since {said(entry.due_at)}" if entry.due_at <= now else f"at {said(entry.due_at)}"


def _why_then(entry: FrontierEntry, source: Source | None, now: datetime) -> str:
    at = entry.due_at
    if at is None:
        if not entry.visits:
            return "it was too old for a first visit"
        if entry.failures >= MAX_FAILURES:
            return f"{entry.failures} visits in a row failed; next when a document says that it changed"
        if entry.failures:
            return "another visit would end as the last one did; next when a document says that it changed"
        return "all its revisits are done; next when a document says that it changed"
    if not entry.visits:
        return "it was offered then"
    if entry.failures:
        pause = FIRST_RETRY * 2 ** (entry.failures - 1)
        return f"{spoken(pause)} after failure {entry.failures} in a row; it is given up after {MAX_FAILURES + 1}"
    if entry.first_visit_at is not None and source is not None:
        for pause in sorted(source.revisit_after):
            if abs(entry.first_visit_at + pause - at) < timedelta(seconds=1):
                return f"{spoken(pause)} after its first visit (revisit_after of {source.key})"
    return "a document said that it changed" if at <= now else "as its last visit set it"


def held_up(
    entry: FrontierEntry,
    source: Source | None,
    host: HostTrace,
    ends: Sequence[RunEnd],
    runs: SourceTrace,
    now: datetime,
) -> str:
    """What holds up a visit that is due: the surest reason first."""
    here = next((e for e in ends if e.as_of >= entry.offered_at and e.outcome != Outcome.DUPLICATE_CANDIDATE), None)
    found = []
    if host.rest > timedelta():
        found.append(f"{entry.host} rests until {said(now + host.rest)}, after {host.failures} failures in a row"
                     if host.failures else f"{entry.host} is given a pause until {said(now + host.rest)}")  # fmt: skip
    if source is not None:
        if host.requests >= source.daily_budget:
            found.append(f"the daily budget of {entry.host} is used: {host.requests} of {source.daily_budget} requests")
        elif _is_backlog(entry, now) and not backlog_room(budget=source.daily_budget, spent=host.requests, news=0):
            found.append(
                f"older pages get half of the daily budget, and {host.requests} of {source.daily_budget} requests are used"
            )
    if here is not None and here.outcome == Outcome.DEFERRED:
        found.append(f"the run {here.run_id} put it off: {here.detail or 'it was not reached'}")
    elif here is not None and here.outcome is None and here.state == "running":
        found.append(f"the run {here.run_id} is under way and has not come to it")
    if host.is_visited_now and not found:
        found.append(f"{entry.host} is being visited now, one page at a time")
    if not found and runs.run_id is None:
        found.append("there was no run of its source yet")
    if not found and runs.as_of is not None and runs.as_of < (entry.due_at or entry.offered_at):
        found.append(f"the last run of its source, {runs.run_id}, was before that")
    return "; ".join(found) or "the next run of its source visits it"


def _is_backlog(entry: FrontierEntry, now: datetime) -> bool:
    age = age_of(entry.url, entry.hints, offered_at=entry.offered_at)
    return visit_order(age, is_visited=entry.first_visit_at is not None, due_at=entry.due_at, now=now)[0] >= BACKLOG


def said(at: datetime) -> str:
    """An instant in words of a sentence, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}Z"


def spoken(pause: timedelta) -> str:
    """A pause in words.

    >>> spoken(timedelta(hours=1)), spoken(timedelta(days=7)), spoken(timedelta(hours=36))
    ('1 hour', '7 days', '36 hours')
    """
    seconds = int(pause.total_seconds())
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'s' if count != 1 else ''}"
    return f"{seconds} seconds"
