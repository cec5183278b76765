"""Elements that name a writer by class, id or tag."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from etl.extract.other_entity import is_of_other_entity
from etl.extract.signals import BylineElement, Signals
from etl.extract.tree import ancestors, classes, is_within, kept, text_of
from etl.extract.whose import is_in_teaser
from etl.normalize import authors

BYLINE_TAGS = frozenset(
    (
        "a",
        "span",
        "div",
        "p",
        "li",
        "address",
        "byline",
        "cite",
        "strong",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "b",
        "em",
        "dd",
        "td",
        "small",
        "aside",
    )
)
WRITER_TAGS = frozenset(("address", "byline"))  # by their names
# Apart from whole words: `re` skips ahead only where each choice begins with a letter of its own.
_BYLINE = re.compile(
    r"by-?line|author|autor(?!i[zs])|auteur|autore\b|verfasser|redakteur|redacteur|writer|reporter|vcard|penulis|yazar\b|creator\b|contributor|"
    r"signature|username|field--name-uid|posted-?by|written-?by|journalist|columnist|itemposter"
)
_BYLINE_WORD = re.compile(r"\b(?:fn|byl|submitted|by)\b")
_TOPIC_HREF = re.compile(
    r"/(?:category|categories|tag|tags|topic|thema|themen|rubrik|kategorie|ressort|section|#)/|/#|#comment|#respond|mailto:",
    re.I,
)
_NOT_BYLINE = re.compile(
    r"bio|avatar|image|img|photo|desc|social|follow|about|comment|count|icon|e-?mail|twitter|thumb|related|authori[sz]|authors-list"
)
_MAX_BYLINE = 160


@kept
def names_writer(names: str) -> bool:
    """Whether a class and id say that the element is a byline."""
    return _is_byline(names) and any(_is_byline(name) and not _NOT_BYLINE.search(name) for name in names.split())


def _is_byline(names: str) -> bool:
    return _BYLINE.search(names) is not None or _BYLINE_WORD.search(names) is not None


def read_byline(element: HtmlElement, own: str, signals: Signals) -> None:
    """Keep the names of an element that says by `own`, its class and id, or by its tag that it is a byline."""
    named = element.tag == "byline" or names_writer(own)
    # <address> is the contact of the nearest article: its writer, by the HTML standard.
    semantic = signals.paragraphs < 2 and next(element.iterancestors("article"), None) is not None
    if len(signals.bylines) >= 40 or not (named or semantic) or not is_within(element, 2 * _MAX_BYLINE):
        return
    text = text_of(element, border=" | ")
    around = element.getparent() if element.tag == "aside" else element  # some themes set the byline into one
    if not 1 < len(text) < _MAX_BYLINE or (around is not None and is_of_other_entity(around)) or _is_quoted(element):
        return
    if signals.paragraphs >= 2 and is_in_teaser(element, signals, reach=_BYLINE_REACH):
        return
    # The links of a byline are the names; around them stand dates, roles and shares.
    links = _formatted_names(element) or tuple(
        t
        for t in (text_of(a) for a in element.iter("a") if not _TOPIC_HREF.search(a.get("href") or ""))
        if 1 < len(t) < 60 and not authors.is_control(t)
    )
    parent = element.getparent()
    box = parent.getparent() if parent is not None and parent.getparent() is not None else parent
    signals.bylines.append(
        BylineElement(
            names=links or (text,),
            group=own,
            box=signals.boxes.setdefault(box, len(signals.boxes)),
            after_headline=bool(signals.h1s),
            before_text=signals.paragraphs < 2,
        )
    )


def _is_quoted(element: HtmlElement) -> bool:
    """Whether the element names a speaker or photographer rather than the writer: in a quotation or under a picture."""
    for parent in ancestors(element, 6):
        if parent.tag in ("blockquote", "q", "figure", "figcaption") or _names_quote(classes(parent)):
            return True
        if parent.tag in ("article", "main", "body"):
            break
    return False


_QUOTE = re.compile(r"(?:^|[\s_-])(?:(?:pull-?)?quote|blockquote|testimonial|zitat|citation|cita|review)s?(?:$|[\s_-])")
_names_quote = kept(lambda names: _QUOTE.search(names) is not None)
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:es|en|i|ka)?|auteurs?|autore|by|profiles?|profil|people|staff|team|reporters?|toireporter|journalists?|journalistes?|redakteure?|columnists?|columnistas?|"
    r"contributors?|writers?|yazar(?:lar)?|penulis|medarbejder|skribent|forfatter|kirjoittaja|avtor|avtory|person)/[^/?#]{3,}",
    re.I,
)


_PROFILE_LINE = 140
_BYLINE_REACH = 3


def read_profile_link(element: HtmlElement, href: str, signals: Signals) -> None:
    """Keep the text of a link to a writer's page that stands between headline and text."""
    if not signals.h1s or signals.paragraphs >= 2 or len(signals.profiles) >= 6 or not _PROFILE.search(href):
        return
    around = element.getparent()
    if around is None or not is_within(around, _PROFILE_LINE) or "creativecommons" in href:
        return  # a link in prose leads to a person that the article mentions
    text = text_of(element)
    if (
        3 < len(text) < 60
        and " " in text
        and not is_of_other_entity(element)
        and not _is_quoted(element)
        and not is_in_teaser(element, signals)
    ):
        signals.profiles.append(text)


def may_tell_byline(text: str) -> bool:
    """Whether a text begins with a letter that one of "Written by" and its like does: most do not, and this is cheap."""
    return text.lstrip()[:1].lower() in _FIRST_LETTERS


_FIRST_LETTERS = frozenset("wtsargvéenkníyаатבমdílbpললन") - {""}


def read_written_by(element: HtmlElement, signals: Signals) -> None:
    """Keep a short line anywhere on the page that begins with "Written by" and its like."""
    if len(signals.written_by) >= 4 or not _WRITTEN_BY.match(element.text or "") or not is_within(element, _MAX_BYLINE):
        return
    if not is_of_other_entity(element) and not _is_quoted(element) and not is_in_teaser(element, signals, reach=3):
        signals.written_by.append(text_of(element, border=" | "))


_WRITTEN_BY = re.compile(
    r"\s*(?:written by|words by|text by|story by|article by|reported by|geschrieben von|verfasst von|ein beitrag von|écrit par|rédigé par|escrito por|redactado por|scritto da|a cura di|"
    r"geschreven door|skriven av|skrevet a[fv]|kirjoittanut|napisał[a]?|napsala?|írta|scris de|yazan|автор(?: статьи| текста)?\s*:|текст\s*:|بقلم|مאת|ditulis oleh|tác giả\s*:|লেখক\s*:|नाम\s*:)"
    # A line that is nothing but "By" and a full name.
    r"|\s*(?-i:By|BY|Von|Par|Por|Door|Av|Af)\s(?-i:[^\W\d_a-zß-ÿ])[\w.’'-]*(?:\s(?-i:[^\W\d_a-zß-ÿ])[\w.’'-]*){1,3}\s*$",
    re.I,
)


def _formatted_names(element: HtmlElement) -> tuple[str, ...]:
    """The names that microformats mark as such within a card (https://microformats.org/wiki/hcard)."""
    found = (text_of(e) for e in element.iter("span", "b", "strong", "a") if "fn" in (e.get("class") or "").split())
    return tuple(name for name in found if 1 < len(name) < 60)
