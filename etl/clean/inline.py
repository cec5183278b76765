"""Lines between the paragraphs: labels of advertisements, links to other articles, captions, calls to subscribe."""

from __future__ import annotations

from etl.clean.anchors import Anchors
from etl.clean.attribution import credit_of
from etl.clean.collected import CollectedValues
from etl.clean.lines import WorkingText
from etl.clean.shapes import Match, match_inline
from etl.clean.view import LineView

LEAD_LINES = 5  # title, subtitle and date lines may stand over the lead
EDGE_LINES = 12  # head and tail change no line farther from the ends of the text


def clean_inline(work: WorkingText, known: Anchors, collected: CollectedValues, seen: set[tuple[int, int]]) -> bool:
    """Cut lines of boilerplate anywhere in the text; True when something was cut.

    `seen` holds the spans that were examined: a line is judged by its own words, so once is enough, and after the first
    time only lines near the ends can be new.
    """
    index = 0
    taken = False
    is_again = bool(seen)
    while index < len(work.lines):
        if is_again and index == EDGE_LINES:
            index = max(index, len(work.lines) - EDGE_LINES)
            is_again = False
            continue
        line = work.lines[index]
        if (line.start, line.end) in seen:
            index += 1
            continue
        seen.add((line.start, line.end))
        match = match_inline(work.view(index), known)
        if match is None or len(work.lines) == 1 or (index < LEAD_LINES and _may_be_lead(match, line.text)):
            index += 1
            continue
        collected.add(match, line.start, line.text)
        work.drop(index, match.rule_id, "inline", is_proven=match.is_proven)
        taken = True
        if match.category == "related":
            _drop_links(work, index, known)
    return taken


def _may_be_lead(match: Match, text: str) -> bool:
    """True for a line near the top that is a sentence of a known caption: short reports print the same sentence twice."""
    return match.rule_id == "caption.known" and text.endswith((".", "。", "।", "۔")) and credit_of(text) is None


def _drop_links(work: WorkingText, index: int, known: Anchors) -> None:
    """Take the lines out that follow a related label and were nothing but a link."""
    while index < len(work.lines) and len(work.lines) > 1 and _is_link(work.view(index), known):
        work.drop(index, "related.link", "inline", is_proven=True)


def _is_link(line: LineView, known: Anchors) -> bool:
    return bool(known.link_lines) and len(line.text) <= 300 and line.key in known.link_lines
