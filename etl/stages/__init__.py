"""One function a stage. The DAGs call these; the command line calls the same ones on resources that it opens itself.

    plan ─→ discover ─→ fetch ─→ extract ─→ load ─→ verdict, summarize
            └────── a batch of sources ──────┘      └── a run ──┘
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from etl.errors import Permanent
from etl.model import StageReport
from etl.settings import Settings
from etl.stages import batches
from etl.stages.discover import discover as _discover
from etl.stages.fetch import fetch as _fetch
from etl.stages.plan import plan as _plan
from etl.stages.resources import open_resources
from etl.warehouse import runs
from etl.warehouse.runs import RunSummary

__all__ = ["discover", "extract", "fetch", "load", "plan", "summarize", "verdict"]


def plan(
    settings: Settings,
    *,
    run_id: str,
    sources: Sequence[str],
    window_start: datetime | None,
    window_end: datetime | None,
    now: datetime | None = None,
) -> list[list[str]]:
    """Register a run as of `now` and cut its sources (all enabled ones when none are named) into at most 64 batches.

    The window labels the run. `now` is what the run's decisions use, all its attempts alike; None is this moment.
    """
    window = (window_start, window_end) if window_start and window_end else None
    with open_resources(settings) as r:
        return _plan(r, run_id=run_id, sources=sources, now=now or datetime.now(UTC), window=window)


def discover(settings: Settings, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """Read the feeds, sitemaps and section pages of a batch. A source that fails is recorded and fails alone."""
    with open_resources(settings, activate=False) as r:
        return _discover(r, run_id=run_id, sources=sources)


def fetch(settings: Settings, *, run_id: str, sources: Sequence[str]) -> StageReport:
    """Fetch what is due of a batch; `uris` are the WARCs that the batch has written."""
    with open_resources(settings, activate=False) as r:
        return _fetch(r, run_id=run_id, sources=sources)


def extract(settings: Settings, *, warcs: Sequence[str]) -> StageReport:
    """Extract WARCs of the lake; `uris` are the silver files."""
    with open_resources(settings, activate=False) as r:
        return batches.extract(r, warcs=warcs)


def load(settings: Settings, *, silver: Sequence[str]) -> StageReport:
    """Load silver files, each exactly once."""
    with open_resources(settings, activate=False) as r:
        return batches.load(r, silver_names=silver)


def verdict(settings: Settings, *, run_id: str) -> RunSummary:
    """The summary of a run that went well. Raises `Permanent` naming the sources that failed, and why."""
    with open_resources(settings, activate=False) as r:
        summary = runs.summarize(r.engine, run_id=run_id, is_over=False)
    if summary.failed:
        named = "; ".join(f"{key}: {error}" for key, error in summary.failed.items())
        raise Permanent(f"{len(summary.failed)} sources failed, the others are loaded. {named}")
    if summary.undecided:
        raise Permanent(f"{summary.undecided} URLs have no outcome yet: clear the failed tasks of this run")
    return summary


def summarize(settings: Settings, *, run_id: str) -> RunSummary:
    """End a run: write its summary, whatever happened."""
    with open_resources(settings, activate=False) as r:
        return runs.summarize(r.engine, run_id=run_id)
