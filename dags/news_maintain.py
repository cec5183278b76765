"""
### Every night: retention and compaction of the lake

1. `open_work` loads segments of any run that are in the lake but not in the warehouse.
2. `retain` deletes raw pages past their retention period, by the `retention` and `rights` of their source in the
   registry. The values extracted last stay in lake and warehouse. `news-etl retain` does the same, and `news-etl retain
   --dry-run` shows what would be deleted.
3. `prune` deletes the log of requests and the URLs that runs have seen, where these ended more than `NEWS_ETL_LOG_DAYS`
   (400) ago. Summaries of runs stay. `news-etl prune` does the same.
4. `compact` merges small WARC files of past days into large ones, and deletes silver files that were loaded on a past
   day. Nothing is lost: captures keep their ids, and rows point to the new places. `news-etl compact` does the same.

All can be stopped at any moment; the next run finishes them.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import CronDataIntervalTimetable, Metadata, dag, task
from airflow.sdk.exceptions import AirflowSkipException

# Airflow's services put the folder of DAGs on the path, a plain DagBag (as in tests of DAGs) does not.
sys.path.append(str(Path(__file__).parent))
import news_support

log = logging.getLogger(__name__)

# Nothing new is started after this, so that the task ends within its time limit; the next run resumes.
OPEN_WORK_S = 30 * 60.0


@dag(
    dag_id="news_maintain",
    description="Every night: retention and compaction of the lake",
    schedule=CronDataIntervalTimetable("30 3 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    tags=["news"],
    doc_md=__doc__,
    default_args=news_support.DEFAULT_ARGS,
)
def news_maintain() -> None:
    @task(pool="news_extract")
    def open_work() -> Any:
        """Load segments that are in the lake but not in the warehouse."""
        from etl import stages

        return news_support.said(
            stages.load_open(news_support.settings(), limit_s=OPEN_WORK_S, how_ended=news_support.how_ended)
        )

    @task(trigger_rule="all_done", outlets=[news_support.ARTICLES])
    def announce(loaded: dict[str, Any] | None) -> Any:
        """Tell the DAGs that build on the articles, with the published days; nothing when no article changed."""
        from etl import stages

        outcomes = news_support.summed([loaded])
        if not loaded or not news_support.changed(outcomes):
            raise AirflowSkipException("no article changed")
        days = stages.days_touched(news_support.settings(), run_id=None, warcs=loaded["uris"])
        yield Metadata(
            news_support.ARTICLES, extra={"run_id": news_support.run_id(), "outcomes": outcomes, "days": days}
        )

    @task(pool="news_load")
    def compact() -> dict[str, Any]:
        """Merge small segments of past days."""
        from etl import stages

        done = stages.compact(news_support.settings(), before=datetime.now(UTC).date())
        log.info("merged=%d made=%d left_over=%d silver=%d", *done.values())
        return done

    @task(pool="news_load", trigger_rule="all_done")
    def retain() -> dict[str, Any]:
        """Delete raw pages past their retention period."""
        from etl import stages

        done = stages.retain(news_support.settings(), now=datetime.now(UTC))
        log.info("captures=%s bytes=%s unreadable=%d warcs=%d", *done.values())
        return done

    @task(pool="news_load", trigger_rule="all_done")
    def prune() -> dict[str, Any]:
        """Delete requests and offered URLs of runs long past."""
        from etl import stages

        done = stages.prune(news_support.settings(), now=datetime.now(UTC))
        log.info("months=%d requests=%d runs=%d urls=%d", *done.values())
        return done

    loaded = open_work()
    loaded >> announce(loaded) >> retain() >> prune() >> compact()


news_maintain()
