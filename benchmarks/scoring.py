"""How near a record is to the truth, in the measures that extraction is compared by, and the table of them.

- F1, P, R: overlap of 4-grams of words (of characters, in scripts without spaces) between text and true text: mean
  precision, mean recall, and the F1 of the two. No text where there should be one has precision and recall 0.
- drop: share of true paragraphs of which under half is in the text.
- exact: share of texts that are the true one, line by line.
- title: exact but for case, punctuation and spaces. authors, topics: F1 of the sets of names.
- day: the publisher's day exact. instant: exact to the second, where the page gives an instant.
- language: exact. clean: no line of the page's boilerplate is in the text.
- kind: the outcome is the true one, for pages that are no article.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

COLUMNS = ("F1", "P", "R", "drop", "exact", "title", "authors", "day", "instant", "topics", "language", "clean", "kind")
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_SPACELESS}]|[^\W{_SPACELESS}]+")
_GRAM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What an extractor says of a page. `outcome` is None for extractors that do not tell."""

    text: str = ""
    title: str | None = None
    authors: Sequence[str] = ()
    day: date | None = None
    instant: datetime | None = None
    topics: Sequence[str] = ()
    language: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a page. None is not judged; `never` are lines that may not be in the text."""

    text: str | None = None
    title: str | None = None
    authors: Sequence[str] | None = None
    day: date | None = None
    instant: datetime | None = None
    topics: Sequence[str] | None = None
    language: str | None = None
    outcome: str | None = None
    never: Sequence[str] = ()


def score(truth: Truth, found: Record) -> dict[str, float]:
    """The measures of one page; `lost` and `paragraphs` are counts, the rest lies between 0 and 1."""
    scores: dict[str, float] = {}
    if truth.text is not None:
        scores["P"], scores["R"] = precision_recall(truth.text, found.text)
        scores["lost"], scores["paragraphs"] = dropped(truth.text.split("\n"), found.text)
        scores["exact"] = truth.text == found.text
    if truth.title is not None:
        scores["title"] = folded(truth.title) == folded(found.title)
    if truth.authors is not None:
        scores["authors"] = set_f1(truth.authors, found.authors)
    if truth.topics:
        scores["topics"] = set_f1(truth.topics, found.topics)
    if truth.day is not None:
        scores["day"] = truth.day == found.day
    if truth.instant is not None:
        scores["instant"] = truth.instant == found.instant
    if truth.language is not None:
        scores["language"] = truth.language == found.language
    if truth.never:
        scores["clean"] = not any(line in found.text for line in truth.never)
    if truth.outcome is not None and found.outcome is not None:
        scores["kind"] = truth.outcome == found.outcome
    return scores


def row(name: str, pages: Iterable[Mapping[str, float]]) -> str:
    """One line of the table: the means over the pages that have a measure; those that no page has are left out."""
    pages = list(pages)
    means = {column: _mean([page[column] for page in pages if column in page]) for column in COLUMNS}
    p, r = means["P"], means["R"]
    if p is not None and r is not None:
        means["F1"] = 2 * p * r / (p + r) if p + r else 0.0
        means["drop"] = sum(page.get("lost", 0) for page in pages) / max(
            1, sum(page.get("paragraphs", 0) for page in pages)
        )
    return f"{name:<14}" + "  ".join(f"{c} {v:.3f}" for c, v in means.items() if v is not None)


def precision_recall(truth: str, found: str) -> tuple[float, float]:
    """Share of the found 4-grams that are true, and of the true ones that were found.

    >>> precision_recall("one two three four five", "one two three four")
    (1.0, 0.5)
    """
    wanted, have = _grams(truth), _grams(found)
    both = (wanted & have).total()
    return both / have.total() if have else 0.0, both / wanted.total() if wanted else 1.0


def dropped(paragraphs: Iterable[str], found: str) -> tuple[int, int]:
    """How many paragraphs were lost (under half of their 4-grams are there), and how many there are."""
    have, text = _grams(found), f" {folded(found)} "
    lost = count = 0
    for paragraph in paragraphs:
        grams = _grams(paragraph)
        if not grams:
            continue
        count += 1
        if len(_TOKEN.findall(paragraph)) < _GRAM:
            lost += f" {folded(paragraph)} " not in text
        else:
            lost += sum(gram in have for gram in grams) < len(grams) / 2
    return lost, count


def set_f1(truth: Iterable[str], found: Iterable[str]) -> float:
    """F1 of two sets of names, case and punctuation aside; 1 when both are empty."""
    wanted, have = {folded(n) for n in truth} - {""}, {folded(n) for n in found} - {""}
    return 2 * len(wanted & have) / (len(wanted) + len(have)) if wanted or have else 1.0


def folded(value: str | None) -> str:
    """Words only, in one case and width."""
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFKC", value or "").casefold()))


def _grams(text: str) -> Counter[tuple[str, ...]]:
    tokens = _TOKEN.findall(text)
    if len(tokens) < _GRAM:
        return Counter([tuple(tokens)] if tokens else [])
    return Counter(tuple(tokens[at : at + _GRAM]) for at in range(len(tokens) - _GRAM + 1))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
