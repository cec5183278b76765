"""A stage on a database in trouble raises what the DAGs' retry rule knows: `etl.errors.Transient` or `Permanent`."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import RetryAction
from sqlalchemy import make_url

from etl import settings as settings_module
from etl import stages

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ARGUMENTS: dict[str, Any] = {
    "run_id": "run",
    "sources": ["gazette"],
    "window_start": None,
    "window_end": None,
    "now": NOW,
    "warcs": ["raw/x.warc.gz"],
    "silver": ["silver/x.parquet"],
    "day": date(2026, 11, 2),
    "by": "captured",
    "dry_run": False,
    "rules": None,
    "before": date(2026, 11, 2),
    "first": date(2026, 11, 2),
    "last": date(2026, 11, 2),
    "limit_s": 60.0,
    "failed_tasks": [],
    "is_dry": False,
}
STAGES = [
    function
    for name, function in vars(stages).items()
    if inspect.isfunction(function)
    and name not in ("run_stage", "onboard")  # what they all go by; what needs no warehouse
    and not name.startswith("_")
    and "settings" in inspect.signature(function).parameters
]


@pytest.mark.parametrize(("port", "action"), [(1, RetryAction.RETRY), (None, RetryAction.FAIL)])
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_each_stage_raises_what_the_retry_rule_knows(
    environment, postgres_server: str, inputs: Path, stage: Any, port: int | None, action: RetryAction, monkeypatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "dags"))
    from news_support import RETRY_POLICY

    url = make_url(postgres_server)
    url = url.set(port=port) if port else url.set(database="nowhere")
    environment.setenv("NEWS_ETL_WAREHOUSE_URL", url.render_as_string(hide_password=False))
    wanted = {name: ARGUMENTS[name] for name in inspect.signature(stage).parameters if name in ARGUMENTS}
    with pytest.raises(Exception) as raised:
        stage(settings_module.load(), **wanted)
    assert RETRY_POLICY.evaluate(raised.value, 1, 3).action is action, raised.value
