"""The tail of a text: what themes and plug-ins print after the last paragraph."""

from __future__ import annotations

from etl.clean.anchors import Anchors
from etl.clean.attribution import MAX_NOTE, closing_agency
from etl.clean.collected import CollectedValues
from etl.clean.fold import fold, line_key
from etl.clean.lines import WorkingText
from etl.clean.meta import parse_meta
from etl.clean.rules import load
from etl.clean.shapes import Match, footer_start, match_tail

TAIL_LINES = 6
LAST_LINES = 3  # where a date line, an author's note or an agency's name may stand
MAX_GLUED = 200
MAX_DATE_LINE = 100
_SENTENCE_ENDS = frozenset(".!?…。！？।؟۔\"”“»’'）)】」』]")


def clean_tail(work: WorkingText, known: Anchors, collected: CollectedValues) -> bool:
    """Cut boilerplate from the tail once; True when something was cut."""
    return _cut_line(work, known, collected) or _cut_glued(work, known, collected)


def _cut_line(work: WorkingText, known: Anchors, collected: CollectedValues) -> bool:
    """A whole line among the last six."""
    size = len(work.lines)
    for from_end in range(min(TAIL_LINES, size - 1)):
        index = size - 1 - from_end
        line, view = work.lines[index], work.view(index)
        stage = f"tail{min(from_end, LAST_LINES)}"
        if stage in view.judged:
            continue
        view.judged.add(stage)
        match = match_tail(view, known, from_end) or _date_line(line.text, known, from_end)
        if match is not None:
            collected.add(match, line.start, line.text)
            work.drop(index, match.rule_id, "tail", is_proven=match.is_proven)
            if match.rule_id.startswith("author.heading."):
                _move_note(work, collected, index)
            return True
    return False


def _date_line(text: str, known: Anchors, from_end: int) -> Match | None:
    """A date with its label, or with the author, and nothing else: "Updated at 1:23 p.m.", "August 08, 2018"."""
    if from_end >= LAST_LINES or len(text) > MAX_DATE_LINE or not any(map(str.isdigit, text)):
        return None
    meta = parse_meta(text, known)
    if meta is None or meta.unknown or not (meta.dates or meta.is_timed):
        return None
    return Match(rule_id="tail_meta", category="tail_meta")


def _move_note(work: WorkingText, collected: CollectedValues, index: int) -> None:
    """Take the paragraph along that is all that follows a heading such as "About the author"."""
    if index == len(work.lines) - 1 and index > 0 and len(work.lines[index].text) <= MAX_NOTE:
        line = work.drop(index, "author.note", "tail")
        collected.add(Match(rule_id="author.note", category="author_box", move_to="author_note"), line.start, line.text)


def _cut_glued(work: WorkingText, known: Anchors, collected: CollectedValues) -> bool:
    """What follows the last sentence without a line break, at the very end of the text."""
    if not work.lines:
        return False
    text = work.lines[-1].text
    found = _glued_phrase(text) or _glued_footer(text, known) or _glued_agency(text)
    if found is None:
        return False
    keep, match = found
    if not text[:keep].strip():
        return False
    taken = work.trim_end(len(work.lines) - 1, keep, match.rule_id, "tail")
    collected.add(match, work.lines[-1].end if work.lines else 0, taken)
    return True


def _glued_phrase(text: str) -> tuple[int, Match] | None:
    key = line_key(text[-MAX_GLUED:])
    if not key:
        return None
    for phrase, rule in load().glued.get(key[-1], ()):
        if not key.endswith(phrase) or key == phrase:
            continue
        keep = _glue_point(text, phrase)
        if keep is not None:
            return keep, Match(rule_id=rule.id, category=rule.category, move_to=rule.move_to)
    return None


def _glued_footer(text: str, known: Anchors) -> tuple[int, Match] | None:
    key = line_key(text[-600:])
    for footer in load().footers:
        if footer.pieces[1] in key:
            keep = footer_start(text, footer, known)
            if keep and text[:keep].rstrip()[-1:] in _SENTENCE_ENDS:
                return keep, Match(rule_id=footer.rule.id, category=footer.rule.category)
    return None


def _glued_agency(text: str) -> tuple[int, Match] | None:
    keep = closing_agency(text)
    if keep is None:
        return None
    return keep, Match(rule_id="credit.closing_agency", category="credit", move_to="credit_line")


def _glue_point(text: str, phrase: str) -> int | None:
    """Return where in a line the glued phrase begins, when a sentence ends right before it."""
    window = text[-2 * MAX_GLUED :]
    for at in range(len(window) - 1, max(0, len(window) - MAX_GLUED), -1):
        char = window[at]
        before = window[:at].rstrip()
        if not before or before[-1] not in _SENTENCE_ENDS or char.isspace() or char.islower():
            continue
        if fold(char)[:1] == phrase[:1] and line_key(window[at:]) == phrase:
            return len(text) - len(window) + at
    return None
