"""Run as a program: what an Airflow sees of a folder of DAGs, as JSON. The tests' own process does not import Airflow."""

import json
import sys
from datetime import timedelta


def main(folder: str) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    bag = DagBag(folder)
    print(
        json.dumps(
            {"errors": bag.import_errors, "dags": {d.dag_id: facts(d, DagSerialization) for d in bag.dags.values()}}
        )
    )


def facts(dag, serialization) -> dict:
    import pendulum

    serialized = serialization.from_dict(serialization.to_dict(dag))
    info = serialized.timetable.infer_manual_data_interval(run_after=pendulum.datetime(2026, 11, 24, 10, 20))
    return {
        "fileloc": dag.fileloc,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "doc": dag.doc_md,
        "description": dag.description,
        "window": [info.start.isoformat(), info.end.isoformat()],
        "params": {name: param.serialize() for name, param in dag.params.items()},
        "tasks": {task.task_id: task_facts(task) for task in dag.tasks},
    }


def task_facts(task) -> dict:
    return {
        "pool": task.pool,
        "weight": [task.priority_weight, str(task.weight_rule)],
        "retries": task.retries,
        "policy": [rule.serialize() for rule in task.retry_policy.rules] if task.retry_policy else None,
        "timeout_s": task.execution_timeout.total_seconds() if task.execution_timeout else None,
        "trigger_rule": str(task.trigger_rule),
        "upstream": sorted(task.upstream_task_ids),
        "outlets": [outlet.name for outlet in task.outlets],
        "teardown": task.is_teardown,
        "label": task.map_index_template if hasattr(task, "map_index_template") else None,
        "delay_grows": task.retry_delay < timedelta(minutes=5) and bool(task.retry_exponential_backoff),
    }


if __name__ == "__main__":
    main(sys.argv[1])
