"""A warehouse with something in it, on a server that the tests may trouble, and the commands to call on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import Caller
from sqlalchemy import make_url

from benchmarks.faulty_commands import write_inputs


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_inputs(folder)
    return folder


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, inputs: Path) -> pytest.MonkeyPatch:
    """Settings of this test alone, without a warehouse."""
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", str(tmp_path / "lake"))
    # A copy: what a command activates lies beside it, and is not the next test's.
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(shutil.copy(inputs / "sources.yaml", tmp_path)))
    for name in ("NEWS_ETL_CONTACT", "HTTP_PROXY", "HTTPS_PROXY", "AIRFLOW_HOME", "NEWS_ETL_S3_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def call(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Caller:
    return Caller(environment, capsys)


@pytest.fixture
def warehouse(environment: pytest.MonkeyPatch, call: Caller, database_url: str, inputs: Path) -> Iterator[str]:
    """The URL of a warehouse with the pages loaded."""
    environment.setenv("NEWS_ETL_WAREHOUSE_URL", make_url(database_url).render_as_string(hide_password=False))
    assert call("ingest", str(inputs / "pages.warc.gz")).code == 0
    yield database_url
