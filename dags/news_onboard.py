"""
### New sites: from a bare domain to an entry of the registry, by hand

    plan → for each domain: probe → report

Trigger it with `domains`. Each site is probed with at most 40 polite requests: feeds, sitemaps, languages, time zone, five
articles. Its entry, with the evidence as comments, is stored in the lake (`proposals/KEY.yaml`). Where the registry
(NEWS_ETL_SOURCES) can be written by the worker, the entry is added to it as well: **disabled**, unless `enable` is set and
the site would work as it is proposed. Read the publisher's terms before you enable it. A registry that is deployed with
the code, or mounted read-only, stays as it is: put the proposals into it.

**The log of `report`** has a line a site: what became of it, and why. The run fails when a site was left out (it would
give no articles, or is no domain), after all others were taken in.

**Clearing** a task is safe: a site that the registry has is not probed again.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Param, dag, task

# Airflow's services put the folder of DAGs on the path, a plain DagBag (as in tests of DAGs) does not.
sys.path.append(str(Path(__file__).parent))
import news_support

log = logging.getLogger(__name__)


@dag(
    dag_id="news_onboard",
    description="New sites: from a bare domain to an entry of the registry, by hand",
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=24),
    tags=["news"],
    doc_md=__doc__,
    default_args=news_support.DEFAULT_ARGS,
    params={
        "domains": Param(
            [],
            type="array",
            items={"type": "string", "minLength": 1},
            minItems=1,
            title="Domains",
            description="Domains or addresses of front pages, such as harbour-post.example.",
        ),
        "enable": Param(
            False,
            type="boolean",
            title="Enable",
            description="Enable the sites that would work as they are proposed.",
        ),
    },
)
def news_onboard() -> None:
    @task(execution_timeout=timedelta(minutes=10))
    def plan(params: dict[str, Any]) -> list[str]:
        """The domains, each once."""
        news_support.refuse_unknown_parameters()
        return list(dict.fromkeys(domain.strip() for domain in params["domains"]))

    # One at a time: each adds to the same file.
    @task(pool="news_fetch", map_index_template="{{ task.op_kwargs['domain'] }}", max_active_tis_per_dagrun=1)
    def probe(domain: str, params: dict[str, Any]) -> dict[str, Any]:
        """Probe a site, store the proposal, and write the entry where that is possible."""
        from etl import stages

        return stages.onboard(news_support.settings(), domain, enable=params["enable"]).as_json()

    @task(trigger_rule="all_done", execution_timeout=timedelta(minutes=10))
    def report(reports: list[dict[str, Any]] | dict[str, Any] | None) -> list[dict[str, Any]]:
        """Log what became of each site; fail when one was left out."""
        from etl.printable import log_fields

        found = [each for each in news_support.each(reports) if each]
        for each in found:
            log.info("%s", log_fields(**each))
        problems = [f"{each['domain']}: left out: {each['why']}" for each in found if each["result"] == "left out"]
        news_support.fail_with([*problems, *(f"task {name} failed" for name in news_support.failed_tasks())])
        return found

    report(probe.expand(domain=plan()))


news_onboard()
