"""The commands by which README brings a first site in are typed as they stand there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etl import cli
from etl.sample.server import running_newsroom

README = Path(__file__).parents[2] / "README.md"


def test_from_a_bare_address_to_rows_with_the_readme_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str
) -> None:
    section = README.read_text(encoding="utf-8").partition("## Your own sites")[2].partition("\n## ")[0]
    lines = section.partition("```sh\n")[2].partition("```")[0].splitlines()
    commands = [
        shlex.split(line, comments=True) for line in lines if line.startswith("news-etl") and " sample " not in line
    ]
    assert [command[1] for command in commands] == ["sources", "sources", "sources", "run", "query"]
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", str(tmp_path / "lake"))
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(tmp_path / "my-sources.yaml"))
    for name in ("NEWS_ETL_CONTACT", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running_newsroom(port=0) as newsroom:
        for command in commands:
            typed = [word.replace(":18080", f":{newsroom.port}") for word in command[1:]]
            result = CliRunner().invoke(cli.app, typed)
            assert result.exit_code == 0, (typed, result.output, result.exception)
    assert "Swing bridge will open by itself" in result.output and result.output.count("│ en") >= 10
