"""Locates the article on the page: its paragraphs, and the smallest element that holds them.

Used to see whether an extraction is complete, to find what was lost, and to tell a list from an article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from etl.extract.tree import BLOCKS, classes, is_within, kept, text_of

_MIN_CHARS = 40  # shorter paragraphs are labels as often as text
_LINKED = 0.6  # share of link text above which a paragraph is a teaser
_CARD_CHARS = 700  # of a card with heading and summary
_LINK_CHARS = 15
_HELD = 0.8  # share of the paragraphs' text that the container has to hold
# Boxes whose paragraphs are none of the article's.
APART = re.compile(
    r"comment(?!ary)|disqus|related|recommend|recirc|newsletter|sidebar|side-bar|footer|\bnav\b|navigation|cookie|consent|teaser|promo|"
    r"most-?read|trending|signup|sign-up|outbrain|taboola|widget|author-?bio|about-?author|modal|popup|overlay|banner|carousel|disclaimer"
)
_APART_TAGS = frozenset(
    ("aside", "footer", "nav", "form", "figure", "figcaption", "header", "dialog", "menu", "button")
)


names_apart = kept(lambda names: APART.search(names) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph of prose, or an item of a list that holds as much."""

    element: HtmlElement
    text: str


def paragraphs(root: HtmlElement) -> list[Paragraph]:
    """The page's prose paragraphs in order, those within boxes apart left out."""
    apart: dict[HtmlElement, bool] = {}
    found = []
    for element in root.iter("p", "li", "dd"):
        if element.tag != "p" and any(child.tag in BLOCKS for child in element):
            continue
        text = text_of(element)
        if len(text) < _MIN_CHARS or is_apart(element, apart):
            continue
        linked = sum(len(text_of(a)) for a in element.iter("a")) if element.find(".//a") is not None else 0
        if linked <= _LINKED * len(text) and not _is_teaser(element):
            found.append(Paragraph(element=element, text=text))
    return found


def _is_teaser(paragraph: HtmlElement) -> bool:
    """Whether the paragraph is a card's summary: within a link, or in a small box with a linked heading."""
    if next(paragraph.iterancestors("a"), None) is not None:
        return True
    # The first neighbour answers: counting them all is quadratic on a page of thousands of paragraphs.
    alone = (
        next(paragraph.itersiblings("p"), None) is None
        and next(paragraph.itersiblings("p", preceding=True), None) is None
    )
    for n, box in enumerate(paragraph.iterancestors()):
        if n >= 4 or box.tag in ("body", "article", "main") or not is_within(box, _CARD_CHARS):
            return False
        if any(has_linked_heading(h) for h in box.iter("h2", "h3", "h4", "h5", "h6")):
            return True
        if alone and any(
            len(text_of(a)) >= _LINK_CHARS and next(a.iterancestors("p"), None) is None for a in box.iter("a")
        ):
            return True
    return False


def has_linked_heading(heading: HtmlElement) -> bool:
    """Whether a heading is the link of a card: it holds a link or stands in one."""
    return heading.find(".//a") is not None or next(heading.iterancestors("a"), None) is not None


def is_apart(element: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    """Whether an ancestor is a box apart; `known` keeps answers for one walk over one page."""
    trail = []
    answer = False
    for parent in element.iterancestors():
        if parent in known:
            answer = known[parent]
            break
        trail.append(parent)
        if parent.tag in ("body", "html", "main", "article"):
            continue
        if parent.tag in _APART_TAGS or names_apart(classes(parent)):
            answer = True
            break
    for parent in trail:
        known[parent] = answer
    return answer


def holder(prose: list[Paragraph]) -> HtmlElement | None:
    """The smallest element that holds most of the prose."""
    total = sum(len(p.text) for p in prose)
    if not total:
        return None
    weights: dict[HtmlElement, int] = {}
    for paragraph in prose:
        for parent in paragraph.element.iterancestors():
            weights[parent] = weights.get(parent, 0) + len(paragraph.text)
    best = prose[0].element.getparent()
    enough = [e for e, weight in weights.items() if weight >= _HELD * total]
    # Among those, the lightest is the innermost; equal weights are a chain, whose deepest was entered first.
    return min(enough, key=lambda e: weights[e]) if enough else best


def coverage(text: str, prose: list[Paragraph]) -> float:
    """Share of the prose that is in the text; 1.0 when there is no prose."""
    total = sum(len(p.text) for p in prose)
    if not total:
        return 1.0
    have = set(text.split("\n"))
    return sum(len(p.text) for p in prose if p.text in have or p.text[:60] in text) / total
