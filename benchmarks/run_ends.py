"""Ways in which a run can end, under a real scheduler: what Airflow says of it, and `ops.run`: `python -m benchmarks.run_ends`.

Starts Airflow as `make up` does, in a folder of its own, against the sample newsroom; triggers runs through the REST API,
ends them in other ways while they run, and lets one more run close what was left. Prints a table, and exits with 1 where
the two contradict each other.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import urllib.error
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.scheduler import ask
from etl import airflow_local
from etl import settings as settings_module
from etl.sample.server import running_newsroom
from etl.sample.sources import sources_yaml
from etl.warehouse import engine as warehouse
from etl.warehouse.queries import rows

LIMIT_S = 900.0
SLOW = {"sources": ["borderland-review", "mercantile-daily", "la-vega", "glos-doliny"]}
ENDS = {"success": "ok", "failed": "failed", "deleted": "failed"}


class Api:
    """Airflow's REST API on this machine."""

    def __init__(self, settings: settings_module.Settings) -> None:
        running = airflow_local.status(settings)
        self.base = running.url
        login = {"username": running.user, "password": running.password}
        self.token = ask(f"{self.base}/auth/token", login)["access_token"]

    def call(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> dict[str, Any]:
        return ask(f"{self.base}/api/v2/dags/{path}", body, self.token, method)

    def trigger(self, dag: str, conf: dict[str, Any]) -> str:
        return str(self.call(f"{dag}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"])

    def state(self, dag: str, run: str) -> str:
        try:
            return str(self.call(f"{dag}/dagRuns/{run}")["state"])
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return "deleted"

    def tasks(self, dag: str, run: str) -> dict[str, str]:
        found = self.call(f"{dag}/dagRuns/{run}/taskInstances?limit=100")["task_instances"]
        return {f"{t['task_id']}[{t['map_index']}]": str(t["state"]) for t in found}

    def wait(self, what: Callable[[], bool]) -> None:
        until = time.monotonic() + LIMIT_S
        while not what():
            if time.monotonic() > until:
                raise TimeoutError("the scheduler took too long")
            time.sleep(1)

    def ended(self, dag: str, run: str) -> str:
        self.wait(lambda: self.state(dag, run) in ENDS)
        return self.state(dag, run)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="news-etl-ends-") as name, running_newsroom(wait_s=0.3) as newsroom:
        home = Path(name)
        home.chmod(0o755)
        sources = home / "sources.yaml"
        sources.write_text(sources_yaml(newsroom.port), encoding="utf-8")
        os.environ |= {"NEWS_ETL_HOME": str(home), "NEWS_ETL_SOURCES": str(sources)}
        settings = replace(settings_module.load(), home=home, sources=sources)
        airflow_local.up(settings)
        try:
            found = _runs(Api(settings))
            with warehouse.opened(settings) as engine:
                _, stored, _ = rows(engine, "SELECT run_id, state, summary ->> 'reasons' FROM ops.run")
        finally:
            airflow_local.down(settings)
    by_name = {run_id: (state, reasons) for run_id, state, reasons in stored}
    print(f"{'how it ended':24}{'Airflow':12}{'ops.run':12}reasons")
    wrong = 0
    for case, dag, run, state in found:
        here, reasons = by_name.get(f"{dag}__{run}", ("no row", None))
        wrong += here != ENDS[state]
        print(f"{case:24}{state:12}{here:12}{(reasons or '')[:90]}")
    print(f"{wrong} contradictions")
    return int(bool(wrong))


def _runs(api: Api) -> list[tuple[str, str, str, str]]:
    found: list[tuple[str, str, str, str]] = []

    def note(case: str, dag: str, run: str) -> None:
        found.append((case, dag, run, api.ended(dag, run)))
        print(found[-1], flush=True)

    for dag in ("news_ingest", "news_fill"):
        api.call(dag, {"is_paused": False}, "PATCH")
    for case, dag, conf in (
        ("success", "news_ingest", {"sources": ["morgenkurier"]}),
        ("a source fails", "news_ingest", {"sources": ["morgenkurier", "fault-line", "quiet-quay"]}),
        ("a misspelt parameter", "news_ingest", {"source": ["morgenkurier"]}),
        ("a dry run", "news_fill", {"day": "2026-11-10", "sources": ["harbour-post"], "dry_run": True}),
        ("a day of which nothing", "news_fill", {"day": "2010-01-01", "sources": ["harbour-post"]}),
    ):
        note(case, dag, api.trigger(dag, conf))
    for case, body, method in (
        ("marked failed", {"state": "failed"}, "PATCH"),
        ("marked success", {"state": "success"}, "PATCH"),
        ("deleted", None, "DELETE"),
    ):
        run = api.trigger("news_ingest", SLOW)
        api.wait(partial(_is_at_work, api, run))
        if body is not None:
            api.call(f"news_ingest/dagRuns/{run}", body, method)
        else:  # Airflow deletes no run that is running
            api.call(f"news_ingest/dagRuns/{run}", {"state": "failed"}, "PATCH")
            with suppress(ValueError):  # an empty answer
                api.call(f"news_ingest/dagRuns/{run}", None, method)
        note(case, "news_ingest", run)
    note("and one that closes them", "news_ingest", api.trigger("news_ingest", {"sources": ["le-relais"]}))
    return found


def _is_at_work(api: Api, run: str) -> bool:
    return any(s == "running" for name, s in api.tasks("news_ingest", run).items() if name.startswith("batch."))


if __name__ == "__main__":
    sys.exit(main())
