"""
Three DAGs, one for each `schedule` that a source may have: `news_ingest_minutes` (every three minutes), `news_ingest`
(hourly, the default) and `news_ingest_daily`. A source is visited by the runs of its own class only.

    plan → for each batch of hosts: discover → fetch → extract → load → relate → announce → verdict
         ↘ open_work                                                 ↗

**Documents.** Feeds, sitemaps and section fronts are asked when they are due by their own rhythm. A run that is triggered
by hand may name `sources` of any class, and with `all_documents` it reads every document whatever its rhythm.

**Batches.** Sources that share a host are in one batch. Batches are independent: one is extracted and loaded while
others wait for a slot. In pools, live batches go before fills, and fills before reprocessing.

**Open work.** What an earlier run has fetched but not loaded (because it failed, timed out, was abandoned or deleted) is
loaded by `open_work`, in parallel to the batches.

**Time.** A batch fetches for at most NEWS_ETL_RUN_MINUTES (40; 10 in `news_ingest_minutes`, whose runs have at most four
batches, of sources of which something is due), and from one host for at most half of that: what is left is `deferred` and
still due in the next run.

**Failures.** Transient errors are retried, permanent ones are not. Where fetching fails, what was fetched before is
extracted and loaded all the same. A failing source does not stop the others: their data are loaded, then `verdict` names
it, one line each, and the run fails. `verdict` also writes the summary to `ops.run`. For a run that never reaches it
(marked failed, timed out, deleted) the `open_work` of the next run, or `news_maintain`, writes it, with the state that
Airflow gives the run.

**Clearing** tasks or runs is safe: nothing is loaded twice, and no page is fetched twice.

**Backfills are refused**: this DAG reads the live web as it is now. For past days use `news_fill`.

The connections `news_warehouse` and `news_lake` override the environment (see news_support.py); pools are in pools.json.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from airflow.sdk import (
    CronDataIntervalTimetable,
    Metadata,
    Param,
    dag,
    get_current_context,
    task,
    task_group,
)
from airflow.sdk.exceptions import AirflowSkipException

# Airflow's services put the folder of DAGs on the path, a plain DagBag (as in tests of DAGs) does not.
sys.path.append(str(Path(__file__).parent))
import news_support

# Nothing new is started after this, so that the task ends within its time limit; the next run resumes.
OPEN_WORK_S = 30 * 60.0


class LiveDag(NamedTuple):
    """One DAG for the sources of a class."""

    dag_id: str
    schedule: str
    cron: str
    description: str
    timeout: timedelta


DAGS = (
    LiveDag(
        "news_ingest_minutes",
        "minutes",
        "*/3 * * * *",
        "Every three minutes: load news of the sources that ask for it",
        timedelta(hours=1),
    ),
    LiveDag(
        "news_ingest",
        "hourly",
        "0 * * * *",
        "Every hour: load new and due pages from the sites of the registry",
        timedelta(hours=6),
    ),
    LiveDag(
        "news_ingest_daily",
        "daily",
        "15 4 * * *",
        "Every day: load new and due pages of slow sources",
        timedelta(hours=6),
    ),
)


def live(of: LiveDag) -> None:
    """The DAG for the sources of a class."""

    @dag(
        dag_id=of.dag_id,
        description=of.description,
        # Not a cron string: since Airflow 3 its data interval is empty.
        schedule=CronDataIntervalTimetable(of.cron, timezone="UTC"),
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=of.timeout,
        tags=["news"],
        doc_md=f"\n### {of.description}\n{__doc__}",
        default_args=news_support.DEFAULT_ARGS,
        params={
            "sources": Param(
                None,
                type=["null", "array"],
                items={"type": "string", "minLength": 1},
                title="Sources",
                description=f"Keys of the registry. Default: all enabled sources whose schedule is {of.schedule}.",
            ),
            "all_documents": Param(
                False,
                type="boolean",
                title="All documents",
                description="Read every feed, sitemap and section, also those that are not due by their rhythm.",
            ),
        },
    )
    def news_ingest() -> None:
        @task(execution_timeout=timedelta(minutes=5))
        def plan(params: dict[str, Any]) -> list[list[str]]:
            """Register the run and split its sources into batches."""
            from etl import run_window, stages

            news_support.refuse_unknown_parameters()
            run = get_current_context()["dag_run"]
            span = run_window.live(
                run.run_type, start=run.data_interval_start, end=run.data_interval_end, run_after=run.run_after
            )
            return stages.plan(
                news_support.settings(),
                run_id=news_support.run_id(),
                sources=params["sources"] or [],
                window_start=span.start,
                window_end=span.end,
                now=datetime.now(UTC),
                schedule=of.schedule,
                asks_all=params["all_documents"],
            )

        @task(pool="news_extract", priority_weight=news_support.LIVE, weight_rule="absolute")
        def open_work(planned: list[list[str]]) -> Any:
            """Load segments of any run that are in the lake but not in the warehouse."""
            from etl import stages

            return news_support.said(
                stages.load_open(news_support.settings(), limit_s=OPEN_WORK_S, how_ended=news_support.how_ended)
            )

        @task(
            pool="news_fetch",
            map_index_template=news_support.LABEL,
            priority_weight=news_support.LIVE + 1,
            weight_rule="absolute",
        )
        def discover(sources: list[str]) -> Any:
            """Read feeds, sitemaps and section fronts for candidates."""
            from etl import stages

            return news_support.said(
                stages.discover(news_support.settings(), run_id=news_support.run_id(), sources=sources)
            )

        @task(
            pool="news_fetch",
            map_index_template=news_support.LABEL,
            trigger_rule="all_done",
            priority_weight=news_support.LIVE + 2,
            weight_rule="absolute",
        )
        def fetch(sources: list[str]) -> Any:
            """Fetch new and due pages into WARC files. Runs also where discovery failed: revisits may be due."""
            from etl import stages

            return news_support.said(
                stages.fetch(news_support.settings(), run_id=news_support.run_id(), sources=sources)
            )

        @task(
            pool="news_extract",
            map_index_template=news_support.LABEL,
            trigger_rule="all_done",
            priority_weight=news_support.LIVE + 3,
            weight_rule="absolute",
        )
        def extract(sources: list[str], fetched: dict[str, Any] | None) -> Any:
            """Extract the articles of the batch's WARC files; where fetching failed, of those that were completed."""
            from etl import stages

            settings, run = news_support.settings(), news_support.run_id()
            warcs = fetched["uris"] if fetched else stages.captured(settings, run_id=run, sources=sources).uris
            return news_support.said(stages.extract(settings, warcs=warcs))

        @task(
            pool="news_load",
            map_index_template=news_support.LABEL,
            priority_weight=news_support.LIVE + 4,
            weight_rule="absolute",
        )
        def load(sources: list[str], extracted: dict[str, Any]) -> Any:
            """Load the batch's articles into the warehouse, exactly once."""
            from etl import stages

            return news_support.said(stages.load(news_support.settings(), silver=extracted["uris"]))

        @task_group
        def batch(sources: list[str]) -> Any:
            # By name: labels are made of named arguments.
            found = discover(sources=sources)
            fetched = fetch(sources=sources)
            found >> fetched
            return load(sources=sources, extracted=extract(sources=sources, fetched=fetched))

        @task(pool="news_load", trigger_rule="all_done")
        def relate(loaded: list[dict[str, Any]] | None, left_over: dict[str, Any] | None) -> Any:
            """Assign the loaded articles to stories: articles with the same text, over all sites."""
            from etl import stages

            if not news_support.summed([*news_support.each(loaded), left_over]):
                raise AirflowSkipException("nothing was loaded")
            return news_support.said(stages.relate(news_support.settings()))

        @task(trigger_rule="all_done", outlets=[news_support.ARTICLES])
        def announce(loaded: list[dict[str, Any]] | None, left_over: dict[str, Any] | None) -> Any:
            """Update the asset that downstream DAGs wait for, with the published days; skipped when no article changed."""
            from etl import stages

            outcomes = news_support.summed([*news_support.each(loaded), left_over])
            if not news_support.changed(outcomes):
                raise AirflowSkipException("no article changed")
            days = stages.days_touched(
                news_support.settings(), run_id=news_support.run_id(), warcs=left_over["uris"] if left_over else []
            )
            yield Metadata(
                news_support.ARTICLES, extra={"run_id": news_support.run_id(), "outcomes": outcomes, "days": days}
            )

        @task(trigger_rule="all_done")
        def verdict() -> None:
            """Write the summary to `ops.run`; fail when a source or a task failed, after everything else was loaded."""
            from etl import stages

            news_support.fail_with(
                stages.verdict(
                    news_support.settings(), run_id=news_support.run_id(), failed_tasks=news_support.failed_tasks()
                )
            )

        planned = plan()
        left_over = open_work(planned)
        loaded = batch.expand(sources=planned)
        [loaded, left_over] >> relate(loaded, left_over) >> announce(loaded, left_over) >> verdict()

    news_ingest()


for each in DAGS:
    live(each)
