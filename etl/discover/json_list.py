"""JSON lists of pages as publishing systems give them → candidates: WordPress, Drupal's JSON:API, Ghost, Arc and others.

No system is known by name. Of all lists in a document that counts of which most objects with the address of a page have a date,
by the names that systems give to these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from etl.discover.markup import MAX_SUMMARY_CHARS, link, plain, raw
from etl.discover.parsed import ParsedDocument
from etl.model import Candidate, FoundVia, Hint

# Names without case and separators, the more telling first.
ADDRESSES = (
    *(
        "canonicalurl",
        "weburl",
        "websiteurl",
        "permalink",
        "permalinkurl",
        "articleurl",
        "pageurl",
        "fullurl",
        "publicurl",
    ),
    *("shareurl", "link", "url", "href", "alternate", "path", "alias", "uri"),
)
PUBLISHED = (
    *("dategmt", "publishedgmt", "datepublished", "publishedat", "publishdate", "publisheddate", "publicationdate"),
    *(
        "webpublicationdate",
        "firstpublishedat",
        "firstpublishdate",
        "firstpublished",
        "displaydate",
        "pubdate",
        "published",
    ),
    *(
        "publishedon",
        "publishtime",
        "publishedtime",
        "postdate",
        "releasedate",
        "date",
        "datetime",
        "createdat",
        "created",
    ),
    *("datecreated", "createddate", "timestamp"),
)
MODIFIED = (
    *("modifiedgmt", "datemodified", "modifiedat", "updatedat", "lastupdateddate", "lastupdated", "lastmodified"),
    *("lastmodifieddate", "updateddate", "dateupdated", "modified", "updated", "changed"),
)
TITLES = ("title", "headline", "headlines", "webtitle", "name", "heading", "titre", "titulo")
SUMMARIES = ("excerpt", "customexcerpt", "summary", "description", "standfirst", "dek", "teaser", "lead", "abstract")
LANGUAGES = ("language", "langcode", "lang", "locale")
# What a text is within, where it is an object: rendered (WordPress), basic (Arc), value (Drupal), $t (Blogger).
_TEXTS = ("rendered", "basic", "value", "$t", "#text", "plain", "html", "href", "url", "alias")
# Parts of an object that are about other things than its page, or lead to the interface itself.
_OTHERS = frozenset(
    {
        *(
            "links",
            "author",
            "authors",
            "image",
            "images",
            "media",
            "thumbnail",
            "category",
            "categories",
            "tags",
            "section",
        ),
        *(
            "sections",
            "embedded",
            "relationships",
            "self",
            "related",
            "owner",
            "user",
            "source",
            "promoitems",
            "taxonomy",
        ),
        *("credits", "guid", "primaryauthor", "primarytag", "meta", "comments", "contentelements"),
    }
)
_MAX_DEPTH = 8
_MAX_LISTS = 1000
_SEPARATORS = re.compile(r"[\W_]+")
_INTERFACE = re.compile(r"/(?:wp-json|jsonapi|api|graphql)(?:/|\Z)|[?&]rest_route=", re.I)
_EPOCH_MS = 100_000_000_000  # of seconds that is in the year 5138


def entries(value: Any, url: str, *, source_key: str) -> ParsedDocument | None:
    """The pages that a JSON value lists; None where it lists none. `url` is the base of relative links.

    A date whose name says GMT is UTC, numbers are seconds or milliseconds since 1970; others stay as written.
    """
    best: list[dict[str, Any]] = []
    pages: list[Candidate] = []
    for listed in _lists(value):
        found = [each for item in listed if (each := _candidate(item, url, source_key)) is not None]
        dated = sum(each.hint.published_raw is not None for each in found)
        if 2 * dated >= len(found) > len(pages):
            best, pages = listed, found
    if not pages:
        return None
    without = len(best) - len(pages)
    return ParsedDocument(
        candidates=tuple(pages),
        problems=(f"no_link: {without} of {len(best)} entries",) if without else (),
        next_page=_next_page(value, url),
    )


def _lists(value: Any) -> Iterator[list[dict[str, Any]]]:
    """All lists of objects, the outermost first."""
    level, given = [value], 0
    for _ in range(_MAX_DEPTH):
        below: list[Any] = []
        for each in level:
            if isinstance(each, list):
                objects = [item for item in each if isinstance(item, dict)]
                if objects:
                    yield objects
                    given += 1
                below += objects
            elif isinstance(each, dict):
                below += [part for part in each.values() if isinstance(part, dict | list)]
            if given >= _MAX_LISTS:
                return
        level = below


def _candidate(item: Mapping[str, Any], base: str, source_key: str) -> Candidate | None:
    values = _values(item)
    address = _address(item, values, base)
    if address is None:
        return None
    title, summary = _first(values, TITLES), _first(values, SUMMARIES)
    return Candidate(
        url=address,
        hint=Hint(
            source_key=source_key,
            via=FoundVia.JSON_FEED,
            found_at=base,
            title=plain(title) if title else None,
            published_raw=_date(values, PUBLISHED),
            modified_raw=_date(values, MODIFIED),
            summary=plain(summary, limit=MAX_SUMMARY_CHARS) if summary else None,
            language=raw(_first(values, LANGUAGES)),
        ),
    )


def _values(item: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an object and of the objects in it, by plain names; the outer ones count."""
    found: dict[str, Any] = {}
    level: list[Mapping[str, Any]] = [item]
    for _ in range(3):
        below: list[Mapping[str, Any]] = []
        for each in level:
            for name, value in each.items():
                key = _SEPARATORS.sub("", name.lower()) if isinstance(name, str) else ""
                text = _text(value)
                if key and text is not None:
                    found.setdefault(key, text)
                if isinstance(value, dict) and key not in _OTHERS:
                    below.append(value)
        level = below
    return found


def _text(value: Any) -> str | int | float | None:
    if isinstance(value, dict):
        inner = next((value[name] for name in _TEXTS if isinstance(value.get(name), str)), None)
        return inner or None
    if isinstance(value, bool):
        return None
    return value if isinstance(value, str | int | float) and value != "" else None


def _first(values: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((values[name] for name in names if isinstance(values.get(name), str)), None)


def _address(item: Mapping[str, Any], values: Mapping[str, Any], base: str) -> str | None:
    """The page's address: by the most telling name, and never one of the interface; else the alternate one of its links."""
    for name in ADDRESSES:
        value = values.get(name)
        if isinstance(value, str) and (value.startswith(("/", "http")) or name in ("link", "url", "href")):
            found = link(base, value)
            if found is not None and not _INTERFACE.search(urlsplit(found).path + "?" + urlsplit(found).query):
                return found
    links = item.get("link") or item.get("links")
    for each in links if isinstance(links, list) else ():
        if isinstance(each, dict) and each.get("rel") == "alternate" and (found := link(base, each.get("href"))):
            return found
    return None


def _date(values: Mapping[str, Any], names: Sequence[str]) -> str | None:
    for name in names:
        value = values.get(name)
        if isinstance(value, int | float) or (isinstance(value, str) and re.fullmatch(r"\d{10}(?:\d{3})?", value)):
            return _instant(float(value))
        if isinstance(value, str) and any(map(str.isdigit, value)):
            is_bare = name.endswith("gmt") and re.search(r"(?:Z|GMT|UTC|[+-]\d\d:?\d\d)\s*\Z", value) is None
            return raw(f"{value}Z" if is_bare else value)
    return None


def _instant(number: float) -> str | None:
    try:
        return datetime.fromtimestamp(number / 1000 if number >= _EPOCH_MS else number, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _next_page(value: Any, url: str) -> str | None:
    """Where earlier entries are: an address (`next`, `next_url`, `links.next`), or the number of the next page in `pagination`."""
    if not isinstance(value, dict):
        return None
    links, paging = _part(value, "links") or _part(value, "_links"), _part(_part(value, "meta"), "pagination")
    for said in (links.get("next"), value.get("next"), value.get("next_url"), paging.get("next")):
        address = said.get("href") if isinstance(said, dict) else said
        if isinstance(address, str) and address.startswith(("http", "/", "?")):
            return link(url, address)
    number = paging.get("next")
    return numbered(url, number) if type(number) is int else None


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def numbered(url: str, page: int) -> str:
    """The address of another page of the same list.

    >>> numbered("https://news.example/wp-json/wp/v2/posts?per_page=20&page=2", 3)
    'https://news.example/wp-json/wp/v2/posts?per_page=20&page=3'
    """
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", str(page))])))
