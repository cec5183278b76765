"""The rule packs: read from the YAML files of `packs/`, compiled once, never changed afterwards.

A pack is a list of entries. Each entry has `id`, `category`, `zone` (head, tail, inline), `kind`, `evidence`, and
`phrases`: for each language the interface strings themselves. The id of a compiled rule ends in its language.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml

from etl.clean.fold import fold, line_key, squeeze

_NUMBER = r"\d{1,3}(?:[.,']\d{3})+|\d{1,7}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where a match comes from and what it is for."""

    id: str  # such as comment_prompt.leave.de
    category: str
    zone: str  # head, tail or inline
    language: str
    evidence: str
    is_word: bool = False  # an ordinary word of its language: a line of its own only, in that language only
    may_be_glued: bool = False  # may follow the last sentence without a line break
    move_to: str | None = None  # field of `Cleaned` that keeps it


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleRule:
    """A phrase around a title: `before` ends right at it, `after` begins right behind it. Folded."""

    rule: Rule
    before: str
    needs_number: bool  # a number stands before `before`
    after: re.Pattern[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All compiled rules."""

    lines: Mapping[str, tuple[Rule, ...]]  # key of a whole line
    titles: tuple[TitleRule, ...]
    title_triggers: tuple[str, ...]  # one of them is in every line that a title rule can match
    glued: Mapping[str, tuple[tuple[str, Rule], ...]]  # last character of the folded phrase -> phrases, longest first


def _files() -> Iterator[tuple[str, bytes]]:
    folder = resources.files("etl.clean") / "packs"
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            yield entry.name, entry.read_bytes()


@lru_cache(maxsize=1)
def packs() -> Mapping[str, Any]:
    """Return the content of the pack files by file name without ending."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return MappingProxyType({name[:-5]: yaml.load(data, Loader=loader) for name, data in _files()})


def pack_digest() -> str:
    """Return the SHA-256 of all packs, as hex: it changes whenever a rule does."""
    digest = hashlib.sha256()
    for name, data in _files():
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return digest.hexdigest()


def entries() -> Iterator[tuple[dict[str, Any], Rule, str]]:
    """Yield every phrase of every pack with its entry and its rule."""
    for name, content in packs().items():
        if not isinstance(content, list):
            continue  # tables such as the names of months
        for entry in content:
            for language, phrases in entry["phrases"].items():
                rule = Rule(
                    id=f"{entry['id']}.{language}",
                    category=entry["category"],
                    zone=entry["zone"],
                    language=language,
                    evidence=entry["evidence"],
                    is_word=entry.get("word", False),
                    may_be_glued=entry.get("glue", False),
                    move_to=entry.get("move_to"),
                )
                for phrase in phrases:
                    if not isinstance(phrase, str) or not phrase.strip():
                        raise ValueError(f"packs/{name}.yaml: {rule.id}: {phrase!r} is not a phrase; quote it")
                    yield entry, rule, phrase


def _title_rule(rule: Rule, phrase: str) -> TitleRule:
    before, _, after = phrase.partition("{t}")
    needs_number = before.startswith("{n}")
    before = squeeze(fold(before.removeprefix("{n}")))
    pattern = None
    if after:
        parts = [re.escape(squeeze(fold(part))).replace(r"\ ", r"\s?") for part in after.split("{n}")]
        pattern = re.compile(r"[\s']{0,3}" + rf"\s?(?:{_NUMBER})\s?".join(parts))
    return TitleRule(rule=rule, before=before.strip("'"), needs_number=needs_number, after=pattern)


def _trigger(rule: TitleRule, phrase: str) -> str:
    """Return the longest plain piece of a phrase."""
    pieces = re.split(r"\{[tn]\}", phrase)
    return max((squeeze(fold(piece)).strip("'") for piece in pieces), key=len)


@lru_cache(maxsize=1)
def load() -> Rules:
    """Return the compiled rules."""
    lines: dict[str, list[Rule]] = {}
    titles: list[TitleRule] = []
    triggers: set[str] = set()
    glued: dict[str, list[tuple[str, Rule]]] = {}
    for entry, rule, phrase in entries():
        kind = entry["kind"]
        if kind == "title":
            title_rule = _title_rule(rule, phrase)
            titles.append(title_rule)
            triggers.add(_trigger(title_rule, phrase))
        elif kind == "line":
            key = line_key(phrase)
            if rule not in lines.setdefault(key, []):
                lines[key].append(rule)
            if rule.may_be_glued:
                bucket = glued.setdefault(key[-1], [])
                if all(key != known for known, _ in bucket):
                    bucket.append((key, rule))
    return Rules(
        lines=MappingProxyType({key: tuple(found) for key, found in lines.items()}),
        titles=tuple(titles),
        title_triggers=tuple(sorted(triggers)),
        glued=MappingProxyType({c: tuple(sorted(b, key=lambda x: -len(x[0]))) for c, b in glued.items()}),
    )
