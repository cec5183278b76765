"""What an Airflow sees of our DAGs, in the checkout and out of the wheel."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("look_at_dags.py")
ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "trafilatura",
    "lxml",
    "boto3",
    "botocore",
    "psycopg",
    "sqlalchemy",
    "alembic",
    "pyarrow",
    "aiohttp",
    "etl.stages",
)


def look(env: dict[str, str], folder: Path, python: Path = Path(sys.executable)) -> dict[str, Any]:
    done = subprocess.run(
        [str(python), str(PROGRAM), str(folder)], env=env, capture_output=True, text=True, cwd="/", timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def seen(airflow_env: dict[str, str], dags_folder: Path) -> dict[str, Any]:
    return look(airflow_env, dags_folder)


def test_every_file_imports_and_every_dag_can_be_stored(seen: dict[str, Any], dags_folder: Path) -> None:
    assert seen["errors"] == {}
    assert "news_ingest" in seen["dags"]
    with_dags = {Path(dag["fileloc"]).name for dag in seen["dags"].values()}
    assert with_dags == {path.name for path in dags_folder.glob("*.py")} - {"news_support.py"}


def test_every_dag_keeps_the_conventions(seen: dict[str, Any], dags_folder: Path) -> None:
    pools = {"default_pool", *json.loads((dags_folder / "pools.json").read_text())}
    for name, dag in seen["dags"].items():
        assert "news" in dag["tags"], name
        assert dag["catchup"] is False, name
        assert dag["doc"] and dag["description"] and dag["description"] in dag["doc"].splitlines()[1], name
        for task_name, task in dag["tasks"].items():
            assert task["pool"] in pools, (name, task_name)
            assert task["timeout_s"] and task["timeout_s"] <= 3600, (name, task_name)
            policy = {rule["exception"]: rule["action"] for rule in task["policy"]}
            assert policy == {"etl.errors.Transient": "retry", "etl.errors.Permanent": "fail"}, (name, task_name)
            assert task["delay_grows"], (name, task_name)
            # Also those that only judge: a scheduler that is killed takes them with it.
            assert task["retries"] >= 2, (name, task_name)


def test_the_window_of_an_hourly_run_is_an_hour_and_not_empty(seen: dict[str, Any]) -> None:
    assert seen["dags"]["news_ingest"]["window"] == ["2026-11-24T09:00:00+00:00", "2026-11-24T10:00:00+00:00"]
    assert seen["dags"]["news_ingest"]["max_active_runs"] == 1


def test_each_class_of_sources_has_a_dag_that_runs_as_often_and_does_the_same(seen: dict[str, Any]) -> None:
    windows = {
        "news_ingest_minutes": ["2026-11-24T10:15:00+00:00", "2026-11-24T10:18:00+00:00"],
        "news_ingest_daily": ["2026-11-23T04:15:00+00:00", "2026-11-24T04:15:00+00:00"],
    }
    for name, window in windows.items():
        dag = seen["dags"][name]
        assert (dag["window"], dag["max_active_runs"]) == (window, 1)
        assert (dag["tasks"], dag["params"].keys()) == (
            seen["dags"]["news_ingest"]["tasks"],
            seen["dags"]["news_ingest"]["params"].keys(),
        )


def test_network_cores_and_database_have_pools_of_their_own(seen: dict[str, Any]) -> None:
    tasks = seen["dags"]["news_ingest"]["tasks"]
    assert {name: task["pool"] for name, task in tasks.items() if name.startswith("batch.")} == {
        "batch.discover": "news_fetch",
        "batch.fetch": "news_fetch",
        "batch.extract": "news_extract",
        "batch.load": "news_load",
    }


def test_each_step_of_a_batch_waits_for_its_own_batch_alone(seen: dict[str, Any]) -> None:
    tasks = seen["dags"]["news_ingest"]["tasks"]
    assert tasks["batch.fetch"]["upstream"] == ["batch.discover", "plan"]
    assert tasks["batch.extract"]["upstream"] == ["batch.fetch", "plan"]
    assert tasks["batch.load"]["upstream"] == ["batch.extract", "plan"]


def test_stories_follow_all_loads_and_settle_when_articles_were_announced(seen: dict[str, Any]) -> None:
    tasks = seen["dags"]["news_ingest"]["tasks"]
    assert tasks["open_work"]["upstream"] == ["plan"] and tasks["batch.discover"]["upstream"] == ["plan"]
    assert tasks["relate"]["upstream"] == ["batch.load", "open_work"] and tasks["relate"]["pool"] == "news_load"
    assert "relate" in tasks["announce"]["upstream"] and tasks["verdict"]["upstream"] == ["announce"]
    assert set(seen["dags"]["news_publish"]["tasks"]) == {"settle"}


def test_a_run_that_is_marked_failed_ends_failed_since_nothing_is_torn_down_after_it(seen: dict[str, Any]) -> None:
    # With a teardown that is still to come Airflow leaves such a run running, and then calls it a success.
    assert not any(task["teardown"] for dag in seen["dags"].values() for task in dag["tasks"].values())


def test_the_last_task_of_a_run_is_the_one_that_judges_it(seen: dict[str, Any]) -> None:
    for name, judge in (("news_ingest", "verdict"), ("news_fill", "complete")):
        tasks = seen["dags"][name]["tasks"]
        followed = {upstream for task in tasks.values() for upstream in task["upstream"]}
        assert set(tasks) - followed == {judge}, name


def test_slots_go_to_the_batch_that_has_come_furthest_and_to_live_runs_before_others(seen: dict[str, Any]) -> None:
    def weights(dag: str, *steps: str) -> list[int]:
        found = [seen["dags"][dag]["tasks"][step]["weight"] for step in steps]
        assert all("absolute" in rule.lower() for _, rule in found), dag
        return [weight for weight, _ in found]

    live = weights("news_ingest", "batch.discover", "batch.fetch", "batch.extract", "batch.load")
    fill = weights("news_fill", "batch.find", "batch.fetch", "batch.load", "batch.recover")
    (again,) = weights("news_reprocess", "reprocess")
    assert sorted(live) == live and sorted(fill) == fill and len({*live, *fill}) == 8
    assert min(live) > max(fill) and min(fill) > again
    pools = {name: {task["pool"] for task in dag["tasks"].values()} for name, dag in seen["dags"].items()}
    assert "news_fetch" not in pools["news_fill"] and "news_extract" not in pools["news_reprocess"]


def test_sources_can_be_chosen_and_none_means_all(seen: dict[str, Any]) -> None:
    assert set(seen["dags"]["news_ingest"]["params"]) == {"sources", "all_documents"}


def test_top_level_imports_are_the_standard_library_and_airflow_sdk(dags_folder: Path) -> None:
    for path in dags_folder.glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for name in names:
                allowed = name.startswith("airflow.sdk") or name == "news_support"
                assert allowed or name.partition(".")[0] in sys.stdlib_module_names, f"{path.name}: {name}"


def test_importing_a_dag_costs_nothing_beyond_airflow_sdk(airflow_env: dict[str, str], dags_folder: Path) -> None:
    program = f"""
import sys, airflow.sdk, airflow.sdk.exceptions
before = set(sys.modules)
sys.path.insert(0, {str(dags_folder)!r})
import news_ingest
print([name for name in {HEAVY!r} if name in set(sys.modules) - before])
"""
    done = subprocess.run([sys.executable, "-c", program], env=airflow_env, capture_output=True, text=True, cwd="/")
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.airflow
def test_the_wheel_brings_dags_that_an_airflow_without_the_checkout_reads(
    tmp_path: Path, airflow_env: dict[str, str]
) -> None:
    python = installed_from_the_wheel(tmp_path)
    env = {**airflow_env, "AIRFLOW_HOME": str(tmp_path / "airflow")}
    where = "import etl.airflow_checks, etl.paths; print(etl.airflow_checks.__file__); print(etl.paths.data('dags'))"
    module, folder = subprocess.run(
        [python, "-c", where], env=env, capture_output=True, text=True, check=True, cwd="/"
    ).stdout.split()
    assert Path(module).is_relative_to(tmp_path) and Path(folder).is_relative_to(tmp_path)
    found = look(env, Path(folder), python)
    assert found["errors"] == {}
    assert Path(found["dags"]["news_ingest"]["fileloc"]).is_relative_to(tmp_path)

    env["AIRFLOW__CORE__DAGS_FOLDER"] = folder
    subprocess.run([python, "-m", "airflow", "db", "migrate"], env=env, capture_output=True, check=True, cwd="/")
    env["AIRFLOW_CONN_NEWS_LAKE"] = "aws://key:secret@/?bucket_url=s3%3A%2F%2Fbucket"
    state = "from etl import airflow_checks; print(airflow_checks.look())"
    said = subprocess.run([python, "-c", state], env=env, capture_output=True, text=True, check=True, cwd="/").stdout
    assert "missing_pools=('news_fetch', 'news_fill', 'news_reprocess', 'news_extract', 'news_load')" in said
    assert "missing_connections=('news_warehouse',)" in said and "problem=None" in said


def installed_from_the_wheel(folder: Path) -> Path:
    """A Python with the wheel and this environment's other packages; the checkout is not on its path."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", "-q", str(wheel)],
        check=True,
        capture_output=True,
    )
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    others = [path for path in sys.path if path.endswith("site-packages")]
    # A plain path: .pth files there, such as that of an editable install, are not followed.
    (packages / "others.pth").write_text(os.linesep.join(others))
    return python
