"""The items of a listicle, a guide or a recipe are its text, however much they look like cards; cards go as before."""

from __future__ import annotations

import pytest
from news_html import NEWS, PARAGRAPHS, html, paragraphs, read

ITEMS = (
    ("The quay at Nordhafen", "The landing stage lies behind the old fish hall, and the ferry waits there for anybody who comes running down."),
    ("The mill of Ostmark", "Flour has been ground here since 1702, and visitors may turn the smaller of the two stones with their own hands."),
    ("The tower on the Lunde", "From the top of its ninety steps one sees both harbours, and on clear days the lighthouse far behind the islands."),
    ("The inn of the pilots", "Four rooms look over the river, and the soup is made from what the fishermen bring to the door in the morning."),
)  # fmt: skip


def listicle(head: str, box: str = '<div class="item">{}</div>', items: tuple[tuple[str, str], ...] = ITEMS) -> str:
    made = (
        box.format(
            f"{head.format(n=n, name=name)}<p>{text}</p><p>{text[:60]} too, said its owner, who was born there.</p>"
        )
        for n, (name, text) in enumerate(items)
    )
    return "".join(made)


HEADS = {
    "anchor of its own": '<h2><a href="#item-{n}">{name}</a></h2>',
    "another site": '<h2><a href="https://place-{n}.example/visit">{name}</a></h2>',
    "a page of its own": '<h3><a href="/places/{n}">{name}</a></h3>',
    "a shop": '<h3><a href="https://shop.example/go?item={n}" rel="sponsored">{name}</a></h3>',
    "a heading in a link": '<a href="https://maps.example/?q={n}"><h3>{name}</h3></a>',
    "a map of the site": '<h4>{n}. <a href="/map/{n}">{name}</a></h4>',
}


@pytest.mark.parametrize("head", HEADS)
def test_items_whose_headings_are_links_stay(head: str) -> None:
    page = read(html(lines=PARAGRAPHS[:2], after=listicle(HEADS[head])))
    for _, text in ITEMS:
        assert text in page.text


@pytest.mark.parametrize("lang", ["de", "ru", "ar", "ja", "zh", "hi"])
def test_items_stay_in_every_script(lang: str) -> None:
    title, first, *rest = NEWS[lang]
    others = [line for other in ("ko", "he", "uk", "pl") for line in NEWS[other][1:3]] if lang == "zh" else rest * 2
    items = tuple((f"{title[:12]} {n}", f"{line} {n}") for n, line in enumerate((*others, *others)[:4]))
    page = read(html(title=title, lines=(first,), after=listicle(HEADS["another site"], items=items), lang=lang))
    for _, text in items:
        assert text in page.text


STEPS = "".join(f"<li>Step {n}: {text}</li>" for n, (_, text) in enumerate(ITEMS, 1))


@pytest.mark.parametrize(
    "part",
    [
        f'<article class="recipe__instructions"><h2>Instructions</h2><ol>{STEPS}</ol></article>',
        f'<article><h2>How to get there</h2>{paragraphs([t for _, t in ITEMS])}</article>',
        f'<article class="steps"><div><h2>What to see</h2></div><ul>{STEPS}</ul></article>',
        f'<article id="method"><h2>Method</h2>{paragraphs([t for _, t in ITEMS])}</article>',
        f'<article class="faq"><h2>What readers ask</h2><dl>{"".join(f"<dt>{a}?</dt><dd>{t}</dd>" for a, t in ITEMS)}</dl></article>',
        f'<article class="box"><h2>السؤال</h2>{paragraphs([t for _, t in ITEMS])}</article>',
    ],
)  # fmt: skip
def test_a_part_of_the_article_that_is_marked_as_an_article_stays(part: str) -> None:
    body = f"<main><article><h1>Ferry line</h1>{paragraphs(PARAGRAPHS)}</article>{part}</main>"
    page = read(f"<html><head><title>Ferry line</title></head><body>{body}</body></html>")
    for _, text in ITEMS:
        assert text in page.text


def test_another_story_below_goes_as_before() -> None:
    other = f'<article><h2><a href="/x/1">Second bridge will not be built</a></h2><p>{ITEMS[0][1] * 3}</p></article>'
    dated = f'<article><h2>Second bridge will not be built</h2><time datetime="2024-05-01">1 May</time><p>{ITEMS[1][1] * 3}</p></article>'
    body = f"<main><article><h1>Ferry line</h1>{paragraphs(PARAGRAPHS)}</article>{other}{dated}</main>"
    page = read(f"<html><head><title>Ferry line</title></head><body>{body}</body></html>")
    assert ITEMS[0][1] not in page.text
    assert ITEMS[1][1] not in page.text


def test_rows_of_cards_go_as_before() -> None:
    row = "".join(
        f'<div class="c"><h3><a href="/x/{n}">{name} is closed</a></h3><p>{text[:48]}</p></div>'
        for n, (name, text) in enumerate(ITEMS)
    )
    page = read(html(after=row))
    assert page.text.split("\n") == list(PARAGRAPHS)
