"""Lines that an extractor leaves out between those that it keeps are read from where they stand."""

from __future__ import annotations

import pytest
from lxml import html as markup
from news_html import NEWS, PARAGRAPHS

from etl.extract import passages

ITEMS = [
    "The first boat leaves the old quay at half past five in the morning for the workers of the yard.",
    "The last one comes back from Ostmark at ten in the evening, and on Fridays an hour after midnight.",
    "Between noon and two there is no crossing, because the captain and both of her deckhands have their meal.",
]
INSIDE = {
    "list": "<ul>" + "".join(f"<li>{t}</li>" for t in ITEMS) + "</ul>",
    "divisions": "".join(f'<div class="q{n}"><span>{t}</span></div>' for n, t in enumerate(ITEMS)),
    "runs parted by br": "<div>" + "<br>".join(ITEMS) + "</div>",
    "accordion": "".join(f"<details><summary>Why {n}?</summary>{t}</details>" for n, t in enumerate(ITEMS)),
    "definitions": "<dl>" + "".join(f"<dt>Word {n}</dt><dd>{t}</dd>" for n, t in enumerate(ITEMS)) + "</dl>",
    "headings": "".join(f"<h2>{t}</h2>" for t in ITEMS),
    "table": "<table>" + "".join(f"<tr><td>{n}</td><td>{t}</td></tr>" for n, t in enumerate(ITEMS)) + "</table>",
}


def tree(inside: str, lines: tuple[str, ...] = PARAGRAPHS) -> markup.HtmlElement:
    first, rest = "".join(f"<p>{t}</p>" for t in lines[:2]), "".join(f"<p>{t}</p>" for t in lines[2:])
    return markup.document_fromstring(
        f"<body><div>Menu</div><div class='k'>{first}{inside}{rest}</div><div><p>{'The story of another day. ' * 9}</p></div></body>"
    )


@pytest.mark.parametrize("inside", INSIDE)
def test_what_stands_between_the_lines_kept_comes_back(inside: str) -> None:
    whole = passages.complete("\n".join(PARAGRAPHS), tree(INSIDE[inside]))
    assert whole is not None
    assert [whole.count(t) for t in (*PARAGRAPHS, *ITEMS)] == [1] * 9
    places = [whole.index(t) for t in (*PARAGRAPHS[:2], *ITEMS, *PARAGRAPHS[2:])]
    assert places == sorted(places)
    assert "another day" not in whole


@pytest.mark.parametrize("lang", ["ar", "he", "ja", "zh", "ru", "hi", "ko"])
def test_it_comes_back_in_every_script(lang: str) -> None:
    lines, lost = NEWS[lang][1:], f"{NEWS[lang][0]} {NEWS[lang][0]} {NEWS[lang][0]}"
    whole = passages.complete("\n".join(lines), tree(f"<ul><li>{lost}</li><li>{lost}!</li></ul>", tuple(lines)))
    assert whole == "\n".join((*lines[:2], lost, f"{lost}!", *lines[2:]))


@pytest.mark.parametrize(
    "box",
    [
        '<div class="newsletter"><p>{}</p></div>',
        '<section class="article-content__sign-in"><ul><li>{}</li></ul></section>',
        '<aside><p>{}</p></aside>',
        '<div class="intro hidden">{}</div>',
        '<div hidden><p>{}</p></div>',
        '<p><a href="/x/1">{}</a></p>',
        '<form><p>{}</p></form>',
        '<header><p>{}</p></header>',
    ],
)  # fmt: skip
def test_boxes_apart_and_links_do_not_come_back(box: str) -> None:
    assert passages.complete("\n".join(PARAGRAPHS), tree("".join(box.format(t) for t in ITEMS))) is None


def test_a_text_that_is_whole_stays_as_it_is() -> None:
    assert passages.complete("\n".join(PARAGRAPHS), tree("")) is None
    assert passages.complete("", tree("")) is None
    assert passages.complete("A text from elsewhere.", tree("")) is None


def test_a_text_keeps_what_it_has_from_elsewhere() -> None:
    text = "\n".join(("A lead from the head of the page.", *PARAGRAPHS, "A note from below."))
    whole = passages.complete(text, tree(INSIDE["list"]))
    assert whole is not None
    assert whole.startswith("A lead from the head of the page.\n" + PARAGRAPHS[0])
    assert whole.endswith(PARAGRAPHS[-1] + "\nA note from below.")
