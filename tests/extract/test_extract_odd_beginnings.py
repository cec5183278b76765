"""What stands before a page, and references to characters that no document may hold, cost no article."""

from datetime import UTC, datetime

import pytest

from etl.extract.page import extract_page
from etl.model import Outcome, Page

LINE = (
    "<p>The ferry to Sulina stays in port until Monday, since the wind does not turn before then, the master said.</p>"
)


def page_of(before: str = "", headline: str = "", text: str = "") -> Page:
    html = (
        f"{before}<!doctype html><html><head><title>Ferry stays in port</title></head><body><article>"
        f"<h1>Ferry stays in port{headline}</h1>{LINE}<p>Fishermen wait{text} on the quay as well, and so do two "
        f"buses of tourists from Tulcea, who hoped to see the pelicans.</p></article></body></html>"
    )
    return extract_page(
        html.encode(),
        url="https://a.example/ferry",
        captured_at=datetime(2026, 11, 24, tzinfo=UTC),
        content_type="text/html",
    )


PLAIN = page_of()


@pytest.mark.parametrize(
    "before",
    [
        f"<!-- {'cache ' * 5000}-->",
        " " * 80_000,
        "\n\t" * 15_000,
        "<!-- a -->" * 4000,
        f"\n<!-- {'x' * 15_000} -->\n<!-- {'é' * 15_000} -->\n",
        f"<!---->{' ' * 25_000}<!-- -- -->",
    ],
)
def test_a_page_behind_long_comments_or_white_space_is_a_page(before: str) -> None:
    page = page_of(before)
    assert (page.outcome, page.title, page.text) == (Outcome.ARTICLE, PLAIN.title, PLAIN.text)


@pytest.mark.parametrize(
    "reference", ["&#1;", "&#8;", "&#11;", "&#012;", "&#31;", "&#x0B;", "&#X1b;", "&#x001F", "&#xFFFF;", "&#65534;"]
)
def test_a_reference_to_a_control_character_costs_no_text(reference: str) -> None:
    page = page_of(headline=reference, text=reference)
    assert (page.outcome, page.title, page.text) == (Outcome.ARTICLE, PLAIN.title, PLAIN.text)


@pytest.mark.parametrize(("reference", "text"), [("&#10;", " "), ("&#233;", "é"), ("&#x1F6A2;", "🚢"), ("&#100;", "d")])
def test_other_references_are_what_they_stand_for(reference: str, text: str) -> None:
    assert f"Fishermen wait{text}".strip() in page_of(text=reference).text
