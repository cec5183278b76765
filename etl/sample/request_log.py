"""The request log of the newsroom: one record for each request, answered or aborted."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request. `start` and `end` are seconds of the machine's monotonic clock.

    `end` is read before the last bytes leave, so a client that asks again only after an answer never seems to overlap.
    """

    time: str  # UTC, ISO 8601
    client: str  # address:port
    host: str  # the loopback address that was asked
    method: str
    path: str  # with query
    status: int
    start: float
    end: float
    bytes_sent: int
    aborted: bool  # the client left before the end
    user_agent: str
    conditional: bool  # came with If-None-Match or If-Modified-Since


class RequestLog:
    """Keeps requests in memory, and as JSON lines in a file when a path is given; the file is begun anew."""

    def __init__(self, path: Path | None = None) -> None:
        self._requests: list[LoggedRequest] = []
        self._file: TextIO | None = path.open("w", encoding="utf-8", buffering=1) if path else None

    def add(self, request: LoggedRequest) -> None:
        """Record one request."""
        self._requests.append(request)
        if self._file:
            self._file.write(json.dumps(asdict(request), ensure_ascii=False) + "\n")

    def requests(self) -> tuple[LoggedRequest, ...]:
        """What was recorded so far."""
        return tuple(self._requests)

    def close(self) -> None:
        """Close the file; what is in memory stays."""
        if self._file:
            self._file.close()
            self._file = None


def read(path: Path) -> tuple[LoggedRequest, ...]:
    """The requests in a log file."""
    with path.open(encoding="utf-8") as lines:
        return tuple(LoggedRequest(**json.loads(line)) for line in lines)


def overlaps(requests: tuple[LoggedRequest, ...]) -> list[tuple[LoggedRequest, LoggedRequest]]:
    """Pairs of requests during which one host had two requests at a time."""
    found = []
    latest: dict[str, LoggedRequest] = {}
    for request in sorted(requests, key=lambda each: (each.start, each.end)):
        before = latest.get(request.host)
        if before and request.start < before.end:
            found.append((before, request))
        if not before or request.end > before.end:
            latest[request.host] = request
    return found


def spacing_s(requests: tuple[LoggedRequest, ...], host: str) -> list[float]:
    """Seconds from the end of each request of a host to the start of the next."""
    own = sorted((each for each in requests if each.host == host), key=lambda each: each.start)
    return [after.start - before.end for before, after in pairwise(own)]
