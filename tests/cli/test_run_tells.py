"""How `run` and `fill` end where something needs attention: with 3, and with what to do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etl import cli
from etl.model import Outcome
from etl.stages.fill import run as fill_run
from etl.stages.fill.run import FillReport
from etl.stages.live import run as live_run
from etl.warehouse.ops.runs import RunSummary


@pytest.mark.parametrize(
    ("outcomes", "problems", "code", "said"),
    [
        ({Outcome.ARTICLE: 12}, {}, 0, ""),
        ({Outcome.ARTICLE: 12, Outcome.QUARANTINED: 72}, {}, 3, "72 could not be processed"),
        ({Outcome.QUARANTINED: 1}, {}, 3, "news-etl replay --reason quarantined"),
        ({Outcome.DEFERRED: 9, Outcome.TIMEOUT: 2}, {}, 0, ""),
        ({}, {"raw/live/a.warc.gz": "is not in the lake: 東京新聞"}, 3, "not loaded: raw/live/a.warc.gz"),
        ({Outcome.ARTICLE: 1}, {"w": "x"}, 3, "not loaded: w"),
    ],
)
def test_a_run_ends_with_3_where_a_page_could_not_be_processed(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    outcomes: dict[Outcome, int],
    problems: dict[str, str],
    code: int,
    said: str,
) -> None:
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path))
    summary = RunSummary(
        run_id="r", candidates=84, outcomes=Counter(outcomes), failed={}, undecided=0, problems=problems
    )
    monkeypatch.setattr(live_run, "run_once", lambda *_, **__: summary)
    for command in (["run"], ["run", "--json"]):
        ended = CliRunner().invoke(cli.app, command)
        assert ended.exit_code == code
    assert said in " ".join(CliRunner().invoke(cli.app, ["run"]).stderr.split())


@pytest.mark.parametrize(("quarantined", "code"), [(0, 0), (3, 3)])
def test_a_fill_ends_with_3_where_a_page_could_not_be_processed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quarantined: int, code: int
) -> None:
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path))
    monkeypatch.setattr(fill_run, "fill_days", lambda *_, **__: FillReport(quarantined=quarantined))
    ended = CliRunner().invoke(cli.app, ["fill", "--from", "2026-01-01"])
    assert ended.exit_code == code and ("could not be processed" in ended.stderr) == bool(quarantined)
