"""The source registry: all sources of a deployment, read from one YAML file (its fields: seeds/README.md)."""

from __future__ import annotations

import hashlib
import json
import stat
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from etl.clean.site_lines import site_line_key
from etl.errors import Quarantine, SettingError
from etl.rights.policy import RightsPolicy
from etl.sources import site_lines
from etl.sources.registry_yaml import Problems, is_blank, read_files
from etl.sources.source import ExtractionRule, Rights, Source, Store, bare
from etl.urls import DEFAULT_RULES, former_keys, host_of, is_web_url, page_url, url_key
from etl.urls.sites import registrable

SHIPPED_POLICY = RightsPolicy()

__all__ = ["ExtractionRule", "Registry", "Rights", "Source", "Store", "load", "load_or_begin"]

_NAMES_IT = "NEWS_ETL_SOURCES has to name a YAML file or a folder of such files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """All sources by key, in the order of the file. Make one with `load` or `Registry.of`."""

    sources: Mapping[str, Source]
    version: str  # hash over the fields of all sources that affect rows: equal versions give equal rows
    _versions: Mapping[str, str]
    _by_host: Mapping[str, Source]
    _by_site: Mapping[str, tuple[Source, ...]]
    rights: RightsPolicy = SHIPPED_POLICY
    _unclaimed: str = ""  # version of pages of sites that no source claims

    @classmethod
    def of(cls, sources: Iterable[Source], rights: RightsPolicy = SHIPPED_POLICY) -> Registry:
        """A registry of these sources, with the policy on rights. Raises ValueError for a key given twice."""
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
        versions = {
            key: _hash(_what_decides_on_rows(source, rights) | _claims(source, by_host, by_site))
            for key, source in by_key.items()
        }
        unclaimed = _hash(of_none) if (of_none := rights.version_part(None)) else ""
        return cls(
            sources=MappingProxyType(by_key),
            version=_hash([sorted(versions.items()), unclaimed] if unclaimed else sorted(versions.items())),
            rights=rights,
            _unclaimed=unclaimed,
            _versions=MappingProxyType(versions),
            _by_host=by_host,
            _by_site={site: tuple(claims) for site, claims in by_site.items()},
        )

    @property
    def enabled(self) -> tuple[Source, ...]:
        """The enabled sources, in the order of the file."""
        return tuple(source for source in self.sources.values() if source.enabled)

    def source_of(self, url: str) -> Source | None:
        """The source whose page it is; None if no source claims it, or the URL is none that a page can have.

        By host (homepages before aliases, `www.` or not); else by registrable domain, where of several sources on
        one domain the one with the nearest parent host has it: `sport.a.example.com` is of `a.example.com`, and of none
        if there are only `b.example.com` and `c.example.com`. A page in a cache or web archive is of the source whose
        page was taken there (`urls.page_url`).
        """
        return self.source_at(page_url(url))

    def source_at(self, url: str) -> Source | None:
        """The source that has the host which a URL names, whatever page may be inside; else as `source_of`."""
        source = self._claiming(url)
        return source if source is not None and is_web_url(url) else None

    def key_of(self, url: str) -> bytes:
        """The URL key, by the rules of the source whose page it is. Raises `Quarantine` for what is no URL."""
        source = self.source_of(url)
        return url_key(url, rules=source.key_rules if source else None)

    def keys_of(self, url: str) -> frozenset[bytes]:
        """The URL keys that a URL may have or have had: by the general rules, by those of its source, by those of earlier
        versions, which tombstones may name. None for what is no URL."""
        try:
            source = self.source_of(url)
            rules = (None, source.key_rules) if source and source.key_rules != DEFAULT_RULES else (None,)
            return frozenset().union(*({url_key(url, rules=r), *former_keys(url, rules=r)} for r in rules))
        except Quarantine:
            return frozenset()

    def _claiming(self, url: str) -> Source | None:
        try:
            host = bare(host_of(url))
            if host in self._by_host:
                return self._by_host[host]
            claims = self._by_site.get(registrable(host) or "", ()) if self._by_site else ()
        except Quarantine:
            return None
        if len(claims) == 1:
            return claims[0]
        parents = [source for source in claims if host.endswith(f".{bare(source.host)}")]
        return max(parents, key=lambda source: len(bare(source.host)), default=None)

    def version_of(self, source: Source | None) -> str:
        """Hash over the fields of a source, and what the policy on rights keeps of its pages: all that affects its rows.

        Of pages of sites that no source claims it is empty, unless the policy differs from the shipped one.

        It covers the source's hosts. So a page that moves to another source always gets a new version: one of the two
        sources gained or lost hosts.
        """
        return self._versions[source.key] if source else self._unclaimed

    def version_for(self, url: str) -> str:
        """`version_of` the source whose page it is."""
        return self.version_of(self.source_of(url))

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


def load(path: Path, rights: RightsPolicy = SHIPPED_POLICY) -> Registry:
    """Read and check a registry, and the lists of site lines beside it: a file, or a folder of files.

    Of a folder all `*.yaml` and `*.yml` in it count, in the order of their names; folders in it do not.
    Raises `SettingError` that lists everything wrong with it, each with file, line, source and field.
    """
    files = files_of(path)
    problems = Problems()
    sources = read_files({file.name if path.is_dir() else "": read_text(file) for file in files}, problems)
    if problems.found:
        count = "1 problem" if len(problems.found) == 1 else f"{len(problems.found)} problems"
        raise SettingError("\n  ".join([f"{path}: {count}", *problems.found]))
    return Registry.of((_with_site_lines(path, source) for source in sources), rights)


def load_or_begin(path: Path) -> Registry:
    """As `load`, for what adds to a registry: an empty one where there is no file yet, or nothing but comments in it."""
    if path.is_dir():
        return load(path) if _yaml_in(path) else Registry.of(())
    if not path.exists() or is_blank(read_text(path)):
        return Registry.of(())
    return load(path)


def files_of(path: Path) -> list[Path]:
    """The files of a registry. Raises `SettingError` for a folder without any."""
    if not path.is_dir():
        return [path]
    found = _yaml_in(path)
    if not found:
        raise SettingError(f"{path}: no *.yaml in it: {_NAMES_IT}")
    return found


def _yaml_in(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix in (".yaml", ".yml") and each.is_file())


def read_text(path: Path) -> str:
    """The text of a registry file. Raises `SettingError` for one that cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # of a pipe nobody may ever write the other end
            raise SettingError(f"{path}: neither a file nor a folder: {_NAMES_IT}")
        return path.read_bytes().decode("utf-8-sig")  # line ends as they are
    except FileNotFoundError as error:
        raise SettingError(
            f"{path}: no such file: {_NAMES_IT}; `news-etl sources add DOMAIN` makes it with its first entry"
        ) from error
    except OSError as error:
        raise SettingError(f"{path}: {error.strerror or type(error).__name__}: {_NAMES_IT}") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"{path}: not UTF-8 (byte {error.start}): save it as UTF-8") from error


def _with_site_lines(path: Path, source: Source) -> Source:
    found = site_lines.active(path, source.key)
    return replace(source, site_lines=tuple(each.line for each in found.lines)) if found else source


def _hash(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()[:16]


def _claims(source: Source, by_host: Mapping[str, Source], by_site: Mapping[str, Sequence[Source]]) -> dict[str, Any]:
    """What other sources' entries decide about a source's pages: hosts that they claim, and sources on its domain."""
    rivals = by_site.get(source.site or "", ())
    return {
        "not_its": sorted(host for host in source.hosts if by_host[host] is not source),
        "on_its_domain": sorted(bare(other.host) for other in rivals if other is not source),
    }


def _what_decides_on_rows(source: Source, rights: RightsPolicy) -> dict[str, Any]:
    """Fields on discovery and fetching are left out: they decide which captures there are, not what is extracted."""
    policy = rights.version_part(source.key)
    return ({"rights_policy": policy} if policy else {}) | {
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
        "site_lines": sorted(set(map(site_line_key, source.site_lines))),
        "rules": [
            (rule.body, rule.drop, rule.title, rule.published, str(rule.valid_from or ""), str(rule.valid_until or ""))
            for rule in source.rules
        ],
    }
