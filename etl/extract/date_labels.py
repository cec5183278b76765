"""Labels of dates in a line: whether a date is that of publication or of a change, in the languages of news pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from etl.normalize.text import one_line

_KINDS = ("updated", "published", "other")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedParts:
    """A line's parts by what they say: `published` with such a label or none, in the order of trust; `updated`. What
    is the day of something else (a writer's first, a term's, an event's) is in neither."""

    published: tuple[str, ...]
    updated: tuple[str, ...]


def parts(line: str) -> DatedParts:
    """The line cut before each label.

    >>> parts("Updated 21 Nov 2026 | Published 20 Nov 2026").published
    ('Published 20 Nov 2026',)
    """
    cuts = [(match.start(), _kind(match)) for match in _labels().finditer(line)]
    if all(kind == "published" for _, kind in cuts):
        return DatedParts(published=(line,), updated=())
    pieces = [("", line[: cuts[0][0]])]
    pieces += [
        (kind, line[start:end]) for (start, kind), end in zip(cuts, [*(c[0] for c in cuts[1:]), len(line)], strict=True)
    ]
    # A label without a date of its own belongs to the next date: "Published / updated: 20 Nov".
    labelled = [one_line(text) for kind, text in pieces if kind == "published" and _has_date(text)]
    plain = [one_line(text) for kind, text in pieces if kind == "" and _has_date(text)]
    changed = [one_line(text) for kind, text in pieces if kind == "updated" and _has_date(text)]
    return DatedParts(published=(*labelled, *plain), updated=tuple(changed))


def says_updated(label: str) -> bool:
    """Whether the words before a date say that the page was changed then.

    >>> says_updated("Zuletzt aktualisiert: "), says_updated("Published, updated by Ada: posted")
    (True, False)
    """
    kinds = [_kind(match) for match in _labels().finditer(label)]
    return bool(kinds) and kinds[-1] == "updated"


def says_published(line: str) -> bool:
    """Whether a line says that its date is that of the publication.

    >>> says_published("Posted on 20 Nov 2026"), says_published("20 Nov 2026")
    (True, False)
    """
    return any(_kind(match) == "published" for match in _labels().finditer(line))


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in _KINDS if match[kind])


def _has_date(text: str) -> bool:
    return len(_DIGIT.findall(text)) > 1


@cache
def _labels() -> re.Pattern[str]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load((Path(__file__).parent / "date_labels.yaml").read_text("utf-8"), loader)
    kinds = []
    for kind in _KINDS:
        words = sorted({str(w) for row in data[kind].values() for w in row}, key=len, reverse=True)
        kinds.append(rf"(?P<{kind}>{'|'.join(re.escape(w) for w in words)})")
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(kinds)})", re.I)
