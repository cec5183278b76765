"""`sources probe`: the sample newsroom, with nothing known but its addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from etl import cli
from etl.errors import SettingError
from etl.sample.server import Newsroom, running_newsroom
from etl.sources import registry


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with running_newsroom(port=0) as one:
        yield one


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(tmp_path / "sources.yaml"))  # not there yet
    for name in ("NEWS_ETL_CONTACT", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


def run(*command: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli.app, command)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def test_a_site_is_shown_with_its_documents_and_five_articles(newsroom: Newsroom) -> None:
    shown = run("sources", "probe", newsroom.url("harbour-post").removeprefix("http://").rstrip("/"))
    assert "The Harbour Post" in shown
    assert "sample 5: article" in shown
    assert "ready: it would work as proposed" in shown


def test_an_entry_can_be_put_into_a_registry_as_it_is(newsroom: Newsroom, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("sources:\n" + run("sources", "probe", newsroom.url("morgenkurier"), "--yaml"), encoding="utf-8")
    (source,) = registry.load(path).sources.values()
    assert source.feeds == (newsroom.url("morgenkurier", "/atom.xml"),)
    assert (source.languages, source.timezone, source.enabled) == (("de",), "Europe/Berlin", False)


def test_for_machines_everything_is_one_json_document(newsroom: Newsroom) -> None:
    found = json.loads(run("sources", "probe", newsroom.url("stepnoy-vestnik"), "--json"))
    assert found["verdict"] == "ready"
    assert found["entry"]["languages"] == ["ru"]
    assert found["requests"] <= 40
    assert {each["outcome"] for each in found["samples"]} == {"article"}


def test_a_site_that_cannot_be_read_says_why_and_ends_with_three(newsroom: Newsroom) -> None:
    said = run("sources", "probe", newsroom.url("quiet-quay"), code=3)
    assert "robots" in said and "not ready" in said
    comments = run("sources", "probe", newsroom.url("quiet-quay"), "--yaml", code=3)
    assert yaml.safe_load(comments) is None


def test_a_site_of_others_is_not_asked_while_nobody_can_be_reached() -> None:
    with pytest.raises(SettingError, match="NEWS_ETL_CONTACT"):
        run("sources", "probe", "harbour-post-example.org")


def test_what_is_no_domain_is_refused() -> None:
    with pytest.raises(SettingError, match="no domain"):
        run("sources", "probe", "harbour post")
