"""Normalizes text as every row holds it: NFC, no control characters, no stray spacing.

Offsets elsewhere are code points of text that went through `nfc`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

# C0 and C1 controls but tab and line feed, lone surrogates, non-characters, object replacement, tag characters.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ufffc]")
# Invisible: soft hyphen, zero-width space (kept in scripts that break words with it), byte order mark, word joiner,
# bidirectional marks and embeddings. ZWNJ and ZWJ stay: Persian, Indic scripts and emoji are spelled with them.
_INVISIBLE = re.compile("[\u00ad\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ZERO_WIDTH_SPACE = re.compile(
    "(?<![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])\u200b+|\u200b+(?![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])"
)
_LINE_END = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_SPACE = re.compile(r"[^\S\n]+")
# Anything that `nfc` changes beside composition; most texts hold none of it.
_UNCLEAN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffc\ufffe\uffff]"
)
# Letters and digits of all scripts, with the marks that belong to them (vowel signs of Indic, Thai, Arabic, Hebrew).
_NOT_WORD = re.compile(
    r"(?:[^\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|_)+"
)
_KEPT_CHARS = 200  # longer texts are folded anew each time
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_BREAK = re.compile(r"</?(?:p|br|div|h[1-6]|li|ul|ol)\b[^<>]*>", re.I)
_TAG = re.compile(r"</?(?:span|strong|em|b|i|u|a|sup|sub|small|mark|font|q|cite)\b[^<>]*>", re.I)


def nfc(text: str) -> str:
    """NFC without NUL, control characters, lone surrogates and invisible marks; line ends are "\\n".

    >>> nfc("cafe\\u0301\\x00\\r\\nso\\u00adft")
    'café\\nsoft'
    """
    if not _UNCLEAN.search(text):
        return text if text.isascii() or unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    text = _LINE_END.sub("\n", text)
    text = _INVISIBLE.sub("", _CONTROL.sub("", text))
    if "\u200b" in text:
        text = _ZERO_WIDTH_SPACE.sub("", text)
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """The text as one line: `nfc`, every run of white space one space, none at the ends.

    >>> one_line("  a\\n b\\u00a0c ")
    'a b c'
    """
    return " ".join(nfc(text).split())


def lines(text: str) -> str:
    """The text with one block a line: `nfc`, single spaces, no empty lines.

    >>> lines(" a  b \\n\\n c")
    'a b\\nc'
    """
    stripped = (_SPACE.sub(" ", line).strip() for line in nfc(text).split("\n"))
    return "\n".join(line for line in stripped if line)


def from_markup(text: str) -> str:
    """One line from a metadata value: entities resolved (twice, as CMSs escape twice), tags dropped.

    A line that ends or a block that begins parts words, an inline tag does not.

    >>> from_markup("Fish &amp;amp; <em>chip</em>s<br>for all")
    'Fish & chips for all'
    """
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", text))
    return one_line(text)


def folded(text: str) -> str:
    """The text for comparing: NFKC, case folded, letters and digits only, single spaces.

    >>> folded("Il a dit : « Non ! »") == folded("il a dit «non»")
    True
    """
    return _known(text) if len(text) <= _KEPT_CHARS else _folded(text)


def _folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", nfc(text))
    return " ".join(_NOT_WORD.split(text.casefold())).strip()


_known = lru_cache(maxsize=1024)(_folded)  # a page is asked for its titles, names and labels again and again
