"""The requests of a walk: a document, or the stored robots.txt of a host."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar, cast

from etl.fetch.explore import Answer, Ask, HostRules
from etl.fetch.messages import FetchRequest, FetchResult, RequestKind
from etl.fetch.robots_store import StoredRobots

T = TypeVar("T")
Asking = Generator[Ask, Answer, T]


@dataclass(slots=True)
class Budget:
    """The requests that are left, as far as the walk knows: robots.txt and tdmrep.json of a new host count two."""

    left: int
    hosts: set[str]

    def spend(self, result: FetchResult, hosts: list[str]) -> None:
        """Count an answer, its redirects, and robots.txt and tdmrep.json of new hosts."""
        new = [host for host in hosts if host and host not in self.hosts]
        self.hosts.update(new)
        self.left -= 1 + len(result.redirects) + 2 * len(new)


def get(url: str, kind: RequestKind) -> Asking[FetchResult]:
    """Ask for a document."""
    return cast("FetchResult", (yield FetchRequest(url=url, kind=kind)))


def rules_of(host: str) -> Asking[StoredRobots | None]:
    """The host's stored robots.txt; None where it was not read."""
    return cast("StoredRobots | None", (yield HostRules(host=host)))
