"""
### Every hour: what is new or due, from the sites of the registry into the warehouse

    plan → for each batch of hosts: discover → fetch → extract → load → relate → announce
         ↘ open_work                                                 ↗         ↘ verdict → summary

**Batches.** Sources that share a host are in one batch. A batch goes its way alone: it is extracted and loaded while
others are still being fetched.

**Open work.** What an earlier run has fetched and not loaded (it failed, timed out, was given up or deleted) is loaded
by `open_work`, beside the batches. It also sums those runs up in `ops.run`.

**Time.** After NEWS_ETL_RUN_MINUTES (40) a batch's fetching is over, and no host has more than half of it: what is left
is `deferred` and comes first in the next run.

**Failures.** What may pass is retried, what fails again is not. Where fetching fails, what it has read is extracted and
loaded all the same. A source that fails fails alone: the data of all others are loaded, then `verdict` names it and the
run fails. Every run is summed up in `ops.run`, also a failed one.

**Again.** Clearing tasks or runs is safe: nothing is loaded twice, and pages that were read are not asked for again.

**Days that are over** cannot be had from the live web: this DAG reads it as it is now, and refuses backfills.

Connections `news_warehouse` and `news_lake` win over the environment (see news_support.py); pools are in pools.json.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import (
    CronDataIntervalTimetable,
    Metadata,
    Param,
    dag,
    get_current_context,
    task,
    task_group,
    teardown,
)
from airflow.sdk.exceptions import AirflowSkipException

# Airflow's services put the folder of DAGs on the path, a plain DagBag (as in tests of DAGs) does not.
sys.path.append(str(Path(__file__).parent))
import news_support

# Nothing is begun after this: within the time limit of a task, and the next run goes on.
OPEN_WORK_S = 30 * 60.0


@dag(
    dag_id="news_ingest",
    # Not a cron string: that has an empty data interval since Airflow 3.
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags=["news"],
    doc_md=__doc__,
    default_args=news_support.DEFAULT_ARGS,
    params={
        "sources": Param(
            [],
            type="array",
            items={"type": "string", "minLength": 1},
            title="Sources",
            description="Keys of the registry; none means all that are enabled.",
        ),
    },
)
def news_ingest() -> None:
    @task(execution_timeout=timedelta(minutes=5))
    def plan(params: dict[str, Any]) -> list[list[str]]:
        """Register the run and put its sources into batches."""
        from etl import stages, window

        run = get_current_context()["dag_run"]
        span = window.live(
            run.run_type, start=run.data_interval_start, end=run.data_interval_end, run_after=run.run_after
        )
        return stages.plan(
            news_support.settings(),
            run_id=news_support.run_id(),
            sources=params["sources"],
            window_start=span.start,
            window_end=span.end,
            now=datetime.now(UTC),
        )

    @task(pool="news_extract")
    def open_work(planned: list[list[str]]) -> Any:
        """Load what is in the lake and not in the warehouse, whichever run has brought it."""
        from etl import stages

        return news_support.said(
            stages.load_open(news_support.settings(), limit_s=OPEN_WORK_S, is_over=news_support.is_over)
        )

    @task(pool="news_fetch", map_index_template=news_support.LABEL)
    def discover(sources: list[str]) -> Any:
        """Read feeds, sitemaps and section fronts for candidates."""
        from etl import stages

        return news_support.said(
            stages.discover(news_support.settings(), run_id=news_support.run_id(), sources=sources)
        )

    @task(pool="news_fetch", map_index_template=news_support.LABEL, trigger_rule="all_done")
    def fetch(sources: list[str]) -> Any:
        """Read the pages that are new or due into WARC files. Runs also where discovery failed: revisits are due."""
        from etl import stages

        return news_support.said(stages.fetch(news_support.settings(), run_id=news_support.run_id(), sources=sources))

    @task(pool="news_extract", map_index_template=news_support.LABEL, trigger_rule="all_done")
    def extract(sources: list[str], fetched: dict[str, Any] | None) -> Any:
        """Take the articles out of the batch's WARC files; where fetching failed, out of those that it completed."""
        from etl import stages

        settings, run = news_support.settings(), news_support.run_id()
        warcs = fetched["uris"] if fetched else stages.captured(settings, run_id=run, sources=sources).uris
        return news_support.said(stages.extract(settings, warcs=warcs))

    @task(pool="news_load", map_index_template=news_support.LABEL)
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
        """Put what was loaded into stories: articles that carry the same text, over all sites."""
        from etl import stages

        if not news_support.summed([*(loaded or ()), left_over]):
            raise AirflowSkipException("nothing was loaded")
        return news_support.said(stages.relate(news_support.settings()))

    @task(trigger_rule="all_done", outlets=[news_support.ARTICLES])
    def announce(loaded: list[dict[str, Any]] | None, left_over: dict[str, Any] | None) -> Any:
        """Tell the DAGs that build on the articles; nothing when nothing was loaded."""
        outcomes = news_support.summed([*(loaded or ()), left_over])
        if not outcomes:
            raise AirflowSkipException("nothing was loaded")
        yield Metadata(news_support.ARTICLES, extra={"run_id": news_support.run_id(), "outcomes": outcomes})

    @task(trigger_rule="all_done")
    def verdict() -> None:
        """Fail when a source or a task failed, after everything else was loaded."""
        from etl import stages
        from etl.errors import Permanent

        failed = news_support.failed_tasks()
        stages.verdict(news_support.settings(), run_id=news_support.run_id())
        if failed:
            raise Permanent(f"these tasks failed, see their logs: {', '.join(failed)}")

    @teardown
    def summary() -> Any:
        """Sum the run up in `ops.run`, however it went."""
        from etl import stages

        return stages.summarize(news_support.settings(), run_id=news_support.run_id())

    planned = plan()
    left_over = open_work(planned)
    loaded = batch.expand(sources=planned)
    related, told, judged = relate(loaded, left_over), announce(loaded, left_over), verdict()
    [loaded, left_over] >> related >> [told, judged]
    [told, judged] >> summary()


news_ingest()
