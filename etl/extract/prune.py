"""Removes boilerplate among an article's paragraphs: captions, cards, link lists, related boxes, placeholders.

Rules use markup, never site names, and wording only together with markup. A box that holds the headline or a good part of
the page's prose is never dropped, so that a theme with a misleading class name keeps its text.
"""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from etl.extract.boilerplate_classes import is_hidden, is_hidden_box, is_label, kinds_of, names_comments, opens_credit
from etl.extract.container import has_linked_heading
from etl.extract.signals import Signals
from etl.extract.text_density import after, before, holds_blocks, measure
from etl.extract.tree import BLOCKS, classes, drop, text_of

# Share of the page's prose that a dropped box may hold at most.
_PROSE_SHARE = 0.25
_AROUND_SHARE = 0.06  # of the prose, for what stands before the headline or after the text
_HELD = 0.85
_OWN_PROSE = 300  # characters that an article has to hold before others beside it are dropped
_TEASER = re.compile(r"(?:^|\s)teaser(?:$|[\s_-])")
_POST_ID = re.compile(r"(?:^|\s)post-(\d+)(?:\s|$)")
_WHOLE_LINK = 0.9  # share of link text from which a block is nothing but a link
_HEADING_LINK = 0.6  # share of link text from which a heading leads elsewhere; the rest is a kicker
_ITEM_LINK = 0.5  # in a list of links, each with a kicker before it
_LINK_CHARS, _LINE_CHARS = 15, 25  # shorter ones are names and words that a text links
_CARD_CHARS = 600
_LABEL_CHARS = 60
_NO_KINDS: frozenset[str] = frozenset()
_NEVER = frozenset(("html", "body", "main", "h1", "head"))


def prune(root: HtmlElement, signals: Signals) -> Counter[str]:
    """Drop elements that are not part of the article, in place; the number of dropped elements by rule."""
    pruning = _Pruning(root, signals)
    pruning.run()
    return pruning.dropped


class _Pruning:
    def __init__(self, root: HtmlElement, signals: Signals) -> None:
        self.root = root
        self.url = signals.url
        self.host = _host(signals.url)
        self.headlines = {a for h in _headlines(root) for a in h.iterancestors()}
        self.gone: set[HtmlElement] = set()
        self.dropped: Counter[str] = Counter()
        if any(map(names_comments, signals.names)):
            self._comments()
        self.sizes = measure(root)
        self.total = max(1, self.sizes.prose.get(root, 0))

    def run(self) -> None:
        self._other_articles()
        self._around()
        self._cards()
        self._teasers()
        for element in list(self.root.iter()):
            if not isinstance(element.tag, str) or element.tag in _NEVER or element in self.gone:
                continue
            rule = self._rule(element)
            if rule and self._may_go(element):
                self._drop(element, rule)

    def _comments(self) -> None:
        """Drop readers' comments before anything is measured: they may be longer than the article."""
        for element in list(self.root.iter("div", "section", "ol", "ul", "aside", "details")):
            names = classes(element)
            if names and names_comments(names) and element not in self.gone and element not in self.headlines:
                self._drop(element, "comments")

    def _other_articles(self) -> None:
        """Drop whole articles after or within the one with the headline, as endless scrolling loads them."""
        own = next((a for h in self.root.iter("h1") for a in h.iterancestors("article")), None)
        if own is None or self.sizes.prose[own] < _OWN_PROSE:
            return
        name = _post_id(own)
        for other in list(self.root.iter("article")):
            if other is own or other in self.gone or any(a is other for a in own.iterancestors()):
                continue
            inside = any(a is own for a in other.iterancestors())
            if inside and not (name and _post_id(other) not in (None, name)):
                continue
            if self.sizes.prose[own] - (self.sizes.prose[other] if inside else 0) >= _OWN_PROSE and (
                inside or other.find(".//h1") is not None or self._is_headed(other)
            ):
                self._drop(other, "other_article")

    def _is_headed(self, article: HtmlElement) -> bool:
        """Whether an article has a second headline as a story has it: linked, or with a day or a writer beside it."""
        heading = article.find(".//h2")
        if heading is None:
            return False
        return self._heads_a_card(heading) or article.find(".//time") is not None

    def _cards(self) -> None:
        """Rows of cards: three or more siblings of one kind, nearly all with a linked heading and little text."""
        rows: dict[tuple[HtmlElement, str, str], list[HtmlElement]] = {}
        for heading in self.root.iter("h2", "h3", "h4", "h5", "h6"):
            if heading in self.gone or not self._heads_a_card(heading):
                continue
            for n, box in enumerate(heading.iterancestors("div", "li", "article", "section", "a")):
                parent = box.getparent()
                if n >= 4 or parent is None or self.sizes.chars.get(box, 0) > _CARD_CHARS:
                    break
                row = rows.setdefault((parent, str(box.tag), box.get("class") or ""), [])
                if box not in row:
                    row.append(box)
        for (parent, tag, name), cards in rows.items():
            alike = [e for e in parent if e.tag == tag and (e.get("class") or "") == name]
            if (
                len(cards) >= 3
                and len(cards) >= 0.7 * len(alike)
                and sum(self.sizes.prose[card] for card in cards) <= _PROSE_SHARE * self.total
            ):
                for card in cards:
                    if card not in self.gone and card not in self.headlines:
                        self._drop(card, "cards")

    def _heads_a_card(self, heading: HtmlElement) -> bool:
        """Whether a heading is a link, or stands in one, to another page of the site."""
        if not has_linked_heading(heading):
            return False
        links = (*heading.iter("a"), *heading.iterancestors("a"))
        return any(self._leads_elsewhere(link) for link in links)

    def _teasers(self) -> None:
        """Single cards: a small box whose heading is a link to another page of the site."""
        boxes: dict[HtmlElement, None] = {}  # in the page's order
        for heading in self.root.iter("h2", "h3", "h4", "h5", "h6"):
            if heading not in self.gone and self._is_link(heading, _HEADING_LINK):
                boxes.setdefault(self._box_of(heading))
        # Where these boxes hold the text, the page is a round-up and they are its sections.
        if sum(self.sizes.prose[box] for box in boxes) <= _PROSE_SHARE * self.total:
            for box in boxes:
                if box not in self.gone and box not in self.headlines:
                    self._drop(box, "teaser")

    def _box_of(self, heading: HtmlElement) -> HtmlElement:
        """The largest box around a heading that holds little beside it."""
        box = heading
        for parent in heading.iterancestors("div", "li", "article", "section", "td"):
            if self.sizes.chars[parent] > _CARD_CHARS or sum(1 for _ in parent.iter("p")) > 2:
                break
            box = parent
        return box

    def _is_link(self, element: HtmlElement, share: float) -> bool:
        """Whether an element's words are, by this share, those of one link to another page of the site."""
        chars = self.sizes.chars[element]
        if chars < _LINK_CHARS or self.sizes.linked[element] < share * chars:
            return False
        link = element.find(".//a")
        return link is not None and self._leads_elsewhere(link)

    def _leads_elsewhere(self, link: HtmlElement) -> bool:
        href = (link.get("href") or "").strip()
        return bool(href) and not href.startswith("#") and href != self.url and self._is_own(link)

    def _around(self) -> None:
        """Drop boxes before the headline and after the element that holds the text."""
        held = self._holder()
        headline = next((h for h in self.root.iter("h1") if self._leads_to(h, held)), None)
        if headline is not None:
            self._drop_all(before(headline), "before")
        self._drop_all(after(held), "after")

    def _drop_all(self, elements: list[HtmlElement], rule: str) -> None:
        """Drop them unless they hold, together, a part of the prose."""
        elements = [e for e in elements if e not in self.headlines and e not in self.gone]
        if sum(self.sizes.prose[e] for e in elements) <= _AROUND_SHARE * self.total:
            for element in elements:
                self._drop(element, rule)

    def _holder(self) -> HtmlElement:
        """The innermost element that holds nearly all prose of the page."""
        held = self.root
        for _ in range(60):
            inner = next((c for c in held if self.sizes.prose.get(c, 0) >= _HELD * self.total), None)
            if inner is None or inner.tag in _LEAVES:
                return held
            held = inner
        return held

    def _leads_to(self, headline: HtmlElement, held: HtmlElement) -> bool:
        """Whether the headline has the text after it: it is in the holder, or stands before it."""
        for element in self.root.iter():
            if element is headline:
                return True
            if element is held:
                return any(a is held for a in headline.iterancestors())
        return False

    def _rule(self, element: HtmlElement) -> str | None:
        tag = element.tag
        chars = self.sizes.chars[element]
        if not chars:
            return None
        if is_hidden(element, chars) or is_hidden_box(element):
            return "hidden"
        names = classes(element)
        kinds = kinds_of(names) if names else _NO_KINDS
        if chars < 1500 and "embed" in kinds:
            return "embed"
        if chars < 1200 and "popup" in kinds and not self._holds_popup(element):
            return "popup"
        if tag in _INLINE and self._is_within_text(element, chars):
            return None
        if chars < 200 and tag in ("p", "div", "span", "small") and self._is_credit(element):
            return "caption"
        if tag == "figcaption" or (chars < 600 and "caption" in kinds):
            return "caption"
        if tag in _TAGS:
            return str(tag)
        if tag in _BOXES and len(names) > 2:
            if "placeholder" in kinds and chars < 1500:
                return "placeholder"
            if "box" in kinds and (tag not in ("span", "a", "p") or chars < 300):
                return "box"
        if tag == "a" and holds_blocks(element) and (chars < _CARD_CHARS or self._is_headed_link(element)):
            return "card"
        if tag == "article" and chars < _CARD_CHARS and self._is_small_article(element, names):
            return "card"
        if tag in ("ul", "ol") and self._is_link_list(element):
            return "link_list"
        if tag in ("p", "div") and self._is_link_line(element, chars):
            return "link_line"
        if tag in _LABELLED and chars <= 220 and self._is_labelled(element):
            return "label"
        return None

    def _may_go(self, element: HtmlElement) -> bool:
        if element in self.headlines:
            return False
        return self.sizes.prose[element] <= _PROSE_SHARE * self.total

    def _drop(self, element: HtmlElement, rule: str) -> None:
        self.dropped[rule] += 1
        self.gone.update(element.iter())
        drop(element)

    def _is_credit(self, element: HtmlElement) -> bool:
        """ "Image: Ada Brown / Agency" beside a picture."""
        text = (element.text or "").strip()
        parent = element.getparent()
        return (
            opens_credit(text)
            and parent is not None
            and (parent.find(".//img") is not None or parent.find(".//picture") is not None)
        )

    def _holds_popup(self, element: HtmlElement) -> bool:
        """Whether an inline element is the word that a popup within it explains, and only called the same."""
        return element.tag in _INLINE and any("popup" in kinds_of(classes(e)) for e in element.iterdescendants())

    def _is_within_text(self, element: HtmlElement, chars: int) -> bool:
        """Whether an inline element is part of a sentence: its block says more than it."""
        for parent in element.iterancestors():
            if parent.tag in BLOCKS:
                return self.sizes.chars[parent] > chars + 2
        return True

    def _is_link_list(self, element: HtmlElement) -> bool:
        """Two or more items that are links within the site, as a whole or with a kicker before each."""
        items = [e for e in element if e.tag == "li" and self.sizes.chars[e]]
        if len(items) < 2:
            return False
        links = [a for a in element.iter("a") if self.sizes.chars[a]]
        if self.sizes.linked[element] >= _WHOLE_LINK * self.sizes.chars[element]:
            return sum(self._is_own(a) for a in links) >= 0.8 * len(links)
        return all(self.sizes.linked[e] >= _ITEM_LINK * self.sizes.chars[e] for e in items) and all(
            self._is_own(a) for a in links
        )

    def _is_headed_link(self, link: HtmlElement) -> bool:
        """A link to another page that holds a heading: a card, however much of the other article it tells."""
        return self._leads_elsewhere(link) and next(link.iter("h1", "h2", "h3", "h4", "h5", "h6"), None) is not None

    def _is_small_article(self, article: HtmlElement, names: str) -> bool:
        """Whether an `<article>` is a teaser: by its class, or by its place within another and a link; not a live blog's entry."""
        return bool(_TEASER.search(names)) or (
            any(a.tag in ("article", "li", "aside") for a in article.iterancestors())
            and article.find(".//a") is not None
        )

    def _is_link_line(self, element: HtmlElement, chars: int) -> bool:
        """Whether a paragraph is only a link with the headline of another article of the site."""
        return (
            chars >= _LINE_CHARS
            and self.sizes.linked[element] >= _WHOLE_LINK * chars
            and not holds_blocks(element)
            and self._is_link(element, _WHOLE_LINK)
        )

    def _is_own(self, link: HtmlElement) -> bool:
        href = (link.get("href") or "").strip()
        if href.startswith("#"):
            return True
        host = _host(href) if href.startswith(("http:", "https:", "//")) else self.host
        return host == self.host or host.endswith("." + self.host) or self.host.endswith("." + host)

    def _is_labelled(self, element: HtmlElement) -> bool:
        """Drop a "related" label, alone or before a link, together with the links that follow it."""
        if element.tag not in ("h2", "h3", "h4", "h5", "h6") and holds_blocks(element):
            return False
        text = text_of(element)
        label, colon, rest = text.partition(":")
        if colon and rest.strip() and len(label) <= _LABEL_CHARS and is_label(label):
            return self.sizes.linked[element] >= 0.5 * len(rest)
        if len(text) > _LABEL_CHARS or not is_label(text):
            return False
        follower = element.getnext()
        for _ in range(12):
            if follower is None or not isinstance(follower.tag, str):
                break
            chars = self.sizes.chars.get(follower, 0)
            nxt = follower.getnext()
            if chars:
                if self.sizes.linked[follower] < 0.6 * chars or not self._may_go(follower):
                    break
                self._drop(follower, "after_label")
            follower = nxt
        return True


def _headlines(root: HtmlElement) -> list[HtmlElement]:
    """The page's own headlines: those that are not links elsewhere (as the headings of cards are); all if all are links."""
    found = list(root.iter("h1"))
    return [h for h in found if not has_linked_heading(h)] or found


def _post_id(article: HtmlElement) -> str | None:
    """The id of a WordPress post, which its themes put into the class."""
    match = _POST_ID.search(classes(article))
    return match[1] if match else None


_BOXES = frozenset(
    (
        "div",
        "section",
        "aside",
        "ul",
        "ol",
        "li",
        "p",
        "span",
        "a",
        "details",
        "header",
        "article",
        "dl",
        "table",
        "h2",
        "h3",
        "h4",
        "h5",
    )
)
_TAGS = frozenset(("aside", "nav", "footer", "button", "select", "textarea", "dialog", "menu", "fieldset", "label"))
_LEAVES = frozenset(("p", "blockquote", "pre", "h1", "h2", "h3", "li", "td", "ul", "ol"))
_INLINE = frozenset(("a", "abbr", "b", "em", "i", "mark", "small", "span", "strong", "u"))
_LABELLED = frozenset(("p", "h2", "h3", "h4", "h5", "h6", "div", "span", "strong", "b", "li"))


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")
