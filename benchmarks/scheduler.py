"""A scheduled and a triggered run of `news_ingest` under the real scheduler: `python -m benchmarks.scheduler`.

Starts Airflow as `make up` does, in a folder of its own, against the sample newsroom; unpauses the DAG, waits for its
scheduled run, triggers one through the REST API with parameters, and stops everything. Exits with 1 unless both
succeed and no process is left.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from etl import airflow_local
from etl import settings as settings_module
from etl.sample.server import running_newsroom
from etl.sample.sources import sources_yaml

LIMIT_S = 600.0
NEWS_ETL = str(Path(sys.executable).with_name("news-etl"))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="news-etl-scheduler-") as name, running_newsroom() as newsroom:
        home = Path(name)
        home.chmod(0o755)
        sources = home / "sources.yaml"
        sources.write_text(sources_yaml(newsroom.port), encoding="utf-8")
        os.environ |= {"NEWS_ETL_HOME": str(home), "NEWS_ETL_SOURCES": str(sources)}
        settings = replace(settings_module.load(), home=home, sources=sources)
        started = time.monotonic()
        airflow_local.up(settings)
        print(f"up after {time.monotonic() - started:.0f} s", flush=True)
        try:
            states = _runs(settings)
        finally:
            airflow_local.down(settings)
        left = [p.pid for p in psutil.process_iter() if str(home) in " ".join(_command(p))]
        print(f"down; processes left: {left or 'none'}")
    return int(set(states) != {"success"} or bool(left))


def _runs(settings: settings_module.Settings) -> list[str]:
    running = airflow_local.status(settings)
    login = {"username": running.user, "password": running.password}
    base = str(running.url).rstrip("/")
    token = ask(f"{base}/auth/token", login)["access_token"]
    api = f"{base}/api/v2/dags/news_ingest"
    ask(api, {"is_paused": False}, token, "PATCH")
    states = [_wait(api, token, "scheduled")]
    conf = {"sources": ["morgenkurier", "le-relais"]}
    ask(f"{api}/dagRuns", {"logical_date": None, "conf": conf}, token)
    states.append(_wait(api, token, "manual"))
    query = "SELECT run_id, state, summary->'candidates' AS candidates, summary->'outcomes' AS outcomes FROM ops.run"
    subprocess.run([NEWS_ETL, "query", query], check=True)
    return states


def _wait(api: str, token: str, kind: str) -> str:
    """The state in which the first run of a kind ends."""
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        runs = [r for r in ask(f"{api}/dagRuns", None, token)["dag_runs"] if r["run_type"] == kind]
        if runs and runs[0]["state"] in ("success", "failed"):
            print(f"{kind} run: {runs[0]['state']}, {runs[0]['start_date']} to {runs[0]['end_date']}", flush=True)
            return str(runs[0]["state"])
        time.sleep(3)
    return "timeout"


def ask(url: str, body: dict[str, Any] | None, token: str | None = None, method: str | None = None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def _command(process: psutil.Process) -> list[str]:
    try:
        return [str(part) for part in process.cmdline()]
    except psutil.Error:
        return []


if __name__ == "__main__":
    sys.exit(main())
