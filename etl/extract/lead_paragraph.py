"""The first paragraph that extraction lost: themes set it apart from the body, between headline and picture."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from etl.extract.tree import BLOCKS, classes, text_of
from etl.normalize.text import folded

# What themes and publishers call it.
_LEAD = re.compile(
    r"(?:^|[\s_-])(?:lead|lede|intro|introduction|ingress|standfirst|stand-first|dek|deck|chapo|chapeau|entradilla|bajada|vorspann|anreisser|"
    r"sapo|perex|anons|leadtext|lead-?text|sub-?headline|sub-?title|subhead|sub-?heading|summary|excerpt|abstract|description|sommario|occhiello|"
    r"article-?lead|article-?intro|spot|olho|gravatinha|linha-?fina|catenaccio)(?:$|[\s_-])|(?:article|post|entry|story|content)(?:__|--?)?(?:lead|intro|summary|dek|excerpt|standfirst|subtitle|teaser|description|abstract)"
)
_MIN_CHARS = 40
_MAX_CHARS = 900
_SENTENCE_END = '.!?…。！？؟।»”"'
_LOOK_AT = 6000  # elements before the body's first paragraph


def find(root: HtmlElement, text: str, descriptions: Iterable[str], titles: Iterable[str]) -> str | None:
    """The lead paragraph to put before `text`, or None when it is already there or not on the page.

    A block counts as the lead when it equals the page's description, or has a class that themes give to leads.
    """
    starts = tuple(line[:60] for line in text.split("\n")[:8] if len(line) >= _MIN_CHARS)[:3]
    wanted = [d for d in (folded(d) for d in descriptions) if len(d) >= _MIN_CHARS]
    barred = {folded(t) for t in titles}
    have = folded(text[:4000])
    named: str | None = None
    for n, element in enumerate(_between(root)):
        if n > _LOOK_AT:
            break
        own = text_of(element)
        if own.startswith(starts):
            return named
        if not _MIN_CHARS <= len(own) <= _MAX_CHARS:
            continue
        key = folded(own)
        if key in barred or key[:200] in have:
            continue
        if any(key == d or (d.startswith(key) or key.startswith(d[:-4])) for d in wanted):
            return own
        if (
            named is None
            and own[-1:] in _SENTENCE_END
            and _LEAD.search(classes(element))
            and element.find(".//a") is None
        ):
            named = own
    return None  # the body was not reached, so a block with a lead's class may be anywhere on the page


def _between(root: HtmlElement) -> Iterable[HtmlElement]:
    """Innermost blocks (and spans that are the whole of one) from the first headline on."""
    seen_headline = False
    for element in root.iter():
        tag = element.tag
        if tag == "h1":
            seen_headline = True
        elif seen_headline and isinstance(tag, str) and tag in _LEAD_TAGS and not _holds_block(element):
            yield element


_LEAD_TAGS = frozenset(("p", "div", "h2", "h3", "span", "strong", "section", "li", "b", "em", "blockquote"))


def _holds_block(element: HtmlElement) -> bool:
    return any(child.tag in BLOCKS for child in element.iterdescendants() if isinstance(child.tag, str))
