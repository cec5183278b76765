"""What the DAGs of this folder share: settings from connections, a run's name, the failed tasks of a run.

Connections, where they exist, override environment variables.

`news_warehouse` (type Postgres): host, port, schema (the database), login and password. Of its extra, what libpq
understands is used, such as {"sslmode": "require"}.

`news_lake` (type Amazon Web Services, as for any S3 operator: keys, profile or role_arn): the lake's address is its
extra {"bucket_url": "s3://bucket/prefix"}, or its host; {"endpoint_url": "..."}, or that of service_config.s3, names a
store that is not Amazon's. Credentials, also those of an assumed role, are requested once at the start of every task.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from airflow.sdk import Asset, Connection, ExceptionRetryPolicy, RetryAction, RetryRule, get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

if TYPE_CHECKING:
    from etl.model import StageReport
    from etl.settings import Settings
    from etl.states import RunState

WAREHOUSE = "news_warehouse"
LAKE = "news_lake"
# The keys of a connection's extra that libpq understands; Airflow keeps settings of its own there as well (cursor, iam).
LIBPQ = ("ssl", "keepalives", "connect_timeout", "target_session_attrs", "options", "gssencmode", "channel_binding")

# Retried: transient errors (a lock, a busy server) and unexpected ones, such as a killed worker.
# Not retried: errors that recur until an operator changes something.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception="etl.errors.Transient", action=RetryAction.RETRY, reason="may work later"),
        RetryRule(
            exception="etl.errors.Permanent", action=RetryAction.FAIL, reason="will fail again until it is fixed"
        ),
    ]
)

# What tasks of all DAGs have in common.
DEFAULT_ARGS = {
    "owner": "news",
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(minutes=50),  # credentials of an assumed role last an hour
}

# The label of a task for some sources. Airflow allows 250 characters, and fails the task for more.
LABEL = "{{ task.op_kwargs['sources'] | join(', ') | truncate(200) }}"

# Priorities in the pools: live batches, then fills, then reprocessing; within each, the batch that has come furthest, so that
# batches finish one by one. By default Airflow would start the first step of every batch before the second step of any.
LIVE, FILL, REPROCESS = 100, 50, 10

# The asset that every DAG that changes articles updates, with the published days that it touched, and other DAGs wait for.
# "x-" as Airflow recommends for custom schemes: for any other scheme it loads all providers to find a handler.
ARTICLES = Asset(name="news_articles", uri="x-news-etl://warehouse/articles", group="news")

log = logging.getLogger(__name__)


def settings() -> Settings:
    """The settings of a task: those of the environment, overridden by connections."""
    from etl import faults
    from etl import settings as etl_settings

    warehouse, lake = _connection(WAREHOUSE), _connection(LAKE)
    if lake is not None:
        with faults.told():  # assuming a role needs the network, and may be forbidden
            os.environ.update(lake_credentials(LAKE))
    return etl_settings.with_connections(
        etl_settings.load({**os.environ, **lake_endpoint(lake)}),
        warehouse_url=warehouse_url(warehouse) if warehouse else None,
        lake_url=lake_url(lake) if lake else None,
    )


def warehouse_url(connection: Connection) -> str:
    """The URL of a Postgres connection, with every part escaped."""
    login = quote(connection.login or "", safe="")
    password = f":{quote(connection.password, safe='')}" if connection.password else ""
    address = f"{connection.host or 'localhost'}:{connection.port or 5432}/{quote(connection.schema or login, safe='')}"
    kept = {name: value for name, value in connection.extra_dejson.items() if name.startswith(LIBPQ)}
    return f"postgresql://{login}{password}@{address}" + (f"?{urlencode(kept)}" if kept else "")


def lake_url(connection: Connection) -> str:
    """The lake's address in an AWS connection: `bucket_url` of its extra, or its host."""
    from etl.errors import SettingError

    url = str(connection.extra_dejson.get("bucket_url") or connection.host or "")
    if not url:
        raise SettingError(
            f'connection {LAKE} names no bucket: put {{"bucket_url": "s3://bucket/prefix"}} into its extra'
        )
    return url if "://" in url else f"s3://{url}"


def lake_endpoint(connection: Connection | None) -> dict[str, str]:
    """The setting for an S3-compatible store, where the connection names one."""
    extra = connection.extra_dejson if connection else {}
    endpoint = extra.get("service_config", {}).get("s3", {}).get("endpoint_url") or extra.get("endpoint_url")
    return {"NEWS_ETL_S3_ENDPOINT_URL": str(endpoint)} if endpoint else {}


@cache  # once per process: a second call would assume the role with the role's own credentials (`airflow dags test` runs all tasks in one process)
def lake_credentials(name: str) -> dict[str, str]:
    """The credentials of an AWS connection, roles assumed, as the variables that boto3 reads in this task's process."""
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    session = AwsBaseHook(aws_conn_id=name, client_type="s3").get_session()
    found = session.get_credentials()
    if found is None:
        return {}
    frozen = found.get_frozen_credentials()
    named = {
        "AWS_ACCESS_KEY_ID": frozen.access_key,
        "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
        "AWS_SESSION_TOKEN": frozen.token,
        "AWS_DEFAULT_REGION": session.region_name,
    }
    return {variable: value for variable, value in named.items() if value}


def run_id() -> str:
    """The name of this run in the warehouse: run ids alone are the same in every DAG."""
    dag_run = get_current_context()["dag_run"]
    return f"{dag_run.dag_id}__{dag_run.run_id}"


def how_ended(name: str) -> RunState | None:
    """How a run of that name (`run_id()`) ended in Airflow; a deleted run counts as failed.

    None while it is queued or running, and for runs that Airflow did not start, such as those of the command line.
    """
    from etl.states import RunState

    dag_id, found, dag_run_id = name.partition("__")
    if not found:
        return None

    def are(*states: str) -> bool:
        return get_current_context()["ti"].get_dr_count(dag_id=dag_id, run_ids=[dag_run_id], states=list(states)) > 0

    if are("queued", "running"):
        return None
    return RunState.OK if are("success") else RunState.FAILED


def refuse_unknown_parameters() -> None:
    """Raise `Permanent` for a parameter that the DAG does not have: Airflow takes it, and the run would do something else."""
    from etl.errors import Permanent

    context = get_current_context()
    known = set(context["dag"].params)
    if unknown := sorted(set(context["dag_run"].conf or {}) - known):
        raise Permanent(f"no parameter {', '.join(map(repr, unknown))}: this DAG has {', '.join(sorted(known))}")


def fail_with(problems: list[str]) -> None:
    """Fail the task for good where there are problems: each a line of its log, and their number the error."""
    for problem in problems:
        log.error("%s", problem)
    if problems:
        raise AirflowFailException(f"{len(problems)} problems, named above, a line each: {problems[0][:500]}")


def changed(outcomes: Mapping[str, int]) -> bool:
    """Whether loads with these outcomes have changed articles."""
    return any(outcomes.get(outcome) for outcome in ("article", "gone"))


def said(report: StageReport) -> dict[str, Any]:
    """What a task passes to the next: names of files and counts. The counts are logged, one line per stage."""
    from etl.printable import log_fields

    counts = {outcome.value: count for outcome, count in sorted(report.outcomes.items()) if count}
    told = " ".join(f"{name}={count}" for name, count in counts.items())
    log.info("stage=%s files=%d %s", report.stage, len(report.uris), told)
    for note in report.notes:
        log.info("%s", log_fields(stage=report.stage, note=note))
    return {"uris": list(report.uris), "outcomes": counts}


def each(found: Any) -> list[Any]:
    """What the tasks of a mapped group returned, one for each batch. Of a single batch Airflow gives the value itself."""
    if found is None or isinstance(found, Mapping):
        return [found]
    return list(found)


def summed(loaded: Iterable[Mapping[str, Any] | None] | None) -> dict[str, int]:
    """The summed outcomes of all batches; {} when there was no batch."""
    total: Counter[str] = Counter()
    for batch in loaded or ():
        total.update(batch["outcomes"] if batch else {})
    return dict(sorted(total.items()))


def failed_tasks() -> list[str]:
    """The tasks of this run that have failed so far, by name; mapped ones with their index, such as batch.fetch_0."""
    context = get_current_context()
    dag_run = context["dag_run"]
    states = context["ti"].get_task_states(dag_id=dag_run.dag_id, run_ids=[dag_run.run_id])
    return sorted(name for name, state in _states(states.values()) if state == "failed")


def _states(by_run: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    return ((name, str(state)) for tasks in by_run for name, state in tasks.items())


def _connection(name: str) -> Connection | None:
    try:
        return Connection.get(name)
    except AirflowNotFoundException:
        return None
