"""Values that one call of `clean` collects: moved lines, and values found in cut lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from etl.clean.attribution import credit_of
from etl.clean.context import MOVED, Caption
from etl.clean.meta import Meta
from etl.clean.shapes import Match


@dataclass(slots=True, kw_only=True)
class CollectedValues:
    """Collected values; used within one call only."""

    title: str | None = None
    dates: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    captions: list[tuple[int, Caption]] = field(default_factory=list)
    moved: dict[str, list[tuple[int, str]]] = field(default_factory=dict)  # field -> (place, text)

    def add_meta(self, meta: Meta) -> None:
        """Add the values of a meta line."""
        self.dates += meta.dates
        self.authors += [a for a in meta.authors if a not in self.authors]
        pieces = [*meta.categories, *meta.unknown]
        self.categories += [p for p in pieces if p not in self.categories]

    def add(self, match: Match, place: int, text: str) -> None:
        """Add a line that was cut, if its rule moves it to a field."""
        self.tags += [tag for tag in match.tags if tag not in self.tags]
        if match.move_to == "captions":
            self.captions.append((place, Caption(text=text, credit=credit_of(text))))
        elif match.move_to is not None:
            if match.move_to not in MOVED:
                raise ValueError(f"{match.rule_id}: {match.move_to!r} is no field of Cleaned")
            self.moved.setdefault(match.move_to, []).append((place, text.strip()))

    def fields(self) -> dict[str, Any]:
        """Return the moved lines of every field that has any, for `Cleaned`."""
        return {name: lines for name in MOVED if (lines := self.field(name)) is not None}

    def field(self, name: str) -> str | None:
        """Return the moved lines of a field in their order on the page, or None."""
        lines = [text for _, text in sorted(self.moved.get(name, ()))]
        return "\n".join(dict.fromkeys(lines)) or None
