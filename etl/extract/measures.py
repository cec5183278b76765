"""Characters below each element of a page, counted once: all, within links, and of prose."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.html import HtmlElement

from etl.extract.tree import BLOCKS

_PROSE_CHARS = 50  # a paragraph from here on counts as prose
_APART = frozenset(("aside", "nav", "footer", "figure", "figcaption", "menu", "dialog"))


@dataclass(slots=True)
class Measures:
    """Characters below each element: all, within links, and of prose."""

    chars: dict[HtmlElement, int] = field(default_factory=dict)
    linked: dict[HtmlElement, int] = field(default_factory=dict)
    prose: dict[HtmlElement, int] = field(default_factory=dict)


def measure(root: HtmlElement) -> Measures:
    """Count from the leaves up."""
    sizes = Measures()
    chars, linked, prose = sizes.chars, sizes.linked, sizes.prose
    for element in reversed(list(root.iter())):
        if not isinstance(element.tag, str):
            continue
        own = direct = len(element.text.strip()) if element.text else 0
        in_links = in_prose = 0
        for child in element:
            inside = chars.get(child, 0)
            own += inside
            if child.tag not in BLOCKS:
                direct += inside
            if child.tail:
                tail = len(child.tail.strip())
                own += tail
                direct += tail
            in_links += linked.get(child, 0)
            in_prose += prose.get(child, 0)
        chars[element] = own
        linked[element] = own if element.tag == "a" else in_links
        if element.tag in BLOCKS and direct >= _PROSE_CHARS and in_links < 0.6 * own:
            in_prose += direct
        prose[element] = 0 if element.tag in _APART else in_prose
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
