"""
### Past days: load from archives the pages of a published day that the warehouse lacks

    plan → files → for each batch of hosts: find → fetch → load → recover → relate → announce → verdict → complete

**One partition is one published day (UTC).** The sites' own sitemaps and pages of past days list what was published;
what is missing of it is fetched from the sites, within what live runs leave of each host's budget. With `archives` (or
NEWS_ETL_ARCHIVES) also Common Crawl's news crawl (`cc_news`: large files, read once for all days and sources) and the
Wayback Machine (`wayback`: slow, for pages that the sites no longer deliver).

**Backfills** take any number of past days, in any order, also days that had runs before:

    airflow backfill create --dag-id news_fill --from-date 2026-11-01 --to-date 2026-11-14 \\
        --max-active-runs 3 --reprocess-behavior completed --run-backwards

Without `--reprocess-behavior completed` days that have a run already are skipped, whatever their parameters were.
Parameters for all days: `--dag-run-conf '{"sources": ["harbour-post"]}'`.

**Manual runs**: trigger it with a day, sources and archives; with `dry_run` the log of `verdict` shows what it would fetch.
Fills have a pool of their own (`news_fill`); in shared pools live batches go first.

**Missing pages.** A run fails when missing pages are still obtainable: clear it or fill the day again, and it resumes
where it stopped. Missing pages that are not obtainable any more (gone, forbidden) are named by the task `complete`, which
is then skipped. `news.coverage` has both by day and source.

The daily schedule fills yesterday's gaps, also those of live runs.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import CronPartitionTimetable, Metadata, Param, dag, get_current_context, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

# Airflow's services put the folder of DAGs on the path, a plain DagBag (as in tests of DAGs) does not.
sys.path.append(str(Path(__file__).parent))
import news_support

log = logging.getLogger(__name__)

# Within the time limit of a task, so that what was fetched is loaded; another attempt resumes.
FETCH_S = 40 * 60.0
ARCHIVES = ["sitemap_archive", "date_archive", "cc_news", "wayback"]


@dag(
    dag_id="news_fill",
    description="Past days: load from archives the pages of a published day that the warehouse lacks",
    # At midnight: at any other hour Airflow leaves out the last day of a backfill.
    schedule=CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1),
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=4,
    dagrun_timeout=timedelta(hours=24),
    tags=["news"],
    doc_md=__doc__,
    default_args=news_support.DEFAULT_ARGS | {"retries": 5},
    params={
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Day",
            description="The published day, such as 2026-11-20. Default: the run's partition, else yesterday.",
        ),
        "sources": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "minLength": 1},
            title="Sources",
            description="Keys of the registry. Default: all enabled sources.",
        ),
        "archives": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "enum": ARCHIVES},
            examples=ARCHIVES,
            title="Archives",
            description="Archives to read. Default: NEWS_ETL_ARCHIVES.",
        ),
        "dry_run": Param(
            False, type="boolean", title="Dry run", description="Fetch no page; log what a fill would cost."
        ),
    },
)
def news_fill() -> None:
    @task(execution_timeout=timedelta(minutes=10))
    def plan(params: dict[str, Any]) -> list[list[str]]:
        """Register the fill of a day and split its sources into batches. Refuses days that are not over."""
        from etl import run_window, stages

        news_support.refuse_unknown_parameters()
        run, now = get_current_context()["dag_run"], datetime.now(UTC)
        yesterday = (run.run_after.astimezone(UTC) - timedelta(days=1)).date().isoformat()
        day = run_window.published_day(params["day"] or run.partition_key or yesterday, now=now)
        log.info("day=%s", day)
        return stages.plan_fill(
            settings(params),
            run_id=news_support.run_id(),
            first=day,
            last=day,
            sources=params["sources"] or [],
            now=now,
        )

    @task(
        pool="news_extract",
        execution_timeout=timedelta(minutes=60),
        priority_weight=news_support.FILL,
        weight_rule="absolute",
    )
    def files(batches: list[list[str]], params: dict[str, Any]) -> Any:
        """Load what files of public archives have of the day. No part of a file is read twice."""
        from etl import stages

        if params["dry_run"]:
            raise AirflowSkipException("a dry run")
        sources = [key for batch in batches for key in batch]
        return news_support.said(stages.fill_files(settings(params), run_id=news_support.run_id(), sources=sources))

    @task(
        pool="news_fill",
        map_index_template=news_support.LABEL,
        trigger_rule="all_done",
        priority_weight=news_support.FILL + 1,
        weight_rule="absolute",
    )
    def find(sources: list[str], params: dict[str, Any]) -> Any:
        """List from archives what the batch's sources published on the day."""
        from etl import stages

        return news_support.said(stages.fill_find(settings(params), run_id=news_support.run_id(), sources=sources))

    @task(
        pool="news_fill",
        map_index_template=news_support.LABEL,
        trigger_rule="all_done",
        priority_weight=news_support.FILL + 2,
        weight_rule="absolute",
    )
    def fetch(sources: list[str], params: dict[str, Any]) -> Any:
        """Fetch what is missing of the day, also URLs that an earlier run has found."""
        from etl import stages

        if params["dry_run"]:
            raise AirflowSkipException("a dry run")
        return news_support.said(
            stages.fill_fetch(settings(params), run_id=news_support.run_id(), sources=sources, limit_s=FETCH_S)
        )

    @task(
        pool="news_load",
        map_index_template=news_support.LABEL,
        trigger_rule="all_done",
        priority_weight=news_support.FILL + 3,
        weight_rule="absolute",
    )
    def load(sources: list[str], params: dict[str, Any]) -> Any:
        """Extract and load what was fetched, exactly once, also after a failed fetch."""
        from etl import stages

        if params["dry_run"]:
            raise AirflowSkipException("a dry run")
        return news_support.said(stages.fill_load(settings(params), run_id=news_support.run_id(), sources=sources))

    @task(
        pool="news_fill",
        map_index_template=news_support.LABEL,
        priority_weight=news_support.FILL + 4,
        weight_rule="absolute",
    )
    def recover(sources: list[str], params: dict[str, Any]) -> Any:
        """Load from the Wayback Machine what the sites did not deliver, if it is among the archives."""
        from etl import stages

        return news_support.said(stages.fill_recover(settings(params), run_id=news_support.run_id(), sources=sources))

    planned = plan()
    read = files(planned)

    @task_group
    def batch(sources: list[str]) -> Any:
        # By name: labels are made of named arguments.
        found, fetched, loaded = find(sources=sources), fetch(sources=sources), load(sources=sources)
        recovered = recover(sources=sources)
        # Pages found in files need not be fetched; where files cannot be read, the sites are visited all the same.
        read >> found >> fetched >> loaded >> recovered
        return {"loaded": loaded, "recovered": recovered}

    @task(pool="news_load", trigger_rule="all_done")
    def relate(params: dict[str, Any]) -> Any:
        """Assign the loaded articles to stories: articles with the same text, over all sites."""
        from etl import stages

        if params["dry_run"]:
            raise AirflowSkipException("a dry run")
        return news_support.said(stages.relate(news_support.settings()))

    @task(trigger_rule="all_done", outlets=[news_support.ARTICLES])
    def announce(read: dict[str, Any] | None, loaded: list[Any] | None, recovered: list[Any] | None) -> Any:
        """Tell the DAGs that build on the articles, with the published days; nothing when no article changed."""
        from etl import stages

        outcomes = news_support.summed([read, *news_support.each(loaded), *news_support.each(recovered)])
        if not news_support.changed(outcomes):
            raise AirflowSkipException("no article changed")
        days = stages.days_touched(news_support.settings(), run_id=news_support.run_id(), warcs=[])
        yield Metadata(
            news_support.ARTICLES, extra={"run_id": news_support.run_id(), "outcomes": outcomes, "days": days}
        )

    @task(trigger_rule="all_done")
    def verdict(params: dict[str, Any]) -> dict[str, Any]:
        """Write the summary to `ops.run`; fail when missing pages are still obtainable, or a task failed."""
        from etl import stages
        from etl.printable import log_fields

        found = stages.fill_verdict(
            settings(params),
            run_id=news_support.run_id(),
            failed_tasks=news_support.failed_tasks(),
            is_dry=params["dry_run"],
        )
        for line in found.pop("estimates", ()):
            log.info("%s", log_fields(**line))
        news_support.fail_with(found.pop("problems"))
        log.info("%s", log_fields(**found))
        return found

    @task
    def complete(found: dict[str, Any]) -> None:
        """Skipped when missing pages are not obtainable any more: the day is done, but not complete."""
        if found["gone_for_good"]:
            raise AirflowSkipException(
                f"{found['gone_for_good']} of {found['expected']} pages are not obtainable any more: {found['missing_by']}"
            )

    done = batch.expand(sources=planned)
    judged = verdict()
    loaded, recovered = done["loaded"], done["recovered"]
    [loaded, recovered] >> relate() >> announce(read, loaded, recovered) >> judged
    complete(judged)


def settings(params: dict[str, Any]) -> Any:
    """The settings of a task, with the archives that the run was triggered with."""
    from dataclasses import replace

    found = news_support.settings()
    return replace(found, archives=tuple(params["archives"])) if params["archives"] else found


news_fill()
