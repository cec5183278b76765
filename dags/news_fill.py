"""
### Past days: the pages of a published day that the warehouse lacks, from archives

    plan → files → for each batch of hosts: find → fetch → load → recover → relate → verdict → complete → summary

**One partition is one published day (UTC).** The sites' own sitemaps and pages of past days are asked what they
published; what is missing of it is fetched from the sites, with what live runs leave of each host's budget. With
`archives` (or NEWS_ETL_ARCHIVES) also Common Crawl's news crawl (`cc_news`: large files, read once for all days and
sources) and the Wayback Machine (`wayback`: slowly, for what the sites no longer give).

**Days that are over**, any number of them, in any order, also days that had runs before:

    airflow backfill create --dag-id news_fill --from-date 2026-11-01 --to-date 2026-11-14 \\
        --max-active-runs 3 --reprocess-behavior completed --run-backwards

Without `--reprocess-behavior completed` days that have a run already are passed by, whatever their parameters were.
Parameters for all days: `--dag-run-conf '{"sources": ["harbour-post"]}'`.

**By hand**: trigger it with a day, sources and archives; with `dry_run` the log of `verdict` says what it would fetch.

**What is missing.** A run fails when something may still be had: clear it or fill the day again, it goes on where it
was. What can be had no more (gone, forbidden) skips the task `complete`, which says so. `news.coverage` has both by day
and source.

The daily schedule closes yesterday's gaps, also those of live runs.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import CronPartitionTimetable, Param, dag, get_current_context, task, task_group, teardown
from airflow.sdk.exceptions import AirflowSkipException

# Airflow's services put the folder of DAGs on the path, a plain DagBag (as in tests of DAGs) does not.
sys.path.append(str(Path(__file__).parent))
import news_support

log = logging.getLogger(__name__)

# Within the time limit of a task, so that what was fetched is loaded; another attempt goes on.
FETCH_S = 40 * 60.0
ARCHIVES = ["sitemap_archive", "date_archive", "cc_news", "wayback"]


@dag(
    dag_id="news_fill",
    # At midnight: with another hour a backfill loses the last of its days.
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
            description="Instead of the run's partition, such as 2026-11-20; without either yesterday.",
        ),
        "sources": Param(
            [],
            type="array",
            items={"type": "string", "minLength": 1},
            title="Sources",
            description="Keys of the registry; none means all that are enabled.",
        ),
        "archives": Param(
            [],
            type="array",
            items={"type": "string", "enum": ARCHIVES},
            title="Archives",
            description="Where from; none means what NEWS_ETL_ARCHIVES says.",
        ),
        "dry_run": Param(
            False, type="boolean", title="Dry run", description="Fetch no page; say what a fill would take."
        ),
    },
)
def news_fill() -> None:
    @task(execution_timeout=timedelta(minutes=10))
    def plan(params: dict[str, Any]) -> list[list[str]]:
        """Register the fill of a day and put its sources into batches. Refuses days that are not over."""
        from etl import stages, window

        run, now = get_current_context()["dag_run"], datetime.now(UTC)
        yesterday = (run.run_after.astimezone(UTC) - timedelta(days=1)).date().isoformat()
        day = window.published_day(params["day"] or run.partition_key or yesterday, now=now)
        log.info("day=%s", day)
        return stages.plan_fill(
            settings(params),
            run_id=news_support.run_id(),
            first=day,
            last=day,
            sources=params["sources"],
            now=now,
        )

    @task(pool="news_extract", execution_timeout=timedelta(minutes=60))
    def files(batches: list[list[str]], params: dict[str, Any]) -> Any:
        """Take what files of public archives have of the day. What was read of a file is not read again."""
        from etl import stages

        if params["dry_run"]:
            raise AirflowSkipException("a dry run")
        sources = [key for batch in batches for key in batch]
        return news_support.said(stages.fill_files(settings(params), run_id=news_support.run_id(), sources=sources))

    @task(pool="news_fetch", map_index_template=news_support.LABEL, trigger_rule="all_done")
    def find(sources: list[str], params: dict[str, Any]) -> Any:
        """Ask archives what the batch's sources published on the day."""
        from etl import stages

        return news_support.said(stages.fill_find(settings(params), run_id=news_support.run_id(), sources=sources))

    @task(pool="news_fetch", map_index_template=news_support.LABEL, trigger_rule="all_done")
    def fetch(sources: list[str], params: dict[str, Any]) -> Any:
        """Fetch what is missing of the day, also what an earlier run has found."""
        from etl import stages

        if params["dry_run"]:
            raise AirflowSkipException("a dry run")
        return news_support.said(
            stages.fill_fetch(settings(params), run_id=news_support.run_id(), sources=sources, limit_s=FETCH_S)
        )

    @task(pool="news_load", map_index_template=news_support.LABEL, trigger_rule="all_done")
    def load(sources: list[str], params: dict[str, Any]) -> Any:
        """Extract and load what was fetched, also by a fetch that failed, exactly once."""
        from etl import stages

        if params["dry_run"]:
            raise AirflowSkipException("a dry run")
        return news_support.said(stages.fill_load(settings(params), run_id=news_support.run_id(), sources=sources))

    @task(pool="news_fetch", map_index_template=news_support.LABEL)
    def recover(sources: list[str], params: dict[str, Any]) -> Any:
        """Take from the Wayback Machine what the sites did not give, where it is among the archives."""
        from etl import stages

        return news_support.said(stages.fill_recover(settings(params), run_id=news_support.run_id(), sources=sources))

    planned = plan()
    read = files(planned)

    @task_group
    def batch(sources: list[str]) -> Any:
        # By name: labels are made of named arguments.
        found, fetched, loaded = find(sources=sources), fetch(sources=sources), load(sources=sources)
        recovered = recover(sources=sources)
        # What files have needs not be fetched; where they cannot be read, the sites are asked all the same.
        read >> found >> fetched >> loaded >> recovered
        return recovered

    @task(pool="news_load", trigger_rule="all_done")
    def relate(params: dict[str, Any]) -> Any:
        """Put what was loaded into stories: articles that carry the same text, over all sites."""
        from etl import stages

        if params["dry_run"]:
            raise AirflowSkipException("a dry run")
        return news_support.said(stages.relate(news_support.settings()))

    @task(trigger_rule="all_done")
    def verdict(params: dict[str, Any]) -> dict[str, Any]:
        """Fail when something may still be had, or a task failed, after everything else was loaded."""
        from etl import stages
        from etl.errors import Permanent
        from etl.printable import log_fields

        failed = news_support.failed_tasks()
        if params["dry_run"]:
            for line in stages.fill_estimate(settings(params), run_id=news_support.run_id()):
                log.info("%s", log_fields(**line))
            if failed:
                raise Permanent(f"these tasks failed, see their logs: {', '.join(failed)}")
            return {"gone_for_good": 0}
        found = stages.fill_verdict(settings(params), run_id=news_support.run_id())
        if failed:
            raise Permanent(f"these tasks failed, see their logs: {', '.join(failed)}")
        log.info("%s", log_fields(**found))
        return found

    @task
    def complete(found: dict[str, Any]) -> None:
        """Skipped where pages are named that nobody can have any more: such a day is done, and not whole."""
        if found["gone_for_good"]:
            raise AirflowSkipException(
                f"{found['gone_for_good']} of {found['expected']} pages cannot be had any more: {found['missing_by']}"
            )

    @teardown
    def summary() -> Any:
        """Sum the run up in `ops.run`, however it went."""
        from etl import stages

        return stages.summarize(news_support.settings(), run_id=news_support.run_id())

    done = batch.expand(sources=planned)
    related, judged = relate(), verdict()
    done >> related >> judged
    complete(judged) >> summary()


def settings(params: dict[str, Any]) -> Any:
    """The settings of a task, with the archives that the run was triggered with."""
    from dataclasses import replace

    found = news_support.settings()
    return replace(found, archives=tuple(params["archives"])) if params["archives"] else found


news_fill()
