"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/) → candidates."""

from __future__ import annotations

import json
import re
from typing import Any

from etl.discover.markup import MAX_FEED_BYTES, MAX_SUMMARY_CHARS, decoded, link, plain, raw, unpacked
from etl.discover.parsed import ParsedDocument
from etl.model import Candidate, FoundVia, Hint

_ITEMS = re.compile(r'"items"\s*:\s*\[')
_OPENING = re.compile(r"[\s,]*+\{")
_NEXT = re.compile(r"\}\s*,\s*\{")
_MAX_LOST = 1000  # what is broken in more places is no feed


def parse(body: bytes, url: str, content_type: str | None = None, *, source_key: str) -> ParsedDocument:
    """The items of a JSON feed. Never raises; `url` is the base of relative links.

    `url` of an item counts, else its `id` if that is a web address; `external_url` is another site's page.
    """
    body, problems = unpacked(body, MAX_FEED_BYTES)
    text = decoded(body, content_type)
    if not text:
        return ParsedDocument(problems=(*problems, "empty_document"))
    try:
        feed = json.loads(text, strict=False)  # raw line ends and tabs within strings are what many exporters write
    except (ValueError, RecursionError) as error:
        feed, lost = _salvaged(text)
        problems = (*problems, f"not_well_formed: {error}"[:250])
        if lost:
            problems = (*problems, f"lost: {lost} entries could not be read")
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        return ParsedDocument(problems=(*problems, "no_feed"))
    candidates = [
        Candidate(url=address, hint=_hint(item, feed, url, source_key))
        for item in items
        if isinstance(item, dict) and (address := _address(item, url)) is not None
    ]
    if len(candidates) < len(items):
        problems = (*problems, f"no_link: {len(items) - len(candidates)} of {len(items)} entries")
    return ParsedDocument(candidates=tuple(candidates), problems=problems)


def _salvaged(text: str) -> tuple[dict[str, Any], int]:
    """A feed of the items that can be read one by one, and how many could not."""
    start = _ITEMS.search(text)
    if start is None:
        return {}, 0
    decoder = json.JSONDecoder(strict=False)
    items: list[Any] = []
    lost, position = 0, start.end()
    while lost < _MAX_LOST and (opening := _OPENING.match(text, position)):
        try:
            item, position = decoder.raw_decode(text, opening.end() - 1)
            items.append(item)
        except (ValueError, RecursionError):
            lost += 1
            following = _NEXT.search(text, opening.end())
            if following is None:
                break
            position = following.end() - 1
    return {"items": items}, lost


def _address(item: dict[str, Any], base: str) -> str | None:
    name = item.get("id")
    if item.get("url"):
        return link(base, item["url"])
    return link(base, name) if isinstance(name, str) and name.startswith(("http://", "https://")) else None


def _hint(item: dict[str, Any], feed: dict[str, Any], url: str, source_key: str) -> Hint:
    title, summary = item.get("title"), item.get("summary")
    return Hint(
        source_key=source_key,
        via=FoundVia.JSON_FEED,
        found_at=url,
        # "Plain text" by the specification; publishers' exporters leave entities in it all the same.
        title=plain(title, is_markup="&" in title) if isinstance(title, str) else None,
        published_raw=raw(item.get("date_published")),
        modified_raw=raw(item.get("date_modified")),
        summary=plain(summary, limit=MAX_SUMMARY_CHARS) if isinstance(summary, str) else None,
        language=raw(item.get("language")) or raw(feed.get("language")),
    )
