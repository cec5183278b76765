"""What a source's own XPath expressions select on a page. A broken expression selects nothing."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree
from lxml.html import HtmlElement

from etl.extract.rules import SourceRules
from etl.extract.tree import text_of
from etl.normalize.text import one_line

_VALUES = ("content", "datetime")  # attributes that hold an element's machine form


def elements(root: HtmlElement, expression: str) -> list[HtmlElement]:
    """The elements that an expression selects, in the order of the page."""
    return [found for found in _selected(root, expression) if isinstance(found, HtmlElement)]


def value(root: HtmlElement, expressions: Iterable[str]) -> str | None:
    """The first text that any of the expressions gives: of an attribute, of `text()`, or of an element.

    Of an element its machine form counts (`content`, `datetime`), then its text.
    """
    for expression in expressions:
        for found in _selected(root, expression):
            if isinstance(found, HtmlElement):
                machine = next((v for v in (found.get(name) for name in _VALUES) if v and v.strip()), None)
                text = one_line(machine) if machine else text_of(found)
            else:
                text = one_line(str(found))
            if text:
                return text
    return None


def selects(root: HtmlElement, expression: str) -> bool:
    """Whether the expression selects anything on the page."""
    return bool(_selected(root, expression))


def unmatched(root: HtmlElement, rules: SourceRules) -> tuple[str, ...]:
    """Flags for kinds of rules of which none selects anything on this page: the layout may have changed.

    `drop` is left out, since what it drops need not be on every page.
    """
    kinds = (("body", rules.body), ("title", rules.title), ("published", rules.published))
    return tuple(
        f"{kind}_rule_unmatched"
        for kind, expressions in kinds
        if expressions and not any(selects(root, e) for e in expressions)
    )


def _selected(root: HtmlElement, expression: str) -> list[object]:
    try:
        found = root.xpath(expression)
    except etree.XPathError:
        return []
    if isinstance(found, list):
        return list(found)
    return [found] if isinstance(found, str) and found.strip() else []  # string(...), normalize-space(...)
