"""URLs in wire form, and the headers Location and Retry-After."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from etl import urls
from etl.errors import Quarantine

# What RFC 3986 allows in a path or query, and `%`: escapes go out as they came in, since some servers tell `%2C` from
# `,` (signed URLs). Only what cannot stand in a request line is escaped.
_SAFE = "%!$&'()*+,;=:@/?-._~[]|^`{}"
_SPLIT = re.compile(r"(https?):[/\\]*[^/\\?#]*([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL)
# Longer rests are mistakes: a host is visited again after a day at the latest.
MAX_RETRY_AFTER_S = 86_400.0

_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_TAB_AND_NEWLINE = str.maketrans("", "", "\t\n\r")


class BadUrlError(ValueError):
    """Not a URL that can be fetched."""


def wire_url(url: str) -> str:
    """The URL that is sent: ASCII, host in its one spelling, no user, fragment or dot segments; all else as given.

    >>> wire_url("HTTP://user@BÜCHER.example:80/a/../ß x?q=%2c#top")
    'http://xn--bcher-kva.example/%C3%9F%20x?q=%2c'

    Raises `BadUrlError`.
    """
    try:
        host = urls.host_of(url)
    except Quarantine as error:
        raise BadUrlError(error.detail) from error
    match = _SPLIT.fullmatch(url.strip(_C0_AND_SPACE).translate(_TAB_AND_NEWLINE))
    if match is None or not host:
        raise BadUrlError(f"not a web address: {url[:200]!r}")
    scheme, path, query = match[1].lower(), match[2].replace("\\", "/"), match[3] or ""
    return f"{scheme}://{host}{_without_dots(_escape(path))}{_escape(query)}"


def redirect_target(base: str, locations: list[bytes]) -> str:
    """The URL that a redirect points to, in wire form. Raises `BadUrlError`.

    Bytes that are not ASCII are escaped as they stand, as browsers do: servers write UTF-8 and other codings there.
    """
    distinct = list(dict.fromkeys(location.strip() for location in locations))
    if not distinct or not distinct[0]:
        raise BadUrlError("a redirect without a Location")
    if len(distinct) > 1:
        raise BadUrlError("a redirect with several Locations")
    text = quote(distinct[0], safe="".join(map(chr, range(0x21, 0x7F))) + " ")
    target = urls.join(base, text)
    if target is None:
        raise BadUrlError(f"a redirect to what is no web address: {text[:200]!r}")
    return wire_url(target)


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After value (RFC 9110 section 10.2.3); None if there is none that can be read.

    A date in the past is 0, whatever is longer than `MAX_RETRY_AFTER_S` is that, and of several numbers (a header sent
    twice) the largest counts.

    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> [retry_after_s(said, now) for said in ("120", "9" * 400, "30, 60", "Fri, 31 Dec 9999 23:59:59 GMT", "soon")]
    [120.0, 86400.0, 60.0, 86400.0, None]
    """
    if value is None:
        return None
    numbers = [number.strip() for number in value.split(",")]
    if all(_SECONDS.fullmatch(number) for number in numbers):
        return min(max(map(float, numbers)), MAX_RETRY_AFTER_S)
    try:
        then = parsedate_to_datetime(value.strip())
        wait = (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds()
    except OverflowError:  # within a day of the end of time
        return MAX_RETRY_AFTER_S
    except (ValueError, TypeError, IndexError):
        return None
    return min(max(0.0, wait), MAX_RETRY_AFTER_S)


def _escape(text: str) -> str:
    return quote(_SURROGATE.sub("\ufffd", text), safe=_SAFE)


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4, escaped dots too: else `/a/%2e%2e/private` would pass a robots.txt for `/private`."""
    kept: list[str] = []
    *folders, last = path.split("/")[1:] or [""]
    for segment in (*folders, last):
        dots = segment.lower().replace("%2e", ".")
        if dots == "..":
            del kept[-1:]
        elif dots != ".":
            kept.append(segment)
    if last.lower().replace("%2e", ".") in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
