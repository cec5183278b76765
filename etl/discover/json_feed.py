"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/) → candidates."""

from __future__ import annotations

import json
from typing import Any

from etl.discover.found import Found
from etl.discover.markup import MAX_FEED_BYTES, MAX_SUMMARY_CHARS, decoded, link, plain, raw, unpacked
from etl.model import Candidate, FoundVia, Hint


def parse(body: bytes, url: str, content_type: str | None = None, *, source_key: str) -> Found:
    """The items of a JSON feed. Never raises; `url` is the base of relative links.

    `url` of an item counts, else its `id` if that is a web address; `external_url` is somebody else's page.
    """
    body, problems = unpacked(body, MAX_FEED_BYTES)
    text = decoded(body, content_type)
    if not text:
        return Found(problems=(*problems, "empty_document"))
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Found(problems=(*problems, f"not_well_formed: {error}"[:300]))
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        return Found(problems=(*problems, "no_feed"))
    candidates = [
        Candidate(url=address, hint=_hint(item, feed, url, source_key))
        for item in items
        if isinstance(item, dict) and (address := _address(item, url)) is not None
    ]
    if len(candidates) < len(items):
        problems = (*problems, f"no_link: {len(items) - len(candidates)} of {len(items)} entries")
    return Found(candidates=tuple(candidates), problems=problems)


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
