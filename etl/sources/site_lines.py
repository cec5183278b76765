"""Stop-lists: lines that a site prints on many of its pages, reviewed and then activated.

    proposal (YAML, for review)  →  site_lines/KEY.yaml beside the registry file  →  `Source.site_lines`

The list of a source is part of its version in the registry, so a change of it moves the articles of that site alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from etl.clean.site_lines import MAX_LINE, is_usable, site_line_key
from etl.errors import SettingError
from etl.faults import disk
from etl.files import replacing
from etl.sources import fields

FOLDER = "site_lines"
_FIELDS = frozenset({"source", "from", "to", "articles", "lines"})
_LINE_FIELDS = frozenset({"line", "count", "share", "evidence", "examples", "active"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLine:
    """A line of a list, with the evidence for it when it was proposed."""

    line: str
    count: int | None = None  # articles that held it
    share: float | None = None  # of the articles looked at
    evidence: str | None = None
    examples: tuple[str, ...] = ()  # URLs of articles that held it
    is_active: bool = False  # of a proposal: it stands in the list that is in use


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLines:
    """The list of one source: a proposal, or the one that is in use.

    `first` and `last` are the days (UTC, both included) of the captures that it was learnt from, `articles` their number.
    """

    source: str
    lines: tuple[SiteLine, ...]
    first: date | None = None
    last: date | None = None
    articles: int | None = None


def path_of(registry: Path, key: str) -> Path:
    """Path of the active list of a source: beside the registry file, or in the folder of its files."""
    return _folder_of(registry) / f"{key}.yaml"


def _folder_of(registry: Path) -> Path:
    return (registry if registry.is_dir() else registry.parent) / FOLDER


def active(registry: Path, key: str) -> SiteLines | None:
    """The list in use of a source, or None. Raises `SettingError` naming what is wrong with the file."""
    path = path_of(registry, key)
    if not path.is_file():
        return None
    found = read(path)
    if found.source != key:
        raise SettingError(
            f"{path}: source is {found.source!r}, and the file is named after another: rename one of them"
        )
    return found


def listed(registry: Path) -> tuple[SiteLines, ...]:
    """All lists in use, by the keys of their sources."""
    folder = _folder_of(registry)
    found = (active(registry, path.stem) for path in sorted(folder.glob("*.yaml")))
    return tuple(each for each in found if each is not None)


def activate(registry: Path, chosen: SiteLines) -> Path:
    """Activate a list in place of the previous one; one without lines deactivates it. Returns its path.

    Raises `SettingError` where the registry's folder cannot be written.
    """
    path = path_of(registry, chosen.source)
    try:
        if not chosen.lines:
            path.unlink(missing_ok=True)
            return path
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as written:
            written.write_text(to_yaml(chosen, is_proposal=False), encoding="utf-8")
    except OSError as error:
        if fault := disk.passing(error, str(path)):
            raise fault from error
        reason = error.strerror or type(error).__name__
        raise SettingError(
            f"{path}: {reason}: the list stands beside the registry file; name one of your own in NEWS_ETL_SOURCES"
        ) from error
    return path


def to_yaml(lines: SiteLines, *, is_proposal: bool) -> str:
    """The list as a file to look at, one entry a line of the site."""
    head = "# Lines that this site prints on many of its pages. Each is cut wherever it is a whole line of a page's text;\n"
    head += "# case, accents, decoration and numbers do not count.\n"
    if is_proposal:
        head += "# Take out what belongs to articles, then: news-etl sources lines activate FILE\n"
    body: dict[str, Any] = {"source": lines.source}
    if lines.first and lines.last:
        body |= {"from": lines.first, "to": lines.last}
    if lines.articles is not None:
        body["articles"] = lines.articles
    body["lines"] = [_entry(line, is_proposal=is_proposal) for line in lines.lines]
    return head + yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=10_000)


def _entry(line: SiteLine, *, is_proposal: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"line": line.line}
    if line.count is not None:
        entry["count"] = line.count
    if line.share is not None:
        entry["share"] = line.share
    if line.evidence:
        entry["evidence"] = line.evidence
    if line.examples:
        entry["examples"] = list(line.examples)
    if is_proposal and line.is_active:
        entry["active"] = True
    return entry


def read(path: Path) -> SiteLines:
    """Read and check a list. Raises `SettingError` that names the file, the entry and what to write instead."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingError(
            f"{path}: {reason}; give a list that `news-etl sources lines propose KEY -o FILE` wrote"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingError(f"{path}: not UTF-8 (byte {error.start}): save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise SettingError(f"{path}: {where}no YAML: {getattr(error, 'problem', None) or 'cannot be read'}") from error
    return _checked(path, content)


def _checked(path: Path, content: Any) -> SiteLines:
    if not isinstance(content, Mapping) or not {"source", "lines"} <= set(content):
        raise SettingError(f"{path}: give `source:` and `lines:`")
    _known(path, content, _FIELDS)
    try:
        source = fields.key(content["source"])
        entries = fields.items(content["lines"] or [])
        first, last = (fields.day(content[name]) if name in content else None for name in ("from", "to"))
        articles = _number(content.get("articles"))
    except ValueError as error:
        raise SettingError(f"{path}: {error}") from error
    lines: dict[str, SiteLine] = {}
    for number, entry in enumerate(entries, start=1):
        line = _line(path, number, entry)
        key = site_line_key(line.line)
        if key in lines:
            raise SettingError(f"{path}: lines[{number}]: {line.line!r} counts as equal to {lines[key].line!r}")
        lines[key] = line
    return SiteLines(source=source, lines=tuple(lines.values()), first=first, last=last, articles=articles)


def _line(path: Path, number: int, entry: Any) -> SiteLine:
    where = f"{path}: lines[{number}]"
    if isinstance(entry, str):
        entry = {"line": entry}
    if not isinstance(entry, Mapping) or not isinstance(entry.get("line"), str):
        raise SettingError(f"{where}: give `line:` and the line in quotes")
    _known(where, entry, _LINE_FIELDS)
    line = entry["line"].strip()
    if len(line.splitlines()) != 1 or len(line) > MAX_LINE:
        raise SettingError(f"{where}: give one line of up to {MAX_LINE} characters")
    if not is_usable(site_line_key(line)):
        raise SettingError(f"{where}: {line!r} is too short to be told from an article's own lines")
    try:
        return SiteLine(
            line=line,
            count=_number(entry.get("count")),
            share=float(entry["share"]) if "share" in entry else None,
            evidence=fields.text(entry["evidence"]) if "evidence" in entry else None,
            examples=tuple(map(fields.text, fields.items(entry.get("examples", [])))),
            is_active=entry.get("active") is True,
        )
    except (ValueError, TypeError) as error:
        raise SettingError(f"{where}: {error}") from error


def _number(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _known(where: object, entry: Mapping[Any, Any], names: frozenset[str]) -> None:
    if unknown := sorted(map(str, set(entry) - names)):
        raise SettingError(f"{where}: unknown field {unknown[0]}: there are {', '.join(sorted(names))}")
