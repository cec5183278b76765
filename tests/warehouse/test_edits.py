"""Edits of articles, line by line."""

from __future__ import annotations

from typing import Any

import pytest
from observations import observation
from sqlalchemy import Engine, text

from etl.warehouse.load.load import load_again

URL = "https://a.example/1"


def edits(engine: Engine, columns: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(r) for r in connection.execute(text(f"SELECT {columns} FROM news.edit ORDER BY revision_no"))]


@pytest.mark.parametrize(
    ("before", "after", "added", "removed", "is_moved"),
    [
        ("a\nb", "a\nb\nc", ["c"], [], False),
        ("eins\nzwei\ndrei", "eins\ndrei", [], ["zwei"], False),
        ("第一。\n第二。", "第一。\n第二句。", ["第二句。"], ["第二。"], False),
        ("واحد\nاثنان\nثلاثة", "ثلاثة\nواحد\nاثنان", [], [], True),
        ("да\nнет\nда", "да\nнет", [], ["да"], False),
        ("да\nнет", "да\nда\nнет\nда", ["да", "да"], [], False),
        ("x\ny\nz", "z\nnew\nx", ["new"], ["y"], True),
        ("same", "other", ["other"], ["same"], False),
        ("one\n\ntwo", "one\n\ntwo\n\nthree", ["", "three"], [], False),
    ],
)
def test_an_edit_is_the_lines_that_came_and_went_and_whether_others_moved(
    emptied: Engine, before: str, after: str, added: list[str], removed: list[str], is_moved: bool
) -> None:
    load_again(emptied, [observation(URL, text=before), observation(URL, hours=1, text=after)])
    assert edits(emptied, "added, removed, is_moved") == [(added, removed, is_moved)]


def test_headline_and_note_of_an_edit_are_told_and_a_text_that_comes_back_is_one_more(emptied: Engine) -> None:
    for n, (words, title, note) in enumerate(
        [("a", "Öl", None), ("b", "Öl", None), ("a", "Erdöl", "Korrektur: …"), ("c", "Erdöl", "Korrektur: …")]
    ):
        load_again(emptied, [observation(URL, hours=n, text=words, title=title, correction_note=note)])
    assert edits(emptied, "revision_no, added, is_retitled, title_before, title_after, is_noted") == [
        (2, ["b"], False, "Öl", "Öl", False),
        (3, ["a"], True, "Öl", "Erdöl", True),
        (4, ["c"], False, "Erdöl", "Erdöl", False),
    ]


def test_visits_and_moves_to_other_rules_are_no_edits(emptied: Engine) -> None:
    from etl.warehouse.load.load import activate_rules

    load_again(emptied, [observation(URL), observation(URL, hours=1)])
    activate_rules(emptied, ["r2"])
    load_again(emptied, [observation(URL, hours=n, rules="r2", text="cut otherwise") for n in (0, 1)])
    assert edits(emptied, "revision_no") == []
