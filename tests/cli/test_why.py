"""`news-etl why` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from etl import cli
from etl.errors import SettingError

SOURCES = """
sources:
  - key: harbour-post
    name: The Harbour Post
    homepage: http://127.0.0.11:18080/
    languages: [en]
    feeds: [http://127.0.0.11:18080/rss.xml]
    exclude: [/видео/, /video/]
  - key: quiet-quay
    name: Тихий причал
    homepage: http://127.0.0.24:18080/
    languages: [ru]
    enabled: false
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    sources = tmp_path / "sources.yaml"
    sources.write_text(SOURCES, encoding="utf-8")
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", str(tmp_path / "lake"))
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(sources))


def why(*command: str, code: int = 0, typed: str | None = None) -> str:
    result = CliRunner().invoke(cli.app, ["why", *command], input=typed)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def answers(*command: str, typed: str | None = None) -> list[Any]:
    return [json.loads(line) for line in why("--json", *command, typed=typed).splitlines()]


def test_each_address_has_its_answer_in_words_with_what_to_do():
    said = why("http://127.0.0.11:18080/видео/шторм?utm_source=x", "127.0.0.24:18080/a")
    assert "excluded: the pattern /видео/ decides (exclude, entry 1 of harbour-post)" in said
    assert "what to do: change include or exclude of harbour-post" in said
    assert "source disabled: quiet-quay is disabled: nothing of it is fetched" in said
    assert "robots (unknown): robots.txt of 127.0.0.24:18080 was never read" in said


def test_json_has_one_object_an_address_in_their_order_and_addresses_may_come_from_a_pipe():
    found = answers("-", "https://a.example.org/x", typed="http://127.0.0.11:18080/a\n\n<http://127.0.0.24:18080/b>\n")
    assert [a["standing"] for a in found] == ["not_offered", "source_disabled", "no_source"]
    assert [a["asked"] for a in found] == [
        "http://127.0.0.11:18080/a",
        "<http://127.0.0.24:18080/b>",
        "https://a.example.org/x",
    ]


def test_an_address_inside_another_is_said_to_be_led_to():
    (found,) = answers("https://www.google.com/url?q=https%3A%2F%2Fa.example.org%2Fx&sa=D")
    assert found["leads_to"] == "https://a.example.org/x"
    assert "leads by wrapper to https://a.example.org/x" in why(
        "https://www.google.com/url?q=https%3A%2F%2Fa.example.org%2Fx"
    )


def test_text_of_strangers_cannot_forge_a_line_or_a_colour():
    said = why("http://127.0.0.11:18080/a\x1b[31m\nok: all is well")
    assert "\x1b" not in said and "\nok:" not in said


def test_no_address_is_asked_for_and_a_registry_that_is_missing_claims_nothing(monkeypatch, tmp_path):
    with pytest.raises(SettingError, match="no address"):
        why()
    with pytest.raises(SettingError, match="no address"):
        why(" ")
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(tmp_path / "none.yaml"))
    assert answers("http://127.0.0.11:18080/a")[0]["standing"] == "no_source"


def test_the_schema_is_printed():
    assert json.loads(why("--schema"))["title"].startswith("An answer")
