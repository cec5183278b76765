"""Tags and sections: split, cleaned, each once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from etl.normalize.text import folded, from_markup

_MAX_TOPIC = 80  # characters; longer is a sentence
_MAX_TOPICS = 60
_EDGES = " \t#.:*-–\"'“”„‚‘’«»‹›「」『』《》〈〉"
_SPLIT = re.compile(r"(?:(?<!\s)\s+)?[,;|\n，、；،]\s*")
# Placeholders of themes for articles without a topic, and navigation items among topics.
_NONE = frozenset(
    folded(t)
    for t in (
        "uncategorized;uncategorised;allgemein;nicht kategorisiert;non classé;sin categoría;sem categoria;senza categoria;"
        "geen categorie;bez kategorii;okategoriserade;без рубрики;未分類;未分类;미분류;home;homepage;startseite;start;accueil;inicio;"
        "início;главная;ana sayfa;article;articles;artikel;none;null;undefined;default;all;tags;tag;category;read more;more"
    ).split(";")
)


def split(value: str) -> list[str]:
    """The topics in one metadata value: keywords come comma-separated, with other signs, or alone.

    >>> split("Economy, Budget;Taxes")
    ['Economy', 'Budget', 'Taxes']
    """
    text = from_markup(value)
    parts = [p.strip(_EDGES) for p in _SPLIT.split(text)]
    return [
        p
        for p in parts
        if p and len(p) <= _MAX_TOPIC and folded(p) not in _NONE and not p.startswith(("http:", "https:"))
    ]


def unique(values: Iterable[str], *, not_topics: Iterable[str] = ()) -> tuple[str, ...]:
    """The values in order, the first spelling of each; `not_topics` are the site's name and such."""
    barred = {folded(n) for n in not_topics if n}
    found: dict[str, str] = {}
    for value in values:
        key = folded(value)
        if key and key not in barred:
            found.setdefault(key, value)
    return tuple(found.values())[:_MAX_TOPICS]
