"""Plans a run: its sources, their batches, and its time."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from etl.errors import Permanent
from etl.frontier import latest_due
from etl.printable import log_fields
from etl.rhythm import worth_of_a_request
from etl.sources.registry import Source
from etl.stages.live.crawling import host_of
from etl.stages.live.turns import due_urls
from etl.stages.resources import Resources
from etl.states import RunKind, Schedule
from etl.warehouse.ops import documents, frontier, runs
from etl.warehouse.ops.documents import DocumentState
from etl.warehouse.ops.runs import Asking

log = logging.getLogger(__name__)

# Runs of a few minutes have few batches: starting one takes Airflow some seconds.
MINUTES_BATCHES = 4
# A mapped task each: over a thousand fail the producer, and thousands freeze the scheduler.
MAX_BATCHES = 64


def plan(
    r: Resources,
    *,
    run_id: str,
    sources: Sequence[str],
    now: datetime,
    window: tuple[datetime, datetime] | None = None,
    most: int = MAX_BATCHES,
    holder: str | None = None,
    kind: RunKind = RunKind.LIVE,
    schedule: Schedule | None = None,
    asks_all: bool = False,
) -> list[list[str]]:
    """Register a run and split its sources (all enabled ones when none are named) into at most `most` batches.

    A run of a `schedule` is for the enabled sources of that class, where none are named; one of `minutes` only for those of
    which something is due, which may be none. `asks_all`: documents are asked whatever their rhythm.

    Sources that share a host are in one batch, since only one process visits a host at a time. A second attempt keeps the
    time of the first. `holder` is the process that does the whole run, if there is one. Raises `Permanent` when there is no
    source to visit.
    """
    chosen = r.registry.select(sources) if sources else r.registry.enabled
    if schedule is not None and not sources:
        chosen = tuple(source for source in chosen if source.schedule is schedule)
    elif not chosen:
        raise Permanent(f"no source of {r.settings.sources} is enabled: enable one, or name some")
    known = documents.of_sources(r.engine, [s.key for s in r.registry.enabled]) if kind is RunKind.LIVE else {}
    worth_h = _worth_h(r.registry.enabled, known)
    if schedule is Schedule.MINUTES and not sources:
        asking = Asking(as_of=now, schedule=schedule, asks_all=asks_all)
        chosen = tuple(_with_something_due(r, chosen, known, asking))
        most = min(most, MINUTES_BATCHES)
    batches = batched(chosen, most=most)
    latest = {s.key: latest_due(now, s.revisit_after) for s in chosen}
    if mended := frontier.mend_due(r.engine, latest, now=now):
        log.warning("clock_was_ahead %s", log_fields(candidates=mended, do="they are due now; see news-etl doctor"))
    runs.start(
        r.engine,
        run_id=run_id,
        kind=kind,
        batches={f"{n:02}": batch for n, batch in enumerate(batches)},
        window=window,
        as_of=now,
        holder=holder,
        schedule=schedule,
        asks_all=asks_all,
        worth_h=worth_h,
    )
    return batches


def _worth_h(sources: Iterable[Source], known: Mapping[str, DocumentState]) -> float:
    """What a request must be worth, by the documents of all enabled sources, whichever of them a run is for."""
    bounds = {source.key: source.polling for source in sources}
    return worth_of_a_request(
        (state.turn.rhythm, bounds[state.source_key])
        for _, state in sorted(known.items())
        if state.source_key in bounds
    )


def _with_something_due(
    r: Resources, sources: Sequence[Source], known: Mapping[str, DocumentState], asking: Asking
) -> Iterator[Source]:
    due = due_urls(known, asking)
    waiting = frontier.sources_due(r.engine, [source.key for source in sources], now=asking.as_of)
    for source in sources:
        addresses = (*source.feeds, *source.sitemaps, *source.sections)
        if source.key in waiting or any(url in due or url not in known for url in addresses):
            yield source


def batched(sources: Sequence[Source], *, most: int) -> list[list[str]]:
    """At most `most` lists of source keys, of like size; sources that share a host stand together. Pure."""
    group_of: dict[str, int] = {}
    groups: dict[int, set[str]] = defaultdict(set)
    for n, source in enumerate(sorted(sources, key=lambda s: s.key)):
        hosts = {host_of(url) for url in (source.homepage, *source.feeds, *source.sitemaps, *source.sections)}
        hosts |= set(source.aliases)
        merged = {source.key}.union(*(groups.pop(g) for g in {group_of[h] for h in hosts if h in group_of}))
        groups[n] = merged
        group_of |= dict.fromkeys(hosts, n)
        group_of |= {h: n for h, g in group_of.items() if g not in groups}
    batches: list[list[str]] = [[] for _ in range(min(most, len(groups)))]
    for group in sorted(groups.values(), key=lambda g: (-len(g), min(g))):
        min(batches, key=lambda b: (len(b), batches.index(b))).extend(sorted(group))
    return batches
