"""Parses `<meta>` and `<link>` of a page's head, only as far as rights signals need it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser

# Heads with inlined styles and scripts run long; what stands behind this is not looked for.
MAX_HEAD_BYTES = 256 << 10
MAX_TERMS = 5  # documents of RSL in one page

_END = frozenset({"body", "article", "main", "p", "table"})  # pages without a </head>


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlHead:
    """Names are compared without regard to case. `links`: (href, rel, type) in the order of the page.

    `terms` are the documents of RSL that stand in the page itself.
    """

    meta: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str, str], ...] = ()
    terms: tuple[str, ...] = ()

    def metas(self, name: str) -> tuple[str, ...]:
        """The contents of all `<meta name=...>` of that name."""
        return tuple(content for key, content in self.meta if key == name.lower())


def parse_head(body: bytes) -> HtmlHead:
    """Read the head of an HTML page; empty for what is none. Never raises.

    Read as UTF-8: names and values that matter here are ASCII in every charset of the web but UTF-16.
    """
    parser = _HeadParser()
    with suppress(
        _HeadIsOver, AssertionError
    ):  # html.parser asserts on some broken declarations (python/cpython#77057)
        parser.feed(_text(body))  # never closed: an unfinished tag at the end is useless, and costs quadratic time
    return HtmlHead(meta=tuple(parser.meta), links=tuple(parser.links), terms=tuple(parser.terms))


class _HeadIsOver(Exception):  # a signal, not an error
    pass


class _HeadParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: list[tuple[str, str]] = []
        self.links: list[tuple[str, str, str]] = []
        self.terms: list[str] = []
        self._is_in_terms = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}  # of a name given twice the first counts
        if tag in _END:
            raise _HeadIsOver
        if tag == "meta" and given.get("name"):
            self.meta.append((given["name"].strip().lower(), given.get("content", "").strip()))
        if tag == "link" and given.get("href") and given.get("rel"):
            self.links.append((given["href"], given["rel"], given.get("type", "")))
        self._is_in_terms = tag == "script" and given.get("type", "").strip().lower() == "application/rsl+xml"
        if self._is_in_terms and len(self.terms) < MAX_TERMS:
            self.terms.append("")

    def handle_data(self, data: str) -> None:
        if self._is_in_terms and self.terms:
            self.terms[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._is_in_terms = False
        if tag == "head":
            raise _HeadIsOver


def _text(body: bytes) -> str:
    part = body[:MAX_HEAD_BYTES]
    if part.startswith((b"\xff\xfe", b"\xfe\xff")):
        return part.decode("utf-16", "replace")
    return part.decode("utf-8-sig", "replace")
