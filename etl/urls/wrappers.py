"""Addresses that lead to the page of another address: caches, redirects, web archives. Frozen under `KEY_VERSION`.

Only for listed hosts: on any other host an address inside a URL does not determine the served page. Translations and
summaries are pages of their own, and so are opaque short links, whose target is not in the URL.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote_to_bytes

from etl.urls.mending import without_entity
from etl.urls.rules import suffixes

# A scheme as addresses inside of others have it: escaped, or with one slash where a proxy has merged two.
_WEB = re.compile(r"(https?)(?::|%3A)(?:/|%2F){1,3}", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[\w\-]+\.)+[A-Za-z][\w\-]*(?:[:/]|\Z)", re.ASCII)
_GOOGLE = re.compile(r"(?:(?:www|m|amp|news|images)\.)?google\.(?:com|[a-z]{2}|co\.[a-z]{2}|com\.[a-z]{2})")
# /20260101000000id_/https://..., with the collection before it; of the calendar (*) nothing is inside.
_MEMENTO = re.compile(r"/[0-9]{4,14}(?:[a-z]{2}_)?(?=/)")
_TODAY = re.compile(r"/(?:[0-9]{4,14}|[0-9]{4}\.[0-9]{2}\.[0-9]{2}-[0-9]{6}|newest|oldest|o/[A-Za-z0-9]{4,6})(?=/)")
_NDL = re.compile(r"/info:ndljp/pid/[0-9]+(?=/)")
_AMP_CACHE = re.compile(r"/(?:c|v|wp)/(s/)?")
_AMP_VIEWER = re.compile(r"/amp/(s/)?")
_TURBO = re.compile(r"/(?:turbo/)?([\w.\-]+)/s/", re.ASCII)

ARCHIVES = (
    *("web.archive.org", "wayback.archive-it.org", "webarchive.nationalarchives.gov.uk", "webarchive.parliament.uk"),
    *(
        "webarchive.loc.gov",
        "webarchive.org.uk",
        "arquivo.pt",
        "swap.stanford.edu",
        "vefsafn.is",
        "webarchive.nla.gov.au",
    ),
    *("web.archive.org.au", "haw.nsk.hr", "webarchive.bac-lac.gc.ca", "wayback.webarchiv.cz", "webarhiv.nuk.uni-lj.si"),
    *("eresources.nlb.gov.sg", "timetravel.mementoweb.org", "warp.ndl.go.jp", "web.archive.bibalex.org"),
)
ARCHIVES_TODAY = ("archive.today", "archive.ph", "archive.is", "archive.li", "archive.vn", "archive.md", "archive.fo")
AMP_CACHES = ("cdn.ampproject.org", "amp.cloudflare.com", "bing-amp.com")
TURBO_PAGES = ("turbopages.org", "yandex.ru", "yandex.com", "yandex.by", "yandex.kz")


@dataclass(frozen=True, slots=True)
class _Redirect:
    """Where a host's URLs have the address: in a query parameter of one of these names, on this path."""

    path: re.Pattern[str]
    names: tuple[str, ...]


def _at(path: str, *names: str) -> _Redirect:
    return _Redirect(path=re.compile(path), names=names)


_ANY = r"/.*"
_SAFE_LINKS = "safelinks.protection.outlook.com"
# Without `www.`, `m.` and the like before it, which `_redirects` takes off.
REDIRECTS: dict[str, tuple[_Redirect, ...]] = {
    "facebook.com": (_at(r"/l\.php|/flx/warn/?", "u"),),
    "l.facebook.com": (_at(r"/l\.php", "u"),),
    "lm.facebook.com": (_at(r"/l\.php", "u"),),
    "l.messenger.com": (_at(r"/l\.php", "u"),),
    "l.instagram.com": (_at(r"/", "u"),),
    "l.threads.net": (_at(r"/", "u"),),
    "l.threads.com": (_at(r"/", "u"),),
    "l.wl.co": (_at(r"/l", "u"),),
    "bing.com": (_at(r"/news/apiclick\.aspx", "url"), _at(r"/ck/a", "u")),
    "duckduckgo.com": (_at(r"/l/?", "uddg"),),
    "out.reddit.com": (_at(_ANY, "url"),),
    "youtube.com": (_at(r"/redirect", "q"),),
    "t.umblr.com": (_at(r"/redirect", "z"),),
    "vk.com": (_at(r"/away(?:\.php)?", "to"),),
    "away.vk.com": (_at(r"/away(?:\.php)?", "to"),),
    "ok.ru": (_at(r"/dk", "st.link"),),
    "linkedin.com": (_at(r"/redir/redirect|/safety/go/?", "url"),),
    "steamcommunity.com": (_at(r"/linkfilter/?", "url", "u"),),
    "slack-redir.net": (_at(r"/link", "url"),),
    _SAFE_LINKS: (_at(_ANY, "url"),),
    "exit.sc": (_at(r"/", "url"),),
    "link.zhihu.com": (_at(r"/", "target"),),
    "link.juejin.cn": (_at(r"/", "target"),),
    "weibo.cn": (_at(r"/sinaurl", "u", "toasturl"),),
    "douban.com": (_at(r"/link2/?", "url"),),
    "c.pc.qq.com": (_at(_ANY, "pfurl", "url"),),
    "googleweblight.com": (_at(_ANY, "lite_url", "u"),),
    "flipboard.com": (_at(r"/redirect", "url"),),
    "getpocket.com": (_at(r"/redirect", "url"),),
    "medium.com": (_at(r"/r/?", "url"),),
    "disq.us": (_at(r"/url", "url"),),
    "archive.wikiwix.com": (_at(r"/cache/.*", "url"),),
    "webcitation.org": (_at(r"/query", "url"),),
}
_GOOGLE_REDIRECTS = (_at(r"/url|/news/url|/interstitial", "url", "q"),)
_OTHERS = (
    "warp.da.ndl.go.jp",
    "r.search.yahoo.com",
    "urldefense.com",
    "urldefense.us",
    "urldefense.proofpoint.com",
)
# The whole query is the address.
_WHOLE_QUERY = ("href.li", "anonym.to", "nullrefer.com", "dereferer.org")
_DISQUS_TAIL = re.compile(r":[A-Za-z0-9_\-]{20,}\Z")
_PLAIN = re.compile(r"https?://([A-Za-z0-9.\-]+[A-Za-z0-9])(?=[/?#]|\Z)")
_BARE = re.compile(r"\A(?:www|m|mobile|touch|web|beta)\.")


def inside(host: str, path: str, query: str) -> str | None:
    """The address inside an escaped path and query of a listed host, as unchecked text; None where there is none."""
    if _GOOGLE.fullmatch(host):
        return _behind(_AMP_VIEWER, path, query) or _named(_GOOGLE_REDIRECTS, path, query)
    hand_on = next((_KNOWN[site] for site in suffixes(host) if site in _KNOWN), None)
    return hand_on(_BARE.sub("", host, count=1), path, query) if hand_on else None


def may_hold(url: str) -> bool:
    """Whether a URL may be a wrapper: a fast check that excludes nearly all URLs by the end of their host."""
    plain = _PLAIN.match(url)
    return plain is None or "google" in plain[1].lower() or ".".join(plain[1].lower().split(".")[-2:]) in _ENDS


def _redirected(bare: str, path: str, query: str) -> str | None:
    if bare.endswith(_SAFE_LINKS):
        bare = _SAFE_LINKS
    return _named(REDIRECTS.get(bare, ()), path, query)


def _archived_today(bare: str, path: str, query: str) -> str | None:
    start = _TODAY.match(path)
    return _rest(path, query, start.end() if start else 0)


def _cached(bare: str, path: str, query: str) -> str | None:
    return _behind(_AMP_CACHE, path, query)


def _elsewhere(bare: str, path: str, query: str) -> str | None:
    if bare == "warp.da.ndl.go.jp":
        return _rest(path, query, start.end()) if (start := _NDL.match(path)) else None
    if bare in _WHOLE_QUERY:
        return _address(query)
    if bare == "r.search.yahoo.com":
        found = re.search(r"/RU=([^/]+)/", path)
        return _address(found[1]) if found else None
    if bare in ("urldefense.com", "urldefense.us"):
        found = re.match(r"/v3/__(.+?)__;", path + ("?" + query if query else ""))
        return _address(found[1]) if found and "*" not in found[1] else None
    if bare == "urldefense.proofpoint.com":
        value = _value(query, ("u",))
        return _address(value.replace("-", "%").replace("_", "/")) if value else None
    return None


def _named(redirects: Sequence[_Redirect], path: str, query: str) -> str | None:
    for redirect in redirects:
        if redirect.path.fullmatch(path):
            value = _value(query, redirect.names)
            return _address(_DISQUS_TAIL.sub("", _decoded(value))) if value else None
    return None


def _value(query: str, names: tuple[str, ...]) -> str:
    """The value of the first of these names that the query has."""
    found: dict[str, str] = {}
    for parameter in query.split("&"):
        name, _, value = without_entity(parameter).partition("=")
        if value:
            found.setdefault(name.lower(), value)
    return next((found[name] for name in names if name in found), "")


def _archived(bare: str, path: str, query: str) -> str | None:
    """The address after the first digits that an address follows, since collections may be numbers as well."""
    if path.startswith("/web/") and (found := _rest(path.removeprefix("/web"), query, 0)):
        return found
    for stamp in islice(_MEMENTO.finditer(path), 4):
        if found := _rest(path, query, stamp.end()):
            return found
    return None


def _rest(path: str, query: str, start: int) -> str | None:
    """What follows the slash at that place of a path as an address, and the query with it."""
    rest = path[start + 1 :]
    whole = f"{rest}?{query}" if query else rest
    if _WEB.match(rest):
        return _address(whole)
    return f"http://{whole}" if start and _DOMAIN.match(rest) else None


def _behind(pattern: re.Pattern[str], path: str, query: str) -> str | None:
    start = pattern.match(path)
    if start is None or not _DOMAIN.match(path, start.end()):
        return None
    page = path[start.end() :]
    if not query:  # viewers escape the mark before it, and at times what is in it
        page, _, query = page.partition("%3F")
        query = query if "=" in query else query.replace("%3D", "=").replace("%26", "&")
    return f"{'https' if start[1] else 'http'}://{page}{'?' if query else ''}{query}"


def _turbo(bare: str, path: str, query: str) -> str | None:
    if path in ("/turbo", "/turbo/"):
        return _address(_value(query, ("text",)))
    start = _TURBO.match(path)
    if start is None or not _DOMAIN.match(start[1]):
        return None
    return f"https://{start[1]}/{path[start.end() :]}{'?' if query else ''}{query}"


def _address(text: str) -> str | None:
    """A web address out of a text that may be escaped, once or twice, or in base64 as Bing has it."""
    if re.fullmatch(r"a1[A-Za-z0-9_\-]{10,}={0,2}", text):
        text = _from_base64(text[2:]) or text
    for _ in range(2):
        if re.match(r"https?:", text, re.IGNORECASE):
            break
        text = _decoded(text)
    if text.startswith("//"):
        text = f"http:{text}"
    scheme = _WEB.match(text)
    return f"{scheme[1].lower()}://{text[scheme.end() :]}" if scheme else None


def _decoded(text: str) -> str:
    """Unescaped once, but for what is no printable ASCII: its bytes are of whatever coding."""
    return "".join(chr(octet) if 0x20 < octet < 0x7F else f"%{octet:02X}" for octet in unquote_to_bytes(text))


def _from_base64(text: str) -> str | None:
    try:
        octets = base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return None
    return "".join(chr(octet) if 0x20 < octet < 0x7F else f"%{octet:02X}" for octet in octets)


# The function that reads the URLs of a host and of its subdomains.
_KNOWN: dict[str, Callable[[str, str, str], str | None]] = {
    **dict.fromkeys(REDIRECTS, _redirected),
    **dict.fromkeys(ARCHIVES, _archived),
    **dict.fromkeys(ARCHIVES_TODAY, _archived_today),
    **dict.fromkeys(AMP_CACHES, _cached),
    **dict.fromkeys(TURBO_PAGES, _turbo),
    **dict.fromkeys((*_WHOLE_QUERY, *_OTHERS), _elsewhere),
}
_ENDS = frozenset(".".join(host.split(".")[-2:]) for host in _KNOWN)
