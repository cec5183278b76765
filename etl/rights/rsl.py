"""Really Simple Licensing: a document of terms → what it says of one page, as a value that can be kept beside the page.

Source: RSL 1.0 (https://rslstandard.org/rsl), read conservatively, as its section 3.1.1 asks:

- Of the `<content>` that cover the page, the most specific one gives the licences; prohibitions of all of them hold.
- Several licences of one content are alternatives. What a licence permits it permits on its terms: we never pay and obtain no
  licence, so what costs money, or needs a token of a server, is not permitted; what depends on who asks, where or for
  what (`user`, `geo`, attribution, contribution) is unknown. A licence that lists what it permits permits nothing else.
- `ai-train` is training. `search` refused means neither shown nor given away; granted, it is less than showing a text. `all`
  is any use, storing included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from etl.fetch.robots import PathPattern
from etl.model import Permission
from etl.rights.statements import Use

MEDIA_TYPE = "application/rsl+xml"
# A document has a content for each part of a site; each is matched with each page's address.
MAX_CONTENTS = 1000
MAX_LICENSES = 20  # of one content

_FREE = frozenset({"free"})
_ON_TERMS = frozenset({"attribution", "contribution"})
_PAID = frozenset({"purchase", "subscription", "training", "crawl", "use", "inference"})
_KNOWN = frozenset({"all", "ai-all", "ai-train", "ai-input", "ai-index", "search"})
# Names that earlier drafts and AIPREF have for the same uses.
_TOKENS = {
    "train-ai": "ai-train",
    "train-genai": "ai-train",
    "ai-training": "ai-train",
    "ai-use": "ai-input",
    "ai-summarize": "ai-input",
}
_UMBRELLAS = {"ai-train": ("ai-train", "ai-all", "all"), "search": ("search", "all"), "all": ("all",)}
_DENIES = {"ai-train": (Use.TRAIN,), "search": (Use.SHOW, Use.EXPORT), "all": tuple(Use)}
_GRANTS = {"ai-train": (Use.TRAIN,), "all": tuple(Use)}
_WORDS = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """One licence. `permits` None: it lists nothing, so everything that is not prohibited."""

    permits: tuple[str, ...] | None = None
    payments: tuple[str, ...] = ("free",)
    is_limited: bool = False  # to some users or countries
    price: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a document says of one page. `scope` is the pattern of the content that gave the licences; None: none covers it."""

    scope: str | None = None
    licenses: tuple[License, ...] = ()
    prohibits: tuple[str, ...] = ()
    needs_token: bool = False
    problem: str | None = None

    def to_json(self) -> str:
        """A line for the metadata of a capture; `from_json` reads it."""
        value: dict[str, Any] = {
            "scope": self.scope,
            "licenses": [
                {
                    key: each
                    for key, each in (
                        ("permits", None if one.permits is None else list(one.permits)),
                        ("payments", list(one.payments)),
                        ("price", one.price),
                        ("is_limited", one.is_limited or None),
                    )
                    if each is not None
                }
                for one in self.licenses
            ],
            "prohibits": list(self.prohibits),
            "needs_token": self.needs_token or None,
            "problem": self.problem,
        }
        return json.dumps({k: v for k, v in value.items() if v not in (None, [])}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Terms:
        """What `to_json` gave; terms with a problem for anything else."""
        try:
            value = json.loads(text)
            return cls(
                scope=_text(value.get("scope")),
                licenses=tuple(
                    License(
                        permits=tuple(map(str, one["permits"])) if "permits" in one else None,
                        payments=tuple(map(str, one.get("payments", ()))),
                        is_limited=bool(one.get("is_limited")),
                        price=_text(one.get("price")),
                    )
                    for one in value.get("licenses", ())
                ),
                prohibits=tuple(map(str, value.get("prohibits", ()))),
                needs_token=bool(value.get("needs_token")),
                problem=_text(value.get("problem")),
            )
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            return cls(problem="the terms in the metadata of this capture cannot be read")

    def decided(self) -> tuple[frozenset[Use], frozenset[Use]]:
        """The uses that these terms deny, and those that they grant."""
        no: set[Use] = set()
        yes: set[Use] = set()
        for token, uses in _DENIES.items():
            found = self._of(token)
            if found is Permission.NO:
                no.update(uses)
            elif found is Permission.YES:
                yes.update(_GRANTS.get(token, ()))
        return frozenset(no), frozenset(yes - no)

    def _of(self, token: str) -> Permission:
        if not set(_UMBRELLAS[token]).isdisjoint(self.prohibits):
            return Permission.NO
        if not self.licenses:
            return Permission.UNKNOWN
        # Alternatives: the best that one of them gives.
        found = {self._by(one, token) for one in self.licenses}
        return next(each for each in (Permission.YES, Permission.UNKNOWN, Permission.NO) if each in found)

    def _by(self, one: License, token: str) -> Permission:
        if one.permits is not None and set(_UMBRELLAS[token]).isdisjoint(one.permits):
            # What is listed may include storing: search needs an index.
            return Permission.UNKNOWN if token == "all" and one.permits else Permission.NO
        if self.needs_token or not set(one.payments) <= _FREE | _ON_TERMS:
            return Permission.NO
        if one.is_limited or not set(one.payments) <= _FREE or (token == "all" and self.prohibits):
            return Permission.UNKNOWN
        return Permission.YES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    scope: str
    host: str | None  # of an absolute address; None: whichever site refers to the document
    pattern: PathPattern
    licenses: tuple[License, ...]
    prohibits: tuple[str, ...]
    needs_token: bool

    def covers(self, url: str) -> bool:
        if self.host is not None and (urlsplit(url).netloc.rpartition("@")[2].lower() != self.host):
            return False
        return self.pattern.matches(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class RslDocument:
    """A document of terms."""

    contents: tuple[_Content, ...] = field(default=(), repr=False)
    problem: str | None = None

    def terms(self, url: str) -> Terms:
        """What it says of the page at `url` (in wire form)."""
        if self.problem:
            return Terms(problem=self.problem)
        covering = [content for content in self.contents if content.covers(url)]
        if not covering:
            return Terms()
        longest = max(len(content.scope) for content in covering)
        nearest = [content for content in covering if len(content.scope) == longest]
        return Terms(
            scope=nearest[0].scope,
            # Equally specific contents have no order: what counts has to be permitted by each of them.
            licenses=_strictest([content.licenses for content in nearest]),
            prohibits=tuple(dict.fromkeys(token for content in covering for token in content.prohibits)),
            needs_token=any(content.needs_token for content in covering),
        )


def _strictest(found: Sequence[tuple[License, ...]]) -> tuple[License, ...]:
    if len(found) == 1:
        return found[0]

    def loss(licenses: tuple[License, ...]) -> tuple[int, str]:
        terms = Terms(scope="/", licenses=licenses)
        no, yes = terms.decided()
        return len(no) * 10 - len(yes), terms.to_json()

    return max(found, key=loss)


@lru_cache(maxsize=64)  # a document is read once and not with every page that refers to it
def read(text: str) -> RslDocument:
    """Read a document; one with a problem for what is none. Never raises, resolves no entities and opens nothing."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(text.lstrip("\ufeff \t\r\n").encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return RslDocument(problem=f"no XML: {' '.join(str(error).split())[:200]}")
    if root.getroottree().docinfo.internalDTD is not None:  # entities could hide a prohibition
        return RslDocument(problem="it declares a document type of its own")
    if _name(root) != "rsl" and not any(_name(each) == "content" for each in root.iter()):
        return RslDocument(problem=f"<{_name(root)[:50]}> is no document of RSL")
    contents = [each for each in root.iter() if _name(each) == "content"]
    if len(contents) > MAX_CONTENTS:
        return RslDocument(problem=f"{len(contents)} contents; {MAX_CONTENTS} are read")
    return RslDocument(contents=tuple(map(_content, contents)))


def _content(element: Any) -> _Content:
    scope = (element.get("url") or "").strip() or "/"
    host = None
    pattern = scope
    if "://" in scope or scope.startswith("//"):
        try:
            parts = urlsplit(scope)
            host = parts.netloc.rpartition("@")[2].lower()
            pattern = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        except ValueError:
            host = ""
    elif not scope.startswith(("/", "*")):
        pattern = f"/{scope}"
    licenses = [each for each in element if _name(each) == "license"]
    return _Content(
        scope=scope[:200],
        host=host,
        pattern=PathPattern(pattern),
        licenses=tuple(map(_license, licenses[:MAX_LICENSES])),
        prohibits=tuple(dict.fromkeys(token for one in licenses for token in _tokens(one, "prohibits"))),
        needs_token=bool((element.get("server") or "").strip()),
    )


def _license(element: Any) -> License:
    has_permits = any(_name(each) == "permits" and _type(each) == "usage" for each in element)
    payments = [each for each in element if _name(each) == "payment"]
    amounts = [each for one in payments for each in one.iter() if _name(each) == "amount"]
    return License(
        permits=tuple(dict.fromkeys(_tokens(element, "permits"))) if has_permits else None,
        # Section 3.7: without a payment it is free, and so is a payment without a type.
        payments=tuple(sorted({_payment(each) for each in payments})) or ("free",),
        is_limited=any(
            _name(each) in ("permits", "prohibits") and _type(each) in ("user", "geo") and (each.text or "").strip()
            for each in element
        ),
        price=_price(amounts),
    )


def _price(amounts: Iterable[Any]) -> str | None:
    found = [f"{(each.get('currency') or '').strip()} {(each.text or '').strip()}".strip() for each in amounts]
    return "; ".join(each for each in found if each)[:200] or None


def _payment(element: Any) -> str:
    said = (element.get("type") or "free").strip().lower()
    return said if said in _FREE | _ON_TERMS | _PAID else "other"


def _tokens(element: Any, name: str) -> Iterator[str]:
    """The known usages that the elements of a name list, separated by blanks or commas."""
    for each in element:
        if _name(each) == name and _type(each) == "usage":
            for word in _WORDS.split((each.text or "").lower()):
                if (token := _TOKENS.get(word, word)) in _KNOWN:
                    yield token


def _type(element: Any) -> str:
    return (element.get("type") or "usage").strip().lower()


def _name(element: Any) -> str:
    """The local name; "" for comments and the like."""
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def said(terms: Terms) -> str:
    """The terms in words, for people who look at a statement."""
    if terms.problem:
        return terms.problem
    if terms.scope is None:
        return "no content covers this page"
    parts: list[str] = [f"content {terms.scope}"]
    for one in terms.licenses:
        allowed = "all" if one.permits is None else " ".join(one.permits) or "nothing"
        price = f" ({one.price})" if one.price else ""
        parts.append(f"permits {allowed}, payment {' '.join(one.payments)}{price}")
    if terms.prohibits:
        parts.append(f"prohibits {' '.join(terms.prohibits)}")
    if terms.needs_token:
        parts.append("needs a licence of its server")
    return "; ".join(parts)
