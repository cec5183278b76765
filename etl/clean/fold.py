"""Folding for matching: text of any script becomes comparable, and every folded character knows where it came from.

Folding is for comparison only. Cuts are made in the text as it was given.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

QUOTES = frozenset("\"'`´‘’‚‛“”„‟′″‹›«»〈〉《》「」『』〝〞＂＇")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_SPACES = re.compile(r"\s+")
# Arabic and Persian write the same letter with different code points from one keyboard to the next.
_SAME_LETTER = {
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ی",
    "ي": "ی",
    "ك": "ک",
    "ı": "i",
    "ς": "σ",
    "ـ": "",
    "،": ",",
}


@lru_cache(maxsize=16384)
def fold_char(char: str) -> str:
    """Return what one character compares as: any number of characters, none for marks that are not seen.

    Case, width, accents, kinds of quotes, dashes, digits and spaces fold away; vowel signs that make the word stay.
    """
    if char in _SAME_LETTER:
        return _SAME_LETTER[char]
    if char in QUOTES:
        return "'"
    category = unicodedata.category(char)
    if char.isspace():
        return " "
    if category in ("Cf", "Cc"):
        return ""  # zero width, direction marks, soft hyphen
    if category == "Pd" or char == "\u2212":
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(char))
    point = ord(char)
    if category == "Mn" and (0x0300 <= point <= 0x036F or 0x0591 <= point <= 0x05C7 or 0x064B <= point <= 0x0652):
        return ""  # accents, niqqud, harakat: written or not as one likes
    if 0xFE00 <= point <= 0xFE0F:
        return ""  # variation selectors
    if point < 0x0530 or 0x1E00 <= point <= 0x1FFF:
        # Capitals are often set without accents, so these scripts compare without them.
        plain = unicodedata.normalize("NFKD", char.casefold())
        return "".join(_SAME_LETTER.get(c, c) for c in plain if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFKC", char).casefold()


def fold(text: str) -> str:
    """Return the folded text, without positions.

    >>> fold("“ΣΧΌΛΙΑ” — 12 Ｋｏｍｍｅｎｔａｒｅ")
    "'σχολια' - 12 kommentare"
    """
    if text.isascii():
        return text.lower().replace('"', "'").replace("`", "'")
    return "".join(map(fold_char, text))


def squeeze(text: str) -> str:
    """Return the text with runs of white space as one space, and none at its ends."""
    return _SPACES.sub(" ", text).strip()


# Decoration that stands around interface strings: bullets, arrows, brackets, colons, stops. Never « and », which are
# quotation marks in many languages; folding has made them quotes, and quotes stay.
_DECORATION = " \t\u00a0*:.,;!?…|•·●▪■►▶▸➤→←↑↓⇒>+-–—_=~#[]()【】（）：。．！？、，؟،।॥։"


def line_key(line: str) -> str:
    """Return what a whole line compares as: folded, squeezed, without decoration at its ends.

    >>> line_key("** Leave a Comment: »")
    "leave a comment: '"
    """
    return squeeze(fold(line.strip(_DECORATION))).strip(_DECORATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A folded text and, for each of its characters, the span of the given text that it stands for."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def fold_with_map(text: str) -> Folded:
    """Return the folded text with positions and single spaces; `&amp;` and its kind count as what they stand for."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def add(plain: str, start: int, end: int) -> None:
        for char in plain:
            for folded in fold_char(char):
                if folded == " " and out and out[-1] == " ":
                    ends[-1] = end
                    continue
                out.append(folded)
                starts.append(start)
                ends.append(end)

    position = 0
    if "&" in text:
        for match in _ENTITY.finditer(text):
            plain = html.unescape(match.group())
            if plain == match.group():
                continue
            for index in range(position, match.start()):
                add(text[index], index, index + 1)
            add(plain, match.start(), match.end())
            position = match.end()
    for index in range(position, len(text)):
        add(text[index], index, index + 1)
    return Folded(text="".join(out), starts=tuple(starts), ends=tuple(ends))


def is_word_char(char: str) -> bool:
    """True for letters, digits and the marks that belong to a letter (Thai and Indic vowel signs)."""
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def skeleton(folded: Folded) -> Folded:
    """Return the letters and digits alone, so that quotes, dashes, spaces and stops cannot make two titles differ."""
    keep = [i for i, char in enumerate(folded.text) if is_word_char(char)]
    return Folded(
        text="".join(folded.text[i] for i in keep),
        starts=tuple(folded.starts[i] for i in keep),
        ends=tuple(folded.ends[i] for i in keep),
    )
