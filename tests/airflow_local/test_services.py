"""Processes that outlive us and are found by their mark: with small programs in place of Airflow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from etl.airflow_local import local, services
from etl.errors import Permanent

FAMILY = """
import os, time
print("started", flush=True)
os.fork() or os.fork()
time.sleep(60)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "home: with a colon"
    made.mkdir()
    yield made
    services.stop(made, tuple(services.find(made)), grace_s=0)


def start(home: Path, name: str, program: str) -> None:
    log = home / f"{name}.log"
    services.start(home, name, [sys.executable, "-c", program], {"PATH": os.defpath}, log)


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to be")


def test_a_service_leads_a_session_of_its_own_and_is_nobodys_child(home: Path) -> None:
    start(home, "one", SLEEP)
    process = services.leaders(home)["one"]
    assert os.getsid(process.pid) == process.pid != os.getsid(0)
    assert process.pid not in [child.pid for child in psutil.Process().children()]


@pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) == signal.SIG_IGN, reason="the shell that runs the tests ignores SIGINT itself"
)
def test_a_service_is_not_deaf_to_sigint(home: Path) -> None:
    start(home, "one", SLEEP)
    pid = services.leaders(home)["one"].pid
    wait_for(lambda: Path(psutil.Process(pid).exe()).samefile(Path(sys.executable).resolve()))
    time.sleep(0.2)
    os.kill(pid, signal.SIGINT)
    wait_for(lambda: "one" not in services.find(home))


def test_stop_ends_a_service_with_all_its_children_and_no_other(home: Path) -> None:
    start(home, "one", FAMILY)
    start(home, "two", FAMILY)
    wait_for(lambda: [len(found) for found in services.find(home).values()] == [3, 3])
    services.stop(home, ["one"], grace_s=0.5)
    assert list(services.find(home)) == ["two"]
    services.stop(home, ["one", "two"], grace_s=0.5)
    assert services.find(home) == {}


def test_what_a_crashed_service_left_behind_is_found_and_ended(home: Path) -> None:
    start(home, "one", FAMILY)
    wait_for(lambda: len(services.find(home).get("one", [])) == 3)
    services.leaders(home)["one"].kill()
    wait_for(lambda: len(services.find(home).get("one", [])) == 2)
    assert services.leaders(home) == {}
    services.stop(home, ["one"], grace_s=20)
    assert services.find(home) == {}


def test_a_service_that_does_not_listen_is_killed(home: Path) -> None:
    start(home, "one", DEAF)
    wait_for(lambda: "deaf" in (home / "one.log").read_text())
    began = time.monotonic()
    services.stop(home, ["one"], grace_s=0.2)
    assert services.find(home) == {}
    assert time.monotonic() - began > 3


def test_services_of_another_home_are_left_alone(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    start(other, "one", SLEEP)
    with subprocess.Popen([sys.executable, "-c", SLEEP], env={}) as unmarked:
        try:
            services.stop(home, ["one"], grace_s=0)
            assert list(services.find(other)) == ["one"]
            assert unmarked.poll() is None
        finally:
            unmarked.kill()
            services.stop(other, ["one"], grace_s=0.5)


def test_the_log_of_the_last_time_is_kept(home: Path) -> None:
    start(home, "one", "print('first', flush=True)")
    wait_for(lambda: (home / "one.log").read_text() == "first\n")
    start(home, "one", "print('second', flush=True)")
    wait_for(lambda: (home / "one.log").read_text() == "second\n")
    assert (home / "one.log.1").read_text() == "first\n"


def test_a_service_that_ends_at_once_is_named_with_the_end_of_its_log(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "services").mkdir()
    monkeypatch.setattr(local, "SERVICES", {"scheduler": []})
    start(home / "services", "scheduler", "raise SystemExit('no such executor: 本地')")
    wait_for(lambda: "executor" in (home / "services" / "scheduler.log").read_text())
    with pytest.raises(Permanent, match="scheduler has ended:\nno such executor: 本地"):
        local._wait(home, 1, local.datetime.now(local.UTC))
