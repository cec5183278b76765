"""States are words of closed lists: code compares enums, and SQL names no word that no list has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import etl
from etl import states
from etl.model import OUTCOME_HELP, Outcome
from etl.states import AnswerState, CoverageState, ListingState, RunKind, RunState, SourceState

CODE = Path(etl.__file__).parent
SQL = CODE.parent / "sql"
LISTS = (RunKind, RunState, SourceState, ListingState, CoverageState, AnswerState)
WORDS = {member.value for each in LISTS for member in each}
ALLOWED = {
    "state": {*RunState, *SourceState, *ListingState, *CoverageState},
    "kind": {*RunKind},
    "outcome": {*Outcome, *AnswerState, "not_loaded", "not_fetched"},
}
COMPARED = re.compile(r"\b(?:\w+\.)?(state|outcome) (?:=|<>|IS DISTINCT FROM|IN|=) ?(\(?'[^)\n]*?'(?:\)|(?!,)))")


def compared(code: str) -> Iterator[str]:
    """The words that states are held against in code: `x.state == "word"`, `state in ("word", ...)`, `"word" if ... else`."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any("state" in ast.unparse(s) or "outcome" in ast.unparse(s) for s in sides):
                yield from (
                    c.value for s in sides for c in ast.walk(s) if isinstance(c, ast.Constant) and c.value in WORDS
                )
        if isinstance(node, ast.keyword) and node.arg in ("state", "outcome"):
            yield from (c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant) and c.value in WORDS)
        if isinstance(node, ast.IfExp) and "outcome" in ast.unparse(node):
            yield from (b.value for b in (node.body, node.orelse) if isinstance(b, ast.Constant) and b.value in WORDS)


@pytest.mark.parametrize(
    "code",
    [
        'x.state == "failed"',
        'states.get(k) in ("planned", "ok")',
        'f(state="listed")',
        'y = outcome.value if outcome else "captured"',
        'g(outcome="captured" if a else None)',
        'if c.state != "final": pass',
    ],
)
def test_the_check_sees_a_bare_word(code: str):
    assert list(compared(code))


def test_no_code_holds_a_state_against_a_bare_word():
    rooms = [CODE / room for room in ("stages", "warehouse", "archives", "cli")]
    found = {
        str(path.relative_to(CODE)): words
        for room in rooms
        for path in room.rglob("*.py")
        if (words := list(compared(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_sql_names_no_state_that_no_list_has():
    files = [*CODE.rglob("*.py"), *(SQL / "views").glob("*.sql")]
    wrong = [
        (path.name, column, word)
        for path in files
        for column, words in COMPARED.findall(path.read_text(encoding="utf-8"))
        for word in re.findall(r"'([^']*)'", words)
        if word not in ALLOWED[column]
    ]
    assert wrong == []


def test_each_list_has_its_words_once_and_says_what_it_is():
    for each in LISTS:
        assert each.__doc__ and len({m.value for m in each}) == len(each)
    assert {o.value for o in Outcome}.isdisjoint(AnswerState)
    assert states.end_of_visit(None) is AnswerState.CAPTURED and states.end_of_visit(Outcome.GONE) is Outcome.GONE


@pytest.mark.parametrize("cause", ["budget", "time", "another process", "pause", "ended"])
def test_the_help_of_deferred_names_each_of_its_causes(cause: str):
    assert cause in OUTCOME_HELP[Outcome.DEFERRED]
