"""The comment link of a blog theme in the text: "<categories> <date> No Comments on <title>", glued to the body.

The title is always in it, so it is the anchor: the phrase is looked for only around a place where the title stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from etl.clean.anchors import Anchors, TitleAnchor, TitlePlace, find_title
from etl.clean.fold import Folded, fold, is_word_char
from etl.clean.meta import Meta, parse_meta
from etl.clean.rules import CleaningRule, load
from etl.clean.view import LineView

_NUMBER_AT_END = re.compile(r"(?:\d{1,3}(?:[.,']\d{3})+|\d+)\s?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentLink:
    """A comment link at the start of a line: the first `end` characters are boilerplate."""

    end: int
    start: int  # of the phrase; the meta tokens stand before it
    rule: CleaningRule
    meta: Meta
    anchor: TitleAnchor


def find_comment_link(line: LineView, known: Anchors, extra: TitleAnchor | None = None) -> CommentLink | None:
    """Return the comment link that a line begins with, or None.

    Of several matches the one counts that ends last, then the title that starts last, then the longest phrase. `extra` is a title that is only guessed.
    """
    titles = [*known.titles, extra] if extra is not None else known.titles
    titles = [title for title in titles if title.is_distinct and title.may_stand_in(line.head_probe)]
    if not titles:
        return None
    best: CommentLink | None = None
    best_rank = (0, 0, 0)
    head, folded = line.head, line.head_folded
    for title in titles:
        for place in find_title(head, folded, line.head_letters, title):
            for phrase in _phrases_around(line.text, head, folded, place):
                rank = (phrase.end, place.start, -phrase.start)
                if best is not None and rank <= best_rank:
                    continue
                meta = _meta_before(line.text, head, phrase, place, known)
                if meta is not None:
                    best_rank = rank
                    best = CommentLink(end=phrase.end, start=phrase.start, rule=phrase.rule, meta=meta, anchor=title)
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phrase:
    start: int
    end: int
    rule: CleaningRule


def _phrases_around(line: str, head: str, folded: Folded, place: TitlePlace) -> list[_Phrase]:
    """Return the phrases that the title at a place is part of."""
    before = folded.text[: place.folded_start].rstrip(" '")
    found = []
    for rule in load().titles:
        if rule.before and not before.endswith(rule.before):
            continue
        start = place.start
        if rule.before:
            at = len(before) - len(rule.before)
            start = folded.starts[at]
            if rule.needs_number:
                if not _NUMBER_AT_END.search(before, max(0, at - 20), at):
                    continue
            elif start and not _is_boundary(head, start):
                continue
        end = place.end
        if rule.after is not None:
            match = rule.after.match(folded.text, place.folded_end)
            if match is None:
                continue
            end = folded.ends[match.end() - 1]
        else:
            end = _closing_marks(head, place, end)
        if _may_follow(line, end):
            found.append(_Phrase(start=start, end=end, rule=rule.rule))
    return found


def _meta_before(line: str, head: str, phrase: _Phrase, place: TitlePlace, known: Anchors) -> Meta | None:
    """Return the text before the phrase if that proves it to be boilerplate, else None."""
    meta = parse_meta(head[: phrase.start], known)
    if meta is None:
        return None
    if meta.is_evident or not line[phrase.end :].strip():
        return meta if meta.is_evident or not meta.unknown else None
    if meta.unknown:
        return None
    # No date and nothing known before it: only a long title, or a body that is glued to it, is certain.
    is_glued = not line[phrase.end].isspace()
    return meta if is_glued or len(place.anchor.letters) >= 20 or not _has_case(place.anchor.given) else None


def _has_case(text: str) -> bool:
    return text.lower() != text.upper()


_END_MARKS = re.compile(r"[?!؟？！]+|\.(?!\.)(?=\s|$)")


def _closing_marks(head: str, place: TitlePlace, end: int) -> int:
    """Take along the quote that closes the title when one opens it, and the mark that a known title lacks: no body
    begins with a question mark."""
    marks = _END_MARKS.match(head, end)
    if marks and place.is_whole:
        end = marks.end()
    opening = head[: place.start].rstrip()
    if opening and fold(opening[-1]) == "'" and end < len(head) and fold(head[end]) == "'":
        return end + 1
    return end


def _is_boundary(head: str, index: int) -> bool:
    """True when a phrase can begin here: not inside a word, unless a capital letter shows that two were glued."""
    if not is_word_char(head[index - 1]) or not is_word_char(head[index]):
        return True
    if head[index].isupper():
        return not head[index - 1].isupper()
    return head[index].lower() == head[index].upper() or head[index - 1].isdigit()


def _may_follow(line: str, end: int) -> bool:
    """True when what follows can be the body: no small letter, and no vowel sign of the last letter."""
    rest = line[end:].lstrip()
    if not rest:
        return True
    if rest[0].islower():
        return False
    if end < len(line) and not line[end].isspace():
        previous, following = line[end - 1], line[end]
        if following.isdigit() and previous.isdigit():
            return False
        if is_word_char(following) and not following.isalnum():
            return False
        if following.isupper() and previous.isupper() and (len(line) == end + 1 or line[end + 1].isupper()):
            return _is_all_caps_title(line[:end])
    return True


def _is_all_caps_title(text: str) -> bool:
    return text[-12:].isupper()
