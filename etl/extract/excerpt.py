"""What of a page's text may be kept, where a publisher does not allow all of it."""

from __future__ import annotations

from dataclasses import replace

from etl.model import Page


def stored(page: Page, chars: int | None) -> Page:
    """The page with at most that many code points of its text, and a flag that says so; None keeps all of it.

    An excerpt ends with a word where there is one to end with. What was cut from the text is left out altogether: with
    the rest of the text it could be put together again. The headline and what else the page says of itself stays.
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
