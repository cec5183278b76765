"""Who asked for what, and when: one record for each request that the newsroom answered or was left with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
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
    """Keeps visits in memory, and as JSON lines in a file when a path is given; the file is begun anew."""

    def __init__(self, path: Path | None = None) -> None:
        self._visits: list[Visit] = []
        self._file: TextIO | None = path.open("w", encoding="utf-8", buffering=1) if path else None

    def add(self, visit: Visit) -> None:
        """Record one visit."""
        self._visits.append(visit)
        if self._file:
            self._file.write(json.dumps(asdict(visit), ensure_ascii=False) + "\n")

    def visits(self) -> tuple[Visit, ...]:
        """What was recorded so far."""
        return tuple(self._visits)

    def close(self) -> None:
        """Close the file; what is in memory stays."""
        if self._file:
            self._file.close()
            self._file = None


def read(path: Path) -> tuple[Visit, ...]:
    """The visits in a log file."""
    with path.open(encoding="utf-8") as lines:
        return tuple(Visit(**json.loads(line)) for line in lines)


def overlaps(visits: tuple[Visit, ...]) -> list[tuple[Visit, Visit]]:
    """Pairs of visits during which one host had two requests at a time."""
    found = []
    latest: dict[str, Visit] = {}
    for visit in sorted(visits, key=lambda each: (each.start, each.end)):
        before = latest.get(visit.host)
        if before and visit.start < before.end:
            found.append((before, visit))
        if not before or visit.end > before.end:
            latest[visit.host] = visit
    return found


def spacing_s(visits: tuple[Visit, ...], host: str) -> list[float]:
    """Seconds from the end of each visit of a host to the start of the next."""
    own = sorted((each for each in visits if each.host == host), key=lambda each: each.start)
    return [after.start - before.end for before, after in pairwise(own)]
