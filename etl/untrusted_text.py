"""Where strangers' text becomes ours: what no table, JSON or log of ours may hold is replaced here, and nowhere else.

Text is `storable` when PostgreSQL, JSON and UTF-8 take it: it has no NUL and no lone surrogate (RFC 8259 section 8.2,
https://www.postgresql.org/docs/current/datatype-json.html). `as_line` gives text that moreover has no controls (C0, DEL, C1) and
no line ends, so that it can forge neither a second line of a log nor a command of a terminal.

What comes from outside passes one of these where it is read: fields of answers in `etl.fetch`, what documents say in
`etl.discover`. Each session of the warehouse makes every text `storable` once more (`etl.warehouse.engine`): what a
new path forgets is then still no reason for the database to refuse a transaction.
"""

from __future__ import annotations

import json
import re

REPLACEMENT = "\ufffd"

_LINE_ENDS_AND_CONTROLS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]")
_NUL_IN_JSON = "\\u0000"


def storable(text: str) -> str:
    r"""The text with U+FFFD for each NUL and lone surrogate; halves of a pair that stand side by side are joined.

    >>> storable("a\x00b\ud83dc \ud83d\ude00") == "a\ufffdb\ufffdc 😀"
    True
    """
    if "\x00" in text:
        text = text.replace("\x00", REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def as_line(text: str, limit: int | None = None) -> str:
    r"""The text on one line, at most `limit` characters: a blank for each run of blanks, controls and line ends.

    >>> as_line(" Not\x00 Found\r\n\x1b[31m  red ")
    'Not\ufffd Found [31m red'
    """
    words = " ".join(storable(_LINE_ENDS_AND_CONTROLS.sub(" ", text)).split())
    return words if limit is None else words[:limit]


def to_json(value: object) -> str:
    r"""Canonical JSON that PostgreSQL takes as jsonb: names sorted, every text in it `storable`.

    >>> to_json({"b": "\x00", "a": "a backslash before u0000: \\u0000"})
    '{"a":"a backslash before u0000: \\\\u0000","b":"\ufffd"}'
    """
    text = storable(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    if _NUL_IN_JSON in text:
        # Read again, since a backslash that is text may stand before "u0000".
        return json.dumps(_without_nul(json.loads(text)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text


def raised(error: BaseException) -> str:
    """What was raised, for people, on one line."""
    return as_line(f"raised {type(error).__name__}: {error}", 500)


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(name): _without_nul(each) for name, each in value.items()}
    return [_without_nul(each) for each in value] if isinstance(value, list) else value
