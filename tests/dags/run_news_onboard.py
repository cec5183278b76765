"""Run as a program: runs of news_onboard in a real Airflow, with stages that do as the case says, as JSON."""

import inspect
import json
import os
import sys
import types
from pathlib import Path

import etl.stages
from etl.errors import Permanent
from etl.stages.inspect.onboarding import OnboardReport, OnboardResult

CASES = {
    "two sites": {"domains": ["a.example", "東京新聞.example", "a.example"], "enable": True},
    "one site": {"domains": ["a.example"]},
    "left out": {"domains": ["a.example", "wall.example", "東京新聞.example"]},
    "fails": {"domains": ["a.example", "broken.example"]},
    "misspelt": {"domains": ["a.example"], "enabled": True},
}


class Stages(types.ModuleType):
    """In place of `etl.stages`: notes its calls."""

    def __init__(self) -> None:
        super().__init__("etl.stages")
        self.calls: list = []

    def onboard(self, settings, domain, *, enable):
        self.calls.append([domain, enable])
        if domain.startswith("broken"):
            raise Permanent("the registry cannot be read")
        is_out = domain.startswith("wall")
        result = OnboardResult.LEFT_OUT if is_out else OnboardResult.WRITTEN
        return OnboardReport(domain=domain, result=result, why="a consent wall" if is_out else "ready")


def main(folder: str) -> None:
    expected = inspect.signature(etl.stages.onboard).parameters
    assert set(expected) == set(inspect.signature(Stages().onboard).parameters)
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils.db import initdb

    initdb()
    dag = DagBag(folder).dags["news_onboard"]
    results = {}
    for case, conf in CASES.items():
        stages = Stages()
        sys.modules["etl.stages"] = etl.stages = stages
        run = dag.test(run_conf={"enable": False, **conf})
        results[case] = {
            "state": run.state,
            "tasks": {f"{t.task_id}[{t.map_index}]": t.state for t in run.get_task_instances()},
            "calls": stages.calls,
        }
    Path(os.environ["RESULTS"]).write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
