"""The promises of cleaning hold for whole pages: nothing is lost, and cleaning again changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from news_html import NEWS, html

import etl.extract.draft
from etl.clean.engine import CleanContext, Cleaned, clean, rebuild
from etl.extract.page import extract_page
from etl.sample import answers

CAPTURED_AT = datetime(2026, 11, 24, tzinfo=UTC)
BOILERPLATE = (
    "<p>Europe, News February 24, 2022 No Comments on {title}</p>{body}<p>Facebook Twitter WhatsApp</p>"
    "<p>© 2022 Harbour Post. All rights reserved.</p><p>Leave a comment</p><p>Cancel reply</p>"
)


def pages() -> dict[str, tuple[str, bytes]]:
    """Every article of the sample newsroom, and the small news of each language amid a theme's boilerplate."""
    found = {
        f"{host}{path}": (f"http://{host}:18080{path}", answer.body)
        for (host, path), answer in sorted(answers.build(1, 18080).items())
        if answer.body and "html" in answer.content_type and not answer.coding
    }
    for language, (title, *lines) in NEWS.items():
        body = "".join(f"<p>{line}</p>" for line in lines * 2)
        page = html(title=title, lines=("MARK",), lang=language)
        page = page.replace("<p>MARK</p>", BOILERPLATE.format(title=title, body=body))
        found[language] = (f"https://post.example/{language}", page.encode())
    return found


PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_cuts_and_text_of_a_page_rebuild_it_and_cleaning_again_changes_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, CleanContext]] = []

    def watched(text: str, context: CleanContext | None = None) -> Cleaned:
        given.append((text, context or CleanContext()))
        return clean(text, context)

    monkeypatch.setattr(etl.extract.draft, "clean", watched)
    url, body = PAGES[name]
    page = extract_page(body, url=url, captured_at=CAPTURED_AT, content_type="text/html")
    for text, context in given:
        cleaned = clean(text, context)
        assert rebuild(cleaned.text, cleaned.cuts) == text
        again = clean(cleaned.text, context)
        assert (again.text, again.cuts) == (cleaned.text, ())
    if name in NEWS:
        assert len(page.removed) >= 4 and "rights" in {cut.rule.partition(".")[0] for cut in page.removed}
