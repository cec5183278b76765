"""Patterns of addresses, as robots.txt writes them (RFC 9309 section 2.2.3): `*` is any text, a final `$` the end.

A pattern that begins with `/` or `*` is held against path and query, any other against host, path and query.
Letters may be written as they are or percent-encoded.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from etl.errors import Quarantine
from etl.urls import normal_url


def matches(pattern: str, url: str) -> bool:
    """True if an address matches. False for what is no address. In linear time for each `*`.

    >>> matches("/sport/", "https://a.example/sport/tennis?page=2"), matches("*.html$", "https://a.example/x.html?a=1")
    (True, False)
    >>> matches("live.a.example/", "https://live.a.example/x"), matches("/*/live/", "https://a.example/en/live/")
    (True, True)
    """
    try:
        # Parameters that only track are no part of an address; a pattern may name any other.
        parts = urlsplit(normal_url(url))
    except (Quarantine, ValueError):
        return False
    text = unquote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    if not pattern.startswith(("/", "*")):
        text = parts.netloc.removeprefix("www.") + text
        pattern = pattern.removeprefix("www.")
    is_whole = pattern.endswith("$")
    first, *others = (unquote(piece) for piece in pattern.removesuffix("$").split("*"))
    if not text.startswith(first):
        return False
    if not others:
        return not is_whole or text == first
    at = len(first)
    for piece in others[:-1]:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    last = others[-1]
    return text[at:].endswith(last) if is_whole else text.find(last, at) >= 0
