"""The guard of the tests themselves: sessions of pytest that try to leave this machine, and fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import network_guard
import pytest

CONFTEST = 'pytest_plugins = ["guarded_session"]\n'
SWALLOWED = """
import asyncio, socket, subprocess, sys, urllib.request
import pytest

def swallow(call):
    try:
        call()
    except OSError:
        pass

def udp(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", address)

def connect_ex(address):
    with socket.socket() as sock:
        sock.connect_ex(address)

async def by_asyncio():
    await asyncio.open_connection("192.0.2.7", 80)

async def by_aiohttp():
    import aiohttp
    async with aiohttp.ClientSession() as session:
        await session.get("http://[2001:db8::1]/")

PROGRAM = "import socket\\ntry: socket.create_connection(('198.51.100.9', 443), 1)\\nexcept OSError: pass"
WAYS = {
    "ipv4": lambda: socket.create_connection(("192.0.2.1", 80), 1),
    "ipv6": lambda: socket.create_connection(("2001:db8::1", 80), 1),
    "any_address": lambda: connect_ex(("0.0.0.0", 80)),
    "datagram": lambda: udp(socket.AF_INET, ("224.0.0.1", 53)),
    "connect_ex": lambda: connect_ex(("10.0.0.1", 80)),
    "connect_to_a_name": lambda: connect_ex(("a.name.invalid", 80)),
    "look_up": lambda: socket.getaddrinfo("another.name.invalid", 80),
    "old_look_up": lambda: socket.gethostbyname("old.name.invalid"),
    "name_that_begins_like_here": lambda: socket.getaddrinfo("localhost.evil.invalid", 80),
    "asyncio": lambda: asyncio.run(by_asyncio()),
    "aiohttp": lambda: asyncio.run(by_aiohttp()),
    "urllib": lambda: urllib.request.urlopen("http://192.0.2.3/", timeout=1),
    "process": lambda: subprocess.run([sys.executable, "-c", PROGRAM], check=True),
    "process_with_little_environment": lambda: subprocess.run([sys.executable, "-c", PROGRAM], env={}, check=True),
}

@pytest.mark.parametrize("way", WAYS)
def test_leaves(way):
    swallow(WAYS[way])

def test_stays():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(("localhost", server.getsockname()[1])):
            pass
"""
BETWEEN = """
import socket

try:
    socket.create_connection(("192.0.2.1", 80), 1)  # while tests are collected
except OSError:
    pass

def test_nothing():
    pass
"""
LATE = """
import socket

pytest_plugins = ["guarded_session"]

def pytest_sessionfinish():
    try:
        socket.create_connection(("192.0.2.2", 80), 1)  # by a fixture of the session, or a process left over
    except OSError:
        pass
"""
CLEAN = "def test_nothing():\n    pass\n"


def session(folder: Path, test: str, *options: str, conftest: str = CONFTEST) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(conftest)
    (folder / "test_inner.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *options, "test_inner.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["one process", "workers"])
def test_every_way_out_is_refused_and_fails_its_test_though_the_error_was_swallowed(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = session(tmp_path, SWALLOWED, *options)
    ways = [line.split('"')[1] for line in SWALLOWED.splitlines() if line.startswith('    "')]
    assert done.returncode == 1, done.stdout
    for way in ways:
        assert f"ERROR test_inner.py::test_leaves[{way}]" in done.stdout, done.stdout
        assert f"test_leaves[{way}] (call): " in done.stdout  # by name, also out of the process that it started
    assert "ERROR test_inner.py::test_stays" not in done.stdout
    assert len(ways) == 14


def test_a_session_fails_by_what_no_test_was_failed_for(tmp_path: Path) -> None:
    collecting = session(tmp_path, BETWEEN)
    assert collecting.returncode == 1
    assert "between tests: connect to ('192.0.2.1', 80)" in collecting.stdout, collecting.stdout
    late = session(tmp_path, CLEAN, conftest=LATE)
    assert late.returncode == 1 and "1 passed" in late.stdout
    assert "between tests: connect to ('192.0.2.2', 80)" in late.stdout, late.stdout
    clean = session(tmp_path, CLEAN)
    assert clean.returncode == 0 and "refused" not in clean.stdout


def test_this_session_is_guarded() -> None:
    assert network_guard.FOLDER in os.environ["PYTHONPATH"].split(os.pathsep)
    assert Path(os.environ[network_guard.REPORT]).exists()
    program = "import network_guard; assert network_guard._installed"
    subprocess.run([sys.executable, "-c", program], env={}, check=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost", "a.localhost."])
def test_this_machine_is_allowed(host: str) -> None:
    assert network_guard._is_here(host)


@pytest.mark.parametrize(
    "host", ["127.evil.example", "localhost.evil.example", "0.0.0.0", "::", "::ffff:10.0.0.1", "169.254.169.254", "1"]
)
def test_what_only_looks_like_this_machine_is_not(host: str) -> None:
    assert not network_guard._is_here(host)
