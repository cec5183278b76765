"""Lines of Chinese, Japanese and Korean pages that name writers and dates: over the text, at its beginning and its end."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement

from etl.extract.other_entity import is_of_other_entity
from etl.extract.signals import Signals
from etl.extract.tree import BLOCKS
from etl.normalize import eastern_names
from etl.normalize.eastern_names import EASTERN, EasternByline, Trust
from etl.normalize.text import folded, one_line

_MAX_LINES = 600
_ABOVE = 3  # lines over the headline that can hold a byline
_BELOW = 8  # lines under it that can hold its date
_MAX_LINE = 140
_NEAR = 3  # lines between two writers of one byline
_PROSE_CHARS = 20  # a line that a bracket with names can end
_SKIPPED = frozenset(("script", "style", "template", "noscript", "nav", "aside", "select", "form"))
_BORDERS = BLOCKS | {"br"}


def is_eastern(signals: Signals) -> bool:
    """Whether the page is in one of these languages, by its title."""
    titles = (signals.title_tag, signals.first("og:title"), *(text for text, _ in signals.h1s[:1]))
    return any(title and EASTERN.search(title) for title in titles)


def read_lines(root: HtmlElement, signals: Signals) -> None:
    """Keep the writers that lines of the page name, and the lines under a headline that is not marked up as one."""
    lines = list(_lines(root))[:_MAX_LINES]
    start = _headline(lines, signals)
    signals.eastern = _writers(lines[max(0, start - _ABOVE) :])
    if start and not signals.header_lines:
        signals.header_lines += [line for line in lines[start : start + _BELOW] if 4 < len(line) < _MAX_LINE]


def _writers(lines: list[str]) -> EasternByline | None:
    """The surest kind first, of one kind the first, of brackets the last."""
    found: list[tuple[int, EasternByline]] = []
    for at, line in enumerate(lines):
        for edge in eastern_names.edges(line):
            closes = len(line) > _PROSE_CHARS or (at > _BELOW and line[:1] in "（(【")
            named = eastern_names.writers(edge, closes=closes)
            if named is not None:
                found.append((at, named))
    for trust in (Trust.LABEL, Trust.REPORTER):
        places = [(at, named.names) for at, named in found if named.trust is trust]
        if places:
            return EasternByline(trust, tuple(dict.fromkeys(_neighbours(places))))
    for trust in (Trust.BRACKET, Trust.EDITOR):
        if last := [named for _, named in found if named.trust is trust]:
            return last[-1]
    return None


def _neighbours(places: list[tuple[int, tuple[str, ...]]]) -> Iterator[str]:
    """The names of the first place and of those that follow within a few lines."""
    previous = places[0][0]
    for at, names in places:
        if at - previous > _NEAR:
            return
        yield from names
        previous = at


def _headline(lines: list[str], signals: Signals) -> int:
    """The line after the headline; the first one where none is found."""
    titles = [folded(t) for t in (*(t for t, _ in signals.h1s[:3]), signals.first("og:title"), signals.title_tag) if t]
    for at, line in enumerate(lines):
        key = folded(line)
        if len(key) > 5 and any(key == title or (len(key) > 7 and key in title) for title in titles):
            return at + 1
    return 0


def _lines(root: HtmlElement) -> Iterator[str]:
    """The visible lines of the page's body, without those about other pages."""
    body = root.find("body")
    parts: list[str] = []
    hidden: HtmlElement | None = None
    for event, node in etree.iterwalk(body if body is not None else root, events=("start", "end")):
        tag = node.tag
        if (
            event == "start"
            and hidden is None
            and (tag in _SKIPPED or (tag in ("div", "section", "ul", "ol") and is_of_other_entity(node)))
        ):
            hidden = node
        if tag in _BORDERS and parts:
            if line := one_line("".join(parts)):
                yield line
            parts = []
        if hidden is None and event == "start" and node.text:
            parts.append(node.text)
        if event == "end":
            if node is hidden:
                hidden = None
            if hidden is None and node.tail:
                parts.append(node.tail)
    if line := one_line("".join(parts)):
        yield line
