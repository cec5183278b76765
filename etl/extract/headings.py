"""Headlines as they stand on a page: without their kickers, and the site's own name told from them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from etl.extract.signals import Signals
from etl.extract.tree import absolute, ancestors, classes, text_of


def read_h1(element: HtmlElement, found: Signals) -> None:
    """Keep a main headline, or the site's name that stands as one."""
    if len(found.h1s) >= 20:
        return
    hints = " ".join(classes(a) for a in (element, *ancestors(element, 3)))
    if _is_site_mark(element, hints, found.url):
        found.site_marks.append(text_of(element))
    elif text := _without_kicker(element):
        found.h1s.append((text, hints))
        found.h1_texts.append(text_of(element))


def read_h2(element: HtmlElement, found: Signals) -> None:
    """Keep a second headline: some themes have no other."""
    if len(found.h2s) < 40 and (text := _without_kicker(element)):
        found.h2s.append((text, classes(element)))


def _is_site_mark(element: HtmlElement, hints: str, url: str) -> bool:
    """Whether a headline is the site's name: a logo, or a link to the front page."""
    if _SITE_MARK.search(classes(element)):
        return True
    links = list(element.iter("a")) or list(element.iterancestors("a"))
    if len(links) != 1:
        return False
    target = absolute(url, links[0].get("href") or "")
    if target is None:
        return False
    try:
        front, own = urlsplit(target), urlsplit(url)
    except ValueError:  # brackets that are no IPv6 address
        return False
    return front.path in ("", "/") and not front.query and own.path not in ("", "/")


_SITE_MARK = re.compile(r"\b(?:site-?title|site-?name|blog-?title|logo|branding|brand|masthead|site-?branding)\b")
_KICKER = re.compile(
    r"kicker|topline|top-line|overline|over-line|dachzeile|roofline|roof-line|vorspann|rubrik|spitzmarke|eyebrow|pretitle|pre-title|supertitle|surtitre|antetitulo|catenaccio|headline-?prefix|label|badge|category|section-?name"
)


def _without_kicker(element: HtmlElement) -> str:
    """The headline's text without the line above it that themes put into the same element."""
    text = text_of(element)
    for part in element.iterdescendants():
        if isinstance(part.tag, str) and _KICKER.search((part.get("class") or "").casefold()):
            kicker = text_of(part)
            if kicker and len(kicker) < 0.7 * len(text) and text.startswith(kicker):
                return text[len(kicker) :].lstrip(" :|–-")
    return text
