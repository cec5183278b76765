"""An Airflow of the tests' own, in a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from etl import paths


@pytest.fixture(scope="session")
def dags_folder() -> Path:
    return paths.data("dags")


@pytest.fixture(scope="module")
def airflow_env(tmp_path_factory: pytest.TempPathFactory, dags_folder: Path) -> dict[str, str]:
    """The environment of an Airflow with an empty home, on SQLite."""
    home = tmp_path_factory.mktemp("airflow")
    return {
        "PATH": os.environ["PATH"],
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "NEWS_ETL_HOME": str(home / "news"),
    }
