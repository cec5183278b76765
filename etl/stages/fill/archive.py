"""The interface of an archive of captures, as a fill uses it.

Sites' own sitemaps and pages of past days are no such archive: the URLs that they list are fetched from the site (`steps`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from etl.archives.days import Span
from etl.model import FoundVia, Outcome
from etl.stages.resources import Resources

Say = Callable[[str], None]


def silent(line: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRequest:
    """What a fill asks of an archive: days of sources, for a batch of a run; `say` receives progress messages."""

    run_id: str
    batch: str
    days: Span
    sources: Sequence[str]
    say: Say = silent


class Archive(Protocol):
    """Captures of past days that others have made. Calling a method again resumes where the last call was stopped."""

    @property
    def via(self) -> FoundVia:
        """Its name, in settings, hints and tables."""

    def list(self, r: Resources, wanted: ArchiveRequest) -> Sequence[str]:
        """Record the URLs that it lists for these days (`ops.expected`), unless the days are final; problems as notes."""

    def take(self, r: Resources, wanted: ArchiveRequest) -> Counter[Outcome]:
        """Put the missing pages of these days that it has into lake and warehouse; the counted outcomes."""

    def estimate(self, r: Resources, *, days: Span, sources: Sequence[str]) -> dict[str, Any] | None:
        """What `take` would read beyond the pages that `list` records: files and their bytes. None: nothing."""
