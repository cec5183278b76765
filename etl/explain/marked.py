"""The extracted text with its cuts in place: lines of pieces, each kept or cut by a rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from etl.clean.engine import rebuild
from etl.clean.rules import entries
from etl.model import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some characters of one line; `cut` is None for what stayed."""

    text: str
    cut: Cut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendRow:
    """A rule that cut something on this page."""

    rule: str
    category: str
    zone: str
    cuts: int
    chars: int


def lines(text: str, removed: Sequence[Cut]) -> list[list[Piece]]:
    """The extracted text, a list of pieces for each line. All pieces together are the text without its line breaks."""
    whole = rebuild(text, tuple(removed))
    found: list[list[Piece]] = [[]]
    at = 0
    for cut in sorted(removed, key=lambda c: c.start):
        _add(found, whole[at : max(at, cut.start)], None)
        _add(found, whole[max(at, cut.start) : cut.end], cut)
        at = max(at, cut.end)
    _add(found, whole[at:], None)
    return [line for line in found if line]


def legend(removed: Sequence[Cut]) -> list[LegendRow]:
    """The rules of these cuts, the one that took most first."""
    chars: Counter[tuple[str, str]] = Counter()
    cuts: Counter[tuple[str, str]] = Counter()
    for cut in removed:
        chars[cut.rule, cut.zone] += len(cut.text)
        cuts[cut.rule, cut.zone] += 1
    return [
        LegendRow(rule=rule, category=category_of(rule), zone=zone, cuts=cuts[rule, zone], chars=size)
        for (rule, zone), size in chars.most_common()
    ]


def category_of(rule: str) -> str:
    """What a rule's phrases are for, as its pack says; a rule without phrases is a category of its own."""
    return _categories().get(rule) or rule.partition(".")[0]


@cache
def _categories() -> dict[str, str]:
    return {rule.id: rule.category for _, rule, _ in entries()}


def _add(found: list[list[Piece]], text: str, cut: Cut | None) -> None:
    for n, part in enumerate(text.split("\n")):
        if n:
            found.append([])
        if part:
            found[-1].append(Piece(text=part, cut=cut))
