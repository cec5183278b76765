"""
### Past days: process kept pages again with the current rules; nothing is fetched

    plan → for each part of the day: reprocess → announce, summary

**One partition is one day**, by the day on which articles were published, or (parameter `by`) on which their pages were
captured. All kept captures of the day's articles that lack the current rules version are processed again.

**Backfills** take any number of past days, in any order, also days that had runs before:

    airflow backfill create --dag-id news_reprocess --from-date 2026-11-01 --to-date 2026-11-14 \\
        --max-active-runs 3 --reprocess-behavior completed --dag-run-conf '{"rules": "VERSION"}'

Without `--reprocess-behavior completed` days that have a run already are skipped. `rules` pins the rules version for the
whole backfill: a run that finds another version fails. `news-etl reprocess --dry-run` prints the version.

**Manual runs**: trigger it with a day, sources, and `dry_run` to see in the log of the last task what would change.

**Clearing** tasks or runs is safe: what was processed with the current rules is not processed again.

The daily schedule takes yesterday; unless rules have changed there is nothing to do.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import CronPartitionTimetable, Metadata, Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

# Airflow's services put the folder of DAGs on the path, a plain DagBag (as in tests of DAGs) does not.
sys.path.append(str(Path(__file__).parent))
import news_support

log = logging.getLogger(__name__)


@dag(
    dag_id="news_reprocess",
    description="Past days: process kept pages again with the current rules; nothing is fetched",
    # At midnight: at any other hour Airflow leaves out the last day of a backfill.
    schedule=CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1),
    start_date=datetime(2000, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=4,
    dagrun_timeout=timedelta(hours=24),
    tags=["news"],
    doc_md=__doc__,
    default_args=news_support.DEFAULT_ARGS,
    params={
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Day",
            description="The day, such as 2026-11-20. Default: the run's partition, else yesterday.",
        ),
        "by": Param(
            "published", enum=["published", "captured"], title="By", description="Which day of an article counts."
        ),
        "sources": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "minLength": 1},
            title="Sources",
            description="Keys of the registry. Default: all pages, also of sites that no source claims.",
        ),
        "dry_run": Param(False, type="boolean", title="Dry run", description="Write nothing; log what would change."),
        "rules": Param(
            None,
            type=["null", "string"],
            title="Rules version",
            description="The rules version that this run requires. Default: the current one, whichever that is.",
        ),
    },
)
def news_reprocess() -> None:
    @task(execution_timeout=timedelta(minutes=10))
    def plan(params: dict[str, Any]) -> list[dict[str, Any]]:
        """Pin the rules version and split the day into parts."""
        from etl import run_window, stages
        from etl.errors import NothingKeptError

        news_support.refuse_unknown_parameters()
        run = get_current_context()["dag_run"]
        now = datetime.now(UTC)
        yesterday = (run.run_after.astimezone(UTC) - timedelta(days=1)).date().isoformat()
        day = run_window.asked_day(params["day"] or run.partition_key or yesterday)
        try:
            found = stages.plan_reprocess(
                news_support.settings(),
                day=day,
                by=params["by"],
                sources=params["sources"] or [],
                dry_run=params["dry_run"],
                rules=params["rules"],
                now=now,
            )
        except NothingKeptError as error:
            if run.run_type != "scheduled":
                raise
            raise AirflowSkipException(str(error)) from error  # a scheduled run: this day was not requested
        log.info("day=%s rules=%s parts=%d", day, found["rules"], len(found["parts"]))
        return [
            {"day": day.isoformat(), "rules": found["rules"], "part": part, "parts": len(found["parts"])}
            for part in found["parts"]
        ]

    @task(
        pool="news_reprocess",
        priority_weight=news_support.REPROCESS,
        weight_rule="absolute",
        map_index_template="{{ task.op_kwargs['work']['day'] }} {{ task.op_kwargs['work']['part'] }}",
    )
    def reprocess(work: dict[str, Any], params: dict[str, Any]) -> Any:
        """Process a part of the day again and load it."""
        from etl import stages

        return stages.reprocess(
            news_support.settings(),
            day=date.fromisoformat(work["day"]),
            by=params["by"],
            sources=params["sources"] or [],
            dry_run=params["dry_run"],
            rules=work["rules"],
            part=work["part"],
            parts=work["parts"],
        )

    @task(outlets=[news_support.ARTICLES])
    def announce(parts: list[dict[str, Any]], params: dict[str, Any]) -> Any:
        """Tell the DAGs that build on the articles, with the published days; nothing when no article changed."""
        days = sorted({day for part in parts for day in part["days_touched"]})
        if params["dry_run"] or not days:
            raise AirflowSkipException("no article changed")
        yield Metadata(news_support.ARTICLES, extra={"run_id": news_support.run_id(), "days": days})

    @task
    def summary(parts: list[dict[str, Any]]) -> dict[str, Any]:
        """Log how many articles changed in which fields, with samples."""
        from etl.printable import log_fields

        changed = news_support.summed([{"outcomes": part["changed"]} for part in parts])
        urls, captures = sum(part["urls"] for part in parts), sum(part["captures"] for part in parts)
        log.info("urls=%d captures_read_again=%d changed=%s", urls, captures, changed)
        for sample in (sample for part in parts for sample in part["samples"]):
            log.info("changed %s", log_fields(**sample))
        return {"urls": urls, "captures": captures, "changed": changed}

    parts = reprocess.expand(work=plan())
    announce(parts)
    summary(parts)


news_reprocess()
