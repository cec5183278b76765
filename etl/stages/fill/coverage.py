"""The estimate of a fill before it begins, and the coverage at its end: what is expected, loaded and missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from etl.clock import clock
from etl.model import CAPTURE_ARCHIVES
from etl.stages.fill.archives import estimates
from etl.stages.fill.steps import days_of
from etl.stages.live.crawling import host_of
from etl.stages.resources import Resources
from etl.states import CoverageState, RunKind
from etl.warehouse.ops import coverage, expected_urls, hosts, runs
from etl.warehouse.ops.coverage import Coverage

# Of 710 pages of 600 publishers the median has 117 KiB. Compressed transfers are smaller, so this overestimates.
USUAL_BYTES = 117 << 10
# Seconds that an answer takes, in addition to the pause before the next request.
ANSWER_S = 1.0
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a fill would fetch of a source's day. `hours` at the source's pace; `fits_today`: within today's remaining budget."""

    day: date
    source_key: str
    state: CoverageState
    archives: Mapping[str, str]
    expected: int
    loaded: int
    requests: int
    bytes: int
    hours: float
    fits_today: int

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self) | {"day": self.day.isoformat(), "archives": dict(self.archives)}


def estimate(r: Resources, *, run_id: str) -> list[Estimate]:
    """What the run would fetch, by day and source, of the URLs that its archives list. Fetches nothing.

    It ends a dry run: the run's sources are marked as done.
    """
    span, sources = days_of(r, run_id), sources_of(r, run_id)
    runs.fetched(r.engine, run_id=run_id, sources=sources, errors={})
    found = {
        (c.day, c.source_key): c for c in coverage.coverage(r.engine, sources=sources, first=span.first, last=span.last)
    }
    listed = coverage.listed(r.engine, sources=sources, days=span)
    answer = []
    left: dict[str, int] = {}
    for day in span:
        for key in sources:
            source = r.registry.sources[key]
            host = host_of(source.homepage)
            wanted = len(expected_urls.missing(r.engine, source_key=key, days=[day]))
            left.setdefault(host, hosts.left_for_fills(r.engine, host, clock().date(), budget=source.daily_budget))
            fits = min(wanted, left[host])
            left[host] -= fits
            c = found.get((day, key))
            answer.append(
                Estimate(
                    day=day,
                    source_key=key,
                    state=c.state if c else CoverageState.SETTLING,
                    archives={via: one.state for (k, d, via), one in sorted(listed.items()) if (k, d) == (key, day)},
                    expected=c.expected if c else 0,
                    loaded=c.loaded if c else 0,
                    requests=wanted,
                    bytes=wanted * (coverage.mean_bytes(r.engine, host) or USUAL_BYTES),
                    hours=round(wanted * (source.min_delay_s + ANSWER_S) / 3600, 2),
                    fits_today=fits,
                )
            )
    return answer


def verdict(r: Resources, *, run_id: str, failed_tasks: Sequence[str], is_dry: bool) -> dict[str, Any]:
    """Sum a fill up in `ops.run`: its `problems`, a line each, with the counts of `standing`, or the `estimates` of a dry run.

    `failed_tasks` are those of the scheduler. A run that was never planned is recorded as well.
    """
    runs.register(r.engine, run_id=run_id, kind=RunKind.FILL, as_of=clock())
    sources = sources_of(r, run_id)  # none where the plan failed
    problems: list[str] = []
    found: dict[str, Any] = {"gone_for_good": 0}
    if sources and is_dry:
        files = estimates(r, days=days_of(r, run_id), sources=sources)
        found["estimates"] = [*(e.as_json() for e in estimate(r, run_id=run_id)), *files]
    elif sources:
        problems, found = standing(r, run_id=run_id)
    problems += runs.reasons_of_tasks(failed_tasks)
    runs.summarize(r.engine, run_id=run_id, reasons=problems)
    return found | {"problems": problems}


def standing(r: Resources, *, run_id: str) -> tuple[list[str], dict[str, Any]]:
    """What a later run may still get of the days of a fill, in words and a line each, and their pages in numbers.

    `gone_for_good` counts those that no run will get.
    """
    span, sources = days_of(r, run_id), sources_of(r, run_id)
    days = _said(span.first, span.last)
    rows = coverage.coverage(r.engine, sources=sources, first=span.first, last=span.last)
    problems = _unread(r, sources, list(span))
    if not sum(c.expected for c in rows):
        problems.append(
            f"no archive lists a page of {days}: check the sources' sitemaps, give `date_archives` in the registry, or "
            f"add {' or '.join(CAPTURE_ARCHIVES)} to NEWS_ETL_ARCHIVES"
        )
    if obtainable := sum(c.obtainable for c in rows):
        problems.append(
            f"{days}: {obtainable} listed pages are not loaded yet ({_by_reason(rows)}): start the fill again, it resumes "
            "where it was stopped"
        )
    return problems, {
        "expected": sum(c.expected for c in rows),
        "loaded": sum(c.loaded for c in rows),
        "gone_for_good": sum(c.missing for c in rows),
        "missing_by": _reasons(rows),
        "states": {state: sum(c.state == state for c in rows) for state in sorted({c.state for c in rows})},
    }


def sources_of(r: Resources, run_id: str) -> list[str]:
    """The sources of a run that are still in the registry."""
    return [key for key in runs.sources_of(r.engine, run_id) if key in r.registry.sources]


def _unread(r: Resources, sources: Sequence[str], days: Sequence[date]) -> list[str]:
    listed = coverage.listed(r.engine, sources=sources, days=days)
    unread = [(key, day, via, one) for (key, day, via), one in sorted(listed.items()) if not one.state.is_whole]
    told = [f"{via} of {key} on {day} was not read completely ({one.error})" for key, day, via, one in unread[:SHOWN]]
    return told + ([f"and {len(unread) - SHOWN} more"] if len(unread) > SHOWN else [])


def _reasons(rows: Iterable[Coverage]) -> dict[str, int]:
    total: dict[str, int] = {}
    for c in rows:
        for reason, n in c.missing_by.items():
            total[reason] = total.get(reason, 0) + n
    return dict(sorted(total.items()))


def _by_reason(rows: Iterable[Coverage]) -> str:
    return ", ".join(f"{n} {reason}" for reason, n in _reasons(rows).items() if reason in coverage.OBTAINABLE)


def _said(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} to {last}"
