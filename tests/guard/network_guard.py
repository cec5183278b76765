"""Refuses and reports every connection of the tests that would leave this machine, in this process and in those it starts.

`install` adds an audit hook (PEP 578) for every socket of the interpreter: connect, connect_ex, sendto, sendmsg and name
look-ups, also by asyncio, aiohttp and botocore. It cannot be removed again. Started processes load it through
`sitecustomize.py` beside this file. A refusal is an OSError for the code under test, as behind a firewall, and a line of the
session's report, which fails the session even when that code continued.

Not seen: sockets that a library opens in C without Python. Here that is libpq, whose addresses the tests' fixtures give.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from pathlib import Path
from typing import Any

REPORT = "NEWS_ETL_TEST_NETWORK_REPORT"
FOLDER = str(Path(__file__).parent)
LOOPBACK = IPv4Network("127.0.0.0/8")

_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOK_UPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_PYTHONS = ("python", "news-etl", "airflow", "pytest")
_installed = False


class LeavesThisMachineError(OSError):
    """A connection or look-up of a test that would have left this machine."""


def install() -> None:
    """Guard this process and those that it starts from now on. Does nothing the second time."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_hook)
        _check_names_before_they_are_looked_up()
        _hand_on()


def refusal(event: str, args: tuple[Any, ...]) -> str | None:
    """Where an audited call would lead outside this machine, or None."""
    if event in _CONNECTS:
        sock, address = args[0], args[1]
        if sock.family not in (socket.AF_INET, socket.AF_INET6) or not address:
            return None  # unix sockets, netlink; or already connected
        return None if _is_here(str(address[0])) else f"{event.removeprefix('socket.')} to {address!r}"
    if event in _LOOK_UPS:
        host = args[0].decode("ascii", "replace") if isinstance(args[0], bytes) else args[0]
        is_fine = not host or _is_here(host) or host == socket.gethostname() or _is_number(host)
        return None if is_fine else f"look-up of {host!r}"
    return None


def _is_here(host: str) -> bool:
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return host.rstrip(".").lower() == "localhost" or host.rstrip(".").lower().endswith(".localhost")
    if isinstance(address, IPv6Address):
        return address == IPv6Address("::1") or (address.ipv4_mapped or IPv4Address(0)) in LOOPBACK
    return address in LOOPBACK


def _is_number(host: str) -> bool:
    """Whether no name server is asked for it; to connect to it is another thing."""
    try:
        socket.inet_aton(host)
    except (OSError, UnicodeError):
        return ":" in host  # no name has one
    return True


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event.startswith("socket.") and (found := refusal(event, args)):
        _report(found)
        raise LeavesThisMachineError(errno.EACCES, f"tests stay on this machine: {found}")


def _report(found: str) -> None:
    frames = traceback.extract_stack()[:-3]
    line = {
        "test": os.environ.get("PYTEST_CURRENT_TEST", "between tests"),
        "refused": found,
        "pid": os.getpid(),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    }
    try:
        file = os.open(os.environ[REPORT], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.write(file, json.dumps(line).encode() + b"\n")
        os.close(file)
    except (KeyError, OSError) as error:
        print(f"NETWORK GUARD {line} (not written down: {error})", file=sys.stderr, flush=True)


def _check_names_before_they_are_looked_up() -> None:
    """`connect` and `sendto` ask for a name's address in C, before the audit hook hears of it."""
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _checked(getattr(socket.socket, name), f"socket.{name.removesuffix('_ex')}"))


def _checked(real: Callable[..., Any], event: str) -> Callable[..., Any]:
    def checked(self: socket.socket, *args: Any) -> Any:
        if args and isinstance(args[-1], tuple) and args[-1]:
            _hook(event, (self, args[-1]))
        return real(self, *args)

    return checked


def _hand_on() -> None:
    """The guard's variables go into the environment, and into one that a Python is started with."""
    os.environ["PYTHONPATH"] = _with_folder(os.environ.get("PYTHONPATH"))
    real = subprocess.Popen.__init__

    def started(self: subprocess.Popen[Any], args: Any, *rest: Any, **options: Any) -> None:
        env = options.get("env")
        first = args if isinstance(args, (str, bytes, os.PathLike)) else args[0]
        if env is not None and Path(os.fsdecode(first)).name.startswith(_PYTHONS):
            handed_on = {name: os.environ[name] for name in (REPORT, "PYTEST_CURRENT_TEST") if name in os.environ}
            options["env"] = {**handed_on, **env, "PYTHONPATH": _with_folder(env.get("PYTHONPATH"))}
        real(self, args, *rest, **options)

    subprocess.Popen.__init__ = started  # type: ignore[method-assign]


def _with_folder(path: str | None) -> str:
    return os.pathsep.join([FOLDER, *(each for each in (path or "").split(os.pathsep) if each and each != FOLDER)])
