"""Pages whose answers end too early, from the server to the row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from benchmarks.hostile_server import Case, HostileServer, article, http, parts, running
from etl.settings import Settings
from etl.stages.live.run import run_once
from etl.warehouse.engine import open_engine

pytestmark = pytest.mark.e2e

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = article("a page")
TWICE = f"Content-Length: {len(PAGE)}"


def settings_of(folder: Path, database_url: str, port: int, server: HostileServer) -> Settings:
    sources = folder / "sources.yaml"
    hosts = [
        {
            "key": case.key,
            "name": case.key,
            "homepage": f"http://{host}:{port}/",
            "languages": ["en"],
            "min_delay_s": 0.01,
            "feeds": [f"http://{host}:{port}/feed"],
        }
        for host, case in server.hosts.items()
    ]
    sources.write_text(yaml.safe_dump({"sources": hosts}), encoding="utf-8")
    return Settings(
        home=folder,
        warehouse_url=database_url,
        lake_url=(folder / "lake").as_uri(),
        sources=sources,
        contact=None,
        s3_endpoint_url=None,
    )


def test_half_a_page_is_a_flagged_article_and_never_takes_the_end_of_a_whole_one(
    database_url: str, tmp_path: Path
) -> None:
    half = parts(http(PAGE, 'ETag: "1"', length=len(PAGE) + 900)[: -len(PAGE) // 3], "close")

    def whole_then_half() -> Case:
        visits = 0

        async def act(wire: object) -> None:
            nonlocal visits
            visits += 1
            await (parts(http(PAGE, 'ETag: "2"'), "close") if visits == 1 else half)(wire)  # type: ignore[arg-type]

        return Case(key="whole-then-half", about="page", route=act, expected="article")

    cases = [
        Case(key="half", about="page", route=half, expected="article"),
        Case(
            key="a-wrong-length",
            about="page",
            route=parts(http(PAGE, length=len(PAGE) + 9), "close"),
            expected="article",
        ),
        Case(key="mended", about="page", route=http(PAGE, TWICE, "X Y : z"), expected="article"),
        whole_then_half(),
    ]
    engine = open_engine(database_url)
    with running(cases) as (port, server):
        settings = settings_of(tmp_path, database_url, port, server)
        run_once(settings, sources=(), now=NOW)
        later = run_once(settings, sources=(), now=NOW + timedelta(hours=2))
    with engine.connect() as connection:
        flags = connection.execute(
            text(
                "SELECT s.source_key, a.flags FROM news.article a "
                "JOIN ops.candidate s ON s.url = a.url ORDER BY s.source_key"
            )
        ).all()
        asked = connection.execute(text("SELECT source_key, etag FROM ops.candidate")).all()
        second = connection.execute(
            text("SELECT source_key, outcome FROM ops.run_url WHERE run_id = :run"), {"run": later.run_id}
        ).all()
    engine.dispose()
    assert {row.source_key: json.dumps(row.flags) for row in flags} == {
        "half": '["body_short"]',
        "a-wrong-length": '["body_short"]',
        "mended": "[]",
        "whole-then-half": "[]",
    }
    assert dict(asked) == {"half": None, "a-wrong-length": None, "mended": None, "whole-then-half": '"2"'}
    assert dict(second)["whole-then-half"] == "http_error" and dict(second)["mended"] == "unchanged"
