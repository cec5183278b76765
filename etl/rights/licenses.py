"""Licences that are known by their address: those of Creative Commons, with what they grant to anyone.

CC0, BY and BY-SA grant copies, also changed and for money; BY-ND grants copies as they are. NC depends on what for, which is
the operator's to say: nothing follows. Whether training is a copy of a work under BY-ND or a change is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from etl.rights.statements import ALL, Use

_COPIES = frozenset({Use.STORE, Use.SHOW, Use.EXPORT})
_GRANTS: Mapping[str, frozenset[Use]] = {
    "publicdomain/zero": ALL,
    "publicdomain/mark": ALL,
    "licenses/publicdomain": ALL,
    "licenses/by": ALL,
    "licenses/by-sa": ALL,
    "licenses/by-nd": _COPIES,
}


def grants(url: str) -> frozenset[Use]:
    """The uses that the licence at an address grants; none for one that is not known."""
    try:
        parts = urlsplit(url.strip().lower())
    except ValueError:
        return frozenset()
    if (parts.hostname or "").removeprefix("www.") != "creativecommons.org":
        return frozenset()
    return _GRANTS.get("/".join(parts.path.strip("/").split("/")[:2]), frozenset())
