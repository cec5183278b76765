"""Lines that a site prints on many of its pages, learnt from the pages themselves.

    articles of one site, of a closed range of captures  →  proposed lines with their evidence

A proposal is no rule yet: an operator reviews and activates it as a fixed, versioned list, which `CleanContext.site_lines`
applies. So the same capture gives the same text whatever was learnt since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest

from etl.clean.fold import is_spaceless, line_key, numbered

SAMPLE = 200  # articles: those with the lowest URL keys, a sample that no order of arrival changes
MIN_ARTICLES = 20
MIN_SHARE = 0.30
MAX_LINE = 300  # characters; a longer repeated line is a notice that a person should look at
MIN_KEY = 4  # folded characters
EDGE_LINES = 6
EXAMPLES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedLine:
    """A line that looks like template, and why."""

    line: str  # as it stood in the article with the lowest URL key
    count: int  # articles that hold it
    articles: int  # of the sample
    share: float  # of the sample
    evidence: str  # such as "61 of 200 articles, 58 of them among the last 6 lines"
    examples: tuple[bytes, ...] = ()  # the lowest URL keys of articles that hold it


@dataclass(slots=True)
class _LineCounts:
    line: str
    examples: list[bytes] = field(default_factory=list)
    count: int = 0  # articles that hold it
    first: int = 0  # of these, among the first lines
    last: int = 0
    repeated: int = 0  # more than once in one article
    before: Counter[str | None] = field(default_factory=Counter)  # keys of the neighbours; None is the text's edge
    after: Counter[str | None] = field(default_factory=Counter)


def learn(articles: Iterable[tuple[bytes, Sequence[str]]]) -> list[ProposedLine]:
    """Return the lines that a site prints on at least 30% of its articles, most frequent first.

    `articles` are (URL key, lines) of one site; of two captures of a URL key one counts, whatever their order. The sample
    is the 200 lowest keys; with fewer than 20 articles nothing is proposed. A line that stands between prose of the
    article's own ("Background", "The figures") is the heading of a series and not proposed, unless one article prints
    it again and again, as it does an advertisement's label.
    """
    sample = _sample(articles)
    if len(sample) < MIN_ARTICLES:
        return []
    counts: dict[str, _LineCounts] = {}
    key_of: dict[str, str] = {}  # what repeats is folded once
    for key, lines in sample:
        for line in lines:
            if line not in key_of:
                key_of[line] = site_line_key(line) if len(line) <= MAX_LINE else ""
        _count(key, lines, [key_of[line] for line in lines], counts)
    needed = MIN_SHARE * len(sample)
    frequent = {key for key, line_counts in counts.items() if line_counts.count >= needed}
    proposals = [
        ProposedLine(
            line=line_counts.line,
            count=line_counts.count,
            articles=len(sample),
            examples=tuple(line_counts.examples),
            share=round(line_counts.count / len(sample), 4),
            evidence=_evidence(line_counts, len(sample)),
        )
        for key, line_counts in counts.items()
        if key in frequent and not _is_series_heading(line_counts, frequent)
    ]
    return sorted(proposals, key=lambda p: (-p.count, p.line))


def site_line_key(line: str) -> str:
    """Return what a site line compares as; numbers count as equal ("12 comments", "3 comments")."""
    return numbered(line_key(line))


def is_usable(key: str) -> bool:
    """True for a key that can name one line: four characters, or two of a script that writes words without spaces, one
    of them a letter.

    >>> is_usable(site_line_key("12:30")), is_usable(site_line_key("Ad")), is_usable(site_line_key("広告"))
    (False, False, True)
    """
    is_long = len(key) >= MIN_KEY or len(key) + sum(map(is_spaceless, key)) >= MIN_KEY
    return is_long and any(map(str.isalpha, key))


def _sample(articles: Iterable[tuple[bytes, Sequence[str]]]) -> list[tuple[bytes, Sequence[str]]]:
    """Return the articles with the lowest URL keys, in the order of their keys."""
    once: dict[bytes, Sequence[str]] = {}
    for key, lines in articles:
        if key not in once or tuple(lines) < tuple(once[key]):
            once[key] = lines
    return [(key, once[key]) for key in nsmallest(SAMPLE, once)]


def _count(article: bytes, lines: Sequence[str], keys: list[str], counts: dict[str, _LineCounts]) -> None:
    size = len(lines)
    for key, times in Counter(keys).items():
        if not is_usable(key):
            continue
        index = keys.index(key)
        line_counts = counts.setdefault(key, _LineCounts(line=lines[index].strip()))
        line_counts.count += 1
        if len(line_counts.examples) < EXAMPLES:
            line_counts.examples.append(article)
        line_counts.first += index < EDGE_LINES
        line_counts.last += size - 1 - index < EDGE_LINES
        line_counts.repeated += times > 1
        line_counts.before[keys[index - 1] if index else None] += 1
        line_counts.after[keys[index + 1] if index + 1 < size else None] += 1


def _is_series_heading(line_counts: _LineCounts, frequent: set[str]) -> bool:
    """True for a line with prose of the article's own before it and behind it."""
    if line_counts.repeated > 0.2 * line_counts.count:
        return False

    def own(neighbours: Counter[str | None]) -> int:
        return sum(times for key, times in neighbours.items() if key is not None and key not in frequent)

    return own(line_counts.before) >= 0.5 * line_counts.count and own(line_counts.after) >= 0.5 * line_counts.count


def _evidence(line_counts: _LineCounts, articles: int) -> str:
    place = ""
    if line_counts.last >= 0.5 * line_counts.count:
        place = f", {line_counts.last} of them among the last {EDGE_LINES} lines"
    elif line_counts.first >= 0.5 * line_counts.count:
        place = f", {line_counts.first} of them among the first {EDGE_LINES} lines"
    return f"{line_counts.count} of {articles} articles{place}"
