"""Parses a URL and writes all its spellings in one form, without removing any noise.

Read as browsers do (WHATWG URL), written as RFC 3986 section 6.2.2 says. Frozen: keys of all versions depend on it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote_to_bytes

import idna

from etl.errors import Quarantine

# Servers accept at least 8,000 octets (RFC 9110 section 4.1), sitemaps allow 2,048; longer URLs are traps or data.
MAX_URL_CHARS = 8192

DEFAULT_PORTS = {"http": "80", "https": "443"}
C0_AND_SPACE = "".join(map(chr, range(0x21)))
# Invisible characters that copying leaves around an address: blanks of all scripts, and characters without a shape.
OUTER = C0_AND_SPACE + "".join(
    map(
        chr,
        (
            *(0x7F, 0x85, 0xA0, 0xAD, 0x61C, 0x1680, 0x180E, *range(0x2000, 0x2010), *range(0x2028, 0x2030)),
            *(*range(0x205F, 0x2065), *range(0x2066, 0x206A), 0x3000, 0xFEFF),
        ),
    )
)
TAB_AND_NEWLINE = str.maketrans("", "", "\t\n\r")
URN = re.compile(r"urn:sha256:[0-9a-f]{64}", re.IGNORECASE)

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# RFC 3986 section 3.3 (pchar) and 3.4. `'` is left out of the query: browsers send it as %27.
_IN_PATH = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]")
_IN_QUERY = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&()*+,;=:@/?]")
_TAB_OR_NEWLINE = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.DOTALL)
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")  # WHATWG URL, forbidden domain code points
_IPV4_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")


def bad(url: str, why: str) -> Quarantine:
    """The error of a URL that cannot be used."""
    return Quarantine("bad_url", f"{why}: {url[:200]!r}")


def split(url: str, *, outer: str = OUTER) -> tuple[str, str, str, str]:
    """Scheme, authority, path and query by the WHATWG parser's rules for special schemes, without blanks around."""
    if len(url) > MAX_URL_CHARS:
        raise bad(url, f"over {MAX_URL_CHARS} characters")
    text = url.strip(outer)
    match = _SCHEME.fullmatch(text.translate(TAB_AND_NEWLINE) if _TAB_OR_NEWLINE.search(text) else text)
    if match is None:
        raise bad(url, "no scheme")
    scheme = match[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise bad(url, f"{scheme} is not http or https")
    address, _, query = match[2].partition("#")[0].partition("?")
    authority, _, path = address.replace("\\", "/").lstrip("/").partition("/")
    return scheme, authority, path, query


def authority_of(scheme: str, authority: str, url: str) -> str:
    """`host` or `host:port` of an authority, as all spellings of it are written. Raises `Quarantine` for no host."""
    authority = authority.rpartition("@")[2]  # users and passwords are no part of a page's identity, and secrets
    if authority.startswith("["):
        literal, bracket, rest = authority[1:].partition("]")
        try:
            host = f"[{_ipv6_text(IPv6Address(literal))}]"
        except AddressValueError as error:
            raise bad(url, f"bad IPv6 address {literal[:60]!r}") from error
        if not bracket or "%" in literal or (rest and not rest.startswith(":")):
            raise bad(url, "bad IPv6 address")
        port = rest[1:]
    else:
        name, _, port = authority.partition(":")
        try:
            host = _normal_host(name)
        except _BadHostError as error:
            raise bad(url, str(error)) from error
    if not port:
        return host
    if not (port.isascii() and port.isdigit()) or len(port.lstrip("0")) > 5 or int(port) > 65535:
        raise bad(url, f"bad port {port[:20]!r}")
    port = str(int(port))
    return host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"


class _BadHostError(ValueError):
    """Why a name is no host."""


@lru_cache(maxsize=4096)  # a run asks some ten times a page for one of a few hundred
def _normal_host(name: str) -> str:
    try:
        text = unquote_to_bytes(name.encode("utf-8")).decode("utf-8") if "%" in name or not name.isascii() else name
        host = text.lower() if text.isascii() else _ascii_host(text)
    except (UnicodeError, idna.IDNAError) as error:
        raise _BadHostError("the host cannot be written in ASCII") from error
    host = host.removesuffix(".")  # the root of DNS: the same machine
    labels = host.split(".")
    if _IPV4_NUMBER.fullmatch(labels[-1]):
        return _ipv4_text(labels)
    if _FORBIDDEN_IN_HOST.search(host) or len(host) > 253 or not all(0 < len(label) <= 63 for label in labels):
        raise _BadHostError("bad host")
    return host


def _ascii_host(text: str) -> str:
    """UTS #46, non-transitional, without the stricter checks of registries: browsers open 💩.example too."""
    mapped = idna.uts46_remap(text, std3_rules=False, transitional=False)
    labels = (
        name if name.isascii() else "xn--" + name.encode("punycode").decode("ascii") for name in mapped.split(".")
    )
    return ".".join(labels).lower()


def _ipv4_text(labels: list[str]) -> str:
    """The WHATWG IPv4 parser: `0x7f.1` and `2130706433` are 127.0.0.1 to every browser, and to `connect()`."""
    numbers = []
    for label in labels:
        if not _IPV4_NUMBER.fullmatch(label) or len(label) > 20:
            raise _BadHostError("bad IPv4 address")
        if label[:2] in ("0x", "0X"):
            numbers.append(int(label[2:] or "0", 16))
        elif label.startswith("0") and not label.strip("01234567"):
            numbers.append(int(label, 8))
        elif not label.startswith("0"):
            numbers.append(int(label))
        else:
            raise _BadHostError("bad IPv4 address")
    *heads, last = numbers
    if len(numbers) > 4 or any(head > 255 for head in heads) or last >= 256 ** (5 - len(numbers)):
        raise _BadHostError("bad IPv4 address")
    return str(IPv4Address(last + sum(head << (8 * (3 - place)) for place, head in enumerate(heads))))


def _ipv6_text(address: IPv6Address) -> str:
    """RFC 5952 without its mixed form: `str()` of newer Pythons writes mapped addresses differently."""
    groups = [f"{int.from_bytes(address.packed[i : i + 2]):x}" for i in range(0, 16, 2)]
    zeros = max(re.finditer(r"(?:\b0(?::0)+\b)", ":".join(groups)), key=lambda run: len(run[0]), default=None)
    if zeros is None:
        return ":".join(groups)
    text = ":".join(groups)
    return text[: zeros.start()].rstrip(":") + "::" + text[zeros.end() :].lstrip(":")


def escape_path(text: str) -> str:
    """A path as RFC 3986 writes it: unreserved characters decoded, others in upper hex, a stray `%` as `%25`."""
    return _IN_PATH.sub(escaped, text)


def escape_query(text: str) -> str:
    """A query in the same way."""
    return _IN_QUERY.sub(escaped, text)


def escaped(match: re.Match[str]) -> str:
    """A character or escape as it is written in paths and queries."""
    found = match[0]
    if len(found) == 3:
        octet = int(found[1:], 16)
        return chr(octet) if octet in _UNRESERVED else found.upper()
    if "\ud800" <= found <= "\udfff":
        found = "\ufffd"
    return "".join(f"%{octet:02X}" for octet in found.encode("utf-8"))


def without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4 for a path without its first slash; the result has it."""
    if not path.startswith(".") and "/." not in path:
        return f"/{path}"
    kept: list[str] = []
    *folders, last = path.split("/")
    for segment in folders:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if last in ("..", "."):
        if last == "..":
            del kept[-1:]
        last = ""
    return "".join(f"/{segment}" for segment in (*kept, last))
