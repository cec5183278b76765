"""Whether a text is a consent wall. Nothing is cut: one phrase may be news about cookies, a wall is most of a text."""

from __future__ import annotations

from etl.clean.fold import fold, squeeze
from etl.clean.lines import split_lines
from etl.clean.rules import load

MAX_TEXT = 3000  # characters; walls are shorter, long texts that quote one are articles
MIN_PHRASES = 2
MIN_SHARE = 0.4
# One of these is on every consent wall; a quick look before the text is folded.
_STEMS = (
    "cookie", "consent", "einwillig", "accept", "akzept", "accett", "acept", "aceit", "refus", "weiger", "evästei", "galet",
    "informasjonskapsler", "çerez", "süti", "кук", "cooki", "クッキー", "許可", "쿠키", "ملفات تعريف", "partner", "odmítnout",
)  # fmt: skip


def is_consent_text(text: str) -> bool:
    """True when two different phrases of consent walls stand in lines that make two fifths of the text."""
    if len(text) > MAX_TEXT:
        return False
    low = text.lower()
    if not any(stem in low for stem in _STEMS):
        return False
    plain = squeeze(fold(text))
    found = {phrase for phrase in load().consent if phrase in plain}
    if len(found) < MIN_PHRASES:
        return False
    held = sum(len(line.text) for line in split_lines(text) if any(p in squeeze(fold(line.text)) for p in found))
    return held >= MIN_SHARE * len(text)
