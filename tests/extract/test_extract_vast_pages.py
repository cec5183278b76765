"""Pages of many thousand elements: work grows with the page, not with its square. Time limits only catch what hangs."""

from __future__ import annotations

import pytest
from news_html import PARAGRAPHS, html, read

from etl.extract import body, container
from etl.extract.tree import parse
from etl.model import Outcome

CELL = "<table><tr><td>{}</td></tr></table>"


@pytest.mark.timeout(60)
def test_thousands_of_paragraphs_are_no_teasers_and_counted_once() -> None:
    root = parse(html(lines=PARAGRAPHS * 4000))
    assert root is not None
    assert len(container.paragraphs(root)) == 24_000


def test_tables_in_tables_by_the_thousand_are_read_as_boxes() -> None:
    root = parse("<body>" + "<table><tr><td>" * 60 + CELL.format("x") * 100 + "</td></tr></table>" * 60)
    assert root is not None
    body.strip(root)
    assert next(root.iter("table", "tr", "td"), None) is None
    layout = parse("<body>" + "<table><tr><td>" * 5 + CELL.format("x") * 20 + "</td></tr></table>" * 5)
    assert layout is not None
    body.strip(layout)
    assert sum(1 for _ in layout.iter("table")) == 25


@pytest.mark.timeout(60)
def test_a_vast_page_is_read_the_fast_way_alone() -> None:
    page = read(html(lines=("Short.",), after="<div><div>x</div></div>" * 8000))
    assert page.outcome is Outcome.ARTICLE
    assert page.evidence["text"].startswith("fast")
    assert read(html(lines=("Short.",), after="<div><div>x</div></div>" * 80)).evidence["text"] == "thorough"
