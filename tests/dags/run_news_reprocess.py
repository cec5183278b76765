"""Run as a program: runs of news_reprocess in a real Airflow, with stages that do as the case says, as JSON."""

import inspect
import json
import os
import sys
import types
from pathlib import Path

import etl.stages
from etl.errors import NothingKeptError, Permanent

CASES = {
    "no day": {},  # first: `dag.test` leaves a case's parameters to the next
    "a day": {"day": "2026-11-20", "sources": ["東京新聞"], "by": "captured", "dry_run": True, "rules": "v1"},
    "nothing kept": {"day": "2020-01-01"},
    "nothing kept of a scheduled day": {},
    "a scheduled day that is not over": {},
    "for good": {"day": "2026-11-20", "dry_run": False},
}


class Stages(types.ModuleType):
    """In place of `etl.stages`: notes its calls and plans three parts."""

    def __init__(self, case: str) -> None:
        super().__init__("etl.stages")
        self.case = case
        self.calls: list = []

    def plan_reprocess(self, settings, *, day, by, sources, dry_run, rules, now):
        self.calls.append(["plan", str(day), by, sources, dry_run, rules])
        if "scheduled" in self.case:
            from airflow.sdk import get_current_context

            get_current_context()["dag_run"].run_type = "scheduled"
        if "not over" in self.case:
            raise Permanent("nothing that is kept is spoken of here")
        if "nothing kept" in self.case:
            raise NothingKeptError("no capture of that day, in whatever words")
        return {"rules": rules or "v2", "parts": [0, 1, 2]}

    def reprocess(self, settings, *, day, by, sources, dry_run, rules, part=0, parts=1):
        self.calls.append(["reprocess", str(day), by, sources, dry_run, rules, part, parts])
        sample = {"url": "https://a.example/1", "field": "title", "before": "A", "after": "B"}
        return {"urls": 10, "captures": 5, "changed": {"title": part}, "samples": [sample],
                "days_touched": [str(day)] if part else []}  # fmt: skip


def main(folder: str) -> None:
    for name in (
        "plan_reprocess",
        "reprocess",
    ):  # both exist in `etl.stages`, so that the calls under test are real ones
        assert given(getattr(etl.stages, name)) == given(getattr(Stages(""), name)), name
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.asset import AssetEvent
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session

    initdb()
    dag = DagBag(folder).dags["news_reprocess"]
    results = {}
    for case, conf in CASES.items():
        stages = Stages(case)
        sys.modules["etl.stages"] = etl.stages = stages
        run = dag.test(run_conf=conf)
        tasks = run.get_task_instances()
        with create_session() as session:
            events = [e.extra for e in session.query(AssetEvent).filter_by(source_run_id=run.run_id)]
        results[case] = {
            "state": run.state,
            "run_after": run.run_after.isoformat(),
            "tasks": {f"{t.task_id}[{t.map_index}]": [t.state, t.rendered_map_index] for t in tasks},
            "calls": stages.calls,
            "events": events,
            "summary": next((t.xcom_pull(task_ids="summary") for t in tasks if t.task_id == "summary"), None),
        }
    Path(os.environ["RESULTS"]).write_text(json.dumps(results), encoding="utf-8")


def given(function) -> set[str]:
    return set(inspect.signature(function).parameters)


if __name__ == "__main__":
    main(sys.argv[1])
