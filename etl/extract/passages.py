"""Restores lines of the article that the extractor lost.

Where trafilatura keeps the paragraphs of an article but not its lists, divisions, runs separated by `<br>`, code or
accordions, the missing lines are between those that it kept. `complete` restores them: it reads the innermost element
that holds nearly all kept lines, from the first of these to the last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from etl.extract.boilerplate_classes import is_hidden_box
from etl.extract.container import names_apart
from etl.extract.tree import BLOCKS, classes, kept
from etl.normalize.text import one_line

_MIN_CHARS = 40  # shorter lines are labels as often as text
_HELD = 0.9  # share of the lines kept that the element has to hold
_COVERED = 0.93  # share of the lines in between that was kept: below it, some were lost
_LINKED = 0.6  # share of link text from which a line is a link
_GROWN = 1.05
_MAX_LINES = 5_000  # each may be looked for in the whole text
_HEAD = 60  # characters by which a line is found again in a text that breaks lines elsewhere
_ROW_BLOCKS = frozenset(("p", "div", "ul", "ol", "dl", "table", "blockquote", "h2", "h3", "h4"))
_SILENT = frozenset(
    "script style template noscript svg figcaption form nav footer aside button select textarea head title iframe object"
    " video audio dialog menu".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLine:
    """A line of text, with its block, and whether it is a link or in a box that is not part of the article."""

    element: HtmlElement
    text: str
    is_apart: bool


def read(root: HtmlElement) -> list[PageLine]:
    """The lines below the element in the page's order; the cells of a table row are one line, separated by " | "."""
    reader = _LineReader()
    reader.block(root, is_apart=False)
    return reader.lines


class _LineReader:
    def __init__(self) -> None:
        self.lines: list[PageLine] = []
        self._parts: list[str] = []
        self._linked = 0

    def block(self, element: HtmlElement, *, is_apart: bool) -> None:
        """Read a block: its own text, and the blocks within."""
        if element.tag == "tr" and not any(e.tag in _ROW_BLOCKS for e in element.iterdescendants()):
            cells = (one_line("".join(cell.itertext())) for cell in element if cell.tag in ("td", "th"))
            self._parts.append(" | ".join(cell for cell in cells if cell))
        else:
            self._inline(element, element, is_apart=is_apart, in_link=False)
        self._end(element, is_apart=is_apart)

    def _inline(self, element: HtmlElement, block: HtmlElement, *, is_apart: bool, in_link: bool) -> None:
        self._add(element.text, in_link=in_link)
        for child in element:
            tag = child.tag
            if not isinstance(tag, str) or tag in _SILENT:
                pass
            elif tag == "br":
                self._end(block, is_apart=is_apart)
            elif tag in BLOCKS:
                self._end(block, is_apart=is_apart)
                self.block(child, is_apart=is_apart or _is_apart(child))
            else:
                self._inline(child, block, is_apart=is_apart, in_link=in_link or tag == "a")
            self._add(child.tail, in_link=in_link)

    def _add(self, text: str | None, *, in_link: bool) -> None:
        if text:
            self._parts.append(text)
            if in_link:
                self._linked += len(text)

    def _end(self, block: HtmlElement, *, is_apart: bool) -> None:
        text = one_line("".join(self._parts)) if self._parts else ""
        if text:
            linked = self._linked >= _LINKED * len(text)
            self.lines.append(PageLine(element=block, text=text, is_apart=is_apart or linked))
        self._parts.clear()
        self._linked = 0


# Boxes that ask readers to sign in or subscribe; some sites have them in the middle of every text.
_names_gate = kept(
    lambda names: (
        re.search(
            r"sign-?(?:in|up)|log-?in|paywall|subscri|register|registration|premium|person-?(?:box|card)|profile|info-?box|expandable-?box",
            names,
        )
        is not None
    )
)


def _is_apart(box: HtmlElement) -> bool:
    names = classes(box)
    if names and (names_apart(names) or _names_gate(names) or "hidden" in names.split()):
        return True
    return box.tag == "header" or is_hidden_box(box)


def complete(text: str, root: HtmlElement) -> str | None:
    """The text with the missing lines between its own; None where too little is missing."""
    page = root.find("body")
    page = page if page is not None else root
    if len(text) > _COVERED * len(" ".join("".join(page.itertext()).split())):
        return None  # there is nothing else on the page
    lines = read(page)
    if len(lines) > _MAX_LINES:
        return None
    have = set(text.split("\n"))
    kept = [n for n, line in enumerate(lines) if len(line.text) >= _MIN_CHARS and _is_in(line.text, have, text)]
    held = _holder([lines[n] for n in kept])
    if held is None or held.tag in ("body", "html"):
        return None
    inside = [n for n in kept if held in (lines[n].element, *lines[n].element.iterancestors())]
    between = [line for line in lines[inside[0] : inside[-1] + 1] if not line.is_apart or line.text in have]
    long = [line.text for line in between if len(line.text) >= _MIN_CHARS]
    lost = sum(len(line) for line in long if not _is_in(line, have, text))
    if lost < (1 - _COVERED) * sum(map(len, long)):
        return None
    found = [line.text for line in between]
    whole = "\n".join(found)
    known = set(found)
    # Lines of the text that are from elsewhere on the page stay around it, such as the lead.
    old = text.split("\n")
    ours = [n for n, line in enumerate(old) if line in known or line[:_HEAD] in whole]
    if not ours:
        return None
    around = (*old[: ours[0]], whole, *old[ours[-1] + 1 :])
    completed = "\n".join(around)
    return completed if len(completed) > _GROWN * len(text) else None


def _is_in(line: str, have: set[str], text: str) -> bool:
    return line in have or line[:_HEAD] in text


def _holder(kept: list[PageLine]) -> HtmlElement | None:
    """The innermost element that holds nearly all of the lines."""
    total = sum(len(line.text) for line in kept)
    weights: dict[HtmlElement, int] = {}
    for line in kept:
        for parent in (line.element, *line.element.iterancestors()):
            weights[parent] = weights.get(parent, 0) + len(line.text)
    enough = [element for element, weight in weights.items() if weight >= _HELD * total]
    # The lightest is the innermost; equal weights are a chain, whose deepest was entered first.
    return min(enough, key=lambda element: weights[element]) if total and enough else None
