"""The day of a page that states none: found in its lines, without htmldate's slow parser."""

from __future__ import annotations

from datetime import date
from functools import partial

import htmldate.extractors
import pytest
from lxml.html import HtmlElement, document_fromstring, tostring

from etl.extract import day_search
from etl.extract.signals import Signals
from etl.normalize import dates

SEARCH = partial(day_search.search, read=dates.parse, earliest=date(1990, 1, 1), latest=date(2026, 11, 24))
PROSE = "<p>The harbour council met for the third time this winter and put the repair of the bridge off again.</p>"


def tree(*lines: str) -> HtmlElement:
    return document_fromstring(f"<html><body><div>{PROSE}{''.join(lines)}{PROSE}</div></body></html>")


@pytest.mark.parametrize(
    "line",
    ["24 lutego 2022", "24 | 02 | 2022", "२४ फ़रवरी 2022", "24 φεβρουαρίου 2022", "24 בפברואר 2022", "2022년 2월 24일"],
)
@pytest.mark.parametrize("tag", ["p", "li", "dd"])
def test_a_line_that_is_a_date_in_any_language_gives_the_day(line: str, tag: str) -> None:
    assert SEARCH(tree(f"<{tag}>{line}</{tag}>")) == date(2022, 2, 24)


@pytest.mark.parametrize(
    "line",
    ["15 avril, 2 et 6 Mai 19", "Wybory odbyły się już dawno, 24 lutego 2022", "24 lutego 1889", "24 lutego 2031"],
)
def test_prose_with_a_date_and_days_out_of_bounds_are_none(line: str) -> None:
    assert SEARCH(tree(f"<p>{line}</p>")) in (None, date(2022, 1, 1))  # htmldate's last resort: a year alone


def test_of_several_date_lines_the_one_that_says_published_counts_else_none() -> None:
    assert SEARCH(tree("<p>26 | 01 | 2022</p>", "<p>01 | 05 | 2020</p>")) is None
    assert SEARCH(tree("<p>01 | 05 | 2020</p>", "<p>Published 26 | 01 | 2022</p>")) == date(2022, 1, 26)


def test_the_parser_of_205_locales_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(htmldate.extractors, "get_external_parser", lambda: pytest.fail("dateparser was loaded"))
    assert SEARCH(tree('<p class="date">Jan 24 09:34 in the harbour 22</p>', "<p>24 lutego 2022</p>")) is not None


def test_the_tree_is_left_as_it_was() -> None:
    page = tree("<p>24 lutego 2022</p>", "<footer>24 lutego 2021</footer>")
    before = tostring(page)
    SEARCH(day_search.own_parts(page, Signals(url="https://www.nordhafen-post.example/a")))
    assert tostring(page) == before
