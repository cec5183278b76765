"""
### After each load: what depends on the loaded articles

    settle

Runs when `news_ingest`, `news_fill`, `news_reprocess` or `news_maintain` has updated the asset `news_articles`. Each event
lists the published days that were touched (`extra["days"]`), so that a DAG of yours can rebuild just these.

**settle** assigns all open articles to stories: those that a killed or concurrent load has left open, and all articles
when the rules of relating have changed. That may take longer than a task may run; the next attempt or run resumes.
`news-etl status` shows how many articles are open.

**Clearing** the task is safe: stories are a function of the articles.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import dag, task

# Airflow's services put the folder of DAGs on the path, a plain DagBag (as in tests of DAGs) does not.
sys.path.append(str(Path(__file__).parent))
import news_support


@dag(
    dag_id="news_publish",
    description="After each load: what depends on the loaded articles",
    schedule=[news_support.ARTICLES],
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    tags=["news"],
    doc_md=__doc__,
    default_args=news_support.DEFAULT_ARGS,
)
def news_publish() -> None:
    @task(pool="news_load")
    def settle() -> Any:
        """Assign all open articles to stories."""
        from etl import stages

        return news_support.said(stages.settle(news_support.settings()))

    settle()


news_publish()
