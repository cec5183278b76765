"""The first element of a document, told by its first bytes as browsers do. Pure, and linear in what it reads.

Source: https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type. Beyond it, comments and
processing instructions are read over to what they stand before, since feeds begin with them as pages do.
"""

from __future__ import annotations

READ_BYTES = 1445  # the resource header of the standard

_UTF8_BOM = b"\xef\xbb\xbf"
_BLANKS = b"\t\n\x0b\x0c\r "
_NAME_END = _BLANKS + b"/>"
_LONGEST_NAME = len("sitemapindex")


def first_element(body: bytes) -> str | None:
    """The name of the first element in lower case, or `!doctype ` and its root; None if there is none.

    Between a byte-order mark and the element only blanks, comments and processing instructions may stand, and all of
    it within the first `READ_BYTES`: a comment that does not end there says nothing of what follows.

    >>> first_element(b"<!-- served by cache --><?xml version='1.0'?><RSS version='2.0'>")
    'rss'
    >>> first_element(b"<!DOCTYPE  html>"), first_element(b"<!-- no end <rss>"), first_element(b"text")
    ('!doctype html', None, None)
    """
    start = body[: READ_BYTES + len(_UTF8_BOM)].removeprefix(_UTF8_BOM)[:READ_BYTES]
    at = 0
    while True:
        at = _after_blanks(start, at)
        for opening, closing in ((b"<!--", b"-->"), (b"<?", b"?>")):
            if start.startswith(opening, at):
                end = start.find(closing, at + len(opening))
                break
        else:
            return _element(start, at)
        if end < 0:
            return None
        at = end + len(closing)


def _element(start: bytes, at: int) -> str | None:
    if start[at : at + 9].lower() == b"<!doctype":
        root = _after_blanks(start, at + 9)
        name = _name(start, root) if root > at + 9 else None
        return f"!doctype {name}" if name else None
    return _name(start, at + 1) if start[at : at + 1] == b"<" else None


def _name(start: bytes, at: int) -> str | None:
    """A name that is followed by what ends one."""
    end = at
    while end < len(start) and start[end] not in _NAME_END:
        end += 1
        if end - at > _LONGEST_NAME:
            return None
    if end == at or end == len(start):
        return None
    return start[at:end].decode("latin-1").lower()


def _after_blanks(start: bytes, at: int) -> int:
    while at < len(start) and start[at] in _BLANKS:
        at += 1
    return at
