"""The normal form of an address, the address of the page that it leads to, and the key."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Iterable
from urllib.parse import urljoin

from etl.errors import Quarantine
from etl.urls import wrappers
from etl.urls.mending import mended_path, parameters, without_entity
from etl.urls.parts import (
    MAX_URL_CHARS,
    OUTER,
    TAB_AND_NEWLINE,
    URN,
    authority_of,
    bad,
    escape_path,
    escape_query,
    escaped,
    split,
    without_dots,
)
from etl.urls.rules import DEFAULT_RULES, KeyRules
from etl.urls.sites import registrable

# The version of the rules that make keys: a change of `parts`, `mending`, `trackers` or `wrappers` that changes the key of any address is
# a new number and a migration. It is not part of what is hashed: an address whose form stays keeps its key.
KEY_VERSION = 2
_DOMAIN = "1\n"
# For a cache in a redirect in an archive. Deeper nesting is left as it is, so that the function is idempotent.
MAX_NESTING = 5
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def normal_url(url: str, *, rules: KeyRules | None = None) -> str:
    """The form of a URL that is equal for all spellings of one address. Idempotent.

    Read as browsers do (WHATWG URL: outer blanks, tabs and newlines, backslashes, numeric hosts), written as RFC 3986
    section 6.2.2 says: lower scheme and host (IDNA, ASCII), no default port, no dot segments, unreserved characters
    decoded, others in upper hex, a stray `%` as `%25`. Removed are: fragment, user and password, a final dot of the host,
    sessions (`;jsessionid=`, `(S(...))`), tracking parameters, empty parameters, invisible characters, final blanks.
    Broken separators before trackers are mended (`&amp;`, `?id=1?utm_source=x`). Parameters are sorted by name, equal
    names keep their order. Kept apart: `www.`, a final slash, `?a` and `?a=`, `+` and `%20`, reserved characters and
    their escapes. `#!` goes with the fragment: no server sees it, so two of them cannot be two captures.

    >>> normal_url("HTTPS://www.Example.com:443/a/../b%7e?z=1&amp;utm_source=x&1#top")
    'https://www.example.com/b~?1&z=1'

    `urn:sha256:<hex>` (local files) passes through. Raises `Quarantine("bad_url")` for everything else that is not
    http or https with a usable host, and for more than `MAX_URL_CHARS`.
    """
    if URN.fullmatch(url):
        return url.lower()
    scheme, host, path, query, _ = _parsed(url, rules or DEFAULT_RULES)
    normal = f"{scheme}://{host}{path}{'?' if query else ''}{query}"
    if len(normal) > MAX_URL_CHARS:
        raise bad(url, f"over {MAX_URL_CHARS} characters")
    return normal


def page_url(url: str) -> str:
    """The address of the page inside the URL of a cache, redirect or web archive; else the URL unchanged.

    Only for hosts that are known to serve the pages of others (`wrappers`), so that no site can give its own page the
    address of another. The address inside must be http or https on a name with a public suffix.

    >>> page_url("https://web.archive.org/web/20260101000000/https://example.com/a?id=1")
    'https://example.com/a?id=1'
    """
    page = url
    if not wrappers.may_hold(url):
        return url
    for _ in range(MAX_NESTING + 1):
        inner = _page_in(page)
        if inner is None:
            return page if page is url or is_web_url(page) else url
        page = inner
    return url


def url_key(url: str, *, rules: KeyRules | None = None) -> bytes:
    """The identity of a page: 32 bytes, equal for http and https and for all that leads to it. Raises as `normal_url`."""
    return key_of_form(normal_url(page_url(url), rules=rules))


def key_of_form(normal: str) -> bytes:
    """The key of an address in its normal form."""
    return hashlib.sha256(f"{_DOMAIN}{normal.partition(':')[2]}".encode("ascii")).digest()


def article_id(key: bytes) -> uuid.UUID:
    """The UUID of an article: the first 16 bytes of its key, marked as version 8 (RFC 9562 section 5.8)."""
    octets = bytearray(key[:16])
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(octets))


def is_web_url(url: str) -> bool:
    """True if `normal_url` takes it as http or https."""
    try:
        return normal_url(url).startswith("http")
    except Quarantine:
        return False


def join(base: str, reference: str) -> str | None:
    """The absolute URL of a link as a browser reads it, otherwise as it was written; None if it is no web address.

    Controls (C0, DEL, C1) and lone surrogates come out escaped, as browsers send them.
    """
    reference = reference.strip(OUTER).translate(TAB_AND_NEWLINE)
    before, mark, after = re.match(r"([^?#]*)([?#]?)(.*)", reference, re.DOTALL).groups()  # type: ignore[union-attr]
    if not before.partition(":")[1] or before.lower().startswith(("http:", "https:")):
        before = before.replace("\\", "/")
    try:
        url = urljoin(base, before + mark + after)
    except ValueError:  # a broken IPv6 literal
        return None
    return _UNPRINTABLE.sub(escaped, url) if is_web_url(url) else None


def _page_in(url: str) -> str | None:
    if URN.fullmatch(url):
        return None
    try:
        return _parsed(url, DEFAULT_RULES)[-1]
    except Quarantine:
        return None


def _parsed(url: str, rules: KeyRules) -> tuple[str, str, str, str, str | None]:
    """Scheme, host, path and query as the normal form has them, and the address that is inside."""
    scheme, authority, path, query = split(url)
    host = authority_of(scheme, authority, url)
    path, query = escape_path(path), escape_query(query)
    may_hold = wrappers.may_hold(url)
    inner = _inside(host, without_dots(path), query) if may_hold else None
    if inner is not None:  # what is noise here may not be noise in the address inside
        plain = [without_entity(parameter) for parameter in query.split("&")]
        query = _ordered((parameter.partition("=")[0], parameter) for parameter in plain if parameter)
        return scheme, host, without_dots(path), query, inner

    def drops(name: str) -> bool:
        return rules.drops(name, host)

    path, query = _normal_path(path, drops), _ordered(parameters(query, drops)) if query else ""
    return scheme, host, path, query, _inside(host, path, query) if may_hold else None


def _ordered(found: Iterable[tuple[str, str]]) -> str:
    return "&".join(parameter for _, parameter in sorted(found, key=lambda pair: pair[0]))


def _inside(host: str, path: str, query: str) -> str | None:
    """The web address inside a wrapper; None where the URL is no wrapper, or the address inside cannot be a page's."""
    inner = wrappers.inside(host, path, query)
    if inner is None:
        return None
    try:
        scheme, authority, _, _ = split(inner)
        return inner if registrable(authority_of(scheme, authority, inner)) else None
    except Quarantine:
        return None


def _normal_path(path: str, drops: Callable[[str], bool]) -> str:
    while True:
        mended = mended_path(without_dots(path)[1:], drops)
        if mended == path:
            return f"/{path}"
        path = mended
