"""Front and section pages → links that look like articles, in any language.

The URL is the strongest evidence, independent of language: a date with something after it, a long number, a slug of several
words. The link text is the second: headlines are longer than names of sections. Missing an article is the worse error,
since a list page that was fetched ends as `list_page`; so doubtful links are taken if their text is long.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml import html as lxml_html

from etl.discover.markup import MAX_PAGE_BYTES, decoded, plain, raw, unpacked
from etl.discover.parsed import ParsedDocument
from etl.model import Candidate, FoundVia, Hint
from etl.urls import host_of, join, normal_url, registrable_domain

# Widths in columns: a headline of 8 CJK characters says as much as one of 16 Latin ones.
MIN_TEXT_COLUMNS = 10  # with an address that only articles have
LONG_TEXT_COLUMNS = 32  # with any other address below the front

# What content management systems call lists and functions in every language.
_NO_ARTICLE = frozenset(
    {
        *("author", "authors", "autor", "cart", "categories", "category", "login", "logout", "profile", "register"),
        *("search", "signin", "signup", "subscribe", "tag", "tags", "user", "users", "wp-admin", "wp-content"),
    }
)
_FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|pdf|docx?|xlsx?|pptx?|epub|zip|gz|mp3|m4a|ogg|wav|mp4|webm|mov|avi|m3u8|"
    r"xml|rss|atom|json|ics|css|js|txt|apk|exe)\Z",
    re.I,
)
_PAGE_EXTENSION = re.compile(r"\.[A-Za-z]{2,5}\Z")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?:[/._-]?(?:0[1-9]|1[0-2])(?:[/._-]?(?:0[1-9]|[12]\d|3[01]))?)(?!\d)")
_LONG_NUMBER = re.compile(r"\d{5,}")
_MIXED_ID = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}", re.I)
_QUERY_NUMBER = re.compile(r"(?:\A|&)[^=&]*=\D{0,3}\d{4,}")
_SEPARATORS = re.compile(r"[-_+.,~ ]+")

_SKIPPED_TAGS = frozenset({"nav", "footer", "aside"})
_SKIPPED_ROLES = frozenset({"navigation", "contentinfo", "complementary", "search", "menu", "menubar"})
_SKIPPED_RELS = frozenset({"nofollow", "sponsored", "ugc", "tag", "author", "category", "license", "prev", "next"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def parse(
    body: bytes,
    url: str,
    content_type: str | None = None,
    *,
    source_key: str,
    owns: Callable[[str], bool] | None = None,
) -> ParsedDocument:
    """Links of the page that look like articles of its site, each once, in the order of the page. Never raises.

    `owns` says which URLs are of the site (a source's `owns`); without it those of the same registrable domain or host.
    The hint's title is the link's text: its heading if it has one, else the longest of several links.
    """
    body, problems = unpacked(body, MAX_PAGE_BYTES)
    text = decoded(body, content_type)
    if not text:
        return ParsedDocument(problems=(*problems, "empty_document"))
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        return ParsedDocument(problems=(*problems, f"no_page: {error}"[:300]))
    base = next((join(url, href) for each in root.iter("base") if (href := each.get("href"))), None) or url
    language = raw(root.get("lang"))
    own = owns or _same_site(url)
    titles: dict[str, tuple[int, str]] = {}
    addresses: dict[str, str] = {}
    for link, address in _links(root, base):
        key = normal_url(address)
        if own(address) and key not in (normal_url(url), normal_url(base)):
            addresses.setdefault(key, address)
            titles[key] = max(titles.get(key, (0, "")), _title(link))
    candidates = [
        Candidate(
            url=address,
            hint=Hint(
                source_key=source_key,
                via=FoundVia.SECTION,
                found_at=url,
                title=titles[key][1] or None,
                language=language,
            ),
        )
        for key, address in addresses.items()
        if looks_like_article(address, titles[key][1])
    ]
    return ParsedDocument(candidates=tuple(candidates), problems=problems)


def looks_like_article(url: str, text: str) -> bool:
    """True if a link of that address and text probably leads to an article.

    >>> looks_like_article("https://a.example/2026/11/24/storm", "Storm hits the coast")
    True
    >>> looks_like_article("https://a.example/sport/", "Sport")
    False
    """
    parts = urlsplit(normal_url(url))
    segments = [segment for segment in unquote(parts.path).split("/") if segment]
    if any(segment.lower() in _NO_ARTICLE for segment in segments) or (segments and _FILES.search(segments[-1])):
        return False
    columns = _columns(text)
    if _has_article_address(segments, parts.query):
        return columns >= MIN_TEXT_COLUMNS
    return bool(segments or parts.query) and columns >= LONG_TEXT_COLUMNS


def _has_article_address(segments: list[str], query: str) -> bool:
    if _QUERY_NUMBER.search(query):
        return True
    if not segments:
        return False
    path = "/".join(segments)
    date = _DATE.search(path)
    if date and re.search(r"\w", _PAGE_EXTENSION.sub("", path[date.end() :])):  # a date alone is an archive of that day
        return True
    names = [_PAGE_EXTENSION.sub("", segment) for segment in segments[-2:]]
    return any(_LONG_NUMBER.search(name) or _MIXED_ID.fullmatch(name) or _is_slug(name) for name in names)


def _is_slug(name: str) -> bool:
    """Four words or more, or a phrase in another script, as long as no name of a section is (a title in Thai)."""
    words = [word for word in _SEPARATORS.split(name) if word]
    return len(words) >= 4 or (not name.isascii() and sum(map(str.isalpha, name)) >= 12)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _links(root: lxml_html.HtmlElement, base: str) -> Iterator[tuple[lxml_html.HtmlElement, str]]:
    for link in root.iter("a", "area"):
        href = link.get("href")
        if not href or href.lstrip().startswith("#") or link.get("download") is not None:
            continue
        if _SKIPPED_RELS & set((link.get("rel") or "").lower().split()) or _is_boilerplate(link):
            continue
        address = join(base, href)
        if address is not None:
            yield link, address


def _is_boilerplate(link: lxml_html.HtmlElement) -> bool:
    return any(
        element.tag in _SKIPPED_TAGS or (element.get("role") or "").lower() in _SKIPPED_ROLES
        for element in (link, *link.iterancestors())
    )


def _title(link: lxml_html.HtmlElement) -> tuple[int, str]:
    """Rank and text: a heading in the link or around it, the link's own text, the description of its picture."""
    heading = next((each for each in link.iter(*_HEADINGS)), None)
    if heading is not None and (text := _text(heading)):
        return 1_000_000 - len(text), text  # the first line of a card, not its teaser
    text = _text(link)
    if text and any(element.tag in _HEADINGS for element in link.iterancestors()):
        return 1_000_000 - len(text), text
    if text:
        return 1_000 + len(text), text
    described = [link.get("title"), link.get("aria-label"), *(picture.get("alt") for picture in link.iter("img"))]
    longest = max((plain(each) or "" for each in described), key=len)
    return len(longest), longest


def _text(element: lxml_html.HtmlElement) -> str:
    return plain(" ".join(str(piece) for piece in element.itertext()), is_markup=False) or ""


def _same_site(url: str) -> Callable[[str], bool]:
    site, host = registrable_domain(url), host_of(url)
    return lambda other: host_of(other) == host if site is None else registrable_domain(other) == site
