"""Answers about a class are kept, since pages repeat theirs; those about what no other page has are not."""

from __future__ import annotations

from etl.extract.tree import kept


def test_a_class_is_looked_at_once_and_an_enormous_one_is_not_kept() -> None:
    asked: list[str] = []

    @kept
    def is_box(names: str) -> bool:
        asked.append(names)
        return names.startswith("box")

    long = "box " * 1000
    assert [is_box(names) for names in ("box", "text", "box", "text", long, long)] == [True, False, True, False] + [
        True
    ] * 2
    assert asked == ["box", "text", long, long]
