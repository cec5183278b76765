"""Reprocessing: extracts the kept captures of whole days again with the current rules, without network."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from etl.errors import NothingKeptError, Permanent
from etl.extract.rules import rules_version
from etl.model import Outcome
from etl.settings import Settings
from etl.stages.process.extract_load import count_expired, observe_places, process_again, stale_captures
from etl.stages.process.pool import parallel
from etl.stages.resources import Resources, open_resources
from etl.warehouse import captures
from etl.warehouse.load import changes
from etl.warehouse.load.rehearsal import rehearse
from etl.warehouse.ops.touched import days_of_moves

# Captures per batch: at most so many are in memory at once, and are processed again after a SIGKILL.
BATCH_CAPTURES = 200
SAMPLES = 20
# URL keys per part of a day, and the most parts: half a minute's work per task, and few tasks for the scheduler.
PART_KEYS = 1000
MOST_PARTS = 32


class DayBasis(StrEnum):
    """Which day of an article counts: its day of publication, or the day of its captures (UTC)."""

    PUBLISHED = "published"
    CAPTURED = "captured"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprocessPart:
    """One of several equal parts of a day's URL keys, split by their first bytes, for parallel tasks."""

    number: int = 0
    of: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSample:
    """A change of an article's value, as a dry run shows it."""

    url: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprocessReport:
    """What reprocessing did, or would do: `changed` counts articles by field."""

    days: int = 0
    keys: int = 0  # URL keys of these days
    captures: int = 0  # processed again: those not yet processed with the current rules
    expired: int = 0  # that cannot be processed again: their raw pages have expired
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    samples: tuple[ChangeSample, ...] = ()
    touched: frozenset[date] = frozenset()  # published days of the articles that changed, before and after

    def as_json(self) -> dict[str, Any]:
        """As JSON values, for `--json` and for passing from one task to the next."""
        return {
            "days": self.days,
            "urls": self.keys,
            "captures": self.captures,
            "raw_expired": self.expired,
            "outcomes": {o.value: self.outcomes[o] for o in Outcome if self.outcomes[o]},
            "changed": dict(sorted(self.changed.items())),
            "samples": [{"url": s.url, "field": s.field, "before": s.before, "after": s.after} for s in self.samples],
            "days_touched": [day.isoformat() for day in sorted(self.touched)],
        }

    def __add__(self, other: ReprocessReport) -> ReprocessReport:
        return ReprocessReport(
            days=self.days + other.days,
            keys=self.keys + other.keys,
            captures=self.captures + other.captures,
            expired=self.expired + other.expired,
            outcomes=self.outcomes + other.outcomes,
            changed=self.changed + other.changed,
            samples=(*self.samples, *other.samples)[:SAMPLES],
            touched=self.touched | other.touched,
        )


def parts(r: Resources, *, day: date, by: DayBasis, sources: Sequence[str]) -> int:
    """The number of parts of a day's work. Raises `NothingKeptError` when nothing is kept of the day."""
    wanted = frozenset(s.key for s in r.registry.select(sources)) if sources else None
    keys = sum(len(batch) for batch in _batches(r, day=day, by=by, sources=wanted, part=ReprocessPart()))
    if not keys:
        raise NothingKeptError(_nothing(r, [day], by, sources))
    return min(MOST_PARTS, -(-keys // PART_KEYS))


def pinned(r: Resources, *, sources: Sequence[str], expected: str | None = None) -> str:
    """The version of all rules with which these sources (all when none are named) are reprocessed.

    Raises `Permanent` when another one is expected: all days of a backfill have to be processed with the same rules.
    """
    named = sorted(sources)
    facts = "\n".join(r.registry.version_of(s) for s in r.registry.select(named)) if named else r.registry.version
    found = rules_version(facts)
    if expected and expected != found:
        raise Permanent(
            f"this run is pinned to rules version {expected}, and the current one is {found}: code or registry have changed "
            "since. Restart the backfill with the current version, or restore the code and registry that it began with"
        )
    return found


def days(start: date, end: date, *, today: date) -> tuple[date, ...]:
    """The days from `start` to `end`, both included. Raises `Permanent` for days that are not over in UTC."""
    if end < start:
        raise Permanent(f"{start} to {end} is no span of days: --from is the first day and --to the last")
    if end >= today:
        what = "is not over yet" if end == today else "is in the future"
        raise Permanent(f"{end} {what} (UTC): reprocess up to {today - timedelta(days=1)}")
    return tuple(start + timedelta(days=n) for n in range((end - start).days + 1))


def reprocess(
    r: Resources,
    *,
    span: Sequence[date],
    by: DayBasis = DayBasis.PUBLISHED,
    sources: Sequence[str] = (),
    part: ReprocessPart | None = None,
    dry_run: bool = False,
    expected_rules: str | None = None,
    workers: int = 1,
    progress: Callable[[date, ReprocessReport], None] | None = None,
) -> ReprocessReport:
    """Process the kept captures of these days that lack the current rules version, and load them.

    With `dry_run` nothing is written; `changed` and `samples` show what would change. A reprocessing that was stopped
    resumes. `progress` is called after each day. Raises `NothingKeptError` when no capture of these days is kept, and
    `Permanent` when the rules are not the expected ones.
    """
    version = pinned(r, sources=sources, expected=expected_rules)
    wanted = frozenset(s.key for s in r.registry.select(sources)) if sources else None
    total = ReprocessReport()
    for day in span:
        todo = _batches(r, day=day, by=by, sources=wanted, part=part or ReprocessPart())
        done = ReprocessReport(days=1)
        for _, one in parallel(
            partial(_process, dry_run=dry_run),
            todo,
            here=r,
            holds=_pinned_resources,
            args=(r.settings, tuple(sources), version),
            workers=workers,
        ):
            done += one.result()
        if progress:
            progress(day, done)
        total += done
    if total.keys == 0 and (part or ReprocessPart()).of == 1:
        raise NothingKeptError(_nothing(r, span, by, sources))
    return total


def _nothing(r: Resources, span: Sequence[date], by: DayBasis, sources: Sequence[str]) -> str:
    kept_days = captures.days_kept(r.engine)
    kept = (
        f"captures are kept from {kept_days[0]} to {kept_days[1]}"
        if kept_days
        else "the warehouse has no captures at all"
    )
    named = f" of {', '.join(sources)}" if sources else ""
    shown = str(span[0]) if len(span) == 1 else f"{span[0]} to {span[-1]}"
    verb = "was published on" if by is DayBasis.PUBLISHED else "was captured on"
    return f"nothing that is kept{named} {verb} {shown}: {kept}. `news-etl fill` brings in past days"


def _batches(
    r: Resources, *, day: date, by: DayBasis, sources: frozenset[str] | None, part: ReprocessPart
) -> Iterator[dict[bytes, str]]:
    """The URL keys of a day with one URL each, in groups of some captures."""
    found = captures.keys_of_day(r.engine, day, is_published=by is DayBasis.PUBLISHED, part=part.number, parts=part.of)
    batch: dict[bytes, str] = {}
    size = 0
    for key, url, count in found:
        source = r.registry.source_of(url)
        if sources is not None and (source is None or source.key not in sources):
            continue
        if batch and size + count > BATCH_CAPTURES:
            yield batch
            batch, size = {}, 0
        batch[key] = url
        size += count
    if batch:
        yield batch


def _process(r: Resources, urls: Mapping[bytes, str], *, dry_run: bool) -> ReprocessReport:
    places = stale_captures(r, urls)
    done = ReprocessReport(keys=len(urls), captures=len(places), expired=count_expired(r, urls))
    if not places:
        return done
    if dry_run:
        found = rehearse(r.engine, observe_places(r, places))
        return done + ReprocessReport(
            changed=Counter(change.field for change in found),
            samples=tuple(
                ChangeSample(url=urls[bytes(c.url_key)], field=c.field, before=c.before, after=c.after)
                for c in found[:SAMPLES]
            ),
        )
    since = changes.clock(r.engine)
    outcomes = process_again(r, places, at_once=len(places))  # a batch, or one article with more captures than that
    with r.engine.connect() as connection:
        changed = changes.counted(connection, urls, since=since)
    touched = days_of_moves(r.engine, keys=urls, since=since) if changed else ()
    return done + ReprocessReport(outcomes=outcomes, changed=changed, touched=frozenset(touched))


@contextmanager
def _pinned_resources(settings: Settings, sources: tuple[str, ...], version: str) -> Iterator[Resources]:
    with open_resources(settings, activate=False) as r:
        pinned(r, sources=sources, expected=version)
        yield r


def workers_here() -> int:
    """Number of processes that the command line uses."""
    return os.cpu_count() or 1
