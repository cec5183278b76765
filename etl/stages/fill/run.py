"""A whole fill in one process: the same stages as the DAG, for many days, day after day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from etl import processes
from etl.archives.days import Span
from etl.clock import clock
from etl.errors import Permanent, tidying_after
from etl.model import ARCHIVES, Outcome
from etl.run_window import published_day
from etl.settings import Settings
from etl.stages.fill import coverage as judging
from etl.stages.fill import steps
from etl.stages.fill.archive import Say, silent
from etl.stages.fill.archives import estimates, find_all, read_files, recover
from etl.stages.process.open_work import load_open
from etl.stages.process.relate import settle
from etl.stages.resources import Resources, open_resources
from etl.warehouse.ops import coverage, runs
from etl.warehouse.ops.coverage import Coverage


@dataclass(slots=True, kw_only=True)
class FillReport:
    """How a fill ended, or what it would cost. `problem` is what starting it again may still solve."""

    coverage: list[Coverage] = field(default_factory=list)
    estimates: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)  # of archives that would be read
    problem: str | None = None
    quarantined: int = 0  # URLs whose visit or page could not be processed


def fill_days(
    settings: Settings,
    *,
    first: date | None,
    last: date | None,
    sources: Sequence[str] = (),
    archives: Sequence[str] = (),
    only_missing: bool = False,
    is_dry: bool = False,
    say: Say | None = None,
    now: datetime | None = None,
) -> FillReport:
    """Fill the published days from `first` to `last`, the newest first; calling it again resumes where it was stopped.

    `only_missing` takes of them (of all days, without a first day) those that `news.coverage` lists and that are not
    final. `is_dry` reads the archives' listings, which costs a few requests, and fetches no page. Raises `Permanent` for
    days that are not over and for unknown archives.
    """
    started = now or clock()
    if unknown := [name for name in archives if name not in ARCHIVES]:
        raise Permanent(f"--archive {', '.join(map(repr, unknown))}: give some of {', '.join(ARCHIVES)}")
    settings = replace(settings, archives=tuple(archives) or settings.archives)
    answer = FillReport()
    holder = processes.name_of_this()
    problems = []
    with open_resources(settings) as r:
        for span in _spans(r, first, last, sources, only_missing, started):
            run_id = f"fill/{span.first}_{span.last}/{started:%Y-%m-%dT%H:%M:%S.%fZ}"
            (batch,) = steps.plan_fill(r, run_id=run_id, days=span, sources=sources, now=started, most=1, holder=holder)
            reasons: list[str] = []
            with _summarized(r, run_id, answer, reasons):
                _fill(r, run_id, span, batch, is_dry=is_dry, say=say or silent)
                if is_dry:
                    answer.estimates += [e.as_json() for e in judging.estimate(r, run_id=run_id)]
                    of_days = {"first": str(span.first), "last": str(span.last)}
                    answer.files += [of_days | files for files in estimates(r, days=span, sources=batch)]
                    continue
                answer.coverage += coverage.coverage(r.engine, sources=batch, first=span.first, last=span.last)
                reasons += judging.standing(r, run_id=run_id)[0]
                problems += reasons
        if not is_dry:
            settle(r.engine)
    answer.problem = f"the fill is not complete: {'; '.join(problems)}" if problems else None
    return answer


@contextmanager
def _summarized(r: Resources, run_id: str, answer: FillReport, reasons: Sequence[str]) -> Iterator[None]:
    """Write the run's summary when it ends, failed or not; `reasons` say why it failed."""
    try:
        yield
    except BaseException as error:
        with tidying_after(error):
            runs.summarize(r.engine, run_id=run_id, is_given_up=True)
        raise
    answer.quarantined += runs.summarize(r.engine, run_id=run_id, reasons=reasons).outcomes[Outcome.QUARANTINED]


def _fill(r: Resources, run_id: str, span: Span, batch: list[str], *, is_dry: bool, say: Say) -> None:
    for note in find_all(r, run_id=run_id, sources=batch).notes:
        say(note)
    if is_dry:
        return
    load_open(r, in_parallel=True)  # of earlier runs that were stopped
    read_files(r, run_id=run_id, sources=batch, say=say)
    for day in sorted(span, reverse=True):
        steps.fetch_missing(r, run_id=run_id, sources=batch, days=[day])
        load_open(r, run_id=run_id, in_parallel=True)
        recover(r, run_id=run_id, sources=batch, days=Span(first=day, last=day))
        rows = coverage.coverage(r.engine, sources=batch, first=day, last=day)
        loaded, expected = sum(c.loaded for c in rows), sum(c.expected for c in rows)
        say(f"{day}: {loaded} of {expected} loaded, {sum(c.obtainable for c in rows)} still obtainable")


def _spans(
    r: Resources, first: date | None, last: date | None, sources: Sequence[str], only_missing: bool, now: datetime
) -> list[Span]:
    """The days in rows, the newest row first."""
    if first is None and not only_missing:
        raise Permanent("no day is given: use --from DAY (and --to DAY), such as --from 2026-11-01, or --missing")
    yesterday = now.date() - timedelta(days=1)
    low = published_day(first.isoformat(), now=now) if first else date.min
    high = published_day(last.isoformat(), now=now) if last else (first if first and not only_missing else yesterday)
    if high < low:
        raise Permanent(f"--to {high} is before --from {low}")
    if not only_missing:
        return [Span(first=low, last=high)]
    keys = [s.key for s in (r.registry.select(sources) if sources else r.registry.enabled)]
    return _rows_of(coverage.open_days(r.engine, sources=keys, first=low, last=high))


def _rows_of(days: Iterable[date]) -> list[Span]:
    found: list[Span] = []
    for day in days:
        if found and found[-1].last == day - timedelta(days=1):
            found[-1] = Span(first=found[-1].first, last=day)
        else:
            found.append(Span(first=day, last=day))
    return found[::-1]
