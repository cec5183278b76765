"""Links of a Link header (RFC 8288 section 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LINK = re.compile(r"<([^<>]*)>((?:\s*+;\s*+[\w*!#$&+\-.^`|~]++\s*+(?:=\s*+(?:\"[^\"]*\"|[^\s;,\"]*+))?+)*+)")
_PARAMETER = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))")


def link_headers(values: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    """Target, rel and type of the links of a Link header."""
    for value in values:
        for target, parameters in _LINK.findall(value):
            given = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(parameters)}
            yield target, given.get("rel", ""), given.get("type", "")
