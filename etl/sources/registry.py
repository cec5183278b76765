"""The source registry: all sources of a deployment, read from one YAML file (its fields: seeds/README.md)."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from etl.errors import Quarantine, SettingError
from etl.sources.reading import Problems, read_sources
from etl.sources.source import ExtractionRule, Rights, Source, Store, bare
from etl.urls import host_of, registrable_domain

__all__ = ["ExtractionRule", "Registry", "Rights", "Source", "Store", "load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """All sources by key, in the order of the file. Make one with `load` or `Registry.of`."""

    sources: Mapping[str, Source]
    version: str  # hash of what decides on rows: equal versions give equal rows for equal captures
    _by_host: Mapping[str, Source]
    _by_site: Mapping[str, tuple[Source, ...]]

    @classmethod
    def of(cls, sources: Iterable[Source]) -> Registry:
        """A registry of these sources. Raises ValueError for a key given twice."""
        by_key: dict[str, Source] = {}
        for source in sources:
            if source.key in by_key:
                raise ValueError(f"two sources have the key {source.key!r}")
            by_key[source.key] = source
        by_host: dict[str, Source] = {}
        by_site: defaultdict[str, list[Source]] = defaultdict(list)
        for source in sorted(by_key.values(), key=lambda each: each.key):  # the order of the file decides nothing
            by_host.setdefault(bare(source.host), source)
            if source.site:
                by_site[source.site].append(source)
        for source in sorted(by_key.values(), key=lambda each: each.key):
            for host in sorted(source.hosts):
                by_host.setdefault(host, source)  # a homepage is a better claim than an alias
        return cls(
            sources=MappingProxyType(by_key),
            version=_version(by_key.values()),
            _by_host=by_host,
            _by_site={site: tuple(claims) for site, claims in by_site.items()},
        )

    @property
    def enabled(self) -> tuple[Source, ...]:
        """The sources that are visited, in the order of the file."""
        return tuple(source for source in self.sources.values() if source.enabled)

    def source_of(self, url: str) -> Source | None:
        """The source whose page it is; None if no source claims it, or the URL cannot be used.

        By host (homepages before aliases, `www.` or not); else by registrable domain, where of several sources on
        one domain the one with the nearest parent host has it: `sport.a.example.com` is of `a.example.com`, and of none
        if there are only `b.example.com` and `c.example.com`.
        """
        try:
            host = bare(host_of(url))
            if host in self._by_host:
                return self._by_host[host]
            claims = self._by_site.get(registrable_domain(url) or "", ())
        except Quarantine:
            return None
        if len(claims) == 1:
            return claims[0]
        parents = [source for source in claims if host.endswith(f".{bare(source.host)}")]
        return max(parents, key=lambda source: len(bare(source.host)), default=None)

    def select(self, keys: Iterable[str] = ()) -> tuple[Source, ...]:
        """The sources of these keys, enabled or not, in their order; all enabled ones for no keys.

        Raises `SettingError` that names unknown keys and what they may have meant.
        """
        wanted = tuple(dict.fromkeys(keys))
        if not wanted:
            return self.enabled
        unknown = [key for key in wanted if key not in self.sources]
        if unknown:
            raise SettingError("; ".join(f"no source {key!r}{self._near(key)}" for key in unknown))
        return tuple(self.sources[key] for key in wanted)

    def _near(self, key: str) -> str:
        names = {source.name.casefold(): source.key for source in self.sources.values()}
        near = get_close_matches(key.casefold(), [*self.sources, *names], n=5)
        keys = list(dict.fromkeys(names.get(each, each) for each in near))[:3]
        return f": did you mean {' or '.join(keys)}?" if keys else ": `news-etl sources list` shows all keys"


def load(path: Path) -> Registry:
    """Read and check a registry file.

    Raises `SettingError` that lists everything wrong with it, each with line, source and field.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingError(f"{path}: {reason}: NEWS_ETL_SOURCES names the registry file") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"{path}: not UTF-8 (byte {error.start}): save it as UTF-8") from error
    problems = Problems()
    sources = read_sources(text, problems)
    if problems.found:
        count = "1 problem" if len(problems.found) == 1 else f"{len(problems.found)} problems"
        raise SettingError("\n  ".join([f"{path}: {count}", *problems.found]))
    return Registry.of(sources)


def _version(sources: Iterable[Source]) -> str:
    """How sources are found and visited is left out: it decides which captures there are, not what they say."""
    facts = sorted((_what_decides_on_rows(source) for source in sources), key=lambda each: str(each["key"]))
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()[:16]


def _what_decides_on_rows(source: Source) -> dict[str, Any]:
    return {
        "key": source.key,
        "name": source.name,  # taken off titles
        "host": bare(source.host),
        "hosts": sorted(source.hosts),
        "languages": source.languages,
        "timezone": source.timezone,
        "month_first": source.month_first,
        "drop": sorted(source.key_rules.drop),
        "keep": sorted(source.key_rules.keep),
        "store": source.rights.store,
        "rules": [
            (rule.body, rule.drop, str(rule.valid_from or ""), str(rule.valid_until or "")) for rule in source.rules
        ],
    }
