"""Run as a program: runs of news_fill in a real Airflow, with stages that do as the case says, as JSON."""

import inspect
import json
import os
import sys
import types
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import etl.stages
from etl.errors import Permanent
from etl.model import Outcome, StageReport

CASES = {
    "gone for good": {},  # first: `dag.test` leaves a case's parameters to the next
    "not over": {"day": datetime.now(UTC).date().isoformat()},
    "may still be had": {"day": "2022-02-24", "sources": ["東京新聞"], "archives": ["wayback"]},
    "dry": {"day": "2022-02-24", "dry_run": True, "archives": []},
}


class Stages(types.ModuleType):
    """In place of `etl.stages`: notes its calls and plans two batches."""

    def __init__(self, case: str) -> None:
        super().__init__("etl.stages")
        self.case = case
        self.calls: list = []

    def plan_fill(self, settings, *, run_id, first, last, sources, now):
        self.calls.append(["plan", str(first), str(last), sources, list(settings.archives), run_id])
        return [["a", "b"], ["東京新聞"]]

    def fill_files(self, settings, *, run_id, sources):
        return self.report("files", sources)

    def fill_find(self, settings, *, run_id, sources):
        return self.report("find", sources)

    def fill_fetch(self, settings, *, run_id, sources, limit_s):
        if self.case == "may still be had" and sources == ["a", "b"]:
            raise Permanent("lake is full")
        return self.report("fetch", sources)

    def fill_load(self, settings, *, run_id, sources):
        return self.report("load", sources, Counter({Outcome.ARTICLE: len(sources)}))

    def fill_recover(self, settings, *, run_id, sources):
        return self.report("recover", sources)

    def fill_verdict(self, settings, *, run_id, failed_tasks, is_dry):
        self.calls.append(["verdict", run_id, list(failed_tasks), is_dry])
        if is_dry:
            return {"gone_for_good": 0, "problems": [], "estimates": [{"day": "2022-02-24", "requests": 3}]}
        problems = ["2 pages that are named are not there yet"] if self.case == "may still be had" else []
        problems += [f"task {name} failed" for name in failed_tasks]
        counts = {"expected": 9, "loaded": 7, "gone_for_good": 2, "missing_by": {"gone": 2}}
        return counts | {"problems": problems}

    def days_touched(self, settings, *, run_id, warcs):
        self.calls.append(["days", run_id])
        return ["2022-02-24"]

    def relate(self, settings):
        return self.report("relate", [])

    def report(self, stage, sources, outcomes=None):
        self.calls.append([stage, list(sources)])
        return StageReport(stage=stage, outcomes=outcomes or Counter())


STAGES = [name for name in vars(Stages) if not name.startswith("_") and name != "report"]


def main(folder: str) -> None:
    for name in STAGES:  # all exist in `etl.stages`, so that the calls under test are real ones
        assert given(getattr(etl.stages, name)) == given(getattr(Stages(""), name)), name
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.asset import AssetEvent
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session

    initdb()
    dag = DagBag(folder).dags["news_fill"]
    results = {}
    for case, conf in CASES.items():
        stages = Stages(case)
        sys.modules["etl.stages"] = etl.stages = stages
        run = dag.test(run_conf=conf)
        with create_session() as session:
            events = [e.extra for e in session.query(AssetEvent).filter_by(source_run_id=run.run_id)]
        results[case] = {
            "state": run.state,
            "run_id": run.run_id,
            "run_after": run.run_after.isoformat(),
            "tasks": {f"{t.task_id}[{t.map_index}]": t.state for t in run.get_task_instances()},
            "calls": stages.calls,
            "events": events,
        }
    Path(os.environ["RESULTS"]).write_text(json.dumps(results), encoding="utf-8")


def given(function) -> set[str]:
    return set(inspect.signature(function).parameters)


if __name__ == "__main__":
    main(sys.argv[1])
