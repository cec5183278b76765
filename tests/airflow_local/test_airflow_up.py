"""A real Airflow on this machine: up, a crash, down."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import psutil
import pytest

from etl import airflow_checks, airflow_local, settings
from etl.airflow_local import environment, local, services
from etl.embedded_postgres import server
from etl.errors import Permanent
from etl.settings import Settings

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def here() -> Iterator[Settings]:
    """Settings whose home others may enter, so that root's server can work there."""
    folder = Path(tempfile.mkdtemp(prefix="news-etl-test-"))
    folder.chmod(0o711)
    rights = folder / "rights.yaml"
    rights.write_text("show: {unknown: allow}\n", encoding="utf-8")
    given = {"HOME": str(folder / "home"), "CONTACT": "desk@news.example", "RIGHTS": str(rights)}
    found = settings.load({f"NEWS_ETL_{name}": value for name, value in given.items()})
    yield found
    airflow_local.down(found)
    server.destroy(found.postgres_dir)
    shutil.rmtree(folder)


def token(running: airflow_local.Running, password: str) -> int:
    body = json.dumps({"username": running.user, "password": password}).encode()
    request = Request(f"{running.url}/auth/token", body, {"Content-Type": "application/json"})
    opener = build_opener(ProxyHandler({}))
    opener.addheaders = []
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status
    except OSError as error:
        return getattr(error, "code", 0)


def test_the_environment_is_the_same_every_time_and_carries_the_settings(here: Settings) -> None:
    base = {"AIRFLOW_CONFIG": "/elsewhere", "no_proxy": "intranet.example", "HTTP_PROXY": "http://proxy.example"}
    first = airflow_local.env(here, base=base)
    assert first == airflow_local.env(here, base=base)
    assert "AIRFLOW_CONFIG" not in first
    assert first["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"
    assert settings.load(first) == here
    assert "AIRFLOW__CORE__FERNET_KEY" in first
    for name in ("secrets.json", "passwords.json"):
        assert (here.home / "airflow" / name).stat().st_mode & 0o777 == 0o600


def test_commands_of_airflow_work_on_the_airflow_of_up_and_leave_nothing_in_the_home_folder(
    here: Settings, tmp_path: Path
) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NEWS_ETL_HOME": str(here.home)}
    command = [sys.executable, "-c", "from etl.cli import main; main()", "airflow"]
    options = ["pools", "list", "--output", "json"]
    done = subprocess.run([*command, *options], env=env, capture_output=True, text=True, cwd="/", timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "news_fill" in done.stdout
    assert list(tmp_path.iterdir()) == []
    unknown = subprocess.run([*command, "backfill", "creat"], env=env, capture_output=True, text=True, cwd="/")
    assert unknown.returncode == 2 and "creat" in unknown.stderr


def test_up_gives_a_whole_airflow_on_loopback_and_down_leaves_no_process(
    here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = here.home / "airflow"
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nobody there
    with socket.socket() as other:  # 8080 is taken; the port is chosen
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", environment.PORT))
        except OSError:
            pass  # by somebody else: as good
        else:
            other.listen()
        with pytest.raises(Permanent, match=f"port {environment.PORT} .* in use"):
            airflow_local.up(here, port=environment.PORT)
        said = airflow_local.up(here)
    running = airflow_local.status(here)
    assert set(running.pids) == {"api-server", "scheduler", "dag-processor", "triggerer"}
    assert running.url in said and running.password in said
    assert not running.url.endswith(f":{environment.PORT}")
    assert token(running, running.password) == 201
    assert token(running, "wrong") == 401

    processes = [process for found in services.find(home).values() for process in found]
    addresses = {
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}
    assert environment._found(server.url(here.postgres_dir, database="airflow")) == {
        "default_pool",
        *airflow_checks.pools(),
    }

    assert airflow_local.up(here) == said  # runs already
    assert airflow_local.status(here) == running

    psutil.Process(running.pids["scheduler"]).kill()
    airflow_local.down(here)
    assert services.find(home) == {}
    assert not [process for process in processes if process.is_running() and process.status() != "zombie"]
    assert server.status(here.postgres_dir).pid is None
    airflow_local.down(here)  # once more is no error


def test_a_service_that_cannot_start_is_quoted_and_the_others_are_stopped(
    here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "SERVICES", {"api-server": ["api-server"], "scheduler": ["scheduler", "--no-such-flag"]})
    with pytest.raises(Permanent, match=r"(?s)Airflow's scheduler has ended:.*no-such-flag"):
        airflow_local.up(here)
    assert services.find(here.home / "airflow") == {}


def test_an_airflow_command_that_fails_is_quoted() -> None:
    with pytest.raises(Permanent, match=r"(?s)airflow no-such-command failed:.*invalid choice"):
        environment.run(dict(os.environ), ["no-such-command"])
