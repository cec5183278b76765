"""The article's text in a page's scripts, for pages whose markup holds none: React and Next.js state, JSON-LD articleBody.

A last resort: state also holds other articles' teasers, so only what looks like one article's paragraphs is taken.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

from etl.normalize.text import from_markup, one_line

_MAX_CHARS = 2_000_000
_MIN_BODY = 200
_NEXT_CHUNK = re.compile(r"self\.__next_f\.push\(\[\s*\d+\s*,\s*(\"(?:[^\"\\]|\\.)*\")\s*\]\)")
_BODY_KEYS = frozenset(
    (
        "articlebody",
        "body",
        "content",
        "contents",
        "text",
        "html",
        "bodyhtml",
        "story",
        "paragraphs",
        "body_html",
        "contenthtml",
        "articletext",
        "fulltext",
    )
)
# A long unterminated string is skipped at once: no quote within it begins a terminated one.
_STRING = re.compile(r"\"((?:[^\"\\]|\\.){200,}+)(\"|(?=\\)|\Z)")
_BLOCK_END = re.compile(r"</(?:p|div|h[1-6]|li|blockquote|section|article|tr)\s*>|<br\s*/?>", re.I)
_ANY_TAG = re.compile(r"<[^<>]{1,2000}>")
_PROSE = re.compile(r"[.!?。！？।؟](?:[\s\"”»'’<)]|$)")


def text_of_states(states: list[str]) -> str:
    """The longest text that a state holds, or ""."""
    best = ""
    for state in filter(_may_hold_text, states):
        for candidate in _candidates(state[:_MAX_CHARS]):
            text = blocks(candidate)
            if len(text) > len(best) and len(text) >= _MIN_BODY and len(_PROSE.findall(text)) >= 3:
                best = text
    return best


def _may_hold_text(script: str) -> bool:
    """Whether a script is the stream of a framework, or holds paragraphs or the name of a body."""
    return any(mark in script for mark in _MARKS)


_MARKS = (
    "self.__next_f", "articleBody", "__NEXT_DATA__", '"props"', "<p", "\\u003cp", "\\u003Cp", "&lt;p", "\\x3cp",
    *(f'"{key}' for key in ("body", "content", "paragraphs", "text", "html", "story", "articleText", "fullText")),
    *(f'\\"{key}' for key in ("body", "content", "paragraphs", "text", "html", "story")),
)  # fmt: skip


def blocks(value: str) -> str:
    """Text with one paragraph a line from a string that may hold markup, escaped or not.

    >>> blocks("<p>One.</p><p>Two &amp; three.</p>")
    'One.\\nTwo & three.'
    """
    if "&lt;" in value and "<p" not in value:
        value = from_markup_lines(value)
    value = _ANY_TAG.sub(" ", _BLOCK_END.sub("\n", value)) if "<" in value else value
    lines = (one_line(from_markup(line)) for line in value.replace("\\n", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def from_markup_lines(value: str) -> str:
    """Entities resolved once, line ends kept."""
    import html

    return html.unescape(value)


def _candidates(state: str) -> Iterator[str]:
    if "self.__next_f" in state:
        for match in _NEXT_CHUNK.finditer(state):
            try:
                chunk = json.loads(match[1])
            except ValueError:
                continue
            # React's flight format: rows of "id:json"; text rows stand as "id:Tlength,text".
            for row in chunk.split("\n"):
                _, _, payload = row.partition(":")
                if payload.startswith("T"):
                    yield payload.partition(",")[2]
                elif payload.startswith(("[", "{")):
                    yield from _of_json(payload)
            if re.match(r"<(?:p|div|h\d)\b", chunk):
                yield chunk
        return
    if said := _PARSED.search(state):  # JSON.parse("..."): JSON in a string of a script
        with contextlib.suppress(ValueError):
            yield from _of_json(json.loads(f'"{said[1]}"', strict=False))
        return
    start = _STATE_BEGINS.search(state)
    if start is not None:
        yield from _of_json(state[start.start() :])


# What a state begins with: an array that is a script of its own, or an object.
_STATE_BEGINS = re.compile(r"(?<!\S)\[|\{")
_PARSED = re.compile(r"JSON\.parse\(\s*\"((?:[^\"\\]|\\.)*+)\"")


def _of_json(text: str) -> Iterator[str]:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        for match in _STRING.finditer(text):
            if match[2] and "articleBody" in text[max(0, match.start() - 20) : match.start()]:
                try:
                    yield str(json.loads(f'"{match[1]}"', strict=False))
                except ValueError:
                    continue
        return
    yield from _strings(value)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield from _of_flat(value)
    stack: list[tuple[str, Any]] = [("", value)]
    for _ in range(50_000):
        if not stack:
            return
        key, item = stack.pop()
        if isinstance(item, dict):
            stack += [(str(k).casefold(), v) for k, v in item.items()]
        elif isinstance(item, list):
            texts = [t for t in (_paragraph(i) for i in item) if t]
            if key in _BODY_KEYS and len(texts) > 2:
                yield "\n".join(texts)
            stack += [(key, v) for v in item]
        elif (
            isinstance(item, str)
            and len(item) >= _MIN_BODY
            and item.lstrip()[:1] in ("{", "[")
            and (inner := _json(item)) is not None
        ):
            stack.append((key, inner))
        elif (
            isinstance(item, str)
            and len(item) >= _MIN_BODY
            and (key in _BODY_KEYS or key == "dangerouslysetinnerhtml" or key == "__html")
        ):
            yield item


def _json(text: str) -> Any:
    """JSON within JSON, as a list or an object, or None."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list | dict) else None


def _of_flat(values: list[Any]) -> Iterator[str]:
    """Texts of a list in which every value stands once and is named by its place, as Nuxt 3 and SvelteKit write state."""
    for item in values[:50_000]:
        if not isinstance(item, dict):
            continue
        for key, place in item.items():
            if str(key).casefold() in _BODY_KEYS and (text := _resolved(values, place, 0)):
                yield text


def _resolved(values: list[Any], place: Any, depth: int) -> str:
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(values) or depth > 4:
        return ""
    item = values[place]
    if isinstance(item, str):
        return item
    if isinstance(item, list):
        return "\n".join(text for each in item[:2_000] if (text := _resolved(values, each, depth + 1)))
    if isinstance(item, dict):
        return next((t for k in _TEXT_KEYS if k in item and (t := _resolved(values, item[k], depth + 1))), "")
    return ""


_TEXT_KEYS = ("text", "content", "value", "html", "body")


def _paragraph(item: Any) -> str | None:
    if isinstance(item, str):
        return item if len(item) > 20 else None
    if isinstance(item, dict):
        for key in _TEXT_KEYS:
            value = item.get(key)
            if isinstance(value, str) and len(value) > 20:
                return value
    return None
