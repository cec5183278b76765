"""RSS, RDF and Atom → candidates, by feedparser, which reads what publishers write and not only what is well-formed.

feedparser opens URLs and files when it is given text; it is given a stream here, and DTDs are taken off before.
"""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import feedparser

from etl.discover.markup import (
    MAX_FEED_BYTES,
    MAX_SUMMARY_CHARS,
    MAX_TITLE_CHARS,
    decoded,
    link,
    mended,
    plain,
    raw,
    unpacked,
)
from etl.discover.parsed import ParsedDocument
from etl.errors import Quarantine
from etl.model import Candidate, FoundVia, Hint
from etl.urls import host_of, registrable_domain

_WEB = re.compile(r"\s*https?://", re.I)
_PERMALINK = re.compile(r"\s*(?:https?:)?//?", re.I)
_UTF8_XML = "application/xml; charset=utf-8"


def parse(body: bytes, url: str, content_type: str | None = None, *, source_key: str) -> ParsedDocument:
    """The entries of a feed with their links as absolute URLs. Never raises; `url` is the base of relative links.

    An entry's URL is its link (`feedburner:origLink` before the link of that proxy), else its guid if that is a
    permalink. Dates stay as written.
    """
    body, problems = unpacked(body, MAX_FEED_BYTES)
    text = decoded(body, content_type)
    if not text:
        return ParsedDocument(problems=(*problems, "empty_document"))
    headers = {"content-type": _UTF8_XML}
    if "xml:base" in text:  # only then does feedparser need a base, which makes an address of any guid
        headers["content-location"] = url
    try:
        parsed = feedparser.parse(
            io.BytesIO(mended(text).encode("utf-8")),
            response_headers=headers,
            resolve_relative_uris=False,  # links within texts: texts are not used as markup
            sanitize_html=False,
        )
    except Exception as error:  # a parser of 1,500 lines on untrusted bytes; a bad feed must not end a run
        return ParsedDocument(problems=(*problems, f"feed_parser_failed: {type(error).__name__}: {error}"[:300]))
    found = list(problems)
    if parsed.get("bozo"):
        found.append(f"not_well_formed: {' '.join(str(parsed.get('bozo_exception')).split())}"[:300])
    if not parsed.get("version") and not parsed.entries:
        return ParsedDocument(problems=(*found, "no_feed"))
    feed_language = raw(_get(parsed.feed, "language"))
    base = _base(parsed, url)
    site = _site_of(link(url, _get(parsed.feed, "link")))
    addresses = [_address(entry, base) for entry in parsed.entries]
    # A relay counts the readers of a whole feed. Where some links lead to the site, the others are links to others.
    is_relayed = site is not None and all(_site_of(address) != site for address in addresses if address)
    candidates = []
    without_link = 0
    for entry, linked in zip(parsed.entries, addresses, strict=True):
        address = _own_address(entry, base, linked, site) if is_relayed else linked
        if address is None:
            without_link += 1
        else:
            candidates.append(Candidate(url=address, hint=_hint(entry, parsed, url, source_key, feed_language)))
    if without_link:
        found.append(f"no_link: {without_link} of {len(parsed.entries)} entries")
    return ParsedDocument(
        candidates=tuple(candidates),
        problems=tuple(found),
        changes_every=_changes_every(parsed.feed),
        next_page=_linked(parsed.feed, "next", base),
        hub=_linked(parsed.feed, "hub", base),
        topic=_linked(parsed.feed, "self", base),
    )


_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}


def _changes_every(feed: Any) -> timedelta | None:
    """How often a feed says that it changes: `ttl` in minutes (RSS 2.0), else `sy:updatePeriod` with its frequency.

    Once an hour is what WordPress writes into every feed, whatever its site does: nothing is said by that.
    """
    ttl = str(_get(feed, "ttl") or "").strip()
    if re.fullmatch(r"[0-9]{1,6}", ttl) and int(ttl):
        return timedelta(minutes=int(ttl))
    period = _PERIODS.get(str(_get(feed, "sy_updateperiod") or "").strip().lower())
    frequency = str(_get(feed, "sy_updatefrequency") or "1").strip()
    if period is None or not re.fullmatch(r"[0-9]{1,4}", frequency) or not int(frequency):
        return None
    every = period / int(frequency)
    return None if every == _PERIODS["hourly"] else every


def _linked(feed: Any, relation: str, base: str) -> str | None:
    """What a feed links to: `next` has its earlier entries (RFC 5005 section 3), `hub` and `self` are WebSub's."""
    found = (_get(each, "href") for each in _get(feed, "links") or () if _get(each, "rel") == relation)
    return next((address for each in found if (address := link(base, each))), None)


def _get(mapping: Any, name: str) -> Any:
    """Without feedparser's own fallbacks, which give `published` for `updated` and warn about it."""
    return dict.get(mapping, name)


def _base(parsed: Any, url: str) -> str:
    """What relative links are relative to: the feed, or the site that it names where another host serves the feed."""
    site = link(url, _get(parsed.feed, "link"))
    return site if site is not None and urlsplit(site).netloc != urlsplit(url).netloc else url


def _own_address(entry: Any, base: str, address: str | None, site: str | None) -> str | None:
    """The address of an entry on the site that the feed names, where its link leads to a relay that counts readers and an
    original link or permalink beside it leads to the site itself."""
    if address is None:
        return None
    name = _get(entry, "id")
    others = [_get(entry, "pheedo_origlink"), name if isinstance(name, str) and _WEB.match(name) else None]
    others += [_get(each, "href") for each in _get(entry, "links") or ()]
    found = (link(base, each) for each in others if isinstance(each, str))
    return next((each for each in found if each and _site_of(each) == site), address)


def _site_of(address: str | None) -> str | None:
    try:
        return (registrable_domain(address) or host_of(address).removeprefix("www.")) if address else None
    except Quarantine:
        return None


def _address(entry: Any, base: str) -> str | None:
    """The page of an entry: the original link behind a proxy, else its alternate link (of several the page), else its permalink."""
    original = link(base, _get(entry, "feedburner_origlink"))
    if original is not None:
        return original
    alternates = [
        each
        for each in _get(entry, "links") or ()
        if _get(each, "rel") in (None, "alternate") and isinstance(_get(each, "href"), str) and _get(each, "href")
    ]
    pages = [each for each in alternates if _get(each, "type") in (None, "text/html", "application/xhtml+xml")]
    for each in (*pages, *alternates):
        if (address := link(base, _get(each, "href"))) is not None:
            return address
    name = _get(entry, "id")
    if isinstance(name, str) and not _PERMALINK.match(name):
        # feedparser gives a guid as the link unless it says that it is none; a number or a tag: URI is none either way.
        return None if _get(entry, "guidislink") else link(base, _get(entry, "link"))
    return link(base, _get(entry, "link")) or link(base, name)


def _hint(entry: Any, parsed: Any, url: str, source_key: str, feed_language: str | None) -> Hint:
    published, updated = raw(_get(entry, "published")), raw(_get(entry, "updated"))
    is_atom = str(_get(parsed, "version") or "").startswith("atom")
    if published is None and not is_atom:
        published, updated = updated, None  # dc:date of RSS and RDF: feedparser says updated, publishers mean published
    return Hint(
        source_key=source_key,
        via=FoundVia.FEED,
        found_at=url,
        title=_text(entry, "title", is_atom, MAX_TITLE_CHARS),
        published_raw=published,
        modified_raw=updated,
        summary=_text(entry, "summary", is_atom, MAX_SUMMARY_CHARS),
        language=_language(entry) or feed_language,
    )


def _text(entry: Any, name: str, is_atom: bool, limit: int) -> str | None:
    """Whether a text is markup: Atom states it; for RSS it is unknown, and mostly true."""
    value = _get(entry, name)
    kind = _get(_get(entry, f"{name}_detail") or {}, "type")
    return (
        plain(value, limit=limit, is_markup=not (is_atom and kind == "text/plain")) if isinstance(value, str) else None
    )


def _language(entry: Any) -> str | None:
    return raw(_get(_get(entry, "title_detail") or {}, "language"))
