"""The line that a theme prints beside a headline: categories, author, date and time, in any order, with or without
separators. This module says whether a piece of text is such a line and what stands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from etl.clean.anchors import Anchors, find_title
from etl.clean.dates import find_dates, find_times, weekdays
from etl.clean.fold import Folded, fold_with_map, is_spaceless, is_word_char, line_key, numbered, skeleton, squeeze
from etl.clean.rules import entries, load

MAX_SMALL_WORDS = 14  # "at", "de", "posted by" and a title; prose of 200 characters has twenty
MAX_UNKNOWN = 160  # characters of a meta line that are neither date nor known
_SEPARATOR = re.compile(r"[,;|·•●▪/>\\:«»]|\s[-–—]+\s|\s{2,}|^[-–—]+|(?<![-–—])[-–—]+$|、|，|｜|：")
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
    is_timed: bool = False  # a clock time behind a label such as "Updated"
    known: int = 0  # how many pieces are known: author, category, site
    has_title: bool = False
    has_byline: bool = False

    @property
    def is_evident(self) -> bool:
        """True when a date or a known piece stands in it."""
        return bool(self.dates) or self.is_timed or self.known > 0 or self.has_title


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


class _CharacterMask:
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
    mask = _CharacterMask(len(text))
    has_title = False
    letters = skeleton(folded)
    count = 0
    for title in known.titles:
        if title.is_distinct and title.letters in letters.text:
            for place in find_title(text, folded, letters, title):
                has_title = mask.take(place.start, place.end) or has_title
    dates = []
    has_digit = any(map(str.isdigit, folded.text))
    for span in find_dates(folded, text) if has_digit else ():
        start, end = folded.starts[span.start], folded.ends[span.end - 1]
        if mask.take(start, end):
            dates.append((start, text[start:end]))
    authors, categories = [], []
    for name, role in known.names:
        for start, end in _occurrences(name, folded, text):
            if not mask.take(start, end):
                continue
            if role == "date":
                dates.append((start, text[start:end]))
                continue
            count += 1
            if role == "author":
                authors.append((start, text[start:end]))
            elif role == "category":
                categories.append((start, text[start:end]))
    times = find_times(folded.text) if has_digit else []
    for span in times:
        mask.take(folded.starts[span.start], folded.ends[span.end - 1])
    unknown = []
    has_byline = is_timed = False
    for start, end in mask.gaps():
        expects_name = False  # a byline label, and its name behind a separator
        for raw in _SEPARATOR.split(text[start:end]):
            piece = squeeze(raw).strip(" '\"“”„‘’()[]*-–—.")
            if not piece:
                continue
            role, rest, leads_to_name = _role(piece, bool(dates))
            if role == "none":
                return None
            if role == "unknown" and expects_name and len(rest.split()) <= 4:
                role = "byline"
            if role == "byline" and rest and not _may_be_author(rest, known, bool(dates)):
                role = "unknown"
            if role == "byline":
                has_byline = True
            if role == "label" and times and _says_published(piece):
                is_timed = True  # "Updated 15.59"
            if role == "byline" and rest:
                authors.append((start, rest))
                count += 1
            elif role == "unknown":
                unknown.append((start, rest))
            expects_name = leads_to_name
    if sum(len(u) for _, u in unknown) > MAX_UNKNOWN:
        return None
    return Meta(
        dates=tuple(d for _, d in sorted(dates)),
        authors=tuple(a for _, a in sorted(authors)),
        categories=tuple(c for _, c in sorted(categories)),
        unknown=tuple(u for _, u in unknown),
        is_timed=is_timed,
        has_title=has_title,
        known=count,
        has_byline=has_byline,
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


def _may_be_author(name: str, known: Anchors, has_date: bool) -> bool:
    """True for a name behind a byline label: two to five words with capitals, or any one word on a dated line.

    Where the page names its authors, the name has to share a word with one of them.
    """
    words = name.split(" ")
    if known.authors:
        keys = {line_key(word) for word in words}
        return any(keys & set(author.split(" ")) for author in known.authors)
    if len(words) == 1:
        return has_date or is_spaceless(name[0])
    return all(not word[0].islower() or line_key(word) in _PARTICLES for word in words)


_PARTICLES = frozenset(
    "de del della di da do dos das du des van von der den ter ten te la le el al bin ibn bint und and et y e i og och ja en"
    " zu zum und & af av vom dem und и і та ve dan".split()
)


def _role(piece: str, has_date: bool) -> tuple[str, str, bool]:
    """Return what an unaccounted piece is, what of it is left without its labels, and whether a name has to follow.

    The role is byline, unknown, label (nothing left) or none: it cannot stand in a meta line.
    """
    words = piece.split(" ")
    role = "unknown"
    leads_to_name = False
    while words:  # labels behind: "Ann Lee Category", "admin on Thu"
        size, found = _label_at_end(words)
        if not size:
            break
        leads_to_name = leads_to_name or found == "byline"
        words = words[:-size]
    if words and labels().get(line_key(words[-1])) == "byline_after":
        role, words = "byline", words[:-1]
    while words:  # labels before: "Posted on", "Details Written by"
        size, found = _label_at_start(words)
        if not size:
            break
        role = "byline" if found == "byline" else role
        words = words[size:]
    rest = " ".join(words)
    if not rest:
        return "label", "", leads_to_name or role == "byline"
    is_user = role == "byline" and has_date and len(words) == 1
    if not is_user and not _is_name(rest):
        return "none", rest, False
    return role, rest, leads_to_name


def _says_published(piece: str) -> bool:
    key = line_key(piece)
    return len(key) >= 5 and labels().get(key) == "published"


def _label_at_end(words: list[str]) -> tuple[int, str]:
    for size in range(min(3, len(words)), 0, -1):
        key = line_key(" ".join(words[-size:]))
        if not key or (size == 1 and (key in weekdays() or _NUMBER.match(key))):
            return size, "other"
        role = labels().get(key)
        if role is not None and role != "byline_after" and (size == len(words) or role != "byline" or size > 1):
            return size, role
        if any(rule.zone == "head" for rule in load().lines.get(numbered(key), ())):
            return size, "other"
    return 0, ""


def _label_at_start(words: list[str]) -> tuple[int, str]:
    for size in range(min(3, len(words)), 0, -1):
        key = line_key(" ".join(words[:size]))
        if not key or (size == 1 and (key in weekdays() or _NUMBER.match(key))):
            return size, "other"
        if key in labels():
            return size, labels()[key]
    return 0, ""


def _is_name(piece: str) -> bool:
    """True for what can be a person or a category: few words, no small letter first, no sentence."""
    words = piece.split(" ")
    if len(words) > 5 or len(piece) > 60 or piece[0].islower() or _SENTENCE_END.search(piece):
        return False
    return not _ENDS_SENTENCE.search(piece)
