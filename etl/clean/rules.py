"""The rule packs: read from the YAML files of `packs/`, compiled once, never changed afterwards.

A pack is a list of entries. Each has `id`, `category`, `zone` (head, tail, inline), `kind`, `evidence`, and `phrases`: for
each language the interface strings themselves, with `{n}` for a number and `{t}` for the title. The id of a compiled
rule ends in its language, such as `comment_prompt.leave.de`. `packs/README.md` says what each kind means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml

from etl.clean.fold import fold, is_spaceless, line_key, numbered, squeeze

_NUMBER = r"(?:\d{1,3}(?:[.,']\d{3})+|\d{1,7})"
_FIRST_WORD = re.compile(r"[^\W_]+")
_LETTER_OR_SYMBOL = re.compile(r"[^\W_]|[^\x00-\x7f]")  # symbols such as \u24d0 and \u2122 fold to letters


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningRule:
    """A compiled rule: its id, category, zone, and what happens to matching lines."""

    id: str
    category: str
    zone: str  # head, tail, inline or any
    language: str
    evidence: str
    is_word: bool = False  # an ordinary word of its language: a line of its own only, in that language only
    may_be_glued: bool = False  # may follow the last sentence without a line break
    move_to: str | None = None  # field of `Cleaned` that keeps it


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleRule:
    """A phrase around a title: `before` ends right at it, `after` begins right behind it. Folded."""

    rule: CleaningRule
    before: str
    needs_number: bool  # a number stands before `before`
    after: re.Pattern[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixRule:
    """A phrase that begins a line; what the rest has to be is the kind's matter."""

    rule: CleaningRule
    kind: str
    phrase: str  # folded
    needs_separator: bool  # a colon or its like follows
    needs: frozenset[str] = frozenset()  # prompt: one of these words has to be in the line


@dataclass(frozen=True, slots=True, kw_only=True)
class FooterRule:
    """A feed's footer: the pieces around title and site, in order. Folded."""

    rule: CleaningRule
    pieces: tuple[str, str, str]
    title_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All compiled rules."""

    lines: Mapping[str, tuple[CleaningRule, ...]]  # key of a whole line, numbers as #
    titles: tuple[TitleRule, ...]
    glued: Mapping[
        str, tuple[tuple[str, CleaningRule], ...]
    ]  # last character of the folded phrase -> phrases, longest first
    prefixes: Mapping[str, tuple[PrefixRule, ...]]  # first word of a line -> rules, longest phrase first
    inline_words: frozenset[str]  # first words of everything that may stand between paragraphs
    parts: tuple[tuple[str, CleaningRule], ...]  # phrases that make a tail line what it is (rights)
    contained: tuple[tuple[str, CleaningRule], ...]  # words that no prose holds (spam notices)
    tokens: Mapping[str, bool]  # pieces of share bars and the like -> no ordinary word
    token_lengths: Mapping[str, tuple[int, ...]]  # first two characters -> lengths of tokens, longest first
    network_rule: CleaningRule
    footers: tuple[FooterRule, ...]
    consent: tuple[str, ...]
    jobs: tuple[tuple[str, CleaningRule], ...]  # what is said of an author after the name
    credit_ends: tuple[tuple[str, CleaningRule], ...]  # what is said of contributors after their names


def first_word(key: str) -> str:
    """Return what prefix rules are sorted by: the first word of a folded line, its first character without spaces."""
    match = _FIRST_WORD.search(key)
    if match is None:
        return ""
    word = match.group()
    return word[0] if is_spaceless(word[0]) else word


def first_word_of_line(line: str) -> str:
    """Return the first word of a line as `first_word` returns it of the line's key."""
    for match in _LETTER_OR_SYMBOL.finditer(line):
        if _FIRST_WORD.search(fold(match.group())):
            # More than the word: marks within it, such as vowels in Arabic, fold away.
            at = match.start()
            return first_word(fold(line[at : at + 80].split(maxsplit=1)[0]))
    return ""


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


def entries() -> Iterator[tuple[dict[str, Any], CleaningRule, str]]:
    """Yield every phrase of every pack with its entry and its rule."""
    for name, content in packs().items():
        if not isinstance(content, list):
            continue  # tables such as the names of months
        for entry in content:
            for language, phrases in entry["phrases"].items():
                for phrase in phrases:
                    if not isinstance(phrase, str) or not phrase.strip():
                        raise ValueError(f"packs/{name}.yaml: {entry['id']}.{language}: {phrase!r}: quote it")
                    yield entry, _rule(entry, language, phrase), phrase


@lru_cache(maxsize=4096)
def _shared_rule(**values: Any) -> CleaningRule:
    return CleaningRule(**values)


def _rule(entry: dict[str, Any], language: str, phrase: str) -> CleaningRule:
    word = entry.get("word", False)
    is_word = _is_single_word(phrase) if word == "auto" else bool(word)
    return _shared_rule(
        id=f"{entry['id']}.{language}",
        category=entry["category"],
        zone=entry["zone"],
        language=language,
        evidence=entry["evidence"],
        is_word=is_word,
        may_be_glued=bool(entry.get("glue", False)) and not is_word,
        move_to=entry.get("move_to"),
    )


def _is_single_word(phrase: str) -> bool:
    """True for a phrase that could be a line of an ordinary text: one word, or two characters of Chinese or a similar script."""
    key = line_key(phrase)
    if key and is_spaceless(key[0]):
        return len(key) <= 3
    return not re.search(r"[\s{]", phrase.strip())


def _title_rule(rule: CleaningRule, phrase: str) -> TitleRule:
    before, _, after = phrase.partition("{t}")
    needs_number = before.startswith("{n}")
    before = squeeze(fold(before.removeprefix("{n}")))
    pattern = None
    if after:
        parts = [re.escape(squeeze(fold(part))).replace(r"\ ", r"\s?") for part in after.split("{n}")]
        pattern = re.compile(r"[\s']{0,3}" + rf"\s?{_NUMBER}\s?".join(parts))
    return TitleRule(rule=rule, before=before.strip("'"), needs_number=needs_number, after=pattern)


def phrase_key(phrase: str) -> str:
    """Return the key of a phrase of a pack, numbers as #."""
    return numbered(line_key(phrase.replace("{n}", "0")))


_SEPARATORS = (":", "：", "=", "＝", "/", "／", "：")
_PREFIX_KINDS = frozenset({"label", "prompt", "start", "neighbour", "tags", "credit", "note"})


class _Compiler:
    """Collects while the packs are read."""

    def __init__(self) -> None:
        self.lines: dict[str, list[CleaningRule]] = {}
        self.titles: list[TitleRule] = []
        self.glued: dict[str, dict[str, CleaningRule]] = {}
        self.prefixes: dict[str, dict[tuple[str, str, str], PrefixRule]] = {}
        self.parts: dict[str, CleaningRule] = {}
        self.contained: dict[str, CleaningRule] = {}
        self.tokens: dict[str, bool] = {}
        self.network_rule: CleaningRule | None = None
        self.footers: list[FooterRule] = []
        self.consent: set[str] = set()
        self.jobs: dict[str, CleaningRule] = {}
        self.credit_ends: dict[str, CleaningRule] = {}

    def add(self, entry: dict[str, Any], rule: CleaningRule, phrase: str) -> None:
        kind = entry["kind"]
        if kind == "title":
            self.titles.append(_title_rule(rule, phrase))
        elif kind == "line":
            self._add_line(rule, phrase_key(phrase))
        elif kind == "network":
            self.network_rule = self.network_rule or rule
            key = phrase_key(phrase)
            self.tokens[key] = self.tokens.get(key, False) or not rule.is_word
        elif kind in _PREFIX_KINDS:
            self._add_prefix(entry, kind, rule, phrase)
        elif kind == "part":
            self.parts.setdefault(line_key(phrase), rule)
        elif kind == "contains":
            self.contained.setdefault(line_key(phrase), rule)
        elif kind == "feed_footer":
            self._add_footer(rule, phrase)
        elif kind == "consent":
            self.consent.add(line_key(phrase))
        elif kind == "job":
            self.jobs.setdefault(line_key(phrase), rule)
        elif kind == "credit_end":
            self.credit_ends.setdefault(line_key(phrase), rule)
        elif kind != "meta":  # meta labels are compiled where they are used
            raise ValueError(f"{rule.id}: {kind!r} is no kind of rule")

    def _add_line(self, rule: CleaningRule, key: str) -> None:
        known = self.lines.setdefault(key, [])
        if rule not in known:
            known.append(rule)
        if rule.may_be_glued:
            self.glued.setdefault(key[-1], {}).setdefault(key, rule)
        if rule.zone == "tail" or rule.category == "related":
            self.tokens[key] = self.tokens.get(key, False) or not rule.is_word
        if not any(map(str.isalpha, key)):
            raise ValueError(f"{rule.id}: a phrase without a letter matches any number")

    def _add_prefix(self, entry: dict[str, Any], kind: str, rule: CleaningRule, phrase: str) -> None:
        key = phrase_key(phrase)
        needs = frozenset(line_key(word) for word in entry.get("needs", {}).get(rule.language, ()))
        prefix = PrefixRule(
            rule=rule,
            kind=kind,
            phrase=key,
            needs_separator=phrase.rstrip().endswith(_SEPARATORS),
            needs=needs,
        )
        self.prefixes.setdefault(first_word(key), {}).setdefault((key, kind, rule.language), prefix)

    def _add_footer(self, rule: CleaningRule, phrase: str) -> None:
        pieces = [squeeze(fold(piece)).strip("' .") for piece in re.split(r"\{[ts]\}", phrase)]
        if len(pieces) != 3:
            raise ValueError(f"{rule.id}: {phrase!r} needs {{t}} and {{s}}")
        title_first = phrase.index("{t}") < phrase.index("{s}")
        self.footers.append(FooterRule(rule=rule, pieces=(pieces[0], pieces[1], pieces[2]), title_first=title_first))

    def finish(self) -> Rules:
        if self.network_rule is None:
            raise ValueError("packs: no names of networks")
        lengths: dict[str, set[int]] = {}
        for token in self.tokens:
            lengths.setdefault(token[:2], set()).add(len(token))

        def by_length(found: Mapping[str, CleaningRule]) -> tuple[tuple[str, CleaningRule], ...]:
            return tuple(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))

        return Rules(
            lines=MappingProxyType({key: tuple(found) for key, found in self.lines.items()}),
            titles=tuple(self.titles),
            glued=MappingProxyType({char: by_length(found) for char, found in self.glued.items()}),
            prefixes=MappingProxyType(
                {
                    word: tuple(sorted(found.values(), key=lambda p: (-len(p.phrase), p.rule.id)))
                    for word, found in self.prefixes.items()
                }
            ),
            inline_words=frozenset(
                [first_word(key) for key, found in self.lines.items() if any(r.zone == "inline" for r in found)]
                + [w for w, found in self.prefixes.items() if any(p.rule.zone == "inline" for p in found.values())]
            ),
            parts=by_length(self.parts),
            contained=by_length(self.contained),
            tokens=MappingProxyType(self.tokens),
            token_lengths=MappingProxyType({c: tuple(sorted(n, reverse=True)) for c, n in lengths.items()}),
            network_rule=self.network_rule,
            footers=tuple(self.footers),
            consent=tuple(sorted(self.consent)),
            jobs=by_length(self.jobs),
            credit_ends=by_length(self.credit_ends),
        )


@lru_cache(maxsize=1)
def load() -> Rules:
    """Return the compiled rules."""
    compiler = _Compiler()
    for entry, rule, phrase in entries():
        compiler.add(entry, rule, phrase)
    return compiler.finish()
