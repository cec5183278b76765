"""JSON-LD of a page: tolerant reading, and which node is the page's article."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from etl.normalize.text import folded, from_markup

Node = dict[str, Any]
# schema.org types that are an article; "*Article" and "*Posting" cover their kin (ReportageNewsArticle, SocialMediaPosting).
_ARTICLE = re.compile(
    r"(?:Article|Posting|^Report|^Review|^CreativeWork|^Recipe|^Claim[A-Z]\w*|^Question|^VideoObject|^PodcastEpisode|^NewsVideo)$"
)
_FIRST_RATE = re.compile(r"(?:NewsArticle|BlogPosting|Article|LiveBlogPosting)$")
LIVE_BLOG = "LiveBlogPosting"
_MAX_NODES = 2000
_MAX_DEPTH = 12
_OPENING = re.compile(r"\s*(?://\s*)?(?:<!\[CDATA\[|<!--)")
_CLOSING = re.compile(r"(?://\s*+)?(?:\]\]>|-->)\s*+;?+\s*+$")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_MISSING_COMMA = re.compile(r'("|\d|\}|\]|true|false|null)([^\S\n]*\n\s*+)(")')
_FIELD = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|articleSection|description|inLanguage)"\s*:\s*"((?:[^"\\]|\\.|"(?!\s*(?:,\s*"|\}))){1,1000})"'
)
_AUTHORS = re.compile(
    r'"author"\s*:\s*(?P<block>\[[^\[\]]{1,4000}\]|\{[^{}]{0,1000}(?:\{[^{}]{0,1000}\}[^{}]{0,1000}){0,4}\}|"(?:[^"\\]|\\.){1,200}")'
)
_OBJECT = re.compile(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_INNER = re.compile(r"\{[^{}]*\}")
_NAME = re.compile(r'"name"\s*:\s*"((?:[^"\\]|\\.){1,200})"')
_STRING = re.compile(r'"((?:[^"\\]|\\.){1,200})"')
# In single quotes, up to a quote that is followed by the end of a value. An unterminated one is taken up to the end of its
# line: no string that begins within it is terminated either, so none of them has to be scanned again.
_BARE_KEY = re.compile(r"([{,]\s*+)([A-Za-z@_]\w{0,60})(\s*+:)")  # as scripts write them: {name: "Ada Brown"}
_SINGLE = re.compile(r"(?<=[{\[,:])(?P<space>\s*+)'(?P<value>(?:[^'\\\n]|\\.|'(?!\s*[,:}\]]))*+)(?P<end>'?)")


def read(script: str) -> list[Node]:
    """Every node of one script, the outermost first; of a broken script the objects that are still readable."""
    text = _unwrapped(script)
    if not text:
        return []
    try:
        value = json.loads(text, strict=False)
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):  # a script within a string
            value = json.loads(value, strict=False)
        return list(_nodes(value))
    except (ValueError, RecursionError):
        pass
    repaired = _repaired(text)
    for candidate in (repaired, _BARE_KEY.sub(r'\1"\2"\3', repaired)):
        try:
            return list(_nodes(json.loads(candidate, strict=False)))
        except (ValueError, RecursionError):
            continue
    return _pieces(repaired) or _fields(repaired)


def _unwrapped(script: str) -> str:
    """The script without comment marks that hid it from old browsers and validators."""
    opening = _OPENING.match(script)
    text = script[opening.end() if opening else 0 :].strip()
    if text.rstrip("; \t\r\n").endswith(("]]>", "-->")):  # searching the whole text for them is expensive
        text = _CLOSING.sub("", text)
    return text.strip().rstrip(";").strip()


def article_of(nodes: Iterable[Node], *, url: str, titles: Iterable[str]) -> Node | None:
    """The node of the page's article: of an article type; of several, the one about this page."""
    wanted = {folded(t) for t in titles if t}
    address = _address(url)
    found = [n for n in nodes if is_article(n) and not _is_of_another_page(n, address, wanted)]
    if len(found) <= 1:
        return found[0] if found else None

    def rank(node: Node) -> tuple[int, ...]:
        own = any(_address(a) == address for a in _addresses(node))
        headline = folded(text(node.get("headline")) or text(node.get("name")) or "")
        titled = bool(headline) and any(headline in t or t in headline for t in wanted if t)
        return (
            bool(_FIRST_RATE.search(types(node))),
            own + titled,
            sum(bool(node.get(k)) for k in ("datePublished", "author", "headline", "articleBody")),
        )

    return max(found, key=rank)


def _is_of_another_page(node: Node, address: str, titles: set[str]) -> bool:
    """Whether a node says that it is of another page: addresses of its own, none of them this one's, and a headline of
    which no title of the page has half the words."""
    addresses = {_address(a) for a in _addresses(node) if a.startswith(("http:", "https:", "//"))} - {""}
    headline = folded(from_markup(text(node.get("headline")) or text(node.get("name")) or ""))
    titles = {title for title in titles if _letters(title) == _letters(headline)}
    if not addresses or not headline or not titles or any(_is_same(a, address) for a in addresses):
        return False
    words = set(headline.split())
    alike = any(
        headline in title
        or title in headline
        or 2 * len(words & set(title.split())) >= min(len(words), len(title.split()))
        for title in titles
    )
    return not alike


def _is_same(one: str, other: str) -> bool:
    """Whether two addresses can be one page's: the same path, or one that ends the other, or the same long number."""
    first, second = one.partition("/")[2], other.partition("/")[2]
    if one == other or not first or first == second or first.endswith(f"/{second}") or second.endswith(f"/{first}"):
        return True
    return bool(set(_LONG_NUMBER.findall(first)) & set(_LONG_NUMBER.findall(second)))


_LONG_NUMBER = re.compile(r"\d{5,}")


def _letters(text: str) -> str:
    """The kind of letters that a text begins with, as Unicode names it: titles of two scripts have no word in common."""
    first = next((c for c in text if c.isalpha()), None)
    return unicodedata.name(first, "").partition(" ")[0] if first else ""


def is_article(node: Node) -> bool:
    """Whether the node's type is an article or its kin."""
    return any(_ARTICLE.search(t) for t in types(node).split()) and bool(
        node.get("headline") or node.get("datePublished") or node.get("articleBody") or node.get("author")
    )


def types(node: Node) -> str:
    """The node's types without vocabulary, space between them."""
    found = node.get("@type") or node.get("type") or ""
    names = found if isinstance(found, list) else [found]
    return " ".join(str(n).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for n in names if isinstance(n, str))


def text(value: Any) -> str | None:
    """The first string in a value: itself, of a list, or the name of a node."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return next((t for t in (text(v) for v in value[:20]) if t), None)
    if isinstance(value, dict):
        return next((t for t in (text(value.get(k)) for k in ("@value", "name", "headline", "url", "@id")) if t), None)
    return None


def texts(value: Any) -> list[str]:
    """All strings in a value."""
    if isinstance(value, list):
        return [t for v in value[:200] for t in texts(v)]
    found = text(value)
    return [found] if found else []


def names(value: Any, nodes: Iterable[Node], depth: int = 0) -> list[tuple[str, str]]:
    """(name, type) of the people or organisations in a value; {"@id"} is looked up among the page's nodes."""
    if depth > 4:
        return []
    if isinstance(value, str):
        return [(value, "")] if value.strip() else []
    if isinstance(value, list):
        return [found for v in value[:50] for found in names(v, nodes, depth + 1)]
    if not isinstance(value, dict):
        return []
    name = value.get("name")
    if name is None and (value.get("givenName") or value.get("familyName")):
        name = " ".join(str(value[k]) for k in ("givenName", "familyName") if isinstance(value.get(k), str))
    if name is None and value.get("@id"):
        known = next((n for n in nodes if n.get("@id") == value["@id"] and n is not value and n.get("name")), None)
        return names(known, nodes, depth + 1) if known else []
    if isinstance(name, dict):
        return names(name, nodes, depth + 1)
    return [(n, types(value)) for n in texts(name)]


def _nodes(value: Any) -> Iterator[Node]:
    """All nodes in breadth-first order, so that the page's own come before those within them."""
    level: list[Any] = [value]
    count = 0
    for _ in range(_MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, list):
                below += item[:500]
            elif isinstance(item, dict):
                count += 1
                if count > _MAX_NODES:
                    return
                yield item
                below += [v for v in item.values() if isinstance(v, (dict, list))]
        level = below
        if not level:
            return


def _repaired(text: str) -> str:
    if '"' not in text and "&quot;" in text:
        text = html.unescape(text)
    if text[:40].lstrip("{[ \t\r\n").startswith('\\"'):
        text = text.replace('\\"', '"')
    if text[:40].lstrip("{[ \t\r\n").startswith("'"):
        text = _SINGLE.sub(_in_double_quotes, text)
    text = _TRAILING_COMMA.sub(r"\1", text.replace("\\'", "'"))
    return _MISSING_COMMA.sub(r"\1,\2\3", text)


def _in_double_quotes(match: re.Match[str]) -> str:
    if not match["end"]:
        return match[0]
    return match["space"] + json.dumps(match["value"].replace("\\'", "'"), ensure_ascii=False)


def _pieces(text: str) -> list[Node]:
    """Objects written one after the other, or before the point where the script breaks."""
    decoder = json.JSONDecoder(strict=False)
    found: list[Node] = []
    at = 0
    for _ in range(20):
        start = text.find("{", at)
        if start < 0:
            break
        try:
            value, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            break
        found += _nodes(value)
    return found


def _fields(text: str) -> list[Node]:
    node: Node = {}
    for key, value in _FIELD.findall(text[:200_000]):
        node.setdefault(key, _unescaped(value))
    if authors := _authors(text[:200_000]):
        node["author"] = authors
    if not node or not ("headline" in node or "datePublished" in node):
        return []
    return [{"@type": "Article", **node}]


def _authors(text: str) -> list[str]:
    """The names of the first author field: its own, not those of what its objects hold."""
    match = _AUTHORS.search(text)
    if match is None:
        return []
    block = match["block"]
    found = [name[1] for item in _OBJECT.findall(block) if (name := _NAME.search(_INNER.sub("", item)))]
    if not found and "{" not in block:
        found = _STRING.findall(block)
    return [_unescaped(name) for name in found]


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _addresses(node: Node) -> list[str]:
    page = node.get("mainEntityOfPage")
    values = [node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, dict) else page]
    return [v for v in values if isinstance(v, str)]


def _address(url: str) -> str:
    return re.sub(r"^https?://(?:www\.|m\.|amp\.)?|[?#].*$|(?<!/)/+$", "", url.strip().casefold())
