"""Run as a program: runs of news_ingest in a real Airflow, with stages that do as the case says, as JSON."""

import inspect
import json
import os
import sys
import types
from collections import Counter
from pathlib import Path

import etl.stages
from etl.errors import Permanent
from etl.model import Outcome, StageReport


class Stages(types.ModuleType):
    """In place of `etl.stages`: notes its calls, plans three batches, and fails where the case wants it."""

    def __init__(self, case: str) -> None:
        super().__init__("etl.stages")
        self.case = case
        self.calls: list = []
        self.over: dict = {}

    def plan(self, settings, *, run_id, sources, window_start, window_end, now, schedule=None, asks_all=False):
        self.run_id = run_id
        self.calls.append(["plan", settings.warehouse_url, settings.lake_url, settings.s3_endpoint_url, sources])
        assert (schedule, asks_all) == ("hourly", False)
        self.calls.append(["window", window_start.isoformat(), window_end.isoformat()])
        if self.case == "plan fails":
            raise Permanent("no registry")
        if self.case == "one batch":
            return [["a"]]
        return (
            []
            if self.case in ("nothing to do", "only open work")
            else [["a", "b"], ["東京新聞"], ["long-" + "x" * 400]]
        )

    def discover(self, settings, *, run_id, sources):
        return self.report("discover", sources)

    def fetch(self, settings, *, run_id, sources):
        if self.case == "a batch fails" and sources == ["東京新聞"]:
            raise Permanent("lake is full")
        return self.report("fetch", sources, uris=[f"warc of {source}" for source in sources])

    def captured(self, settings, *, run_id, sources):
        return self.report("captured", sources, uris=[f"first warc of {source}" for source in sources])

    def extract(self, settings, *, warcs):
        return self.report("extract", warcs, uris=[f"silver of {warc}" for warc in warcs])

    def load_open(self, settings, *, limit_s, how_ended):
        names = NAMES | {"this run": self.run_id}
        self.over = {what: how_ended(name) for what, name in names.items()}
        outcomes = Counter({Outcome.ARTICLE: 7}) if self.case == "only open work" else None
        return self.report("open_work", [], outcomes=outcomes)

    def load(self, settings, *, silver):
        outcome = Outcome.UNCHANGED if self.case == "nothing changed" else Outcome.ARTICLE
        return self.report("load", silver, outcomes=Counter({outcome: len(silver)}))

    def relate(self, settings):
        return self.report("relate", [])

    def days_touched(self, settings, *, run_id, warcs):
        self.calls.append(["days", warcs])
        return ["2026-11-20"]

    def verdict(self, settings, *, run_id, failed_tasks):
        self.calls.append(["verdict", run_id, list(failed_tasks)])
        return [f"task {name} failed" for name in failed_tasks] + (["b"] if self.case == "a source fails" else [])

    def report(self, stage, inputs, uris=(), outcomes=None):
        self.calls.append([stage, list(inputs)])
        return StageReport(stage=stage, uris=tuple(uris), outcomes=outcomes or Counter())


# Runs of `ops.run`, by what is true of them; "ended" is the one before.
NAMES = {"deleted": "news_ingest__scheduled__2026-11-01T00:00:00+00:00", "of a command": "cli/2026-11-01T00:00:00Z"}
STAGES = ("plan", "discover", "fetch", "captured", "load_open", "extract", "load", "relate", "verdict",
          "days_touched")  # fmt: skip


def main(folder: str, cases: list[str]) -> None:
    for name in STAGES:  # all exist in `etl.stages`, so that the calls under test are real ones
        assert given(getattr(etl.stages, name)) == given(getattr(Stages(""), name)), name
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.asset import AssetEvent
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session

    initdb()
    dag = DagBag(folder).dags["news_ingest"]
    results = {}
    for case in cases:
        stages = Stages(case)
        sys.modules["etl.stages"] = etl.stages = stages
        conf = {"source": ["a"]} if case == "a parameter is misspelt" else {"sources": ["a", "b"]}
        run = dag.test(run_conf=conf)
        with create_session() as session:
            events = [e.extra for e in session.query(AssetEvent).filter_by(source_run_id=run.run_id)]
        results[case] = {
            "run_id": run.run_id,
            "state": run.state,
            "interval": [run.data_interval_start.isoformat(), run.data_interval_end.isoformat()],
            "tasks": {f"{t.task_id}[{t.map_index}]": [t.state, t.rendered_map_index] for t in run.get_task_instances()},
            "calls": stages.calls,
            "events": events,
            "over": stages.over,
        }
        NAMES["ended"] = f"news_ingest__{run.run_id}"
    Path(os.environ["RESULTS"]).write_text(json.dumps(results), encoding="utf-8")


def given(function) -> set[str]:
    return set(inspect.signature(function).parameters)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
