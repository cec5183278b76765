"""What a run under a clock that was ahead has left is named by doctor, and holds up no later run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from etl import cli
from etl import settings as settings_module
from etl.frontier import PastVisit, latest_due, next_visit
from etl.model import Outcome
from etl.run_window import is_within
from etl.settings import Settings
from etl.stages.live.plan import plan
from etl.stages.resources import open_resources
from etl.warehouse.ops import archive_files, clocks, frontier, hosts

SOURCES = """
sources:
  - {key: port, name: Port, homepage: "https://port.example/", languages: [en], feeds: ["https://port.example/f"]}
"""
HOURS = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
LATER = timedelta(days=5 * 365)


@pytest.fixture
def environment(tmp_path: Path, database_url: str) -> dict[str, str]:
    (tmp_path / "sources.yaml").write_text(SOURCES)
    return {
        "NEWS_ETL_HOME": str(tmp_path / "home"),
        "NEWS_ETL_LAKE_URL": str(tmp_path / "lake"),
        "NEWS_ETL_WAREHOUSE_URL": database_url,
        "NEWS_ETL_SOURCES": str(tmp_path / "sources.yaml"),
    }


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return settings_module.load(environment)


def leave_a_mess(settings: Settings) -> datetime:
    """What a run of five years ahead writes."""
    ahead = datetime.now(UTC) + LATER
    statements = [
        "INSERT INTO core.url (url_key, article_id) VALUES (sha256('a'), gen_random_uuid())",
        "INSERT INTO core.capture (capture_id, url_key, url, captured_at, payload_digest, status, is_revisit, redirects, "
        "rights) VALUES (sha256('c'), sha256('a'), 'https://port.example/a', :at, 'sha256:0', 200, false, '[]', '{}')",
        "INSERT INTO ops.candidate (url_key, url, host, source_key, hints, offered_at, due_at, first_visit_at) "
        "VALUES (sha256('a'), 'https://port.example/a', 'port.example', 'port', '[]', :at, :at, :at)",
        "INSERT INTO ops.candidate (url_key, url, host, source_key, hints, offered_at, due_at, first_visit_at) VALUES "
        "(sha256('b'), 'https://port.example/b', 'port.example', 'port', '[]', now(), now() + interval '6 days', now())",
        "INSERT INTO ops.host_lease (host, holder, expires_at, next_allowed_at) VALUES ('port.example', 'gone', :at, :at)",
        "INSERT INTO ops.robots (host, stored, fetched_at) VALUES ('port.example', '{}', :at)",
        "INSERT INTO ops.archive_pace (archive, next_at) VALUES ('wayback', :at)",
    ]
    with open_resources(settings) as r, r.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), {"at": ahead} if ":at" in statement else {})
    return ahead


def test_doctor_names_what_lies_ahead_and_what_to_do(settings: Settings, environment: dict[str, str]) -> None:
    def examined(code: int) -> dict[str, dict[str, str]]:
        done = CliRunner().invoke(cli.app, ["doctor", "--json"], env=environment)
        assert done.exit_code == code, done.output
        return {x["subject"]: x for x in json.loads(done.stdout)}

    with open_resources(settings):
        pass
    assert not [subject for subject in examined(0) if subject.startswith(("dates of", "clock"))]
    ahead = leave_a_mess(settings)
    found = {k: v for k, v in examined(3).items() if k.startswith("dates of")}
    assert set(found) == {
        f"dates of {x}" for x in ("captures", "candidates", "leases", "robots.txt", "turns of archives")
    }
    for finding in found.values():
        assert finding["level"] == "error" and finding["do"] and f"{ahead:%Y-%m-%d}" in finding["found"]
    assert "https://port.example/a" in found["dates of candidates"]["found"]
    assert found["dates of candidates"]["found"].startswith("1 ")


def test_the_next_run_visits_what_was_put_off_for_years(settings: Settings) -> None:
    leave_a_mess(settings)
    now = datetime.now(UTC)
    with open_resources(settings) as r:
        # A run for a time that lies behind, as in a demonstration, takes nothing for impossible that is not.
        plan(r, run_id="past", sources=["port"], now=now - timedelta(days=300))
        with r.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM ops.candidate WHERE due_at <= now()")).scalar() == 1
        plan(r, run_id="run", sources=["port"], now=now)
        frontier.add_revisits(r.engine, run_id="run", sources=["port"], now=now)
        with r.engine.connect() as connection:
            urls = connection.execute(text("SELECT url FROM ops.run_url WHERE run_id = 'run'")).scalars().all()
            first = connection.execute(text("SELECT max(first_visit_at) FROM ops.candidate")).scalar_one()
        assert urls == ["https://port.example/a"] and first <= datetime.now(UTC)
        assert [
            x.what for x in clocks.ahead_of_time(r.engine, {"port": timedelta(days=7)}) if x.what == "candidates"
        ] == []


def test_a_lease_and_a_turn_of_years_ahead_hold_nobody_up(settings: Settings) -> None:
    leave_a_mess(settings)
    with open_resources(settings) as r:
        taken = hosts.acquire(r.engine, "port.example", "me")
        assert taken is not None and taken.rest <= hosts.LONGEST_REST
        assert hosts.acquire(r.engine, "port.example", "somebody else") is None
        assert (
            archive_files.reserve_request(r.engine, archive="wayback", every_s=5) <= hosts.LONGEST_REST.total_seconds()
        )


def test_a_first_visit_ahead_does_not_put_off_the_next_one() -> None:
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    visit = PastVisit(at=at, outcome=None, first_visit_at=at + LATER, failures=0)
    assert next_visit(visit, HOURS) == at + timedelta(hours=1)
    for outcome in (None, Outcome.UNCHANGED, Outcome.GONE, Outcome.TIMEOUT, Outcome.HTTP_ERROR, Outcome.DEFERRED):
        for failures in range(8):
            for pauses in ((), HOURS, (timedelta(days=90),)):
                for first in (None, at - LATER, at, at + LATER):
                    due = next_visit(PastVisit(at=at, outcome=outcome, first_visit_at=first, failures=failures), pauses)
                    assert due is None or due <= latest_due(at, pauses)


def test_what_a_clock_ahead_has_read_was_not_read_lately() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    day = timedelta(days=1)
    assert is_within(day, now - timedelta(hours=23), now=now) and is_within(day, now, now=now)
    assert not is_within(day, now - day, now=now) and not is_within(day, now + LATER, now=now)


def test_a_machine_whose_clock_differs_from_the_databases_is_named(settings: Settings) -> None:
    with open_resources(settings) as r:
        now = datetime.now(UTC)
        assert clocks.apart(r.engine, now) is None
        span = clocks.apart(r.engine, now + LATER)
        assert span is not None and span > timedelta(days=1800)
        assert (clocks.apart(r.engine, now - timedelta(hours=1)) or timedelta()) < timedelta()
