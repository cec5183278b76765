"""Reads a page's headlines: without their kickers, and apart from the site's own name."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from etl.extract.other_entity import is_of_other_entity
from etl.extract.signals import Signals
from etl.extract.tree import absolute, ancestors, classes, is_within, kept, text_of
from etl.normalize.text import folded


def read_h1(element: HtmlElement, signals: Signals) -> None:
    """Keep a main headline, or the site's name marked up as one, but no heading of a part of the text."""
    if len(signals.h1s) >= 20 or (signals.h1s and signals.paragraphs and _heads_a_part(element)):
        return
    hints = " ".join(classes(a) for a in (element, *ancestors(element, 3)))
    if _is_site_mark(element, hints, signals.url):
        signals.site_marks.append(text_of(element))
    elif text := _without_kicker(element):
        if not signals.h1s:
            signals.lines_above += _lines_above(element)
        signals.h1s.append((text, hints))
        signals.h1_texts.append(text_of(element))


def _heads_a_part(headline: HtmlElement) -> bool:
    """Whether another main headline stands before it in the same box, with a paragraph in between."""
    above = next(headline.itersiblings("h1", "p", preceding=True), None)
    return (
        above is not None and above.tag == "p" and next(headline.itersiblings("h1", preceding=True), None) is not None
    )


def _lines_above(element: HtmlElement) -> list[str]:
    """Short lines with digits in what stands right over the headline, as some themes set the date there."""
    lines: list[str] = []
    for node in (element, *ancestors(element, 2)):
        for above in list(node.itersiblings(preceding=True))[:2]:
            if not isinstance(above.tag, str) or above.tag in _CHROME or not is_within(above, _ABOVE_CHARS):
                continue
            if next(above.iter("nav", "form", "ul"), None) is None:
                lines += [p for p in text_of(above, border="\n").split("\n") if any(c.isdigit() for c in p)]
        if node.tag in ("article", "main", "body"):
            break
    return lines[:4]


_ABOVE_CHARS = 160
_CHROME = frozenset(("nav", "header", "aside", "form", "script", "style"))


def read_h2(element: HtmlElement, signals: Signals) -> None:
    """Keep a second headline: some themes have no other."""
    if len(signals.h2s) < 40 and (text := _without_kicker(element)):
        signals.h2s.append((text, classes(element)))


_TITLE_CLASS = re.compile(
    r"(?:entry|post|article|story|news|page|content)-?_?_?(?:title|headline|heading)|contentheading|headline"
)
names_headline = kept(lambda names: _TITLE_CLASS.search(names) is not None)
_NOT_HEADLINE = re.compile(r"sub-?(?:head|title)|related|teaser|list|card|widget|sidebar|secondary|section")


def read_headline(element: HtmlElement, own: str, signals: Signals) -> None:
    """Keep a headline that is no h1 or h2, by its class: `h3.post-title`, `div.headline`."""
    if (
        len(signals.headlines) >= 6
        or signals.h1s
        or _NOT_HEADLINE.search(own)
        or not is_within(element, _HEADLINE_CHARS)
    ):
        return
    if (text := _without_kicker(element)) and not is_of_other_entity(element):
        signals.headlines.append(text)


_HEADLINE_CHARS = 300


def read_echo(root: HtmlElement, signals: Signals) -> None:
    """Keep a text of the page that is the title up to the site's name behind it: a headline by its place, where markup and
    class say nothing ("<div>Night ferry stays</div>" under "Night ferry stays - Tolverne Courier")."""
    wanted = {
        folded(rest) for title in (signals.title_tag, signals.first("og:title")) if title for rest in _fronts(title)
    }
    body = root.find("body")
    if not wanted or body is None or any(folded(text) in wanted for text, _ in signals.h1s):
        return
    for element in islice(body.iter(*_ECHOES), _MOST_ECHOES):
        text = element.text or ""
        is_whole = text.strip() and is_within(element, _HEADLINE_CHARS) and folded(text_of(element)) in wanted
        if is_whole and not is_of_other_entity(element):
            signals.echoes.append(text_of(element))
            return


_ECHOES = ("h3", "h4", "h5", "div", "p", "span", "font", "b", "strong", "td", "center", "big")
_MOST_ECHOES = 600


def _fronts(title: str) -> list[str]:
    """What stands before each sign that can part a title from the site's name."""
    fronts = (title[: cut.start()].strip() for cut in _PARTING.finditer(title))
    return [front for front in fronts if len(front.split()) > 2 or len(front) > _LONG]


_PARTING = re.compile(r"\s[-–—|·•»:]+\s|[|｜_»]|(?<=[^\W\d_])\s[-–—]|[-–—：]")
_LONG = 9  # characters of a headline in scripts that part no words


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
    """The headline's text without the line above it that themes put into the same element, labels, badges and buttons."""
    text = text_of(element)
    for part in element.iterdescendants():
        if not isinstance(part.tag, str):
            continue
        names = (part.get("class") or "").casefold()
        kicker = bool(_KICKER.search(names))
        is_hidden = part.get("hidden") is not None or "display:none" in (part.get("style") or "").replace(" ", "")
        if not (kicker or is_hidden or part.tag in _CONTROLS or _HIDDEN.search(names)):
            continue
        extra = text_of(part)
        if not extra or len(extra) >= 0.7 * len(text):
            continue
        if text.startswith(extra):
            text = text[len(extra) :].lstrip(" :|–-")
        elif text.endswith(extra) and len(extra) < _BADGE_CHARS:
            text = text[: -len(extra)].rstrip(" :|–-")
        if kicker:
            return text
    return text


_CONTROLS = frozenset(("button", "svg", "sup", "time"))
_HIDDEN = re.compile(
    r"\b(?:sr-only|visually-?hidden|screen-reader(?:-text)?|assistive-text|hidden|badge|label|icon|permalink|anchor|headerlink|edit-?section)\b"
)
_BADGE_CHARS = 24
