"""URLs: the key of an article, hosts, sites.

The key is our own and frozen under `KEY_VERSION`: changing a rule changes every key, so a change is a migration.
courlan and w3lib are not used for it: strict forms of theirs merge `story?1` and `story?2`.

Two errors are possible, and one is worse: two keys for one article are found again by their text (relate), one key for
two articles loses an article for good. So only what is known to be noise goes: https://github.com/adbar/courlan/issues/65.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import SplitResult, unquote_to_bytes, urljoin

import idna
from tld.utils import MozillaTLDSourceParser, process_url

from etl.errors import Quarantine

KEY_VERSION = 1

# Servers take 8,000 octets at least (RFC 9110 section 4.1), sitemaps allow 2,048; longer ones are traps and data.
MAX_URL_CHARS = 8192

DEFAULT_PORTS = {"http": "80", "https": "443"}

# Parameters that say where a reader came from, and nothing else. Frozen under KEY_VERSION; compared without regard to
# case. Left out on purpose, since some sites tell articles apart by them: id, cid, p, page, ref, source, src, from,
# via, campaign, share, sid, s, amp, outputtype. A publisher whose `ref` is noise says so in its source (`key_rules`).
TRACKING_PREFIXES = (
    "utm_",  # Google Analytics, and what others made of it
    "hsa_",  # HubSpot advertisements
    "__cf_chl_",  # what a Cloudflare challenge leaves in the address
)
TRACKING_PARAMETERS = frozenset(
    {
        # advertisements: click identifiers
        *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "srsltid"),  # Google
        *("fbclid", "fb_action_ids", "fb_action_types", "fb_source", "mibextid", "igshid", "igsh"),  # Meta
        *("msclkid", "twclid", "ttclid", "li_fat_id", "rdt_cid", "epik", "sccid"),  # Microsoft, X, TikTok and others
        *("yclid", "ymclid", "ysclid", "_openstat"),  # Yandex, Openstat
        *("dicbo", "oborigurl", "tblci"),  # Outbrain, Taboola
        # analytics
        *("_ga", "_gl"),  # Google Analytics across domains
        *("xtor", "xtref", "xtatc", "at_medium", "at_campaign", "at_campaign_type", "at_link_id", "at_link_origin"),
        *("at_link_type", "at_ptr_name", "at_format", "at_creation", "at_variant", "at_bbc_team"),  # AT Internet, Piano
        *("at_custom1", "at_custom2", "at_custom3", "at_custom4", "at_custom5"),
        *("cx_testid", "cx_testvariant", "cx_artpos", "cx_experienceid"),  # Piano recommendations
        *("pk_campaign", "pk_kwd", "pk_keyword", "pk_source", "pk_medium", "pk_content", "pk_cid"),  # Matomo
        *("mtm_campaign", "mtm_kwd", "mtm_keyword", "mtm_source", "mtm_medium", "mtm_content", "mtm_cid", "mtm_group"),
        *("mtm_placement", "piwik_campaign", "piwik_kwd", "piwik_keyword"),
        *("wt_mc", "wt_zmc", "wt.mc_id", "wt.mc_ev", "wt.tsrc"),  # Webtrekk, Webtrends
        *("ns_campaign", "ns_fee", "ns_linkname", "ns_mchannel", "ns_source"),  # Comscore
        *("itm_campaign", "itm_content", "itm_medium", "itm_source", "itm_term"),  # campaigns within a site
        *("_branch_match_id", "_branch_referrer", "__twitter_impression", "ref_src", "s_kwcid"),
        *("guccounter", "guce_referrer", "guce_referrer_sig"),  # the way back from a consent page
        # newsletters
        *("mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking"),
        *("vero_conv", "vero_id", "oly_anon_id", "oly_enc_id", "_ke", "_kx", "ml_subscriber", "ml_subscriber_hash"),
        # sessions, given to clients without cookies: every crawler visit would be a new article
        *("jsessionid", "phpsessid"),
    }
)

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# RFC 3986 section 3.3 (pchar) and 3.4. `'` is left out of the query: browsers send it as %27.
_IN_PATH = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]")
_IN_QUERY = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&()*+,;=:@/?]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.DOTALL)
_URN = re.compile(r"urn:sha256:[0-9a-f]{64}", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(r";jsessionid=[^;/]*", re.IGNORECASE)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_TAB_AND_NEWLINE = str.maketrans("", "", "\t\n\r")
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")  # WHATWG URL, forbidden domain code points
_IPV4_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRules:
    """What a source says about its own parameters. Names without regard to case; `keep` wins over every deny-list."""

    drop: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()

    def drops(self, name: str) -> bool:
        """True if a parameter of this name is noise on this site."""
        name = name.lower()
        if any(name == kept.lower() for kept in self.keep):
            return False
        if name in TRACKING_PARAMETERS or name.startswith(TRACKING_PREFIXES):
            return True
        return any(name == dropped.lower() for dropped in self.drop)


DEFAULT_RULES = KeyRules()


def normal_url(url: str, *, rules: KeyRules | None = None) -> str:
    """The form of a URL that is equal for all spellings of one address. Idempotent.

    Read as browsers do (WHATWG URL: outer blanks, tabs and newlines, backslashes, numeric hosts), written as RFC 3986
    section 6.2.2 says: lower scheme and host (IDNA, ASCII), no default port, no dot segments, unreserved characters
    decoded, others in upper hex, a stray `%` as `%25`. Gone are: fragment, user and password, a final dot of the host,
    `;jsessionid=`, tracking parameters, empty parameters. Parameters are sorted by name, equal names keep their order.
    Kept apart: `www.`, a final slash, `?a` and `?a=`, `+` and `%20`, reserved characters and their escapes.
    `#!` goes with the fragment: no server sees it, so two of them cannot be two captures.

    >>> normal_url("HTTPS://www.Example.com:443/a/../b%7e?z=1&utm_source=x&1#top")
    'https://www.example.com/b~?1&z=1'

    `urn:sha256:<hex>` (local files) passes through. Raises `Quarantine("bad_url")` for everything else that is not
    http or https with a usable host, and for more than `MAX_URL_CHARS`.
    """
    if _URN.fullmatch(url):
        return url.lower()
    scheme, authority, path, query = _split(url)
    path = _SESSION_IN_PATH.sub("", _escape(path, _IN_PATH))
    query = _normal_query(_escape(query, _IN_QUERY), rules or DEFAULT_RULES)
    normal = f"{scheme}://{_normal_authority(scheme, authority, url)}{_without_dots(path)}{'?' if query else ''}{query}"
    if len(normal) > MAX_URL_CHARS:
        raise _bad(url, f"over {MAX_URL_CHARS} characters")
    return normal


def url_key(url: str, *, rules: KeyRules | None = None) -> bytes:
    """The identity of a page: 32 bytes, equal for http and https. Raises as `normal_url`."""
    without_scheme = normal_url(url, rules=rules).partition(":")[2]
    return hashlib.sha256(f"{KEY_VERSION}\n{without_scheme}".encode("ascii")).digest()


def article_id(key: bytes) -> uuid.UUID:
    """The UUID of an article: the first 16 bytes of its key, marked as version 8 (RFC 9562 section 5.8)."""
    octets = bytearray(key[:16])
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(octets))


def host_of(url: str) -> str:
    """`host` or `host:port` (default port dropped), lower case, ASCII; "" for a URN. Raises as `normal_url`."""
    if _URN.fullmatch(url):
        return ""
    scheme, authority, _, _ = _split(url)
    return _normal_authority(scheme, authority, url)


def site_of(url: str) -> str:
    """The registrable domain by the public suffix list, private suffixes included; the host if it has none.

    "" for a URN. Raises as `normal_url`.

    >>> site_of("https://edition.news.co.uk/x"), site_of("http://127.0.0.1:8000/"), site_of("http://one.blogspot.com/")
    ('news.co.uk', '127.0.0.1', 'one.blogspot.com')
    """
    host = host_of(url)
    return _registrable(host) or (host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0])


def registrable_domain(url: str) -> str | None:
    """The same as `site_of`, but None for addresses, names without a public suffix and public suffixes themselves."""
    return _registrable(host_of(url))


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
    reference = reference.strip(_C0_AND_SPACE).translate(_TAB_AND_NEWLINE)
    before, mark, after = re.match(r"([^?#]*)([?#]?)(.*)", reference, re.DOTALL).groups()  # type: ignore[union-attr]
    if not before.partition(":")[1] or before.lower().startswith(("http:", "https:")):
        before = before.replace("\\", "/")
    try:
        url = urljoin(base, before + mark + after)
    except ValueError:  # a broken IPv6 literal
        return None
    return _UNPRINTABLE.sub(_escaped, url) if is_web_url(url) else None


def _bad(url: str, why: str) -> Quarantine:
    return Quarantine("bad_url", f"{why}: {url[:200]!r}")


def _split(url: str) -> tuple[str, str, str, str]:
    """Scheme, authority, path and query by the WHATWG parser's rules for special schemes."""
    if len(url) > MAX_URL_CHARS:
        raise _bad(url, f"over {MAX_URL_CHARS} characters")
    match = _SCHEME.fullmatch(url.strip(_C0_AND_SPACE).translate(_TAB_AND_NEWLINE))
    if match is None:
        raise _bad(url, "no scheme")
    scheme = match[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise _bad(url, f"{scheme} is not http or https")
    address, _, query = match[2].partition("#")[0].partition("?")
    authority, _, path = address.replace("\\", "/").lstrip("/").partition("/")
    return scheme, authority, path, query


def _normal_authority(scheme: str, authority: str, url: str) -> str:
    authority = authority.rpartition("@")[2]  # users and passwords are no part of a page's identity, and secrets
    if authority.startswith("["):
        literal, bracket, rest = authority[1:].partition("]")
        try:
            host = f"[{_ipv6_text(IPv6Address(literal))}]"
        except AddressValueError as error:
            raise _bad(url, f"bad IPv6 address {literal[:60]!r}") from error
        if not bracket or "%" in literal or (rest and not rest.startswith(":")):
            raise _bad(url, "bad IPv6 address")
        port = rest[1:]
    else:
        name, _, port = authority.partition(":")
        host = _normal_host(name, url)
    if not port:
        return host
    if not (port.isascii() and port.isdigit()) or len(port.lstrip("0")) > 5 or int(port) > 65535:
        raise _bad(url, f"bad port {port[:20]!r}")
    port = str(int(port))
    return host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"


def _normal_host(name: str, url: str) -> str:
    try:
        text = unquote_to_bytes(name.encode("utf-8")).decode("utf-8") if "%" in name or not name.isascii() else name
        host = text.lower() if text.isascii() else _ascii_host(text)
    except (UnicodeError, idna.IDNAError) as error:
        raise _bad(url, "the host cannot be written in ASCII") from error
    host = host.removesuffix(".")  # the root of DNS: the same machine
    labels = host.split(".")
    if _IPV4_NUMBER.fullmatch(labels[-1]):
        return _ipv4_text(labels, url)
    if _FORBIDDEN_IN_HOST.search(host) or len(host) > 253 or not all(0 < len(label) <= 63 for label in labels):
        raise _bad(url, "bad host")
    return host


def _ascii_host(text: str) -> str:
    """UTS #46, non-transitional, without the stricter checks of registries: browsers open 💩.example too."""
    mapped = idna.uts46_remap(text, std3_rules=False, transitional=False)
    labels = (
        name if name.isascii() else "xn--" + name.encode("punycode").decode("ascii") for name in mapped.split(".")
    )
    return ".".join(labels).lower()


def _registrable(host: str) -> str | None:
    labels = host.partition(":")[0].split(".")
    # The list spells its names in Unicode below the top level (公司.cn).
    name = ".".join(_unicode_label(label) for label in labels)
    parts, first, _ = process_url(
        SplitResult("https", name, "/", "", ""), fail_silently=True, parser_class=_ShippedSuffixes
    )
    return ".".join(labels[first - 1 :]) if parts and first and first > 0 else None


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _ipv4_text(labels: list[str], url: str) -> str:
    """The WHATWG IPv4 parser: `0x7f.1` and `2130706433` are 127.0.0.1 to every browser, and to `connect()`."""
    numbers = []
    for label in labels:
        if not _IPV4_NUMBER.fullmatch(label) or len(label) > 20:
            raise _bad(url, "bad IPv4 address")
        if label[:2] in ("0x", "0X"):
            numbers.append(int(label[2:] or "0", 16))
        elif label.startswith("0") and not label.strip("01234567"):
            numbers.append(int(label, 8))
        elif not label.startswith("0"):
            numbers.append(int(label))
        else:
            raise _bad(url, "bad IPv4 address")
    *heads, last = numbers
    if len(numbers) > 4 or any(head > 255 for head in heads) or last >= 256 ** (5 - len(numbers)):
        raise _bad(url, "bad IPv4 address")
    return str(IPv4Address(last + sum(head << (8 * (3 - place)) for place, head in enumerate(heads))))


def _ipv6_text(address: IPv6Address) -> str:
    """RFC 5952 without its mixed form: `str()` of newer Pythons writes mapped addresses differently."""
    groups = [f"{int.from_bytes(address.packed[i : i + 2]):x}" for i in range(0, 16, 2)]
    zeros = max(re.finditer(r"(?:\b0(?::0)+\b)", ":".join(groups)), key=lambda run: len(run[0]), default=None)
    if zeros is None:
        return ":".join(groups)
    text = ":".join(groups)
    return text[: zeros.start()].rstrip(":") + "::" + text[zeros.end() :].lstrip(":")


def _escape(text: str, wrong: re.Pattern[str]) -> str:
    return wrong.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    if len(found) == 3:
        octet = int(found[1:], 16)
        return chr(octet) if octet in _UNRESERVED else found.upper()
    if "\ud800" <= found <= "\udfff":
        found = "\ufffd"
    return "".join(f"%{octet:02X}" for octet in found.encode("utf-8"))


def _without_dots(path: str) -> str:
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


def _normal_query(query: str, rules: KeyRules) -> str:
    return "&".join(parameter for _, parameter in sorted(_kept(query, rules), key=lambda pair: pair[0]))


def _kept(query: str, rules: KeyRules) -> Iterator[tuple[str, str]]:
    for parameter in query.split("&"):
        name = parameter.partition("=")[0]
        if parameter and not rules.drops(name):
            yield name, parameter


class _ShippedSuffixes(MozillaTLDSourceParser):
    """The list inside the `tld` wheel. Without this class a list that cannot be read would be fetched from the web."""

    uid = "news-etl-shipped"

    @classmethod
    def update_tld_names(cls, fail_silently: bool = False) -> bool:
        raise RuntimeError("the public suffix list is missing from the tld package: install it again")
