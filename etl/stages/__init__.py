"""One function per stage. The DAGs call these; the command line calls the same ones on resources that it opens itself.

plan ─→ discover ─→ fetch ─→ extract ─→ load ─→ relate ─→ verdict     settle
        └──── per batch of sources ──────┘      └──── per run ────┘     on its own schedule
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from etl.model import StageReport
from etl.settings import Settings

if TYPE_CHECKING:
    from etl.stages.inspect.onboarding import OnboardReport
    from etl.stages.resources import Resources
    from etl.states import RunState

T = TypeVar("T")

# The stages import what they need when they are called: a command that only loads does not import network libraries. No
# module may have the name of a stage: importing it would replace the function by the module.


def run_stage(settings: Settings, stage: Callable[[Resources], T], *, activate: bool = False) -> T:
    """Run a stage on resources that are opened for it and closed after it; `activate` activates the current rules version."""
    from etl.stages.resources import open_resources

    with open_resources(settings, activate=activate) as r:
        return stage(r)


def plan(
    settings: Settings,
    *,
    run_id: str,
    sources: Sequence[str],
    window_start: datetime | None,
    window_end: datetime | None,
    now: datetime,
    schedule: str | None = None,
    asks_all: bool = False,
) -> list[list[str]]:
    """Register a run as of `now` and cut its sources into at most 64 batches: those named, else the enabled ones, of the class
    `schedule` if that is given.

    The window only labels the run. All stages and attempts of the run take `now` as the current time. `asks_all`: documents
    are asked whatever their rhythm.
    """
    from etl.stages.live.plan import plan
    from etl.states import Schedule

    window = (window_start, window_end) if window_start and window_end else None

    def planned(r: Resources) -> list[list[str]]:
        of = Schedule(schedule) if schedule else None
        return plan(r, run_id=run_id, sources=sources, now=now, window=window, schedule=of, asks_all=asks_all)

    return run_stage(settings, planned, activate=True)


def discover(settings: Settings, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """Read the feeds, sitemaps and section pages of a batch. A failing source is recorded and does not stop the others."""
    from etl.stages.live.crawling import limit_s
    from etl.stages.live.discover import discover

    return run_stage(settings, lambda r: discover(r, run_id=run_id, sources=sources, limit_s=limit_s(r, run_id) / 2))


def fetch(settings: Settings, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """Fetch the due URLs of a batch; `uris` are the WARCs that the batch has written."""
    from etl.stages.live.crawling import limit_s
    from etl.stages.live.fetch import fetch

    return run_stage(settings, lambda r: fetch(r, run_id=run_id, sources=sources, limit_s=limit_s(r, run_id)))


def captured(settings: Settings, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """The WARCs that a batch has written so far, for a batch whose fetch failed or was stopped."""
    from etl.stages.live.fetch import captured

    return run_stage(settings, lambda r: captured(r, run_id=run_id, sources=sources))


def load_open(
    settings: Settings, *, limit_s: float, how_ended: Callable[[str], RunState | None] | None = None
) -> StageReport:
    """Extract and load segments of any run that are published but not loaded; close abandoned runs.

    Segments held by a live process are left to it. After `limit_s` seconds no further segment is started: the next call
    resumes. `how_ended` says of a run's name how it ended for the orchestrator, None while it is running; without it
    abandoned runs are closed after a day.
    """
    from etl.stages.process.open_work import load_open

    return run_stage(settings, lambda r: load_open(r, limit_s=limit_s, how_ended=how_ended))


def extract(settings: Settings, *, warcs: Sequence[str]) -> StageReport:
    """Extract WARCs of the lake; `uris` are the silver files."""
    from etl.stages.process.extract_load import extract

    return run_stage(settings, lambda r: extract(r, warcs=warcs))


def load(settings: Settings, *, silver: Sequence[str]) -> StageReport:
    """Load silver files, each exactly once."""
    from etl.stages.process.extract_load import load

    return run_stage(settings, lambda r: load(r, silver_names=silver))


def plan_reprocess(
    settings: Settings, *, day: date, by: str, sources: Sequence[str], dry_run: bool, rules: str | None, now: datetime
) -> dict[str, Any]:
    """Plan the reprocessing of a day: the pinned `rules` and the numbers of its parts, for parallel tasks.

    Raises `Permanent` for a day that is not over and when other rules are expected, `NothingKeptError` for a day of which
    nothing is kept.
    """
    from etl.stages.process import reprocess as reprocessing

    (only,) = reprocessing.days(day, day, today=now.astimezone(UTC).date())

    def pin(r: Resources) -> dict[str, Any]:
        version = reprocessing.pinned(r, sources=sources, expected=rules)
        parts = reprocessing.parts(r, day=only, by=reprocessing.DayBasis(by), sources=sources)
        return {"rules": version, "parts": list(range(parts))}

    return run_stage(settings, pin, activate=not dry_run)


def reprocess(
    settings: Settings,
    *,
    day: date,
    by: str,
    sources: Sequence[str],
    dry_run: bool,
    rules: str | None,
    part: int = 0,
    parts: int = 1,
) -> dict[str, Any]:
    """Extract the kept captures of a day, or of one of its `parts`, again with the pinned rules; counts and samples as JSON."""
    from etl.stages.process import reprocess as reprocessing

    return run_stage(
        settings,
        lambda r: reprocessing.reprocess(
            r,
            span=[day],
            by=reprocessing.DayBasis(by),
            sources=sources,
            part=reprocessing.ReprocessPart(number=part, of=parts),
            dry_run=dry_run,
            expected_rules=rules,
        ).as_json(),
    )


def relate(settings: Settings) -> StageReport:
    """Assign newly loaded articles to stories. Several calls may run at once; `settle` handles what they leave over."""
    from etl.stages.process.relate import relate

    return run_stage(settings, lambda r: relate(r.engine))


def settle(settings: Settings) -> StageReport:
    """Assign all open articles to stories; relates every article again when the rules of relating have changed."""
    from etl.stages.process.relate import settle

    return run_stage(settings, lambda r: settle(r.engine))


def compact(settings: Settings, *, before: date) -> dict[str, Any]:
    """Merge the small WARC files of days before `before`; how many files were merged, made and removed."""
    from etl.stages.maintenance.compact import compact

    return run_stage(settings, lambda r: compact(r, before=before).as_json())


def retain(settings: Settings, *, now: datetime) -> dict[str, Any]:
    """Delete the raw pages that are past their retention period at `now`; captures and bytes by source."""
    from etl.stages.maintenance.retain import retain

    return run_stage(settings, lambda r: retain(r, now=now).as_json())


def prune(settings: Settings, *, now: datetime) -> dict[str, Any]:
    """Delete the requests and offered URLs of runs that ended more than `settings.log_days` before `now`; how many."""
    from etl.warehouse.maintenance.pruning import prune

    before = now.astimezone(UTC).date() - timedelta(days=settings.log_days)
    return run_stage(settings, lambda r: prune(r.engine, before=before).as_json())


def verdict(settings: Settings, *, run_id: str, failed_tasks: Sequence[str]) -> list[str]:
    """End a live run, failed or not: write its summary. Returns its problems, one line each; none if it was successful."""
    from etl.stages.live.verdict import verdict

    return run_stage(settings, lambda r: verdict(r, run_id=run_id, failed_tasks=failed_tasks))


def days_touched(settings: Settings, *, run_id: str | None, warcs: Sequence[str]) -> list[str]:
    """The published days, as ISO dates, of the articles of a run and of these WARC files: before and after a change."""
    from etl.warehouse.ops import touched

    return [
        day.isoformat()
        for day in run_stage(settings, lambda r: touched.days_of_loads(r.engine, run_id=run_id, warcs=warcs))
    ]


def plan_fill(
    settings: Settings, *, run_id: str, first: date, last: date, sources: Sequence[str], now: datetime
) -> list[list[str]]:
    """Register a fill of the published days from `first` to `last`; its sources in at most 64 batches."""
    from etl.archives.days import Span
    from etl.stages.fill.steps import plan_fill

    return run_stage(
        settings,
        lambda r: plan_fill(r, run_id=run_id, days=Span(first=first, last=last), sources=sources, now=now),
        activate=True,
    )


def fill_files(settings: Settings, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """Load what files of public archives have of the run's days; does nothing where no such archive is enabled."""
    from etl.stages.fill.archives import read_files

    notes: list[str] = []
    outcomes = run_stage(settings, lambda r: read_files(r, run_id=run_id, sources=sources, say=notes.append))
    return StageReport(stage="files", outcomes=outcomes, notes=tuple(notes))


def fill_find(settings: Settings, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """Look up in the sites' own archives, and in other enabled ones, what a batch published on the run's days."""
    from etl.stages.fill.archives import find_all

    return run_stage(settings, lambda r: find_all(r, run_id=run_id, sources=sources))


def fill_fetch(settings: Settings, *, run_id: str, sources: Sequence[str], limit_s: float) -> StageReport:
    """Fetch what a batch misses of the run's days. Raises `Transient` when time ran out: the next attempt resumes."""
    from etl.stages.fill.steps import fetch_missing

    return run_stage(settings, lambda r: fetch_missing(r, run_id=run_id, sources=sources, limit_s=limit_s))


def fill_load(settings: Settings, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """Extract and load what all attempts of a fill's batch have put into the lake."""
    from etl.stages.process.open_work import load_batch

    return run_stage(settings, lambda r: load_batch(r, run_id=run_id, sources=sources))


def fill_recover(settings: Settings, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """Load from archives what a batch's sites did not deliver; does nothing where no such archive is enabled."""
    from etl.stages.fill.archives import recover

    outcomes = run_stage(settings, lambda r: recover(r, run_id=run_id, sources=sources))
    return StageReport(stage="recover", outcomes=outcomes)


def fill_verdict(settings: Settings, *, run_id: str, failed_tasks: Sequence[str], is_dry: bool) -> dict[str, Any]:
    """End a fill, failed or not: write its summary. `problems` of the answer are what a later run may still get, and what
    failed, one line each; `gone_for_good` counts the pages that no run will get.

    A dry run has `estimates` by day and source: requests, bytes, hours at the source's pace, and files it would read.
    """
    from etl.stages.fill.coverage import verdict

    return run_stage(settings, lambda r: verdict(r, run_id=run_id, failed_tasks=failed_tasks, is_dry=is_dry))


def onboard(settings: Settings, domain: str, *, enable: bool) -> OnboardReport:
    """Probe a site, store its entry as a proposal in the lake, and write it into the registry where that can be written."""
    from etl.stages.inspect.onboarding import onboard

    return onboard(settings, domain, enable=enable)
