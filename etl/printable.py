"""Makes untrusted text safe for terminals, logs and JSON: control characters are shown as escapes.

A page's title may hold terminal commands (ESC sequences; ECMA-48, 5.4), characters that reverse the rest of a line
(overrides and isolates; UAX #9, https://trojansource.codes), or characters that some program takes for the end of a line
(log injection). Letters of right-to-left scripts, and the marks that only place them, stay as they are.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

# C0 but for tab and line feed, DEL and C1, separators of lines and paragraphs, embeddings, overrides and isolates, and
# the deprecated controls beside them, halves of characters.
_ACTING = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u206f\ud800-\udfff"
_IN_LINES = re.compile(f"[{_ACTING}]")
_IN_A_LINE = re.compile(f"[\t\n{_ACTING}]")
# json.dumps writes C0 as escapes itself.
_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u206f\ud800-\udfff]")
_BARE = re.compile(r"[^\s\"'=]+")
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def visible(text: str) -> str:
    r"""The text with its lines and tabs, and every other control character as an escape.

    >>> visible("\x1b[2Jgone\r\nnext")
    '\\x1b[2Jgone\nnext'
    """
    return _IN_LINES.sub(_escape, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    r"""The text in one line, every control character as an escape.

    >>> one_line("Dear\n\u202eall")
    'Dear\\n\\u202eall'
    """
    return _IN_A_LINE.sub(_escape, text)


def log_fields(**values: object) -> str:
    r"""`name=value` for a log, in one line whatever the values hold; what is no bare word is quoted as in JSON.

    >>> log_fields(outcome="full", url="http://a.example/ x\noutcome=gone", error=None)
    'outcome=full url="http://a.example/ x\\noutcome=gone" error=None'
    """
    return " ".join(f"{name}={_word(str(value))}" for name, value in values.items())


def json_line(value: object, *, default: Any = None) -> str:
    r"""One JSON document (RFC 8259) in one line, exact for JSON parsers and harmless on a terminal.

    Letters are not escaped; terminal controls and lone surrogates are. `default` converts types that JSON lacks. Numbers
    that JSON lacks (NaN, infinity) are strings, as PostgreSQL writes them.

    >>> json_line({"title": "Größe \x9b\ud800"})
    '{"title": "Größe \\u009b\\ud800"}'
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=default)
    except ValueError:
        text = json.dumps(_with_numbers(value), ensure_ascii=False, default=default)
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _SHORT.get(found[0]) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def _word(text: str) -> str:
    return text if _BARE.fullmatch(text) and not _IN_A_LINE.search(text) else json_line(text)


def _with_numbers(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _with_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_numbers(item) for item in value]
    return value
