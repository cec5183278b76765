"""Repairs what copying and sharing break in an address: separators, blanks and invisible characters, sessions.

Works on paths and queries as `parts` escapes them. Anything that a site may use is kept: a separator counts as broken only
before or after the name of a known tracker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

Drops = Callable[[str], bool]

# An HTML entity that was not decoded (`&amp;`, twice where it was escaped twice), left at the front of a name.
_ENTITY = re.compile(r"\A(?:amp(?:;|%3B))+", re.IGNORECASE)
# A separator at a wrong place or escaped, before the name of a parameter: `?id=1?utm_source=x`, `?id=1;utm_source=x`,
# `?id=1%26utm_source%3Dx`, `/a%3Futm_source=x`, `/a&utm_source=x`.
_SEPARATOR = re.compile(r"([?;&]|%3F|%3B|%26|%23)(?:amp;|amp%3B)?(?=([A-Za-z_][\w.\-\[\]]{0,60})(=|%3D))", re.ASCII)
_BEFORE_NAME = re.compile(r"\A(?:\?|\+|%20)+")
_MAY_BE_BROKEN = re.compile(r"[%;?&(]")
_PARTING = (";", "&", "%3B", "%26")
_NAME = re.compile(r"((?:(?!%3D)[^=])*)(?:=|%3D)?")
# Zero width space, soft hyphen, word joiner, byte order mark, marks of direction, Mongolian vowel separator: in no
# address on purpose. Joiners (U+200C, U+200D) belong to words in Persian and Hindi and are removed at the end only.
_INVISIBLE = re.compile(
    r"%C2%AD|%D8%9C|%E1%A0%8E|%E2%80%(?:8[BEF]|A[A-E])|%E2%81%(?:A[0-4]|A[6-9])|%EF%BB%BF",
)
_FINAL_BLANK = re.compile(r"%(?:0[9-D]|20|C2%(?:85|A0)|E1%9A%80|E2%80%(?:8[0-D]|A[89F])|E2%81%9F|E3%80%80)\Z")
# Java, ColdFusion and others put the session of a client without cookies behind a segment, ASP.NET before the path:
# https://learn.microsoft.com/previous-versions/aspnet/ms178581(v=vs.100), with session ids of 24 characters.
_SESSION = re.compile(r"(?:;|%3B)(?:jsessionid=|phpsessid=|cftoken=|cfid=|\$sessionid\$)[^;/]*", re.IGNORECASE)
_ASP_SESSION = re.compile(
    r"/(?:\(|%28)(?:(?=[a-z]*[0-5])[a-z0-5]{24}|(?:(?:X(?:\(|%28)\d|[AFS](?:\(|%28)[A-Za-z0-9_\-]{16,})(?:\)|%29)){1,4})(?:\)|%29)(?=/|\Z)"
)


def mended_path(path: str, drops: Drops) -> str:
    """An escaped path without its first slash, without sessions, invisible characters, final blanks, and trackers that
    hang on its last segment."""
    if not _MAY_BE_BROKEN.search(path):
        return path
    while True:
        folders, slash, last = _without_invisible(path).rpartition("/")
        last = _without_final_blanks(_without_trackers(last, drops))
        mended = _ASP_SESSION.sub("", "/" + _SESSION.sub("", folders + slash + last))[1:]
        if mended == path:
            return path
        path = mended


def parameters(query: str, drops: Drops) -> Iterator[tuple[str, str]]:
    """The parameters of an escaped query that are no trackers, each with its name, wherever a separator is broken."""
    for piece in query.split("&"):
        for parameter in _apart(piece, drops):
            if parameter and not drops(_name(_BEFORE_NAME.sub("", parameter))):
                yield parameter.partition("=")[0], parameter


def without_entity(parameter: str) -> str:
    """A parameter without the rest of an entity that stood for `&` before it."""
    return _ENTITY.sub("", parameter)


def _apart(piece: str, drops: Drops) -> Iterator[str]:
    """The parameters between two `&`, each separately."""
    if not _MAY_BE_BROKEN.search(piece):
        yield piece
        return
    while True:
        mended = _without_final_blanks(_without_invisible(without_entity(piece)))
        first, *others = _parts(mended, drops)
        if not others and mended == piece:
            yield piece
            return
        for part in others:
            yield from _apart(part, drops)
        piece = first


def _parts(piece: str, drops: Drops) -> list[str]:
    """A parameter, cut where another one begins behind a broken separator."""
    found, start = [], 0
    for match in _SEPARATOR.finditer(piece):
        here = piece[start : match.start()]
        # After a tracker `;` and an escaped `&` always separate, since some servers read them so. All servers read what
        # follows `?` as part of its value.
        if drops(match[2]) or (match[1] in _PARTING and drops(_name(here))):
            found.append(here)
            start = match.end()
    return [*found, piece[start:]]


def _name(parameter: str) -> str:
    return _NAME.match(parameter)[1]  # type: ignore[index]


def _without_trackers(segment: str, drops: Drops) -> str:
    kept, start, is_dropped = [], 0, False
    for match in _SEPARATOR.finditer(segment):
        if not is_dropped:
            kept.append(segment[start : match.start()])
        start, is_dropped = match.start(), drops(match[2])
    if not is_dropped:
        kept.append(segment[start:])
    return "".join(kept)


def _without_invisible(text: str) -> str:
    return _INVISIBLE.sub("", text) if "%" in text and _INVISIBLE.search(text) and _is_utf8(text) else text


def _without_final_blanks(text: str) -> str:
    end = len(text)
    while blank := _FINAL_BLANK.search(text, max(0, end - 9), end):
        end = blank.start()
    return text[:end] if end == len(text) or _is_utf8(text) else text


def _is_utf8(text: str) -> bool:
    """Whether an escaped text is in UTF-8: in other codings the same bytes are letters."""
    try:
        unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
