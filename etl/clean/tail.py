"""The tail of a text: what themes and plug-ins print after the last paragraph."""

from __future__ import annotations

from etl.clean.anchors import Anchors
from etl.clean.attribution import closing_agency
from etl.clean.finds import Finds
from etl.clean.fold import fold, line_key
from etl.clean.lines import WorkingText
from etl.clean.rules import load
from etl.clean.shapes import Match, footer_start, match_tail

TAIL_LINES = 6
MAX_GLUED = 200
_SENTENCE_ENDS = frozenset(".!?…。！？।؟۔\"”“»’'）)】」』]")


def clean_tail(work: WorkingText, known: Anchors, finds: Finds) -> bool:
    """Take furniture out of the tail once; True when something was taken."""
    return _cut_line(work, known, finds) or _cut_glued(work, known, finds)


def _cut_line(work: WorkingText, known: Anchors, finds: Finds) -> bool:
    """A whole line among the last six."""
    size = len(work.lines)
    for from_end in range(min(TAIL_LINES, size - 1)):
        line = work.lines[size - 1 - from_end]
        match = match_tail(work.view(size - 1 - from_end), known, from_end)
        if match is not None:
            finds.add(match, line.start, line.text)
            work.drop(size - 1 - from_end, match.rule_id, "tail")
            return True
    return False


def _cut_glued(work: WorkingText, known: Anchors, finds: Finds) -> bool:
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
    finds.add(match, work.lines[-1].end if work.lines else 0, taken)
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
    for at in range(len(text) - 1, max(0, len(text) - MAX_GLUED), -1):
        char = text[at]
        before = text[:at].rstrip()
        if not before or before[-1] not in _SENTENCE_ENDS or char.isspace() or char.islower():
            continue
        if fold(char)[:1] == phrase[:1] and line_key(text[at:]) == phrase:
            return at
    return None
