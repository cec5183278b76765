"""Characters below each element of a page, counted once: all, within links, and of prose."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.html import HtmlElement

from etl.extract.tree import BLOCKS

_PROSE_CHARS = 50  # a paragraph from here on counts as prose
_APART = frozenset(("aside", "nav", "footer", "figure", "figcaption", "menu", "dialog"))


@dataclass(slots=True)
class TextDensity:
    """Characters below each element: all, within links, and of prose."""

    chars: dict[HtmlElement, int] = field(default_factory=dict)
    linked: dict[HtmlElement, int] = field(default_factory=dict)
    prose: dict[HtmlElement, int] = field(default_factory=dict)


def measure(root: HtmlElement) -> TextDensity:
    """Count from the leaves up."""
    sizes = TextDensity()
    chars, linked, prose = sizes.chars, sizes.linked, sizes.prose
    below: dict[HtmlElement, list[int]] = {}  # what children gave so far: all, not in blocks, in links, of prose
    for element in reversed(list(root.iter())):
        tag = element.tag
        own = direct = in_links = in_prose = 0
        is_block = False
        if isinstance(tag, str):
            given = below.pop(element, None)
            if given is not None:
                own, direct, in_links, in_prose = given
            if text := element.text:
                size = len(text.strip())
                own += size
                direct += size
            is_block = tag in BLOCKS
            if is_block and direct >= _PROSE_CHARS and in_links < 0.6 * own:
                in_prose += direct
            if tag == "a":
                in_links = own
            elif tag in _APART:
                in_prose = 0
            chars[element] = own
            linked[element] = in_links
            prose[element] = in_prose
        text = element.tail
        tail = len(text.strip()) if text else 0
        if (own or tail) and (parent := element.getparent()) is not None:
            given = below.get(parent)
            if given is None:
                given = below[parent] = [0, 0, 0, 0]
            given[0] += own + tail
            given[1] += tail if is_block else own + tail
            given[2] += in_links
            given[3] += in_prose
    return sizes


def holds_blocks(element: HtmlElement) -> bool:
    """Whether blocks stand within the element."""
    return any(child.tag in BLOCKS for child in element.iterdescendants())


def before(element: HtmlElement) -> list[HtmlElement]:
    """Elements that end before this one begins."""
    found = []
    for node in (element, *element.iterancestors()):
        if node.tag in ("body", "html"):
            break
        found += list(node.itersiblings(preceding=True))
    return [e for e in found if isinstance(e.tag, str)]


def after(element: HtmlElement) -> list[HtmlElement]:
    """Elements that begin after this one ends."""
    found = []
    for node in (element, *element.iterancestors()):
        if node.tag in ("body", "html"):
            break
        found += list(node.itersiblings())
    return [e for e in found if isinstance(e.tag, str)]
