"""What a page says of itself, collected in one walk over the tree; nothing is decided here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from etl.extract import jsonld
from etl.extract.tree import BLOCKS, ancestors, classes, is_within, text_of

_MAX_ELEMENTS = 400  # of one kind; a page with more is a list, and the first ones are its own
_MAX_VALUE = 20_000  # characters
_META_NAMES = ("property", "name", "itemprop", "http-equiv")
_SCRIPT_CHARS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A `<time>` or an element that carries a date in an attribute or by itemprop."""

    value: str  # machine form when given
    text: str
    hints: str  # own and parents' class, id, itemprop and pubdate, in lower case


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An element that names a writer by its class, id or tag."""

    names: tuple[str, ...]  # its links, or its text
    group: str  # class and id: writers side by side share them
    box: int  # which container on the page: teasers stand each in their own
    after_headline: bool
    before_text: bool  # no long paragraph stands between headline and this


@dataclass(slots=True, kw_only=True)
class Signals:
    """Raw values by place. `metas` is keyed by the lowered property or name."""

    url: str
    metas: dict[str, list[str]] = field(default_factory=dict)
    nodes: list[jsonld.Node] = field(default_factory=list)
    article: jsonld.Node | None = None
    title_tag: str | None = None
    h1s: list[tuple[str, str]] = field(default_factory=list)  # (text, class and id)
    h1_texts: list[str] = field(default_factory=list)  # with their kickers
    h2s: list[tuple[str, str]] = field(default_factory=list)
    site_marks: list[str] = field(default_factory=list)  # headlines that are the site's name
    times: list[Time] = field(default_factory=list)
    props: dict[str, list[str]] = field(default_factory=dict)  # microdata of the article
    signers: list[str] = field(default_factory=list)  # rel=author
    bylines: list[Signed] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    crumbs: list[str] = field(default_factory=list)
    html_lang: str | None = None
    canonical: str | None = None
    amp: str | None = None
    kinds: dict[str, bool] = field(default_factory=dict)  # class and id → whether they name a writer
    header_tries: int = 0
    header_lines: list[str] = field(default_factory=list)  # short lines between headline and text
    boxes: dict[HtmlElement | None, int] = field(default_factory=dict)
    paragraphs: int = 0  # long ones since the headline
    states: list[str] = field(default_factory=list)  # scripts with the page's state, for pages without markup

    def meta(self, *names: str) -> Iterator[tuple[str, str]]:
        """(value, name) of the metas so named, in the order of the names."""
        for name in names:
            for value in self.metas.get(name, ()):
                yield value, name

    def first(self, *names: str) -> str | None:
        """The first value of the metas so named."""
        return next((value for value, _ in self.meta(*names)), None)


def collect(root: HtmlElement, url: str) -> Signals:
    """Read the whole page once."""
    found = Signals(url=url, html_lang=root.get("lang") or root.get("xml:lang"))
    handlers = {
        "p": _paragraph,
        "meta": _meta, "link": _link, "script": _script, "title": _title, "h1": _h1, "h2": _h2, "time": _time, "a": _anchor,
    }  # fmt: skip
    for element in root.iter(*_READ_TAGS):
        tag = str(element.tag)
        if (handler := handlers.get(tag)) is not None:
            handler(element, found)
        if tag in _BYLINE_TAGS:
            if element.attrib or tag == "address":
                _byline(element, found)
        elif tag == "byline":
            found.bylines.append(
                Signed(
                    names=(text_of(element)[:_MAX_BYLINE],),
                    group=tag,
                    box=0,
                    after_headline=bool(found.h1s),
                    before_text=found.paragraphs < 2,
                )
            )
        if found.h1s and found.paragraphs < 2 and found.header_tries < _MAX_TRIES and tag in _LINE_TAGS:
            _header_line(element, found)
    for element in cast("list[HtmlElement]", _WITH_PROPERTY(root)):
        if element.tag not in ("meta", "link"):
            _prop(element, found)
    titles = [t for t in (found.first("og:title"), found.title_tag, *(t for t, _ in found.h1s)) if t]
    found.article = jsonld.article_of(found.nodes, url=found.canonical or url, titles=titles)
    return found


_MAX_TRIES = 200
_WITH_PROPERTY = etree.XPath("descendant-or-self::*[@itemprop]")
_BYLINE_TAGS = frozenset(
    (
        "a",
        "span",
        "div",
        "p",
        "li",
        "address",
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
    )
)


def _add(where: dict[str, list[str]], key: str, value: str | None) -> None:
    if value and (value := value.strip()) and len(values := where.setdefault(key, [])) < 60 and value not in values:
        values.append(value[:_MAX_VALUE])


def _meta(element: HtmlElement, found: Signals) -> None:
    content = element.get("content") or element.get("value")
    if not content:
        return
    for attribute in _META_NAMES:
        name = element.get(attribute)
        if not name:
            continue
        if attribute == "itemprop":
            if not _foreign(element):
                _add(found.props, name.strip().casefold(), content)
        else:
            _add(found.metas, name.strip().casefold(), content)


def _link(element: HtmlElement, found: Signals) -> None:
    rel = (element.get("rel") or "").casefold().split()
    href = (element.get("href") or "").strip()
    if not href:
        return
    if "canonical" in rel and found.canonical is None:
        found.canonical = _absolute(found.url, href)
    elif "amphtml" in rel and found.amp is None:
        found.amp = _absolute(found.url, href)


def _absolute(url: str, href: str) -> str | None:
    try:
        joined = urljoin(url, href)
    except ValueError:
        return None
    return joined if joined.startswith(("http://", "https://")) else None


def _script(element: HtmlElement, found: Signals) -> None:
    kind = (element.get("type") or "").casefold()
    body = element.text
    if not body:
        return
    if "ld+json" in kind:
        found.nodes += jsonld.read(body[:_SCRIPT_CHARS])
    elif len(body) > 2000 and (
        "self.__next_f" in body or "articleBody" in body or element.get("id") == "__NEXT_DATA__"
    ):
        found.states.append(body[:_SCRIPT_CHARS])


def _title(element: HtmlElement, found: Signals) -> None:
    if found.title_tag is None and next(element.iterancestors("svg"), None) is None:
        found.title_tag = text_of(element) or None


def _h1(element: HtmlElement, found: Signals) -> None:
    if len(found.h1s) >= 20:
        return
    hints = " ".join(classes(a) for a in (element, *ancestors(element, 3)))
    if _is_site_mark(element, hints, found.url):
        found.site_marks.append(text_of(element))
    elif text := _without_kicker(element):
        found.h1s.append((text, hints))
        found.h1_texts.append(text_of(element))


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
    )
)
_READ_TAGS = tuple(
    {"p", "meta", "link", "script", "title", "h1", "h2", "time", "a", "byline"} | _BYLINE_TAGS | _LINE_TAGS
)
_MAX_LINE = 140


def _header_line(element: HtmlElement, found: Signals) -> None:
    """A short line below the headline: date, byline, section, as themes without classes write them."""
    found.header_tries += 1
    if any(child.tag in BLOCKS for child in element) or not is_within(element, _MAX_LINE + 60):
        return
    text = text_of(element)
    if 4 < len(text) < _MAX_LINE and text not in found.header_lines[-3:] and not _foreign(element):
        found.header_lines.append(text)


def _paragraph(element: HtmlElement, found: Signals) -> None:
    if found.h1s and found.paragraphs < 9 and len(element.text or "") + sum(len(c.tail or "") for c in element) > 80:
        found.paragraphs += 1


def _h2(element: HtmlElement, found: Signals) -> None:
    if len(found.h2s) < 40 and (text := _without_kicker(element)):
        found.h2s.append((text, classes(element)))


def _is_site_mark(element: HtmlElement, hints: str, url: str) -> bool:
    """Whether a headline is the site's name: a logo, or a link to the front page."""
    if _SITE_MARK.search(classes(element)):
        return True
    links = list(element.iter("a")) or list(element.iterancestors("a"))
    if len(links) != 1:
        return False
    target = _absolute(url, links[0].get("href") or "")
    return (
        target is not None
        and urlsplit(target).path in ("", "/")
        and not urlsplit(target).query
        and urlsplit(url).path not in ("", "/")
    )


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


def _time(element: HtmlElement, found: Signals) -> None:
    if len(found.times) < _MAX_ELEMENTS:
        hints = " ".join(
            [classes(a) for a in (element, *ancestors(element, 4))]
            + [a.tag for a in ancestors(element, 12) if a.tag in ("aside", "footer", "nav", "li", "header")]
            + [(element.get("itemprop") or "").casefold(), "pubdate" if element.get("pubdate") is not None else ""]
        )
        found.times.append(
            Time(
                value=(element.get("datetime") or element.get("content") or "").strip(),
                text=text_of(element),
                hints=hints,
            )
        )


def _prop(element: HtmlElement, found: Signals) -> None:
    name = (element.get("itemprop") or "").strip().casefold()
    if not name or name in ("articlebody", "text") or _foreign(element):
        return
    for part in name.split():
        if part == "author" and element.get("itemscope") is not None:
            named = next((e for e in element.iter() if (e.get("itemprop") or "").casefold() == "name"), None)
            if named is not None:
                _add(found.props, part, named.get("content") or text_of(named))
                continue
        value = element.get("content") or element.get("datetime") or text_of(element)
        _add(found.props, part, value[:600])


_FOREIGN = re.compile(
    r"(?:^|[\s_-])(?:comments?(?!-(?:open|closed|off))(?:-?(?:list|area|body|author|section|meta|content))?|commentlist|respond|related\w*|recommend\w*|sidebar|widget-area|"
    r"teasers?|most-?read|trending|popular|recent|latest|more-(?:from|on|stories)|carousel|site-?footer|page-?footer)(?:$|[\s_-])|(?:^|\s)(?:nav|menu|widget)(?:$|\s)"
)
_WHOLE = frozenset(("body", "html", "main"))


def _foreign(element: HtmlElement) -> bool:
    """Whether an element speaks of something else than the article: a comment, a related one, an organisation."""
    in_footer = False
    for parent in (element, *ancestors(element, 14)):
        tag = parent.tag
        if tag in _WHOLE:
            break
        kind = parent.get("itemtype")
        if kind and re.search(
            r"Comment|Organization|ImageObject|WPHeader|WPFooter|BreadcrumbList|ListItem|WebSite", kind
        ):
            return True
        if tag in ("aside", "nav", "figure") or (tag != "article" and _FOREIGN.search(classes(parent))):
            return True
        if tag == "footer":
            in_footer = True
        elif tag == "article":
            return False  # themes put the byline into the article's own footer
    return in_footer


def _anchor(element: HtmlElement, found: Signals) -> None:
    rel = (element.get("rel") or "").casefold().split()
    href = element.get("href") or ""
    if "tag" in rel and len(found.tags) < 60:
        if not _foreign(element) and (text := text_of(element)):
            found.tags.append(text)
    elif "author" in rel and not _foreign(element):
        found.signers.append(text_of(element))
    elif (
        (
            _TAG_HREF.search(href)
            and len(found.tags) < 60
            and _TAG_BOX.search(" ".join(classes(a) for a in (element, *ancestors(element, 3))))
        )
        and not _foreign(element)
        and (text := text_of(element))
        and len(text) < 60
    ):
        found.tags.append(text)


_TAG_HREF = re.compile(
    r"/(?:tags?|topics?|themen?|thema|tema|temas|keyword|etiqueta|etiketler?|sujets?|label|tagged|argomenti)/", re.I
)
_TAG_BOX = re.compile(r"\btags?\b|tag[-_]|[-_]tags?\b|topics?|keywords?|etiquet|themen|labels?")
_BYLINE = re.compile(
    r"by-?line|author|autor(?!i[zs])|auteur|autore\b|verfasser|redakteur|redacteur|writer|reporter|vcard|\bfn\b|penulis|yazar\b|\bbyl\b|creator\b|contributor|"
    r"signature|username|\bsubmitted\b|posted-?by|written-?by|journalist|columnist|itemposter"
)
_TOPIC_HREF = re.compile(
    r"/(?:category|categories|tag|tags|topic|thema|themen|rubrik|kategorie|ressort|section|#)/|/#|#comment|#respond|mailto:",
    re.I,
)
_NOT_BYLINE = re.compile(
    r"bio|avatar|image|img|photo|desc|social|follow|about|comment|count|icon|e-?mail|twitter|thumb|related|authori[sz]|authors-list"
)
_MAX_BYLINE = 160


def _byline(element: HtmlElement, found: Signals) -> None:
    own = classes(element)
    # Pages repeat their classes hundreds of times.
    if (named := found.kinds.get(own)) is None:
        named = bool(_BYLINE.search(own)) and any(_BYLINE.search(t) and not _NOT_BYLINE.search(t) for t in own.split())
        found.kinds[own] = named
    if not named and element.tag != "address":
        return
    # <address> is the contact of the nearest article: its writer, by the HTML standard.
    semantic = found.paragraphs < 2 and next(element.iterancestors("article"), None) is not None
    if len(found.bylines) >= 40 or not (named or semantic) or not is_within(element, 2 * _MAX_BYLINE):
        return
    text = text_of(element)
    if not 1 < len(text) < _MAX_BYLINE or _foreign(element):
        return
    # The links of a byline are the names; around them stand dates, roles and shares.
    links = tuple(
        t
        for t in (text_of(a) for a in element.iter("a") if not _TOPIC_HREF.search(a.get("href") or ""))
        if 1 < len(t) < 60
    )
    parent = element.getparent()
    box = parent.getparent() if parent is not None and parent.getparent() is not None else parent
    found.bylines.append(
        Signed(
            names=links or (text,),
            group=own,
            box=found.boxes.setdefault(box, len(found.boxes)),
            after_headline=bool(found.h1s),
            before_text=found.paragraphs < 2,
        )
    )
