"""Decides what a date on the page belongs to, by its place: the article, another story, a comment or the site's header."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from etl.extract.other_entity import is_of_other_entity
from etl.extract.signals import Signals
from etl.extract.tree import absolute, ancestors, classes, is_within, kept, text_of
from etl.normalize.text import folded

_BOX_CHARS = 500  # a teaser has fewer; a larger box is the article or a column
_TITLE_CHARS = 20  # of a link that is another story's headline: shorter ones are writers, sections, controls
_DENSE_TITLE_CHARS = 8  # the same in scripts without spaces
_DENSE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NO_STORY = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|autore|profil\w*|people|person|users?|members?|staff|team|by|reporters?|journalists?|writers?|"
    r"category|categories|tags?|topics?|thema|themen|rubrik|kategorie|ressort|section|archives?|search)(?:/|$)|^(?:mailto|javascript|tel):",
    re.I,
)
_ENDS = frozenset(("body", "html", "main"))
_OWN_NAME = re.compile(
    r"publi|posted|post-?(?:date|meta|info|footer|time)|entry-|article-?(?:date|meta|info|time|head|foot)|story-?(?:date|meta|info)|byline|dateline|submitted|pubdate|"
    r"date-?(?:published|created)|timestamp|meta-?date"
)
_names_own = kept(lambda names: _OWN_NAME.search(names) is not None)
_CHROME = re.compile(
    r"top-?bar|mast-?head|site-?header|nav-?bar|current-?(?:date|time)|today|clock|weather|header-?date"
)
_names_chrome = kept(lambda names: _CHROME.search(names) is not None)
_MUCH_TEXT = 3  # long paragraphs after the headline


def is_anothers(element: HtmlElement, signals: Signals) -> bool:
    """Whether a date in this element is not the article's own."""
    return (
        is_of_other_entity(_out_of_small_aside(element))
        or is_of_chrome(element, signals)
        or is_in_teaser(element, signals)
        or _is_left_behind(element, signals)
    )


def _out_of_small_aside(element: HtmlElement) -> HtmlElement:
    """The element, or what stands around the <aside> that holds little beside it: some themes set the date into one."""
    for parent in ancestors(element, 3):
        if parent.tag == "aside" and is_within(parent, _ASIDE_CHARS):
            around = parent.getparent()
            return parent if around is None else around
    return element


_ASIDE_CHARS = 80


def is_of_chrome(element: HtmlElement, signals: Signals) -> bool:
    """Whether it is in the site's header, above the headline: today's date, a clock, the weather."""
    if signals.h1s:
        return False
    for parent in ancestors(element, 12):
        if parent.tag in ("article", "main", "body"):
            return False
        if parent.tag == "nav" or _names_chrome(classes(parent)):
            return True
        if parent.tag == "header":
            return next(parent.iter("h1", "h2"), None) is None
    return False


def is_in_teaser(element: HtmlElement, signals: Signals, *, reach: int = 8) -> bool:
    """Whether it stands in a small box with a link to another story of the site, or within such a link.

    `reach` is how many elements up such a box may be.
    """
    for parent in (element, *ancestors(element, reach)):
        if parent.tag in _ENDS or (parent is not element and next(parent.iter("h1"), None) is not None):
            return False
        if not is_within(parent, _BOX_CHARS):
            return False
        kinds = [_leads_to_a_story(link, signals) for link in ([parent] if parent.tag == "a" else parent.iter("a"))]
        if any(kind is False for kind in kinds):
            return False  # the article's own headline stands there
        if any(kinds):
            return True
    return False


def _leads_to_a_story(link: HtmlElement, signals: Signals) -> bool | None:
    """Whether a link is another story's headline; False for the article's own, None for a link of another kind."""
    href = (link.get("href") or "").strip()
    rel = (link.get("rel") or "").casefold().split()
    if not href or href.startswith("#") or _NO_STORY.search(href) or not {"author", "tag", "category"}.isdisjoint(rel):
        return None
    target = absolute(signals.url, href)
    if target is None:
        return None
    try:
        other, own = urlsplit(target), urlsplit(signals.url)
    except ValueError:
        return None
    if other.hostname != own.hostname:
        return None
    if other.path.rstrip("/") == own.path.rstrip("/") and own.path != "/":
        return False
    text = text_of(link)
    if len(text) < (_DENSE_TITLE_CHARS if _DENSE.search(text) else _TITLE_CHARS):
        return None
    told, title = folded(text), folded(f"{signals.title_tag or ''} {signals.first('og:title') or ''}")
    if told in title or any(len(part) > _TITLE_CHARS and part in told for part in _titles(signals)):
        return False
    is_of_section = other.path in ("", "/") or own.path.startswith(f"{other.path.rstrip('/')}/")
    return None if is_of_section else True


def _titles(signals: Signals) -> list[str]:
    return [folded(t) for t in (signals.first("og:title"), *(t for t, _ in signals.h1s[:2])) if t]


def _is_left_behind(element: HtmlElement, signals: Signals) -> bool:
    """Whether it stands after much of the text without a name that says it is the article's: a comment's, a list's."""
    if signals.paragraphs < _MUCH_TEXT:
        return False
    named = any(_names_own(classes(e)) for e in (element, *ancestors(element, 3)))
    return not (named or element.get("pubdate") is not None or element.get("itemprop"))
