"""Folding for matching: text of any script becomes comparable, and every folded character knows where it came from.

Folding is for comparison only. Cuts are made in the text as it was given.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

QUOTES = frozenset("\"'`´‘’‚‛“”„‟′″‹›«»〈〉《》「」『』〝〞＂＇")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
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


class _Table(dict[int, str]):
    """What every character compares as, by code point: a memo of `fold_char`, which is a fixed function."""

    def __missing__(self, point: int) -> str:
        value = self[point] = fold_char(chr(point))
        return value


class _OneTable(dict[int, str | None]):
    """Deletes every character that does not compare as exactly one."""

    def __missing__(self, point: int) -> str | None:
        value = self[point] = "." if len(_TABLE[point]) == 1 else None
        return value


_TABLE = _Table()
_ONE_TABLE = _OneTable()


def fold(text: str) -> str:
    """Return the folded text, without positions.

    >>> fold("“ΣΧΌΛΙΑ” — 12 Ｋｏｍｍｅｎｔａｒｅ")
    "'σχολια' - 12 kommentare"
    """
    if text.isascii() and text.isprintable():
        return text.lower().replace('"', "'").replace("`", "'")
    return text.translate(_TABLE)


def squeeze(text: str) -> str:
    """Return the text with runs of white space as one space, and none at its ends."""
    return " ".join(text.split())


# Decoration that stands around interface strings: bullets, arrows, brackets, colons, stops. Never « and », which are
# quotation marks in many languages; folding has made them quotes, and quotes stay.
_DECORATION = " \t\u00a0*:.,;!?…|•·●▪■►▶▸➤→←↑↓⇒>+-–—_=~#[]()【】（）：。．！？、，؟،।॥։"


def line_key(line: str) -> str:
    """Return what a whole line compares as: folded, squeezed, without decoration at its ends.

    >>> line_key("** Leave a Comment: »")
    "leave a comment: '"
    """
    return squeeze(fold(line.strip(_DECORATION))).strip(_DECORATION)


_NUMBERS = re.compile(r"\d+(?:[.,']\d+)*")
NUMBERED = "#"


def numbered(key: str) -> str:
    """Return a folded text with every number as `#`.

    >>> numbered("1.204 kommentare")
    '# kommentare'
    """
    return _NUMBERS.sub(NUMBERED, key)


def is_spaceless(char: str) -> bool:
    """True for characters of scripts that write words without spaces: Chinese, Japanese, Thai, Lao, Khmer, Burmese.

    Korean has spaces between words, but glues particles to them.
    """
    return (
        "\u3040" <= char <= "\u30ff"
        or "\u3400" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or "\u0e00" <= char <= "\u0eff"
        or "\u1000" <= char <= "\u109f"
        or "\u1780" <= char <= "\u17ff"
        or "\uac00" <= char <= "\ud7af"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A folded text and, for each of its characters, the span of the given text that it stands for."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def fold_with_map(text: str) -> Folded:
    """Return the folded text with positions and single spaces; `&amp;` and its kind count as what they stand for."""
    if "&" not in text and len(text.translate(_ONE_TABLE)) == len(text):
        plain = text.translate(_TABLE)
        if "  " not in plain:
            return Folded(text=plain, starts=range(len(text)), ends=range(1, len(text) + 1))
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for char, start, end in _characters(text):
        for folded in _TABLE[ord(char)]:
            if folded == " " and out and out[-1] == " ":
                ends[-1] = end
                continue
            out.append(folded)
            starts.append(start)
            ends.append(end)
    return Folded(text="".join(out), starts=starts, ends=ends)


def _characters(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield every character with its span; of a character reference, what it stands for with the reference's span."""
    position = 0
    if "&" in text:
        for match in _ENTITY.finditer(text):
            plain = html.unescape(match.group())
            if plain == match.group():
                continue
            for index in range(position, match.start()):
                yield text[index], index, index + 1
            for char in plain:
                yield char, match.start(), match.end()
            position = match.end()
    for index in range(position, len(text)):
        yield text[index], index, index + 1


def is_word_char(char: str) -> bool:
    """True for letters, digits and the marks that belong to a letter (Thai and Indic vowel signs)."""
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def skeleton(folded: Folded) -> Folded:
    """Return the letters and digits alone, so that quotes, dashes, spaces and stops cannot make two titles differ."""
    keep = [i for i, c in enumerate(folded.text) if c.isalnum() or (c > "\u02ff" and is_word_char(c))]
    starts, ends = folded.starts, folded.ends
    return Folded(
        text="".join([folded.text[i] for i in keep]),
        starts=[starts[i] for i in keep],
        ends=[ends[i] for i in keep],
    )
