"""Phrases of pages that are no article (`phrases.yaml`), by kind, in every language of the file."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml


def says(kind: str, text: str) -> bool:
    """Whether any phrase of that kind is in the text."""
    return bool(text) and _any_of(kind).search(text) is not None


def hits(kind: str, text: str) -> int:
    """How many different phrases of that kind are in the text."""
    return sum(bool(pattern.search(text)) for pattern in _patterns(kind)) if text else 0


@cache
def _any_of(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in _phrases(kind)), re.I | re.M)


@cache
def _patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(phrase, re.I | re.M) for phrase in _phrases(kind))


@cache
def _phrases(kind: str) -> tuple[str, ...]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load((Path(__file__).parent / "phrases.yaml").read_text("utf-8"), loader)
    return tuple(dict.fromkeys(str(phrase) for phrases in data[kind].values() for phrase in phrases))
