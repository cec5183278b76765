"""The boilerplate engine: what is not the article's text is taken out, recorded, and what is worth keeping moved.

    extracted text + context  →  clean text + cuts + moved fields

Pure: the same text and context give the same result. Cleaning a clean text again changes nothing.
"""

from __future__ import annotations

import re

from etl.clean.anchors import anchors
from etl.clean.context import Caption, CleanContext, Cleaned
from etl.clean.head import HeadFinds, clean_head
from etl.clean.lines import WorkingText, rebuild
from etl.clean.tail import clean_tail
from etl.model import Cut

__all__ = ["Caption", "CleanContext", "Cleaned", "clean", "rebuild"]

MAX_STEPS = 200  # every step takes something out; real pages need fewer than thirty
MAX_CUT_SHARE = 0.25
ANCHORED = ("title_echo", "comment_link.")
_SENTENCE = re.compile(r"[.!?…]['”\"»’)\]]*(?=\s|$)|[。！？।؟۔]")


def clean(text: str, context: CleanContext | None = None) -> Cleaned:
    """Return the text without boilerplate, every cut, and what was moved out of it.

    `text` is NFC with line breaks between blocks; offsets of the cuts are code points of it. When the cuts would take
    over a quarter of the characters, or leave less than two sentences of more, the text stays whole and the flag
    `clean_guard` says so.
    """
    known = anchors(context or CleanContext())
    work = WorkingText(text)
    finds = HeadFinds()
    for _ in range(MAX_STEPS):
        if not (clean_head(work, known, finds) or clean_tail(work, known)):
            break
    kept, cuts = work.finish()
    if not cuts:
        return Cleaned(text=text)
    if _guard(text, kept, cuts):
        return Cleaned(text=text, flags=("clean_guard",))
    return Cleaned(
        text=kept,
        cuts=cuts,
        head_title=finds.title,
        head_date_text=finds.dates[0] if finds.dates else None,
        head_authors=tuple(finds.authors),
        head_categories=tuple(finds.categories),
    )


def _guard(given: str, kept: str, cuts: tuple[Cut, ...]) -> bool:
    """True when the cuts took so much that they are not to be trusted.

    What the page's own title anchors is certain and does not count: in a short report it is easily a quarter.
    """
    certain = sum(len(cut.text) for cut in cuts if cut.rule.startswith(ANCHORED))
    doubtful = len(given) - len(kept) - certain
    if doubtful > MAX_CUT_SHARE * (len(given) - certain):
        return True
    return _sentences(kept) < 2 <= _sentences(given)


def _sentences(text: str) -> int:
    return len(_SENTENCE.findall(text))
