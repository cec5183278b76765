"""A page whose publisher printed text in a wrong encoding: repaired in the tree, before anything is read of it."""

from __future__ import annotations

from lxml.html import HtmlElement

from etl.normalize.mojibake import repaired

REPAIRED = "mojibake_repaired"  # the flag of such a page
_NOT_TEXT = frozenset(("style", "code", "pre", "samp", "textarea"))
_ATTRIBUTES = ("content", "title", "alt")
_SCRIPT_CHARS = 500_000


def repair(root: HtmlElement) -> bool:
    """Repair the texts of a tree in place; whether any that is read was wrong. Code, where such text is shown, stays."""
    is_changed = False
    for element in root.iter():
        tag = element.tag
        if not isinstance(tag, str):
            continue
        is_text = tag not in _NOT_TEXT and (tag != "script" or len(element.text or "") < _SCRIPT_CHARS)
        if is_text and element.text and (better := repaired(element.text)) != element.text:
            element.text = better
            is_changed = is_changed or tag != "script" or "ld+json" in (element.get("type") or "")
        if element.tail and (better := repaired(element.tail)) != element.tail:
            element.tail, is_changed = better, True
        for name in _ATTRIBUTES:
            value = element.get(name)
            if value and (better := repaired(value)) != value:
                element.set(name, better)
                is_changed = True
    return is_changed
