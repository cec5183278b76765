"""The boilerplate engine: cuts what is not the article's text, records each cut, and moves useful lines to fields.

    extracted text + context  →  clean text + cuts + moved fields

Pure: the same text and context give the same result. Cleaning a clean text again changes nothing.
"""

from __future__ import annotations

import re

from etl.clean.anchors import Anchors, anchors
from etl.clean.collected import CollectedValues
from etl.clean.consent import is_consent_text
from etl.clean.context import Caption, CleanContext, Cleaned
from etl.clean.head import clean_head
from etl.clean.inline import clean_inline
from etl.clean.lines import WorkingText, rebuild
from etl.clean.shapes import match_note
from etl.clean.tail import TAIL_LINES, clean_tail
from etl.model import Cut
from etl.normalize.credits import agencies, dateline

__all__ = ["Caption", "CleanContext", "Cleaned", "clean", "rebuild"]

MAX_STEPS = 500  # every step cuts something from head or tail; real pages need fewer than fifty
MAX_CUT_SHARE = 0.25
MAX_PROVEN_SHARE = 0.5  # a text with a larger share of links and tags is a list of these: they are its content
NOTE_LINES = 4  # of the head; at the end the whole tail is looked at
# Cuts that are proved by the page's own title or by an activated site list. They are certain, so the guard ignores them.
ANCHORED = ("title_echo", "comment_link.", "appeared_first.", "site_line")
_SENTENCE = re.compile(r"[.!?…]['”\"»’)\]]*(?=\s|$)|[。！？।؟۔]")


def clean(text: str, context: CleanContext | None = None) -> Cleaned:
    """Return the text without boilerplate, every cut, and what was moved out of it.

    `text` is NFC with line breaks between blocks; offsets of the cuts are code points of it. When the cuts would take
    over a quarter of the characters, leave less than two sentences of more, or find no end, the text stays whole and the
    flag `clean_guard` says so. What the page itself proves does not count: its title, its tags, a note on its author, its
    captions, and lines that are its links behind a label. The flag `consent_text` marks a text that is mostly a consent wall's.
    """
    known = anchors(context or CleanContext())
    work = WorkingText(text)
    collected = CollectedValues()
    seen: set[tuple[int, int]] = set()
    taken, steps = True, 0
    while taken and steps < MAX_STEPS:
        taken = clean_inline(work, known, collected, seen)
        taken = clean_head(work, known, collected) or clean_tail(work, known, collected) or taken
        steps += 1
    kept, cuts = work.finish()
    flags = ("consent_text",) if is_consent_text(text) else ()
    if taken or _guard(text, kept, cuts, work.proven):  # a text that is boilerplate without end is no article
        return Cleaned(
            text=text, flags=(*flags, "clean_guard"), dateline=dateline(text), agencies=agencies(text, (), None)
        )
    notes = _notes(work, known)
    return Cleaned(
        text=kept,
        cuts=cuts,
        **(collected.fields() | notes.fields()),
        dateline=dateline(kept),
        captions=tuple(caption for _, caption in sorted(collected.captions, key=lambda found: found[0])),
        agencies=agencies(kept, (), collected.field("credit_line")),
        tags=tuple(collected.tags),
        head_title=collected.title,
        head_date_text=collected.dates[0] if collected.dates else None,
        head_authors=tuple(collected.authors),
        head_categories=tuple(collected.categories),
        flags=flags,
    )


def _notes(work: WorkingText, known: Anchors) -> CollectedValues:
    """Return copies of corrections and editor's notes; they stay in the text."""
    notes = CollectedValues()
    size = len(work.lines)
    for index, line in enumerate(work.lines):
        if NOTE_LINES <= index < size - TAIL_LINES:
            continue
        if len(line.text) <= 600 and (match := match_note(work.view(index), known)):
            notes.add(match, line.start, line.text)
    return notes


def _guard(given: str, kept: str, cuts: tuple[Cut, ...], proven: tuple[str, ...]) -> bool:
    """True when the cuts are so large that they are not trusted."""
    if not cuts:
        return False
    certain = [cut.text for cut in cuts if cut.rule.startswith(ANCHORED)]
    if sum(map(len, proven)) <= MAX_PROVEN_SHARE * len(given):
        certain += proven
    doubted = len(given) - sum(map(len, certain))
    if doubted - len(kept) > MAX_CUT_SHARE * doubted:
        return True
    return _sentences(kept) < 2 <= _sentences(given) - sum(map(_sentences, certain))


def _sentences(text: str) -> int:
    return len(_SENTENCE.findall(text))
