"""The line that a theme prints beside a headline: categories, author, date and time, in any order, with or without
separators. This module says whether a piece of text is such a line and what stands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from etl.clean.anchors import Anchors, find_title
from etl.clean.dates import find_dates, find_times, weekdays
from etl.clean.fold import Folded, fold_with_map, is_word_char, line_key, skeleton, squeeze
from etl.clean.rules import entries

MAX_SMALL_WORDS = 14  # "at", "de", "posted by" and a title; prose of 200 characters has twenty
MAX_UNKNOWN = 160  # characters of a meta line that are neither date nor known
_SEPARATOR = re.compile(r"[,;|·•●▪/>\\:«»]|\s[-–—]+\s|\s{2,}|^[-–—]+|[-–—]+$|、|，|｜|：")
_SENTENCE_END = re.compile(r"[.!?…]['”»’)\]]*\s+\S|[。！？।]")
_ENDS_SENTENCE = re.compile(r"[.!?…]$")
_NUMBER = re.compile(r"^\d{1,7}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What stands in a meta line."""

    dates: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()  # pieces that are neither: categories, if the rest proves the line to be one
    known: int = 0  # how many pieces are known: author, category, site, title

    @property
    def is_evident(self) -> bool:
        """True when a date or a known piece stands in it."""
        return bool(self.dates) or self.known > 0


@lru_cache(maxsize=1)
def labels() -> dict[str, str]:
    """Return label -> role (byline, published, filed) for all languages."""
    found: dict[str, str] = {}
    for entry, rule, phrase in entries():
        if entry["kind"] == "meta":
            found.setdefault(line_key(phrase), rule.category)
    return found


def _is_prose(text: str) -> bool:
    """True for what cannot be a meta line whatever is known: a quick look before the dates are read."""
    small = sum(1 for word in text.split() if word[0].islower())
    return small > MAX_SMALL_WORDS


class _Taken:
    """Which characters of a piece of text are accounted for."""

    __slots__ = ("mask",)

    def __init__(self, size: int) -> None:
        self.mask = bytearray(size)

    def take(self, start: int, end: int) -> bool:
        if any(self.mask[start:end]):
            return False
        self.mask[start:end] = b"\1" * (end - start)
        return True

    def gaps(self) -> list[tuple[int, int]]:
        """Return the stretches that are not accounted for."""
        return [m.span() for m in re.finditer(rb"\0+", bytes(self.mask))]


def parse_meta(text: str, known: Anchors) -> Meta | None:
    """Return what stands in a meta line, or None when the text is no such line.

    Pieces that are not known are allowed for the caller to judge, as long as each looks like a name: up to five words,
    no small letter first, no sentence end followed by a word, 160 characters together.
    """
    if _is_prose(text):
        return None
    folded = fold_with_map(text)
    taken = _Taken(len(text))
    letters = skeleton(folded)
    count = 0
    for title in known.titles:
        if title.is_distinct and title.letters in letters.text:
            for place in find_title(text, folded, letters, title):
                count += taken.take(place.start, place.end)
    dates = []
    for span in find_dates(folded, text):
        start, end = folded.starts[span.start], folded.ends[span.end - 1]
        if taken.take(start, end):
            dates.append((start, text[start:end]))
    authors, categories = [], []
    for name, role in known.names:
        for start, end in _occurrences(name, folded, text):
            if not taken.take(start, end):
                continue
            if role == "date":
                dates.append((start, text[start:end]))
                continue
            count += 1
            if role == "author":
                authors.append((start, text[start:end]))
            elif role == "category":
                categories.append((start, text[start:end]))
    for span in find_times(folded.text):
        taken.take(folded.starts[span.start], folded.ends[span.end - 1])
    unknown = []
    expects_name = False
    for start, end in taken.gaps():
        pieces = _SEPARATOR.split(text[start:end])
        for number, raw in enumerate(pieces):
            piece = squeeze(raw).strip(" '\"“”„‘’()[]*-–—.")
            if not piece:
                continue
            role_found = _role(piece)
            if role_found is None:
                return None
            role, rest = role_found
            if role == "byline" and rest:
                authors.append((start, rest))
                count += 1
            elif role == "byline":
                expects_name = True
                continue
            elif role == "unknown" and expects_name and number:
                authors.append((start, piece))
                count += 1
            elif role == "unknown":
                unknown.append((start, rest))
            expects_name = False
    if sum(len(u) for _, u in unknown) > MAX_UNKNOWN:
        return None
    return Meta(
        dates=tuple(d for _, d in sorted(dates)),
        authors=tuple(a for _, a in sorted(authors)),
        categories=tuple(c for _, c in sorted(categories)),
        unknown=tuple(u for _, u in unknown),
        known=count,
    )


def _occurrences(name: str, folded: Folded, text: str) -> list[tuple[int, int]]:
    """Return where a known token stands as a word of its own (or glued with a capital letter)."""
    found = []
    position = folded.text.find(name)
    while position >= 0:
        last = position + len(name)
        start, end = folded.starts[position], folded.ends[last - 1]
        before_ok = start == 0 or not is_word_char(text[start - 1]) or not text[start].islower()
        after_ok = end == len(text) or not text[end].islower()
        if before_ok and after_ok:
            found.append((start, end))
        position = folded.text.find(name, last)
    return found


def _role(piece: str) -> tuple[str, str] | None:
    """Return what an unaccounted piece is, and its rest behind a label; None when it cannot stand in a meta line."""
    key = line_key(piece)
    if not key or key in weekdays() or _NUMBER.match(key):
        return "number", piece
    known_labels = labels()
    if key in known_labels:
        return known_labels[key], ""
    words = piece.split(" ")
    for size in range(min(3, len(words) - 1), 0, -1):
        role = known_labels.get(line_key(" ".join(words[:size])))
        if role is None:
            continue
        rest = " ".join(words[size:])
        if not _is_name(rest):
            continue
        return ("byline", rest) if role == "byline" else ("unknown", rest)
    if _is_name(piece):
        return "unknown", piece
    return None


def _is_name(piece: str) -> bool:
    """True for what can be a person or a category: few words, no small letter first, no sentence."""
    words = piece.split(" ")
    if len(words) > 5 or len(piece) > 60 or piece[0].islower() or _SENTENCE_END.search(piece):
        return False
    return not _ENDS_SENTENCE.search(piece)
