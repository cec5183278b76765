"""What an archive of captures is to a fill, whichever it is.

Sites' own sitemaps and pages of past days are no such archive: what they name is fetched from the site (`steps`).
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
class Wanted:
    """What a fill wants of an archive: days of sources, for a batch of a run; `say` hears how far it is."""

    run_id: str
    batch: str
    days: Span
    sources: Sequence[str]
    say: Say = silent


class Archive(Protocol):
    """Captures of past days that others have made. A second call of each goes on where the one before was stopped."""

    @property
    def via(self) -> FoundVia:
        """Its name, in settings, hints and tables."""

    def list(self, r: Resources, wanted: Wanted) -> Sequence[str]:
        """Note what it names for these days (`ops.expected`), where that is not settled; the problems as notes."""

    def take(self, r: Resources, wanted: Wanted) -> Counter[Outcome]:
        """Take what it has of these days and is missing into the lake and the warehouse; the counted outcomes."""

    def estimate(self, r: Resources, *, days: Span, sources: Sequence[str]) -> dict[str, Any] | None:
        """What `take` would read beside the pages that `list` names: files, and their bytes. None: nothing beside them."""
