"""Reads JSON as servers send it: with what other programs wrote around it, and the rest of a list where one entry is broken."""

from __future__ import annotations

import json
import re
from typing import Any

# Where a list of objects, or an object, begins; before it may stand warnings of PHP.
_BEGINS = re.compile(r"""\[\s*\{\s*["}]|\{\s*"|\[\s*\]""")
_LIST = re.compile(r"\[\s*(?=\{)")
_OPENING = re.compile(r"[\s,]*+\{")
_NEXT = re.compile(r"\}\s*,\s*\{")
MAX_LOST = 1000  # what is broken in more places is no list


def begins_with_json(text: str) -> bool:
    """Whether JSON begins here, or behind what a program printed before it."""
    return text.startswith(("{", "[")) or _BEGINS.search(text) is not None


def load(text: str) -> tuple[Any, tuple[str, ...]]:
    """The value of a JSON document, and what was wrong with it.

    What stands around it is ignored. Of a document that is broken, its first list of objects is read one object at a time;
    None if there is none.
    """
    begins = 0 if text.startswith(("{", "[")) else (found.start() if (found := _BEGINS.search(text)) else 0)
    decoder = json.JSONDecoder(strict=False)  # raw line ends and tabs within strings are what many exporters write
    try:
        value, end = decoder.raw_decode(text, begins)
    except (ValueError, RecursionError) as error:
        value, lost = _salvaged(text, begins)
        said = f"not_well_formed: {error}"[:250]
        return value, (said, f"lost: {lost} entries could not be read") if lost else (said,)
    if begins or text[end:].strip():
        return value, ("not_well_formed: something else stands before or behind the JSON",)
    return value, ()


def _salvaged(text: str, begins: int) -> tuple[list[Any] | None, int]:
    start = _LIST.search(text, begins)
    if start is None:
        return None, 0
    decoder = json.JSONDecoder(strict=False)
    items: list[Any] = []
    lost, position = 0, start.end()
    while lost < MAX_LOST and (opening := _OPENING.match(text, position)):
        try:
            item, position = decoder.raw_decode(text, opening.end() - 1)
            items.append(item)
        except (ValueError, RecursionError):
            lost += 1
            following = _NEXT.search(text, opening.end())
            if following is None:
                break
            position = following.end() - 1
    return items, lost
