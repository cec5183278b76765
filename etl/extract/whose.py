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
    r"publi|posted|post[-_]?(?:date|meta|info|footer|time)|entry[-_]|article[-_]?(?:date|meta|info|time|head|foot)|story[-_]?(?:date|meta|info)|byline|dateline|submitted|pubdate|"
    r"date[-_]?(?:published|created)|timestamp|meta[-_]?date|(?:article|post|story|entry|blog)[-_][a-z-]{1,20}date"
)
names_own = kept(lambda names: _OWN_NAME.search(names) is not None)
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
        or _is_in_sentence(element)
        or _is_of_player(element)
        or _is_left_behind(element, signals)
    )


def is_told_of_another(element: HtmlElement, signals: Signals) -> bool:
    """Whether a line with a date between headline and text is a teaser's, a player's or part of a sentence."""
    return is_in_teaser(element, signals) or _is_in_sentence(element) or _is_of_player(element)


def is_of_another(element: HtmlElement, signals: Signals, *, is_named: bool) -> bool:
    """The same of any element once the whole page is read: also of sentences, and of what leads to other sites.

    `is_named` says that the element names itself the article's date: then it may stand beside a link to the next story.
    """
    return (
        _is_of_comments_or_lists(element)
        or _is_in_sentence(element)
        or (not is_named and _is_in_foot(element))
        or _is_of_player(element)
        or (not is_named and is_in_teaser(element, signals))
        or _leads_away(element, signals)
    )


def _is_in_sentence(element: HtmlElement) -> bool:
    """Whether it stands within a sentence of the text: the day that is told there is one of the story."""
    for node in (element, *ancestors(element, 4)):
        if names_own(classes(node)):
            return False
        if node.tag in ("p", "li", "td", "blockquote", "dd"):
            text = text_of(node)
            is_long = len(text) > _LINE_CHARS and len(_WORD.findall(text)) > _LINE_WORDS
            return node.tag != "td" and is_long and not _OPENING_DATE.match(text)
        if node.tag in _ENDS or node.tag == "article":
            return False
    return False


_LINE_CHARS, _LINE_WORDS = 90, 12  # a line of date, writer and place has fewer
_WORD = re.compile(r"[^\W\d_]{2,}")
# "31. Oktober 2023. Der Rat …", "Press release of 25 January 2022 | …": the line is set before the text.
_OPENING_DATE = re.compile(r"[^\d.!?]{0,40}\d[^|:–•!?]{4,24}?\d{4}\s?(?:[|–•)]|[.-]\s)")


def _is_in_foot(element: HtmlElement) -> bool:
    """Whether it stands in the site's menu or foot, or beside the weather in its head."""
    is_in_foot = False
    for parent in (element, *ancestors(element, 12)):
        if parent.tag == "article":
            return False  # whose own foot it is
        if parent.tag in ("main", "body"):
            break
        if parent.tag == "nav" or _names_chrome(classes(parent)):
            return True
        is_in_foot = is_in_foot or parent.tag == "footer"
    return is_in_foot


def _is_of_comments_or_lists(element: HtmlElement) -> bool:
    """Whether a box around it, in which no headline stands, is named for readers' comments or lists of stories."""
    for parent in (element, *ancestors(element, 14)):
        if parent.tag in _ENDS:
            return False
        if parent.tag == "figcaption":
            return True
        if _names_list(classes(parent)) and next(parent.iter("h1"), None) is None:
            return True
    return False


_LIST = re.compile(
    r"(?:^|[\s_-])(?:comments?(?!-(?:open|closed|off))(?:-?(?:list|area|body|author|section|meta|content))?|commentlist|respond|related\w*|recommend\w*|"
    r"most-?read|trending|popular|recent|latest|more-(?:from|on|stories)|carousel|site-?footer|page-?footer|replies|reviews?|discussion)(?:$|[\s_-])"
)
_names_list = kept(lambda names: _LIST.search(names) is not None)


def _leads_away(element: HtmlElement, signals: Signals) -> bool:
    """Whether it is the text of a link to another site, as dates of posts elsewhere are."""
    for link in (element, *ancestors(element, 2)):
        if link.tag == "a" and (link.get("href") or "").startswith("http"):
            try:
                return urlsplit(link.get("href") or "").hostname != urlsplit(signals.url).hostname
            except ValueError:
                return True
    return False


def _out_of_small_aside(element: HtmlElement) -> HtmlElement:
    """The element, or what stands around the <aside> that holds little beside it: some themes set the date into one."""
    for parent in ancestors(element, 3):
        if parent.tag == "aside" and is_within(parent, _ASIDE_CHARS):
            around = parent.getparent()
            return parent if around is None else around
    return element


_ASIDE_CHARS = 80


def _is_of_player(element: HtmlElement) -> bool:
    """Whether it stands in the small box of a video, a sound or a picture: the day of that, or how long it plays."""
    for parent in ancestors(element, 4):
        if parent.tag in _ENDS or parent.tag == "article" or not is_within(parent, _BOX_CHARS):
            return False
        if _names_player(classes(parent)) and next(parent.iter("h1"), None) is None:
            return True
    return False


_PLAYER = re.compile(
    r"(?:^|\s)(?:(?:inline|embed(?:ded)?|article)-?)?(?:video|player|podcast|audio|gallery)(?:-?(?:box|player|embed|item|teaser|info|card|wrap(?:per)?|container))?(?:$|\s)"
)
_names_player = kept(lambda names: _PLAYER.search(names) is not None)


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


def is_of_teasers_scope(element: HtmlElement, signals: Signals) -> bool:
    """Whether a property is of an item (microdata's itemscope) that is another story's teaser."""
    scope = next((e for e in ancestors(element, 8) if e.get("itemscope") is not None), None)
    if scope is None or not is_within(scope, _BOX_CHARS) or next(scope.iter("h1"), None) is not None:
        return False
    kinds = [_leads_to_a_story(link, signals) for link in scope.iter("a")]
    return True in kinds and False not in kinds


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
    named = any(names_own(classes(e)) for e in (element, *ancestors(element, 3)))
    return not (named or element.get("pubdate") is not None or element.get("itemprop"))
