"""Parses a registry file into sources; every problem is reported with its line, source and field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

from etl.fetch.address import is_loopback_host
from etl.sources import fields
from etl.sources.source import ExtractionRule, Retention, Rights, Source
from etl.urls import KeyRules, host_of, normal_url

MIN_DELAY_FLOOR_S = 1.0  # a shorter delay is allowed for loopback hosts only
REQUIRED = ("key", "name", "homepage", "languages")
DOCUMENTS = ("feeds", "sitemaps", "sections")


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with a file, in the order in which it was found."""

    found: list[str] = field(default_factory=list)
    file: str = ""  # its name, where there are several

    def add(self, node: yaml.Node, path: str, what: str) -> None:
        """Note a problem of that node. `path` is the source's key and the field."""
        self.note(f"{self.line(node)}: {path + ': ' if path else ''}{what}")

    def note(self, what: str) -> None:
        """Note a problem of the file."""
        self.found.append(f"{self.file}: {what}" if self.file and not what.startswith(self.file) else what)

    def line(self, node: yaml.Node) -> str:
        """Where a node stands, for a sentence."""
        return f"{self.file} line {_line(node)}" if self.file else f"line {_line(node)}"


Reader = Callable[[yaml.Node, str, Problems], Any]


def read_sources(text: str, problems: Problems) -> list[Source]:
    """The sources of a registry file that have no problem of their own."""
    return read_files({"": text}, problems)


def read_files(texts: Mapping[str, str], problems: Problems) -> list[Source]:
    """The sources of a registry of several files, by their names, in the order of the files. As `read_sources`."""
    kept: dict[str, tuple[Source, yaml.Node, Problems]] = {}
    for name, text in texts.items():
        own = Problems(found=problems.found, file=name)
        for number, node in enumerate(_listed(text, own), start=1):
            source = _source(node, _name_of(node, number), own)
            if source and source.key in kept:
                _, first, there = kept[source.key]
                own.add(node, f"{source.key}.key", f"the key of {there.line(first)} again")
            elif source:
                kept[source.key] = (source, node, own)
    _same_documents(list(kept.values()))
    return [source for source, _, _ in kept.values()]


def is_blank(text: str) -> bool:
    """True for a file that holds nothing, or only comments."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())


def _listed(text: str, problems: Problems) -> list[yaml.Node]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        problems.note(f"{where}no YAML: {_one_line(error)}")
        return []
    if root is None:
        problems.note("there is no entry in it: give `sources:` and a list, or `news-etl sources add DOMAIN` begins it")
        return []
    before = len(problems.found)
    listed: list[yaml.Node] | None = _mapping(root, {"sources": _list}, "", problems).get("sources")
    if listed is None:
        if len(problems.found) == before:
            problems.add(root, "", "`sources` is missing")
        return []
    return listed


def _source(node: yaml.Node, where: str, problems: Problems) -> Source | None:
    before = len(problems.found)
    values = _mapping(node, _SOURCE, where, problems)
    if isinstance(node, yaml.MappingNode):
        given = {name.value for name, _ in node.value}
        for name in REQUIRED:
            if name not in given:
                problems.add(node, f"{where}.{name}", "is missing")
    if len(problems.found) > before:
        return None
    source = Source(**values)
    asked = [source.homepage, *(url for kind in DOCUMENTS for url in getattr(source, kind))]
    if source.min_delay_s < MIN_DELAY_FLOOR_S and not all(is_loopback_host(host_of(url)) for url in asked):
        too_fast = f"{source.min_delay_s:g} is too fast for public servers: give {MIN_DELAY_FLOOR_S:g} or more"
        problems.add(node, f"{where}.min_delay_s", too_fast)
        return None
    return source


def _name_of(node: yaml.Node, number: int) -> str:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == "key" and isinstance(value, yaml.ScalarNode) and value.value:
                return str(value.value)
    return f"source {number}"


def _same_documents(sources: list[tuple[Source, yaml.Node, Problems]]) -> None:
    """Report a feed named by two sources: it would be fetched twice (https://github.com/mediacloud/backend/issues/189)."""
    seen: dict[str, str] = {}
    for source, node, problems in sources:
        for kind in DOCUMENTS:
            for url in getattr(source, kind):
                address = normal_url(url).partition(":")[2]
                if address in seen:
                    problems.add(node, f"{source.key}.{kind}", f"{url} stands in {seen[address]} already")
                else:
                    seen[address] = f"{source.key}.{kind}"


def _mapping(node: yaml.Node, readers: Mapping[str, Reader], where: str, problems: Problems) -> dict[str, Any]:
    """The fields of a mapping that could be read; what could not is a problem."""
    if not isinstance(node, yaml.MappingNode):
        problems.add(node, where, "is no mapping of fields to values")
        return {}
    values: dict[str, Any] = {}
    seen: set[str] = set()
    for name_node, value_node in node.value:
        name = str(name_node.value)
        path = f"{where}.{name}" if where else name
        if name not in readers:
            near = get_close_matches(name, readers, n=1)
            problems.add(name_node, path, "unknown field" + (f": did you mean {near[0]}?" if near else ""))
        elif name in seen:  # YAML takes the last
            problems.add(name_node, path, "given twice")
        else:
            seen.add(name)
            try:
                values[name] = readers[name](value_node, path, problems)
            except ValueError as error:
                problems.add(value_node, path, str(error))
    return values


def _plain(read: Callable[[Any], Any]) -> Reader:
    def reader(node: yaml.Node, path: str, problems: Problems) -> Any:
        try:
            value = yaml.SafeLoader("").construct_object(node, deep=True)
        except yaml.YAMLError as error:
            raise ValueError(_one_line(error)) from error
        return read(value)

    return reader


def _one_line(error: yaml.YAMLError) -> str:
    return " ".join(str(getattr(error, "problem", None) or error).split())


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _list(node: yaml.Node, path: str, problems: Problems) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError("is no list")
    return list(node.value)


def _key_rules(node: yaml.Node, path: str, problems: Problems) -> KeyRules:
    rules = KeyRules(**_mapping(node, _KEY_RULES, path, problems))
    if both := sorted(rules.drop & rules.keep):
        raise ValueError(f"{', '.join(both)}: either drop or keep")
    return rules


def _rights(node: yaml.Node, path: str, problems: Problems) -> Rights:
    return Rights(**_mapping(node, _RIGHTS, path, problems))


def _retention(node: yaml.Node, path: str, problems: Problems) -> Retention:
    return Retention(**_mapping(node, _RETENTION, path, problems))


def _rules(node: yaml.Node, path: str, problems: Problems) -> tuple[ExtractionRule, ...]:
    return tuple(
        _rule(each, f"{path}[{number}]", problems) for number, each in enumerate(_list(node, path, problems), start=1)
    )


def _rule(node: yaml.Node, path: str, problems: Problems) -> ExtractionRule:
    before = len(problems.found)
    rule = ExtractionRule(**_mapping(node, _RULE, path, problems))
    if rule.valid_from and rule.valid_until and rule.valid_until < rule.valid_from:
        problems.add(node, path, "ends before it begins")
    if len(problems.found) == before and not (rule.body or rule.drop or rule.title or rule.published):
        problems.add(node, path, "has neither body, drop, title nor published")
    return rule


_KEY_RULES: Mapping[str, Reader] = {"drop": _plain(fields.parameters), "keep": _plain(fields.parameters)}
_RIGHTS: Mapping[str, Reader] = {"store": _plain(fields.store)}
_RETENTION: Mapping[str, Reader] = {"raw_days": _plain(fields.days)}
_RULE: Mapping[str, Reader] = {
    "body": _plain(fields.each(fields.xpath)),
    "drop": _plain(fields.each(fields.xpath)),
    "title": _plain(fields.each(fields.xpath)),
    "published": _plain(fields.each(fields.xpath)),
    "valid_from": _plain(fields.day),
    "valid_until": _plain(fields.day),
}
_SOURCE: Mapping[str, Reader] = {
    "key": _plain(fields.key),
    "name": _plain(fields.text),
    "homepage": _plain(fields.url),
    "country": _plain(fields.country),
    "languages": _plain(fields.some(fields.language)),
    "timezone": _plain(fields.timezone),
    "enabled": _plain(fields.flag),
    "aliases": _plain(fields.each(fields.host)),
    "feeds": _plain(fields.each(fields.url)),
    "sitemaps": _plain(fields.each(fields.url)),
    "sections": _plain(fields.each(fields.url)),
    "date_archives": _plain(fields.each(fields.date_archive)),
    "min_delay_s": _plain(fields.delay),
    "daily_budget": _plain(fields.budget),
    "max_age_days": _plain(fields.days),
    "revisit_after": _plain(fields.durations),
    "schedule": _plain(fields.schedule),
    "poll_interval": _plain(fields.interval),
    "key_rules": _key_rules,
    "rights": _rights,
    "retention": _retention,
    "rules": _rules,
    "month_first": _plain(fields.flag),
    "include": _plain(fields.each(fields.pattern)),
    "exclude": _plain(fields.each(fields.pattern)),
    "headers": _plain(fields.headers),
    "tags": _plain(fields.each(fields.text)),
    "region": _plain(fields.region),
    "kind": _plain(fields.kind),
    "owner": _plain(fields.text),
    "wikidata": _plain(fields.wikidata),
    "issn": _plain(fields.each(fields.issn)),
}
