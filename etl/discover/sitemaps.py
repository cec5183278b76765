"""Sitemaps → candidates and child sitemaps: https://www.sitemaps.org/protocol.html with the Google News extension.

Elements are known by their local names: the namespaces of real sitemaps are missing, misspelt or of older versions.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable

from lxml import etree

from etl.discover.markup import decoded, link, mended, plain, raw, unpacked
from etl.discover.parsed import ChildSitemap, ParsedDocument
from etl.model import Candidate, FoundVia, Hint

MAX_BYTES = 50 * 1024 * 1024  # the protocol's limits, uncompressed
MAX_ENTRIES = 50_000
MAX_LOC_CHARS = 2048  # the protocol's as well; only for sitemaps, since servers do answer longer URLs of pages

_WEB = ("http://", "https://")
_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:urlset|sitemapindex)\b", re.I)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_ENTRY = re.compile(r"<(?:[\w.-]+:)?(url|sitemap)\s*>", re.I)
_EXTENSION = re.compile(r"<((?:image:image|video:video))\b.*?(?:</\1\s*>|\Z)", re.S | re.I)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.S)
_FIELDS = {
    name: (
        re.compile(rf"<(?:[\w.-]+:)?{name}\s*>", re.I),
        re.compile(rf"</(?:[\w.-]+:)?{name}\s*>", re.I),
    )
    for name in ("loc", "lastmod", "publication_date", "title", "language")
}
_FIELD_END = re.compile(r"<(?!!\[CDATA\[)|[\r\n]")
_DECLARES_ENTITY = re.compile(r"<!ENTITY", re.I)


def parse(body: bytes, url: str, content_type: str | None = None, *, source_key: str) -> ParsedDocument:
    """The URLs of a sitemap, or the sitemaps of an index; XML or one URL a line, also gzipped. Never raises.

    What the protocol's limits leave out is a problem, as is everything that could not be read. A document that declares
    entities is refused: no sitemap needs one.
    """
    body, problems = unpacked(body, MAX_BYTES)
    text = decoded(body, content_type)
    if not text:
        return ParsedDocument(problems=(*problems, "empty_document"))
    text = _COMMENT.sub("", text)  # or a root within a comment would be taken for the root
    root = _ROOT.search(text)
    if root is None:
        return _parse_lines(text, url, source_key, problems)
    if _DECLARES_ENTITY.search(text, 0, root.start()):
        return ParsedDocument(problems=(*problems, "dtd_refused: the document declares entities"))
    found = _parse_xml(text[root.start() :], url, source_key, problems)
    if not any(problem.startswith("not_well_formed") for problem in found.problems):
        return found
    return _salvaged(text[root.end() :], found, url, source_key)


def _parse_lines(text: str, url: str, source_key: str, problems: tuple[str, ...]) -> ParsedDocument:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    addresses = [address for line in lines if line[:8].lower().startswith(_WEB) and (address := link(url, line))]
    if not addresses:
        return ParsedDocument(problems=(*problems, "no_sitemap"))
    if len(addresses) < len(lines):
        problems = (*problems, f"bad_entry: {len(lines) - len(addresses)} of {len(lines)} lines")
    hint = Hint(source_key=source_key, via=FoundVia.SITEMAP, found_at=url)
    taken = tuple(Candidate(url=address, hint=hint) for address in addresses[:MAX_ENTRIES])
    return ParsedDocument(candidates=taken, problems=(*problems, *_over(len(addresses))))


def _parse_xml(text: str, url: str, source_key: str, problems: tuple[str, ...]) -> ParsedDocument:
    candidates: list[Candidate] = []
    children: list[ChildSitemap] = []
    entries = bad = 0
    found = list(problems)
    events = etree.iterparse(
        io.BytesIO(mended(text).encode("utf-8")),
        events=("end",),
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for _, element in events:
            name = _name(element)
            if name not in ("url", "sitemap") or _name(element.getparent()) not in ("urlset", "sitemapindex"):
                continue
            entries += 1
            if entries <= MAX_ENTRIES:
                address = link(url, _child_text(element, "loc"))
                if address is None or (name == "sitemap" and len(address) > MAX_LOC_CHARS):
                    bad += 1
                elif name == "sitemap":
                    children.append(ChildSitemap(url=address, modified_raw=raw(_child_text(element, "lastmod"))))
                else:
                    candidates.append(Candidate(url=address, hint=_hint(element, url, source_key)))
            element.clear()
            while element.getprevious() is not None:  # or the whole tree would stay in memory
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        found.append(f"not_well_formed: {error.msg}"[:300])
    else:
        errors = events.error_log
        if errors:
            found.append(f"not_well_formed: line {errors[0].line}: {errors[0].message}"[:300])
    if bad:
        found.append(f"bad_entry: {bad} of {entries} entries")
    found.extend(_over(entries))
    return ParsedDocument(candidates=tuple(candidates), children=tuple(children), problems=tuple(found))


def _salvaged(text: str, found: ParsedDocument, url: str, source_key: str) -> ParsedDocument:
    """What an ill-formed sitemap offers when each entry is read by itself, where that is more than a parser has."""
    starts = [*_ENTRY.finditer(text)]
    ends = [*(start.start() for start in starts[1:]), len(text)]
    candidates: list[Candidate] = []
    children: list[ChildSitemap] = []
    for start, end in zip(starts[:MAX_ENTRIES], ends, strict=False):
        entry = _EXTENSION.sub("", text[start.end() : end])
        address = link(url, _field(entry, "loc"))
        if address is None or len(address) > MAX_LOC_CHARS:
            continue
        if start[1].lower() == "sitemap":
            children.append(ChildSitemap(url=address, modified_raw=raw(_field(entry, "lastmod"))))
            continue
        is_news = _field(entry, "publication_date") is not None or _field(entry, "title") is not None
        hint = Hint(
            source_key=source_key,
            via=FoundVia.NEWS_SITEMAP if is_news else FoundVia.SITEMAP,
            found_at=url,
            title=plain(_field(entry, "title")),
            published_raw=raw(_field(entry, "publication_date")),
            modified_raw=raw(_field(entry, "lastmod")),
            language=raw(_field(entry, "language")),
        )
        candidates.append(Candidate(url=address, hint=hint))
    had, have = len(found.candidates) + len(found.children), len(candidates) + len(children)
    if have <= had:
        return found
    problems = [problem for problem in found.problems if not problem.startswith(("bad_entry", "too_many_entries"))]
    problems.append(f"salvaged: {have} of {len(starts)} entries, {have - had} more than a parser reads")
    problems.extend(_over(len(starts)))
    return ParsedDocument(candidates=tuple(candidates), children=tuple(children), problems=tuple(problems))


def _field(entry: str, name: str) -> str | None:
    """The text of a field up to its closing tag, else to the next tag or the end of the line."""
    opening, closing = _FIELDS[name]
    start = opening.search(entry)
    if start is None:
        return None
    rest = entry[start.end() :]
    end = closing.search(rest) or _FIELD_END.search(rest)
    value = _CDATA.sub(r"\1", rest[: end.start()] if end else rest)
    return html.unescape(value).strip()


def _over(entries: int) -> Iterable[str]:
    if entries > MAX_ENTRIES:
        yield f"too_many_entries: {entries - MAX_ENTRIES} of {entries} left out"


def _hint(element: etree._Element, url: str, source_key: str) -> Hint:
    news = next((child for child in element if _name(child) == "news"), None)
    if news is None:
        return Hint(
            source_key=source_key,
            via=FoundVia.SITEMAP,
            found_at=url,
            modified_raw=raw(_child_text(element, "lastmod")),
        )
    publication = next((child for child in news if _name(child) == "publication"), None)
    return Hint(
        source_key=source_key,
        via=FoundVia.NEWS_SITEMAP,
        found_at=url,
        title=plain(_child_text(news, "title")),
        published_raw=raw(_child_text(news, "publication_date")),
        modified_raw=raw(_child_text(element, "lastmod")),
        language=raw(_child_text(publication, "language")) if publication is not None else None,
    )


def _child_text(element: etree._Element, name: str) -> str | None:
    """Text of a direct child: `image:loc` within `image:image` is not the page."""
    for child in element:
        if _name(child) == name:
            return "".join(str(piece) for piece in child.itertext()).strip()
    return None


def _name(element: etree._Element | None) -> str:
    """Local name in lower case; "" for comments, instructions and no element."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower()
