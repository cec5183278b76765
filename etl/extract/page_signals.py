"""Collects a page's statements about itself in one walk; nothing is decided here."""

from __future__ import annotations

import re
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from etl.extract import eastern_lines, jsonld, whose
from etl.extract.byline_markup import (
    BYLINE_TAGS,
    WRITER_TAGS,
    may_tell_byline,
    names_writer,
    read_byline,
    read_profile_link,
    read_written_by,
)
from etl.extract.headings import names_headline, read_echo, read_h1, read_h2, read_headline
from etl.extract.other_entity import is_of_other_entity
from etl.extract.signals import Signals, Time
from etl.extract.site import is_front
from etl.extract.tree import BLOCKS, absolute, ancestors, classes, is_within, names, text_of
from etl.normalize.text import one_line

_MAX_ELEMENTS = 400  # of one kind; a page with more is a list, and the first ones are its own
_MAX_VALUE = 20_000  # characters
_META_NAMES = ("property", "name", "itemprop", "http-equiv")
_SCRIPT_CHARS = 2_000_000
_STATE_CHARS = 400  # a shorter state holds no article


def collect(root: HtmlElement, url: str) -> Signals:
    """Read the whole page once."""
    signals = Signals(url=url, html_lang=root.get("lang") or root.get("xml:lang"), names=names(root))
    handlers = {
        "p": _paragraph,
        "meta": _meta, "link": _link, "script": _script, "title": _title, "h1": read_h1, "h2": read_h2, "time": _time, "abbr": _abbr, "a": _anchor,
    }  # fmt: skip
    in_header = True
    for element in root.iter(*_READ_TAGS):
        tag = cast("str", element.tag)
        if (handler := handlers.get(tag)) is not None:
            handler(element, signals)
        if tag in BYLINE_TAGS and (((own := classes(element)) and names_writer(own)) or tag in WRITER_TAGS):
            read_byline(element, own, signals)
        if tag in _LINE_TAGS and (text := element.text) and len(text) < _MAX_LINE and may_tell_byline(text):
            read_written_by(element, signals)
        if not signals.h1s and tag in _HEADLINE_TAGS and (own := classes(element)) and names_headline(own):
            read_headline(element, own, signals)
        if in_header and tag in _LINE_TAGS and (signals.h1s or signals.h2s or signals.headlines):
            in_header = signals.paragraphs < 2 and signals.header_tries < _MAX_TRIES
            if in_header:
                _header_line(element, signals)
    for element in cast("list[HtmlElement]", _WITH_PROPERTY(root)):
        if element.tag not in ("meta", "link"):
            _prop(element, signals)
    for element in cast("list[HtmlElement]", _WITH_RDFA(root)):
        _rdfa(element, signals)
    titles = [t for t in (signals.first("og:title"), signals.title_tag, *(t for t, _ in signals.h1s)) if t]
    signals.article = jsonld.article_of(signals.nodes, url=signals.canonical or url, titles=titles)
    read_echo(root, signals)
    read_echo(root, signals)
    if eastern_lines.is_eastern(signals):
        eastern_lines.read_lines(root, signals)
    return signals


_MAX_TRIES = 200
_HEADLINE_TAGS = frozenset(("h3", "h4", "div", "p", "span", "strong"))
_WITH_PROPERTY = etree.XPath("descendant-or-self::*[@itemprop]")
_WITH_RDFA = etree.XPath("descendant-or-self::*[@property and @content and not(self::meta)]")


def _add(where: dict[str, list[str]], key: str, value: str | None) -> None:
    if value and (value := value.strip()) and len(values := where.setdefault(key, [])) < 60 and value not in values:
        values.append(value[:_MAX_VALUE])


def _meta(element: HtmlElement, signals: Signals) -> None:
    content = element.get("content") or element.get("value")
    if not content:
        return
    for attribute in _META_NAMES:
        name = element.get(attribute)
        if not name:
            continue
        if attribute == "itemprop":
            key = name.strip().casefold()
            is_value = key.startswith("date") or key == "author"
            if not is_of_other_entity(element) and not (is_value and whose.is_of_teasers_scope(element, signals)):
                _add(signals.props, key, content)
        else:
            _add(signals.metas, name.strip().casefold(), content)


def _link(element: HtmlElement, signals: Signals) -> None:
    rel = (element.get("rel") or "").casefold().split()
    href = (element.get("href") or "").strip()
    if not href:
        return
    if "canonical" in rel and signals.canonical is None:
        target = absolute(signals.url, href)
        # A theme that names the front page on every page says nothing of this one.
        signals.canonical = None if target and is_front(target) and not is_front(signals.url) else target
    elif "amphtml" in rel and signals.amp is None:
        signals.amp = absolute(signals.url, href)


def _script(element: HtmlElement, signals: Signals) -> None:
    kind = (element.get("type") or "").casefold()
    body = element.text
    if not body:
        return
    if "ld+json" in kind:
        signals.nodes += jsonld.read(body[:_SCRIPT_CHARS])
    elif len(body) > _STATE_CHARS:  # parsed only for the few pages whose markup has no text
        signals.states.append(body[:_SCRIPT_CHARS])


def _title(element: HtmlElement, signals: Signals) -> None:
    if signals.title_tag is None and next(element.iterancestors("svg"), None) is None:
        signals.title_tag = text_of(element) or None


_LINE_TAGS = frozenset(
    (
        "p",
        "div",
        "span",
        "em",
        "i",
        "strong",
        "b",
        "small",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "td",
        "address",
        "time",
        "cite",
        "font",
        "center",
        "dd",
        "dt",
    )
)
_READ_TAGS = tuple(
    {"p", "meta", "link", "script", "title", "h1", "h2", "time", "abbr", "a", "byline"} | BYLINE_TAGS | _LINE_TAGS
)
_MAX_LINE = 140


def _header_line(element: HtmlElement, signals: Signals) -> None:
    """A short line below the headline: date, byline, section, as themes without classes write them."""
    signals.header_tries += 1
    if any(child.tag in BLOCKS for child in element):
        text = one_line(element.text or "")  # loose before the first block, as old themes leave it
    elif is_within(element, _MAX_LINE + 60):
        text = text_of(element)
    else:
        return
    if not 2 < len(text) < _MAX_LINE or text in signals.header_lines[-3:] or is_of_other_entity(element):
        return
    if not any(c.isdigit() for c in text) or not whose.is_told_of_another(element, signals):
        signals.header_lines.append(text)


def _paragraph(element: HtmlElement, signals: Signals) -> None:
    if (
        (signals.h1s or signals.h2s)
        and signals.paragraphs < 9
        and len(element.text or "") + sum(len(c.tail or "") for c in element) > 80
    ):
        signals.paragraphs += 1


def _time(element: HtmlElement, signals: Signals) -> None:
    if len(signals.times) < _MAX_ELEMENTS:
        hints = " ".join(
            [classes(a) for a in (element, *ancestors(element, 4))]
            + [a.tag for a in ancestors(element, 12) if a.tag in ("aside", "footer", "nav", "li", "header")]
            + [(element.get("itemprop") or "").casefold(), "pubdate" if element.get("pubdate") is not None else ""]
        )
        signals.times.append(
            Time(
                value=(element.get("datetime") or element.get("content") or "").strip(),
                text=text_of(element),
                hints=hints,
                label=_label_before(element),
                is_anothers=whose.is_anothers(element, signals),
            )
        )


def _label_before(element: HtmlElement) -> str:
    """The last words before the element in its line."""
    for node in (element, *ancestors(element, 2)):
        previous = node.getprevious()
        parent = node.getparent()
        text = node_text if (previous is not None and (node_text := previous.tail or "").strip()) else ""
        if not text and previous is not None and previous.tag not in ("time", "br"):
            text = text_of(previous)
        if not text and previous is None and parent is not None:
            text = parent.text or ""
        if text.strip():
            return one_line(text)[-_MAX_LABEL:]
        if previous is not None or node.tag in ("p", "li", "dd"):
            return ""
    return ""


_MAX_LABEL = 60


def _abbr(element: HtmlElement, signals: Signals) -> None:
    """A date as microformats write it: the instant in the title of an abbreviation (https://microformats.org/wiki/hentry)."""
    title = (element.get("title") or "").strip()
    if len(signals.times) >= _MAX_ELEMENTS or not title[:4].isdigit() or is_of_other_entity(element):
        return
    # Its own name says what it is, also in a post's footer, where some systems set the dateline.
    if _DATE_CLASS.search(classes(element)):
        signals.times.append(
            Time(
                value=title,
                text=text_of(element),
                hints=classes(element),
                is_anothers=whose.is_in_teaser(element, signals),
            )
        )


_DATE_CLASS = re.compile(r"\b(?:published|updated|dt(?:start|-published|-updated)|timeago|date)\b")


def _prop(element: HtmlElement, signals: Signals) -> None:
    name = (element.get("itemprop") or "").strip().casefold()
    if not name or name in ("articlebody", "text") or is_of_other_entity(element):
        return
    for part in name.split():
        if part.startswith("date") and whose.is_in_teaser(element, signals):
            continue
        if part == "author" and element.get("itemscope") is not None:
            named = next((e for e in element.iter() if (e.get("itemprop") or "").casefold() == "name"), None)
            if named is not None:
                _add(signals.props, part, named.get("content") or text_of(named))
                continue
        stated = element.get("content") or element.get("datetime")
        if not stated and element.tag == "abbr":  # hAtom, as Blogger writes it: the instant stands in the title
            stated = element.get("title")
        _add(signals.props, part, (stated or text_of(element, border=" | " if part == "author" else " "))[:600])


def _rdfa(element: HtmlElement, signals: Signals) -> None:
    """The instant that Drupal's RDFa states beside a written date: property="schema:dateCreated" content="2024-..."."""
    content = element.get("content")
    if content and not is_of_other_entity(element):
        for name in (element.get("property") or "").casefold().split():
            if (part := _RDFA_DATES.get(name)) is not None:
                _add(signals.props, part, content)


_RDFA_DATES = {
    "schema:datecreated": "datecreated",
    "schema:datepublished": "datepublished",
    "dc:created": "datecreated",
    "dcterms:created": "datecreated",
}


def _anchor(element: HtmlElement, signals: Signals) -> None:
    rel = (element.get("rel") or "").casefold().split()
    href = element.get("href") or ""
    if "author" not in rel:
        read_profile_link(element, href, signals)
    if "tag" in rel and len(signals.tags) < 60:
        if not is_of_other_entity(element) and (text := text_of(element)):
            signals.tags.append(text)
    elif "author" in rel and not is_of_other_entity(element):
        signals.signers.append(text_of(element))
    elif (
        (
            _TAG_HREF.search(href)
            and len(signals.tags) < 60
            and _TAG_BOX.search(" ".join(classes(a) for a in (element, *ancestors(element, 3))))
        )
        and not is_of_other_entity(element)
        and (text := text_of(element))
        and len(text) < 60
    ):
        signals.tags.append(text)


_TAG_HREF = re.compile(
    r"/(?:tags?|topics?|themen?|thema|tema|temas|keyword|etiqueta|etiketler?|sujets?|label|tagged|argomenti)/", re.I
)
_TAG_BOX = re.compile(
    r"\btags?\b|tag[-_]|[-_]tags?\b|topics?|keywords?|etiquet|themen|(?<![\w-])labels?(?![\w-])|(?:post|entry|article)-labels?"
)
