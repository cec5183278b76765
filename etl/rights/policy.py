"""The operator's policy: what is done with a page by what its publisher permits. Pure but for `load`.

A no and an unknown are decided for each use; a yes is always followed. What may be kept of a text depends on `store`, and with it
the rows, so it is part of a source's rules version. `show`, `export` and `train` are applied when rows are read: the table
`core.rights_policy` holds them, and views and `leaves` ask the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from etl.errors import SettingError
from etl.model import Permission
from etl.rights.statements import Use

# What of a text that may not be kept whole is kept as an excerpt, in code points: what a teaser has.
EXCERPT_CHARS = 300
MAX_EXCERPT_CHARS = 10_000


class Keep(StrEnum):
    """What is kept of a page."""

    FULL = "full"  # the text
    EXCERPT = "excerpt"  # its beginning
    METADATA = "metadata"  # no text
    NOTHING = "nothing"  # no values at all, only that it was seen


_UNDECIDED = (Permission.UNKNOWN, Permission.NO)
_DECIDED_ON_READING = (Use.SHOW, Use.EXPORT, Use.TRAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What follows from an unknown and from a no, for pages of one source or of all others."""

    store: Mapping[Permission, Keep]
    allows: Mapping[Use, Mapping[Permission, bool]]

    def keep(self, permission: Permission) -> Keep:
        """What is kept of a page with this permission to store."""
        return self.store.get(permission, Keep.FULL)

    def allowed(self, use: Use, permission: Permission) -> bool:
        """Whether a use other than storing is made of a page with this permission."""
        return self.allows[use].get(permission, True)

    def as_json(self) -> dict[str, Any]:
        """What a rules version depends on."""
        return {permission.value: self.store[permission].value for permission in _UNDECIDED}


# Unknown is what nearly all pages are: they are kept and shown to the operator's own readers, and left out of training sets. A
# no to showing, exporting and training is kept to. A no to storing is left to the operator: one page in ten says `noarchive`, which
# is meant for the public copies of search engines, and an archive of one's own that cut each of them would lose its articles.
SHIPPED = Decisions(
    store=MappingProxyType({Permission.UNKNOWN: Keep.FULL, Permission.NO: Keep.FULL}),
    allows=MappingProxyType(
        {
            Use.SHOW: MappingProxyType({Permission.UNKNOWN: True, Permission.NO: False}),
            Use.EXPORT: MappingProxyType({Permission.UNKNOWN: True, Permission.NO: False}),
            Use.TRAIN: MappingProxyType({Permission.UNKNOWN: False, Permission.NO: False}),
        }
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsPolicy:
    """The decisions for all sources, and those for single ones."""

    general: Decisions = SHIPPED
    of_source: Mapping[str, Decisions] = field(default_factory=dict)
    excerpt_chars: int = EXCERPT_CHARS

    def of(self, source_key: str | None) -> Decisions:
        """The decisions for pages of a source; None: of sites that no source claims."""
        return self.of_source.get(source_key or "", self.general)

    def text_chars(self, source_key: str | None, may_store: Permission) -> int | None:
        """How many code points of a text are kept; None for all of them. `Keep.NOTHING` keeps none."""
        keep = self.of(source_key).keep(may_store)
        return None if keep is Keep.FULL else self.excerpt_chars if keep is Keep.EXCERPT else 0

    def keeps_nothing(self, source_key: str | None, may_store: Permission) -> bool:
        """Whether of a page with this permission only its outcome is kept."""
        return self.of(source_key).keep(may_store) is Keep.NOTHING

    def version_part(self, source_key: str | None) -> dict[str, Any] | None:
        """What of the policy the rows of a source depend on; None for the policy as shipped."""
        decisions = self.of(source_key)
        uses_excerpts = Keep.EXCERPT in decisions.store.values()
        if decisions.store == SHIPPED.store:
            return None
        return decisions.as_json() | ({"excerpt_chars": self.excerpt_chars} if uses_excerpts else {})

    def as_table(self) -> dict[str, dict[str, dict[str, bool]]]:
        """`allows` by use, source ("" for all others) and permission: as views read it."""
        all_of = {"": self.general, **self.of_source}
        return {
            use.value: {
                key: {permission.value: decisions.allowed(use, permission) for permission in Permission}
                for key, decisions in sorted(all_of.items())
            }
            for use in _DECIDED_ON_READING
        }


def leaves(
    policy: RightsPolicy, use: Use, *, source_key: str | None, may_export: Permission, may_train: Permission
) -> bool:
    """Whether a page may be given away, as an export (`Use.EXPORT`) or to those who train models (`Use.TRAIN`).

    The gate of every export: what is given to be trained on is given away as well, so both have to be allowed.
    `news.article_export` decides the same in SQL.
    """
    decisions = policy.of(source_key)
    if not decisions.allowed(Use.EXPORT, may_export):
        return False
    return use is not Use.TRAIN or decisions.allowed(Use.TRAIN, may_train)


def load(path: Path | None) -> RightsPolicy:
    """Read a policy file; the policy as shipped for None. Raises `SettingError` that lists everything wrong with it."""
    if path is None:
        return RightsPolicy()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingError(
            f"{path}: {error.strerror or type(error).__name__}: NEWS_ETL_RIGHTS names the file"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingError(f"{path}: not UTF-8 (byte {error.start}): save it as UTF-8") from error
    problems: list[str] = []
    policy = read(text, problems)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise SettingError("\n  ".join([f"{path}: {count}", *problems]))
    return policy


def check_sources(policy: RightsPolicy, known: Iterable[str]) -> None:
    """Raises `SettingError` where the policy decides about a source that there is not."""
    keys = list(known)
    for key in policy.of_source:
        if key not in keys:
            near = get_close_matches(key, keys, n=1)
            hint = f": did you mean {near[0]!r}?" if near else ": `news-etl sources list` shows all keys"
            raise SettingError(
                f"the rights policy (NEWS_ETL_RIGHTS) decides about {key!r}, and no source has that key{hint}"
            )


def read(text: str, problems: list[str]) -> RightsPolicy:
    """The policy that a file states; what is wrong with it goes into `problems`, each with its line."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.append(f"{f'line {mark.line + 1}: ' if mark else ''}no YAML: {' '.join(str(error).split())}")
        return RightsPolicy()
    if root is None:
        return RightsPolicy()
    reading = _Reading(problems)
    fields = reading.mapping(root, "", {*_USES, "excerpt_chars", "sources"})
    general = reading.decisions(fields, "", SHIPPED)
    chars = reading.chars(fields["excerpt_chars"]) if "excerpt_chars" in fields else EXCERPT_CHARS
    of_source = {}
    for key, node in reading.mapping(fields.get("sources"), "sources", None).items():
        own = reading.mapping(node, f"sources.{key}", set(_USES))
        of_source[key] = reading.decisions(own, f"sources.{key}.", general)
    return RightsPolicy(general=general, of_source=MappingProxyType(of_source), excerpt_chars=chars)


_USES = tuple(use.value for use in Use)
_ALLOWS = {"allow": True, "deny": False}


@dataclass(slots=True)
class _Reading:
    """Reads nodes and not values: YAML takes the word `no` for false."""

    problems: list[str]

    def decisions(self, fields: Mapping[str, yaml.Node], where: str, otherwise: Decisions) -> Decisions:
        store = dict(otherwise.store)
        allows = {use: dict(given) for use, given in otherwise.allows.items()}
        for use in Use:
            words = {each.value: each for each in Keep} if use is Use.STORE else _ALLOWS
            for permission, word in self._of_use(fields.get(use.value), f"{where}{use.value}", list(words)).items():
                if use is Use.STORE:
                    store[permission] = Keep(word)
                else:
                    allows[use][permission] = _ALLOWS[word]
        return replace(
            otherwise,
            store=MappingProxyType(store),
            allows=MappingProxyType({use: MappingProxyType(given) for use, given in allows.items()}),
        )

    def _of_use(self, node: yaml.Node | None, where: str, words: list[str]) -> dict[Permission, str]:
        found = {}
        fields = self.mapping(node, where, {permission.value for permission in _UNDECIDED})
        for name, value in fields.items():
            said = value.value if isinstance(value, yaml.ScalarNode) else ""
            if said in words:
                found[Permission(name)] = said
            else:
                self.note(value, f"{where}.{name}: {said!r}: give one of {', '.join(words)}")
        return found

    def chars(self, node: yaml.Node) -> int:
        said = node.value if isinstance(node, yaml.ScalarNode) else ""
        if not (said.isascii() and said.isdigit() and 0 < int(said[:9]) <= MAX_EXCERPT_CHARS):
            self.note(node, f"excerpt_chars: {said!r}: give a number from 1 to {MAX_EXCERPT_CHARS}")
            return EXCERPT_CHARS
        return int(said)

    def mapping(self, node: yaml.Node | None, where: str, known: set[str] | None) -> dict[str, yaml.Node]:
        """The fields of a mapping by name; `known` None: whatever they are called."""
        if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"):
            return {}
        prefix = f"{where}: " if where else ""
        if not isinstance(node, yaml.MappingNode):
            self.note(node, f"{prefix}give `name: value` lines")
            return {}
        found: dict[str, yaml.Node] = {}
        for name_node, value in node.value:
            name = name_node.value if isinstance(name_node, yaml.ScalarNode) else ""
            if name in found:
                self.note(name_node, f"{prefix}{name} again")
            elif known is not None and name not in known:
                self.note(name_node, f"{prefix}{self._unknown(name, known)}")
            else:
                found[name] = value
        return found

    def _unknown(self, name: str, known: set[str]) -> str:
        if name == Permission.YES.value and Permission.NO.value in known:
            return "`yes`: what is permitted is done; decide about `unknown` and `no`"
        near = get_close_matches(name, known, n=1)
        return f"unknown field {name!r}" + (
            f": did you mean {near[0]!r}?" if near else f": there are {', '.join(sorted(known))}"
        )

    def note(self, node: yaml.Node, what: str) -> None:
        self.problems.append(f"line {node.start_mark.line + 1}: {what}")
