"""Cuts a page's text to what its source's `rights.store` allows."""

from __future__ import annotations

from dataclasses import replace

from etl.model import Page


def stored(page: Page, chars: int | None) -> Page:
    """The page with at most `chars` code points of its text, and a flag for that; None keeps all of it.

    An excerpt ends at a word's end where possible. The cuts (`removed`) are left out, since the rest of the text could be
    reconstructed with them. Headline and metadata stay.
    """
    if chars is None:
        return page
    flag = "stored_excerpt" if chars else "stored_metadata"
    return replace(page, text=_excerpt(page.text, chars), removed=(), flags=(*page.flags, flag))


def _excerpt(text: str, chars: int) -> str:
    if len(text) <= chars:
        return text
    start = text[:chars]
    if text[chars].isspace():
        return start.rstrip()
    words = start[: max(start.rfind(" "), start.rfind("\n")) + 1].rstrip()
    # In scripts without spaces there may be no such place, or one far back.
    return words if len(words) * 2 > chars else start
