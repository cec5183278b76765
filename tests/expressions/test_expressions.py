"""The regular expressions of the package against texts that are made to be slow for them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from benchmarks.expressions import HELD, MAX_HELD_S, OURS, found_apart, measure, of_strangers
from benchmarks.expressions_attacks import TooSlowError, cost_s
from benchmarks.expressions_found import ROOT, Expression
from benchmarks.expressions_nesting import nested
from etl.extract.page import extract_page
from etl.normalize.dates import parse

NOW = datetime(2026, 11, 24, tzinfo=UTC)

# What `nested` refuses and what all the same cannot take long: where, and why.
ALLOWED = {
    ("etl/clean/attribution.py", "^[\\W_]*(?:(?i:mit|with"): "lines of 60 characters at most (`is_agency_line`)",
}


@pytest.fixture(scope="module")
def expressions() -> list[Expression]:
    return of_strangers(found_apart())


def test_no_expression_has_repeats_that_share_a_text_out_in_many_ways(expressions: list[Expression]) -> None:
    wrong = {(e.module, e.line): why for e in expressions if not _is_allowed(e) and (why := nested(e.source, e.flags))}
    assert wrong == {}
    assert all(any(_is_allowed(e, only=key) for e in expressions) for key in ALLOWED)
    assert len(expressions) > 300


def _is_allowed(e: Expression, only: tuple[str, str] | None = None) -> bool:
    return any(e.module == m and e.pattern.startswith(start) for m, start in ([only] if only else ALLOWED))


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:\s|<!--.*?-->|<\?xml.*?\?>)*<html",  # stood in front of every page
        r"(?:<!--.{0,2000}?-->\s*)*<html",
        r"[^\W\d_][^\W\d_]*(?:[\u1000-\u109f][^\W\d_]*)*\d",  # a month in Burmese
        r"(a+)+$",
        r"(?:a*)*b",
        r"(\w+\s?)*$",
        r"(x+x+)+y",
    ],
)
def test_what_doubles_is_refused(pattern: str) -> None:
    assert nested(pattern, 0)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:\d{3},)*\d",
        r"(?:[^\"\\]|\\.)*\"",
        r"(?:\s\w+)*",
        r"(?:(?>a+)b?)*c",
        r"(?:a++b?)*c",
        r"(?:\.\w+)*$",
        r"\s*x\s*",
    ],
)
def test_what_has_one_way_through_a_text_is_not(pattern: str) -> None:
    assert not nested(pattern, 0)


def test_a_match_without_end_is_broken_off() -> None:
    expression = Expression("etl/model.py", 1, r"(a+)+$", 0)
    assert cost_s(expression.compiled(), "a" * 40 + "b", way="match", limit_s=0.2) == 0.2
    assert measure(expression).held == ""
    assert issubclass(TooSlowError, Exception)


def test_rooms_that_are_held_by_length_are_there() -> None:
    assert [module for module in (*HELD, *OURS) if not (ROOT / module).exists()] == []
    assert MAX_HELD_S < 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_cost_of_each_expression_grows_with_its_text_or_its_text_is_short(expressions: list[Expression]) -> None:
    loose = [m for m in map(measure, expressions) if not m.held]
    assert [(m.expression.module, m.expression.line, m.seconds, m.growth, m.attack) for m in loose] == []


@pytest.mark.parametrize(
    "text",
    [
        "<!---->" * 2_500 + "<p>words",
        "<?xml?>" + "<!-- a -->\n" * 1_700,
        "<!--" * 5_000,
        ("<!-- кэш -->" * 1_500) + "text",
    ],
)
def test_a_document_that_begins_with_comments_is_read_at_once(text: str) -> None:
    page = extract_page(text.encode(), url="https://news.example/a", captured_at=NOW, content_type="text/html")
    assert page.outcome


@pytest.mark.parametrize(
    "raw",
    [
        "2024, " + "က" * 150,
        "12 " + "मार्च" * 30 + "x",
        "2022. gada " + "ស" * 160,
        "ဇန်နဝါရီ" * 20,
        "5 เดือน" + "ก็" * 80,
        "م" + "\u0654م" * 90,
    ],
)
def test_a_long_word_in_a_script_with_marks_is_no_date_and_takes_no_time(raw: str) -> None:
    assert parse(raw) is None
