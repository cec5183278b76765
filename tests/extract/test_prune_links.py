"""Links to other articles among the paragraphs go, in every shape that themes give them; what only looks like them stays."""

from __future__ import annotations

import pytest
from news_html import NEWS, PARAGRAPHS, html, paragraphs, read

from etl.extract.boilerplate_classes import kinds_of

OTHER = "Second bridge over the Lunde will not be built"
SUMMARY = "The council has no money for a second bridge, and the first one is hardly used since the mill was closed in spring."
LONG = " ".join(f"Sentence number {n} of the other story tells of the second bridge." for n in range(20))
SHAPES = {
    "card in a link": f'<ul><li><a href="/x/1"><div><h2>{OTHER}</h2><p>{LONG}</p></div></a></li></ul>',
    "headline of a card": f'<ul><li><a href="/x/1"><div><h1>{OTHER}</h1><p>{LONG}</p></div></a></li></ul>',
    "box with a linked heading": f'<div class="q7"><h3><a href="/x/1">{OTHER}</a></h3><div>{SUMMARY}</div></div>',
    "kicker before the link": f'<div class="q7"><h3><span>Harbour:</span> <a href="/x/1">{OTHER}</a></h3><p>{SUMMARY}</p></div>',
    "paragraph that is a link": f'<p><strong><a href="/x/1">{OTHER}</a></strong></p>',
    "list with kickers": f'<ul><li>Harbour: <a href="/x/1">{OTHER}</a></li><li>Council: <a href="/x/2">{OTHER} again</a></li></ul>',
    "article called a teaser": f'<article class="teaser--article teaser--wide"><p>{OTHER}</p><p>{SUMMARY}</p></article>',
    "info box": f'<div class="infobox"><h3>{OTHER}</h3><p>{SUMMARY}</p></div>',
    "call to act": f'<div class="story-cta"><p>{OTHER}</p></div>',
    "whatsapp": f'<div class="whatsapp-group"><p>{OTHER}</p></div>',
    "sidebar": f'<div class="right-sidebar"><p>{OTHER}</p></div>',
}


@pytest.mark.parametrize("shape", SHAPES)
def test_another_articles_link_is_none_of_the_text(shape: str) -> None:
    page = read(html(after=SHAPES[shape]))
    assert page.text.split("\n") == list(PARAGRAPHS)


@pytest.mark.parametrize("lang", ["ar", "he", "ja", "zh", "ko", "ru", "hi"])
def test_a_card_goes_in_every_script(lang: str) -> None:
    title, *lines = NEWS[lang]
    other = NEWS["ko" if lang == "ja" else "ja"]
    card = f'<div class="k"><h3><a href="/x/1">{other[0]}</a></h3><p>{other[1]}</p></div>'
    page = read(html(title=title, lines=(*lines, *lines[::-1]), before=card, lang=lang))
    assert other[1] not in page.text
    assert page.text.startswith(lines[0])


@pytest.mark.parametrize(
    "kept",
    [
        '<p>The council said so in <a href="/x/1">its report on the second bridge over the river</a>, which nobody had asked for.</p>',
        f'<p><a href="https://www.lunde-council.example/report">{OTHER}</a></p>',
        f'<h3><a href="#part-2">{OTHER}</a></h3><p>{SUMMARY}</p>',
        '<ul><li>Four crowns for <a href="/x/1">grown-ups</a> who travel without a bicycle</li><li>Two crowns for those who bring one</li></ul>',
    ],
    ids=["link in a sentence", "link to another site", "heading linked to itself", "list of prose with a link"],
)  # fmt: skip
def test_prose_with_links_stays(kept: str) -> None:
    page = read(html(lines=PARAGRAPHS[:3], after=kept + paragraphs(PARAGRAPHS[3:])))
    words = "report on the second bridge" if "its report" in kept else ("grown-ups" if "grown-ups" in kept else OTHER)
    assert words in page.text
    assert PARAGRAPHS[-1] in page.text


def test_a_round_up_whose_sections_are_headed_by_links_keeps_them() -> None:
    sections = "".join(
        f'<div><h2><a href="/x/{n}">{OTHER} {n}</a></h2><p>{p}</p></div>' for n, p in enumerate(PARAGRAPHS[:2])
    )
    page = read(html(lines=PARAGRAPHS[2:4], after=sections))
    assert all(p in page.text for p in PARAGRAPHS[:4])


def test_a_headline_that_links_to_its_own_page_does_not_take_its_article_along() -> None:
    page = read(html(title="", before='<h1><a href="/region/ferry-line-reopens">Ferry line reopens</a></h1>'))
    assert all(p in page.text for p in PARAGRAPHS)


@pytest.mark.parametrize(
    ("names", "is_box"),
    [
        ("sidebar", True), ("right-sidebar", True), ("sidebar_right", True), ("widget sidebar", True), ("with-sidebar", False),
        ("content-sidebar-wrap", False), ("no-sidebar", False), ("story-cta", True), ("whatsapp-group", True), ("info-box", True),
        ("sector", False), ("facts", False), ("ctagram", False),
    ],
)  # fmt: skip
def test_a_box_is_known_by_its_whole_name(names: str, is_box: bool) -> None:
    """The column beside a sidebar bears its name, too."""
    assert ("box" in kinds_of(names)) is is_box
