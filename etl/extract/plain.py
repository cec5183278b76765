"""Plain text that a scraper or an archive's conversion left of a page: a title line, the theme's head line, paragraphs."""

from __future__ import annotations

import re

from etl.extract.draft import Draft
from etl.normalize.text import lines

_MAX_TITLE = 220
_SENTENCE_END = re.compile(r"[.。！!？?؟…:;,]$")


def read(text: str) -> Draft:
    """The first line is the title where it can be one: short, no sentence, and followed by something longer."""
    body = lines(text)
    first, _, rest = body.partition("\n")
    longest = max((len(line) for line in rest.split("\n")), default=0)
    if (
        not rest
        or len(first) > _MAX_TITLE
        or longest <= len(first)
        or (_SENTENCE_END.search(first) and first not in rest)
    ):
        return Draft(text=body, evidence={"text": "plain"})
    return Draft(text=body, title=first, titles=(first,), evidence={"title": "first line", "text": "plain"})
