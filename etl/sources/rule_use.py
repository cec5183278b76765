"""Whether a source's extraction rules still match its pages: a layout that has changed is reported, not guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from lxml.html import HtmlElement

from etl.extract import selectors
from etl.extract.decode import decode
from etl.extract.tree import parse
from etl.model import Capture
from etl.sources.check import RegistryFinding, Severity
from etl.sources.source import ExtractionRule, Source

SELDOM = 0.5  # of the pages: below it a rule's layout is probably another one by now


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUse:
    """How often one part of a rule selected something. Of `drop` each expression is a part, of the others all together."""

    number: int  # of the rule in the registry, from 1
    kind: str  # body, title, published or drop
    expressions: tuple[str, ...]
    pages: int  # captured on days of the rule
    matched: int


def uses(source: Source, captures: Iterable[Capture]) -> list[RuleUse]:
    """One entry for each part of each rule, counted over the captures that are pages and of the rule's days."""
    counted: dict[tuple[int, str, tuple[str, ...]], list[int]] = {
        part: [0, 0] for number, rule in enumerate(source.rules, start=1) for part in _parts(number, rule)
    }
    for capture in captures:
        root = _tree(capture)
        if root is None:
            continue
        day = capture.captured_at.astimezone(UTC).date()
        for number, rule in enumerate(source.rules, start=1):
            if rule.is_valid(day):
                for part in _parts(number, rule):
                    counted[part][0] += 1
                    counted[part][1] += any(selectors.selects(root, e) for e in part[2])
    return [
        RuleUse(number=number, kind=kind, expressions=expressions, pages=pages, matched=matched)
        for (number, kind, expressions), (pages, matched) in counted.items()
    ]


def findings(source: Source, captures: Iterable[Capture]) -> Iterator[RegistryFinding]:
    """What is doubtful about the rules, going by these captures.

    An error is a body, title or publication time that is selected on no page; a warning one on few pages, or something
    to drop that stands on none.
    """
    for use in uses(source, captures):
        what = f"rules[{use.number}].{use.kind} ({' or '.join(use.expressions)})"
        if not use.pages:
            yield _finding(
                source, Severity.INFO, "rule_without_captures", f"{what}: there is no capture of its days to check"
            )
        elif use.kind == "drop":
            if not use.matched:
                message = f"{what} is on none of {use.pages} captures: take it out, or close it with valid_until"
                yield _finding(source, Severity.WARNING, "rule_unused", message)
        elif not use.matched:
            message = (
                f"{what} matches none of {use.pages} captures: close it with valid_until and write one for the new "
                "layout; until then these pages are extracted without it"
            )
            yield _finding(source, Severity.ERROR, "rule_unmatched", message)
        elif use.matched < SELDOM * use.pages:
            message = f"{what} matches {use.matched} of {use.pages} captures: is there a second layout?"
            yield _finding(source, Severity.WARNING, "rule_seldom", message)


def _parts(number: int, rule: ExtractionRule) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for kind, expressions in (("body", rule.body), ("title", rule.title), ("published", rule.published)):
        if expressions:
            yield number, kind, expressions
    for expression in rule.drop:
        yield number, "drop", (expression,)


def _tree(capture: Capture) -> HtmlElement | None:
    return parse(decode(capture.body, capture.header("content-type")).text)


def _finding(source: Source, severity: Severity, code: str, message: str) -> RegistryFinding:
    return RegistryFinding(severity=severity, source_key=source.key, code=code, message=message)
