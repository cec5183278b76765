"""Plans a run: its sources, their batches, and its time."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from etl.errors import Permanent
from etl.frontier import latest_due
from etl.printable import log_fields
from etl.sources.registry import Source
from etl.stages.live.crawling import host_of
from etl.stages.resources import Resources
from etl.states import RunKind
from etl.warehouse.ops import frontier, runs

log = logging.getLogger(__name__)

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
) -> list[list[str]]:
    """Register a run and split its sources (all enabled ones when none are named) into at most `most` batches.

    Sources that share a host are in one batch, since only one process visits a host at a time. A second attempt keeps the
    time of the first. `holder` is the process that does the whole run, if there is one. Raises `Permanent` when there is no
    source to visit.
    """
    chosen = r.registry.select(sources) if sources else r.registry.enabled
    if not chosen:
        raise Permanent(f"no source of {r.settings.sources} is enabled: enable one, or name some")
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
    )
    return batches


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
