"""Commands as a user types them: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.pages import page
from etl import cli
from etl.errors import Permanent, SettingError

SOURCES = """
sources:
  - key: harbour-post
    name: The Harbour Post
    homepage: http://127.0.0.11:18080/
    languages: [en]
    timezone: Europe/London
    feeds: [http://127.0.0.11:18080/rss.xml]
  - key: quiet-quay
    name: Тихий причал
    homepage: http://127.0.0.24:18080/
    languages: [ru]
    enabled: false
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, empty_database_url: str) -> None:
    sources = tmp_path / "sources.yaml"
    sources.write_text(SOURCES, encoding="utf-8")
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", empty_database_url)
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", str(tmp_path / "lake"))
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(sources))
    for name in ("NEWS_ETL_CONTACT", "HTTP_PROXY", "HTTPS_PROXY", "AIRFLOW_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def migrated(environment: None, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)


def run(*command: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli.app, command)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def test_query_shows_rows_with_percent_signs_and_json(migrated):
    assert json.loads(run("query", "--json", "SELECT 'Größe 5 %' AS a, ARRAY['x'] AS b WHERE 'abc' LIKE 'a%'")) == {
        "a": "Größe 5 %",
        "b": ["x"],
    }


def test_query_cannot_write(migrated):
    with pytest.raises(Permanent, match="was not run"):
        run("query", "DELETE FROM core.article")
    with pytest.raises(Permanent, match="read-only"):
        run("query", "DELETE FROM core.article RETURNING url")


def test_a_wrong_query_is_said_in_the_databases_own_words(migrated):
    with pytest.raises(Permanent, match="nosuch"):
        run("query", "SELECT nosuch FROM news.article")


def test_query_says_when_it_shows_only_the_first_rows(migrated):
    assert "Only the first 2 rows" in run("query", "--limit", "2", "SELECT generate_series(1, 9)")


def test_a_warehouse_without_schema_names_the_command_that_makes_it():
    with pytest.raises(Permanent, match="news-etl migrate"):
        run("status")


def test_migrate_then_status_shows_an_empty_warehouse(tmp_path):
    assert "schema" in run("migrate")
    found = json.loads(run("status", "--json"))
    assert found["Warehouse"][0]["articles"] == 0
    assert len(run("status", "--fingerprint").strip()) == 64


def test_a_wrong_setting_is_named(monkeypatch):
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", "mysql://x/y")
    with pytest.raises(SettingError, match="NEWS_ETL_WAREHOUSE_URL"):
        run("status")


def test_sources_are_listed_and_checked():
    rows = [json.loads(line) for line in run("sources", "list", "--json").splitlines()]
    assert [(r["source"], r["name"], r["enabled"]) for r in rows] == [
        ("harbour-post", "The Harbour Post", True),
        ("quiet-quay", "Тихий причал", False),
    ]
    assert "quiet-quay" in run("sources", "check", code=0)


def test_doctor_names_what_to_do_and_fails_while_something_is_wrong():
    found = {f["subject"]: f for f in map(dict, json.loads(run("doctor", "--json", code=3)))}
    assert found["NEWS_ETL_WAREHOUSE_URL"]["do"] == "news-etl migrate"
    assert found["NEWS_ETL_CONTACT"]["level"] == "note"
    run("migrate")
    assert {f["level"] for f in json.loads(run("doctor", "--json"))} == {"ok", "note"}


def test_doctor_speaks_of_a_proxy(migrated, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    found = json.loads(run("doctor", "--json"))
    assert "HTTPS_PROXY" in {f["subject"] for f in found}


def test_replay_processes_rejects_under_better_rules(migrated, tmp_path, monkeypatch):
    file = tmp_path / "page.html"
    file.write_text(page(3), encoding="utf-8")
    from etl.extract import page as extraction
    from etl.model import Outcome, Page, PageType
    from etl.stages.process import page_reading

    def nothing(*_: object, **__: object) -> Page:
        return Page(outcome=Outcome.EMPTY_TEXT, page_type=PageType.EMPTY)

    monkeypatch.setattr(page_reading, "read_page", nothing)
    run("ingest", "--json", str(file))
    assert json.loads(run("query", "--json", "SELECT reason FROM ops.reject")) == {"reason": "empty_text"}
    same = json.loads(run("replay", "--json"))
    assert same["outcomes"] == {} and "1 more were rejected" in same["notes"][0]

    from etl.extract import rules

    monkeypatch.setattr(page_reading, "read_page", extraction.read_page)
    monkeypatch.setattr(rules, "_code_version", lambda: "better")
    assert json.loads(run("replay", "--json"))["outcomes"] == {"article": 1}
    assert run("query", "--json", "SELECT reason FROM ops.reject") == ""
    assert json.loads(run("query", "--json", "SELECT count(*) FROM news.article")) == {"count": 1}


@pytest.mark.parametrize(("error", "code"), [(Permanent("no"), 2), (cli.Transient("later"), 75)])
def test_errors_meant_for_the_user_are_one_line_and_an_exit_code(monkeypatch, capsys, error, code):
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr().err.strip().endswith(str(error))
