"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/) → candidates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from etl.discover import json_list, json_text
from etl.discover.markup import MAX_FEED_BYTES, MAX_SUMMARY_CHARS, decoded, link, plain, raw, unpacked
from etl.discover.parsed import ParsedDocument
from etl.model import Candidate, FoundVia, Hint

_OF_THE_STANDARD = frozenset({"date_published", "date_modified", "content_html", "content_text"})


def parse(body: bytes, url: str, content_type: str | None = None, *, source_key: str) -> ParsedDocument:
    """The items of a JSON feed, or the entries of another list of pages (`json_list`). Never raises; `url` is the base of
    relative links.

    `url` of an item counts, else its `id` if that is a web address; `external_url` is another site's page.
    """
    body, problems = unpacked(body, MAX_FEED_BYTES)
    text = decoded(body, content_type)
    if not text:
        return ParsedDocument(problems=(*problems, "empty_document"))
    value, found = json_text.load(text)
    problems += found
    if isinstance(value, list) and not (value and isinstance(value[0], int | str)):
        value = {"items": value}
    feed = value if isinstance(value, dict) else {}
    items = feed.get("items")
    own = [item for item in items if isinstance(item, dict) and _address(item, url)] if isinstance(items, list) else []
    if "jsonfeed.org" not in str(feed.get("version")) and not any(item.keys() & _OF_THE_STANDARD for item in own):
        listed = json_list.entries(feed, url, source_key=source_key)
        if listed is not None:
            return replace(listed, problems=(*problems, *listed.problems))
    if not isinstance(items, list):
        return ParsedDocument(problems=(*problems, "no_feed"))
    candidates = [Candidate(url=_address(item, url) or "", hint=_hint(item, feed, url, source_key)) for item in own]
    if len(candidates) < len(items):
        problems = (*problems, f"no_link: {len(items) - len(candidates)} of {len(items)} entries")
    return ParsedDocument(candidates=tuple(candidates), problems=problems, next_page=link(url, feed.get("next_url")))


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
