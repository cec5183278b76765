"""The tail of a text: what themes and plug-ins print after the last paragraph."""

from __future__ import annotations

from etl.clean.anchors import Anchors
from etl.clean.fold import fold, line_key
from etl.clean.lines import WorkingText
from etl.clean.rules import Rule, load

TAIL_LINES = 6
MAX_LINE = 300  # the longest interface string is about half as long
MAX_GLUED = 200
_SENTENCE_ENDS = frozenset(".!?…。！？।؟۔\"”“»’'）)】」』]")


def clean_tail(work: WorkingText, known: Anchors) -> bool:
    """Take furniture out of the tail once; True when something was taken."""
    return _cut_line(work, known) or _cut_glued(work)


def line_rule(text: str, known: Anchors, zone: str) -> Rule | None:
    """Return the rule for a whole line in a zone, or None."""
    if len(text) > MAX_LINE:
        return None
    for rule in load().lines.get(line_key(text), ()):
        if rule.zone == zone and (not rule.is_word or known.language == rule.language):
            return rule
    return None


def _cut_line(work: WorkingText, known: Anchors) -> bool:
    if len(work.lines) < 2:
        return False
    for index in range(len(work.lines) - 1, max(0, len(work.lines) - 1 - TAIL_LINES), -1):
        rule = line_rule(work.lines[index].text, known, "tail")
        if rule is not None:
            work.drop(index, rule.id, "tail")
            return True
    return False


def _cut_glued(work: WorkingText) -> bool:
    """A prompt that follows the last sentence without a line break, at the very end of the text."""
    if not work.lines:
        return False
    line = work.lines[-1]
    window = line.text[-MAX_GLUED:]
    key = line_key(window)
    if not key:
        return False
    for phrase, rule in load().glued.get(key[-1], ()):
        if not key.endswith(phrase) or key == phrase:
            continue
        keep = _glue_point(line.text, phrase)
        if keep is not None:
            work.trim_end(len(work.lines) - 1, keep, rule.id, "tail")
            return True
    return False


def _glue_point(text: str, phrase: str) -> int | None:
    """Return where in a line the glued phrase begins, when a sentence ends right before it."""
    for at in range(len(text) - 1, max(0, len(text) - MAX_GLUED), -1):
        char = text[at]
        before = text[:at].rstrip()
        if not before or before[-1] not in _SENTENCE_ENDS or char.isspace() or char.islower():
            continue
        if fold(char)[:1] != phrase[:1]:
            continue
        if line_key(text[at:]) == phrase:
            return at
    return None
