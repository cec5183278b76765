"""OPML 2.0 (http://opml.org/spec2.opml): lists of feeds, as feed readers exchange them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from lxml import etree

from etl.errors import SettingError
from etl.sources.source import Source
from etl.urls import is_web_url, join

MAX_DEPTH = 20  # folders within folders
NAMED = 5  # entries without an address


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """A feed of a list. `site` is its front page, if it is named; `folders` are those that it lies in."""

    url: str
    title: str | None = None
    site: str | None = None
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """The feeds of a list, each address once, and what could not be taken."""

    feeds: tuple[ListedFeed, ...]
    problems: tuple[str, ...]  # as sentences: damage, the first entries without an address, how many more

    @property
    def is_whole(self) -> bool:
        """Whether all that the list names could be taken."""
        return not self.problems


def read(body: bytes) -> FeedList:
    """The feeds of a list; of a damaged one what can still be read.

    Attributes are matched without case, since programs write `xmlurl` and `xmlURL`. Raises `SettingError` for what
    is no OPML. Entities that a document declares are not resolved.
    """
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SettingError(f"no OPML ({error}): give an export of a feed reader, or a list of domains") from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        is_feed = root is not None and etree.QName(root).localname.lower() in ("rss", "feed", "rdf")
        if is_feed:
            raise SettingError("it is a feed: give the address of its site to `news-etl sources add`")
        raise SettingError("no OPML, for its root is not <opml>: give an export of a feed reader, or a list of domains")
    found: dict[str, ListedFeed] = {}
    bad: list[str] = []
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        if not isinstance(element.tag, str) or len(folders) > MAX_DEPTH:
            continue
        if etree.QName(element).localname.lower() == "outline":
            _outline(element, folders, found, bad)
            title = _attribute(element, "text") or _attribute(element, "title")
            folders = (*folders, title) if title else folders
        waiting.extend((child, folders) for child in reversed(element))
    damage = [f"line {each.line}: {each.message.strip()}" for each in parser.error_log][:1]
    problems = [f"the file is damaged ({each}): what could be read of it is taken" for each in damage]
    problems += [f"{each} is no web address" for each in bad[:NAMED]]
    if len(bad) > NAMED:
        problems.append(f"and {len(bad) - NAMED} more entries without a web address")
    return FeedList(feeds=tuple(found.values()), problems=tuple(problems))


def _outline(child: etree._Element, folders: tuple[str, ...], found: dict[str, ListedFeed], bad: list[str]) -> None:
    raw = _attribute(child, "xmlUrl")
    if raw is None:
        return
    url = join("https://invalid.invalid/", raw.removeprefix("feed:"))
    if url is None or "invalid.invalid" in url:
        bad.append(f"line {child.sourceline}: {raw[:100]!r}")
        return
    site = _attribute(child, "htmlUrl")
    found.setdefault(
        url,
        ListedFeed(
            url=url,
            title=_attribute(child, "title") or _attribute(child, "text"),
            site=site if site and is_web_url(site) else None,
            folders=folders,
        ),
    )


def write(sources: Iterable[Source], *, title: str) -> str:
    """A list of the feeds of sources, by source, in their order. One without feeds is left out."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{_text(title)}</title></head>",
        "  <body>",
    ]
    for source in sources:
        if not source.feeds:
            continue
        lines.append(f"    <outline text={quoteattr(source.name)}>")
        for feed in source.feeds:
            facts = {"type": "rss", "text": source.name, "xmlUrl": feed, "htmlUrl": source.homepage}
            if len(source.languages) == 1:
                facts["language"] = source.languages[0]
            said = " ".join(f"{name}={quoteattr(value)}" for name, value in facts.items())
            lines.append(f"      <outline {said}/>")
        lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _attribute(element: etree._Element, name: str) -> str | None:
    for key, value in element.attrib.items():
        if str(key).lower() == name.lower() and str(value).strip():
            return " ".join(str(value).split())
    return None


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
