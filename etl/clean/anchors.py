"""What is known of a page, folded once for all comparisons of one call of `clean`."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from etl.clean.context import CleanContext
from etl.clean.fold import Folded, fold, fold_with_map, is_word_char, line_key, numbered, skeleton, squeeze
from etl.clean.rules import first_word

_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
_THAI_LAO_KHMER_MYANMAR = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
STEM = 12  # letters of a title that have to stand before an ellipsis
_SITE_SUFFIX = re.compile(r"(?<!\s)\s+[-–—|·•:»/]+\s+(?=[^-–—|·•»]{2,60}$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleAnchor:
    """A title to look for: its letters and digits, and the marks that it ends in."""

    given: str
    letters: str  # folded letters and digits
    tail: str  # folded marks after the last letter, such as ?'
    probe: str  # its first letters, to look for first
    is_distinct: bool  # long enough to be safe as an anchor inside a line

    def may_stand_in(self, letters: str) -> bool:
        """False when the title cannot stand in a text, not even cut short, going by the text's folded letters."""
        return self.probe in letters


def is_distinct(title: str, letters: str) -> bool:
    """True for a title that cannot be a common word: two words and eight letters, or four characters of a script that
    needs no spaces (eight in South-East Asian scripts, whose characters are letters, not words)."""
    if len(_SPACELESS.findall(title)) >= 4:
        return True
    if len(_THAI_LAO_KHMER_MYANMAR.findall(title)) >= 8:
        return True
    return len(letters) >= 8 and len(squeeze(title).split(" ")) >= 2


def title_anchor(title: str) -> TitleAnchor | None:
    """Return the anchor of a title, or None when it has no letters."""
    plain = squeeze(html.unescape(title))
    folded = fold_with_map(plain)
    letters = skeleton(folded).text
    if not letters:
        return None
    last = len(folded.text) - 1
    while not is_word_char(folded.text[last]):
        last -= 1
    return TitleAnchor(
        given=plain,
        letters=letters,
        tail=folded.text[last + 1 :],
        probe="".join(filter(str.isalnum, letters))[:STEM],
        is_distinct=is_distinct(plain, letters),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """The folded context."""

    titles: tuple[TitleAnchor, ...]  # longest first
    site: str | None
    authors: frozenset[str]
    categories: frozenset[str]
    date_texts: frozenset[str]
    captions: frozenset[str]
    credits: frozenset[str]
    link_lines: frozenset[str]
    site_lines: frozenset[str]
    language: str | None
    line_words: frozenset[str]  # first words of captions, credits and site lines

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """All known tokens of a meta line with what they are, longest first."""
        found = [(a, "author") for a in self.authors] + [(c, "category") for c in self.categories]
        found += [(d, "date") for d in self.date_texts]
        if self.site:
            found.append((self.site, "site"))
        return tuple(sorted(found, key=lambda x: (-len(x[0]), x)))


def _keys(texts: tuple[str, ...] | frozenset[str]) -> frozenset[str]:
    return frozenset(key for key in map(line_key, texts) if len(key) > 1)


def _title_variants(context: CleanContext) -> list[str]:
    """Return the titles, and the titles without a suffix that is the site's name or looks like one."""
    site = line_key(context.site_name) if context.site_name else None
    variants: list[str] = []
    for title in context.titles:
        plain = squeeze(html.unescape(title))
        variants.append(plain)
        separators = list(_SITE_SUFFIX.finditer(plain))
        if not separators:
            continue
        stem, suffix = plain[: separators[-1].start()], plain[separators[-1].end() :]
        is_site = site is not None and line_key(suffix) == site
        looks_like_site = len(stem) >= 16 and len(stem.split(" ")) >= 3 and len(suffix.split(" ")) <= 4
        if is_site or looks_like_site:
            variants.append(stem)
    return variants


def anchors(context: CleanContext) -> Anchors:
    """Return the folded context."""
    titles = {a.letters: a for a in (title_anchor(t) for t in _title_variants(context)) if a is not None}
    captions, credits, site_lines = (
        _keys(context.captions),
        _keys(context.credits),
        frozenset(map(numbered, _keys(context.site_lines))),
    )
    return Anchors(
        titles=tuple(sorted(titles.values(), key=lambda a: (-len(a.letters), a.letters))),
        site=line_key(context.site_name) or None if context.site_name else None,
        authors=_keys(context.authors),
        categories=_keys(context.categories),
        date_texts=_keys(context.date_texts),
        captions=captions,
        credits=credits,
        link_lines=_keys(context.link_lines),
        site_lines=site_lines,
        language=context.language.split("-")[0].split("_")[0].lower() if context.language else None,
        line_words=frozenset(first_word(key) for key in captions | credits | site_lines),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TitlePlace:
    """Where a title stands in a line: positions in the line as given and in its folded text."""

    start: int
    end: int  # after the marks that belong to the title
    folded_start: int
    folded_end: int
    anchor: TitleAnchor
    is_whole: bool  # False: cut short by an ellipsis


_ELLIPSIS = re.compile(r"\s?(?:\[?\(?(?:\.\.\.|…)\)?\]?)")


def find_title(line: str, folded: Folded, letters: Folded, anchor: TitleAnchor) -> list[TitlePlace]:
    """Return every place where the title stands in a line, whole or cut short by an ellipsis."""
    places = []
    position = letters.text.find(anchor.letters)
    while position >= 0:
        last = position + len(anchor.letters)
        at_edge = last == len(letters.text) or letters.starts[last] >= letters.ends[last - 1]
        at_start = position == 0 or letters.starts[position] >= letters.ends[position - 1]
        if at_edge and at_start:
            end = _with_tail(line, letters.ends[last - 1], anchor.tail)
            places.append(_place(letters.starts[position], end, folded, anchor, True))
        position = letters.text.find(anchor.letters, position + 1)
    if places or len(anchor.letters) < 20:
        return places
    stem = anchor.letters[:STEM]
    position = letters.text.find(stem)
    while position >= 0:
        size = STEM
        while (
            position + size < len(letters.text)
            and size < len(anchor.letters)
            and letters.text[position + size] == anchor.letters[size]
        ):
            size += 1
        # Letters after the ellipsis may happen to go on like the title, so every length down to the stem is looked at.
        for length in range(size, STEM - 1, -1):
            cut = _ELLIPSIS.match(line, letters.ends[position + length - 1])
            if cut:
                places.append(_place(letters.starts[position], cut.end(), folded, anchor, False))
                break
        position = letters.text.find(stem, position + 1)
    return places


def _with_tail(line: str, end: int, tail: str) -> int:
    """Return the end of a title with the marks that belong to it, as far as they stand there."""
    for mark in tail:
        if mark == " ":
            continue
        if end < len(line) and fold(line[end]) == mark:
            end += 1
        elif line.startswith("&", end) and ";" in line[end : end + 8]:
            end = line.index(";", end) + 1
        else:
            break
    return end


def _place(start: int, end: int, folded: Folded, anchor: TitleAnchor, is_whole: bool) -> TitlePlace:
    first = next(i for i, s in enumerate(folded.starts) if s >= start)
    last = next((i for i, s in enumerate(folded.starts) if s >= end), len(folded.starts))
    return TitlePlace(start=start, end=end, folded_start=first, folded_end=last, anchor=anchor, is_whole=is_whole)
