"""The keys of version 1: older tombstones hold them, and the address cannot be computed from its hash."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress

from etl.errors import Quarantine
from etl.urls.keys import key_of_form, normal_url, page_url, url_key
from etl.urls.parts import (
    C0_AND_SPACE,
    MAX_URL_CHARS,
    URN,
    authority_of,
    bad,
    escape_path,
    escape_query,
    split,
    without_dots,
)
from etl.urls.rules import DEFAULT_RULES, KeyRules
from etl.urls.trackers import PARAMETERS_OF_1, PREFIXES_OF_1

_SESSION = re.compile(r";jsessionid=[^;/]*", re.IGNORECASE)


def former_keys(url: str, *, rules: KeyRules | None = None) -> frozenset[bytes]:
    """The keys of version 1 for a URL as it is written and for the page that it leads to, without the current key."""
    found = set()
    for address in _addresses(url, rules):
        try:
            found.add(key_of_form(former_url(address, rules=rules)))
        except Quarantine:
            continue
    with suppress(Quarantine):
        found.discard(url_key(url, rules=rules))
    return frozenset(found)


def former_url(url: str, *, rules: KeyRules | None = None) -> str:
    """The normal form of version 1. Raises as `normal_url`."""
    if URN.fullmatch(url):
        return url.lower()
    scheme, authority, path, query = split(url, outer=C0_AND_SPACE)
    path = without_dots(_SESSION.sub("", escape_path(path)))
    query = _query(escape_query(query), rules or DEFAULT_RULES)
    normal = f"{scheme}://{authority_of(scheme, authority, url)}{path}{'?' if query else ''}{query}"
    if len(normal) > MAX_URL_CHARS:
        raise bad(url, f"over {MAX_URL_CHARS} characters")
    return normal


def _addresses(url: str, rules: KeyRules | None) -> Iterable[str]:
    yield url
    page = page_url(url)
    yield page
    try:
        yield normal_url(page, rules=rules)
    except Quarantine:
        return


def _query(query: str, rules: KeyRules) -> str:
    named = [(parameter.partition("=")[0], parameter) for parameter in query.split("&") if parameter]
    kept = [pair for pair in named if not _drops(pair[0], rules)]
    return "&".join(parameter for _, parameter in sorted(kept, key=lambda pair: pair[0]))


def _drops(name: str, rules: KeyRules) -> bool:
    name = name.lower()
    if any(name == kept.lower() for kept in rules.keep):
        return False
    if name in PARAMETERS_OF_1 or name.startswith(PREFIXES_OF_1):
        return True
    return any(name == dropped.lower() for dropped in rules.drop)
