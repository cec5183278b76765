"""A newsroom for the tests of this folder, and a client that changes nothing of what it is sent."""

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest

from etl.sample.server import Newsroom, running_newsroom


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(url: str, *, method: str = "GET", body: bytes | None = None, timeout: float = 10, **headers: str) -> Reply:
    """One request, no redirect followed, no coding undone. Header names are given with `_` for `-`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    target = quote(parts.path, safe="/%") + (f"?{parts.query}" if "?" in url else "")
    try:
        connection.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with running_newsroom() as running:
        yield running


@pytest.fixture
def fetch() -> Callable[..., Reply]:
    return ask
