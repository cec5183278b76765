"""Start and stop the four services of Airflow on this machine."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from etl.airflow_local import services
from etl.airflow_local.environment import HOST, PORT, USER, folder, password, prepare
from etl.embedded_postgres import server
from etl.embedded_postgres.process import is_free
from etl.errors import Permanent, Transient
from etl.files import locked, read, write_private
from etl.sample.sources import SAMPLE, sample_registry
from etl.settings import Settings

# The UI reads task logs from their files, so no log server with its own port is needed.
SERVICES = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
NEWSROOM = "newsroom"
# Stopped first: tasks report to the API server until they end.
WORKING = ("scheduler", "dag-processor", "triggerer")
SERVE_NEWSROOM = "from etl.sample.server import run; run()"
HEALTHY_S = 240.0
LOCK_S = 600.0
TASK_GRACE_S = 30.0
TAIL_CHARS = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningAirflow:
    """The running local Airflow: its address, login, and the process of each live service."""

    url: str
    user: str
    password: str
    pids: dict[str, int]


def up(settings: Settings, *, port: int | None = None, with_newsroom: bool = False) -> str:
    """Start Airflow and wait until all of it is healthy; says where it is and how to log in.

    Where it runs already nothing happens; where a part of it has crashed, all of it is started again. `port` None means
    the port of last time or 8080, or the next that is free. Raises Permanent when the given port is taken or a service
    ends, with the end of its log, and Transient when it takes too long. `with_newsroom` serves the sample newsroom as
    well, and makes it the registry.
    """
    home = folder(settings)
    if with_newsroom:
        settings = replace(settings, sources=sample_registry(settings.home))
    with locked(home / "lock", limit_s=LOCK_S):
        running = status(settings)
        wanted = port or int(read(home / "port") or PORT)
        names = {*SERVICES, *([NEWSROOM] if with_newsroom else ())}
        if set(running.pids) == names and running.url == f"http://{HOST}:{wanted}":
            return _said(running, home)
        _stop_services(home)
        chosen = _free_port(wanted, must=port is not None)
        environment = prepare(settings, port=chosen)
        write_private(home / "port", str(chosen))
        logs = home / "services"
        logs.mkdir(exist_ok=True)
        began = datetime.now(UTC)
        if with_newsroom:
            command = [sys.executable, "-c", SERVE_NEWSROOM]
            services.start(home, NEWSROOM, command, environment, logs / f"{NEWSROOM}.log")
        for name, arguments in SERVICES.items():
            services.start(home, name, [sys.executable, "-m", "airflow", *arguments], environment, logs / f"{name}.log")
        try:
            _wait(home, chosen, began)
        except BaseException:
            _stop_services(home)
            raise
        return _said(status(settings), home)


def down(settings: Settings) -> None:
    """Stop Airflow and the embedded server. Running tasks have 30 s to end; no process is left.

    Raises Transient when one is.
    """
    home = settings.home / "airflow"
    if home.is_dir():
        with locked(home / "lock", limit_s=LOCK_S):
            _stop_services(home)
    server.stop(settings.postgres_dir)


def status(settings: Settings) -> RunningAirflow:
    """Its live services."""
    home = folder(settings)
    return RunningAirflow(
        url=f"http://{HOST}:{read(home / 'port') or PORT}",
        user=USER,
        password=password(settings) if (home / "passwords.json").exists() else "",
        pids={name: process.pid for name, process in services.leaders(home).items()},
    )


def _stop_services(home: Path) -> None:
    led = services.leaders(home)
    services.stop(home, [name for name in SERVICES if name not in led], grace_s=1.0)  # what a crashed one left
    services.stop(home, WORKING, grace_s=TASK_GRACE_S)
    services.stop(home, (*SERVICES, NEWSROOM), grace_s=10.0)


def _free_port(wanted: int, *, must: bool) -> int:
    if is_free(wanted):
        return wanted
    if must:
        raise Permanent(f"port {wanted} on {HOST} is in use: choose another")
    for port in range(PORT, PORT + 100):
        if is_free(port):
            return port
    raise Permanent(f"no free port between {PORT} and {PORT + 100} on {HOST}: choose one")


def _wait(home: Path, port: int, began: datetime) -> None:
    deadline = time.monotonic() + HEALTHY_S
    while True:
        alive = services.leaders(home)
        for name in SERVICES:
            if name not in alive:
                raise Permanent(f"Airflow's {name} has ended:\n{_tail(home, name)}")
        missing = _unhealthy(port, began)
        if not missing:
            return
        if time.monotonic() > deadline:
            name = missing[0]
            raise Transient(f"Airflow's {name} is not healthy after {HEALTHY_S:.0f} s:\n{_tail(home, name)}")
        time.sleep(0.5)


def _unhealthy(port: int, began: datetime) -> list[str]:
    """The services that have not yet reported since `began`; an old report may be that of their predecessor."""
    try:
        # Not through a proxy.
        with build_opener(ProxyHandler({})).open(f"http://{HOST}:{port}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except (URLError, OSError, ValueError):
        return ["api-server"]
    missing = []
    for name in WORKING:
        part = health.get(name.replace("-", "_")) or {}
        beat = part.get(f"latest_{name.replace('-', '_')}_heartbeat")
        if part.get("status") != "healthy" or not beat or datetime.fromisoformat(beat) < began:
            missing.append(name)
    return missing


def _tail(home: Path, name: str) -> str:
    return (read(home / "services" / f"{name}.log") or "(it said nothing)")[-TAIL_CHARS:]


def _said(running: RunningAirflow, home: Path) -> str:
    return (
        f"Airflow runs on {running.url} (user {running.user}, password {running.password}).\n"
        f"Logs of its services: {home / 'services'}. `news-etl down` stops it, `news-etl airflow ...` runs its commands."
        + (f"\nThe sample newsroom is its registry: {home.parent / SAMPLE}." if NEWSROOM in running.pids else "")
    )
