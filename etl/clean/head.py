"""The head of a text: the title once more, the line of categories, author, date and comment link, the byline."""

from __future__ import annotations

import re
from dataclasses import replace

from etl.clean.anchors import Anchors, TitleAnchor, find_title, title_anchor
from etl.clean.collected import CollectedValues
from etl.clean.comment_link import find_comment_link
from etl.clean.lines import WorkingText
from etl.clean.meta import Meta, parse_meta
from etl.clean.shapes import match_head
from etl.clean.view import LineView

HEAD_LINES = 3
HEAD_CHARS = 600
MAX_HEAD_LINES = 12
MAX_META_LINE = 200
_GLUED_TITLE = 20  # letters of a title that may be taken off the body without a comment link between them
_BAR = re.compile(r"\s[|·•/]\s")
_SENTENCE_STOPS = (".", "。", "।", "…", "؟", "?", "!", "！", "？", "۔")


def clean_head(work: WorkingText, known: Anchors, collected: CollectedValues) -> bool:
    """Cut boilerplate from the head once; True when something was cut."""
    return _cut_comment_link(work, known, collected) or _cut_title(work, known) or _cut_line(work, known, collected)


def head_window(work: WorkingText) -> int:
    """Return how many lines of what is left make the head: those that begin in its first 600 characters, three at
    least, twelve at most."""
    count = chars = 0
    for line in work.lines[:MAX_HEAD_LINES]:
        if count >= HEAD_LINES and chars >= HEAD_CHARS:
            break
        count += 1
        chars += len(line.text)
    return count


def _guessed_title(work: WorkingText, known: Anchors) -> TitleAnchor | None:
    """Return the first line as a title, for a text of which no title is known."""
    if known.titles or not work.lines:
        return None
    first = work.lines[0].text
    anchor = title_anchor(first) if len(first) <= 200 else None
    return anchor if anchor is not None and anchor.is_distinct else None


def _cut_comment_link(work: WorkingText, known: Anchors, collected: CollectedValues) -> bool:
    guessed = _guessed_title(work, known)
    for index in range(head_window(work)):
        view = work.view(index)
        title = guessed if index else None
        if title is None and "link" in view.judged:
            continue
        link = find_comment_link(view, known, title)
        if link is None:
            view.judged.add("link")
            continue
        collected.add_meta(link.meta)
        work.trim_start(index, link.end, link.rule.id, "head")
        _cut_above(work, known, collected, index)
        if guessed is not None and link.anchor is guessed:
            collected.title = work.drop(0, "title_echo.guessed", "head").text
        return True
    return False


def _cut_above(work: WorkingText, known: Anchors, collected: CollectedValues, index: int) -> None:
    """Cut the lines between title and comment link: unknown categories can only be boilerplate there."""
    for above in range(index - 1, -1, -1):
        if _is_title(work.view(above), known):
            work.drop(above, "title_echo", "head")
            continue
        text = work.lines[above].text
        meta = parse_meta(text, known) if len(text) <= 60 else None
        if meta is None or (above == 0 and not known.titles):
            return
        collected.add_meta(meta)
        work.drop(above, "comment_link.above", "head")


def _cut_title(work: WorkingText, known: Anchors) -> bool:
    """A line that is the title again, or the title glued to the first word of the body.

    A line that ends in a stop where the title has none may be the lead: it stays.
    """
    for index in range(min(HEAD_LINES, len(work.lines))):
        view = work.view(index)
        if "title" in view.judged or len(work.lines) == 1:
            continue
        if _is_title(view, known):
            work.drop(index, "title_echo", "head")
            return True
        view.judged.add("title")
    return _cut_glued_title(work, known)


def _is_title(line: LineView, known: Anchors) -> bool:
    text = line.text
    for title in known.titles:
        if len(text) > 2 * len(title.given) + 10 or not title.may_stand_in(line.head_probe):
            continue
        has_own_stop = text.endswith(_SENTENCE_STOPS) and not title.given.endswith(text[-1])
        if line.head_letters.text == title.letters and not has_own_stop:
            return True
    return False


def _cut_glued_title(work: WorkingText, known: Anchors) -> bool:
    if not work.lines:
        return False
    view = work.view(0)
    line = view.text
    for title in known.titles:
        if len(title.letters) < _GLUED_TITLE or not title.is_distinct or len(line) < 2 * len(title.given):
            continue
        if not title.may_stand_in(view.head_probe[: len(title.letters)]):
            continue
        for place in find_title(view.head, view.head_folded, view.head_letters, title):
            glued = line[place.end : place.end + 2]
            # "…invasion of UkraineU.S. Secretary": small letter, capital letter, no space.
            if place.start <= 1 and place.is_whole and line[place.end - 1].islower() and glued[:1].isupper():
                work.trim_start(0, place.end, "title_echo.glued", "head")
                return True
    return False


def _cut_line(work: WorkingText, known: Anchors, collected: CollectedValues) -> bool:
    """A whole line of interface strings, or of nothing but date, author, category and their labels."""
    if len(work.lines) < 2:
        return False
    for index in range(min(HEAD_LINES, len(work.lines))):
        line, view = work.lines[index], work.view(index)
        if "line" in view.judged:
            continue
        view.judged.add("line")
        match = match_head(view, known)
        if match is not None:
            collected.add(match, line.start, line.text)
            work.drop(index, match.rule_id, "head")
            return True
        meta = parse_meta(line.text, known) if len(line.text) <= MAX_META_LINE else None
        if meta is not None and _is_meta_line(meta, line.text):
            collected.add_meta(replace(meta, unknown=()))
            work.drop(index, "head_meta", "head", is_proven=meta.known > 0 and not meta.unknown)
            return True
    return False


def _is_meta_line(meta: Meta, text: str) -> bool:
    """True when nothing else stands in the line; a byline may say what its author is ("Ann Lee, Political Editor"),
    and a date may have one category beside it ("2022-02-24 | News")."""
    if not meta.unknown:
        return bool(meta.dates) or meta.is_timed or meta.known > 0
    if len(meta.unknown) > 1 or len(meta.unknown[0]) > 40:
        return False
    return (meta.has_byline and bool(meta.authors)) or (bool(meta.dates) and bool(_BAR.search(text)))
