"""`extract --explain` as a user types it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.pages import page, write_archive
from etl import cli
from etl.errors import Permanent


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("sources: []\n")
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(tmp_path / "sources.yaml"))
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))


def run(*command: str | Path) -> str:
    result = CliRunner().invoke(cli.app, [str(c) for c in command])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_page_is_explained_on_standard_output_or_in_a_file(tmp_path: Path) -> None:
    file, out = tmp_path / "a.html.gz", tmp_path / "out.html"
    file.write_bytes(gzip.compress(page(4).encode()))
    printed = run("extract", "--explain", file, "--url", "https://a.example/4", "--captured-at", "2026-11-20")
    assert printed.startswith("<!DOCTYPE html>") and "https://a.example/4" in printed
    assert (
        run("extract", file, "--explain", "-o", out, "--url", "https://a.example/4", "--captured-at", "2026-11-20")
        == ""
    )
    assert out.read_text("utf-8") == printed


def test_of_an_archive_it_is_the_first_page_or_that_of_a_url(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "a.warc.gz", 5)
    assert "https://gazette0.example/0<" in run("extract", "--explain", archive)
    found = run("extract", "--explain", archive, "--url", "http://gazette3.example/3?utm_source=x")
    assert "https://gazette3.example/3<" in found
    with pytest.raises(Permanent, match="none of its 5 captures is of"):
        run("extract", "--explain", archive, "--url", "https://gazette3.example/9")


def test_one_page_at_a_time_and_a_file_only_with_it(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(page(1))
    with pytest.raises(Permanent, match="2 files"):
        run("extract", "--explain", file, file)
    with pytest.raises(Permanent, match="--explain"):
        run("extract", file, "-o", tmp_path / "x")
    with pytest.raises(Permanent, match="can be written"):
        run("extract", "--explain", file, "-o", tmp_path / "no" / "x.html")
