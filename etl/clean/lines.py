"""The working copy of a text while it is cleaned: lines that are whole, cut at one end, or gone.

Every line stays one unbroken span of the given text, so that nothing can be cut out of the middle of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from etl.clean.view import LineView
from etl.model import Cut

_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")


class WorkingLine(NamedTuple):
    """A line that is not blank: a span of the given text without white space at its ends."""

    start: int
    end: int
    text: str


class Mark(NamedTuple):
    """A decision to cut a span: a whole line, or one end of it."""

    rule: str
    zone: str
    start: int
    end: int
    at_line_end: bool = False  # what stays of the line stands before it
    is_proven: bool = False  # by the page itself, not by words alone


def split_lines(text: str) -> list[WorkingLine]:
    """Return the lines that hold more than white space, in order, with any kind of line end."""
    lines = []
    for match in _LINE.finditer(text):
        raw = match.group()
        body = raw.strip()
        if body:
            start = match.start() + len(raw) - len(raw.lstrip())
            lines.append(WorkingLine(start=start, end=start + len(body), text=body))
    return lines


class WorkingText:
    """The remaining lines, and the marks made so far; used within one call of `clean` only."""

    __slots__ = ("_views", "given", "lines", "marks")

    def __init__(self, text: str) -> None:
        self.given = text
        self.lines: list[WorkingLine] = split_lines(text)
        self.marks: list[Mark] = []
        self._views: dict[tuple[int, int], LineView] = {}

    def view(self, index: int) -> LineView:
        """Return the line as it is compared."""
        line = self.lines[index]
        found = self._views.get((line.start, line.end))
        if found is None:
            found = self._views[(line.start, line.end)] = LineView(line.text)
        return found

    def drop(self, index: int, rule: str, zone: str, *, is_proven: bool = False) -> WorkingLine:
        """Take the whole line out and return it."""
        line = self.lines.pop(index)
        self.marks.append(Mark(rule=rule, zone=zone, start=line.start, end=line.end, is_proven=is_proven))
        return line

    @property
    def proven(self) -> tuple[str, ...]:
        """The lines taken out that the page itself proves to be none of the text."""
        return tuple(self.given[mark.start : mark.end] for mark in self.marks if mark.is_proven)

    def trim_start(self, index: int, length: int, rule: str, zone: str) -> str:
        """Take the first `length` characters of a line out, and the white space after them; return them."""
        line = self.lines[index]
        rest = line.text[length:]
        body = rest.lstrip()
        taken = line.text[:length]
        if not body:
            self.drop(index, rule, zone)
            return taken
        start = line.end - len(body)
        self.marks.append(Mark(rule=rule, zone=zone, start=line.start, end=start))
        self.lines[index] = WorkingLine(start=start, end=line.end, text=body)
        return taken

    def trim_end(self, index: int, keep: int, rule: str, zone: str) -> str:
        """Keep the first `keep` characters of a line, take the rest out and return it."""
        line = self.lines[index]
        body = line.text[:keep].rstrip()
        taken = line.text[keep:]
        if not body:
            self.drop(index, rule, zone)
            return taken
        end = line.start + len(body)
        self.marks.append(Mark(rule=rule, zone=zone, start=end, end=line.end, at_line_end=True))
        self.lines[index] = WorkingLine(start=line.start, end=end, text=body)
        return taken

    def finish(self) -> tuple[str, tuple[Cut, ...]]:
        """Return the clean text, and the cuts sorted by place; cuts take the white space that they leave behind.

        Where a line follows that stays, a cut reaches to its start; at the end of the text it begins where the last
        line that stays ends. So lines that stay keep exactly the white space between them.
        """
        if not self.marks:
            return self.given, ()
        marks = sorted(self.marks, key=lambda m: (m.start, m.end))
        if not self.lines:
            bounds = [0, *(m.start for m in marks[1:]), len(self.given)]
            spans = list(pairwise(bounds))
        else:
            spans = self._spans(marks)
        cuts = tuple(
            Cut(rule=m.rule, zone=m.zone, start=s, end=e, text=self.given[s:e])
            for m, (s, e) in zip(marks, spans, strict=True)
        )
        return remove(self.given, cuts), cuts

    def _spans(self, marks: Sequence[Mark]) -> list[tuple[int, int]]:
        """Widen the marks over the white space around them, without overlap and without touching a line that stays."""
        first, last = self.lines[0].start, self.lines[-1].end
        starts = sorted([m.start for m in marks] + [line.start for line in self.lines])
        spans = []
        position = {start: i for i, start in enumerate(starts)}
        previous_end = last
        for mark in marks:
            if mark.start >= last:  # after everything that stays
                start = previous_end
                end = mark.end
                previous_end = end
            elif mark.at_line_end:
                start, end = mark.start, mark.end
            else:
                start = mark.start
                following = position[mark.start] + 1
                end = starts[following] if following < len(starts) else mark.end
            spans.append((start, end))
        if spans and spans[0][0] < first:
            spans[0] = (0, spans[0][1])  # white space before the first line goes with it
        if spans and marks[-1].start >= last:
            spans[-1] = (spans[-1][0], len(self.given))
        return spans


def remove(text: str, cuts: Sequence[Cut]) -> str:
    """Return the text without the cuts, which are sorted and do not overlap."""
    parts = []
    position = 0
    for cut in cuts:
        parts.append(text[position : cut.start])
        position = cut.end
    parts.append(text[position:])
    return "".join(parts)


def rebuild(text: str, cuts: Sequence[Cut]) -> str:
    """Return the extracted text that a clean text and its cuts came from, exactly.

    >>> rebuild("A\\nB", [Cut(rule="r", zone="tail", start=3, end=5, text="\\nC")])
    'A\\nB\\nC'
    """
    parts = []
    position = 0  # in the extracted text
    used = 0  # of the clean text
    for cut in sorted(cuts, key=lambda c: (c.start, c.end)):
        take = cut.start - position
        parts.append(text[used : used + take])
        parts.append(cut.text)
        used += take
        position = cut.end
    parts.append(text[used:])
    return "".join(parts)
