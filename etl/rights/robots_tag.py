"""Directives of `<meta name=robots>` and `X-Robots-Tag`, as far as they concern how a page may be used.

Sources: Google's and Bing's documentation of both (developers.google.com/search/docs/crawling-indexing/robots-meta-tag);
`noai` and `noimageai` are informal. They only ever deny: `index`, `all` and `max-snippet:-1` are what holds without them.

    noindex, none       not found through an index: neither shown nor given away
    nosnippet, max-snippet:0    no text shown: neither shown nor given away
    unavailable_after   once that time is over, as noindex
    noarchive, nocache  no copy kept, so none given away either
    noai                no training
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from etl.normalize import dates
from etl.rights.statements import Use

_SHOWN = frozenset({Use.SHOW, Use.EXPORT})
_KEPT = frozenset({Use.STORE, Use.EXPORT})
DENIES: Mapping[str, frozenset[Use]] = {
    "noindex": _SHOWN,
    "none": _SHOWN,
    "nosnippet": _SHOWN,
    "max-snippet:0": _SHOWN,
    "noarchive": _KEPT,
    "nocache": _KEPT,
    "noai": frozenset({Use.TRAIN}),
}
# Values of these hold colons, commas or blanks of their own, so what stands before them is no crawler's name.
_WITH_NUMBER = frozenset({"max-snippet", "max-video-preview"})
_WITH_VALUE = _WITH_NUMBER | {"max-image-preview", "unavailable_after"}
_AFTER = "unavailable_after"
# A weekday in front of a date (RFC 850, RFC 822) is followed by a comma.
_WEEKDAY = re.compile(r"(unavailable[_-]after\s*:\s*[a-z]{3,9})\s*,", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;]")
_ZERO = re.compile(r"0+(?:\.0*)?$")


def directives(value: str, agent: str, *, names_agents: bool) -> list[str]:
    """The directives of a value that are for all crawlers or for `agent` (lower case), in lower case and their order.

    With `names_agents` (X-Robots-Tag) a name before a directive counts for those behind it, up to the next name. Blanks
    and semicolons are taken for commas, as they are often written so.
    """
    found: list[str] = []
    whose = "*"
    for item in _SEPARATOR.split(_WEEKDAY.sub(r"\1", value)):
        name, colon, rest = (part.strip() for part in item.partition(":"))
        if colon and names_agents and name.lower() not in _WITH_VALUE and not name.startswith(tuple("0123456789")):
            whose, item = name.lower(), rest
            name, colon, rest = (part.strip() for part in item.partition(":"))
        if whose not in ("*", agent):
            continue
        words = name.lower().split()
        if colon and words and words[-1] in _WITH_VALUE:  # "noindex max-snippet: 0" as well
            found += [*words[:-1], f"{words[-1]}:{_value(words[-1], rest)}"]
        else:
            found += item.lower().split()
    return found


def denied(found: Iterable[str], at: datetime) -> frozenset[Use]:
    """The uses that directives deny at the time `at`."""
    no: set[Use] = set()
    for directive in found:
        no |= DENIES.get(directive, frozenset())
        name, _, value = directive.partition(":")
        if name == _AFTER and _is_over(value, at):
            no |= _SHOWN
    return frozenset(no)


def _value(name: str, text: str) -> str:
    first = text.split()[0] if text.split() else ""
    return "0" if name in _WITH_NUMBER and _ZERO.match(first) else text if name == _AFTER else first.lower()


def _is_over(text: str, at: datetime) -> bool:
    stamp = dates.parse(text)
    if stamp is None:
        return False
    if stamp.instant is not None:
        return stamp.instant < at
    return stamp.day is not None and stamp.day < at.date()
