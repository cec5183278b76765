"""`sources check --captures`: rules of a source checked on its captures in the lake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.pages import page
from etl import cli

SOURCES = """
sources:
  - key: gazette
    name: Gazette
    homepage: https://www.gazette.example/
    languages: [en]
    timezone: Europe/London
    feeds: [https://www.gazette.example/feed]
    rules: [{{body: ['{body}'], valid_from: 2026-11-02}}]
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", str(tmp_path / "lake"))
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(tmp_path / "sources.yaml"))


def run(*command: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli.app, command)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def ingest(tmp_path: Path, n: int, markup: str, day: int) -> None:
    file = tmp_path / f"{n}.html"
    file.write_text(markup, encoding="utf-8")
    run("ingest", "--url", f"https://gazette.example/{n}", "--captured-at", f"2026-11-{day:02}T10:00:00", str(file))


def codes(*options: str, code: int) -> list[tuple[str, str]]:
    found = map(json.loads, run("sources", "check", "--json", *options, code=code).splitlines())
    return [(f["severity"], f["code"]) for f in found]


def test_a_rule_that_the_latest_captures_no_longer_match_ends_the_check_with_3(tmp_path: Path) -> None:
    sources = tmp_path / "sources.yaml"
    sources.write_text(SOURCES.format(body="//article"), encoding="utf-8")
    for n in range(2):
        ingest(tmp_path, n, page(n), day=1 + n)
    assert codes("--captures", "5", code=0) == []
    sources.write_text(SOURCES.format(body='//div[@class="old"]'), encoding="utf-8")
    assert codes(code=0) == []
    assert codes("--captures", "5", code=3) == [("error", "rule_unmatched")]
    # The layout before the rule's days does not speak for it, a page that is no article any more speaks against it.
    sources.write_text(SOURCES.format(body='//p[@class="stub"]'), encoding="utf-8")
    ingest(tmp_path, 7, '<html><body><h1>A</h1><p class="stub"></p></body></html>', day=3)
    assert run("query", "--json", "SELECT reason FROM ops.reject") == '{"reason": "empty_text"}\n'
    assert codes("--captures", "5", code=0) == []
    assert codes("--captures", "1", code=0) == []
